// SPDX-License-Identifier: Apache-2.0
// See kernels.h. Read from distributions' binaries (BTF, kallsyms, mcount), or from sources where that is
// said.
#include "kernels.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

// Enumerators of the kernel, with their numbers.
struct number {
    const char *name;
    unsigned value;
};

#define COMMON_FLAGS                                                                                         \
    {"__REQ_SYNC", 11}, {"__REQ_META", 12}, {"__REQ_PRIO", 13}, {"__REQ_NOMERGE", 14}, {"__REQ_IDLE", 15},   \
        {"__REQ_INTEGRITY", 16}, {"__REQ_FUA", 17}, {"__REQ_PREFLUSH", 18}, {"__REQ_RAHEAD", 19},            \
        {"__REQ_BACKGROUND", 20},                                                                            \
    {                                                                                                        \
        "__REQ_NOWAIT", 21                                                                                   \
    }
#define COMMON_OPS                                                                                           \
    {"REQ_OP_READ", 0}, {"REQ_OP_WRITE", 1}, {"REQ_OP_FLUSH", 2}, {"REQ_OP_DISCARD", 3},                     \
        {"REQ_OP_SECURE_ERASE", 5}, {"REQ_OP_WRITE_ZEROES", 9}, {"REQ_OP_DRV_IN", 34},                       \
    {                                                                                                        \
        "REQ_OP_DRV_OUT", 35                                                                                 \
    }
#define NEW_ZONE_OPS                                                                                         \
    {"REQ_OP_ZONE_APPEND", 7}, {"REQ_OP_ZONE_OPEN", 11}, {"REQ_OP_ZONE_CLOSE", 13},                          \
        {"REQ_OP_ZONE_FINISH", 15}, {"REQ_OP_ZONE_RESET", 17},                                               \
    {                                                                                                        \
        "REQ_OP_ZONE_RESET_ALL", 19                                                                          \
    }
#define END                                                                                                  \
    {                                                                                                        \
        NULL, 0                                                                                              \
    }

static const struct number numbers_4_14[] = {
    COMMON_OPS, {"REQ_OP_ZONE_RESET", 6}, {"REQ_OP_WRITE_SAME", 7}, END};
static const struct number numbers_5_4[] = {
    COMMON_OPS,   {"REQ_OP_ZONE_RESET", 6}, {"REQ_OP_WRITE_SAME", 7}, {"REQ_OP_ZONE_RESET_ALL", 8},
    COMMON_FLAGS, {"__REQ_NOUNMAP", 24},    {"__REQ_HIPRI", 25},      {"__REQ_SWAP", 27},
    END};
static const struct number numbers_5_10[] = {
    COMMON_OPS,   {"REQ_OP_WRITE_SAME", 7}, {"REQ_OP_ZONE_APPEND", 21}, {"REQ_OP_ZONE_RESET", 17},
    COMMON_FLAGS, {"__REQ_NOUNMAP", 23},    {"__REQ_HIPRI", 24},        {"__REQ_SWAP", 26},
    END};
static const struct number numbers_6_1[] = {
    COMMON_OPS,         NEW_ZONE_OPS,          COMMON_FLAGS, {"__REQ_POLLED", 23},
    {"__REQ_SWAP", 25}, {"__REQ_NOUNMAP", 27}, END};
static const struct number numbers_6_4[] = {
    COMMON_OPS,           {"REQ_OP_ZONE_APPEND", 13}, {"REQ_OP_ZONE_RESET", 15}, COMMON_FLAGS,
    {"__REQ_POLLED", 22}, {"__REQ_SWAP", 24},         {"__REQ_NOUNMAP", 27},     END};
static const struct number numbers_6_12[] = {
    COMMON_OPS,         NEW_ZONE_OPS,         COMMON_FLAGS,          {"__REQ_POLLED", 22},
    {"__REQ_SWAP", 24}, {"__REQ_ATOMIC", 27}, {"__REQ_NOUNMAP", 28}, END};
static const struct number numbers_6_18[] = {
    COMMON_OPS,         NEW_ZONE_OPS,         COMMON_FLAGS,          {"__REQ_POLLED", 22},
    {"__REQ_SWAP", 24}, {"__REQ_ATOMIC", 27}, {"__REQ_NOUNMAP", 29}, END};

