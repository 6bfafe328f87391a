// SPDX-License-Identifier: Apache-2.0
// Snapshots: what comes in comes out, sorted, and differences are exact.
#include "testing.h"

#include <string.h>

#include "model/snapshot.h"

static void add(struct snapshot *snapshot, unsigned dev, unsigned flags, unsigned slot, uint64_t count)
{
    assert_int_equal(snapshot_add(snapshot, &(struct dist_key){dev, flags, slot}, count), 0);
}

static bool same_key(const struct dist_key *a, const struct dist_key *b)
{
    return a->dev == b->dev && a->flags == b->flags && a->slot == b->slot;
}

static uint64_t count_of(const struct snapshot *snapshot, const struct dist_key *key)
{
    uint64_t count = 0;
    for (size_t i = 0; i < snapshot->n; i++)
        if (same_key(&snapshot->cells[i].key, key))
            count += snapshot->cells[i].count;
    return count;
}

static bool before(const struct dist_key *a, const struct dist_key *b)
{
    if (a->dev != b->dev)
        return a->dev < b->dev;
    if (a->flags != b->flags)
        return a->flags < b->flags;
    return a->slot < b->slot;
}

static void check_sorted(const struct snapshot *snapshot)
{
    for (size_t i = 1; i < snapshot->n; i++)
        assert_true(before(&snapshot->cells[i - 1].key, &snapshot->cells[i].key));
}

static void test_add(void **state)
{
    struct snapshot snapshot = {0};
    (void)state;
    for (unsigned i = 0; i < 5000; i++)
        add(&snapshot, i, i + 1, i + 2, i + 3);
    assert_int_equal(snapshot.n, 5000);
    for (unsigned i = 0; i < 5000; i++) {
        assert_true(same_key(&snapshot.cells[i].key, &(struct dist_key){i, i + 1, i + 2}));
        assert_int_equal(snapshot.cells[i].count, i + 3);
    }
    snapshot_free(&snapshot);
}

// Members are compared as unsigned, the first before the second before the third.
static void test_sort(void **state)
{
    static const struct dist_key want[] = {{0, 0, 0},          {0, 0, UINT32_MAX}, {0, 1, 0},
                                           {0, 1, 7},          {0, UINT32_MAX, 3}, {1, 0, 0},
                                           {0x7fffffff, 5, 5}, {0x80000000, 0, 1}, {UINT32_MAX, 0, 0}};
    static const size_t order[] = {4, 8, 0, 6, 2, 7, 1, 5, 3};
    struct snapshot snapshot = {0};
    (void)state;
    snapshot_sort(&snapshot); // nothing
    for (size_t i = 0; i < ARRAY_SIZE(order); i++)
        assert_int_equal(snapshot_add(&snapshot, &want[order[i]], order[i] + 1), 0);
    snapshot_sort(&snapshot);
    for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
        assert_true(same_key(&snapshot.cells[i].key, &want[i]));
        assert_int_equal(snapshot.cells[i].count, i + 1);
    }
    snapshot_free(&snapshot);
}

// The parts of a group have a sum each.
static void test_sort_adds(void **state)
{
    struct snapshot snapshot = {0};
    (void)state;
    add(&snapshot, 1, 2, HIST_SLOT_SUM, 100);
    add(&snapshot, 1, 2, 0, 1);
    add(&snapshot, 1, 3, HIST_SLOT_SUM, 7);
    add(&snapshot, 1, 2, HIST_SLOT_SUM, 20);
    snapshot_sort(&snapshot);
    assert_int_equal(snapshot.n, 3);
    assert_int_equal(snapshot.cells[1].key.slot, HIST_SLOT_SUM);
    assert_int_equal(snapshot.cells[1].count, 120);
    assert_int_equal(snapshot.cells[2].count, 7);
    snapshot_free(&snapshot);
}

// ---- growth ----

// One cell before and after, UINT64_MAX for none; what is left, 0 for no cell.
static void test_growth_cell(void **state)
{
    static const struct {
        uint64_t before, after, want;
    } rows[] = {
        {5, 8, 3},
        {5, 5, 0},
        {0, 5, 5},
        {UINT64_MAX, 5, 5},
        {5, UINT64_MAX, 0},
        {UINT64_MAX, 0, 0},
        {9, 4, 4}, // shrank: the counter began anew
        {UINT64_MAX - 2, UINT64_MAX - 1, 1},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct snapshot old = {0}, new = {0}, growth = {0};
        if (rows[i].before != UINT64_MAX)
            add(&old, 1, 2, 3, rows[i].before);
        if (rows[i].after != UINT64_MAX)
            add(&new, 1, 2, 3, rows[i].after);
        assert_int_equal(snapshot_growth(&growth, &new, &old), 0);
        assert_int_equal(growth.n, rows[i].want != 0);
        assert_true(count_of(&growth, &(struct dist_key){1, 2, 3}) == rows[i].want);
        snapshot_free(&old);
        snapshot_free(&new);
        snapshot_free(&growth);
    }
}

static void test_growth_counters(void **state)
{
    struct snapshot old = {.dropped = {1, 2, 3, 4, 5}, .skipped = 10, .lost = 7};
    struct snapshot new = {.dropped = {1, 5, 2, 4, 50}, .skipped = 12, .lost = 9}, growth = {0};
    static const uint64_t want[DROPS] = {0, 3, 2, 0, 45};
    (void)state;
    assert_int_equal(snapshot_growth(&growth, &new, &old), 0);
    assert_memory_equal(growth.dropped, want, sizeof(want));
    assert_int_equal(growth.skipped, 2);
    assert_int_equal(growth.lost, 2);
    new.skipped = 3;
    assert_int_equal(snapshot_growth(&growth, &new, &old), 0);
    assert_int_equal(growth.skipped, 3);
}

