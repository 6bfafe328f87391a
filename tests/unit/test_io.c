// SPDX-License-Identifier: Apache-2.0
// Samples: from the bytes that the kernel side sends to what is printed, to the byte.
#include "printing.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "kernel/cgroup.h"

#define WALL_NS INT64_C(1794999000000000000)

static const char *no_cgroup(void *context, uint64_t id, bool v1)
{
    (void)context, (void)id, (void)v1;
    fail_msg("a cgroup was asked for");
    return NULL;
}

static const char *some_cgroup(void *context, uint64_t id, bool v1)
{
    assert_int_equal(id, 4711);
    return v1 ? "/v1" : context;
}

static struct sample_event whole_event(void)
{
    struct sample_event event = {.end_ns = 1000004500000,
                                 .latency_ns = 1500999,
                                 .queue_ns = 12345678,
                                 .details = {.sector = 2048, .cgroup = 4711, .bytes = 4096},
                                 .flags = 1U << 11 | 1};
    event.details.has = SAMPLE_HAS_SUBMITTER | SAMPLE_HAS_CGROUP;
    event.details.pid = 4000;
    event.details.tid = 4001;
    memcpy(event.details.comm, "dd", 3);
    memcpy(event.disk, "vda", 4);
    return event;
}

static struct sample make(const struct sample_event *event, const char *cgroup)
{
    static struct flag_names flags;
    struct sample sample;
    flags_default(&flags);
    const struct sample_names names = {&flags, cgroup ? some_cgroup : no_cgroup, (void *)(uintptr_t)cgroup,
                                       WALL_NS};
    sample_make(&sample, event, &names);
    return sample;
}

static void test_make(void **state)
{
    const struct sample_event event = whole_event();
    const struct sample sample = make(&event, "/a");
    (void)state;
    assert_int_equal(sample.began.tv_sec, 1795000000);
    assert_int_equal(sample.began.tv_nsec, 2999001);
    assert_int_equal(sample.latency_ns, 1500999);
    assert_int_equal(sample.queue_ns, 12345678);
    assert_int_equal(sample.sector, 2048);
    assert_int_equal(sample.bytes, 4096);
    assert_true(sample.has_submitter);
    assert_int_equal(sample.pid, 4000);
    assert_int_equal(sample.tid, 4001);
    assert_string_equal(sample.comm, "dd");
    assert_string_equal(sample.disk, "vda");
    assert_string_equal(sample.flags, "Sync-Write");
    assert_string_equal(sample.cgroup, "/a");
}

static void test_make_full_names(void **state)
{
    struct sample_event event = whole_event();
    (void)state;
    memset(event.details.comm, 'c', sizeof(event.details.comm));
    memset(event.disk, 'd', sizeof(event.disk));
    event.details.has |= SAMPLE_CGROUP_V1;
    const struct sample sample = make(&event, "/a");
    assert_int_equal(strlen(sample.comm), COMM_SIZE);
    assert_int_equal(strlen(sample.disk), DISK_NAME_SIZE);
    assert_string_equal(sample.cgroup, "/v1");
}

static void test_make_unknown(void **state)
{
    const struct sample_event event = {
        .end_ns = 5, .queue_ns = SAMPLE_UNKNOWN, .details.sector = SAMPLE_UNKNOWN};
    const struct sample sample = make(&event, NULL);
    (void)state;
    assert_false(sample.has_submitter);
    assert_null(sample.cgroup);
    assert_string_equal(sample.disk, "?");
    assert_string_equal(sample.flags, "Read");
}

// ---- printing ----

static const struct sample whole = {.began = {1795000000, 2999001},
                                    .latency_ns = 1500999,
                                    .queue_ns = 12345678,
                                    .sector = 2048,
                                    .bytes = 4096,
                                    .has_submitter = true,
                                    .pid = 4000,
                                    .tid = 4001,
                                    .comm = "dd",
                                    .disk = "vda",
                                    .flags = "Sync-Write",
                                    .cgroup = "/system.slice/db.service"};
