// SPDX-License-Identifier: Apache-2.0
// See hist.h.
#include "model/hist.h"

#include <string.h>

const struct hist_percentile_row hist_percentiles[HIST_PERCENTILES] = {
    {"p50", 500}, {"p90", 900}, {"p99", 990}, {"p99.9", 999}, {"max", 1000},
};

static unsigned log2_floor(uint64_t value)
{
    return 63U - (unsigned)__builtin_clzll(value);
}

unsigned hist_slot(uint64_t value)
{
    if (value < HIST_SUB)
        return (unsigned)value;
    unsigned shift = log2_floor(value) - HIST_SUB_BITS;
    return (shift + 1) * HIST_SUB + (unsigned)(value >> shift & (HIST_SUB - 1));
}

uint64_t hist_slot_low(unsigned slot)
{
    if (slot < HIST_SUB)
        return slot;
    unsigned shift = slot / HIST_SUB - 1;
    return (uint64_t)(HIST_SUB + slot % HIST_SUB) << shift;
}

uint64_t hist_slot_high(unsigned slot)
{
    unsigned shift = slot < HIST_SUB ? 0 : slot / HIST_SUB - 1;
    return hist_slot_low(slot) + (((uint64_t)1 << shift) - 1);
}

uint64_t hist_above(uint64_t value)
{
    return value < UINT64_MAX ? value + 1 : value;
}

void hist_fold(const struct hist *hist, uint64_t counts[HIST_LOG2_SLOTS])
{
    memset(counts, 0, HIST_LOG2_SLOTS * sizeof(*counts));
    for (size_t i = 0; i < hist->n; i++) {
        uint64_t low = hist_slot_low(hist->cells[i].key.slot);
        counts[low ? log2_floor(low) + 1 : 1] += hist->cells[i].count;
    }
}

uint64_t hist_percentile(const struct hist *hist, unsigned numerator, unsigned denominator)
{
    // rank = ceil(count * numerator / denominator), at least 1, without overflow.
    uint64_t whole = hist->count / denominator * numerator;
    uint64_t part = (hist->count % denominator * numerator + denominator - 1) / denominator;
    uint64_t rank = whole + part ? whole + part : 1, seen = 0;
    for (size_t i = 0; i < hist->n; i++) {
        seen += hist->cells[i].count;
        if (seen >= rank)
            return hist_slot_high(hist->cells[i].key.slot);
    }
    return 0;
}
