// SPDX-License-Identifier: Apache-2.0
// A reader for the kernel's BTF (BPF Type Format, Documentation/bpf/btf.rst): where members lie, what
// enumerators are worth, which tracepoints and functions there are. It takes any bytes and never reads
// outside of them.
//
// Why not libbpf: its btf__parse fails on kernels newer than it (libbpf 0.3 of Debian 11 on 6.18: -EINVAL),
// and needs twice the time and memory for more than is needed here.
#ifndef BTF_H
#define BTF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct btf;

// Reads /sys/kernel/btf/vmlinux or a file like it. 0, or -errno: -ENOENT, -EACCES, -EINVAL (not BTF of this
// machine's byte order, or of a kind that is not known here), -ENOMEM. btf_close takes NULL.
int btf_open(struct btf **btf, const char *path);

// The same from memory, which is copied.
int btf_parse(struct btf **btf, const void *data, size_t size);

void btf_close(struct btf *btf);

// Byte offset of `member` in `struct structure`, also in its nameless members. -ENOENT: no such struct or
// member; -EINVAL: a bit field that begins within a byte.
int btf_member_offset(const struct btf *btf, const char *structure, const char *member);

// Value of an enumerator of any enum. False if there is none.
bool btf_enumerator(const struct btf *btf, const char *name, uint64_t *value);

// Calls visit for each enumerator of `enum name`. False if there is no such enum.
bool btf_enum_each(const struct btf *btf, const char *name,
                   void (*visit)(void *context, const char *enumerator, uint64_t value), void *context);

// Number of arguments that raw tracepoint `name` hands over, or -ENOENT. (typedef btf_trace_NAME points to a
// prototype whose first parameter is the tracer's own.)
int btf_tracepoint_args(const struct btf *btf, const char *name);

// Number of parameters of kernel function `name`, or -ENOENT. Functions that cannot be traced may be missing.
int btf_function_args(const struct btf *btf, const char *name);

#endif
