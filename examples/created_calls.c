// SPDX-License-Identifier: Apache-2.0
// See created_calls.h.
#include "created_calls.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum call { CLONE, CLONE3, FORK, VFORK };

static const char *const call_names[CREATED_CALLS] = {
    [CLONE] = "clone", [CLONE3] = "clone3", [FORK] = "fork", [VFORK] = "vfork"};

// What kernels call the functions of the system calls. For each call the first that can be traced is taken,
// and no more than one: several can be names of one function, of which available_filter_functions lists just
// one. A kernel has either those with a prefix of its architecture, whose argument is a pointer to registers
// (x86-64 since 4.17, arm64 since 4.19), or the others. To add one: a row here, one more in CREATED_NAMES.
// - SyS_clone and sys_clone are one function up to 4.16; the list has SyS_clone (seen on 4.14). fork and
//   vfork have no arguments (SYSCALL_DEFINE0), and so only the name sys_fork.
// - On x86-64 __x64_sys_fork and __ia32_sys_fork are one function since 4.17, and since 5.7 (d2b5de495ee9)
//   __do_sys_fork as well, which is the one in the list (seen on 5.10, 6.1, 6.12, 7.2). Of clone and clone3
//   these are different functions.
// - clone3 came with 5.3. arm64 has fork and vfork for 32-bit programs only.
// A 32-bit program's clone goes through sys_clone up to 4.16, and is counted there; later through functions
// of its own, that are left out.
static const struct {
    enum call call;
    const char *function, *handler;
} table[CREATED_NAMES] = {
    {CLONE, "__x64_sys_clone", "created_wrapped_clone"},
    {CLONE, "__arm64_sys_clone", "created_wrapped_clone"},
    {CLONE, "SyS_clone", "created_clone"},
    {CLONE, "sys_clone", "created_clone"},
    {CLONE3, "__x64_sys_clone3", "created_wrapped_clone3"},
    {CLONE3, "__arm64_sys_clone3", "created_wrapped_clone3"},
    {CLONE3, "sys_clone3", "created_clone3"},
    {FORK, "__x64_sys_fork", "created_fork"},
    {FORK, "__do_sys_fork", "created_fork"},
    {FORK, "__ia32_sys_fork", "created_fork"},
    {FORK, "__arm64_sys_fork", "created_fork"},
    {FORK, "sys_fork", "created_fork"},
    {VFORK, "__x64_sys_vfork", "created_fork"},
    {VFORK, "__do_sys_vfork", "created_fork"},
    {VFORK, "__ia32_sys_vfork", "created_fork"},
    {VFORK, "__arm64_sys_vfork", "created_fork"},
    {VFORK, "sys_vfork", "created_fork"},
};

void created_names(const char *names[CREATED_NAMES])
{
    for (size_t i = 0; i < CREATED_NAMES; i++)
        names[i] = table[i].function;
}

const char *created_handler(size_t i)
{
    return table[i].handler;
}

// The first row of a call whose function is in this state; CREATED_NAMES if there is none.
static size_t find(const enum function_state states[CREATED_NAMES], enum call call, enum function_state state)
{
    size_t i = 0;
    while (i < CREATED_NAMES && (table[i].call != call || states[i] != state))
        i++;
    return i;
}

static int refuse_absent(enum call call, char *why, size_t size)
{
    char list[256] = "";
    for (size_t i = 0; i < CREATED_NAMES; i++) {
        size_t length = strlen(list);
        if (table[i].call == call)
            snprintf(list + length, sizeof(list) - length, "%s%s", length ? ", " : "", table[i].function);
    }
    snprintf(why, size, "this kernel has no function for %s (none of %s)", call_names[call], list);
    return -ENOTSUP;
}

int created_choose(const enum function_state states[CREATED_NAMES], bool has_kprobes,
                   struct created_probe probes[CREATED_CALLS], size_t *n, char *why, size_t size)
{
    *n = 0;
    if (!has_kprobes) {
        snprintf(why, size, "this kernel has none");
        return -ENOTSUP;
    }
    for (enum call call = CLONE; call <= VFORK; call++) {
        size_t row = find(states, call, FUNCTION_TRACEABLE);
        if (row == CREATED_NAMES)
            row = find(states, call, FUNCTION_MAYBE);
        if (row < CREATED_NAMES) {
            probes[(*n)++] = (struct created_probe){table[row].function, table[row].handler};
            continue;
        }
        row = find(states, call, FUNCTION_UNTRACEABLE);
        if (row < CREATED_NAMES) {
            snprintf(why, size, "the function %s cannot be traced", table[row].function);
            return -ENOTSUP;
        }
        if (call == CLONE) // which each kernel has
            return refuse_absent(call, why, size);
    }
    return 0;
}
