// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
// What all parts use: how the kernel's memory is read, and counters: what is dropped, and the kernel side's own.

#define ALWAYS_INLINE static inline __attribute__((always_inline))

#ifdef HAVE_PROBE_READ_KERNEL // 5.5; where it is missing, and to libbcc when it asks, bpf_probe_read is the same
#undef bpf_probe_read_kernel
#define READ_MEMBER(to, base, offset) bpf_probe_read_kernel(&(to), sizeof(to), (const char *)(base) + (offset))
#else
#define READ_MEMBER(to, base, offset) bpf_probe_read(&(to), sizeof(to), (const char *)(base) + (offset))
#endif

BPF_ARRAY(counters, u64, COUNTERS);

ALWAYS_INLINE void bump(int counter)
{
    u64 *n = counters.lookup(&counter);
    if (n)
        lock_xadd(n, 1);
}
