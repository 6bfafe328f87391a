// SPDX-License-Identifier: Apache-2.0
// What is said on stderr at the end of a run, to the byte.
#include "testing.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "report.h"

static struct cell one = {{0, 0, 7}, 1}, only_a_sum = {{0, 0, HIST_SLOT_SUM}, 90};

#define COUNTED .cells = &one, .n = 1
#define SLOWER .slower = {true, 10000000, "10ms"}

static const struct row {
    struct options options;
    struct snapshot total;
    double seconds;
    bool failed;
    uint64_t in_flight, samples;
    enum in_flight known;
    const char *want; // each line without "report: "
} rows[] = {
    {.total = {COUNTED}, .want = ""},
    {.total = {COUNTED}, .options = {.verbose = true}, .want = "0 requests were still in flight\n"},
    {.total = {COUNTED},
     .options = {.verbose = true},
     .in_flight = 1,
     .want = "1 request was still in flight\n"},
    {.total = {COUNTED, .dropped = {1, 1, 1, 1, 1, 1}, .skipped = 1, .lost = 1},
     .want = "1 request was not counted: more were in flight than the map takes (--max-requests)\n"
             "1 request was not counted: the map of histograms was full\n"
             "1 request was not counted: the kernel kept no start time (queue/iostats is 0)\n"
             "1 request was not counted: by the clock, completion came before the start\n"
             "1 request was not counted: the kernel ran no probe at completion\n"
             "the kernel skipped probes 1 time: up to 1 request was not counted\n"
             "1 sample was dropped: the perf buffer was full (--buffer-pages)\n"},
    {.total = {COUNTED, .dropped = {2, 3, 4, 5, 6, 7}, .skipped = 8, .lost = 9},
     .options = {.verbose = true, .slowest = 3},
     .in_flight = 2,
     .samples = 12,
     .want = "2 requests were not counted: more were in flight than the map takes (--max-requests)\n"
             "3 requests were not counted: the map of histograms was full\n"
             "4 requests were not counted: the kernel kept no start time (queue/iostats is 0)\n"
             "5 requests were not counted: by the clock, completion came before the start\n"
             "6 requests were not counted: the kernel ran no probe at completion\n"
             "7 requests were not counted: in flight when tracing began\n"
             "the kernel skipped probes 8 times: up to 8 requests were not counted\n"
             "9 samples were dropped: the perf buffer was full (--buffer-pages)\n"
             "12 samples were sent by the kernel side\n"
             "2 requests were still in flight\n"},

    {.seconds = 10.002, .want = "no I/O in 10 s\n"},
    {.seconds = 0.38, .options = {.disk = {"sda"}}, .want = "no I/O in 0.4 s on sda\n"},
    {.seconds = 100.04, .options = {.disk = {"/dev/sda"}}, .want = "no I/O in 100 s on /dev/sda\n"},
    {.seconds = 10, .total = {.cells = &only_a_sum, .n = 1}, .want = "no I/O in 10 s\n"},
    {.seconds = 10, .failed = true, .want = ""},
    {.seconds = 10, .in_flight = 1, .want = "no I/O completed in 10 s, with 1 request in flight\n"},
    {.seconds = 10,
     .in_flight = 2,
     .options = {.disk = {"sda"}, .verbose = true},
     .want = "no I/O completed in 10 s on sda, with 2 requests in flight\n2 requests were still in flight\n"},
    {.seconds = 10, .options = {.disk = {"sda", "nvme0n1p2"}}, .want = "no I/O in 10 s on sda, nvme0n1p2\n"},
    {.seconds = 10, .in_flight = 42, .known = IN_FLIGHT_AT_MOST, .want = "no I/O in 10 s\n"},
    {.total = {COUNTED},
     .options = {.verbose = true},
     .known = IN_FLIGHT_AT_MOST,
     .want = "0 requests were still in flight\n"},
    {.total = {COUNTED},
     .options = {.verbose = true},
     .in_flight = 42,
     .known = IN_FLIGHT_AT_MOST,
     .want = "requests still in flight: at most 42, as no probe sees which were merged into others\n"},
    {.total = {COUNTED},
     .options = {.verbose = true},
     .known = IN_FLIGHT_UNKNOWN,
     .want = "requests still in flight: not known, as no probe sees them start\n"},
    {.seconds = 10,
     .total = {.dropped = {[DROP_NO_START_TIME] = 1}},
     .want = "1 request was not counted: the kernel kept no start time (queue/iostats is 0)\n"},
    {.seconds = 10,
     .total = {.dropped = {[DROP_UNMATCHED] = 1}},
     .want = "1 request was not counted: in flight when tracing began\n"},
    {.options = {SLOWER},
     .total = {.dropped = {[DROP_UNMATCHED] = 1}},
     .want = "0 samples of 10ms or more printed, 0 dropped\n"},
    {.seconds = 10,
     .total = {.skipped = 2},
     .want = "the kernel skipped probes 2 times: up to 2 requests were not counted\n"},
    {.seconds = 10, .options = {.slowest = 5}, .want = "no I/O in 10 s\n"},

    {.options = {SLOWER}, .samples = 1, .want = "1 sample of 10ms or more printed, 0 dropped\n"},
    {.options = {SLOWER}, .total = {COUNTED}, .want = "0 samples of 10ms or more printed, 0 dropped\n"},
    {.options = {SLOWER}, .failed = true, .want = ""},
    {.options = {SLOWER, .verbose = true},
     .samples = 12,
     .total = {.lost = 1},
     .want = "1 sample was dropped: the perf buffer was full (--buffer-pages)\n"
             "12 samples of 10ms or more printed, 1 dropped\n"
             "12 samples were sent by the kernel side\n0 requests were still in flight\n"},
};

// What is written to stderr; free() it.
static char *said(const struct run_report *report)
{
    FILE *file = tmpfile();
    assert_non_null(file);
    int before = dup(STDERR_FILENO);
    fflush(stderr);
    dup2(fileno(file), STDERR_FILENO);
    report_run(report);
    fflush(stderr);
    dup2(before, STDERR_FILENO);
    close(before);
    char *text = calloc(1, 4096);
    assert_non_null(text);
    rewind(file);
    assert_true(fread(text, 1, 4095, file) < 4095);
    fclose(file);
    return text;
}

static char *with_names(const char *want)
{
    struct capture capture;
    FILE *out = capture_begin(&capture);
    for (const char *c = want; *c; c++) {
        if (c == want || c[-1] == '\n')
            fprintf(out, "%s: ", program_invocation_short_name);
        fputc(*c, out);
    }
    return capture_end(&capture);
}

static void test_rows(void **state)
{
    size_t failed = 0;
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct run_report report = {.options = &rows[i].options,
                                          .total = &rows[i].total,
                                          .seconds = rows[i].seconds,
                                          .complete = !rows[i].failed,
                                          .in_flight = rows[i].known,
                                          .n_in_flight = rows[i].in_flight,
                                          .samples = rows[i].samples};
        char *got = said(&report), *want = with_names(rows[i].want);
        if (strcmp(got, want) != 0) {
            print_error("row %zu:\n--- got\n%s--- want\n%s---\n", i, got, want);
            failed++;
        }
        free(got);
        free(want);
    }
    assert_int_equal(failed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
