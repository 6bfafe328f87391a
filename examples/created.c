// SPDX-License-Identifier: Apache-2.0
// See created.h.
#include "created.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "example.h"
#include "functions.h"

#define CALLS 4 // clone, clone3, fork, vfork
#define CONVENTIONS 3

// What a kernel calls the functions of these system calls, and the handler that knows their arguments. One
// row a kind of kernel: the first of which the kernel has a clone is taken. arm64 has no fork and vfork, and
// before 5.3 there is no clone3.
static const char *const functions[CONVENTIONS * CALLS] = {
    "__x64_sys_clone",   "__x64_sys_clone3",   "__x64_sys_fork",   "__x64_sys_vfork",   // 4.17
    "__arm64_sys_clone", "__arm64_sys_clone3", "__arm64_sys_fork", "__arm64_sys_vfork", // 4.19
    "sys_clone",         "sys_clone3",         "sys_fork",         "sys_vfork",
};
static const char *const handlers[CONVENTIONS * CALLS] = {
    "created_wrapped_clone", "created_wrapped_clone3", "created_fork", "created_fork",
    "created_wrapped_clone", "created_wrapped_clone3", "created_fork", "created_fork",
    "created_clone",         "created_clone3",         "created_fork", "created_fork",
};

static int attach(struct created *created, struct bcc *bcc, enum bcc_kind kind, const char *handler,
                  const char *target, char *why, size_t size)
{
    const char *verb = "load";
    int program = bcc_load(bcc, kind, handler), link = program;
    if (program >= 0 || program == -EEXIST) { // loaded already: two system calls may have one handler
        verb = "attach";
        link = bcc_attach(bcc, kind, handler, target);
    }
    if (program >= 0)
        close(program); // the link keeps it
    if (link < 0) {
        snprintf(why, size, "cannot %s the probe on %s: %s", verb, target, strerror(-link));
        return link;
    }
    created->links[created->n++] = link;
    return 0;
}

static bool can_be_probed(enum function_state state)
{
    return state == FUNCTION_TRACEABLE || state == FUNCTION_MAYBE;
}

static int attach_kprobes(struct created *created, struct bcc *bcc, char *why, size_t size)
{
    enum function_state states[CONVENTIONS * CALLS];
    size_t row = 0;
    functions_ask(functions, states, sizeof(functions) / sizeof(functions[0]));
    while (row < CONVENTIONS && !can_be_probed(states[row * CALLS]))
        row++;
    if (row == CONVENTIONS)
        return -ENOENT;
    for (size_t i = row * CALLS; i < (row + 1) * CALLS; i++) {
        int error = 0;
        if (states[i] != FUNCTION_ABSENT)
            error = attach(created, bcc, BCC_KPROBE, handlers[i], functions[i], why, size);
        if (error)
            return error;
    }
    return 0;
}

static int attach_somewhere(struct created *created, struct bcc *bcc, char *why, size_t size)
{
    if (functions_have_kprobes() && attach_kprobes(created, bcc, why, size) == 0)
        return 0;
    created_detach(created);
    return attach(created, bcc, BCC_RAW_TRACEPOINT, "created_newtask", "task_newtask", why, size);
}

int created_attach(struct created *created, struct bcc *bcc)
{
    char why[128];
    if (attach_somewhere(created, bcc, why, sizeof(why)) < 0)
        return fail(EXIT_FAILED, "%s", why);
    bcc_stop(bcc);
    return EXIT_DONE;
}

void created_detach(struct created *created)
{
    while (created->n)
        close(created->links[--created->n]);
}
