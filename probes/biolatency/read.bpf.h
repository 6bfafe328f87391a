// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
// How the kernel's memory is read.

#define ALWAYS_INLINE static inline __attribute__((always_inline))

#ifdef HAVE_PROBE_READ_KERNEL // 5.5; where it is missing, and to libbcc when it asks, bpf_probe_read is the same
#undef bpf_probe_read_kernel
#define READ_MEMBER(to, base, offset) bpf_probe_read_kernel(&(to), sizeof(to), (const char *)(base) + (offset))
#else
#define READ_MEMBER(to, base, offset) bpf_probe_read(&(to), sizeof(to), (const char *)(base) + (offset))
#endif
