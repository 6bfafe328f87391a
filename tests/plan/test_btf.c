// SPDX-License-Identifier: Apache-2.0
// btf.h on BTF made by hand, whole and damaged.
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "btf_blob.h"
#include "kernel/btf.h"

struct sample {
    unsigned char data[BLOB_SIZE * 3];
    size_t size;
    struct btf *btf;
};

static struct sample sample; // of the whole group

static int open_sample(void **state)
{
    *state = &sample;
    sample.size = blob_sample(sample.data, sizeof(sample.data));
    return btf_parse(&sample.btf, sample.data, sample.size);
}

static int close_sample(void **state)
{
    (void)state;
    btf_close(sample.btf);
    return 0;
}

// ---- questions ----

static void test_members(void **state)
{
    static const struct {
        const char *structure, *member;
        int offset;
    } rows[] = {
        {"request", "q", 0},          {"request", "cmd_flags", 8},      {"request", "bio", 16},
        {"request", "rq_next", 16},   {"request", "__sector", 24},      {"request", "__data_len", 32},
        {"request", "part", 40},      {"request", "hidden", -ENOENT}, // a member of a member with a name
        {"request", "none", -ENOENT}, {"request", "cmd", -ENOENT},      {"none", "q", -ENOENT},
        {"req_opf", "q", -ENOENT},    {"inner_t", "__sector", -ENOENT}, // a typedef is no struct
        {"gendisk", "major", 0},      {"gendisk", "three", 4},          {"gendisk", "five", -EINVAL},
        {"gendisk", "low", 8},        {"gendisk", "high", -EINVAL},     {"gendisk", "first_minor", 12},
        {"named", "hidden", 0},
    };
    const struct sample *s = *state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int is = btf_member_offset(s->btf, rows[i].structure, rows[i].member);
        if (is != rows[i].offset)
            fail_msg("%s.%s is at %d, should be at %d", rows[i].structure, rows[i].member, is,
                     rows[i].offset);
    }
}

static void test_enumerators(void **state)
{
    static const struct {
        const char *name;
        bool found;
        uint64_t value;
    } rows[] = {
        {"REQ_OP_READ", true, 0},       {"REQ_OP_DRV_OUT", true, 35}, {"__RQF_STATS", true, 11},
        {"WIDE", true, 1ULL << 40 | 5}, {"WIDEST", true, UINT64_MAX}, {"MINUS_ONE", true, UINT64_MAX},
        {"REQ_OP", false, 0},           {"req_opf", false, 0},        {"NONE", false, 0},
    };
    const struct sample *s = *state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint64_t value = 0;
        assert_int_equal(btf_enumerator(s->btf, rows[i].name, &value), rows[i].found);
        if (rows[i].found)
            assert_true(value == rows[i].value);
    }
}

static void append_enumerator(void *context, const char *name, uint64_t value)
{
    char *text = context;
    snprintf(text + strlen(text), 256 - strlen(text), "%s=%llx ", name, (unsigned long long)value);
}

static void test_enum_each(void **state)
{
    static const struct {
        const char *name, *text;
        bool found;
    } rows[] = {
        {"req_opf", "REQ_OP_READ=0 REQ_OP_WRITE=1 REQ_OP_DRV_OUT=23 ", true},
        {"wide", "WIDE=10000000005 WIDEST=ffffffffffffffff ", true},
        {"empty", "", true},
        {"none", "", false},
        {"request", "", false},
    };
    const struct sample *s = *state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[256] = "";
        assert_int_equal(btf_enum_each(s->btf, rows[i].name, append_enumerator, text), rows[i].found);
        assert_string_equal(text, rows[i].text);
    }
}

static void test_arguments(void **state)
{
    static const struct {
        const char *name;
        int tracepoint, function;
    } rows[] = {
        {"block_rq_issue", 2, -ENOENT},
        {"block_rq_complete", 3, -ENOENT},
        {"nothing", 0, -ENOENT},
        {"number", -ENOENT, -ENOENT},
        {"none", -ENOENT, -ENOENT},
        {"block_rq", -ENOENT, -ENOENT},
        {"blk_account_io_start", -ENOENT, 2},
        {"no_arguments", -ENOENT, 0},
        {"no_prototype", -ENOENT, -ENOENT},
        {"out_of_range", -ENOENT, -ENOENT},
        {"a_name_that_is_much_longer_than_any_tracepoint_of_any_kernel_ever_was_or_will_be_and_then_some_"
         "more_of_it",
         -ENOENT, -ENOENT},
    };
    const struct sample *s = *state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(btf_tracepoint_args(s->btf, rows[i].name), rows[i].tracepoint);
        assert_int_equal(btf_function_args(s->btf, rows[i].name), rows[i].function);
    }
}

