// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
// The first way to user space: a line of text in the trace pipe, each time a process is created.
#include <uapi/linux/ptrace.h>

static inline __attribute__((always_inline)) int created(void *ctx)
{
    // The kernel puts the name of the task, its pid, the CPU and the time before it. Kernels since 5.9 end the line
    // by themselves; the reader skips the empty ones that come of it.
    bpf_trace_printk("Hello, World!\n");
    return 0;
}

#include "examples/created.bpf.h"
