// SPDX-License-Identifier: Apache-2.0
// The defines that plan_make makes for the probe text: offsets, masks, sizes, options.
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernels.h"
#include "needs.h"
#include "plan_text.h"

static const struct plan_scale scale = {4, 4096};
static const struct disk_filter partition = {
    {{DISK_DEV(4095, 0xfffff), DISK_DEV(4095, 0xffffe), true, UINT64_MAX - 1, UINT64_MAX, ""}}, 1};

static const struct disk_filter no_filter;
static const struct output plain_text;

static int try(struct plan *plan, struct kernel *kernel, const struct options *options,
               const struct disk_filter *filter, const struct plan_scale *size)
{
    char why[PLAN_WHY_SIZE];
    const struct needs needs = needs_of(options, &plain_text, filter);
    return plan_make(plan, &needs, kernel, size, why, sizeof(why));
}

static void make(struct plan *plan, const char *name, const struct options *options,
                 const struct disk_filter *filter)
{
    struct kernel kernel;
    kernels_get(name, &kernel);
    assert_int_equal(try(plan, &kernel, options, filter, &scale), 0);
}

static void assert_define(const struct plan *plan, const char *name, const char *value)
{
    const char *is = plan_define(plan, name);
    if (!value) {
        if (is)
            fail_msg("%s is defined as '%s'", name, is);
        return;
    }
    if (!is || strcmp(is, value) != 0)
        fail_msg("%s is '%s', should be '%s'", name, is ? is : "(not defined)", value);
}

static unsigned long define_number(const struct plan *plan, const char *name)
{
    const char *value = plan_define(plan, name);
    if (!value)
        fail_msg("%s is not defined", name);
    return value ? strtoul(value, NULL, 0) : 0;
}

// ---- types ----

static void assert_offsets(const struct plan *plan, const struct kernel *kernel)
{
    for (int i = 0; i < MEMBER_COUNT; i++) {
        char value[16];
        snprintf(value, sizeof(value), "%d", kernel->offset[i] < 0 ? -1 : kernel->offset[i]);
        bool read = kernel->has_btf && i < FIRST_SAMPLE_MEMBER;
        assert_define(plan, kernel_member_define((enum member)i), read ? value : NULL);
    }
}

static void test_offsets(void **state)
{
    static const struct options options;
    (void)state;
    for (size_t i = 0; kernels_name(i); i++) {
        struct kernel kernel;
        struct plan plan;
        kernels_get(kernels_name(i), &kernel);
        make(&plan, kernels_name(i), &options, &no_filter);
        assert_offsets(&plan, &kernel);
        assert_define(&plan, "WITH_KERNEL_HEADERS", kernel.has_btf ? NULL : "");
        assert_define(&plan, "HAVE_PROBE_READ_KERNEL", kernel.has_probe_read_kernel ? "" : NULL);
        assert_int_equal(plan.n_variants, kernel.has_btf ? 1 : 2);
    }
}

// The probes find a request's disk by request.rq_disk if its offset is defined, else by request_queue.disk.
static void test_disk_of_request(void **state)
{
    static const struct {
        const char *name, *rq_disk, *queue_disk;
    } rows[] = {
        {"5.10", "160", "-1"}, {"5.15", "160", "152"}, {"6.1", "-1", "160"},
        {"6.12", "-1", "104"}, {"7.3", "-1", "96"},
    };
    static const struct options options = {.by = BY(DIMENSION_DISK)};
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct plan plan;
        make(&plan, rows[i].name, &options, &no_filter);
        assert_define(&plan, "REQUEST_RQ_DISK_OFFSET", rows[i].rq_disk);
        assert_define(&plan, "REQUEST_QUEUE_DISK_OFFSET", rows[i].queue_disk);
    }
}

