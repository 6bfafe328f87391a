// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
// The second way to user space: a struct through a perf ring buffer, each time a process is created.
#include <uapi/linux/ptrace.h>
#include "examples/examples.h"

BPF_PERF_OUTPUT(events);

static inline __attribute__((always_inline)) int created(void *ctx)
{
    struct hello_event event = {.time_ns = bpf_ktime_get_ns()};
    event.pid = bpf_get_current_pid_tgid(); // the lower half; the upper is the process id
    bpf_get_current_comm(&event.comm, sizeof(event.comm));
    events.perf_submit(ctx, &event, sizeof(event));
    return 0;
}

#include "examples/created.bpf.h"
