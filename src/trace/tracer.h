// SPDX-License-Identifier: Apache-2.0
// A plan made live.
#ifndef TRACER_H
#define TRACER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bcc/bcc.h"
#include "model/snapshot.h"
#include "probes/abi.h"
#include "trace/plan.h"

struct tracer;

// Compiles, loads and attaches. Takes bcc, also when it fails. The plan must live until tracer_close. 0; or
// -errno, with one line in why, and in *log all that libbcc and the kernel said (free it; may be NULL).
int tracer_open(struct tracer **tracer, struct bcc *bcc, struct plan *plan, const struct kernel *kernel,
                char *why, size_t size, char **log);

// Compiles, loads and keeps, and attaches nothing (--prepare). Takes bcc, also when it fails. 0, with *kept
// and what bcc_origin says in why; or -errno with one line in why.
int tracer_prepare(struct bcc *bcc, struct plan *plan, const struct kernel *kernel, bool *kept, char *why,
                   size_t size);

// Keeps what was compiled, and puts into words where the programs come from: see bcc_origin.
void tracer_origin(struct tracer *tracer, char *line, size_t size);

// Ends the child; tracing goes on. It takes time, and the caller may have something more urgent to do first.
void tracer_settle(struct tracer *tracer);

// Reads all counters into a zeroed snapshot, sorted. 0 or -errno.
int tracer_read(struct tracer *tracer, struct snapshot *snapshot);

// Becomes readable when tracer_read_samples has something to do. -1 if no samples are needed.
int tracer_samples_fd(const struct tracer *tracer);

// Calls visit for the samples that have come, in the order of completion. Those of the last milliseconds are
// held back, unless `all`. 0 or -errno.
int tracer_read_samples(struct tracer *tracer, bool all,
                        void (*visit)(void *context, const struct sample_event *event), void *context);

// From now on only I/Os that took at least this long are sent; until then the plan's threshold holds. 0 or
// -errno.
int tracer_set_threshold(struct tracer *tracer, uint64_t threshold_ns);

// The name that a disk had when it was first seen, or has in /proc/diskstats, or MAJOR:MINOR; a partition of
// the filter has its name there. context: the tracer.
void tracer_disk_name(void *context, uint32_t dev, char *name, size_t size);

// Requests that no probe saw complete, and what that says of the number in flight.
enum in_flight tracer_in_flight(struct tracer *tracer, uint64_t *n);

// Detaches all probes: nothing is counted from then on.
void tracer_detach(struct tracer *tracer);

// Detaches and frees. Takes NULL.
void tracer_close(struct tracer *tracer);

#endif