// ---- files ----

static void test_open(void **state)
{
    const struct sample *s = *state;
    struct btf *btf = NULL;
    char path[] = "/tmp/test_btf.XXXXXX";
    assert_int_equal(btf_open(&btf, "/nonexistent/btf"), -ENOENT);
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(btf_open(&btf, path), -EINVAL); // empty
    assert_int_equal(write(fd, s->data, s->size), s->size);
    close(fd);
    assert_int_equal(btf_open(&btf, path), 0);
    unlink(path);
    assert_int_equal(btf_member_offset(btf, "gendisk", "first_minor"), 12);
    btf_close(btf);
    btf_close(NULL);
}

static void test_header(void **state)
{
    static const struct {
        size_t at;
        unsigned char value;
    } rows[] = {
        {0, 0x9e},  // magic
        {1, 0x9f},  // magic of the other byte order, as one would read it, has both bytes changed
        {2, 2},     // version
        {4, 23},    // a header shorter than it was ever
        {4, 25},    // types that are not aligned
        {7, 0x80},  // a header longer than the file
        {8, 1},     // types that are not aligned
        {11, 0x80}, // types after the end
        {15, 0x80}, // more types than there is room
        {19, 0x80}, // strings after the end
        {23, 0x80}, // more strings than there is room
    };
    const struct sample *s = *state;
    unsigned char data[sizeof(s->data)];
    struct btf *btf = NULL;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        memcpy(data, s->data, s->size);
        data[rows[i].at] = rows[i].value;
        assert_int_equal(btf_parse(&btf, data, s->size), -EINVAL);
    }
    assert_int_equal(btf_parse(&btf, s->data, s->size - 1), -EINVAL); // strings without their last 0
    assert_int_equal(btf_parse(&btf, "", 0), -EINVAL);
}

// A later kernel may have a longer header, and bytes between the parts.
static void test_longer_header(void **state)
{
    const struct sample *s = *state;
    unsigned char data[sizeof(s->data) + 16] = {0};
    struct btf *btf = NULL;
    memcpy(data, s->data, 24);
    data[4] = 32;
    memcpy(data + 32, s->data + 24, s->size - 24);
    assert_int_equal(btf_parse(&btf, data, s->size + 16), 0);
    assert_int_equal(btf_member_offset(btf, "gendisk", "first_minor"), 12);
    btf_close(btf);
}

static void test_unknown_kind(void **state)
{
    struct blob blob;
    struct btf *btf = NULL;
    unsigned char data[256];
    (void)state;
    blob_init(&blob);
    blob_type(&blob, "new", 20, 0, false, 0);
    assert_int_equal(btf_parse(&btf, data, blob_finish(&blob, data, sizeof(data))), -EINVAL);
}

static void test_no_types(void **state)
{
    struct blob blob;
    struct btf *btf = NULL;
    unsigned char data[256];
    uint64_t value;
    (void)state;
    blob_init(&blob);
    assert_int_equal(btf_parse(&btf, data, blob_finish(&blob, data, sizeof(data))), 0);
    assert_int_equal(btf_member_offset(btf, "request", "q"), -ENOENT);
    assert_false(btf_enumerator(btf, "REQ_OP_READ", &value));
    btf_close(btf);
}

// ---- damage ----

static void count_enumerator(void *context, const char *name, uint64_t value)
{
    size_t *n = context;
    *n += strlen(name) + (value != 0);
}

// Asks all that can be asked; answers may be anything.
static void ask_all(const struct btf *btf)
{
    static const char *const words[] = {"request",     "gendisk",        "named",   "__data_len",
                                        "five",        "none",           "req_opf", "wide",
                                        "__RQF_STATS", "block_rq_issue", "number",  ""};
    const size_t n = sizeof(words) / sizeof(words[0]);
    size_t letters = 0;
    uint64_t value;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++)
            btf_member_offset(btf, words[i], words[j]);
        btf_enumerator(btf, words[i], &value);
        btf_enum_each(btf, words[i], count_enumerator, &letters);
        btf_tracepoint_args(btf, words[i]);
        btf_function_args(btf, words[i]);
    }
}

