// SPDX-License-Identifier: Apache-2.0
// Output formats: what they print, to the byte. oracle.py compares far more of it with bcc; here is what bcc
// does not have, and one of each for people to read.
#include "printing.h"

#include <string.h>
#include <time.h>

#include "slots.h"

#define MAX_SLOTS 4
#define MAX_GROUPS 3

struct value_row {
    uint64_t value, count;
};

struct group_row {
    const char *disk, *flags, *op;
    uint64_t sum;
    struct value_row values[MAX_SLOTS]; // ascending; count 0 ends them
};

struct render_row {
    const char *name; // of the case
    const char *format;
    struct output_options options;
    unsigned by;
    bool milliseconds;
    struct group_row groups[MAX_GROUPS];
    size_t n;
    const char *want;
};

static struct hist_slot slots[MAX_GROUPS][MAX_SLOTS];
static struct group groups[MAX_GROUPS];

static void fill_group(struct group *group, struct hist_slot *to, const struct group_row *row)
{
    *group = (struct group){.hist = {.slots = to, .sum = row->sum}};
    const char *const titles[DIMENSIONS] = {row->disk, row->flags, row->op};
    for (int i = 0; i < DIMENSIONS; i++)
        snprintf(group->title[i], sizeof(group->title[i]), "%s", titles[i] ? titles[i] : "");
    for (; group->hist.n < MAX_SLOTS && row->values[group->hist.n].count; group->hist.n++) {
        const struct value_row *value = &row->values[group->hist.n];
        to[group->hist.n] = (struct hist_slot){slot_of(value->value), value->count};
        group->hist.count += value->count;
    }
}

static char *render(const struct render_row *row)
{
    struct frame frame = {.when = {1795000000, 4000000},
                          .seconds = 1.0004,
                          .by = row->by,
                          .milliseconds = row->milliseconds,
                          .groups = groups,
                          .n = row->n,
                          .dropped = {11, 12, 13, 14, 17, 15},
                          .skipped = 16};
    struct printing printing;
    for (size_t i = 0; i < row->n; i++)
        fill_group(&groups[i], slots[i], &row->groups[i]);
    struct printer *printer = printing_begin(&printing, &row->options);
    assert_int_equal(output_find(row->format)->interval(printer, &frame), 0);
    return printing_end(&printing);
}

static void check_rows(const struct render_row *rows, size_t n)
{
    size_t failed = 0;
    for (size_t i = 0; i < n; i++) {
        char *got = render(&rows[i]);
        if (strcmp(got, rows[i].want) != 0) {
            print_error("%s, %s:\n--- got\n%s--- want\n%s---\n", rows[i].format, rows[i].name, got,
                        rows[i].want);
            failed++;
        }
        free(got);
    }
    assert_int_equal(failed, 0);
}

// ---- text ----

#define HEAD "     usecs               : count     distribution\n"
#define HEAD_MS "     msecs               : count     distribution\n"
#define HEAD_WIDE "               usecs                         : count     distribution\n"
#define NONE "                                        "
#define ALL "****************************************"
#define HALF "********************                    "

// One value of 3 and two of 5.
#define THREE                                                                                                \
    {                                                                                                        \
        {3, 1},                                                                                              \
        {                                                                                                    \
            5, 2                                                                                             \
        }                                                                                                    \
    }
#define THREE_TEXT                                                                                           \
    "         0 -> 1          : 0        |" NONE "|\n"                                                       \
    "         2 -> 3          : 1        |" HALF "|\n"                                                       \
    "         4 -> 7          : 2        |" ALL "|\n"
#define THREE_PERCENTILES "     p50 = 5, p90 = 5, p99 = 5, p99.9 = 5, max = 5 usecs\n"
#define THREE_PERCENTILES_MS "     p50 < 6, p90 < 6, p99 < 6, p99.9 < 6, max < 6 msecs\n"

