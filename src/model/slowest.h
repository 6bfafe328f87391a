// SPDX-License-Identifier: Apache-2.0
// The N slowest I/Os of an interval, out of events that come a moment after they happened.
#ifndef SLOWEST_H
#define SLOWEST_H

#include <stddef.h>
#include <stdint.h>

#include "probes/abi.h"

// Events of the interval that is under way, or being ended, and of the one after it.
struct slowest {
    unsigned room;                // N
    struct sample_event *kept[2]; // heaps of up to N, the least slow first
    size_t n[2];
    uint64_t boundary_ns; // events that ended later belong to the second; UINT64_MAX: all belong to the first
};

// Room for n events of each interval, n > 0. 0 or -ENOMEM.
int slowest_open(struct slowest *slowest, unsigned n);

// Keeps the event if it is among the slowest of its interval so far. Of equally slow ones those that ended
// first are kept.
void slowest_add(struct slowest *slowest, const struct sample_event *event);

// What an event of the present interval must have taken, in ns, to be kept: 0 until there are N.
uint64_t slowest_threshold_ns(const struct slowest *slowest);

// The present interval ended at this time, CLOCK_MONOTONIC: later events are kept for the next one.
void slowest_end(struct slowest *slowest, uint64_t boundary_ns);

// The slowest of the interval that has ended, sorted, slowest first. They live until slowest_next.
const struct sample_event *slowest_sort(struct slowest *slowest, size_t *n);

// Begins the next interval, with what has been kept for it.
void slowest_next(struct slowest *slowest);

// Takes a zeroed one.
void slowest_close(struct slowest *slowest);

#endif
