// SPDX-License-Identifier: Apache-2.0
// See order.h. Events that wait lie one behind the other in one piece of memory, so that a busy source
// costs no allocation each; what is left after a delivery moves to a second piece, and the two change roles.
#include "order.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static size_t aligned(size_t size)
{
    return (size + 7) & ~(size_t)7;
}

// Makes *at large enough for `need` bytes; it has *capacity now.
static int grow(char **at, size_t *capacity, size_t need)
{
    if (need <= *capacity)
        return 0;
    size_t wanted = *capacity ? *capacity : 4096;
    while (wanted < need)
        wanted *= 2;
    char *bigger = realloc(*at, wanted);
    if (!bigger)
        return -ENOMEM;
    *at = bigger;
    *capacity = wanted;
    return 0;
}

static int grow_held(struct bcc_order *order)
{
    if (order->n < order->max_held)
        return 0;
    size_t wanted = order->max_held ? order->max_held * 2 : 64;
    struct bcc_held *bigger = realloc(order->held, wanted * sizeof(*bigger));
    if (!bigger)
        return -ENOMEM;
    order->held = bigger;
    order->max_held = wanted;
    return 0;
}

int bcc_order_add(struct bcc_order *order, const void *event, size_t size)
{
    struct bcc_held held = {.offset = order->used, .size = size};
    if (size < sizeof(held.time_ns))
        return -EINVAL;
    if (grow_held(order) < 0 || grow(&order->bytes, &order->capacity, order->used + aligned(size)) < 0)
        return -ENOMEM;
    memcpy(&held.time_ns, event, sizeof(held.time_ns));
    memcpy(order->bytes + held.offset, event, size);
    held.arrival = order->arrivals++;
    if (order->n == 0 || held.time_ns < order->oldest_ns)
        order->oldest_ns = held.time_ns;
    order->held[order->n++] = held;
    order->used += aligned(size);
    return 0;
}

static int compare_held(const void *left, const void *right)
{
    const struct bcc_held *a = left, *b = right;
    if (a->time_ns != b->time_ns)
        return a->time_ns < b->time_ns ? -1 : 1;
    return a->arrival < b->arrival ? -1 : a->arrival > b->arrival;
}

// Gives back the memory of the events that have gone. If there is no memory for that, it comes with a later
// call.
static void compact(struct bcc_order *order)
{
    size_t used = 0;
    if (order->n && grow(&order->spare, &order->spare_capacity, order->used) < 0)
        return;
    for (size_t i = 0; i < order->n; i++) {
        struct bcc_held *held = &order->held[i];
        memcpy(order->spare + used, order->bytes + held->offset, held->size);
        held->offset = used;
        used += aligned(held->size);
    }
    char *bytes = order->bytes;
    size_t capacity = order->capacity;
    order->bytes = order->spare;
    order->capacity = order->spare_capacity;
    order->spare = bytes;
    order->spare_capacity = capacity;
    order->used = used;
}

void bcc_order_deliver(struct bcc_order *order, uint64_t before_ns, bcc_order_visit *visit, void *context)
{
    size_t n = 0;
    if (order->n == 0 || order->oldest_ns >= before_ns)
        return;
    qsort(order->held, order->n, sizeof(order->held[0]), compare_held);
    for (; n < order->n && order->held[n].time_ns < before_ns; n++)
        visit(context, order->bytes + order->held[n].offset, order->held[n].size);
    order->n -= n;
    memmove(order->held, order->held + n, order->n * sizeof(order->held[0]));
    order->oldest_ns = order->n ? order->held[0].time_ns : 0;
    compact(order);
}

void bcc_order_free(struct bcc_order *order)
{
    free(order->held);
    free(order->bytes);
    free(order->spare);
    *order = (struct bcc_order){0};
}
