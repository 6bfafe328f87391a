// SPDX-License-Identifier: Apache-2.0
// Loads every handler of the examples' probe texts, those for all kernels with kprobes as well, compiled with
// the small helpers and with libbcc's own, which take their place where a text uses a helper that the small
// ones lack. What the texts say in the trace pipe and submit to perf buffers is tested by the scripts;
// nothing is attached here.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bcc/bcc.h"
#include "created_calls.h"
#include "kernel/kernel.h"
#include "trace/embedded.h"

#define SKIPPED 77

// Behind a text: the small helpers do not have this one.
static const char uncommon[] = "\nint uncommon(void *ctx) { return bpf_get_numa_node_id(); }\n";

static int fail(struct bcc *bcc, const char *name, const char *what, int error)
{
    char *log = bcc ? bcc_log(bcc) : NULL;
    fprintf(stderr, "FAILED: %s: %s: %s\n%s\n", name, what, strerror(-error), log ? log : "");
    free(log);
    return 1;
}

// The layer compiles once more if the first try fails; the log tells.
static bool took_second_try(struct bcc *bcc)
{
    char *log = bcc_log(bcc);
    bool failed_once = strstr(log, "error:") != NULL;
    free(log);
    return failed_once;
}

static int load(struct bcc *bcc, const char *name, enum bcc_kind kind, const char *handler)
{
    int fd = bcc_load(bcc, kind, handler);
    if (fd < 0 && fd != -EEXIST) // loaded already: several functions have one handler
        return fail(bcc, name, handler, fd);
    if (fd >= 0)
        close(fd);
    return 0;
}

static int load_all(struct bcc *bcc, const char *name, const char *text, bool second_try)
{
    const struct bcc_source source = {.text = text};
    int failures = 0, error = bcc_compile(bcc, &source);
    if (error)
        return fail(bcc, name, "compiling", error);
    if (took_second_try(bcc) != second_try)
        failures +=
            fail(bcc, name, second_try ? "not with libbcc's helpers" : "not with the small helpers", 0);
    failures += load(bcc, name, BCC_RAW_TRACEPOINT, "created_newtask");
    for (size_t i = 0; i < CREATED_NAMES; i++)
        failures += load(bcc, name, BCC_KPROBE, created_handler(i));
    return failures;
}

static int test_text(const char *name, const char *text, bool second_try)
{
    struct bcc *bcc = NULL;
    int error = bcc_open(&bcc, embedded_headers, embedded_headers_count, NULL);
    int failures = error ? fail(NULL, name, "bcc_open", error) : load_all(bcc, name, text, second_try);
    bcc_close(bcc);
    return failures;
}

static int test_both(const char *name, const char *text)
{
    char *longer = NULL;
    if (asprintf(&longer, "%s%s", text, uncommon) < 0)
        return 1;
    int failures = test_text(name, text, false) + test_text(name, longer, true);
    free(longer);
    return failures;
}

int main(void)
{
    if (kernel_lacks_capability()) {
        puts("skipped: not root");
        return SKIPPED;
    }
    int failures = test_both("hello_world", embedded_hello_world) +
                   test_both("hello_perf_output", embedded_hello_perf_output) +
                   test_both("clone_count", embedded_clone_count);
    return failures > 0;
}
