// SPDX-License-Identifier: Apache-2.0
// Where the examples attach on which kernel, and what they say where they cannot. The lists of functions and
// libbcc are stood in for by what is below (--wrap in CMakeLists.txt).
#include "util/fail.h" // cmocka has a macro of that name

#include "testing.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "created.h"
#include "kernel/functions.h"

// What a kernel has. filter: its available_filter_functions, NULL if that cannot be read. Both lists also
// have lines that must not be taken for what they resemble.
struct recorded {
    const char *name, *kallsyms, *filter;
    bool no_kprobes;
    const char *attached; // what is wanted: "FUNCTION/HANDLER ..."
};

// Debian's, as they are: on 5.10, 6.1, 6.12 and 7.2 alike but for the addresses.
#define NEW_KALLSYMS                                                                                         \
    "ffffffff84c36520 t __do_compat_sys_ia32_clone\n"                                                        \
    "ffffffff84c36a30 T __ia32_compat_sys_ia32_clone\n"                                                      \
    "ffffffff84c941a0 T kernel_clone\n"                                                                      \
    "ffffffff84c945d0 t __do_sys_clone\n"                                                                    \
    "ffffffff84c94680 t __do_sys_clone3\n"                                                                   \
    "ffffffff84c948b0 t __do_sys_fork\n"                                                                     \
    "ffffffff84c948b0 T __ia32_sys_fork\n"                                                                   \
    "ffffffff84c948b0 T __x64_sys_fork\n"                                                                    \
    "ffffffff84c94910 t __do_sys_vfork\n"                                                                    \
    "ffffffff84c94910 T __ia32_sys_vfork\n"                                                                  \
    "ffffffff84c94910 T __x64_sys_vfork\n"                                                                   \
    "ffffffff84c94980 T __x64_sys_clone\n"                                                                   \
    "ffffffff84c949b0 T __ia32_sys_clone\n"                                                                  \
    "ffffffff84c949d0 T __x64_sys_clone3\n"                                                                  \
    "ffffffff84c949f0 T __ia32_sys_clone3\n"
#define NEW_FILTER                                                                                           \
    "__ia32_compat_sys_ia32_clone\nkernel_clone\n__do_sys_fork\n__do_sys_vfork\n__x64_sys_clone\n"           \
    "__ia32_sys_clone\n__x64_sys_clone3\n__ia32_sys_clone3\nsubflow_ulp_clone\n"

// 4.9 as its source tells (include/linux/syscalls.h, arch/x86/ia32/sys_ia32.c), and 4.14, where it was seen
// that the list has SyS_clone, and no SyS_clone3. compat_SyS_x86_clone calls sys_clone.
#define OLD_KALLSYMS                                                                                         \
    "ffffffff8106b5c0 T _do_fork\n"                                                                          \
    "ffffffff8106b9a0 T sys_fork\n"                                                                          \
    "ffffffff8106b9d0 T sys_vfork\n"                                                                         \
    "ffffffff8106ba00 T SyS_clone\n"                                                                         \
    "ffffffff8106ba00 T sys_clone\n"                                                                         \
    "ffffffff81071210 T compat_SyS_x86_clone\n"                                                              \
    "ffffffff81071210 T compat_sys_x86_clone\n"                                                              \
    "ffffffff81803f80 T stub32_clone\n"
#define OLD_FILTER "_do_fork\nsys_fork\nsys_vfork\nSyS_clone\ncompat_SyS_x86_clone\n"

// 4.17 to 5.6, from arch/x86/include/asm/syscall_wrapper.h: no __do_sys_fork yet; 5.3 brings clone3.
#define X64_4_17                                                                                             \
    "ffffffff81069d50 T _do_fork\n"                                                                          \
    "ffffffff8106a150 t __do_sys_clone\n"                                                                    \
    "ffffffff8106a170 T __ia32_sys_fork\n"                                                                   \
    "ffffffff8106a170 T __x64_sys_fork\n"                                                                    \
    "ffffffff8106a1a0 T __ia32_sys_vfork\n"                                                                  \
    "ffffffff8106a1a0 T __x64_sys_vfork\n"                                                                   \
    "ffffffff8106a1d0 T __x64_sys_clone\n"                                                                   \
    "ffffffff8106a200 T __ia32_sys_clone\n"                                                                  \
    "ffffffff81070020 T __ia32_compat_sys_x86_clone\n"
