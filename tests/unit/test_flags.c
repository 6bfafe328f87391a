// SPDX-License-Identifier: Apache-2.0
// Titles of request flags: biolatency.py's words, and the kernel's for what it does not know.
#include "testing.h"

#include <string.h>

#include "kernel/flags.h"

#define BIT(n) (1U << (n))

struct title_row {
    uint32_t flags;
    const char *title;
};

static void check_titles(const struct flag_names *names, const struct title_row *rows, size_t n)
{
    size_t failed = 0;
    for (size_t i = 0; i < n; i++) {
        char title[FLAGS_TITLE_SIZE];
        flags_title(names, rows[i].flags, title, sizeof(title));
        if (strcmp(title, rows[i].title) == 0)
            continue;
        print_error("0x%x: '%s', not '%s'\n", rows[i].flags, title, rows[i].title);
        failed++;
    }
    assert_int_equal(failed, 0);
}

// ---- without a kernel that tells: biolatency.py's table ----

static const struct title_row default_titles[] = {
    {0, "Read"},
    {1, "Write"},
    {2, "Flush"},
    {3, "Discard"},
    {4, "Unknown"},
    {5, "SecureErase"},
    {6, "ZoneReset"},
    {7, "WriteSame"},
    {8, "Unknown"},
    {9, "WriteZeros"},
    {10, "Unknown"},
    {63, "Unknown"},
    {64, "Unknown"},
    {255, "Unknown"},
    {1 | BIT(11), "Sync-Write"},
    {BIT(12), "Metadata-Read"},
    {1 | BIT(17), "ForcedUnitAccess-Write"},
    {BIT(13), "Priority-Read"},
    {BIT(14), "NoMerge-Read"},
    {1 | BIT(15), "Idle-Write"},
    {BIT(19), "ReadAhead-Read"},
    {1 | BIT(20), "Background-Write"},
    {BIT(21), "NoWait-Read"},
    {4 | BIT(11), "Sync-Unknown"},
    {1 | BIT(11) | BIT(15), "Idle-Sync-Write"},
    {1 | BIT(11) | BIT(12) | BIT(17) | BIT(13) | BIT(14) | BIT(15) | BIT(19) | BIT(20) | BIT(21),
     "NoWait-Background-ReadAhead-Idle-NoMerge-Priority-ForcedUnitAccess-Metadata-Sync-Write"},
    // bits that no title shows: failfast, integrity, cgroup punt
    {1 | BIT(8) | BIT(9) | BIT(10) | BIT(16), "Write"},
};

static void test_default(void **state)
{
    struct flag_names names;
    (void)state;
    flags_default(&names);
    check_titles(&names, default_titles, ARRAY_SIZE(default_titles));
}

static void test_all_flags_fit(void **state)
{
    struct flag_names names;
    char title[FLAGS_TITLE_SIZE];
    (void)state;
    flags_default(&names);
    memset(names.op[63], 'X', OP_TITLE_SIZE - 1);
    flags_title(&names, UINT32_MAX << 8 | 63, title, sizeof(title));
    assert_string_equal(title + strlen(title) - OP_TITLE_SIZE, "-XXXXXXXXXXXXXXXXXXXXXXX");
}

static void test_small_buffer(void **state)
{
    struct flag_names names;
    char whole[FLAGS_TITLE_SIZE], part[FLAGS_TITLE_SIZE];
    (void)state;
    flags_default(&names);
    flags_title(&names, UINT32_MAX << 8 | 1, whole, sizeof(whole));
    for (size_t size = 1; size <= sizeof(part); size++) {
        memset(part, 'x', sizeof(part));
        flags_title(&names, UINT32_MAX << 8 | 1, part, size);
        assert_in_range(strnlen(part, size), 0, size - 1);
        assert_memory_equal(part, whole, strlen(part));
    }
}

// ---- the kernel's enumerators ----

struct enumerator {
    const char *name;
    uint64_t value;
};

