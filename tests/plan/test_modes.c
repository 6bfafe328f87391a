// SPDX-License-Identifier: Apache-2.0
// The table of modes that --check-kernel prints, for recorded kernels.
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernels.h"
#include "trace/modes.h"

#define HEADING "mode                        types    works        start                    completion\n"
#define LEGEND "(rt: raw tracepoint, kp: kprobe)\n"

static const struct plan_scale scale = {4, 4096};

static char *print(const struct mode *modes, size_t n)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    modes_print(out, modes, n);
    fclose(out);
    return text;
}

static char *table_of(const char *name)
{
    static struct mode modes[MODES]; // large
    struct kernel kernel;
    kernels_get(name, &kernel);
    modes_plan(modes, kernel.has_btf ? "BTF" : "headers", &kernel, &scale);
    return print(modes, MODES);
}

// To add a kernel: a row. All lines of its table but the heading, the legend and the reasons.
static const struct {
    const char *kernel, *lines;
} rows[] = {
    {"4.14", "default                     headers  not tried    kp:blk_mq_start_request kp:blk_start_request "
             "kp:blk_account_io_done\n"
             "-Q                          headers  not tried    kp:blk_account_io_start  "
             "kp:blk_account_io_done\n"
             "--slowest                   headers  not tried    kp:blk_mq_start_request kp:blk_start_request "
             "kp:blk_account_io_done\n"
             "--attach raw-tracepoint     headers  no           -\n"
             "--attach raw-tracepoint -Q  headers  no           -\n"
             "--attach kprobe             headers  not tried    kp:blk_mq_start_request kp:blk_start_request "
             "kp:blk_account_io_done\n"
             "--attach kprobe -Q          headers  not tried    kp:blk_account_io_start  "
             "kp:blk_account_io_done\n"},
    {"6.1",
     "default                     BTF      not tried    rt:block_rq_issue        rt:block_rq_complete\n"
     "-Q                          BTF      not tried    request.start_time_ns    rt:block_rq_complete\n"
     "--slowest                   BTF      not tried    rt:block_rq_issue        rt:block_rq_complete\n"
     "--attach raw-tracepoint     BTF      not tried    rt:block_rq_issue        rt:block_rq_complete\n"
     "--attach raw-tracepoint -Q  BTF      not tried    request.start_time_ns    rt:block_rq_complete\n"
     "--attach kprobe             BTF      no           -\n"
     "--attach kprobe -Q          BTF      no           -\n"},
    {"6.18", "default                     BTF      not tried    rt:block_rq_issue        rt:block_io_done "
             "rt:block_rq_complete\n"
             "-Q                          BTF      not tried    rt:block_io_start        rt:block_io_done "
             "rt:block_rq_complete\n"
             "--slowest                   BTF      not tried    rt:block_rq_issue        rt:block_io_done "
             "rt:block_rq_complete\n"
             "--attach raw-tracepoint     BTF      not tried    rt:block_rq_issue        rt:block_io_done "
             "rt:block_rq_complete\n"
             "--attach raw-tracepoint -Q  BTF      not tried    rt:block_io_start        rt:block_io_done "
             "rt:block_rq_complete\n"
             "--attach kprobe             BTF      no           -\n"
             "--attach kprobe -Q          BTF      no           -\n"},
};

static void test_tables(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char expected[2048], *text = table_of(rows[i].kernel);
        snprintf(expected, sizeof(expected), HEADING "%s" LEGEND, rows[i].lines);
        if (strncmp(text, expected, strlen(expected)) != 0)
            fail_msg("%s: got\n%swanted\n%s", rows[i].kernel, text, expected);
        // Both modes that do not work have the same reason here: it is printed once.
        const char *reasons = text + strlen(expected), *first = strchr(reasons, '\n');
        assert_non_null(first);
        assert_string_equal(first, "\n");
        assert_non_null(strstr(reasons, "no --attach "));
        assert_non_null(strstr(reasons, "-Q ("));
        assert_non_null(strstr(reasons, ": no way to see when requests complete: "));
        free(text);
    }
}

// Each recorded kernel has a default, and its table no empty column.
static void test_all(void **state)
{
    const char *name;
    (void)state;
    for (size_t i = 0; (name = kernels_name(i)) != NULL; i++) {
        char *text = table_of(name), *rest = NULL;
        int n = 0;
        for (char *line = strtok_r(text, "\n", &rest); line && n <= MODES;
             line = strtok_r(NULL, "\n", &rest)) {
            char words[4][64], works[64];
            if (n == 1 && sscanf(line, "default %63s not tried %63s %63s", works, words[0], words[1]) != 3)
                fail_msg("%s: '%s'", name, line);
            n++;
        }
        assert_int_equal(n, MODES + 1);
        free(text);
    }
}

static void test_results(void **state)
{
    static struct mode modes[MODES + 1];
    struct kernel kernel;
    (void)state;
    kernels_get("6.18", &kernel);
    modes_plan(modes, "BTF", &kernel, &scale);
    modes[0].result = MODE_WORKS;
    modes[0].took_ms = 12345;
    modes[1].result = MODE_FAILS;
    snprintf(modes[1].why, sizeof(modes[1].why), "it rains");
    char *text = print(modes, 2);
    assert_string_equal(
        text, HEADING
        "default                     BTF      yes, 12345 ms rt:block_rq_issue        rt:block_io_done "
        "rt:block_rq_complete\n"
        "-Q                          BTF      no           rt:block_io_start        rt:block_io_done "
        "rt:block_rq_complete\n" LEGEND "no -Q (BTF): it rains\n");
    free(text);
    modes_refuse(modes, "no BTF (gone), and no kernel headers");
    text = print(modes, 1);
    assert_string_equal(text, HEADING "default                     none     no           -\n" LEGEND
                                      "no default (none): no BTF (gone), and no kernel headers\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_all),
        cmocka_unit_test(test_results),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
