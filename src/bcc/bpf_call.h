// SPDX-License-Identifier: Apache-2.0
// bpf(2) without a library.
#ifndef BPF_CALL_H
#define BPF_CALL_H

#include <linux/bpf.h>
#include <stdint.h>

// An attribute of zeros, which is what the kernel wants where a command has no use for a byte.
union bpf_attr bpf_attributes(void);

// What bpf(2) returns, or -errno.
int bpf_call(enum bpf_cmd command, union bpf_attr *attributes);

// A pointer as the kernel wants it.
uint64_t bpf_pointer(const void *pointer);

// What the kernel knows of a map or a program: fills in `size` bytes at most. 0 or -errno; *size is what it
// knows.
int bpf_info(int fd, void *info, uint32_t *size);

// 0 or -errno.
int bpf_map_get(int fd, const void *key, void *value);
int bpf_map_set(int fd, const void *key, const void *value);

#endif
