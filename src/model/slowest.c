// SPDX-License-Identifier: Apache-2.0
// See slowest.h. Each of the two is a binary heap: kept[i] is not slower than its children kept[2i + 1] and
// kept[2i + 2], so the first is the one that goes when a slower one comes.
#include "model/slowest.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

int slowest_open(struct slowest *slowest, unsigned n)
{
    *slowest = (struct slowest){.room = n, .boundary_ns = UINT64_MAX};
    for (int i = 0; i < 2; i++) {
        slowest->kept[i] = calloc(n, sizeof(struct sample_event));
        if (!slowest->kept[i]) {
            slowest_close(slowest);
            return -ENOMEM;
        }
    }
    return 0;
}

void slowest_close(struct slowest *slowest)
{
    free(slowest->kept[0]);
    free(slowest->kept[1]);
    *slowest = (struct slowest){0};
}

// < 0: a is shown before b.
static int compare(const struct sample_event *a, const struct sample_event *b)
{
    if (a->latency_ns != b->latency_ns)
        return a->latency_ns > b->latency_ns ? -1 : 1;
    return (a->end_ns > b->end_ns) - (a->end_ns < b->end_ns);
}

static int compare_events(const void *a, const void *b)
{
    return compare(a, b);
}

static void swap(struct sample_event *a, struct sample_event *b)
{
    const struct sample_event c = *a;
    *a = *b;
    *b = c;
}

static void sift_up(struct sample_event *heap, size_t i)
{
    for (; i > 0 && compare(&heap[i], &heap[(i - 1) / 2]) > 0; i = (i - 1) / 2)
        swap(&heap[i], &heap[(i - 1) / 2]);
}

static void sift_down(struct sample_event *heap, size_t n)
{
    for (size_t i = 0, child = 1; child < n; i = child, child = 2 * i + 1) {
        if (child + 1 < n && compare(&heap[child + 1], &heap[child]) > 0)
            child++;
        if (compare(&heap[child], &heap[i]) <= 0)
            return;
        swap(&heap[child], &heap[i]);
    }
}

void slowest_add(struct slowest *slowest, const struct sample_event *event)
{
    bool next = event->end_ns > slowest->boundary_ns;
    struct sample_event *heap = slowest->kept[next];
    size_t *n = &slowest->n[next];
    if (*n < slowest->room) {
        heap[*n] = *event;
        sift_up(heap, (*n)++);
    } else if (compare(event, &heap[0]) < 0) {
        heap[0] = *event;
        sift_down(heap, *n);
    }
}

uint64_t slowest_threshold_ns(const struct slowest *slowest)
{
    return slowest->n[0] < slowest->room ? 0 : slowest->kept[0][0].latency_ns;
}

void slowest_end(struct slowest *slowest, uint64_t boundary_ns)
{
    slowest->boundary_ns = boundary_ns;
}

const struct sample_event *slowest_sort(struct slowest *slowest, size_t *n)
{
    *n = slowest->n[0];
    if (*n)
        qsort(slowest->kept[0], *n, sizeof(struct sample_event), compare_events);
    return slowest->kept[0];
}

void slowest_next(struct slowest *slowest)
{
    struct sample_event *emptied = slowest->kept[0];
    slowest->kept[0] = slowest->kept[1];
    slowest->kept[1] = emptied;
    slowest->n[0] = slowest->n[1];
    slowest->n[1] = 0;
    slowest->boundary_ns = UINT64_MAX;
}
