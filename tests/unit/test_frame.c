// SPDX-License-Identifier: Apache-2.0
// Frames: groups by title, sorted, united where titles are equal, empty ones left out.
#include "testing.h"

#include <errno.h>
#include <string.h>

#include "model/frame.h"

enum { READ = 0, WRITE = 1, SYNC = 1 << 11 };

#define SUM HIST_SLOT_SUM

// Names of devices 0, 1, ...
static void name_disk(void *context, uint32_t dev, char *name, size_t size)
{
    snprintf(name, size, "%s", ((const char *const *)context)[dev]);
}

// A cell of growth; rows are ascending by dev, flags, slot, as frame_make wants them.
struct cell_row {
    unsigned dev, flags, slot;
    uint64_t count;
};

static void make(struct frame *frame, const struct cell_row *rows, size_t n, const char *const *disks)
{
    struct flag_names flags;
    struct snapshot growth = {0};
    flags_default(&flags);
    const struct dimension_names names = {name_disk, (void *)disks, &flags};
    for (size_t i = 0; i < n; i++) {
        const struct dist_key key = {rows[i].dev, rows[i].flags, rows[i].slot};
        assert_int_equal(snapshot_add(&growth, &key, rows[i].count), 0);
    }
    assert_int_equal(frame_make(frame, &growth, &names), 0);
    snapshot_free(&growth);
}

static void check_group(const struct group *group, const char *disk, const char *flags, uint64_t count,
                        uint64_t sum)
{
    uint64_t total = 0;
    assert_string_equal(group->title[DIMENSION_DISK], disk);
    assert_string_equal(group->title[DIMENSION_FLAGS], flags);
    assert_int_equal(group->hist.count, count);
    assert_int_equal(group->hist.sum, sum);
    for (size_t i = 0; i < group->hist.n; i++) {
        assert_in_range(group->hist.slots[i].slot, 0, HIST_SLOTS - 1);
        if (i > 0)
            assert_true(group->hist.slots[i - 1].slot < group->hist.slots[i].slot);
        total += group->hist.slots[i].count;
    }
    assert_int_equal(total, count);
}

static void check_cell(const struct group *group, size_t i, unsigned slot, uint64_t count)
{
    assert_true(i < group->hist.n);
    assert_int_equal(group->hist.slots[i].slot, slot);
    assert_int_equal(group->hist.slots[i].count, count);
}

// ---- plain ----

static void test_plain(void **state)
{
    static const struct cell_row rows[] = {{0, 0, 3, 4}, {0, 0, 70, 5}, {0, 0, SUM, 600}};
    struct frame frame = {0};
    (void)state;
    make(&frame, rows, ARRAY_SIZE(rows), NULL);
    assert_int_equal(frame.n, 1);
    check_group(&frame.groups[0], "", "", 9, 600);
    check_cell(&frame.groups[0], 0, 3, 4);
    check_cell(&frame.groups[0], 1, 70, 5);
    frame_free(&frame);
}

// One histogram, also of nothing.
static void test_plain_empty(void **state)
{
    static const struct cell_row only_sum[] = {{0, 0, SUM, 600}};
    struct frame frame = {0};
    (void)state;
    make(&frame, NULL, 0, NULL);
    assert_int_equal(frame.n, 1);
    check_group(&frame.groups[0], "", "", 0, 0);
    frame_free(&frame);
    make(&frame, only_sum, 1, NULL);
    assert_int_equal(frame.n, 1);
    assert_int_equal(frame.groups[0].hist.count, 0);
    assert_int_equal(frame.groups[0].hist.n, 0);
    frame_free(&frame);
}

// ---- by disk, by flags, by both ----

static const char *const disks[] = {"sdb", "sda", "nvme0n1", "sda"};

static void test_by_disk(void **state)
{
    static const struct cell_row rows[] = {
        {0, 0, 1, 1},    {0, 0, 2, 2}, {0, 0, SUM, 5},  {1, 0, 3, 4},
        {1, 0, SUM, 12}, {2, 0, 4, 8}, {2, 0, SUM, 32},
    };
    struct frame frame = {.by = BY(DIMENSION_DISK)};
    (void)state;
    make(&frame, rows, ARRAY_SIZE(rows), disks);
    assert_int_equal(frame.n, 3);
    check_group(&frame.groups[0], "nvme0n1", "", 8, 32);
    check_group(&frame.groups[1], "sda", "", 4, 12);
    check_group(&frame.groups[2], "sdb", "", 3, 5);
    frame_free(&frame);
}

