// SPDX-License-Identifier: Apache-2.0
// See slowest.h. N is 1000 at most, so that a sorted array is simple and fast enough.
#include "model/slowest.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

int slowest_open(struct slowest *slowest, unsigned limit)
{
    *slowest = (struct slowest){.limit = limit, .boundary_ns = UINT64_MAX};
    for (int i = 0; i < 2; i++) {
        slowest->kept[i] = calloc(limit, sizeof(struct sample_event));
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

static bool comes_before(const struct sample_event *a, const struct sample_event *b)
{
    return a->latency_ns != b->latency_ns ? a->latency_ns > b->latency_ns : a->end_ns < b->end_ns;
}

void slowest_add(struct slowest *slowest, const struct sample_event *event)
{
    bool next = event->end_ns > slowest->boundary_ns;
    struct sample_event *kept = slowest->kept[next];
    size_t i = slowest->n[next];
    while (i > 0 && comes_before(event, &kept[i - 1]))
        i--;
    if (i == slowest->limit)
        return;
    if (slowest->n[next] < slowest->limit)
        slowest->n[next]++;
    memmove(&kept[i + 1], &kept[i], (slowest->n[next] - 1 - i) * sizeof(*kept));
    kept[i] = *event;
}

uint64_t slowest_threshold_ns(const struct slowest *slowest)
{
    return slowest->n[0] < slowest->limit ? 0 : slowest->kept[0][slowest->limit - 1].latency_ns;
}

void slowest_end(struct slowest *slowest, uint64_t boundary_ns)
{
    slowest->boundary_ns = boundary_ns;
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
