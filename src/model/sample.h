// SPDX-License-Identifier: Apache-2.0
// A sample as outputs see it: named, in wall clock time.
#ifndef SAMPLE_H
#define SAMPLE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "kernel/flags.h"
#include "probes/abi.h"

struct sample {
    struct timespec began;         // CLOCK_REALTIME
    uint64_t latency_ns, queue_ns; // queue_ns: SAMPLE_UNKNOWN if not known
    uint64_t sector;               // of the disk, in 512 bytes; SAMPLE_UNKNOWN if it has none
    uint32_t bytes;
    bool has_submitter; // pid, tid and comm are known
    uint32_t pid, tid;
    char comm[COMM_SIZE + 1]; // any bytes
    char disk[DISK_NAME_SIZE + 1];
    char flags[FLAGS_TITLE_SIZE];
    const char *cgroup; // a path, or a number; NULL if not known
};

// What events are named with.
struct sample_names {
    const struct flag_names *flags;
    const char *(*cgroup)(void *context, uint64_t id, bool v1);
    void *context;
    int64_t wall_ns; // CLOCK_REALTIME less CLOCK_MONOTONIC
};

// sample->cgroup lives as long as what names->cgroup returned.
void sample_make(struct sample *sample, const struct sample_event *event, const struct sample_names *names);

// CLOCK_REALTIME less CLOCK_MONOTONIC now, in ns.
int64_t sample_wall_ns(void);

#endif
