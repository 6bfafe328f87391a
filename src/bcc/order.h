// SPDX-License-Identifier: Apache-2.0
// Events of several sources, each with the time when it began, put into the order of those times.
#ifndef BCC_ORDER_H
#define BCC_ORDER_H

#include <stddef.h>
#include <stdint.h>

// An event that waits. Its bytes are at bytes + offset.
struct bcc_held {
    uint64_t time_ns;
    uint64_t arrival; // the how manieth: of two with the same time, the first to come goes first
    size_t offset, size;
};

// All zero: empty.
struct bcc_order {
    struct bcc_held *held; // in no order between calls
    size_t n, max_held;
    char *bytes, *spare; // of all events that wait; each begins at a multiple of 8
    size_t used, capacity, spare_capacity;
    uint64_t arrivals, oldest_ns; // oldest_ns: of those that wait
};

typedef void bcc_order_visit(void *context, const void *event, size_t size);

// Takes a copy of an event, which begins with its time: 8 bytes, in the machine's order. 0, -EINVAL: it has
// no 8 bytes; -ENOMEM.
int bcc_order_add(struct bcc_order *order, const void *event, size_t size);

// Calls visit for all events with a time before `before_ns`, oldest first, and forgets them. The event is
// aligned to 8 bytes and lives until visit returns. visit must not call bcc_order_*.
void bcc_order_deliver(struct bcc_order *order, uint64_t before_ns, bcc_order_visit *visit, void *context);

// Forgets all and frees.
void bcc_order_free(struct bcc_order *order);

#endif
