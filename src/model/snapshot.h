// SPDX-License-Identifier: Apache-2.0
// The kernel's counters at one moment. They only grow: what happened in an interval is one snapshot less the
// one before.
#ifndef SNAPSHOT_H
#define SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probes/abi.h"

struct cell {
    struct dist_key key;
    uint64_t count; // of requests; for HIST_SLOT_SUM the sum of their latencies
};

struct snapshot {
    struct cell *cells; // after snapshot_sort: ascending by dev, flags, slot
    size_t n, capacity;
    uint64_t dropped[DROPS];
    uint64_t skipped; // probe runs that the kernel left out
    uint64_t lost;    // samples that did not fit into the perf buffer
};

// Adds a cell. 0 or -ENOMEM.
int snapshot_add(struct snapshot *snapshot, const struct dist_key *key, uint64_t count);

// Cells with the same key become one.
void snapshot_sort(struct snapshot *snapshot);

// Fills `growth`, a zeroed one, with what happened from `before` to `now`, both sorted. Counters that shrank
// count as new. The kernel side counts a request first and adds its latency to the sum then: where a sum has
// grown and no count of its group has, it is taken out of `now` too, and so belongs to the next interval. 0
// or -ENOMEM.
int snapshot_growth(struct snapshot *growth, struct snapshot *now, const struct snapshot *before);

// Was any request counted?
bool snapshot_has_counts(const struct snapshot *snapshot);

// Takes a zeroed one, and leaves one.
void snapshot_free(struct snapshot *snapshot);

#endif
