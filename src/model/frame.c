// SPDX-License-Identifier: Apache-2.0
// See frame.h.
#include "model/frame.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool begins_group(const struct snapshot *growth, size_t i)
{
    const struct cell *cells = growth->cells;
    return i == 0 || cells[i - 1].key.dev != cells[i].key.dev || cells[i - 1].key.flags != cells[i].key.flags;
}

static int alloc_groups(struct frame *frame, const struct snapshot *growth)
{
    size_t n = 1; // also if there is none
    for (size_t i = 0; i < growth->n; i++)
        n += begins_group(growth, i);
    frame->groups = calloc(n, sizeof(*frame->groups));
    return frame->groups ? 0 : -ENOMEM;
}

static void name_group(const struct frame *frame, const struct dimension_names *names,
                       const struct dist_key *key, struct group *group)
{
    for (unsigned i = 0; i < DIMENSIONS; i++)
        if (frame->by & BY(i))
            dimensions[i].name(names, key, group->title[i], sizeof(group->title[i]));
}

static int fill_groups(struct frame *frame, const struct snapshot *growth,
                       const struct dimension_names *names)
{
    struct group *group = NULL;
    for (size_t i = 0; i < growth->n; i++) {
        const struct cell *cell = &growth->cells[i];
        if (begins_group(growth, i)) {
            group = &frame->groups[frame->n++];
            name_group(frame, names, &cell->key, group);
        }
        if (cell->key.slot == HIST_SLOT_SUM)
            group->hist.sum = cell->count;
        else if (hist_add(&group->hist, cell->key.slot, cell->count) < 0)
            return -ENOMEM;
    }
    return 0;
}

static int compare_titles(const void *a, const void *b)
{
    const struct group *x = a, *y = b;
    int order = 0;
    for (unsigned i = 0; i < DIMENSIONS && order == 0; i++)
        order = strcmp(x->title[i], y->title[i]);
    return order;
}

// Several groups can have one title: disks without a name, flags that no title shows.
static int unite_groups(struct frame *frame)
{
    size_t kept = 0;
    int error = 0;
    qsort(frame->groups, frame->n, sizeof(*frame->groups), compare_titles);
    for (size_t i = 0; i < frame->n; i++) {
        struct group *group = &frame->groups[i], *last = kept ? &frame->groups[kept - 1] : NULL;
        if (last && compare_titles(last, group) == 0) {
            error = error ? error : hist_merge(&last->hist, &group->hist);
            hist_free(&group->hist);
        } else {
            frame->groups[kept++] = *group;
        }
    }
    frame->n = kept;
    return error;
}

static void drop_empty_groups(struct frame *frame)
{
    size_t kept = 0;
    for (size_t i = 0; i < frame->n; i++)
        if (frame->groups[i].hist.count)
            frame->groups[kept++] = frame->groups[i];
        else
            hist_free(&frame->groups[i].hist);
    frame->n = kept;
    // One histogram for all is shown also when it is empty.
    if (!frame->by && !frame->n)
        frame->groups[frame->n++] = (struct group){.hist = {0}};
}

int frame_make(struct frame *frame, const struct snapshot *growth, const struct dimension_names *names)
{
    frame->n = 0;
    memcpy(frame->dropped, growth->dropped, sizeof(frame->dropped));
    frame->skipped = growth->skipped;
    frame->lost = growth->lost;
    int error = alloc_groups(frame, growth);
    if (!error)
        error = fill_groups(frame, growth, names);
    if (!error)
        error = unite_groups(frame);
    if (error)
        frame_free(frame);
    else
        drop_empty_groups(frame);
    return error;
}

const char *frame_unit(const struct frame *frame)
{
    return frame->milliseconds ? "msecs" : "usecs";
}

void frame_free(struct frame *frame)
{
    for (size_t i = 0; i < frame->n; i++)
        hist_free(&frame->groups[i].hist);
    free(frame->groups);
    frame->groups = NULL;
    frame->n = 0;
}
