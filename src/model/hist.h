// SPDX-License-Identifier: Apache-2.0
// A histogram of latencies, in whole units of the output, rounded down. Its slots are log-linear, as
// probes/abi.h says.
#ifndef HIST_H
#define HIST_H

#include <stddef.h>
#include <stdint.h>

struct hist_slot {
    unsigned slot;
    uint64_t count;
};

// Begins zeroed.
struct hist {
    uint64_t count, sum;     // of all values; the sum only where it was asked for
    struct hist_slot *slots; // ascending
    size_t n, capacity;
};

// Counts `count` values in a slot. 0 or -ENOMEM, with the histogram unchanged.
int hist_add(struct hist *hist, unsigned slot, uint64_t count);

// Adds all of `from`. 0 or -ENOMEM.
int hist_merge(struct hist *hist, const struct hist *from);

void hist_free(struct hist *hist);

// The smallest and the largest value of a slot.
uint64_t hist_slot_low(unsigned slot);
uint64_t hist_slot_high(unsigned slot);

// Latencies are rounded down: what was counted as `value` took less than this. The largest value stays as it
// is.
uint64_t hist_above(uint64_t value);

#define HIST_LOG2_BUCKETS 64

struct hist_bucket {
    uint64_t low, high, count; // both bounds are included
};

// The powers of two that bcc prints: 0 and 1, 2 and 3, 4 to 7, ... Exact, as their bounds are bounds of
// slots. Returns how many there are up to the last that is not empty.
size_t hist_log2(const struct hist *hist, struct hist_bucket buckets[HIST_LOG2_BUCKETS]);

// The value that a fraction (numerator / denominator, 0 .. 1) of all values do not exceed, by nearest rank:
// the largest of its slot, so at most 1/32 (3.125 %) too high, and too low by less than one unit (see
// hist_above). 0 if the histogram is empty.
uint64_t hist_percentile(const struct hist *hist, unsigned numerator, unsigned denominator);

// The percentiles that the formats print; the last is the maximum.
#define HIST_PERCENTILES 5
extern const struct hist_percentile_row {
    const char *name;
    unsigned per_mille;
} hist_percentiles[HIST_PERCENTILES];

#endif