// What differs in the layout of the structs. rq_disk, queue_disk: -1 where there is none.
struct layout {
    int data_len, start_time_ns, rq_disk, queue_disk;
};

static const struct layout layout_5_10 = {40, 184, 160, -1};
static const struct layout layout_5_15 = {40, 184, 160,
                                          152}; // not read: that both members are there is what matters
static const struct layout layout_6_1 = {44, 104, -1, 160};
static const struct layout layout_6_12 = {44, 104, -1, 104};
static const struct layout layout_7_3 = {44, 104, -1, 96};

static const int rqf_macros[RQF_COUNT] = {4, 13, 17, 9};
static const int rqf_enumerators[RQF_COUNT] = {1, 8, 11, 5}; // 6.12

// To add a kernel: a row here, and its name in the table of test_plan.c.
// functions: a letter for each of enum function: m traceable, n not traceable, - none, s traceable as its
// source tells. tracepoints: arguments of each of enum tracepoint; raw tracepoints came with 4.17.
// start_args: parameters of blk_account_io_start in BTF, 0 if it is not there.
static const struct recorded {
    const char *name, *release;
    const struct layout *layout; // NULL: no BTF
    bool no_kprobes;
    const char *functions;
    int tracepoints[TP_COUNT];
    int start_args;
    const int *rq_flags;
    const struct number *numbers;
} table[] = {
    {"4.9", "4.9.45", NULL, false, "sss-s--", {0}, 0, rqf_macros, NULL},
    {"4.14", "4.14.5", NULL, false, "sss-s--", {0}, 0, rqf_macros, numbers_4_14},
    {"4.17", "4.17.19", NULL, false, "sss-s--", {2, 0, 0, 3, 0, 2}, 0, rqf_macros, numbers_4_14},
    {"4.19", "4.19.108", NULL, false, "sss-s--", {2, 0, 0, 3, 0, 2}, 0, rqf_macros, numbers_4_14},
    {"5.4-headers", "5.4.273", NULL, false, "-ss-s--", {2, 0, 0, 3, 0, 2}, 0, rqf_macros, numbers_5_4},
    {"5.4", "5.4.273", &layout_5_10, false, "-ss-s--", {2, 0, 0, 3, 0, 2}, 2, rqf_macros, numbers_5_4},
    {"5.10.100", "5.10.100", &layout_5_10, false, "-mm-m-m", {2, 0, 0, 3, 2, 2}, 1, rqf_macros, numbers_5_10},
    {"5.10",
     "5.10.0-43-cloud-amd64",
     &layout_5_10,
     false,
     "-mm-m-m",
     {1, 0, 0, 3, 1, 1},
     1,
     rqf_macros,
     numbers_5_10},
    {"5.15", "5.15.135", &layout_5_15, false, "-ss-s-s", {1, 0, 0, 3, 1, 1}, 1, rqf_macros, numbers_5_10},
    // Up to here in 6.1.y, and in 5.16 to 6.3, accounting is in functions of their own.
    {"6.1.90", "6.1.90", &layout_6_1, false, "-m-mnm-", {1, 0, 0, 3, 1, 1}, 0, rqf_macros, numbers_6_1},
    {"6.1",
     "6.1.0-50-cloud-amd64",
     &layout_6_1,
     false,
     "-m--n--",
     {1, 0, 0, 3, 1, 1},
     0,
     rqf_macros,
     numbers_6_1},
    {"6.4", "6.4.6", &layout_6_1, false, "-s-----", {1, 0, 0, 3, 1, 1}, 0, rqf_macros, numbers_6_4},
    {"6.6", "6.6.87", &layout_6_1, false, "-s-----", {1, 1, 1, 3, 1, 1}, 0, rqf_macros, numbers_6_4},
    {"6.12",
     "6.12.107+deb13-cloud-amd64",
     &layout_6_12,
     false,
     "-mn-n--",
     {1, 1, 1, 3, 1, 1},
     1,
     rqf_enumerators,
     numbers_6_12},
    {"6.18", "6.18.44", &layout_6_12, true, "-mn-n--", {1, 1, 1, 3, 1, 1}, 1, rqf_enumerators, numbers_6_18},
    {"7.3",
     "7.3.4-cloud-amd64",
     &layout_7_3,
     false,
     "-mn-n--",
     {1, 1, 1, 3, 1, 1},
     1,
     rqf_enumerators,
     numbers_6_12},
};

