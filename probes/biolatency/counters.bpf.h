// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
// What is dropped, and the kernel side's own counts.
BPF_ARRAY(counters, u64, COUNTERS);

ALWAYS_INLINE void bump(int counter)
{
    u64 *n = counters.lookup(&counter);
    if (n)
        lock_xadd(n, 1);
}
