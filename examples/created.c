// SPDX-License-Identifier: Apache-2.0
// See created.h.
#include "created.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "created_calls.h"
#include "example.h"

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

static int attach_kprobes(struct created *created, struct bcc *bcc, char *why, size_t size)
{
    const char *names[CREATED_NAMES];
    enum function_state states[CREATED_NAMES] = {FUNCTION_UNKNOWN};
    struct created_probe probes[CREATED_CALLS];
    size_t n;
    bool has_kprobes = functions_have_kprobes();
    created_names(names);
    if (has_kprobes)
        functions_ask(names, states, CREATED_NAMES);
    int error = created_choose(states, has_kprobes, probes, &n, why, size);
    for (size_t i = 0; i < n && !error; i++)
        error = attach(created, bcc, BCC_KPROBE, probes[i].handler, probes[i].function, why, size);
    return error;
}

int created_attach(struct created *created, struct bcc *bcc)
{
    char kprobes[512], tracepoint[128];
    if (attach_kprobes(created, bcc, kprobes, sizeof(kprobes)) < 0) {
        created_detach(created);
        if (attach(created, bcc, BCC_RAW_TRACEPOINT, "created_newtask", "task_newtask", tracepoint,
                   sizeof(tracepoint)) < 0)
            return fail(EXIT_FAILED, "no way to see new processes: kprobes: %s; raw tracepoint: %s", kprobes,
                        tracepoint);
    }
    bcc_stop(bcc);
    return EXIT_DONE;
}

void created_detach(struct created *created)
{
    while (created->n)
        close(created->links[--created->n]);
}
