// SPDX-License-Identifier: Apache-2.0
// See snapshot.h.
#include "model/snapshot.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static int reserve(struct snapshot *snapshot, size_t room)
{
    if (room <= snapshot->room)
        return 0;
    if (room < snapshot->room * 2)
        room = snapshot->room * 2;
    struct cell *cells = realloc(snapshot->cells, room * sizeof(*cells));
    if (!cells)
        return -ENOMEM;
    snapshot->cells = cells;
    snapshot->room = room;
    return 0;
}

int snapshot_add(struct snapshot *snapshot, const struct dist_key *key, uint64_t count)
{
    if (snapshot->n == snapshot->room && reserve(snapshot, snapshot->n + 256) < 0)
        return -ENOMEM;
    snapshot->cells[snapshot->n++] = (struct cell){*key, count};
    return 0;
}

static int compare_keys(const struct dist_key *a, const struct dist_key *b)
{
    if (a->dev != b->dev)
        return a->dev < b->dev ? -1 : 1;
    if (a->flags != b->flags)
        return a->flags < b->flags ? -1 : 1;
    return a->slot < b->slot ? -1 : a->slot > b->slot;
}

static int compare_cells(const void *a, const void *b)
{
    return compare_keys(&((const struct cell *)a)->key, &((const struct cell *)b)->key);
}

void snapshot_sort(struct snapshot *snapshot)
{
    size_t kept = 0;
    if (snapshot->n)
        qsort(snapshot->cells, snapshot->n, sizeof(struct cell), compare_cells);
    for (size_t i = 0; i < snapshot->n; i++) {
        const struct cell cell = snapshot->cells[i];
        if (kept && compare_keys(&snapshot->cells[kept - 1].key, &cell.key) == 0)
            snapshot->cells[kept - 1].count += cell.count;
        else
            snapshot->cells[kept++] = cell;
    }
    snapshot->n = kept;
}

static uint64_t growth(uint64_t after, uint64_t before)
{
    return after >= before ? after - before : after;
}

void snapshot_subtract(struct snapshot *after, const struct snapshot *before)
{
    size_t kept = 0, j = 0;
    for (size_t i = 0; i < after->n; i++) {
        struct cell cell = after->cells[i];
        while (j < before->n && compare_keys(&before->cells[j].key, &cell.key) < 0)
            j++;
        if (j < before->n && compare_keys(&before->cells[j].key, &cell.key) == 0)
            cell.count = growth(cell.count, before->cells[j].count);
        if (cell.count)
            after->cells[kept++] = cell;
    }
    after->n = kept;
    for (size_t i = 0; i < DROPS; i++)
        after->dropped[i] = growth(after->dropped[i], before->dropped[i]);
    after->skipped = growth(after->skipped, before->skipped);
    after->lost = growth(after->lost, before->lost);
}

static struct cell *find(struct snapshot *snapshot, const struct cell *cell)
{
    return bsearch(cell, snapshot->cells, snapshot->n, sizeof(*cell), compare_cells);
}

void snapshot_hold_back_sums(struct snapshot *growth, struct snapshot *total)
{
    size_t kept = 0;
    for (size_t i = 0; i < growth->n; i++) {
        const struct cell cell = growth->cells[i];
        // The sum is the last slot of a group: alone if what was kept last is of another.
        bool alone = !kept || growth->cells[kept - 1].key.dev != cell.key.dev ||
                     growth->cells[kept - 1].key.flags != cell.key.flags;
        struct cell *whole = cell.key.slot == HIST_SLOT_SUM && alone ? find(total, &cell) : NULL;
        if (whole)
            whole->count -= cell.count;
        else
            growth->cells[kept++] = cell;
    }
    growth->n = kept;
}

int snapshot_copy(struct snapshot *to, const struct snapshot *from)
{
    if (reserve(to, from->n) < 0)
        return -ENOMEM;
    if (from->n)
        memcpy(to->cells, from->cells, from->n * sizeof(struct cell));
    to->n = from->n;
    memcpy(to->dropped, from->dropped, sizeof(to->dropped));
    to->skipped = from->skipped;
    to->lost = from->lost;
    return 0;
}

void snapshot_clear(struct snapshot *snapshot)
{
    snapshot->n = 0;
    memset(snapshot->dropped, 0, sizeof(snapshot->dropped));
    snapshot->skipped = 0;
    snapshot->lost = 0;
}

void snapshot_free(struct snapshot *snapshot)
{
    free(snapshot->cells);
    *snapshot = (struct snapshot){0};
}
