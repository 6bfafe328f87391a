// SPDX-License-Identifier: Apache-2.0
// See snapshot.h.
#include "model/snapshot.h"

#include <errno.h>
#include <stdlib.h>

int snapshot_add(struct snapshot *snapshot, const struct dist_key *key, uint64_t count)
{
    if (snapshot->n == snapshot->capacity) {
        size_t capacity = snapshot->capacity ? snapshot->capacity * 2 : 256;
        struct cell *cells = realloc(snapshot->cells, capacity * sizeof(*cells));
        if (!cells)
            return -ENOMEM;
        snapshot->cells = cells;
        snapshot->capacity = capacity;
    }
    snapshot->cells[snapshot->n++] = (struct cell){*key, count};
    return 0;
}

static int compare_groups(const struct dist_key *a, const struct dist_key *b)
{
    if (a->dev != b->dev)
        return a->dev < b->dev ? -1 : 1;
    return a->flags < b->flags ? -1 : a->flags > b->flags;
}

static int compare_cells(const void *a, const void *b)
{
    const struct dist_key *x = &((const struct cell *)a)->key, *y = &((const struct cell *)b)->key;
    int order = compare_groups(x, y);
    return order ? order : x->slot < y->slot ? -1 : x->slot > y->slot;
}

void snapshot_sort(struct snapshot *snapshot)
{
    size_t kept = 0;
    if (snapshot->n)
        qsort(snapshot->cells, snapshot->n, sizeof(struct cell), compare_cells);
    for (size_t i = 0; i < snapshot->n; i++) {
        const struct cell cell = snapshot->cells[i];
        if (kept && compare_cells(&snapshot->cells[kept - 1], &cell) == 0)
            snapshot->cells[kept - 1].count += cell.count;
        else
            snapshot->cells[kept++] = cell;
    }
    snapshot->n = kept;
}

static uint64_t grown(uint64_t now, uint64_t before)
{
    return now >= before ? now - before : now;
}

// The sum is the last slot of a group, so what was kept last is of another group.
static bool is_sum_alone(const struct snapshot *growth, const struct dist_key *key)
{
    return key->slot == HIST_SLOT_SUM &&
           (!growth->n || compare_groups(&growth->cells[growth->n - 1].key, key) != 0);
}

static int grow_cells(struct snapshot *growth, struct snapshot *now, const struct snapshot *before)
{
    for (size_t i = 0, j = 0; i < now->n; i++) {
        struct cell *cell = &now->cells[i];
        while (j < before->n && compare_cells(&before->cells[j], cell) < 0)
            j++;
        bool is_old = j < before->n && compare_cells(&before->cells[j], cell) == 0;
        uint64_t count = grown(cell->count, is_old ? before->cells[j].count : 0);
        if (is_sum_alone(growth, &cell->key))
            cell->count -= count;
        else if (count && snapshot_add(growth, &cell->key, count) < 0)
            return -ENOMEM;
    }
    return 0;
}

int snapshot_growth(struct snapshot *growth, struct snapshot *now, const struct snapshot *before)
{
    for (size_t i = 0; i < DROPS; i++)
        growth->dropped[i] = grown(now->dropped[i], before->dropped[i]);
    growth->skipped = grown(now->skipped, before->skipped);
    growth->lost = grown(now->lost, before->lost);
    return grow_cells(growth, now, before);
}

bool snapshot_has_counts(const struct snapshot *snapshot)
{
    for (size_t i = 0; i < snapshot->n; i++)
        if (snapshot->cells[i].key.slot != HIST_SLOT_SUM && snapshot->cells[i].count)
            return true;
    return false;
}

void snapshot_free(struct snapshot *snapshot)
{
    free(snapshot->cells);
    *snapshot = (struct snapshot){0};
}
