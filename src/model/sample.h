// SPDX-License-Identifier: Apache-2.0
// A single I/O as renderers see it: named, by the clock on the wall.
#ifndef IO_H
#define IO_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "kernel/flags.h"
#include "probes/abi.h"

struct io {
    struct timespec began;         // CLOCK_REALTIME
    uint64_t latency_ns, queue_ns; // queue_ns: IO_UNKNOWN if not known
    uint64_t sector;               // of the disk, in 512 bytes; IO_UNKNOWN if it has none
    uint32_t bytes;
    bool has_submitter; // else pid, tid and comm say nothing
    uint32_t pid, tid;
    char comm[IO_COMM_SIZE + 1]; // any bytes
    char disk[DISK_NAME_SIZE + 1];
    char flags[FLAGS_TITLE_SIZE];
    const char *cgroup; // a path, or a number; NULL if not known
};

// What events are named with.
struct io_names {
    const struct flag_names *flags;
    const char *(*cgroup)(void *context, uint64_t id, bool v1);
    void *context;
    int64_t wall_ns; // CLOCK_REALTIME less CLOCK_MONOTONIC
};

// io->cgroup lives as long as what names->cgroup returned.
void io_make(struct io *io, const struct io_sample *event, const struct io_names *names);

// CLOCK_REALTIME less CLOCK_MONOTONIC now, in ns.
int64_t io_wall_ns(void);

#endif