static const struct sample unknown = {.began = {1795000000, 0},
                                      .queue_ns = SAMPLE_UNKNOWN,
                                      .sector = SAMPLE_UNKNOWN,
                                      .pid = 17, // says nothing
                                      .comm = "no",
                                      .disk = "?",
                                      .flags = "Flush"};
static const struct sample umlaut = {.began = {1795000000, 0},
                                     .has_submitter = true,
                                     .pid = 1,
                                     .comm = "b\xc3\xa4r",
                                     .disk = "sda",
                                     .flags = "Read"};
static const struct sample hostile = {.began = {1795000000, 999999999},
                                      .latency_ns = UINT64_MAX - 1,
                                      .queue_ns = 0,
                                      .sector = UINT64_MAX - 1,
                                      .bytes = UINT32_MAX,
                                      .has_submitter = true,
                                      .pid = UINT32_MAX,
                                      .tid = UINT32_MAX,
                                      .comm = "a\n\x1b[1m\"\\\xff\x7f\xc2\x9b",
                                      .disk = "nvme0n1",
                                      .flags = "Sync-Write",
                                      .cgroup = "/\xc3\xa4\n"};

// A table of up to three samples, measured before it is printed or not.
static const struct row {
    const char *format;
    bool milliseconds, measured;
    const struct sample *samples[4];
    const char *want;
} rows[] = {
    {"text",
     false,
     false,
     {NULL},
     "\nBEGAN DISK OPERATION SECTOR BYTES QUEUE(us) LATENCY(us) PID COMM CGROUP\n"},
    {"text",
     true,
     true,
     {NULL},
     "\nBEGAN DISK OPERATION SECTOR BYTES QUEUE(ms) LATENCY(ms) PID COMM CGROUP\n"},
    {"text",
     false,
     true,
     {&whole, &unknown},
     "\n"
     "BEGAN           DISK OPERATION  SECTOR BYTES QUEUE(us) LATENCY(us)  PID COMM CGROUP\n"
     "11:06:40.002999 vda  Sync-Write   2048  4096     12345        1500 4000 dd   /system.slice/db.service\n"
     "11:06:40.000000 ?    Flush           -     0         -           0    - -    -\n"},
    {"text",
     true,
     true,
     {&whole, &unknown},
     "\n"
     "BEGAN           DISK OPERATION  SECTOR BYTES QUEUE(ms) LATENCY(ms)  PID COMM CGROUP\n"
     "11:06:40.002999 vda  Sync-Write   2048  4096    12.345       1.500 4000 dd   /system.slice/db.service\n"
     "11:06:40.000000 ?    Flush           -     0         -       0.000    - -    -\n"},
    {"text",
     false,
     true,
     {&hostile, &unknown, &umlaut},
     "\n"
     "BEGAN           DISK    OPERATION                SECTOR      BYTES QUEUE(us)       LATENCY(us)        "
     "PID COMM                           CGROUP\n"
     "11:06:40.999999 nvme0n1 Sync-Write 18446744073709551614 4294967295         0 18446744073709551 "
     "4294967295 a\\x0a\\x1b[1m\"\\\\xff\\x7f\\xc2\\x9b /\xc3\xa4\\x0a\n"
     "11:06:40.000000 ?       Flush                         -          0         -                 0        "
     "  - -                              -\n"
     "11:06:40.000000 sda     Read                          0          0         0                 0        "
     "  1 b\xc3\xa4r                            -\n"},
    // Not measured: a column is as wide as the widest so far.
    {"text",
     false,
     false,
     {&unknown, &whole, &unknown},
     "\n"
     "BEGAN DISK OPERATION SECTOR BYTES QUEUE(us) LATENCY(us) PID COMM CGROUP\n"
     "11:06:40.000000 ?    Flush          -     0         -           0   - -    -\n"
     "11:06:40.002999 vda  Sync-Write   2048  4096     12345        1500 4000 dd   /system.slice/db.service\n"
     "11:06:40.000000 ?    Flush           -     0         -           0    - -    -\n"},
    {"json",
     true,
     false,
     {&whole},
     "{\"type\":\"sample\",\"time\":\"2026-11-18T11:06:40.002999+00:00\",\"disk\":\"vda\",\"flags\":\"Sync-"
     "Write\",\"sector\":2048,\"bytes\":4096,\"queue_ns\":12345678,\"latency_ns\":1500999,\"pid\":4000,"
     "\"tid\":4001,\"comm\":\"dd\",\"cgroup\":\"/system.slice/db.service\"}\n"},
    {"json",
     false,
     true,
     {&unknown},
     "{\"type\":\"sample\",\"time\":\"2026-11-18T11:06:40.000000+00:00\",\"disk\":\"?\",\"flags\":\"Flush\","
     "\"sector\":null,\"bytes\":0,\"queue_ns\":null,\"latency_ns\":0,\"pid\":null,\"tid\":null,\"comm\":null,"
     "\"cgroup\":null}\n"},
    {"json",
     false,
     true,
     {&hostile},
     "{\"type\":\"sample\",\"time\":\"2026-11-18T11:06:40.999999+00:00\",\"disk\":\"nvme0n1\",\"flags\":"
     "\"Sync-Write\",\"sector\":18446744073709551614,\"bytes\":4294967295,\"queue_ns\":0,\"latency_ns\":"
     "18446744073709551614,\"pid\":4294967295,\"tid\":4294967295,\"comm\":\"a\\u000a\\u001b[1m\\\"\\\\\\ufffd"
     "\x7f\xc2\x9b\",\"cgroup\":\"/\xc3\xa4\\u000a\"}\n"},
};