// Masks of request.rq_flags: macros up to 6.6, other bits from 6.12 on. FLAGS_MASK: the operation and the
// flags of titles.
static void test_masks(void **state)
{
    static const struct {
        const char *name, *flush_seq, *io_stat, *timed, *flags;
    } rows[] = {
        {"5.4", "0x10", "0x2000", "0x22200", "0xb3ef8ff"},
        {"5.10", "0x10", "0x2000", "0x22200", "0x5bef8ff"},
        {"6.1", "0x10", "0x2000", "0x22200", "0xabef8ff"},
        {"6.4", "0x10", "0x2000", "0x22200", "0x97ef8ff"},
        {"6.6", "0x10", "0x2000", "0x22200", "0x97ef8ff"},
        {"6.12", "0x2", "0x100", "0x920", "0x197ef8ff"},
        {"6.18", "0x2", "0x100", "0x920", "0x297ef8ff"},
        {"7.3", "0x2", "0x100", "0x920", "0x197ef8ff"},
        {"4.14", NULL, NULL, NULL, NULL},
        {"5.4-headers", NULL, NULL, NULL, NULL},
    };
    static const struct options options = {.by = BY(DIMENSION_FLAGS)};
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct plan plan;
        make(&plan, rows[i].name, &options, &no_filter);
        assert_define(&plan, "RQF_FLUSH_SEQ_MASK", rows[i].flush_seq);
        assert_define(&plan, "RQF_IO_STAT_MASK", rows[i].io_stat);
        assert_define(&plan, "RQF_TIMED_MASK", rows[i].timed);
        assert_define(&plan, "FLAGS_MASK", rows[i].flags);
    }
}

// ---- variants ----

// request.rq_disk went with 5.17. What the release makes more likely is compiled first, then the other.
static void test_variants(void **state)
{
    static const struct {
        const char *release;
        bool rq_disk_first;
    } rows[] = {
        {"4.9.45", true},  {"4.19.108", true},  {"5.4.273", true}, {"5.16.20", true},
        {"5.17.0", false}, {"5.17-rc1", false}, {"5.9.1", true},   {"6.1.0-50-amd64", false},
        {"10.2.3", false}, {"unknown", false},
    };
    static const struct options options;
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct kernel kernel;
        struct plan plan;
        kernels_get("5.4-headers", &kernel);
        snprintf(kernel.release, sizeof(kernel.release), "%s", rows[i].release);
        assert_int_equal(try(&plan, &kernel, &options, &no_filter, &scale), 0);
        assert_int_equal(plan.n_variants, 2);
        for (size_t variant = 0; variant < 6; variant++) {
            assert_define(&plan, "REQUEST_HAS_RQ_DISK",
                          (variant % 2 == 0) == rows[i].rq_disk_first ? "" : NULL);
            size_t n = plan.n_defines;
            plan_set_variant(&plan, variant % 2); // again changes nothing
            assert_int_equal(plan.n_defines, n);
            plan_set_variant(&plan, (variant + 1) % 2);
        }
    }
}

static void test_no_variants_with_btf(void **state)
{
    static const struct options options;
    struct plan plan;
    (void)state;
    make(&plan, "5.10", &options, &no_filter);
    size_t n = plan.n_defines;
    for (size_t variant = 0; variant < 3; variant++) {
        plan_set_variant(&plan, variant);
        assert_int_equal(plan.n_defines, n);
        assert_define(&plan, "REQUEST_HAS_RQ_DISK", NULL);
    }
}

// ---- options ----