static void test_by_flags(void **state)
{
    static const struct cell_row rows[] = {{0, READ, 1, 1},         {0, WRITE, 2, 2},
                                           {0, READ | SYNC, 3, 4},  {0, WRITE | SYNC, 4, 8},
                                           {0, WRITE | SYNC, 9, 1}, {0, WRITE | SYNC, SUM, 41}};
    struct frame frame = {.by = BY(DIMENSION_FLAGS)};
    (void)state;
    make(&frame, rows, ARRAY_SIZE(rows), NULL);
    assert_int_equal(frame.n, 4);
    check_group(&frame.groups[0], "", "Read", 1, 0);
    check_group(&frame.groups[1], "", "Sync-Read", 4, 0);
    check_group(&frame.groups[2], "", "Sync-Write", 9, 41);
    check_group(&frame.groups[3], "", "Write", 2, 0);
    frame_free(&frame);
}

static void test_by_both(void **state)
{
    static const struct cell_row rows[] = {
        {0, READ, 1, 1}, {0, WRITE, 1, 2}, {1, READ, 1, 3}, {1, WRITE, 1, 4}, {2, WRITE, 1, 5},
    };
    struct frame frame = {.by = BY(DIMENSION_DISK) | BY(DIMENSION_FLAGS)};
    (void)state;
    make(&frame, rows, ARRAY_SIZE(rows), disks);
    assert_int_equal(frame.n, 5);
    check_group(&frame.groups[0], "nvme0n1", "Write", 5, 0);
    check_group(&frame.groups[1], "sda", "Read", 3, 0);
    check_group(&frame.groups[2], "sda", "Write", 4, 0);
    check_group(&frame.groups[3], "sdb", "Read", 1, 0);
    check_group(&frame.groups[4], "sdb", "Write", 2, 0);
    frame_free(&frame);
}

// ---- equal titles ----

static void test_united(void **state)
{
    static const struct cell_row rows[] = {
        {0, 0, 9, 1},                                                 // sdb
        {1, 0, 5, 1}, {1, 0, 6, 2}, {1, 0, 40, 3}, {1, 0, SUM, 100},  // sda
        {3, 0, 1, 7}, {3, 0, 6, 8}, {3, 0, 90, 9}, {3, 0, SUM, 1000}, // sda
    };
    struct frame frame = {.by = BY(DIMENSION_DISK)};
    (void)state;
    make(&frame, rows, ARRAY_SIZE(rows), disks);
    assert_int_equal(frame.n, 2);
    check_group(&frame.groups[0], "sda", "", 30, 1100);
    assert_int_equal(frame.groups[0].hist.n, 5);
    check_cell(&frame.groups[0], 0, 1, 7);
    check_cell(&frame.groups[0], 1, 5, 1);
    check_cell(&frame.groups[0], 2, 6, 10);
    check_cell(&frame.groups[0], 3, 40, 3);
    check_cell(&frame.groups[0], 4, 90, 9);
    check_group(&frame.groups[1], "sdb", "", 1, 0);
    frame_free(&frame);
}

// Flags that no title shows.
static void test_united_flags(void **state)
{
    static const struct cell_row rows[] = {{0, WRITE, 1, 1},
                                           {0, WRITE | 1 << 8, 1, 2},
                                           {0, WRITE | 1 << 9, 2, 4},
                                           {0, 100, 3, 8},
                                           {0, 101, 3, 16}};
    struct frame frame = {.by = BY(DIMENSION_FLAGS)};
    (void)state;
    make(&frame, rows, ARRAY_SIZE(rows), NULL);
    assert_int_equal(frame.n, 2);
    check_group(&frame.groups[0], "", "Unknown", 24, 0);
    check_group(&frame.groups[1], "", "Write", 7, 0);
    assert_int_equal(frame.groups[1].hist.n, 2);
    frame_free(&frame);
}