static struct dist_key random_key(uint64_t *seed)
{
    return (struct dist_key){(unsigned)random_below(seed, 4), (unsigned)random_below(seed, 4),
                             (unsigned)random_below(seed, 30)};
}

// Adds up to n cells with different keys, sorted.
static void fill(struct snapshot *snapshot, size_t n, uint64_t limit, uint64_t *seed)
{
    for (size_t i = 0; i < n; i++) {
        struct dist_key key = random_key(seed);
        bool there = false;
        for (size_t j = 0; j < snapshot->n; j++)
            there |= same_key(&snapshot->cells[j].key, &key);
        if (!there)
            assert_int_equal(snapshot_add(snapshot, &key, random_below(seed, limit)), 0);
    }
    snapshot_sort(snapshot);
}

static void check_growth(const struct snapshot *growth, const struct snapshot *after,
                         const struct snapshot *old)
{
    size_t n = 0;
    check_sorted(growth);
    for (size_t i = 0; i < after->n; i++) {
        const struct dist_key *key = &after->cells[i].key;
        uint64_t new_count = after->cells[i].count, old_count = count_of(old, key);
        uint64_t want = new_count >= old_count ? new_count - old_count : new_count;
        assert_true(count_of(growth, key) == want);
        n += want != 0;
    }
    assert_int_equal(growth->n, n);
}

static void test_growth_random(void **state)
{
    uint64_t seed = 4;
    (void)state;
    for (int round = 0; round < 500; round++) {
        struct snapshot old = {0}, after = {0}, growth = {0};
        uint64_t limit = round % 2 ? 4 : (uint64_t)1 << 60;
        fill(&old, random_below(&seed, 150), limit, &seed);
        fill(&after, random_below(&seed, 150), limit, &seed);
        assert_int_equal(snapshot_growth(&growth, &after, &old), 0);
        check_growth(&growth, &after, &old);
        snapshot_free(&old);
        snapshot_free(&after);
        snapshot_free(&growth);
    }
}

// A sum belongs to the interval of its counts: without any, it comes with the next.
static void test_growth_sums(void **state)
{
    enum { SUM = HIST_SLOT_SUM };
    struct snapshot first = {0}, second = {0}, none = {0}, growth = {0};
    (void)state;
    add(&first, 1, 0, 5, 2);
    add(&first, 1, 0, SUM, 100);
    add(&first, 1, 1, SUM, 40); // its group has no count
    add(&first, 2, 0, SUM, 50); // nor has that of another disk
    add(&first, 3, 0, 7, 1);
    assert_int_equal(snapshot_growth(&growth, &first, &none), 0);
    assert_int_equal(growth.n, 3);
    assert_int_equal(count_of(&growth, &(struct dist_key){1, 0, SUM}), 100);
    assert_int_equal(count_of(&growth, &(struct dist_key){1, 1, SUM}), 0);
    assert_int_equal(count_of(&growth, &(struct dist_key){2, 0, SUM}), 0);
    snapshot_free(&growth);
    add(&second, 1, 0, 5, 2);
    add(&second, 1, 0, SUM, 130); // alone again
    add(&second, 1, 1, 3, 1);
    add(&second, 1, 1, SUM, 40);
    add(&second, 2, 0, 9, 2);
    add(&second, 2, 0, SUM, 60);
    assert_int_equal(snapshot_growth(&growth, &second, &first), 0);
    assert_int_equal(growth.n, 4);
    assert_int_equal(count_of(&growth, &(struct dist_key){1, 1, SUM}), 40);
    assert_int_equal(count_of(&growth, &(struct dist_key){2, 0, SUM}), 60);
    assert_int_equal(count_of(&second, &(struct dist_key){1, 0, SUM}), 100);
    snapshot_free(&first);
    snapshot_free(&second);
    snapshot_free(&growth);
}

static void test_has_counts(void **state)
{
    struct snapshot snapshot = {0};
    (void)state;
    assert_false(snapshot_has_counts(&snapshot));
    add(&snapshot, 1, 1, 4, 0);
    add(&snapshot, 1, 1, HIST_SLOT_SUM, 9);
    assert_false(snapshot_has_counts(&snapshot));
    add(&snapshot, 2, 1, 4, 1);
    assert_true(snapshot_has_counts(&snapshot));
    snapshot_free(&snapshot);
}

// ---- free ----

static void test_frees(void **state)
{
    struct snapshot snapshot = {.dropped = {1, 2, 3, 4, 5}, .skipped = 6};
    static const struct snapshot zero;
    (void)state;
    add(&snapshot, 1, 1, 1, 1);
    snapshot_free(&snapshot);
    assert_memory_equal(&snapshot, &zero, sizeof(zero));
    snapshot_free(&snapshot);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_add),
        cmocka_unit_test(test_sort),
        cmocka_unit_test(test_sort_adds),
        cmocka_unit_test(test_growth_cell),
        cmocka_unit_test(test_growth_counters),
        cmocka_unit_test(test_growth_random),
        cmocka_unit_test(test_growth_sums),
        cmocka_unit_test(test_has_counts),
        cmocka_unit_test(test_frees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
