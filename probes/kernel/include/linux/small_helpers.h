// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
// The part of libbcc's helpers that the probes use, in the shape that libbcc's rewriter looks for: it reads the members
// key, leaf, max_entries and flags of a map, and turns map.verb(...) into the functions that end in an underscore.
#ifndef STUB_LINUX_SMALL_HELPERS_H
#define STUB_LINUX_SMALL_HELPERS_H

#include <linux/types.h>

#define BCC_SEC(name) __attribute__((section(name), used)) // for the licence, which libbcc adds

enum {
    BPF_ANY = 0,
    BPF_NOEXIST = 1,
    BPF_EXIST = 2,
};

#define CUR_CPU_IDENTIFIER 0xffffffffULL // BPF_F_CURRENT_CPU

struct bpf_raw_tracepoint_args {
    __u64 args[0];
};

#define STUB_MAP(type, key_type, leaf_type, name, entries)                                                            \
    struct name##_table_t {                                                                                           \
        key_type key;                                                                                                 \
        leaf_type leaf;                                                                                               \
        leaf_type *(*lookup)(key_type *);                                                                             \
        int (*update)(key_type *, leaf_type *);                                                                       \
        int (*insert)(key_type *, leaf_type *);                                                                       \
        leaf_type *(*lookup_or_try_init)(key_type *, leaf_type *);                                                    \
        int (*delete)(key_type *);                                                                                    \
        void (*call)(void *, int);                                                                                    \
        int (*perf_submit)(void *, void *, u32);                                                                      \
        u32 max_entries;                                                                                              \
        int flags;                                                                                                    \
    };                                                                                                                \
    __attribute__((section("maps/" type))) struct name##_table_t name = {.max_entries = (entries)}

#define BPF_HASH(name, key_type, leaf_type, entries) STUB_MAP("hash", key_type, leaf_type, name, entries)
#define BPF_HISTOGRAM(name, key_type, entries) STUB_MAP("histogram", key_type, u64, name, entries)
#define BPF_PROG_ARRAY(name, entries) STUB_MAP("prog", u32, u32, name, entries)
#define BPF_ARRAY(name, leaf_type, entries) STUB_MAP("array", int, leaf_type, name, entries)
#define BPF_PERF_OUTPUT(name) STUB_MAP("perf_output", int, u32, name, 0) // libbcc makes it as many as there are CPUs

// Numbers of enum bpf_func_id in the kernel's include/uapi/linux/bpf.h: part of its ABI.
static void *(*bpf_map_lookup_elem)(void *map, const void *key) = (void *)1;
static int (*bpf_map_update_elem)(void *map, const void *key, const void *value, u64 flags) = (void *)2;
static int (*bpf_map_delete_elem)(void *map, const void *key) = (void *)3;
static int (*bpf_probe_read)(void *to, u32 size, const void *from) = (void *)4;
static u64 (*bpf_ktime_get_ns)(void) = (void *)5;
static u32 (*bpf_get_smp_processor_id)(void) = (void *)8;
static u64 (*bpf_get_current_pid_tgid)(void) = (void *)14;
static u64 (*bpf_get_current_uid_gid)(void) = (void *)15;
static int (*bpf_get_current_comm)(void *to, int size) = (void *)16;
static u64 (*bpf_get_current_task)(void) = (void *)35;
static int (*bpf_perf_event_output)(void *context, void *map, u64 cpu, void *data, u32 size) = (void *)25;
static u64 (*bpf_get_current_cgroup_id)(void) = (void *)80;
static int (*bpf_probe_read_kernel)(void *to, u32 size, const void *from) = (void *)113;
static u64 (*bpf_get_current_ancestor_cgroup_id)(int level) = (void *)123;

// libbcc's rewriter makes the second of the first: it puts the text into a variable on the stack.
int bpf_trace_printk(const char *format, ...) asm("llvm.bpf.extra");
static int (*bpf_trace_printk_)(const char *format, u64 size, ...) = (void *)6;

static void (*bpf_tail_call)(void *context, u64 map, u32 index) = (void *)12;

#define bpf_tail_call_(map, context, index) bpf_tail_call(context, (u64)(map), index)

u64 bpf_pseudo_fd(u64, u64) asm("llvm.bpf.pseudo");

__attribute__((section("helpers"), used)) void *bpf_map_lookup_elem_(uintptr_t map, void *key)
{
    return bpf_map_lookup_elem((void *)map, key);
}

__attribute__((section("helpers"), used)) int bpf_map_update_elem_(uintptr_t map, void *key, void *value, u64 flags)
{
    return bpf_map_update_elem((void *)map, key, value, flags);
}

__attribute__((section("helpers"), used)) int bpf_map_delete_elem_(uintptr_t map, void *key)
{
    return bpf_map_delete_elem((void *)map, key);
}

#define lock_xadd(to, n) ((void)__sync_fetch_and_add(to, n))

#endif
