// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
// Stands for what libbcc puts before a probe text, so that a compiler alone can read one.
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef _Bool bool;
typedef unsigned long sector_t;
#define offsetof(type, member) __builtin_offsetof(type, member)
struct pt_regs;
struct bpf_raw_tracepoint_args {
    u64 args[0];
};
#define MAP(name, key, value)                                                                                \
    struct {                                                                                                 \
        value *(*lookup)(key *);                                                                             \
        int (*update)(key *, value *), (*insert)(key *, value *), (*delete)(key *);                          \
    } name
#define BPF_HASH(name, key, value, size) MAP(name, key, value)
#define BPF_HISTOGRAM(name, key, size) MAP(name, key, u64)
#define BPF_ARRAY(name, value, size) MAP(name, int, value)
#define BPF_PERF_OUTPUT(name)                                                                                \
    struct {                                                                                                 \
        int (*perf_submit)(void *, void *, u32);                                                             \
    } name
#define BPF_PROG_ARRAY(name, size)                                                                           \
    struct {                                                                                                 \
        void (*call)(void *, int);                                                                           \
    } name
#define lock_xadd(p, n) __sync_fetch_and_add(p, n)
int bpf_probe_read(void *to, u32 size, const void *from);
u64 bpf_ktime_get_ns(void);
u64 bpf_get_current_pid_tgid(void);
int bpf_get_current_comm(void *to, u32 size);
u64 bpf_get_current_cgroup_id(void);
u64 bpf_get_current_ancestor_cgroup_id(int level);
void *bpf_get_current_task(void);
