// SPDX-License-Identifier: Apache-2.0
// What the process with libbcc has no place for is refused in words, not left out in silence.
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "bcc/bcc.h"
#include "testing.h"
#include "trace/embedded.h"

#define MOST_DEFINES 87
#define MOST_FUNCTIONS 16

static struct bcc *open_bcc(void)
{
    struct bcc *bcc = NULL;
    assert_int_equal(bcc_open(&bcc, embedded_headers, embedded_headers_count, NULL), 0);
    return bcc;
}

static int compile(struct bcc *bcc, const char *text, size_t n_defines)
{
    char names[MOST_DEFINES + 1][16];
    const char *defines[MOST_DEFINES + 1];
    for (size_t i = 0; i < n_defines; i++) {
        snprintf(names[i], sizeof(names[i]), "DEFINE_%zu", i);
        defines[i] = names[i];
    }
    const struct bcc_source source = {.text = text, .defines = defines, .n_defines = n_defines};
    int error = bcc_compile(bcc, &source);
    if (error == -ELIBACC || error == -EPERM) {
        bcc_close(bcc);
        skip();
    }
    return error;
}

static void assert_explained(struct bcc *bcc, const char *words)
{
    char why[128];
    bcc_explain(bcc, -E2BIG, why, sizeof(why));
    assert_string_equal(why, words);
}

static void test_defines(void **state)
{
    struct bcc *bcc = open_bcc();
    (void)state;
    assert_int_equal(compile(bcc, "this is no C", MOST_DEFINES), -EINVAL);
    assert_int_equal(compile(bcc, "this is no C", MOST_DEFINES + 1), -E2BIG);
    assert_explained(bcc, "too many defines: 87 are the most");
    bcc_close(bcc);
}

// Needs the right to load programs.
static void test_functions(void **state)
{
    struct bcc *bcc = open_bcc();
    char text[(MOST_FUNCTIONS + 1) * 40] = "", name[8];
    (void)state;
    for (int i = 0; i <= MOST_FUNCTIONS; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "int f%d(void *ctx) { return 0; }\n", i);
    assert_int_equal(compile(bcc, text, 0), 0);
    for (int i = 0; i <= MOST_FUNCTIONS; i++) {
        snprintf(name, sizeof(name), "f%d", i);
        int fd = bcc_load(bcc, BCC_RAW_TRACEPOINT, name);
        if (fd == -EPERM) {
            bcc_close(bcc);
            skip();
        }
        if (i == MOST_FUNCTIONS)
            assert_int_equal(fd, -E2BIG);
        else
            assert_true(fd >= 0);
        close(fd);
    }
    assert_explained(bcc, "too many functions: 16 are the most");
    bcc_close(bcc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defines),
        cmocka_unit_test(test_functions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