// Linux 6.12's include/linux/blk_types.h, as its BTF has it.
static const struct enumerator linux_6_12[] = {
    {"REQ_OP_READ", 0},
    {"REQ_OP_WRITE", 1},
    {"REQ_OP_FLUSH", 2},
    {"REQ_OP_DISCARD", 3},
    {"REQ_OP_SECURE_ERASE", 5},
    {"REQ_OP_ZONE_APPEND", 7},
    {"REQ_OP_WRITE_ZEROES", 9},
    {"REQ_OP_ZONE_OPEN", 10},
    {"REQ_OP_ZONE_CLOSE", 11},
    {"REQ_OP_ZONE_FINISH", 12},
    {"REQ_OP_ZONE_RESET", 13},
    {"REQ_OP_ZONE_RESET_ALL", 15},
    {"REQ_OP_DRV_IN", 34},
    {"REQ_OP_DRV_OUT", 35},
    {"REQ_OP_LAST", 36},
    {"__REQ_FAILFAST_DEV", 8},
    {"__REQ_FAILFAST_TRANSPORT", 9},
    {"__REQ_FAILFAST_DRIVER", 10},
    {"__REQ_SYNC", 11},
    {"__REQ_META", 12},
    {"__REQ_PRIO", 13},
    {"__REQ_NOMERGE", 14},
    {"__REQ_IDLE", 15},
    {"__REQ_INTEGRITY", 16},
    {"__REQ_FUA", 17},
    {"__REQ_PREFLUSH", 18},
    {"__REQ_RAHEAD", 19},
    {"__REQ_BACKGROUND", 20},
    {"__REQ_NOWAIT", 21},
    {"__REQ_POLLED", 22},
    {"__REQ_ALLOC_CACHE", 23},
    {"__REQ_SWAP", 24},
    {"__REQ_DRV", 25},
    {"__REQ_FS_PRIVATE", 26},
    {"__REQ_ATOMIC", 27},
    {"__REQ_NOUNMAP", 28},
    {"__REQ_NR_BITS", 29},
};

static void learn(struct flag_names *names, const struct enumerator *enumerators, size_t n)
{
    flags_clear(names);
    for (size_t i = 0; i < n; i++)
        flags_add(names, enumerators[i].name, enumerators[i].value);
}

static void test_linux_6_12(void **state)
{
    static const struct title_row rows[] = {
        {0, "Read"},
        {5, "SecureErase"},
        {6, "Unknown"},
        {7, "ZoneAppend"},
        {9, "WriteZeros"},
        {10, "ZoneOpen"},
        {13, "ZoneReset"},
        {15, "ZoneResetAll"},
        {34, "DrvIn"},
        {35, "DrvOut"},
        {36, "Unknown"},
        {1 | BIT(11) | BIT(15), "Idle-Sync-Write"},
        {1 | BIT(18) | BIT(17), "Preflush-ForcedUnitAccess-Write"},
        {2 | BIT(18), "Flush"},
        {2 | BIT(18) | BIT(11), "Sync-Flush"},
        {1 | BIT(22), "Polled-Write"},
        {1 | BIT(24) | BIT(27), "Atomic-Swap-Write"},
        {9 | BIT(28), "NoUnmap-WriteZeros"},
        {1 | BIT(8) | BIT(9) | BIT(10) | BIT(16) | BIT(23) | BIT(25) | BIT(26) | BIT(29) | BIT(31), "Write"},
    };
    struct flag_names names;
    (void)state;
    learn(&names, linux_6_12, ARRAY_SIZE(linux_6_12));
    check_titles(&names, rows, ARRAY_SIZE(rows));
}

// The kernel's numbers count, not those of another kernel.
static void test_moved(void **state)
{
    static const struct enumerator enumerators[] = {{"REQ_OP_WRITE", 5},
                                                    {"REQ_OP_WRITE_SAME", 0},
                                                    {"__REQ_SYNC", 20},
                                                    {"__REQ_HIPRI", 25},
                                                    {"__REQ_META", 31}};
    static const struct title_row rows[] = {{5 | BIT(20), "Sync-Write"},
                                            {0, "WriteSame"},
                                            {1, "Unknown"},
                                            {5 | BIT(11), "Write"},
                                            {5 | BIT(25), "Polled-Write"},
                                            {5 | BIT(31), "Metadata-Write"}};
    struct flag_names names;
    (void)state;
    learn(&names, enumerators, ARRAY_SIZE(enumerators));
    check_titles(&names, rows, ARRAY_SIZE(rows));
    assert_int_equal(flags_mask(&names), 0xff | BIT(20) | BIT(25) | BIT(31));
}