// The copy is just as large as what is parsed, so that a sanitizer sees each byte read beyond it.
static void parse_damaged(const unsigned char *data, size_t size)
{
    struct btf *btf = NULL;
    if (btf_parse(&btf, data, size) != 0)
        return;
    ask_all(btf);
    btf_close(btf);
}

static void test_truncated(void **state)
{
    const struct sample *s = *state;
    for (size_t size = 0; size < s->size; size++) {
        struct btf *btf = NULL;
        assert_int_equal(btf_parse(&btf, s->data, size), -EINVAL);
    }
}

// Types and strings cut off, with a header that says so.
static void test_truncated_parts(void **state)
{
    const struct sample *s = *state;
    unsigned char data[sizeof(s->data)];
    uint32_t sizes[2];
    memcpy(&sizes[0], s->data + 12, 4);
    memcpy(&sizes[1], s->data + 20, 4);
    for (int part = 0; part < 2; part++)
        for (uint32_t size = 0; size < sizes[part]; size++) {
            memcpy(data, s->data, s->size);
            memcpy(data + (part ? 20 : 12), &size, 4);
            parse_damaged(data, s->size);
        }
}

static void test_corrupted(void **state)
{
    static const unsigned char masks[] = {0x01, 0x02, 0x04, 0x10, 0x80, 0xff};
    const struct sample *s = *state;
    unsigned char data[sizeof(s->data)];
    memcpy(data, s->data, s->size);
    for (size_t at = 0; at < s->size; at++)
        for (size_t i = 0; i < sizeof(masks); i++) {
            data[at] ^= masks[i];
            parse_damaged(data, s->size);
            data[at] ^= masks[i];
        }
}

// A chain of typedefs that is a ring, pointers to nothing, a struct in itself.
static void test_rings(void **state)
{
    struct blob blob;
    struct btf *btf = NULL;
    unsigned char data[1024];
    (void)state;
    blob_init(&blob);
    blob_type(&blob, "btf_trace_ring", BLOB_TYPEDEF, 0, false, 1);
    blob_type(&blob, "btf_trace_far", BLOB_TYPEDEF, 0, false, 1000);
    blob_type(&blob, "self", BLOB_STRUCT, 2, false, 4);
    blob_member(&blob, "", 3, 0);
    blob_member(&blob, "", 1, 0);
    assert_int_equal(btf_parse(&btf, data, blob_finish(&blob, data, sizeof(data))), 0);
    assert_int_equal(btf_tracepoint_args(btf, "ring"), -ENOENT);
    assert_int_equal(btf_tracepoint_args(btf, "far"), -ENOENT);
    assert_int_equal(btf_member_offset(btf, "self", "none"), -ENOENT);
    btf_close(btf);
}

static int ask_struct_in_itself(unsigned times)
{
    struct blob blob;
    struct btf *btf = NULL;
    unsigned char data[2048];
    blob_init(&blob);
    blob_type(&blob, "self", BLOB_STRUCT, times, false, 4);
    for (unsigned i = 0; i < times; i++)
        blob_member(&blob, "", 1, 0);
    if (btf_parse(&btf, data, blob_finish(&blob, data, sizeof(data))) != 0)
        return 1;
    int offset = btf_member_offset(btf, "self", "none");
    btf_close(btf);
    return offset != -ENOENT;
}

// Any bytes are taken, also those of a struct that has itself in it many times over: the answer must come
// nevertheless.
static void test_answer_comes(void **state)
{
    int status;
    (void)state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        signal(SIGALRM, SIG_DFL);
        alarm(5);
        _exit(ask_struct_in_itself(64));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
        fail_msg("no answer within 5 seconds");
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members),
        cmocka_unit_test(test_enumerators),
        cmocka_unit_test(test_enum_each),
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_open),
        cmocka_unit_test(test_header),
        cmocka_unit_test(test_longer_header),
        cmocka_unit_test(test_unknown_kind),
        cmocka_unit_test(test_no_types),
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_truncated_parts),
        cmocka_unit_test(test_corrupted),
        cmocka_unit_test(test_rings),
        cmocka_unit_test(test_answer_comes),
    };
    return cmocka_run_group_tests(tests, open_sample, close_sample);
}
