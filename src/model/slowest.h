// SPDX-License-Identifier: Apache-2.0
// The N slowest I/Os of an interval, out of events that come a moment after they happened.
#ifndef SLOWEST_H
#define SLOWEST_H

#include <stddef.h>
#include <stdint.h>

#include "probes/abi.h"

struct slowest {
    unsigned limit;               // N
    struct sample_event *kept[2]; // of this interval, and of the next: slowest first
    size_t n[2];
    uint64_t boundary_ns; // what completed later belongs to the next; UINT64_MAX: all belong to this one
};

// limit > 0. 0 or -ENOMEM.
int slowest_open(struct slowest *slowest, unsigned limit);

// Keeps the event if it is among the slowest of its interval so far. Of equally slow ones those that
// completed first are kept.
void slowest_add(struct slowest *slowest, const struct sample_event *event);

// What an event of this interval must have taken, in ns, to be kept: 0 until there are N.
uint64_t slowest_threshold_ns(const struct slowest *slowest);

// This interval ended at that time, CLOCK_MONOTONIC: later events are kept for the next one.
void slowest_end(struct slowest *slowest, uint64_t boundary_ns);

// Begins the next interval, with what has been kept for it.
void slowest_next(struct slowest *slowest);

// Takes a zeroed one.
void slowest_close(struct slowest *slowest);

#endif
