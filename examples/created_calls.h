// SPDX-License-Identifier: Apache-2.0
// Which functions of a kernel are the system calls that create processes, and which handler of
// probes/examples/created.bpf.h fits each.
#ifndef CREATED_CALLS_H
#define CREATED_CALLS_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel/functions.h"

#define CREATED_CALLS 4  // clone, clone3, fork, vfork
#define CREATED_NAMES 17 // of functions, over all kernels

struct created_probe {
    const char *function, *handler;
};

// Fills in all names that there are to ask for.
void created_names(const char *names[CREATED_NAMES]);

// The handler for the function names[i].
const char *created_handler(size_t i);

// Chooses one function for each system call that the kernel has: probes, *n of them. states: what the kernel
// at hand says of created_names(). 0, or -ENOTSUP with the reason in why: then not all of them would be
// counted.
int created_choose(const enum function_state states[CREATED_NAMES], bool has_kprobes,
                   struct created_probe probes[CREATED_CALLS], size_t *n, char *why, size_t size);

#endif