#define N_TABLE (sizeof(table) / sizeof(table[0]))

const char *kernels_name(size_t i)
{
    return i < N_TABLE ? table[i].name : NULL;
}

static enum function_state state_of(char letter)
{
    switch (letter) {
    case 'm':
    case 's':
        return FUNCTION_TRACEABLE;
    case 'n':
        return FUNCTION_UNTRACEABLE;
    default:
        return FUNCTION_ABSENT;
    }
}

static void set_offsets(struct kernel *kernel, const struct layout *layout)
{
    for (int i = 0; i < MEMBER_COUNT; i++)
        kernel->offset[i] = -1;
    if (!layout)
        return;
    kernel->offset[REQUEST_Q] = 0;
    kernel->offset[REQUEST_CMD_FLAGS] = 24;
    kernel->offset[REQUEST_RQ_FLAGS] = 28;
    kernel->offset[REQUEST_DATA_LEN] = layout->data_len;
    kernel->offset[REQUEST_SECTOR] = 48;
    kernel->offset[REQUEST_BIO] = 56;
    kernel->offset[REQUEST_START_TIME_NS] = layout->start_time_ns;
    kernel->offset[REQUEST_RQ_DISK] = layout->rq_disk;
    kernel->offset[REQUEST_QUEUE_DISK] = layout->queue_disk;
    kernel->offset[GENDISK_MAJOR] = 0;
    kernel->offset[GENDISK_FIRST_MINOR] = 4;
    kernel->offset[GENDISK_DISK_NAME] = 12;
    // Not read: all of them are in each kernel with BTF, whatever they are.
    for (int i = FIRST_SAMPLE_MEMBER; i < MEMBER_COUNT; i++)
        kernel->offset[i] = 8 * (i - FIRST_SAMPLE_MEMBER);
}

// Without BTF, only the operations are read from the headers.
static void set_flags(struct kernel *kernel, const struct number *number, bool has_btf)
{
    if (has_btf)
        flags_clear(&kernel->flags);
    else
        flags_default(&kernel->flags);
    for (; number && number->name; number++)
        if (has_btf || strncmp(number->name, "REQ_OP_", 7) == 0)
            flags_add(&kernel->flags, number->name, number->value);
}

static bool is_since(const char *release, unsigned major, unsigned minor)
{
    unsigned a, b;
    if (sscanf(release, "%u.%u", &a, &b) != 2) // NOLINT(cert-err34-c)
        return false;
    return a > major || (a == major && b >= minor);
}

static void fill(struct kernel *kernel, const struct recorded *row)
{
    memset(kernel, 0, sizeof(*kernel));
    snprintf(kernel->release, sizeof(kernel->release), "%s", row->release);
    kernel->has_btf = row->layout != NULL;
    kernel->has_kprobes = !row->no_kprobes;
    kernel->has_probe_read_kernel = kernel->has_btf && is_since(row->release, 5, 5);
    kernel->has_current_cgroup = is_since(row->release, 4, 18);
    kernel->has_ancestor_cgroup = is_since(row->release, 5, 15);
    kernel->account_io_start_args = row->start_args;
    memcpy(kernel->tracepoint_args, row->tracepoints, sizeof(kernel->tracepoint_args));
    memcpy(kernel->rq_flag_bit, row->rq_flags, sizeof(kernel->rq_flag_bit));
    assert_int_equal(strlen(row->functions), FN_COUNT);
    for (int i = 0; i < FN_COUNT; i++)
        kernel->function[i] = state_of(row->functions[i]);
    set_offsets(kernel, row->layout);
    set_flags(kernel, row->numbers, kernel->has_btf);
}

void kernels_get(const char *name, struct kernel *kernel)
{
    for (size_t i = 0; i < N_TABLE; i++)
        if (strcmp(table[i].name, name) == 0) {
            fill(kernel, &table[i]);
            return;
        }
    fail_msg("no kernel '%s' is recorded", name);
}

void kernels_hide_traceable(struct kernel *kernel)
{
    for (int i = 0; i < FN_COUNT; i++)
        if (kernel->function[i] != FUNCTION_ABSENT)
            kernel->function[i] = FUNCTION_MAYBE;
}
