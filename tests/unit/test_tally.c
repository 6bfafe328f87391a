// SPDX-License-Identifier: Apache-2.0
// The counts that clone_count prints: growth, most first, a few only.
#include "testing.h"

#include <string.h>

#include "tally.h"

static void set(struct tally *tally, const char *name, uint64_t total)
{
    struct comm comm = {0};
    memcpy(comm.name, name, strnlen(name, sizeof(comm.name)));
    assert_int_equal(tally_set(tally, &comm, total), 0);
}

static void check_print(struct tally *tally, size_t top, const char *wanted)
{
    struct capture capture;
    assert_int_equal(tally_print(tally, capture_begin(&capture), top), 0);
    char *text = capture_end(&capture);
    assert_string_equal(text, wanted);
    free(text);
}

static void test_empty(void **state)
{
    struct tally tally = {0};
    (void)state;
    check_print(&tally, 10, "");
    tally_free(&tally);
}

static void test_growth(void **state)
{
    struct tally tally = {0};
    (void)state;
    set(&tally, "make", 5);
    set(&tally, "bash", 97);
    set(&tally, "a", 5);
    check_print(&tally, 10, "bash             97\na                5\nmake             5\n");
    check_print(&tally, 10, "");
    set(&tally, "make", 7);
    set(&tally, "bash", 98);
    set(&tally, "new", 1);
    check_print(&tally, 2, "make             2\nbash             1\n");
    check_print(&tally, 10, ""); // what was left out is not made up for
    tally_free(&tally);
}

static void test_full_names(void **state)
{
    struct tally tally = {0};
    (void)state;
    set(&tally, "0123456789abcdef", 1); // no 0 at the end: cannot come from a kernel, must not be read past
    check_print(&tally, 10, "0123456789abcdef 1\n");
    tally_free(&tally);
}

static void test_many(void **state)
{
    struct tally tally = {0};
    uint64_t random = 1;
    (void)state;
    for (int round = 0; round < 3; round++)
        for (int i = 0; i < 1000; i++) {
            char name[17];
            snprintf(name, sizeof(name), "%u", (unsigned)random_below(&random, 500));
            set(&tally, name, (uint64_t)round + 1);
        }
    assert_true(tally.n <= 500 && tally.n > 400);
    for (size_t i = 1; i < tally.n; i++)
        assert_true(memcmp(&tally.rows[i - 1].comm, &tally.rows[i].comm, sizeof(struct comm)) < 0);
    tally_free(&tally);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_empty), cmocka_unit_test(test_growth),
                                       cmocka_unit_test(test_full_names), cmocka_unit_test(test_many)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
