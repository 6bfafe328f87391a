// SPDX-License-Identifier: Apache-2.0
// Puts probes/examples/created.bpf.h to work: finds where the running kernel creates processes, and attaches
// there.
#ifndef CREATED_H
#define CREATED_H

#include <stddef.h>

#include "bcc/bcc.h"
#include "created_calls.h"

struct created {
    int links[CREATED_CALLS]; // closing one detaches
    size_t n;
};

// Loads and attaches functions of the compiled text, which includes probes/examples/created.bpf.h: kprobes on
// the system calls, or where these are not to be had a raw tracepoint. Then libbcc has done its work, and its
// process is ended. EXIT_DONE, or EXIT_FAILED after one line on stderr about both.
int created_attach(struct created *created, struct bcc *bcc);

// Also if nothing is attached.
void created_detach(struct created *created);

#endif
