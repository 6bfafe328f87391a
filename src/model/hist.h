// SPDX-License-Identifier: Apache-2.0
// Arithmetic on log-linear histograms (their slots: probes/abi.h). Values are latencies in the unit of the
// output.
#ifndef HIST_H
#define HIST_H

#include <stddef.h>
#include <stdint.h>

#include "model/snapshot.h"

#define HIST_LOG2_SLOTS 65 // as bcc has them: 1 for 0 and 1, i for 2^(i-1) .. 2^i - 1

// A histogram is a run of cells with ascending slots, of which only the slot and the count matter.
struct hist {
    const struct cell *cells;
    size_t n;
    uint64_t count; // of all cells
    uint64_t sum;   // of all values, where it was asked for
};

// The slot of a value, and the smallest and largest value of a slot < HIST_SLOTS.
unsigned hist_slot(uint64_t value);
uint64_t hist_slot_low(unsigned slot);
uint64_t hist_slot_high(unsigned slot);

// Latencies are counted in whole units, rounded down: what was counted as `value` took less than this. The
// largest value stays as it is.
uint64_t hist_above(uint64_t value);

// Folds into powers of two: exact, as their borders are borders of slots.
void hist_fold(const struct hist *hist, uint64_t counts[HIST_LOG2_SLOTS]);

// The value that a fraction (numerator / denominator, 0 .. 1) of all values do not exceed, by nearest rank:
// the largest of the slot that the value lies in, so at most 1/32 (3.125 %) too high, and too low by less
// than the unit only: see hist_above. 0 if the histogram is empty.
uint64_t hist_percentile(const struct hist *hist, unsigned numerator, unsigned denominator);

// The percentiles that the formats show; the last is the maximum.
#define HIST_PERCENTILES 5
extern const struct hist_percentile_row {
    const char *name;
    unsigned per_mille;
} hist_percentiles[HIST_PERCENTILES];

#endif