static void test_options(void **state)
{
    static const struct {
        struct options options;
        const char *unit, *by_disk, *by_flags, *by_op;
    } rows[] = {
        {{0}, "1000", "0", "0", "0"},
        {{.milliseconds = true}, "1000000", "0", "0", "0"},
        {{.by = BY(DIMENSION_DISK)}, "1000", "1", "0", "0"},
        {{.by = BY(DIMENSION_FLAGS)}, "1000", "0", "1", "0"},
        {{.by = BY(DIMENSION_OP)}, "1000", "0", "0", "1"},
        {{.by = BY(DIMENSION_DISK) | BY(DIMENSION_FLAGS), .milliseconds = true}, "1000000", "1", "1", "0"},
        {{.by = BY(DIMENSION_DISK) | BY(DIMENSION_OP)}, "1000", "1", "0", "1"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct plan plan;
        make(&plan, "6.12", &rows[i].options, &no_filter);
        assert_define(&plan, "UNIT_NS", rows[i].unit);
        assert_define(&plan, "BY_DISK", rows[i].by_disk);
        assert_define(&plan, "BY_FLAGS", rows[i].by_flags);
        assert_define(&plan, "BY_OP", rows[i].by_op);
        assert_int_equal((plan.maps & 1U << MAP_NAMES) != 0, *rows[i].by_disk == '1');
        assert_int_equal(plan.needs.by, rows[i].options.by);
    }
}

// Sums and the requests that were in flight before: for an option, or for a format that prints them always.
static void test_extras(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        const struct options options = {.extension = i & 1};
        const struct output output = {.needs = (i & 2) ? OUTPUT_NEEDS_SUMS : 0};
        const struct needs needs = needs_of(&options, &output, &no_filter);
        struct kernel kernel;
        struct plan plan;
        char why[256];
        kernels_get("6.12", &kernel);
        assert_int_equal(plan_make(&plan, &needs, &kernel, &scale, why, sizeof(why)), 0);
        assert_define(&plan, "WITH_SUM", i ? "1" : "0");
    }
}

// Where the start event leaves out requests that are not accounted, completion reports them.
static void test_needs_io_stat(void **state)
{
    static const struct {
        const char *kernel;
        bool queued;
        const char *value;
    } rows[] = {{"6.1.90", true, "1"}, {"6.1.90", false, "0"}, {"5.10", true, "0"}, {"6.12", true, "0"}};
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct options options = {.queued = rows[i].queued};
        struct plan plan;
        make(&plan, rows[i].kernel, &options, &no_filter);
        assert_define(&plan, "START_NEEDS_IO_STAT", rows[i].value);
    }
}

#define DISK_OF(number)                                                                                      \
    {                                                                                                        \
        .dev = (number), .own_dev = (number)                                                                 \
    }
#define PARTITION_OF(number, own, first, end)                                                                \
    {                                                                                                        \
        (number), (own), true, (first), (end), ""                                                            \
    }