#define X64_4_17_FILTER                                                                                      \
    "_do_fork\n__ia32_sys_fork\n__ia32_sys_vfork\n__x64_sys_clone\n__ia32_sys_clone\n"                       \
    "__ia32_compat_sys_x86_clone\n"
#define X64_CLONE3 "ffffffff8106a260 T __x64_sys_clone3\nffffffff8106a290 T __ia32_sys_clone3\n"

// arm64, from arch/arm64/include/asm/syscall_wrapper.h. fork and vfork are there for 32-bit programs.
#define ARM64                                                                                                \
    "ffff0000080d2258 T _do_fork\n"                                                                          \
    "ffff0000080d2650 T __arm64_sys_fork\n"                                                                  \
    "ffff0000080d2688 T __arm64_sys_vfork\n"                                                                 \
    "ffff0000080d26c0 T __arm64_sys_clone\n"
#define ARM64_FILTER "_do_fork\n__arm64_sys_fork\n__arm64_sys_vfork\n__arm64_sys_clone\n"

#define X64_CLONE "__x64_sys_clone/created_wrapped_clone "
#define WRAPPED_CLONE3 "__x64_sys_clone3/created_wrapped_clone3 "
#define RAW "task_newtask/created_newtask "

// To add a kernel: a row.
static const struct recorded rows[] = {
    {"4.9", OLD_KALLSYMS, OLD_FILTER, false,
     "SyS_clone/created_clone sys_fork/created_fork sys_vfork/created_fork "},
    {"4.14", OLD_KALLSYMS, OLD_FILTER, false,
     "SyS_clone/created_clone sys_fork/created_fork sys_vfork/created_fork "},
    {"4.14, the list cannot be read", OLD_KALLSYMS, NULL, false,
     "SyS_clone/created_clone sys_fork/created_fork sys_vfork/created_fork "},
    {"4.14, the other name in the list", OLD_KALLSYMS, "sys_clone\nsys_fork\nsys_vfork\n", false,
     "sys_clone/created_clone sys_fork/created_fork sys_vfork/created_fork "},
    {"4.17", X64_4_17, X64_4_17_FILTER, false,
     X64_CLONE "__ia32_sys_fork/created_fork __ia32_sys_vfork/created_fork "},
    {"4.17 without 32-bit programs",
     "ffffffff8106a170 T __x64_sys_fork\nffffffff8106a1a0 T __x64_sys_vfork\n"
     "ffffffff8106a1d0 T __x64_sys_clone\n",
     "__x64_sys_fork\n__x64_sys_vfork\n__x64_sys_clone\n", false,
     X64_CLONE "__x64_sys_fork/created_fork __x64_sys_vfork/created_fork "},
    {"5.4", X64_4_17 X64_CLONE3, X64_4_17_FILTER "__x64_sys_clone3\n__ia32_sys_clone3\n", false,
     X64_CLONE WRAPPED_CLONE3 "__ia32_sys_fork/created_fork __ia32_sys_vfork/created_fork "},
    {"5.10 to 7.2", NEW_KALLSYMS, NEW_FILTER, false,
     X64_CLONE WRAPPED_CLONE3 "__do_sys_fork/created_fork __do_sys_vfork/created_fork "},
    {"5.10, the list cannot be read", NEW_KALLSYMS, NULL, false,
     X64_CLONE WRAPPED_CLONE3 "__x64_sys_fork/created_fork __x64_sys_vfork/created_fork "},
    {"6.18 without kprobes", NEW_KALLSYMS, NULL, true, RAW},
    {"5.10, clone3 is not traceable", NEW_KALLSYMS,
     "__do_sys_fork\n__do_sys_vfork\n__x64_sys_clone\n__ia32_sys_clone3\n", false, RAW},
    {"arm64 4.14",
     "ffff0000080cfcf0 T SyS_clone\nffff0000080cfcf0 T sys_clone\nffff0000080cfc80 T sys_fork\n",
     "SyS_clone\nsys_fork\n", false, "SyS_clone/created_clone sys_fork/created_fork "},
    {"arm64 4.19", ARM64, ARM64_FILTER, false,
     "__arm64_sys_clone/created_wrapped_clone __arm64_sys_fork/created_fork "
     "__arm64_sys_vfork/created_fork "},
    {"arm64 5.4", ARM64 "ffff0000080d2728 T __arm64_sys_clone3\n", ARM64_FILTER "__arm64_sys_clone3\n", false,
     "__arm64_sys_clone/created_wrapped_clone __arm64_sys_clone3/created_wrapped_clone3 "
     "__arm64_sys_fork/created_fork __arm64_sys_vfork/created_fork "},
};

