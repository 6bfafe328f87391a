// SPDX-License-Identifier: Apache-2.0
// Which handler to attach to which hook, and the defines of the probe text, for what is needed on this
// kernel.
#ifndef PLAN_H
#define PLAN_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "bcc/bcc.h"
#include "kernel/kernel.h"
#include "model/needs.h"

// Sizes of arrays: plan_make fails where one is too small. The tests that see it do so set others.
#ifndef PLAN_POINTS
#define PLAN_POINTS 8
#endif
#ifndef PLAN_DEFINES
#define PLAN_DEFINES 80
#endif
#ifndef PLAN_DEFINE_SIZE
#define PLAN_DEFINE_SIZE 64
#endif
#define PLAN_ROWS 24       // of the table of hooks, at most
#define PLAN_WHY_SIZE 2048 // of the reason that plan_make gives, at most

// A probe to attach.
struct plan_point {
    enum bcc_kind kind;
    const char *target;  // tracepoint or kernel function
    const char *handler; // function in the probe text
    const char *purpose; // for people: "start" or "completion", with a comma if more follows, or other words
};

// What is known of the number of requests in flight when tracing ends.
enum in_flight {
    IN_FLIGHT_EXACT,
    IN_FLIGHT_AT_MOST, // requests that were merged into others are counted too: no probe sees that
    IN_FLIGHT_UNKNOWN, // no probe sees a request start
};

// Maps of the probe text.
enum plan_map {
    MAP_DIST,
    MAP_COUNTERS,
    MAP_SINCE,
    MAP_START,
    MAP_NAMES,
    MAP_SAMPLES_STATE,
    MAP_TARGETS,
    MAP_END_PROGRAM,
    MAPS,
};

struct plan {
    struct needs needs;
    struct plan_point points[PLAN_POINTS]; // in the order to attach, the reverse of a request's life, so that
                                           // nothing starts that cannot complete
    size_t n_points;
    char defines[PLAN_DEFINES][PLAN_DEFINE_SIZE]; // "NAME" or "NAME=VALUE"
    size_t n_defines;
    const char *full;  // the name of the size that is too small; NULL: all fit
    size_t n_variants; // of the defines, where only the compiler can tell which is right: 1, or 2 with kernel
                       // headers
    bool rq_disk_first;
    bool start_time_from_request;
    enum in_flight in_flight;
    unsigned maps;                       // that the text has: bits 1 << MAP_...
    unsigned filter_ranges;              // of a disk in MAP_TARGETS
    unsigned max_requests, dist_entries; // capacities
    uint8_t reasons[PLAN_ROWS];          // for each row of the table of hooks: taken, or why not; see plan.c
};

// How large the machine is.
struct plan_scale {
    unsigned disks, requests;
};

// 0; or -ENOTSUP with one line on the event that this kernel lacks, or -E2BIG with one line on the array that
// is full.
int plan_make(struct plan *plan, const struct needs *needs, struct kernel *kernel,
              const struct plan_scale *scale, char *why, size_t size);

// "not used: KIND TARGET: why", a line for each hook that was judged and not taken.
void plan_print_unused(const struct plan *plan, FILE *out);

// "kprobe" or "raw tracepoint".
const char *plan_kind_name(enum bcc_kind kind);

// Kernel headers do not say where a request has its disk: variant 0 or 1 of the defines says it to the
// compiler.
void plan_set_variant(struct plan *plan, size_t variant);

#endif