static const struct render_row text_rows[] = {
    {.name = "plain", .format = "text", .groups = {{.values = THREE}}, .n = 1, .want = "\n" HEAD THREE_TEXT},
    {.name = "milliseconds",
     .format = "text",
     .milliseconds = true,
     .groups = {{.values = THREE}},
     .n = 1,
     .want = "\n" HEAD_MS THREE_TEXT},
    {.name = "-T",
     .format = "text",
     .options = {.timestamp = true},
     .groups = {{.values = THREE}},
     .n = 1,
     .want = "\n11:06:40\n" HEAD THREE_TEXT},
    {.name = "-e",
     .format = "text",
     .options = {.extension = true},
     .groups = {{.sum = 14, .values = THREE}},
     .n = 1,
     .want = "\n" HEAD THREE_TEXT "\navg = 4 usecs, total: 14 usecs, count: 3\n\n"},
    {.name = "-P",
     .format = "text",
     .options = {.percentiles = true},
     .groups = {{.values = THREE}},
     .n = 1,
     .want = "\n" HEAD THREE_TEXT THREE_PERCENTILES},
    {.name = "-T -e -P -m",
     .format = "text",
     .options = {true, true, true, false},
     .milliseconds = true,
     .groups = {{.sum = 13, .values = THREE}},
     .n = 1,
     .want = "\n11:06:40\n" HEAD_MS THREE_TEXT THREE_PERCENTILES_MS
             "\navg = 4 msecs, total: 13 msecs, count: 3\n\n"},
    {.name = "percentiles are the upper ends of slots",
     .format = "text",
     .options = {.percentiles = true},
     .groups = {{.values = {{64, 98}, {1000, 1}, {70000, 1}}}},
     .n = 1,
     .want = "\n" HEAD "         0 -> 1          : 0        |" NONE "|\n"
             "         2 -> 3          : 0        |" NONE "|\n"
             "         4 -> 7          : 0        |" NONE "|\n"
             "         8 -> 15         : 0        |" NONE "|\n"
             "        16 -> 31         : 0        |" NONE "|\n"
             "        32 -> 63         : 0        |" NONE "|\n"
             "        64 -> 127        : 98       |" ALL "|\n"
             "       128 -> 255        : 0        |" NONE "|\n"
             "       256 -> 511        : 0        |" NONE "|\n"
             "       512 -> 1023       : 1        |" NONE "|\n"
             "      1024 -> 2047       : 0        |" NONE "|\n"
             "      2048 -> 4095       : 0        |" NONE "|\n"
             "      4096 -> 8191       : 0        |" NONE "|\n"
             "      8192 -> 16383      : 0        |" NONE "|\n"
             "     16384 -> 32767      : 0        |" NONE "|\n"
             "     32768 -> 65535      : 0        |" NONE "|\n"
             "     65536 -> 131071     : 1        |" NONE "|\n"
             "     p50 = 65, p90 = 65, p99 = 1007, p99.9 = 71679, max = 71679 usecs\n"},
    {.name = "-m -P: less than a millisecond is not 0",
     .format = "text",
     .options = {.percentiles = true},
     .milliseconds = true,
     .groups = {{.values = {{0, 60}, {12, 39}, {104, 1}}}},
     .n = 1,
     .want = "\n" HEAD_MS "         0 -> 1          : 60       |" ALL "|\n"
             "         2 -> 3          : 0        |" NONE "|\n"
             "         4 -> 7          : 0        |" NONE "|\n"
             "         8 -> 15         : 39       |**************************              |\n"
             "        16 -> 31         : 0        |" NONE "|\n"
             "        32 -> 63         : 0        |" NONE "|\n"
             "        64 -> 127        : 1        |" NONE "|\n"
             "     p50 < 1, p90 < 13, p99 < 13, p99.9 < 106, max < 106 msecs\n"},
    {.name = "-P: less than a microsecond is not 0",
     .format = "text",
     .options = {.percentiles = true},
     .groups = {{.values = {{0, 8}, {1, 2}}}},
     .n = 1,
     .want = "\n" HEAD "         0 -> 1          : 10       |" ALL "|\n"
             "     p50 < 1, p90 = 1, p99 = 1, p99.9 = 1, max = 1 usecs\n"},
    {.name = "counts of more than 8 digits",
     .format = "text",
     .groups = {{.values = {{0, 123456789}, {2, 99999999999}}}},
     .n = 1,
     .want = "\n" HEAD "         0 -> 1          : 123456789 |" NONE "|\n"
             "         2 -> 3          : 99999999999 |" ALL "|\n"},

    {.name = "empty",
     .format = "text",
     .options = {.extension = true, .percentiles = true},
     .groups = {{0}},
     .n = 1,
     .want = "\n"},
    {.name = "empty, -T",
     .format = "text",
     .options = {.timestamp = true},
     .groups = {{0}},
     .n = 1,
     .want = "\n11:06:40\n"},
    {.name = "no disk",
     .format = "text",
     .options = {true, true, true, false},
     .by = BY(DIMENSION_DISK),
     .want = "\n11:06:40\n"},

    {.name = "-D",
     .format = "text",
     .by = BY(DIMENSION_DISK),
     .groups = {{.disk = "sda", .values = THREE}, {.disk = "sdb", .values = THREE}},
     .n = 2,
     .want = "\n\ndisk = sda\n" HEAD THREE_TEXT "\ndisk = sdb\n" HEAD THREE_TEXT},
    {.name = "-F",
     .format = "text",
     .by = BY(DIMENSION_FLAGS),
     .groups = {{.flags = "Sync-Write", .values = THREE}},
     .n = 1,
     .want = "\n\nflags = Sync-Write\n" HEAD THREE_TEXT},
    {.name = "-D -F",
     .format = "text",
     .by = BY(DIMENSION_DISK) | BY(DIMENSION_FLAGS),
     .groups = {{.disk = "sda", .flags = "Read", .values = THREE},
                {.disk = "sda", .flags = "Write", .values = THREE}},
     .n = 2,
     .want =
         "\n\ndisk = sda, flags = Read\n" HEAD THREE_TEXT "\ndisk = sda, flags = Write\n" HEAD THREE_TEXT},
    {.name = "-D -T -e -P: one avg for all",
     .format = "text",
     .options = {true, true, true, false},
     .by = BY(DIMENSION_DISK),
     .groups = {{.disk = "sda", .sum = 13, .values = THREE}, {.disk = "sdb", .sum = 100, .values = THREE}},
     .n = 2,
     .want = "\n11:06:40\n\ndisk = sda\n" HEAD THREE_TEXT THREE_PERCENTILES
             "\ndisk = sdb\n" HEAD THREE_TEXT THREE_PERCENTILES
             "\navg = 18 usecs, total: 113 usecs, count: 6\n\n"},
};