static size_t list_samples(const struct row *row, struct sample *list)
{
    size_t n = 0;
    for (; row->samples[n]; n++)
        list[n] = *row->samples[n];
    return n;
}

static char *print_table(const struct row *row)
{
    const struct output *output = output_find(row->format);
    const struct output_options options = {.milliseconds = row->milliseconds};
    struct sample list[ARRAY_SIZE(row->samples)];
    struct printing printing;
    struct printer *printer = printing_begin(&printing, &options);
    size_t n = list_samples(row, list);
    if (strcmp(row->format, "text") == 0)
        text_begin_samples(printer, list, row->measured ? n : 0);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(output->sample(printer, &list[i]), 0);
    return printing_end(&printing);
}

static void test_print(void **state)
{
    size_t failed = 0;
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char *got = print_table(&rows[i]);
        if (strcmp(got, rows[i].want) != 0) {
            print_error("row %zu:\n--- got\n%s--- want\n%s---\n", i, got, rows[i].want);
            failed++;
        }
        free(got);
    }
    assert_int_equal(failed, 0);
}

static void test_formats_without(void **state)
{
    (void)state;
    assert_null(output_find("dict")->sample);
    assert_null(output_find("json")->open);
    assert_null(output_find("text")->end);
}

// Those of --slowest come after the histograms of their interval.
static void test_interval(void **state)
{
    const struct output_options options = {0};
    const struct frame frame = {.samples = &whole, .n_samples = 1};
    (void)state;
    for (const struct output *output = outputs; output->name; output++) {
        struct printing printing;
        assert_int_equal(output->interval(printing_begin(&printing, &options), &frame), 0);
        char *got = printing_end(&printing);
        const char *found = strstr(got, output->open ? "\n\nBEGAN  " : "\n{\"type\":\"sample\"");
        assert_int_equal(found != NULL, output->sample != NULL);
        assert_true(!found || strstr(found, "/system.slice/db.service"));
        free(got);
    }
}

// A table is as wide as its own samples, not as those of the interval before.
static void test_next_interval(void **state)
{
    const struct output_options options = {0};
    const struct frame wide = {.samples = &hostile, .n_samples = 1},
                       narrow = {.samples = &umlaut, .n_samples = 1};
    struct printing printing;
    struct printer *printer = printing_begin(&printing, &options);
    (void)state;
    assert_int_equal(text_interval(printer, &wide), 0);
    assert_int_equal(text_interval(printer, &narrow), 0);
    char *got = printing_end(&printing);
    assert_non_null(strstr(
        got, "\n11:06:40.000000 sda  Read           0     0         0           0   1 b\xc3\xa4r  -\n"));
    free(got);
}