// None of these says anything, nor does harm.
static void test_ignored(void **state)
{
    static const struct enumerator enumerators[] = {{"", 0},
                                                    {"REQ_OP_LAST", 1},
                                                    {"REQ_OP_FAR", 64},
                                                    {"REQ_OP_FARTHER", UINT64_MAX},
                                                    {"__REQ_", 3},
                                                    {"__REQ_OTHER", 4},
                                                    {"__REQ_SYNC", 32},
                                                    {"__REQ_META", UINT64_MAX},
                                                    {"REQ_SYNC", 11},
                                                    {"__REQ_sync", 11},
                                                    {"RQF_IO_STAT", 13},
                                                    {"req_op_read", 0},
                                                    {"__REQ_SYNCH", 11}};
    struct flag_names names, clear;
    (void)state;
    flags_clear(&clear);
    learn(&names, enumerators, ARRAY_SIZE(enumerators));
    assert_memory_equal(&names, &clear, sizeof(names));
}

static void test_op_names(void **state)
{
    static const struct {
        const char *enumerator, *title;
    } rows[] = {
        {"REQ_OP_ZONE_APPEND", "ZoneAppend"},
        {"REQ_OP_X", "X"},
        {"REQ_OP_A_B_C", "ABC"},
        {"REQ_OP_lower_CASE", "LowerCase"},
        {"REQ_OP_V2_OF_3", "V2Of3"},
        {"REQ_OP_A__B", "AB"},
        {"REQ_OP_ABCDEFGHIJKLMNOPQRSTUVWXYZ", "Abcdefghijklmnopqrstuvw"}, // OP_TITLE_SIZE
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct flag_names names;
        char title[FLAGS_TITLE_SIZE];
        flags_clear(&names);
        flags_add(&names, rows[i].enumerator, OP_COUNT - 1);
        flags_title(&names, OP_COUNT - 1, title, sizeof(title));
        assert_string_equal(title, rows[i].title);
    }
}

// ---- masks ----

static void test_masks(void **state)
{
    struct flag_names names;
    (void)state;
    flags_clear(&names);
    assert_int_equal(flags_mask(&names), 0xff);
    flags_add(&names, "__REQ_SYNC", 11);
    assert_int_equal(flags_mask(&names), 0xff | BIT(11));
    flags_default(&names);
    assert_int_equal(flags_mask(&names), 0x197ef8ff);
    learn(&names, linux_6_12, ARRAY_SIZE(linux_6_12));
    assert_int_equal(flags_mask(&names), 0x197ef8ff);
}

// What the mask leaves out makes no difference to any title; what it has does.
static void test_mask_and_title(void **state)
{
    struct flag_names names;
    uint64_t seed = 6;
    (void)state;
    flags_default(&names);
    uint32_t mask = flags_mask(&names);
    for (int i = 0; i < 20000; i++) {
        char a[FLAGS_TITLE_SIZE], b[FLAGS_TITLE_SIZE];
        uint32_t flags = (uint32_t)random_next(&seed);
        unsigned bit = 8 + (unsigned)random_below(&seed, 24);
        flags_title(&names, flags, a, sizeof(a));
        flags_title(&names, flags & mask, b, sizeof(b));
        assert_string_equal(a, b);
        flags_title(&names, flags ^ BIT(bit), b, sizeof(b));
        // Every flush has PREFLUSH, so a flush's title does not say it.
        bool shown = ((mask >> bit) & 1) && !((flags & 0xff) == 2 && bit == 18);
        assert_int_equal(strcmp(a, b) != 0, shown);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_default),        cmocka_unit_test(test_all_flags_fit),
        cmocka_unit_test(test_small_buffer),   cmocka_unit_test(test_linux_6_12),
        cmocka_unit_test(test_moved),          cmocka_unit_test(test_ignored),
        cmocka_unit_test(test_op_names),       cmocka_unit_test(test_masks),
        cmocka_unit_test(test_mask_and_title),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