// One target is in the text, several are in a map.
static void test_filter(void **state)
{
    static const struct {
        struct disk_filter filter;
        const char *dev, *first, *end, *own_dev, *entries, *ranges, *sectors;
    } rows[] = {
        {.dev = "0x0", .first = "0ULL", .end = "0ULL", .own_dev = "0x0", .ranges = "0"},
        {.filter = {{DISK_OF(DISK_DEV(8, 16))}, 1},
         .dev = "0x800010",
         .first = "0ULL",
         .end = "0ULL",
         .own_dev = "0x0",
         .ranges = "0"},
        {.filter = {{PARTITION_OF(DISK_DEV(259, 0), DISK_DEV(259, 1), 2048, 4096)}, 1},
         .dev = "0x10300000",
         .first = "2048ULL",
         .end = "4096ULL",
         .own_dev = "0x10300001",
         .ranges = "0"},
        {.filter = {{PARTITION_OF(DISK_DEV(4095, 0xfffff), DISK_DEV(4095, 0xffffe), UINT64_MAX - 1,
                                  UINT64_MAX)},
                    1},
         .dev = "0xffffffff",
         .first = "18446744073709551614ULL",
         .end = "18446744073709551615ULL",
         .own_dev = "0xfffffffe",
         .ranges = "0"},
        {.filter = {{DISK_OF(1), DISK_OF(2)}, 2}, .dev = "0", .entries = "64", .ranges = "1", .sectors = "0"},
        {.filter = {{DISK_OF(1), DISK_OF(2), DISK_OF(3)}, 3},
         .dev = "0",
         .entries = "64",
         .ranges = "1",
         .sectors = "0"},
        {.filter = {{DISK_OF(1), PARTITION_OF(2, 3, 8, 16)}, 2},
         .dev = "0",
         .entries = "64",
         .ranges = "1",
         .sectors = "1"},
        {.filter = {{PARTITION_OF(2, 3, 8, 16), PARTITION_OF(2, 4, 16, 32)}, 2},
         .dev = "0",
         .entries = "64",
         .ranges = "2",
         .sectors = "1"},
        {.filter = {{PARTITION_OF(2, 3, 8, 16), DISK_OF(1), PARTITION_OF(2, 4, 16, 32),
                     PARTITION_OF(2, 5, 32, 64)},
                    4},
         .dev = "0",
         .entries = "64",
         .ranges = "4",
         .sectors = "1"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        static const struct options options;
        struct plan plan;
        make(&plan, "5.10", &options, &rows[i].filter);
        assert_define(&plan, "FILTER_DEV", rows[i].dev);
        assert_define(&plan, "FILTER_FIRST_SECTOR", rows[i].first);
        assert_define(&plan, "FILTER_END_SECTOR", rows[i].end);
        assert_define(&plan, "FILTER_OWN_DEV", rows[i].own_dev);
        assert_define(&plan, "FILTER_ENTRIES", rows[i].entries);
        assert_define(&plan, "FILTER_RANGES", rows[i].ranges);
        assert_define(&plan, "FILTER_SECTORS", rows[i].sectors);
        assert_int_equal(plan.filter_ranges, atoi(rows[i].ranges));
        assert_int_equal((plan.maps & 1U << MAP_TARGETS) != 0, plan.filter_ranges != 0);
        assert_ptr_equal(plan.needs.filter, rows[i].filter.n ? &rows[i].filter : NULL);
    }
}

// ---- sizes ----

// Capacity for the requests that the disks can queue, for biolatency.py's 10240 at least, and within reason;
// for 16 powers of two of each group that is likely. What the user asks for is taken as it is.
static void test_sizes(void **state)
{
    static const struct {
        struct options options;
        struct plan_scale scale;
        unsigned requests_min, requests_max, dist_min;
    } rows[] = {
        {{0}, {0, 0}, 10240, 10240, 1},
        {{0}, {4, 4096}, 10240, 10240, 1},
        {{0}, {4, 10241}, 10241, 12288, 1},
        {{0}, {4, 65536}, 65536, 65536, 1},
        {{0}, {4, UINT32_MAX}, 65536, 1 << 18, 1},
        {{.max_requests = 1}, {4, UINT32_MAX}, 1, 1, 1},
        {{.max_requests = 1 << 24}, {4, 1}, 1 << 24, 1 << 24, 1},
        {{.by = BY(DIMENSION_DISK)}, {0, 0}, 10240, 10240, 8 * 16}, // disks can come
        {{.by = BY(DIMENSION_DISK)}, {68, 0}, 10240, 10240, 76 * 16},
        {{.by = BY(DIMENSION_FLAGS)}, {68, 0}, 10240, 10240, 24 * 16},
        {{.by = BY(DIMENSION_OP)}, {68, 0}, 10240, 10240, 8 * 16},
        {{.by = BY(DIMENSION_DISK) | BY(DIMENSION_OP)}, {68, 0}, 10240, 10240, 136 * 16},
        {{.by = BY(DIMENSION_DISK) | BY(DIMENSION_FLAGS)}, {68, 0}, 10240, 10240, 136 * 16},
        {{.by = BY(DIMENSION_DISK) | BY(DIMENSION_FLAGS)}, {UINT32_MAX - 2000, 0}, 10240, 10240, 1 << 15},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct kernel kernel;
        struct plan plan;
        kernels_get("6.12", &kernel);
        assert_int_equal(try(&plan, &kernel, &rows[i].options, &no_filter, &rows[i].scale), 0);
        assert_in_range(plan.max_requests, rows[i].requests_min, rows[i].requests_max);
        assert_in_range(plan.dist_entries, rows[i].dist_min, 1 << 16);
        assert_true(define_number(&plan, "START_ENTRIES") >= plan.max_requests);
        assert_int_equal(define_number(&plan, "DIST_ENTRIES"), plan.dist_entries);
        assert_true(define_number(&plan, "NAME_ENTRIES") > rows[i].scale.disks);
    }
}

// A disk that comes or goes changes nothing for most machines: what was kept still fits.
static void test_sizes_in_steps(void **state)
{
    static const char *const sizes[] = {"START_ENTRIES", "KEEP_ENTRIES", "DIST_ENTRIES", "NAME_ENTRIES"};
    const struct options options = {.by = BY(DIMENSION_DISK)};
    const struct plan_scale one = {17, 20000}, other = {30, 20100};
    struct kernel kernel;
    struct plan first, second;
    (void)state;
    kernels_get("6.12", &kernel);
    assert_int_equal(try(&first, &kernel, &options, &no_filter, &one), 0);
    assert_int_equal(try(&second, &kernel, &options, &no_filter, &other), 0);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        assert_int_equal(define_number(&first, sizes[i]), define_number(&second, sizes[i]));
}

// ---- limits ----

static void assert_unique(const struct plan *plan, const char *define)
{
    char name[PLAN_DEFINE_SIZE];
    size_t n = 0;
    snprintf(name, sizeof(name), "%.*s", (int)strcspn(define, "="), define);
    for (size_t i = 0; i < plan->n_defines; i++) {
        size_t length = strcspn(plan->defines[i], "=");
        n += length == strlen(name) && strncmp(plan->defines[i], name, length) == 0;
    }
    if (n != 1)
        fail_msg("%s is defined %zu times", name, n);
}

static void assert_fits(const struct plan *plan)
{
    assert_true(plan->n_points <= PLAN_POINTS);
    assert_true(plan->n_defines < PLAN_DEFINES); // what does not fit would be left out in silence
    for (size_t i = 0; i < plan->n_defines; i++) {
        assert_in_range(strlen(plan->defines[i]), 1, PLAN_DEFINE_SIZE - 2);
        assert_unique(plan, plan->defines[i]);
    }
}

// All that one can ask for, on each kernel: no define comes twice, and all fit.
static void test_all_at_once(void **state)
{
    static const struct plan_scale huge = {UINT32_MAX - 2000, UINT32_MAX};
    (void)state;
    for (size_t i = 0; kernels_name(i); i++)
        for (int mode = 0; mode < 6; mode++) {
            struct options options = {.by = BY(DIMENSION_DISK) | BY(DIMENSION_FLAGS),
                                      .milliseconds = true,
                                      .extension = true,
                                      .verbose = true,
                                      .max_requests = 1 << 24,
                                      .queued = mode % 2,
                                      .attach = (enum attach_kinds)(mode / 2)};
            struct kernel kernel;
            struct plan plan;
            kernels_get(kernels_name(i), &kernel);
            for (int j = 0; j < MEMBER_COUNT && kernel.has_btf; j++)
                kernel.offset[j] = 1 << 20;
            if (try(&plan, &kernel, &options, &partition, &huge) == 0)
                assert_fits(&plan);
        }
}

// What is only for samples must not change the probes of those who do not ask for them.
static void test_samples(void **state)
{
    static const char *const names[] = {"HAVE_CURRENT_CGROUP", "WITH_BIO_CGROUP", "BIO_BLKG_OFFSET",
                                        "HAVE_ANCESTOR_CGROUP"};
    struct plan plan;
    (void)state;
    make(&plan, "6.18", &(struct options){.queued = true, .buffer_pages = 8, .attach = ATTACH_RAW_TRACEPOINT},
         &no_filter);
    assert_int_equal(plan.needs.buffer_pages, 8);
    assert_int_equal(plan.needs.attach, ATTACH_RAW_TRACEPOINT);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        assert_define(&plan, names[i], NULL);
    assert_define(&plan, "WITH_SAMPLES", "0");
    assert_define(&plan, "WITH_HISTOGRAM", "1");
    assert_false(plan.needs.samples);

    make(&plan, "6.18", &(struct options){.slowest = 3}, &no_filter);
    assert_define(&plan, "WITH_SAMPLES", "1");
    assert_define(&plan, "WITH_HISTOGRAM", "1");
    assert_define(&plan, "START_AT", "AT_ISSUE");
    assert_define(&plan, "HAVE_CURRENT_CGROUP", "1");
    assert_define(&plan, "HAVE_ANCESTOR_CGROUP", "1");
    assert_define(&plan, "WITH_BIO_CGROUP", "1");
    assert_define(&plan, "KERNFS_NODE_ID_OFFSET", "64");

    make(&plan, "5.4", &(struct options){.slower = {true, 0, NULL}, .queued = true}, &no_filter);
    assert_define(&plan, "WITH_HISTOGRAM", "0");
    assert_define(&plan, "START_AT", "AT_QUEUE");
    assert_define(&plan, "HAVE_ANCESTOR_CGROUP", "0");

    make(&plan, "5.4-headers", &(struct options){.slower = {true, 1500000000000, NULL}}, &no_filter);
    assert_define(&plan, "HAVE_CURRENT_CGROUP", "1");
    assert_define(&plan, "WITH_BIO_CGROUP", "0");
}

// One program serves every --slower TIME.
static void test_threshold_is_no_define(void **state)
{
    struct plan plan, other;
    (void)state;
    make(&plan, "6.18", &(struct options){.slower = {true, 0, NULL}}, &no_filter);
    make(&other, "6.18", &(struct options){.slower = {true, 1500000000000, NULL}}, &no_filter);
    assert_int_equal(plan.needs.threshold_ns, 0);
    assert_int_equal(other.needs.threshold_ns, 1500000000000);
    assert_int_equal(plan.n_defines, other.n_defines);
    for (size_t i = 0; i < plan.n_defines; i++)
        assert_string_equal(plan.defines[i], other.defines[i]);
}

// A way to the cgroup with a gap is none.
static void test_samples_without_blkcg(void **state)
{
    static const struct options options = {.slowest = 3};
    struct kernel kernel;
    struct plan plan;
    (void)state;
    kernels_get("6.12", &kernel);
    kernel.offset[BIO_BLKG] = -1;
    assert_int_equal(try(&plan, &kernel, &options, &no_filter, &scale), 0);
    assert_define(&plan, "WITH_BIO_CGROUP", "0");
    assert_define(&plan, "BIO_BLKG_OFFSET", "-1");
    assert_define(&plan, "HAVE_CURRENT_CGROUP", "1");
}

// The same kernel and options give the same plan.
static void test_twice(void **state)
{
    static const struct options options = {.by = BY(DIMENSION_DISK)};
    struct plan once, twice;
    (void)state;
    memset(&once, 0x55, sizeof(once));
    memset(&twice, 0xaa, sizeof(twice));
    make(&once, "4.19", &options, &no_filter);
    make(&twice, "4.19", &options, &no_filter);
    char text[2][PLAN_TEXT_SIZE];
    plan_text(&once, text[0]);
    plan_text(&twice, text[1]);
    assert_string_equal(text[0], text[1]);
    assert_int_equal(once.n_defines, twice.n_defines);
    for (size_t i = 0; i < once.n_defines; i++)
        assert_string_equal(once.defines[i], twice.defines[i]);
    plan_unused(&once, text[0]);
    plan_unused(&twice, text[1]);
    assert_string_equal(text[0], text[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_offsets),
        cmocka_unit_test(test_disk_of_request),
        cmocka_unit_test(test_masks),
        cmocka_unit_test(test_variants),
        cmocka_unit_test(test_no_variants_with_btf),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_extras),
        cmocka_unit_test(test_filter),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_sizes_in_steps),
        cmocka_unit_test(test_all_at_once),
        cmocka_unit_test(test_needs_io_stat),
        cmocka_unit_test(test_samples),
        cmocka_unit_test(test_threshold_is_no_define),
        cmocka_unit_test(test_samples_without_blkcg),
        cmocka_unit_test(test_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