static void test_text(void **state)
{
    (void)state;
    check_rows(text_rows, ARRAY_SIZE(text_rows));
}

static void check_lines(char *text, size_t n, size_t length, const char *last)
{
    char *rest, *previous = NULL;
    size_t lines = 0;
    assert_non_null(strtok_r(text, "\n", &rest)); // the header
    for (char *line = strtok_r(NULL, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        assert_int_equal(strlen(line), length);
        previous = line;
        lines++;
    }
    assert_int_equal(lines, n);
    assert_string_equal(previous, last);
}

// The form changes between slots 32 and 33: values have more than ten digits there.
static void test_text_wide(void **state)
{
    static const struct {
        uint64_t value;
        size_t lines;
        const char *last;
    } wide[] = {
        {(uint64_t)UINT32_MAX + 1, 33,
         "          4294967296 -> 8589934591           : 1        |**********          |"},
        {UINT64_MAX, 64, " 9223372036854775808 -> 18446744073709551615 : 1        |**********          |"},
    };
    struct render_row row = {.format = "text", .groups = {{.values = {{1, 2}, {UINT32_MAX, 1}}}}, .n = 1};
    (void)state;
    char *text = render(&row);
    assert_memory_equal(text, "\n" HEAD, strlen("\n" HEAD));
    check_lines(text, 32, 78, "2147483648 -> 4294967295 : 1        |" HALF "|");
    free(text);

    for (size_t i = 0; i < ARRAY_SIZE(wide); i++) {
        row.groups[0].values[1].value = wide[i].value;
        text = render(&row);
        assert_memory_equal(text, "\n" HEAD_WIDE, strlen("\n" HEAD_WIDE));
        check_lines(text, wide[i].lines, 78, wide[i].last);
        free(text);
    }
}

// ---- dict ----

#define DICT_HEAD "{'ts': '2026-11-18 11:06:40', 'val_type': 'usecs', 'data': ["
#define DICT_THREE                                                                                           \
    "{'interval-start': 0, 'interval-end': 1, 'count': 0}, {'interval-start': 2, 'interval-end': 3, "        \
    "'count': 1}, "                                                                                          \
    "{'interval-start': 4, 'interval-end': 7, 'count': 2}]"

static const struct render_row dict_rows[] = {
    {.name = "plain",
     .format = "dict",
     .groups = {{.values = THREE}},
     .n = 1,
     .want = "\n" DICT_HEAD DICT_THREE "}\n"},
    {.name = "-T; -e and -P change nothing",
     .format = "dict",
     .options = {true, true, true, false},
     .groups = {{.sum = 14, .values = THREE}},
     .n = 1,
     .want = "\n11:06:40\n" DICT_HEAD DICT_THREE "}\n"},
    {.name = "-m",
     .format = "dict",
     .milliseconds = true,
     .groups = {{.values = {{0, 1}}}},
     .n = 1,
     .want = "\n{'ts': '2026-11-18 11:06:40', 'val_type': 'msecs', 'data': "
             "[{'interval-start': 0, 'interval-end': 1, 'count': 1}]}\n"},
    {.name = "empty", .format = "dict", .groups = {{0}}, .n = 1, .want = "\n" DICT_HEAD "]}\n"},
    {.name = "no disk", .format = "dict", .by = BY(DIMENSION_DISK), .want = "\n"},
    {.name = "-D",
     .format = "dict",
     .by = BY(DIMENSION_DISK),
     .groups = {{.disk = "sda", .values = THREE}, {.disk = "sdb", .values = THREE}},
     .n = 2,
     .want = "\n" DICT_HEAD DICT_THREE ", 'disk': 'sda'}\n" DICT_HEAD DICT_THREE ", 'disk': 'sdb'}\n"},
    {.name = "-F",
     .format = "dict",
     .by = BY(DIMENSION_FLAGS),
     .groups = {{.flags = "Sync-Read", .values = THREE}},
     .n = 1,
     .want = "\n" DICT_HEAD DICT_THREE ", 'flags': 'Sync-Read'}\n"},
    {.name = "-D -F",
     .format = "dict",
     .by = BY(DIMENSION_DISK) | BY(DIMENSION_FLAGS),
     .groups = {{.disk = "sda", .flags = "Read", .values = THREE}},
     .n = 1,
     .want = "\n" DICT_HEAD DICT_THREE ", 'disk': 'sda', 'flags': 'Read'}\n"},
};

static void test_dict(void **state)
{
    (void)state;
    check_rows(dict_rows, ARRAY_SIZE(dict_rows));
}

// ---- json ----

#define JSON_WHEN "\"time\":\"2026-11-18T11:06:40.004+00:00\",\"seconds\":1.000,"
#define JSON_INTERVAL(unit)                                                                                  \
    "{\"type\":\"interval\",\"version\":2," JSON_WHEN "\"unit\":\"" unit "\","                               \
    "\"dropped\":{\"requests_map_full\":11,\"histogram_map_full\":12,\"no_start_time\":13,\"negative\":14,"  \
    "\"completion_not_seen\":17,\"probe_skipped\":16,\"in_flight_at_start\":15}}\n"
#define JSON_HISTOGRAM "{\"type\":\"histogram\"," JSON_WHEN
#define JSON_THREE                                                                                           \
    "\"unit\":\"usecs\",\"count\":3,\"sum\":13,\"percentiles\":{\"p50\":6,\"p90\":6,\"p99\":6,\"p99.9\":6,"  \
    "\"max\":6},\"buckets\":[[3,4,1],[5,6,2]]}\n"

static const struct render_row json_rows[] = {
    {.name = "plain",
     .format = "json",
     .groups = {{.sum = 13, .values = THREE}},
     .n = 1,
     .want = JSON_INTERVAL("usecs") JSON_HISTOGRAM JSON_THREE},
    {.name = "-T, -e and -P change nothing",
     .format = "json",
     .options = {true, true, true, false},
     .groups = {{.sum = 13, .values = THREE}},
     .n = 1,
     .want = JSON_INTERVAL("usecs") JSON_HISTOGRAM JSON_THREE},
    {.name = "empty",
     .format = "json",
     .milliseconds = true,
     .groups = {{0}},
     .n = 1,
     .want = JSON_INTERVAL("msecs") JSON_HISTOGRAM
     "\"unit\":\"msecs\",\"count\":0,\"sum\":0,\"percentiles\":{\"p50\":null,\"p90\":null,\"p99\":null,"
     "\"p99.9\":null,\"max\":null},\"buckets\":[]}\n"},
    {.name = "-m: less than a millisecond is not 0",
     .format = "json",
     .milliseconds = true,
     .groups = {{.values = {{0, 99}, {104, 1}}}},
     .n = 1,
     .want = JSON_INTERVAL("msecs") JSON_HISTOGRAM
     "\"unit\":\"msecs\",\"count\":100,\"sum\":0,\"percentiles\":{\"p50\":1,\"p90\":1,\"p99\":1,"
     "\"p99.9\":106,\"max\":106},\"buckets\":[[0,1,99],[104,106,1]]}\n"},
    {.name = "no disk", .format = "json", .by = BY(DIMENSION_DISK), .want = JSON_INTERVAL("usecs")},
    {.name = "-D: what was dropped comes once",
     .format = "json",
     .by = BY(DIMENSION_DISK),
     .groups = {{.disk = "sda", .sum = 13, .values = THREE}, {.disk = "sdb", .sum = 13, .values = THREE}},
     .n = 2,
     .want = JSON_INTERVAL("usecs") JSON_HISTOGRAM "\"disk\":\"sda\"," JSON_THREE JSON_HISTOGRAM
                                                   "\"disk\":\"sdb\"," JSON_THREE},
    {.name = "-F",
     .format = "json",
     .by = BY(DIMENSION_FLAGS),
     .groups = {{.flags = "Sync-Read", .sum = 13, .values = THREE}},
     .n = 1,
     .want = JSON_INTERVAL("usecs") JSON_HISTOGRAM "\"flags\":\"Sync-Read\"," JSON_THREE},
    {.name = "-D -F",
     .format = "json",
     .by = BY(DIMENSION_DISK) | BY(DIMENSION_FLAGS),
     .groups = {{.disk = "sda", .flags = "Read", .sum = 13, .values = THREE}},
     .n = 1,
     .want = JSON_INTERVAL("usecs") JSON_HISTOGRAM "\"disk\":\"sda\",\"flags\":\"Read\"," JSON_THREE},
    {.name = "--by disk,op",
     .format = "json",
     .by = BY(DIMENSION_DISK) | BY(DIMENSION_OP),
     .groups = {{.disk = "sda", .op = "read", .sum = 13, .values = THREE}},
     .n = 1,
     .want = JSON_INTERVAL("usecs") JSON_HISTOGRAM "\"disk\":\"sda\",\"op\":\"read\"," JSON_THREE},
    {.name = "largest",
     .format = "json",
     .groups = {{.sum = UINT64_MAX, .values = {{UINT64_MAX, UINT64_MAX}}}},
     .n = 1,
     .want = JSON_INTERVAL("usecs") JSON_HISTOGRAM
     "\"unit\":\"usecs\",\"count\":18446744073709551615,\"sum\":18446744073709551615,\"percentiles\":"
     "{\"p50\":18446744073709551615,\"p90\":18446744073709551615,\"p99\":18446744073709551615,"
     "\"p99.9\":18446744073709551615,\"max\":18446744073709551615},"
     "\"buckets\":[[18158513697557839872,18446744073709551615,18446744073709551615]]}\n"},
};

static void test_json(void **state)
{
    (void)state;
    check_rows(json_rows, ARRAY_SIZE(json_rows));
}

static void test_json_zones(void **state)
{
    static const struct {
        const char *zone, *want;
    } rows[] = {
        {"XXX-5:45", "{\"type\":\"interval\",\"version\":2,\"time\":\"2026-11-18T16:51:40.004+05:45\","},
        {"XXX3:30", "{\"type\":\"interval\",\"version\":2,\"time\":\"2026-11-18T07:36:40.004-03:30\","},
        {"XXX-14", "{\"type\":\"interval\",\"version\":2,\"time\":\"2026-11-19T01:06:40.004+14:00\","},
        {"UTC0", "{\"type\":\"interval\",\"version\":2,\"time\":\"2026-11-18T11:06:40.004+00:00\","},
    };
    const struct render_row row = {.format = "json", .groups = {{0}}, .n = 1};
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        setenv("TZ", rows[i].zone, 1);
        tzset();
        char *got = render(&row);
        assert_memory_equal(got, rows[i].want, strlen(rows[i].want));
        free(got);
    }
}

