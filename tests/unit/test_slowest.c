// SPDX-License-Identifier: Apache-2.0
// The N slowest of an interval, against sorting all of them; and what belongs to which interval.
#include "testing.h"

#include <string.h>

#include "model/slowest.h"

#define MANY 3000

static struct sample_event event(uint64_t end_ns, uint64_t latency_ns)
{
    return (struct sample_event){.end_ns = end_ns, .latency_ns = latency_ns, .details.pid = (unsigned)end_ns};
}

static void add(struct slowest *slowest, uint64_t end_ns, uint64_t latency_ns)
{
    const struct sample_event one = event(end_ns, latency_ns);
    slowest_add(slowest, &one);
}

// "latency@end latency@end": the interval as it would be printed.
static void assert_sorted(struct slowest *slowest, const char *want)
{
    char text[256] = "";
    size_t n = slowest->n[0];
    const struct sample_event *events = slowest->kept[0];
    for (size_t i = 0; i < n; i++) {
        size_t at = strlen(text);
        snprintf(text + at, sizeof(text) - at, "%s%llu@%llu", i ? " " : "", events[i].latency_ns,
                 events[i].end_ns);
        assert_int_equal(events[i].details.pid, events[i].end_ns); // all of it moves together
    }
    assert_string_equal(text, want);
}

static void test_few(void **state)
{
    struct slowest slowest;
    (void)state;
    assert_int_equal(slowest_open(&slowest, 3), 0);
    assert_sorted(&slowest, "");
    assert_int_equal(slowest_threshold_ns(&slowest), 0);
    add(&slowest, 1, 50);
    add(&slowest, 2, 70);
    assert_int_equal(slowest_threshold_ns(&slowest), 0);
    assert_sorted(&slowest, "70@2 50@1");
    slowest_close(&slowest);
}

static void test_threshold(void **state)
{
    struct slowest slowest;
    (void)state;
    assert_int_equal(slowest_open(&slowest, 3), 0);
    add(&slowest, 1, 50);
    add(&slowest, 2, 70);
    add(&slowest, 3, 60);
    assert_int_equal(slowest_threshold_ns(&slowest), 50);
    add(&slowest, 4, 49);
    assert_int_equal(slowest_threshold_ns(&slowest), 50);
    add(&slowest, 5, 51);
    assert_int_equal(slowest_threshold_ns(&slowest), 51);
    add(&slowest, 6, 1000);
    assert_int_equal(slowest_threshold_ns(&slowest), 60);
    assert_sorted(&slowest, "1000@6 70@2 60@3");
    slowest_close(&slowest);
}

// Of equally slow ones the first stay; one that ended earlier and comes later takes its place.
static void test_ties(void **state)
{
    struct slowest slowest;
    (void)state;
    assert_int_equal(slowest_open(&slowest, 2), 0);
    add(&slowest, 10, 5);
    add(&slowest, 11, 5);
    add(&slowest, 12, 5);
    assert_sorted(&slowest, "5@10 5@11");
    slowest_next(&slowest);
    add(&slowest, 10, 5);
    add(&slowest, 11, 5);
    add(&slowest, 9, 5);
    assert_sorted(&slowest, "5@9 5@10");
    slowest_close(&slowest);
}

static void test_one(void **state)
{
    struct slowest slowest;
    (void)state;
    assert_int_equal(slowest_open(&slowest, 1), 0);
    add(&slowest, 1, 0);
    assert_int_equal(slowest_threshold_ns(&slowest), 0);
    add(&slowest, 2, 1);
    assert_int_equal(slowest_threshold_ns(&slowest), 1);
    add(&slowest, 3, UINT64_MAX);
    assert_sorted(&slowest, "18446744073709551615@3");
    slowest_close(&slowest);
}

// What ends at the boundary is of the old interval, what ends after it of the next, in whatever order they
// come.
static void test_boundary(void **state)
{
    struct slowest slowest;
    (void)state;
    assert_int_equal(slowest_open(&slowest, 2), 0);
    add(&slowest, 90, 10);
    slowest_end(&slowest, 100);
    add(&slowest, 101, 1000);
    add(&slowest, 100, 20);
    add(&slowest, 99, 15);
    add(&slowest, 102, 999);
    add(&slowest, 103, 998);
    assert_sorted(&slowest, "20@100 15@99");
    slowest_next(&slowest);
    assert_int_equal(slowest_threshold_ns(&slowest), 999);
    add(&slowest, 98, 2000); // late: better in the wrong interval than in none
    assert_sorted(&slowest, "2000@98 1000@101");
    slowest_next(&slowest);
    assert_sorted(&slowest, "");
    assert_int_equal(slowest_threshold_ns(&slowest), 0);
    slowest_close(&slowest);
}

static int compare(const void *a, const void *b)
{
    const struct sample_event *x = a, *y = b;
    if (x->latency_ns != y->latency_ns)
        return x->latency_ns > y->latency_ns ? -1 : 1;
    return (x->end_ns > y->end_ns) - (x->end_ns < y->end_ns);
}

// Events below the threshold are left out on the way, as the kernel side does, though it hears of it late.
static void check_random(uint64_t *seed, unsigned limit)
{
    static struct sample_event all[MANY];
    struct slowest slowest;
    uint64_t told = 0;
    assert_int_equal(slowest_open(&slowest, limit), 0);
    for (size_t i = 0; i < MANY; i++) {
        all[i] = event(i, random_below(seed, 2000));
        if (all[i].latency_ns >= told)
            slowest_add(&slowest, &all[i]);
        if (random_below(seed, 50) == 0)
            told = slowest_threshold_ns(&slowest);
    }
    qsort(all, MANY, sizeof(all[0]), compare);
    const struct sample_event *kept = slowest.kept[0];
    size_t n = slowest.n[0];
    assert_int_equal(n, limit < MANY ? limit : MANY);
    for (size_t i = 0; i < n; i++)
        assert_memory_equal(&kept[i], &all[i], sizeof(all[i]));
    slowest_close(&slowest);
}

static void test_random(void **state)
{
    static const unsigned limits[] = {1, 2, 3, 10, 100, 1000, 4000};
    uint64_t seed = 4;
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(limits); i++)
        check_random(&seed, limits[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_few),      cmocka_unit_test(test_threshold),
                                       cmocka_unit_test(test_ties),     cmocka_unit_test(test_one),
                                       cmocka_unit_test(test_boundary), cmocka_unit_test(test_random)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
