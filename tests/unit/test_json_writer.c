// SPDX-License-Identifier: Apache-2.0
// The JSON writer: commas at any depth, strings of any bytes, numbers to their last digit.
#include "testing.h"

#include <math.h>
#include <string.h>

#include "output/json_writer.h"

static void write_empty(struct json_writer *json)
{
    json_open(json, NULL, '{');
    json_close(json, '}');
    json_line_end(json);
    json_open(json, NULL, '[');
    json_close(json, ']');
    json_line_end(json);
}

static void write_nested(struct json_writer *json)
{
    json_open(json, NULL, '{');
    json_open(json, "a", '[');
    json_open(json, NULL, '[');
    json_unsigned(json, NULL, 1);
    json_unsigned(json, NULL, 2);
    json_close(json, ']');
    json_open(json, NULL, '[');
    json_close(json, ']');
    json_open(json, NULL, '{');
    json_null(json, "b");
    json_string(json, "c", NULL);
    json_close(json, '}');
    json_close(json, ']');
    json_open(json, "d", '{');
    json_close(json, '}');
    json_string(json, "e", "x");
    json_close(json, '}');
}

static void write_numbers(struct json_writer *json)
{
    json_open(json, NULL, '[');
    json_unsigned(json, NULL, 0);
    json_unsigned(json, NULL, UINT64_MAX);
    json_fixed(json, NULL, 0, 3);
    json_fixed(json, NULL, 1.0004, 3);
    json_fixed(json, NULL, 0.9996, 3);
    json_fixed(json, NULL, 1e15, 0);
    json_fixed(json, NULL, (double)NAN, 3);
    json_fixed(json, NULL, (double)INFINITY, 3);
    json_close(json, ']');
}

static void write_times(struct json_writer *json)
{
    const struct timespec when = {1795000000, 4999999};
    json_open(json, NULL, '[');
    json_time(json, NULL, &when, 3);
    json_time(json, NULL, &when, 6);
    json_close(json, ']');
}

static void write_strings(struct json_writer *json)
{
    json_open(json, NULL, '[');
    json_string(json, NULL, "");
    json_string(json, NULL, "a\"\\/\n\x01\x7f");
    json_string(json, NULL, "\xc3\xa9\xff\xe4\xb8");
    json_close(json, ']');
}

static const struct {
    const char *name;
    void (*write)(struct json_writer *json);
    const char *want;
} rows[] = {
    {"empty", write_empty, "{}\n[]\n"},
    {"nested", write_nested, "{\"a\":[[1,2],[],{\"b\":null,\"c\":null}],\"d\":{},\"e\":\"x\"}"},
    {"numbers", write_numbers, "[0,18446744073709551615,0.000,1.000,1.000,1000000000000000,null,null]"},
    {"times", write_times, "[\"2026-11-18T16:51:40.004+05:45\",\"2026-11-18T16:51:40.004999+05:45\"]"},
    {"strings", write_strings, "[\"\",\"a\\\"\\\\/\\u000a\\u0001\x7f\",\"\xc3\xa9\\ufffd\\ufffd\\ufffd\"]"},
};

static void test_rows(void **state)
{
    size_t failed = 0;
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct capture capture;
        struct json_writer json = {.out = capture_begin(&capture)};
        rows[i].write(&json);
        char *got = capture_end(&capture);
        if (strcmp(got, rows[i].want) != 0) {
            print_error("%s:\n--- got\n%s\n--- want\n%s\n", rows[i].name, got, rows[i].want);
            failed++;
        }
        free(got);
    }
    assert_int_equal(failed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows)};
    setenv("TZ", "XXX-5:45", 1);
    tzset();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