// ---- odd names ----

// NULL: not looked at.
static const struct {
    const char *name, *dict, *json;
} odd_names[] = {
    {"sda", "'sda'", "\"sda\""},
    {"", "''", "\"\""},
    {"it's", "\"it's\"", "\"it's\""},
    {"a\"b", "'a\"b'", "\"a\\\"b\""},
    {"'\"", "'\\'\"'", "\"'\\\"\""},
    {"a\\b", "'a\\\\b'", "\"a\\\\b\""},
    {"cciss/c0d0", "'cciss/c0d0'", "\"cciss/c0d0\""},
    {"\x01\x1f\x7f", "'\\x01\\x1f\\x7f'", "\"\\u0001\\u001f\x7f\""},
    {"\x1b[31m", "'\\x1b[31m'", "\"\\u001b[31m\""},
    {"\t\n\r", "'\\t\\n\\r'", "\"\\u0009\\u000a\\u000d\""},
    {"\b\f\v", "'\\x08\\x0c\\x0b'", "\"\\u0008\\u000c\\u000b\""},
    {"\xc3\xa9\xe4\xb8\xad\xf0\x9f\x92\xbd", "'\xc3\xa9\xe4\xb8\xad\xf0\x9f\x92\xbd'",
     "\"\xc3\xa9\xe4\xb8\xad\xf0\x9f\x92\xbd\""},
    // not UTF-8: a stray byte, a cut sequence, an overlong one, a surrogate, beyond U+10FFFF
    {"a\xff", NULL, "\"a\\ufffd\""},
    {"a\xe4\xb8", NULL, "\"a\\ufffd\\ufffd\""},
    {"\xe4\xb8z", NULL, "\"\\ufffd\\ufffdz\""},
    {"\xc0\xaf", NULL, "\"\\ufffd\\ufffd\""},
    {"\xed\xa0\x80", NULL, "\"\\ufffd\\ufffd\\ufffd\""},
    {"\xf4\x90\x80\x80", NULL, "\"\\ufffd\\ufffd\\ufffd\\ufffd\""},
};

