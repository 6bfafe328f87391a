// SPDX-License-Identifier: Apache-2.0
// See frame.h.
#include "model/frame.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

// A run of cells with the same key but for the slot.
struct run {
    struct group title; // its hist is this run
    size_t first;
};

static int compare_titles(const struct group *a, const struct group *b)
{
    int order = 0;
    for (unsigned i = 0; i < DIMENSIONS && order == 0; i++)
        order = strcmp(a->title[i], b->title[i]);
    return order;
}

static int compare_runs(const void *a, const void *b)
{
    const struct run *x = a, *y = b;
    int order = compare_titles(&x->title, &y->title);
    return order ? order : (x->first > y->first) - (x->first < y->first);
}

static int compare_slots(const void *a, const void *b)
{
    const struct cell *x = a, *y = b;
    return (x->key.slot > y->key.slot) - (x->key.slot < y->key.slot);
}

static bool same_group(const struct cell *a, const struct cell *b)
{
    return a->key.dev == b->key.dev && a->key.flags == b->key.flags;
}

static void name_run(const struct frame *frame, const struct dimension_names *names,
                     const struct dist_key *key, struct group *title)
{
    for (unsigned i = 0; i < DIMENSIONS; i++)
        if (frame->by & BY(i))
            dimensions[i].name(names, key, title->title[i], sizeof(title->title[i]));
}

static size_t find_runs(const struct frame *frame, const struct snapshot *growth,
                        const struct dimension_names *names, struct run *runs)
{
    size_t n = 0;
    for (size_t i = 0; i < growth->n; i++) {
        if (i > 0 && same_group(&growth->cells[i - 1], &growth->cells[i])) {
            runs[n - 1].title.hist.n++;
            continue;
        }
        runs[n] = (struct run){.first = i, .title.hist.n = 1};
        name_run(frame, names, &growth->cells[i].key, &runs[n].title);
        n++;
    }
    return n;
}

static size_t count_runs(const struct snapshot *growth)
{
    size_t n = growth->n > 0;
    for (size_t i = 1; i < growth->n; i++)
        n += !same_group(&growth->cells[i - 1], &growth->cells[i]);
    return n;
}

// Puts a run's cells behind those of its group, which has them last in frame->cells.
static void append_run(struct group *group, const struct cell *cells, size_t n, struct cell *to)
{
    for (size_t i = 0; i < n; i++) {
        if (cells[i].key.slot == HIST_SLOT_SUM) {
            group->hist.sum += cells[i].count;
            continue;
        }
        to[group->hist.n++] = cells[i];
        group->hist.count += cells[i].count;
    }
}

// Two runs with one title (devices without a name) may share slots: sorts the cells and adds up equals.
static void unite_slots(struct group *group, struct cell *cells)
{
    size_t kept = 0;
    if (group->hist.n)
        qsort(cells, group->hist.n, sizeof(*cells), compare_slots);
    for (size_t i = 0; i < group->hist.n; i++) {
        if (kept && cells[kept - 1].key.slot == cells[i].key.slot)
            cells[kept - 1].count += cells[i].count;
        else
            cells[kept++] = cells[i];
    }
    group->hist.n = kept;
}

static void fill_groups(struct frame *frame, const struct snapshot *growth, const struct run *runs,
                        size_t n_runs)
{
    struct cell *to = frame->cells;
    for (size_t i = 0; i < n_runs; i++) {
        bool same = frame->n && compare_titles(&frame->groups[frame->n - 1], &runs[i].title) == 0;
        struct group *group = same ? &frame->groups[frame->n - 1] : &frame->groups[frame->n++];
        if (!same) {
            *group = runs[i].title;
            group->hist = (struct hist){.cells = to};
        }
        struct cell *begin = frame->cells + (group->hist.cells - frame->cells);
        append_run(group, growth->cells + runs[i].first, runs[i].title.hist.n, begin);
        if (same)
            unite_slots(group, begin);
        to = begin + group->hist.n;
    }
}

static void drop_empty_groups(struct frame *frame)
{
    size_t kept = 0;
    for (size_t i = 0; i < frame->n; i++)
        if (frame->groups[i].hist.count)
            frame->groups[kept++] = frame->groups[i];
    frame->n = kept;
}

int frame_make(struct frame *frame, const struct snapshot *growth, const struct dimension_names *names)
{
    size_t n_runs = count_runs(growth);
    struct run *runs = calloc(n_runs + 1, sizeof(*runs));
    frame->groups = calloc(n_runs + 1, sizeof(*frame->groups));
    frame->cells = calloc(growth->n + 1, sizeof(*frame->cells));
    frame->n = 0;
    memcpy(frame->dropped, growth->dropped, sizeof(frame->dropped));
    frame->skipped = growth->skipped;
    frame->lost = growth->lost;
    if (!runs || !frame->groups || !frame->cells) {
        free(runs);
        frame_free(frame);
        return -ENOMEM;
    }
    find_runs(frame, growth, names, runs);
    qsort(runs, n_runs, sizeof(*runs), compare_runs);
    fill_groups(frame, growth, runs, n_runs);
    drop_empty_groups(frame);
    free(runs);
    // One histogram for all is shown also when it is empty.
    if (!frame->by && !frame->n) {
        frame->groups[0] = (struct group){.hist.cells = frame->cells};
        frame->n = 1;
    }
    return 0;
}

const char *frame_unit(const struct frame *frame)
{
    return frame->milliseconds ? "msecs" : "usecs";
}

void frame_free(struct frame *frame)
{
    free(frame->groups);
    free(frame->cells);
    frame->groups = NULL;
    frame->cells = NULL;
    frame->n = 0;
}