// The table of --slower begins as wide as the widest that is usual.
static void test_open(void **state)
{
    const struct output_options options = {0};
    struct printing printing;
    struct printer *printer = printing_begin(&printing, &options);
    (void)state;
    assert_int_equal(text_open(printer, &hostile), 0);
    assert_int_equal(text_sample(printer, &umlaut), 0);
    char *got = printing_end(&printing);
    assert_string_equal(got, "Tracing block device I/O... Hit Ctrl-C to end.\n"
                             "\n"
                             "BEGAN           DISK    OPERATION                SECTOR      BYTES QUEUE(us)   "
                             "    LATENCY(us)        "
                             "PID COMM                           CGROUP\n"
                             "11:06:40.000000 sda     Read                          0          0         0   "
                             "              0        "
                             "  1 b\xc3\xa4r                            -\n");
    free(got);
}

// The first failed write comes back from all that follows.
static void test_failed_write(void **state)
{
    const struct frame frame = {0};
    struct signals signals = {.fd = -1};
    struct printer printer = {0};
    FILE *full = fopen("/dev/full", "w");
    int error = 0;
    (void)state;
    assert_non_null(full);
    assert_int_equal(stream_open(&printer.stream, fileno(full), &signals), 0);
    for (int i = 0; i < 100000 && !error; i++)
        error = text_sample(&printer, &whole);
    assert_int_equal(error, -ENOSPC);
    for (const struct output *output = outputs; output->name; output++)
        assert_int_equal(output->interval(&printer, &frame), -ENOSPC);
    assert_int_equal(text_open(&printer, NULL), -ENOSPC);
    assert_int_equal(json_sample(&printer, &whole), -ENOSPC);
    assert_int_equal(json_end(&printer, &frame), -ENOSPC);
    assert_int_equal(stream_flush(printer.stream), -ENOSPC);
    stream_close(printer.stream);
    fclose(full);
}

static char *print_end(void)
{
    const struct frame frame = {.when = {1795000000, 4000000},
                                .seconds = 2.5,
                                .with_samples = true,
                                .n_samples = 12,
                                .dropped = {[DROP_START_FULL] = 1},
                                .lost = 99};
    const struct output_options options = {0};
    struct printing printing;
    assert_int_equal(output_find("json")->end(printing_begin(&printing, &options), &frame), 0);
    return printing_end(&printing);
}

static void test_end(void **state)
{
    char *got = print_end();
    (void)state;
    assert_string_equal(
        got, "{\"type\":\"end\",\"version\":2,\"time\":\"2026-11-18T11:06:40.004+00:00\",\"seconds\":2.500,"
             "\"samples\":12,\"dropped\":{\"requests_map_full\":1,\"histogram_map_full\":0,"
             "\"no_start_time\":0,\"negative\":0,\"completion_not_seen\":0,\"probe_skipped\":0,"
             "\"in_flight_at_start\":0,\"samples_dropped\":99}}\n");
    free(got);
}

// Any comm, of any bytes, is one line of text and one JSON string.
static void test_any_comm(void **state)
{
    uint64_t seed = 5;
    (void)state;
    for (int i = 0; i < 20000; i++) {
        const struct output_options options = {0};
        struct sample sample = whole;
        struct printing printing;
        for (size_t j = 0; j < COMM_SIZE; j++)
            sample.comm[j] = (char)random_below(&seed, 256);
        struct printer *printer = printing_begin(&printing, &options);
        text_sample(printer, &sample);
        json_sample(printer, &sample);
        char *got = printing_end(&printing);
        size_t lines = 0;
        for (const char *c = got; *c; c++) {
            lines += *c == '\n';
            assert_true(*c == '\n' || (unsigned char)*c >= ' ');
        }
        assert_int_equal(lines, 2);
        free(got);
    }
}

// ---- where cgroups are mounted ----