// ---- what stands in ----

static struct {
    const struct recorded *kernel;
    const char *refused; // functions that this word is in cannot be attached to
    int raw_error;       // of loading a raw tracepoint
    char attached[512];
    int links[8];
    size_t n_links;
    int closed_before_raw;
    int stopped;
} fake; // cleared by attach()

bool __wrap_functions_have_kprobes(void);
bool __wrap_functions_have_kprobes(void)
{
    return !fake.kernel->no_kprobes;
}

static FILE *open_text(const char *text)
{
    return text ? fmemopen((void *)(uintptr_t)text, strlen(text), "r") : NULL;
}

void __wrap_functions_ask(const char *const names[], enum function_state states[], size_t n);
void __wrap_functions_ask(const char *const names[], enum function_state states[], size_t n)
{
    FILE *filter = open_text(fake.kernel->filter), *symbols = open_text(fake.kernel->kallsyms);
    functions_read(filter, symbols, names, states, n);
    fclose(symbols);
    if (filter)
        fclose(filter);
}

int __wrap_bcc_load(struct bcc *bcc, enum bcc_kind kind, const char *name);
int __wrap_bcc_load(struct bcc *bcc, enum bcc_kind kind, const char *name)
{
    (void)bcc;
    (void)name;
    return kind == BCC_RAW_TRACEPOINT && fake.raw_error ? fake.raw_error : open("/dev/null", O_RDONLY);
}

int __wrap_bcc_attach(struct bcc *bcc, enum bcc_kind kind, const char *name, const char *target);
int __wrap_bcc_attach(struct bcc *bcc, enum bcc_kind kind, const char *name, const char *target)
{
    size_t n = strlen(fake.attached);
    (void)bcc;
    if (fake.refused && strstr(target, fake.refused))
        return -EOPNOTSUPP;
    snprintf(fake.attached + n, sizeof(fake.attached) - n, "%s/%s ", target, name);
    for (size_t i = 0; kind == BCC_RAW_TRACEPOINT && i < fake.n_links; i++)
        fake.closed_before_raw += fcntl(fake.links[i], F_GETFD) < 0;
    // High numbers: nothing else opens them again.
    int low = open("/dev/null", O_RDONLY), link = fcntl(low, F_DUPFD, 100 + (int)fake.n_links);
    close(low);
    fake.links[fake.n_links++] = link;
    return link;
}

void __wrap_bcc_stop(struct bcc *bcc);
void __wrap_bcc_stop(struct bcc *bcc)
{
    (void)bcc;
    fake.stopped++;
}

// ---- tests ----

// Attaches and detaches on a kernel; what was said on stderr is in said.
static int attach(const struct recorded *kernel, const char *refused, int raw_error, char *said, size_t size)
{
    struct created created = {.n = 0};
    int saved = dup(STDERR_FILENO), file = memfd_create("said", MFD_CLOEXEC);
    memset(&fake, 0, sizeof(fake));
    fake.kernel = kernel;
    fake.refused = refused;
    fake.raw_error = raw_error;
    dup2(file, STDERR_FILENO);
    int status = created_attach(&created, NULL);
    dup2(saved, STDERR_FILENO);
    ssize_t n = pread(file, said, size - 1, 0);
    said[n < 0 ? 0 : n] = 0;
    created_detach(&created);
    close(saved);
    close(file);
    return status;
}

