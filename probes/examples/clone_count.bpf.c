// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
// The third way to user space: a map that the kernel side counts in, and that the user side reads when it likes.
#include <uapi/linux/ptrace.h>
#include "examples/examples.h"

BPF_HASH(counts, struct comm, u64, 10240);
BPF_ARRAY(uncounted, u64, 1); // the map has no place for another name

static inline __attribute__((always_inline)) int created(void *ctx)
{
    struct comm comm = {};
    u64 zero = 0, *count;
    int first = 0;
    bpf_get_current_comm(&comm.name, sizeof(comm.name));
    count = counts.lookup_or_try_init(&comm, &zero);
    if (!count)
        count = uncounted.lookup(&first);
    if (count)
        lock_xadd(count, 1); // other CPUs may count in the same place
    return 0;
}

#include "examples/created.bpf.h"
