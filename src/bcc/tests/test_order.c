// SPDX-License-Identifier: Apache-2.0
// Events of several sources come out in the order of their times, none lost, none twice.
#include "testing.h"

#include <errno.h>
#include <string.h>

#include "bcc/order.h"

struct event {
    uint64_t time_ns;
    uint32_t number; // in the order in which it came
    char rest[80];   // of which the first number % 80 bytes are submitted, all equal to number
};

#define HEADER offsetof(struct event, rest)

struct seen {
    size_t n;
    uint64_t last_ns;
    uint32_t last_number;
    bool sorted;
    char delivered[2000]; // by number
};

static void visit(void *context, const void *data, size_t size)
{
    struct seen *seen = context;
    struct event event;
    assert_int_equal((uintptr_t)data % 8, 0);
    assert_true(size >= HEADER && size <= sizeof(event));
    memcpy(&event, data, size);
    assert_int_equal(size, HEADER + event.number % 80);
    for (size_t i = 0; i < event.number % 80; i++)
        assert_int_equal(event.rest[i], (char)event.number);
    if (seen->n && (event.time_ns < seen->last_ns ||
                    (event.time_ns == seen->last_ns && event.number < seen->last_number)))
        seen->sorted = false;
    assert_int_equal(seen->delivered[event.number]++, 0);
    seen->last_ns = event.time_ns;
    seen->last_number = event.number;
    seen->n++;
}

static void add(struct bcc_order *order, uint64_t time_ns, uint32_t number)
{
    struct event event = {.time_ns = time_ns, .number = number};
    memset(event.rest, (char)number, sizeof(event.rest));
    char unaligned[sizeof(event) + 4]; // as events lie in a perf ring
    memcpy(unaligned + 4, &event, sizeof(event));
    assert_int_equal(bcc_order_add(order, unaligned + 4, HEADER + number % 80), 0);
}

static void test_empty(void **state)
{
    struct bcc_order order = {0};
    struct seen seen = {.sorted = true};
    (void)state;
    bcc_order_deliver(&order, UINT64_MAX, visit, &seen);
    assert_int_equal(seen.n, 0);
    bcc_order_free(&order);
    bcc_order_free(&order);
}

static void test_too_short(void **state)
{
    struct bcc_order order = {0};
    (void)state;
    assert_int_equal(bcc_order_add(&order, "1234567", 7), -EINVAL);
    bcc_order_free(&order);
}

static void test_two_cpus(void **state)
{
    static const uint64_t first_cpu[] = {100, 300, 500}, second_cpu[] = {200, 300, 400};
    struct bcc_order order = {0};
    struct seen seen = {.sorted = true};
    (void)state;
    for (uint32_t i = 0; i < 3; i++)
        add(&order, first_cpu[i], i);
    for (uint32_t i = 0; i < 3; i++)
        add(&order, second_cpu[i], 3 + i);
    bcc_order_deliver(&order, 100, visit, &seen);
    assert_int_equal(seen.n, 0);
    bcc_order_deliver(&order, 301, visit, &seen);
    assert_int_equal(seen.n, 4);
    assert_int_equal(seen.last_number, 4); // of two at 300 the first to come went first
    bcc_order_deliver(&order, UINT64_MAX, visit, &seen);
    assert_int_equal(seen.n, 6);
    assert_true(seen.sorted);
    bcc_order_free(&order);
}

// One that comes after younger ones have gone is delivered all the same.
static void test_straggler(void **state)
{
    struct bcc_order order = {0};
    struct seen seen = {.sorted = true};
    (void)state;
    add(&order, 500, 0);
    bcc_order_deliver(&order, 600, visit, &seen);
    add(&order, 400, 1);
    bcc_order_deliver(&order, 600, visit, &seen);
    assert_int_equal(seen.n, 2);
    assert_false(seen.sorted);
    bcc_order_free(&order);
}

// Four CPUs, each with rising times, read in turns: whatever begins before a read is in it, so what is older
// than the read comes out sorted over all reads.
static void test_many_reads(void **state)
{
    struct bcc_order order = {0};
    struct seen seen = {.sorted = true};
    uint32_t number = 0;
    uint64_t random = 1;
    (void)state;
    for (uint64_t begin_ns = 0; number < 1900; begin_ns += 1000) {
        for (int cpu = 0; cpu < 4; cpu++)
            for (uint64_t i = 0, n = random_below(&random, 8); i < n; i++)
                add(&order, begin_ns + i * 100 + random_below(&random, 100), number++);
        bcc_order_deliver(&order, begin_ns, visit, &seen);
    }
    bcc_order_deliver(&order, UINT64_MAX, visit, &seen);
    assert_int_equal(seen.n, number);
    assert_true(seen.sorted);
    bcc_order_free(&order);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),     cmocka_unit_test(test_too_short),  cmocka_unit_test(test_two_cpus),
        cmocka_unit_test(test_straggler), cmocka_unit_test(test_many_reads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