// A run that is a sum only (its request is counted in the next interval) is no group, but adds to one of its
// title.
static void test_sum_only(void **state)
{
    static const struct {
        struct cell_row rows[4];
        size_t n, groups;
        uint64_t count, sum;
    } cases[] = {
        {{{1, 0, SUM, 50}}, 1, 0, 0, 0},
        {{{1, 0, 5, 2}, {1, 0, SUM, 10}, {3, 0, SUM, 50}}, 3, 1, 2, 60},
        {{{1, 0, SUM, 50}, {3, 0, 5, 2}, {3, 0, SUM, 10}}, 3, 1, 2, 60},
        {{{1, 0, SUM, 50}, {3, 0, SUM, 10}}, 2, 0, 0, 0},
    };
    size_t failed = 0;
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct frame frame = {.by = BY(DIMENSION_DISK)};
        make(&frame, cases[i].rows, cases[i].n, disks);
        uint64_t count = frame.n ? frame.groups[0].hist.count : 0,
                 sum = frame.n ? frame.groups[0].hist.sum : 0;
        if (frame.n != cases[i].groups || count != cases[i].count || sum != cases[i].sum) {
            print_error("case %zu: %zu groups, count %llu, sum %llu\n", i, frame.n, (unsigned long long)count,
                        (unsigned long long)sum);
            failed++;
        }
        frame_free(&frame);
    }
    assert_int_equal(failed, 0);
}

static void test_none(void **state)
{
    struct frame frame = {.by = BY(DIMENSION_DISK) | BY(DIMENSION_FLAGS)};
    (void)state;
    make(&frame, NULL, 0, disks);
    assert_int_equal(frame.n, 0);
    frame_free(&frame);
    frame_free(&frame);
}

// ---- the rest of a frame ----

static void test_keeps(void **state)
{
    struct snapshot growth = {.dropped = {1, 2, 3, 4, 5}, .skipped = 6};
    struct frame frame = {.by = BY(DIMENSION_DISK), .milliseconds = true, .seconds = 2.5, .when = {7, 8}};
    const struct dimension_names names = {name_disk, (void *)disks, NULL};
    (void)state;
    assert_int_equal(frame_make(&frame, &growth, &names), 0);
    assert_memory_equal(frame.dropped, growth.dropped, sizeof(frame.dropped));
    assert_int_equal(frame.skipped, 6);
    frame_free(&frame);
    assert_true(frame.by & BY(DIMENSION_DISK));
    assert_string_equal(frame_unit(&frame), "msecs");
    assert_int_equal(frame.when.tv_sec, 7);
}

// A name as long as the kernel allows, and one longer.
// Operations whose names are not asked for are one group; numbers are the kernel's.
static void test_by_op(void **state)
{
    static const struct cell_row rows[] = {{0, 0, 1, 1}, {0, 1, 1, 2},  {0, 2, 1, 3},
                                           {0, 3, 1, 4}, {0, 9, 1, 20}, {0, 255, 1, 30}};
    static const char *const words[] = {"discard", "flush", "other", "read", "write"};
    static const uint64_t counts[] = {4, 3, 50, 1, 2};
    struct frame frame = {.by = BY(DIMENSION_OP)};
    (void)state;
    make(&frame, rows, ARRAY_SIZE(rows), NULL);
    assert_int_equal(frame.n, ARRAY_SIZE(words));
    for (size_t i = 0; i < frame.n; i++) {
        assert_string_equal(frame.groups[i].title[DIMENSION_OP], words[i]);
        assert_int_equal(frame.groups[i].hist.count, counts[i]);
    }
    frame_free(&frame);
}

static void test_long_name(void **state)
{
    static const char *const names[] = {"0123456789abcdef0123456789abcde",
                                        "0123456789abcdef0123456789abcdef"};
    static const struct cell_row rows[] = {{0, 0, 1, 1}, {1, 0, 1, 1}};
    struct frame frame = {.by = BY(DIMENSION_DISK)};
    (void)state;
    make(&frame, rows, ARRAY_SIZE(rows), names);
    assert_int_equal(frame.n, 2);
    assert_string_equal(frame.groups[0].title[DIMENSION_DISK], names[0]);
    assert_string_equal(frame.groups[1].title[DIMENSION_DISK], names[1]);
    frame_free(&frame);
}

