// SPDX-License-Identifier: Apache-2.0
// A plan made live.
#ifndef TRACER_H
#define TRACER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bcc.h"
#include "plan.h"
#include "snapshot.h"

struct tracer;

// Compiles, loads and attaches. Takes bcc, also when it fails. 0, or -errno with one line in why; *log is
// what libbcc said, where that helps (free it; else NULL).
int tracer_open(struct tracer **tracer, struct bcc *bcc, struct plan *plan, const struct kernel *kernel,
                char *why, size_t size, char **log);

// Ends the compiling process; tracing goes on. Apart from tracer_open as it takes time that nobody need wait
// for. 0 or -errno.
void tracer_settle(struct tracer *tracer);

// Reads all counters, sorted. 0 or -errno.
int tracer_read(struct tracer *tracer, struct snapshot *snapshot);

// The name that a disk had when it was first seen, or has in /proc/diskstats, or MAJOR:MINOR. context: the
// tracer.
void tracer_disk_name(void *context, uint32_t dev, char *name, size_t size);

// Requests that have started and not ended.
uint64_t tracer_in_flight(struct tracer *tracer);

// Detaches and frees. Takes NULL.
void tracer_close(struct tracer *tracer);

#endif