static const struct {
    const char *mountinfo, *v2, *blkio;
} mounts[] = {
    {"", "", ""},
    {"35 24 0:30 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n", "/sys/fs/cgroup",
     ""},
    {"24 1 0:22 / /proc rw - proc proc rw\n"
     "40 36 0:35 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
     "41 36 0:36 / /sys/fs/cgroup/blkio rw - cgroup cgroup rw,blkio\n"
     "42 36 0:37 / /sys/fs/cgroup/unified rw shared:1 master:2 - cgroup2 none rw\n",
     "/sys/fs/cgroup/unified", "/sys/fs/cgroup/blkio"},
    {"41 36 0:36 / /a\\040b\\134 rw - cgroup cgroup rw,cpuset,blkio,net_cls", "", "/a b\\"},
    {"41 36 0:36 / /blkio rw - cgroup cgroup rw,xblkio,blkiox\n", "", ""},
    // The first of several counts.
    {"35 24 0:30 / /one rw - cgroup2 none rw\n36 24 0:30 / /two rw - cgroup2 none rw\n", "/one", ""},
    // No lines of it.
    {"-\n- cgroup2\n1 2 3 4 5 6\n1 2 3 4 - cgroup2 none rw\n1 2 3 4 /x - cgroup2 none\n\n \n", "", ""},
};

static void test_mounts(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(mounts); i++) {
        struct cgroup_mounts got;
        size_t size = strlen(mounts[i].mountinfo);
        FILE *file =
            size ? fmemopen((void *)(uintptr_t)mounts[i].mountinfo, size, "r") : fopen("/dev/null", "r");
        assert_non_null(file);
        cgroup_scan_mounts(file, &got);
        fclose(file);
        assert_string_equal(got.v2, mounts[i].v2);
        assert_string_equal(got.blkio, mounts[i].blkio);
    }
}

static void test_long_mount(void **state)
{
    char line[1024], path[CGROUP_MOUNT_SIZE * 2];
    struct cgroup_mounts got;
    (void)state;
    memset(path, 'x', sizeof(path));
    path[0] = '/';
    for (size_t length = CGROUP_MOUNT_SIZE - 2; length < CGROUP_MOUNT_SIZE + 3; length++) {
        snprintf(line, sizeof(line), "1 2 3:4 / %.*s rw - cgroup2 none rw\n", (int)length, path);
        FILE *file = fmemopen(line, strlen(line), "r");
        assert_non_null(file);
        cgroup_scan_mounts(file, &got);
        fclose(file);
        assert_int_equal(strlen(got.v2), length < CGROUP_MOUNT_SIZE ? length : 0);
    }
}

// Nothing is mounted under that number: it is shown, also when it is asked for again.
static void test_no_such_cgroup(void **state)
{
    struct cgroups *cgroups = NULL;
    (void)state;
    assert_int_equal(cgroups_open(&cgroups), 0);
    for (uint64_t i = 0; i < 2000; i++) {
        char number[32];
        uint64_t id = UINT64_MAX - i % 700;
        snprintf(number, sizeof(number), "%llu", (unsigned long long)id);
        assert_string_equal(cgroups_path(cgroups, id, i % 2), number);
    }
    cgroups_close(cgroups);
    cgroups_close(NULL);
}

// For the comparison with the schema.
static int print_json(void)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char *got = strcmp(rows[i].format, "json") == 0 ? print_table(&rows[i]) : NULL;
        fputs(got ? got : "", stdout);
        free(got);
    }
    char *end = print_end();
    fputs(end, stdout);
    free(end);
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_make),
        cmocka_unit_test(test_make_full_names),
        cmocka_unit_test(test_make_unknown),
        cmocka_unit_test(test_print),
        cmocka_unit_test(test_formats_without),
        cmocka_unit_test(test_interval),
        cmocka_unit_test(test_next_interval),
        cmocka_unit_test(test_open),
        cmocka_unit_test(test_failed_write),
        cmocka_unit_test(test_end),
        cmocka_unit_test(test_any_comm),
        cmocka_unit_test(test_mounts),
        cmocka_unit_test(test_long_mount),
        cmocka_unit_test(test_no_such_cgroup),
    };
    setenv("TZ", "UTC", 1);
    if (argc > 1 && strcmp(argv[1], "--json") == 0)
        return print_json();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
