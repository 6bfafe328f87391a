// SPDX-License-Identifier: Apache-2.0
// The kernel's counters at one moment. They only grow: what happened in an interval is one snapshot less the
// one before.
#ifndef SNAPSHOT_H
#define SNAPSHOT_H

#include <stddef.h>
#include <stdint.h>

#include "probes/abi.h"

struct cell {
    struct dist_key key;
    uint64_t count;
};

struct snapshot {
    struct cell *cells; // after snapshot_sort: ascending by dev, flags, slot
    size_t n, room;
    uint64_t dropped[DROPS];
    uint64_t skipped; // probe runs that the kernel left out
    uint64_t lost;    // single I/Os that there was no room to send
};

// Adds a cell. 0 or -ENOMEM.
int snapshot_add(struct snapshot *snapshot, const struct dist_key *key, uint64_t count);

// Cells with the same key become one.
void snapshot_sort(struct snapshot *snapshot);

// Makes `after` what happened since `before`; both sorted. Cells without change go. Counters that shrank
// count as new.
void snapshot_subtract(struct snapshot *after, const struct snapshot *before);

// A sum is written just after its count. Where growth has a sum without any count (its request was counted
// while the map was read), leaves it for the next time: takes it out of growth, and out of total, from which
// growth was made.
void snapshot_hold_back_sums(struct snapshot *growth, struct snapshot *total);

// A copy to subtract later. 0 or -ENOMEM.
int snapshot_copy(struct snapshot *to, const struct snapshot *from);

// Empties it and keeps its memory; frees it. Both take a zeroed one.
void snapshot_clear(struct snapshot *snapshot);
void snapshot_free(struct snapshot *snapshot);

#endif
