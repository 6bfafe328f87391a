// SPDX-License-Identifier: Apache-2.0
// What to attach where, and what to tell the probe text, for these options on this kernel.
#ifndef PLAN_H
#define PLAN_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "bcc/bcc.h"
#include "kernel/filter.h"
#include "kernel/kernel.h"
#include "options.h"

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
#define PLAN_ROWS 24       // of the table of attach points, at most
#define PLAN_WHY_SIZE 2048 // of what plan_make says, at most

// A probe to attach.
struct plan_point {
    enum bcc_kind kind;
    const char *target;  // tracepoint or kernel function
    const char *handler; // function in the probe text
    const char *purpose; // for people: "start" or "end", with a comma if more follows, or other words
};

// What can be said of the number of requests in flight, when tracing ends.
enum in_flight {
    IN_FLIGHT_EXACT,
    IN_FLIGHT_AT_MOST, // requests that were merged into others are among them: nothing tells of that
    IN_FLIGHT_UNKNOWN, // no event tells that a request starts
};

struct plan {
    struct plan_point points[PLAN_POINTS]; // in the order to attach, the reverse of a request's life, so that
                                           // nothing starts that cannot end
    size_t n_points;
    char defines[PLAN_DEFINES][PLAN_DEFINE_SIZE]; // "NAME" or "NAME=VALUE"
    size_t n_defines;
    const char *full;  // the size that is too small, by its name; NULL: all fit
    size_t n_variants; // alternatives among defines that only a compilation can decide: 1, or 2 with kernel
                       // headers
    bool rq_disk_first;
    bool start_is_kprobe; // or what tells who made a request
    bool start_time_from_request;
    enum in_flight in_flight;
    bool grouped; // dist is a hash of struct dist_key, else an array
    bool by_disk;
    bool queued;           // the time starts there, else at issue
    bool with_samples;     // single I/Os are sent too
    uint64_t threshold_ns; // of samples: those that took less are not sent; the text does not know it
    const struct disk_filter *filter; // what is traced; NULL: all. The caller's
    unsigned filter_ranges; // of a disk that the map `targets` has room for; 0: there is no such map
    unsigned max_requests, dist_entries; // that there is room for
    uint8_t reasons[PLAN_ROWS]; // for each row of the table of attach points: taken, or why not; see plan.c
};

// How large the machine is.
struct plan_scale {
    unsigned disks, requests;
};

// 0, or -ENOTSUP with one line on the event that this kernel lacks, or -E2BIG with one line on the array that
// is full. filter may be NULL. with_sum: sums of latencies are wanted; with_unmatched: the number of requests
// begun before tracing is.
int plan_make(struct plan *plan, const struct options *options, struct kernel *kernel,
              const struct disk_filter *filter, bool with_sum, bool with_unmatched,
              const struct plan_scale *scale, char *why, size_t size);

// "not used: KIND TARGET: why", a line for each attach point that was asked for and not taken.
void plan_print_unused(const struct plan *plan, FILE *out);

// "kprobe" or "raw tracepoint".
const char *plan_kind_name(enum bcc_kind kind);

// Kernel headers do not say by themselves where a request has its disk: variant 0 or 1 of the defines says it
// to the compiler.
void plan_set_variant(struct plan *plan, size_t variant);

#endif