static void test_each_kernel(void **state)
{
    char said[1024];
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        assert_int_equal(attach(&rows[i], NULL, 0, said, sizeof(said)), EXIT_DONE);
        if (strcmp(fake.attached, rows[i].attached) != 0)
            fail_msg("%s: attached to '%s', should be '%s'", rows[i].name, fake.attached, rows[i].attached);
        assert_string_equal(said, "");
        assert_int_equal(fake.stopped, 1);
    }
}

static void address_of(const char *kallsyms, const char *function, char address[17])
{
    char word[64];
    for (const char *line = kallsyms; *line; line = strchr(line, '\n') + 1)
        if (sscanf(line, "%16s %*s %63s", address, word) == 2 && strcmp(word, function) == 0)
            return;
    fail_msg("%s is not in the list", function);
}

// No two probes are on one function: it would count twice.
static void test_none_twice(void **state)
{
    char said[1024];
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char addresses[8][17];
        size_t n = 0;
        attach(&rows[i], NULL, 0, said, sizeof(said));
        for (char *rest, *word = strtok_r(fake.attached, " ", &rest); word;
             word = strtok_r(NULL, " ", &rest)) {
            word[strcspn(word, "/")] = 0;
            if (strcmp(word, "task_newtask") == 0)
                continue;
            address_of(rows[i].kallsyms, word, addresses[n]);
            for (size_t j = 0; j < n; j++)
                assert_string_not_equal(addresses[j], addresses[n]);
            n++;
        }
    }
}

// A kprobe that is refused though the lists had its function: the raw tracepoint alone, not both.
static void test_kprobe_refused(void **state)
{
    char said[1024];
    (void)state;
    const struct recorded kernel = {.kallsyms = NEW_KALLSYMS, .filter = NEW_FILTER};
    assert_int_equal(attach(&kernel, "vfork", 0, said, sizeof(said)), EXIT_DONE);
    assert_string_equal(fake.attached, X64_CLONE WRAPPED_CLONE3 "__do_sys_fork/created_fork " RAW);
    assert_int_equal(fake.closed_before_raw, 3);
    assert_string_equal(said, "");
}

static const struct {
    struct recorded kernel;
    const char *refused, *said;
} refusals[] = {
    {{.kallsyms = OLD_KALLSYMS, .filter = OLD_FILTER, .no_kprobes = true},
     NULL,
     "kprobes: this kernel has none"},
    {{.kallsyms = "ffffffff8106b5c0 T _do_fork\n", .filter = "_do_fork\n"},
     NULL,
     "kprobes: this kernel has no function for clone (none of __x64_sys_clone, __arm64_sys_clone, SyS_clone, "
     "sys_clone)"},
    {{.kallsyms = OLD_KALLSYMS, .filter = "_do_fork\n"},
     NULL,
     "kprobes: the function SyS_clone cannot be traced"},
    {{.kallsyms = OLD_KALLSYMS, .filter = "SyS_clone\nsys_fork\n"},
     NULL,
     "kprobes: the function sys_vfork cannot be traced"},
    {{.kallsyms = OLD_KALLSYMS, .filter = OLD_FILTER},
     "SyS_clone",
     "kprobes: cannot attach the probe on SyS_clone: Operation not supported"},
};

// One line tells of both ways why they are none.
static void test_refusals(void **state)
{
    char said[1024], wanted[1024];
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
        int status = attach(&refusals[i].kernel, refusals[i].refused, -EINVAL, said, sizeof(said));
        snprintf(wanted, sizeof(wanted),
                 "%s: no way to see new processes: %s; raw tracepoint: cannot load the probe on "
                 "task_newtask: Invalid argument\n",
                 program_invocation_short_name, refusals[i].said);
        assert_string_equal(said, wanted);
        assert_int_equal(status, EXIT_FAILED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_kernel),
        cmocka_unit_test(test_none_twice),
        cmocka_unit_test(test_kprobe_refused),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