static bool shows(const char *format, const char *name, const char *before, const char *want)
{
    const struct render_row row = {
        .format = format, .by = BY(DIMENSION_DISK), .groups = {{.disk = name, .values = THREE}}, .n = 1};
    char all[128], *got = render(&row);
    snprintf(all, sizeof(all), "%s%s%s", before, want, format[0] == 'd' ? "}\n" : ",\"unit\"");
    bool found = strstr(got, all);
    if (!found)
        print_error("%s lacks %s:\n%s", format, all, got);
    free(got);
    return found;
}

static void test_odd_names(void **state)
{
    size_t failed = 0;
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(odd_names); i++) {
        if (odd_names[i].dict)
            failed += !shows("dict", odd_names[i].name, "'disk': ", odd_names[i].dict);
        failed += !shows("json", odd_names[i].name, "\"disk\":", odd_names[i].json);
    }
    assert_int_equal(failed, 0);
}

// ---- the table of formats ----

static void test_formats(void **state)
{
    static const struct {
        const char *name;
        bool found, opens;
        unsigned needs;
    } rows[] = {
        {"text", true, true, 0},   {"dict", true, false, 0},  {"json", true, false, OUTPUT_NEEDS_SUMS},
        {"", false, false, 0},     {"JSON", false, false, 0}, {"tex", false, false, 0},
        {"jsonl", false, false, 0}};
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct output *output = output_find(rows[i].name);
        assert_int_equal(output != NULL, rows[i].found);
        if (!output)
            continue;
        assert_string_equal(output->name, rows[i].name);
        assert_int_equal(output->open != NULL, rows[i].opens);
        assert_int_equal(output->needs, rows[i].needs);
    }
}

static void test_open(void **state)
{
    const struct output_options options = {0};
    struct printing printing;
    (void)state;
    assert_int_equal(output_find("text")->open(printing_begin(&printing, &options), NULL), 0);
    char *got = printing_end(&printing);
    assert_string_equal(got, "Tracing block device I/O... Hit Ctrl-C to end.\n");
    free(got);
}

// For the comparison with the schema.
static int print_json(void)
{
    for (size_t i = 0; i < ARRAY_SIZE(json_rows); i++) {
        char *got = render(&json_rows[i]);
        fputs(got, stdout);
        free(got);
    }
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),    cmocka_unit_test(test_text_wide),  cmocka_unit_test(test_dict),
        cmocka_unit_test(test_json),    cmocka_unit_test(test_json_zones), cmocka_unit_test(test_odd_names),
        cmocka_unit_test(test_formats), cmocka_unit_test(test_open),
    };
    setenv("TZ", "UTC0", 1);
    tzset();
    if (argc > 1 && strcmp(argv[1], "--json") == 0)
        return print_json();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
