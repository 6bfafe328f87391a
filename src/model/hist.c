// SPDX-License-Identifier: Apache-2.0
// See hist.h.
#include "model/hist.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "probes/abi.h"

const struct hist_percentile_row hist_percentiles[HIST_PERCENTILES] = {
    {"p50", 500}, {"p90", 900}, {"p99", 990}, {"p99.9", 999}, {"max", 1000},
};

static int grow(struct hist *hist)
{
    size_t capacity = hist->capacity ? hist->capacity * 2 : 16;
    struct hist_slot *slots = realloc(hist->slots, capacity * sizeof(*slots));
    if (!slots)
        return -ENOMEM;
    hist->slots = slots;
    hist->capacity = capacity;
    return 0;
}

int hist_add(struct hist *hist, unsigned slot, uint64_t count)
{
    size_t i = hist->n;
    while (i > 0 && hist->slots[i - 1].slot >= slot)
        i--;
    if (i == hist->n || hist->slots[i].slot != slot) {
        if (hist->n == hist->capacity && grow(hist) < 0)
            return -ENOMEM;
        memmove(&hist->slots[i + 1], &hist->slots[i], (hist->n++ - i) * sizeof(hist->slots[0]));
        hist->slots[i] = (struct hist_slot){.slot = slot};
    }
    hist->slots[i].count += count;
    hist->count += count;
    return 0;
}

int hist_merge(struct hist *hist, const struct hist *from)
{
    for (size_t i = 0; i < from->n; i++)
        if (hist_add(hist, from->slots[i].slot, from->slots[i].count) < 0)
            return -ENOMEM;
    hist->sum += from->sum;
    return 0;
}

void hist_free(struct hist *hist)
{
    free(hist->slots);
    *hist = (struct hist){0};
}

static unsigned log2_floor(uint64_t value)
{
    return 63U - (unsigned)__builtin_clzll(value);
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

size_t hist_log2(const struct hist *hist, struct hist_bucket buckets[HIST_LOG2_BUCKETS])
{
    size_t n = 0;
    for (unsigned i = 0; i < HIST_LOG2_BUCKETS; i++)
        buckets[i] = (struct hist_bucket){.low = i ? (uint64_t)1 << i : 0, .high = UINT64_MAX >> (63 - i)};
    for (size_t i = 0; i < hist->n; i++) {
        unsigned bucket = log2_floor(hist_slot_low(hist->slots[i].slot) | 1);
        buckets[bucket].count += hist->slots[i].count;
        n = bucket + 1;
    }
    return n;
}

uint64_t hist_percentile(const struct hist *hist, unsigned numerator, unsigned denominator)
{
    // rank = ceil(count * numerator / denominator), at least 1, without overflow.
    uint64_t whole = hist->count / denominator * numerator;
    uint64_t part = (hist->count % denominator * numerator + denominator - 1) / denominator;
    uint64_t rank = whole + part ? whole + part : 1, seen = 0;
    for (size_t i = 0; i < hist->n; i++) {
        seen += hist->slots[i].count;
        if (seen >= rank)
            return hist_slot_high(hist->slots[i].slot);
    }
    return 0;
}