// ---- random ----

struct title_total {
    char title[64];
    uint64_t counts[HIST_SLOTS], count, sum;
};

static struct title_total *find_total(struct title_total *totals, size_t *n, const char *title)
{
    for (size_t i = 0; i < *n; i++)
        if (strcmp(totals[i].title, title) == 0)
            return &totals[i];
    snprintf(totals[*n].title, sizeof(totals[*n].title), "%s", title);
    return &totals[(*n)++];
}

static size_t random_rows(struct cell_row *rows, uint64_t *seed)
{
    size_t n = 0;
    for (unsigned dev = 0; dev < 4; dev++)
        for (unsigned op = 0; op < 12; op += 3) {
            unsigned slot = (unsigned)random_below(seed, 50);
            if (random_below(seed, 3) == 0)
                continue;
            for (; slot < HIST_SLOTS; slot += 1 + (unsigned)random_below(seed, 400))
                rows[n++] = (struct cell_row){dev, op, slot, 1 + random_below(seed, 1000)};
            rows[n++] = (struct cell_row){dev, op, SUM, random_below(seed, 1000)};
        }
    return n;
}

static void sum_up(const struct cell_row *rows, size_t n, struct title_total *totals, size_t *n_totals)
{
    for (size_t i = 0; i < n; i++) {
        static const char *const ops[] = {
            [0] = "Read", [3] = "Discard", [6] = "ZoneReset", [9] = "WriteZeros"};
        char title[64];
        snprintf(title, sizeof(title), "%s %s", disks[rows[i].dev], ops[rows[i].flags]);
        struct title_total *total = find_total(totals, n_totals, title);
        if (rows[i].slot == SUM) {
            total->sum += rows[i].count;
        } else {
            total->counts[rows[i].slot] += rows[i].count;
            total->count += rows[i].count;
        }
    }
}

static void check_random(const struct frame *frame, struct title_total *totals, size_t n_totals)
{
    char last[64] = "", title[2 * DIMENSION_TITLE_SIZE];
    assert_int_equal(frame->n, n_totals);
    for (size_t i = 0; i < frame->n; i++) {
        const struct group *group = &frame->groups[i];
        snprintf(title, sizeof(title), "%s %s", group->title[DIMENSION_DISK], group->title[DIMENSION_FLAGS]);
        assert_true(strcmp(last, title) < 0);
        const struct title_total *total = find_total(totals, &n_totals, title);
        check_group(group, group->title[DIMENSION_DISK], group->title[DIMENSION_FLAGS], total->count,
                    total->sum);
        for (size_t j = 0; j < group->hist.n; j++)
            assert_int_equal(group->hist.slots[j].count, total->counts[group->hist.slots[j].slot]);
        snprintf(last, sizeof(last), "%.63s", title);
    }
    assert_int_equal(frame->n, n_totals);
}

static void test_random(void **state)
{
    static struct cell_row rows[16 * (HIST_SLOTS + 1)];
    static struct title_total totals[16];
    uint64_t seed = 5;
    (void)state;
    for (int round = 0; round < 200; round++) {
        struct frame frame = {.by = BY(DIMENSION_DISK) | BY(DIMENSION_FLAGS)};
        size_t n_totals = 0, n = random_rows(rows, &seed);
        memset(totals, 0, sizeof(totals));
        sum_up(rows, n, totals, &n_totals);
        make(&frame, rows, n, disks);
        check_random(&frame, totals, n_totals);
        frame_free(&frame);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),    cmocka_unit_test(test_plain_empty),
        cmocka_unit_test(test_by_disk),  cmocka_unit_test(test_by_flags),
        cmocka_unit_test(test_by_op),    cmocka_unit_test(test_by_both),
        cmocka_unit_test(test_united),   cmocka_unit_test(test_united_flags),
        cmocka_unit_test(test_sum_only), cmocka_unit_test(test_none),
        cmocka_unit_test(test_keeps),    cmocka_unit_test(test_long_name),
        cmocka_unit_test(test_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
