// SPDX-License-Identifier: Apache-2.0
// What was asked for, in the tracer's terms. It is made from the options in src/needs.c.
#ifndef MODEL_NEEDS_H
#define MODEL_NEEDS_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/filter.h"

enum attach_kinds {
    ATTACH_AUTO,
    ATTACH_KPROBE,
    ATTACH_RAW_TRACEPOINT,
};

// All 0: one histogram of all disks, from issue to completion.
struct needs {
    unsigned by;                      // what histograms are kept apart by: bits BY(...) of dimension.h
    const struct disk_filter *filter; // what is traced; NULL: all disks. The caller's
    bool from_queue;                  // latencies begin when a request is queued, else when it is issued
    bool milliseconds;                // the unit of latencies, else microseconds
    bool sums;                        // of latencies
    bool samples;                     // samples are sent
    bool no_histograms;               // samples alone
    uint64_t threshold_ns;            // of samples, until tracer_set_threshold() sets another
    enum attach_kinds attach;
    unsigned max_requests; // capacity for requests in flight; 0: for as many as the disks can queue
    unsigned buffer_pages; // memory for samples, for each CPU: a power of two; 0: the usual size
};

#endif
