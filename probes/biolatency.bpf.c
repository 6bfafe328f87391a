// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
// The kernel side: times block requests from a start event to an end event and counts them in a histogram.
//
// Compiled by libbcc at run time. What varies between kernels and options comes in as -D:
//   *_OFFSET              where a member lies, in bytes (from BTF; absent with WITH_KERNEL_HEADERS)
//   HANDLE_*              which handlers are wanted, one for each event and kind of hook (src/trace/plan.c)
//   QUEUE_ARG, INSERT_ARG, ISSUE_ARG, MERGE_ARG    which argument of the tracepoint is the request
//   START_AT              at which event the time starts: AT_QUEUE or AT_ISSUE
//   BY_DISK, BY_FLAGS, BY_OP, WITH_SUM, COUNT_UNMATCHED, UNIT_NS
//   FILTER_DEV, with FILTER_FIRST_SECTOR, FILTER_END_SECTOR and FILTER_OWN_DEV   one disk or partition, or
//   FILTER_ENTRIES, FILTER_RANGES, with FILTER_SECTORS                           several: the user side fills
//   the map `targets` START_ENTRIES, KEEP_ENTRIES, DIST_ENTRIES, NAME_ENTRIES      map sizes
//   START_NEEDS_IO_STAT                            the start event is for accounted requests only
//   START_TIME_FROM_REQUEST                        no start event: request.start_time_ns at the end is used
//   WITH_SAMPLES                                       single I/Os are sent to the user side as well:
//     THRESHOLD_NS                                     those that take so long, and no histogram; else
//     `samples_state` says how long HAVE_CURRENT_CGROUP, HAVE_ANCESTOR_CGROUP    helpers; the bio's cgroup is
//     read where all its offsets are there
// libbcc rewrites member accesses and map calls where it sees them in this text, so none may hide in a macro.
#include "abi.h"
#include <uapi/linux/ptrace.h>

#ifdef WITH_KERNEL_HEADERS
#include <linux/blkdev.h>
#include <linux/version.h>
#ifndef rq_data_dir // it went to blk-mq.h together with struct request (24b83deb29b7, 5.16)
#include <linux/blk-mq.h>
#endif
#define REQUEST_Q_OFFSET offsetof(struct request, q)
#define REQUEST_CMD_FLAGS_OFFSET offsetof(struct request, cmd_flags)
#define REQUEST_RQ_FLAGS_OFFSET offsetof(struct request, rq_flags)
#define REQUEST_DATA_LEN_OFFSET offsetof(struct request, __data_len)
#define REQUEST_SECTOR_OFFSET offsetof(struct request, __sector)
#define REQUEST_BIO_OFFSET offsetof(struct request, bio)
#if LINUX_VERSION_CODE >= KERNEL_VERSION(4, 19, 0) // 4.14 has it by another clock, or not at all
#define REQUEST_START_TIME_NS_OFFSET offsetof(struct request, start_time_ns)
#endif
#ifdef REQUEST_HAS_RQ_DISK
#define REQUEST_RQ_DISK_OFFSET offsetof(struct request, rq_disk)
#else
#define REQUEST_QUEUE_DISK_OFFSET offsetof(struct request_queue, disk)
#endif
#define GENDISK_MAJOR_OFFSET offsetof(struct gendisk, major)
#define GENDISK_FIRST_MINOR_OFFSET offsetof(struct gendisk, first_minor)
#define GENDISK_DISK_NAME_OFFSET offsetof(struct gendisk, disk_name)
#define RQF_FLUSH_SEQ_MASK ((u32)RQF_FLUSH_SEQ)
#ifdef RQF_USE_SCHED
#define RQF_TIMED_MASK ((u32)(RQF_IO_STAT | RQF_STATS | RQF_USE_SCHED))
#endif
#ifdef RQF_IO_STAT
#define RQF_IO_STAT_MASK ((u32)RQF_IO_STAT)
#endif
#else
struct request;
#endif

#define AT_QUEUE 1
#define AT_ISSUE 2

// Operations that carry a driver's own command, not I/O: REQ_OP_SCSI_IN 32 .. REQ_OP_DRV_OUT 35.
#define FIRST_PASSTHROUGH_OP 32
#define OP_FLUSH 2
#ifndef PF_KTHREAD
#define PF_KTHREAD 0x00200000 // include/linux/sched.h; the same since 2.6
#endif
#define OP_MASK 0xff

#define ALWAYS_INLINE static inline __attribute__((always_inline))
#ifdef HAVE_PROBE_READ_KERNEL // 5.5; where it is missing, and to libbcc when it asks, bpf_probe_read is the
                              // same
#undef bpf_probe_read_kernel
#define READ_MEMBER(to, base, offset)                                                                        \
    bpf_probe_read_kernel(&(to), sizeof(to), (const char *)(base) + (offset))
#else
#define READ_MEMBER(to, base, offset) bpf_probe_read(&(to), sizeof(to), (const char *)(base) + (offset))
#endif

#if defined(BY_DISK) || defined(BY_FLAGS) || defined(BY_OP)
#define GROUPED
#endif
#if defined(BY_DISK) || defined(FILTER_DEV) || defined(FILTER_ENTRIES)
#define NEEDS_DEV
#endif

// A request under way: what is needed of it when it ends, since much of it is gone by then.
struct begun {
    u64 time_ns;
#ifdef GROUPED
    u32 dev;   // 0 unless BY_DISK; a partition's own if one was asked for
    u32 flags; // 0 unless BY_FLAGS, or BY_OP: of which the operation is a part
#endif
};

#ifndef START_TIME_FROM_REQUEST
// Requests under way, time_ns of when they began. The kernel uses the memory of a request again and again, so
// an entry stays when its request ends, with time_ns 0: to find one and write to it takes half the time of
// adding and deleting it. Where request memory comes and goes (disks come and go), entries above KEEP_ENTRIES
// are deleted after all, so that the rest of the map is always there for requests under way.
BPF_HASH(start, struct request *, struct begun, START_ENTRIES);
#endif
#ifdef GROUPED
BPF_HISTOGRAM(dist, struct dist_key, DIST_ENTRIES);
#else
BPF_HISTOGRAM(dist, int, HIST_CELLS);
#endif
#ifdef BY_DISK
BPF_HASH(names, u32, struct disk_name, NAME_ENTRIES);
#endif
BPF_ARRAY(counters, u64, COUNTERS);
#ifdef WITH_SAMPLES
// Requests that are made and have not ended. What they leave behind must never be told of another, so entries
// are deleted.
BPF_HASH(notes, struct request *, struct sample_note, START_ENTRIES);
BPF_PERF_OUTPUT(samples);
BPF_ARRAY(samples_state, u64, SAMPLES_STATES);
#endif
#if defined(COUNT_UNMATCHED) || defined(START_TIME_FROM_REQUEST)
BPF_ARRAY(since, u64, 1); // when the last probe was attached, CLOCK_MONOTONIC ns; 0 until then
#endif

ALWAYS_INLINE void bump(int counter)
{
    u64 *n = counters.lookup(&counter);
    if (n)
        lock_xadd(n, 1);
}

#if defined(WITH_KERNEL_HEADERS) && defined(REQ_OP_SHIFT)
// The flags of 4.8 and 4.9 at the places that they have since, less 8.
ALWAYS_INLINE u32 old_flags(u64 flags)
{
    return (flags & REQ_SYNC ? 1U << 3 : 0) | (flags & REQ_META ? 1U << 4 : 0) |
           (flags & REQ_PRIO ? 1U << 5 : 0) | (flags & REQ_NOMERGE ? 1U << 6 : 0) |
           (flags & REQ_FUA ? 1U << 9 : 0) | (flags & REQ_PREFLUSH ? 1U << 10 : 0) |
           (flags & REQ_RAHEAD ? 1U << 11 : 0);
}
#endif

// Operation in the low 8 bits, flags from bit 8 on: what cmd_flags is since 4.10 (ef295ecf090d).
ALWAYS_INLINE u32 request_flags(struct request *rq)
{
#if defined(WITH_KERNEL_HEADERS) && defined(REQ_OP_SHIFT)
    // 4.8 and 4.9: 64 bits, operation in the top three, other numbers (include/linux/blk_types.h).
    u64 flags = 0;
    u32 op, type = 0;
    READ_MEMBER(flags, rq, REQUEST_CMD_FLAGS_OFFSET);
    READ_MEMBER(type, rq, offsetof(struct request, cmd_type));
    if (type != REQ_TYPE_FS)
        return FIRST_PASSTHROUGH_OP;
    op = flags >> REQ_OP_SHIFT;
    if (op == REQ_OP_DISCARD)
        op = 3;
    else if (op == REQ_OP_SECURE_ERASE)
        op = 5;
    else if (op == REQ_OP_WRITE_SAME)
        op = 7;
    else if (op == REQ_OP_FLUSH)
        op = OP_FLUSH;
    return op | old_flags(flags) << 8;
#else
    u32 flags = 0;
#ifdef WITH_KERNEL_HEADERS
#if LINUX_VERSION_CODE < KERNEL_VERSION(4, 11, 0)
    // 4.10: passthrough is still a type of its own, not an operation (aebf526b53ae).
    u32 type = 0;
    READ_MEMBER(type, rq, offsetof(struct request, cmd_type));
    if (type != REQ_TYPE_FS)
        return FIRST_PASSTHROUGH_OP;
#endif
#endif
    READ_MEMBER(flags, rq, REQUEST_CMD_FLAGS_OFFSET);
    return flags;
#endif
}

#if defined(BY_FLAGS) || defined(WITH_SAMPLES)
// Only the flags that titles show (src/kernel/flags.c): FLAGS_MASK where BTF told their bits, else by their
// names.
ALWAYS_INLINE u32 shown_flags(u32 flags)
{
#ifdef FLAGS_MASK
    return flags & FLAGS_MASK;
#elif defined(REQ_OP_SHIFT)
    return flags; // old_flags() took no others
#else
    u32 shown = flags & (OP_MASK | REQ_SYNC | REQ_META | REQ_PRIO | REQ_NOMERGE | REQ_IDLE | REQ_FUA |
                         REQ_PREFLUSH | REQ_RAHEAD | REQ_BACKGROUND);
#ifdef REQ_NOWAIT
    if (flags & REQ_NOWAIT)
        shown |= 1U << 21;
#endif
#ifdef REQ_POLLED
    if (flags & REQ_POLLED)
        shown |= 1U << 22;
#elif defined(REQ_HIPRI) // its name until 5.15
    if (flags & REQ_HIPRI)
        shown |= 1U << 22;
#endif
#ifdef REQ_SWAP
    if (flags & REQ_SWAP)
        shown |= 1U << 24;
#endif
#ifdef REQ_ATOMIC
    if (flags & REQ_ATOMIC)
        shown |= 1U << 27;
#endif
#ifdef REQ_NOUNMAP
    if (flags & REQ_NOUNMAP)
        shown |= 1U << 28;
#endif
    return shown;
#endif
}
#endif

#if defined(NEEDS_DEV) || defined(WITH_SAMPLES)
ALWAYS_INLINE void *request_disk(struct request *rq)
{
    void *disk = 0;
#ifdef REQUEST_RQ_DISK_OFFSET
    READ_MEMBER(disk, rq, REQUEST_RQ_DISK_OFFSET);
#else
    void *q = 0;
    READ_MEMBER(q, rq, REQUEST_Q_OFFSET);
    READ_MEMBER(disk, q, REQUEST_QUEUE_DISK_OFFSET);
#endif
    return disk;
}

#ifdef NEEDS_DEV
ALWAYS_INLINE u32 request_dev(struct request *rq)
{
    void *disk = request_disk(rq);
    u32 major = 0, minor = 0;
    READ_MEMBER(major, disk, GENDISK_MAJOR_OFFSET);
    READ_MEMBER(minor, disk, GENDISK_FIRST_MINOR_OFFSET);
    return major << 20 | minor;
}
#endif
#endif

// Is this I/O of a disk or partition that was asked for? *dev is its disk's, and becomes the number that it
// is counted under. A partition is a range of its disk's sectors. Flushes have none: they are the whole
// disk's.
#if defined(FILTER_ENTRIES)
struct target {
    struct target_range ranges[FILTER_RANGES];
};
BPF_HASH(targets, u32, struct target, FILTER_ENTRIES);

#ifdef FILTER_SECTORS
ALWAYS_INLINE int is_target(struct request *rq, u32 *dev)
{
    u64 sector = 0;
    struct target *target = targets.lookup(dev);
    if (!target)
        return 0;
    READ_MEMBER(sector, rq, REQUEST_SECTOR_OFFSET);
#pragma unroll
    for (int i = 0; i < FILTER_RANGES; i++) {
        struct target_range *range = &target->ranges[i];
        if (sector >= range->first_sector && sector <= range->last_sector) {
            *dev = range->dev;
            return 1;
        }
    }
    return 0;
}
#else
ALWAYS_INLINE int is_target(struct request *rq, u32 *dev)
{
    return targets.lookup(dev) != 0;
}
#endif
#elif defined(FILTER_END_SECTOR)
ALWAYS_INLINE int is_target(struct request *rq, u32 *dev)
{
    u64 sector = 0;
    if (*dev != FILTER_DEV)
        return 0;
    READ_MEMBER(sector, rq, REQUEST_SECTOR_OFFSET);
#ifdef FILTER_OWN_DEV
    *dev = FILTER_OWN_DEV;
#endif
    return sector >= FILTER_FIRST_SECTOR && sector < FILTER_END_SECTOR;
}
#elif defined(FILTER_DEV)
ALWAYS_INLINE int is_target(struct request *rq, u32 *dev)
{
    return *dev == FILTER_DEV;
}
#else
ALWAYS_INLINE int is_target(struct request *rq, u32 *dev)
{
    return 1;
}
#endif

// Is this a request that the user asked for? Then *begun says where it is counted.
ALWAYS_INLINE int select_request(struct request *rq, struct begun *begun)
{
    u32 flags = request_flags(rq);
    if ((flags & OP_MASK) >= FIRST_PASSTHROUGH_OP)
        return 0;
#ifdef START_TIME_FROM_REQUEST
    // The flush machinery's own request: those that asked for the flush are counted instead, as with a start
    // event.
    if ((flags & OP_MASK) == OP_FLUSH)
        return 0;
#endif
#ifdef NEEDS_DEV
    u32 dev = request_dev(rq);
    if (!is_target(rq, &dev))
        return 0;
#endif
#ifdef BY_DISK
    begun->dev = dev;
#endif
#ifdef BY_FLAGS
    begun->flags = shown_flags(flags);
#elif defined(BY_OP)
    begun->flags = flags & OP_MASK;
#endif
    return 1;
}

// The slot of abi.h without a branch: straight code costs less here, to compile as well as to run. `shift` is
// what brings v below 2 * HIST_SUB, floor(log2(v)) - HIST_SUB_BITS or 0; each is one power of two, HIST_SUB
// slots further.
ALWAYS_INLINE u32 hist_slot(u64 v)
{
    // All bits below the highest one set; their number is floor(log2) + 1.
    u64 x = v | HIST_SUB;
    x |= x >> 1;
    x |= x >> 2;
    x |= x >> 4;
    x |= x >> 8;
    x |= x >> 16;
    x |= x >> 32;
    // Counts bits in pairs, then in fours, then in bytes, and adds the bytes up in the highest.
    x -= x >> 1 & 0x5555555555555555ULL;
    x = (x & 0x3333333333333333ULL) + (x >> 2 & 0x3333333333333333ULL);
    x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0fULL;
    u32 shift = (x * 0x0101010101010101ULL >> 56) - 1 - HIST_SUB_BITS;
    return shift * HIST_SUB + (v >> shift);
}

#ifdef GROUPED
// The first request of a slot: makes room for it and, by disk, notes the disk's name while the disk is there.
ALWAYS_INLINE void add_slot(struct request *rq, struct dist_key *key)
{
    u64 zero = 0;
    dist.insert(key, &zero);
#ifdef BY_DISK
    u32 dev = key->dev;
    struct disk_name name = {};
    READ_MEMBER(name, request_disk(rq), GENDISK_DISK_NAME_OFFSET);
    names.update(&dev, &name);
#endif
}

ALWAYS_INLINE void add(struct request *rq, struct begun *begun, u32 slot, u64 n)
{
    struct dist_key key = {.dev = begun->dev, .flags = begun->flags, .slot = slot};
    u64 *count = dist.lookup(&key);
    if (!count) {
        add_slot(rq, &key);
        count = dist.lookup(&key);
    }
    if (count)
        lock_xadd(count, n);
    else if (slot != HIST_SLOT_SUM)
        bump(DROP_DIST_FULL);
}
#else
ALWAYS_INLINE void add(struct request *rq, struct begun *begun, u32 slot, u64 n)
{
    int index = slot;
    u64 *count = dist.lookup(&index);
    if (count)
        lock_xadd(count, n);
}
#endif

ALWAYS_INLINE void count_latency(struct request *rq, struct begun *begun, u64 now_ns)
{
    u64 v = (now_ns - begun->time_ns) / UNIT_NS;
    if (now_ns < begun->time_ns) {
        bump(DROP_NEGATIVE);
        return;
    }
#ifndef THRESHOLD_NS
    add(rq, begun, hist_slot(v), 1);
#ifdef WITH_SUM
    add(rq, begun, HIST_SLOT_SUM, v);
#endif
#endif
}

#ifdef WITH_SAMPLES
#ifdef WITH_BIO_CGROUP
// The cgroup that the first bio is charged to: for pages that are written back the one that made them dirty,
// not that of the kernel thread which writes them. It may be known less well than the task's, as only cgroups
// with the io controller are charged: so not if the task is in it or below; where no helper tells that, only
// for kernel threads.
ALWAYS_INLINE void note_bio_cgroup(struct request *rq, struct sample_note *note)
{
    void *bio = 0, *blkg = 0, *blkcg = 0, *cgroup = 0, *node = 0, *root = 0;
    int level = 0, hierarchy = 0; // 0: the root; version 2
    u64 id = 0;
    READ_MEMBER(bio, rq, REQUEST_BIO_OFFSET);
    READ_MEMBER(blkg, bio, BIO_BLKG_OFFSET);
    READ_MEMBER(blkcg, blkg, BLKCG_GQ_BLKCG_OFFSET);
    READ_MEMBER(cgroup, blkcg, BLKCG_CSS_OFFSET + CSS_CGROUP_OFFSET);
    READ_MEMBER(level, cgroup, CGROUP_LEVEL_OFFSET);
    if (level <= 0)
        return;
    READ_MEMBER(node, cgroup, CGROUP_KN_OFFSET);
    READ_MEMBER(id, node, KERNFS_NODE_ID_OFFSET);
    READ_MEMBER(root, cgroup, CGROUP_ROOT_OFFSET);
    READ_MEMBER(hierarchy, root, CGROUP_ROOT_HIERARCHY_ID_OFFSET);
#ifdef HAVE_ANCESTOR_CGROUP
    if (!hierarchy && bpf_get_current_ancestor_cgroup_id(level) == id)
        return;
#else
    u32 task_flags = 0;
    READ_MEMBER(task_flags, bpf_get_current_task(), TASK_STRUCT_FLAGS_OFFSET);
    if (!hierarchy && !(task_flags & PF_KTHREAD))
        return;
#endif
    note->cgroup = id;
    note->has |= SAMPLE_HAS_CGROUP | (hierarchy ? SAMPLE_CGROUP_V1 : 0);
}
#endif

// Who submits a request: to be called where it is made, as later steps may be another's work.
ALWAYS_INLINE void note_submitter(struct request *rq, struct sample_note *note)
{
    u64 ids = bpf_get_current_pid_tgid();
    note->pid = ids >> 32;
    note->tid = ids;
    bpf_get_current_comm(&note->comm, sizeof(note->comm));
    note->has |= SAMPLE_HAS_SUBMITTER;
#ifdef HAVE_CURRENT_CGROUP
    note->cgroup = bpf_get_current_cgroup_id();
    note->has |= SAMPLE_HAS_CGROUP;
#endif
#ifdef WITH_BIO_CGROUP
    note_bio_cgroup(rq, note);
#endif
}

ALWAYS_INLINE void note_place(struct request *rq, struct sample_note *note)
{
    u64 sector = 0;
    u32 bytes = 0;
    READ_MEMBER(sector, rq, REQUEST_SECTOR_OFFSET);
    READ_MEMBER(bytes, rq, REQUEST_DATA_LEN_OFFSET);
    // It grows by merging. It shrinks if a part has ended and the rest is issued again: the time is of the
    // whole.
    if (START_AT == AT_QUEUE && bytes < note->bytes)
        return;
    note->sector = sector;
    note->bytes = bytes;
}

ALWAYS_INLINE void note_queue(struct request *rq, u64 now_ns)
{
    struct sample_note note = {.queued_ns = now_ns, .queue_ns = SAMPLE_UNKNOWN};
    note_place(rq, &note);
    note_submitter(rq, &note);
    notes.update(&rq, &note);
}

#ifdef HANDLE_INSERT_RAW // no event tells that a request is queued: the first of insert and issue does
// Steps of the flush machinery run in whatever context.
ALWAYS_INLINE int is_flush_step(struct request *rq)
{
    u32 rq_flags = 0;
    READ_MEMBER(rq_flags, rq, REQUEST_RQ_FLAGS_OFFSET);
    return (rq_flags & RQF_FLUSH_SEQ_MASK) || (request_flags(rq) & OP_MASK) == OP_FLUSH;
}

ALWAYS_INLINE void note_first(struct request *rq, struct sample_note *note)
{
    if (!is_flush_step(rq))
        note_submitter(rq, note);
}
#else
ALWAYS_INLINE void note_first(struct request *rq, struct sample_note *note)
{
}
#endif

// The note of a request that is inserted into a queue or issued. Where it has none, nobody saw it being made:
// it is a step of the flush machinery, was made before tracing, or (HANDLE_INSERT_RAW) this is the first
// event.
ALWAYS_INLINE struct sample_note *note_of(struct request *rq)
{
    struct sample_note note = {.queue_ns = SAMPLE_UNKNOWN, .sector = SAMPLE_UNKNOWN};
    struct sample_note *known = notes.lookup(&rq);
#if defined(HANDLE_INSERT_RAW) && defined(REQUEST_START_TIME_NS_OFFSET)
    READ_MEMBER(note.queued_ns, rq, REQUEST_START_TIME_NS_OFFSET);
    // The time grows if no probe saw the end of an earlier use of this memory. (Merging makes it smaller.)
    if (known && note.queued_ns > known->queued_ns)
        known = 0;
#endif
    if (known)
        return known;
    note_first(rq, &note);
    notes.update(&rq, &note);
    return notes.lookup(&rq);
}

ALWAYS_INLINE void note_issue(struct request *rq, u64 now_ns)
{
    struct sample_note *note = note_of(rq);
    if (!note)
        return;
    note->queue_ns = note->queued_ns && note->queued_ns <= now_ns ? now_ns - note->queued_ns : SAMPLE_UNKNOWN;
    note_place(rq, note);
}

ALWAYS_INLINE u64 threshold_ns(void)
{
#ifdef THRESHOLD_NS
    return THRESHOLD_NS;
#else
    int index = SAMPLES_THRESHOLD_NS;
    u64 *least = samples_state.lookup(&index);
    return least ? *least : 0;
#endif
}

ALWAYS_INLINE void send_sample(void *ctx, struct request *rq, u64 latency_ns, u64 end_ns)
{
    struct sample_event event = {.end_ns = end_ns, .latency_ns = latency_ns};
    struct sample_note *note = notes.lookup(&rq);
    event.note.queue_ns = SAMPLE_UNKNOWN;
    event.note.sector = SAMPLE_UNKNOWN;
    if (note)
        event.note = *note;
    event.flags = shown_flags(request_flags(rq));
    READ_MEMBER(event.disk, request_disk(rq), GENDISK_DISK_NAME_OFFSET);
    int index = SAMPLES_LOST;
    u64 *lost = samples_state.lookup(&index);
    if (samples.perf_submit(ctx, &event, sizeof(event)) && lost)
        lock_xadd(lost, 1);
}

// Where this and others take the key of a map by its address, the caller stores it once for all of them.
ALWAYS_INLINE void forget_note(struct request **rq)
{
    notes.delete(rq);
}

// At the end of a request, and after its time was taken: the user side relies on this when it lowers the
// threshold.
ALWAYS_INLINE void end_sample(void *ctx, struct request *rq, struct begun *begun, u64 end_ns)
{
    if (end_ns >= begun->time_ns && end_ns - begun->time_ns >= threshold_ns())
        send_sample(ctx, rq, end_ns - begun->time_ns, end_ns);
    forget_note(&rq);
}
#else
ALWAYS_INLINE void note_queue(struct request *rq, u64 now_ns)
{
}

ALWAYS_INLINE void note_issue(struct request *rq, u64 now_ns)
{
}

ALWAYS_INLINE void end_sample(void *ctx, struct request *rq, struct begun *begun, u64 end_ns)
{
}

ALWAYS_INLINE void forget_note(struct request **rq)
{
}
#endif

#if defined(REQUEST_START_TIME_NS_OFFSET) && (defined(COUNT_UNMATCHED) || defined(START_TIME_FROM_REQUEST))
ALWAYS_INLINE int begun_before_tracing(u64 start_time_ns)
{
    int index = 0;
    u64 *attached_ns = since.lookup(&index);
    return attached_ns && (*attached_ns == 0 || start_time_ns < *attached_ns);
}
#endif

#ifdef START_TIME_FROM_REQUEST
ALWAYS_INLINE void begin(struct request **rq, struct begun *begun)
{
}

ALWAYS_INLINE void unbegin(struct request **rq)
{
}

// The end of a request whose start no event tells: the kernel's own note of it, taken when the request was
// made.
ALWAYS_INLINE int completed(void *ctx, struct request *rq)
{
    struct begun begun = {};
    u64 now_ns = bpf_ktime_get_ns();
    u32 rq_flags = 0;
    if (!select_request(rq, &begun))
        return 0;
    // A write with a flush before or after it ends twice; its bios end with the second, when this bit is
    // clear again.
    READ_MEMBER(rq_flags, rq, REQUEST_RQ_FLAGS_OFFSET);
    if (rq_flags & RQF_FLUSH_SEQ_MASK)
        return 0;
    READ_MEMBER(begun.time_ns, rq, REQUEST_START_TIME_NS_OFFSET);
    if (!begun.time_ns)
        bump(DROP_NO_START_TIME);
    else if (begun_before_tracing(begun.time_ns))
        bump(DROP_UNMATCHED);
    else {
        count_latency(rq, &begun, now_ns);
        end_sample(ctx, rq, &begun, now_ns);
    }
    return 0;
}
#else
// A request that starts and is under way already: was it put back and is issued again, or has its memory been
// used for another one meanwhile, without a probe at the end? In the second case it was made after the start
// that is noted.
ALWAYS_INLINE int is_another(struct request *rq, struct begun *known)
{
#if defined(REQUEST_START_TIME_NS_OFFSET) && defined(HANDLE_MERGE_RAW) // else it may have been merged away
    u64 queued_ns = 0;
    READ_MEMBER(queued_ns, rq, REQUEST_START_TIME_NS_OFFSET);
    return queued_ns > known->time_ns;
#else
    return 0;
#endif
}

ALWAYS_INLINE void begin(struct request **rq, struct begun *begun)
{
    int counter = COUNTERS; // none
    struct begun *known = start.lookup(rq);
    if (known) {
        if (known->time_ns && is_another(*rq, known))
            counter = DROP_END_UNSEEN;
        *known = *begun;
    } else {
        counter = start.update(rq, begun) ? DROP_START_FULL : COUNTER_KEPT;
    }
    if (counter != COUNTERS)
        bump(counter);
}

ALWAYS_INLINE void unbegin(struct request **rq)
{
    struct begun *begun = start.lookup(rq);
    if (begun)
        begun->time_ns = 0;
}

ALWAYS_INLINE void forget(struct request *rq, struct begun *begun)
{
    int counter = COUNTER_KEPT;
    u64 *n = counters.lookup(&counter);
    begun->time_ns = 0;
    if (n && *n > KEEP_ENTRIES && !start.delete(&rq))
        lock_xadd(n, -1);
}

#ifdef COUNT_UNMATCHED
// An end without a start is a miss if the request was made before tracing. It is none if it was counted
// already: a write with a flush ends twice, and an empty flush ends without having been issued.
ALWAYS_INLINE void end_unmatched(struct request *rq)
{
#ifdef REQUEST_START_TIME_NS_OFFSET
    struct begun begun = {};
    READ_MEMBER(begun.time_ns, rq, REQUEST_START_TIME_NS_OFFSET);
    if (begun.time_ns && begun_before_tracing(begun.time_ns) && select_request(rq, &begun))
        bump(DROP_UNMATCHED);
#endif
}
#else
ALWAYS_INLINE void end_unmatched(struct request *rq)
{
}
#endif

#ifdef START_NEEDS_IO_STAT
// The start event leaves out requests that are not accounted (queue/iostats is 0). Each is told once: a
// flush's own request is none that -Q counts, and the last end of a write with a flush is the one with the
// bit clear.
ALWAYS_INLINE void end_unaccounted(struct request *rq)
{
    struct begun begun = {};
    u32 rq_flags = 0;
    READ_MEMBER(rq_flags, rq, REQUEST_RQ_FLAGS_OFFSET);
    if (rq_flags & (RQF_IO_STAT_MASK | RQF_FLUSH_SEQ_MASK))
        return;
    if ((request_flags(rq) & OP_MASK) != OP_FLUSH && select_request(rq, &begun))
        bump(DROP_NO_START_TIME);
}
#else
ALWAYS_INLINE void end_unaccounted(struct request *rq)
{
}
#endif

ALWAYS_INLINE int completed(void *ctx, struct request *rq)
{
    struct begun *found = start.lookup(&rq);
    if (!found || !found->time_ns) {
        end_unmatched(rq);
        end_unaccounted(rq);
        forget_note(&rq); // queued, but never issued: an empty flush
        return 0;
    }
    u64 now_ns = bpf_ktime_get_ns();
    struct begun begun = *found;
    forget(rq, found);
    count_latency(rq, &begun, now_ns);
    end_sample(ctx, rq, &begun, now_ns);
    return 0;
}
#endif

// ---- the events of a request's life: queue, insert, issue, merge, complete; for each kind of hook a handler
// ----

ALWAYS_INLINE int queued(struct request *rq)
{
    struct begun begun = {};
    if (!select_request(rq, &begun))
        return 0;
    begun.time_ns = bpf_ktime_get_ns();
    if (START_AT == AT_QUEUE)
        begin(&rq, &begun);
    note_queue(rq, begun.time_ns);
    return 0;
}

ALWAYS_INLINE int issued(struct request *rq)
{
    struct begun begun = {};
    if (!select_request(rq, &begun))
        return 0;
    begun.time_ns = bpf_ktime_get_ns();
    if (START_AT == AT_ISSUE)
        begin(&rq, &begun);
    note_issue(rq, begun.time_ns);
    return 0;
}

#ifdef HANDLE_QUEUE_RAW
int on_queue_raw(struct bpf_raw_tracepoint_args *ctx)
{
    return queued((struct request *)ctx->args[QUEUE_ARG]);
}
#endif

#ifdef HANDLE_QUEUE_KPROBE
int on_queue_kprobe(struct pt_regs *ctx, struct request *rq)
{
    return queued(rq);
}
#endif

#ifdef HANDLE_QUEUE_NEW_IO_KPROBE
// blk_account_io_start(rq, new_io) up to 5.7: a call with new_io false is a bio merged into a request under
// way.
int on_queue_new_io_kprobe(struct pt_regs *ctx, struct request *rq, bool new_io)
{
    return new_io ? queued(rq) : 0;
}
#endif

#ifdef HANDLE_INSERT_RAW
int on_insert_raw(struct bpf_raw_tracepoint_args *ctx)
{
    struct request *rq = (struct request *)ctx->args[INSERT_ARG];
    struct begun begun = {};
    if (select_request(rq, &begun))
        note_of(rq);
    return 0;
}
#endif

#ifdef HANDLE_ISSUE_RAW
int on_issue_raw(struct bpf_raw_tracepoint_args *ctx)
{
    return issued((struct request *)ctx->args[ISSUE_ARG]);
}
#endif

#ifdef HANDLE_ISSUE_KPROBE
int on_issue_kprobe(struct pt_regs *ctx, struct request *rq)
{
    return issued(rq);
}
#endif

#ifdef HANDLE_MERGE_RAW
// A request merged into another one never completes. It can be in `start` if it was requeued, or with -Q.
int on_merge_raw(struct bpf_raw_tracepoint_args *ctx)
{
    struct request *rq = (struct request *)ctx->args[MERGE_ARG];
    unbegin(&rq);
    forget_note(&rq);
    return 0;
}
#endif

#ifdef HANDLE_COMPLETE_RAW
int on_complete_raw(struct bpf_raw_tracepoint_args *ctx)
{
    return completed(ctx, (struct request *)ctx->args[0]);
}
#endif

#ifdef HANDLE_COMPLETE_KPROBE
int on_complete_kprobe(struct pt_regs *ctx, struct request *rq)
{
    return completed(ctx, rq);
}
#endif

// block_rq_complete fires for each part of a request that completes. The last part is the one after which
// blk_update_request() has nothing left to do (block/blk-mq.c: !req->bio, or nr_bytes covers what remains).
ALWAYS_INLINE int is_last_part(struct request *rq, u32 nr_bytes)
{
    void *bio = 0;
    u32 left = 0;
    READ_MEMBER(bio, rq, REQUEST_BIO_OFFSET);
    READ_MEMBER(left, rq, REQUEST_DATA_LEN_OFFSET);
    return !bio || nr_bytes >= left;
}

#ifdef HANDLE_COMPLETE_PART_RAW
int on_complete_part_raw(struct bpf_raw_tracepoint_args *ctx)
{
    struct request *rq = (struct request *)ctx->args[0];
    return is_last_part(rq, ctx->args[2]) ? completed(ctx, rq) : 0;
}
#endif

#ifdef HANDLE_COMPLETE_UNTIMED_RAW
BPF_PROG_ARRAY(end_program, 1); // on_complete_raw

// Beside block_io_done, which does not fire for requests without a time stamp (blk_mq_need_time_stamp()).
// They go on to the same program: a copy of it here would take a tenth of the time to start.
int on_complete_untimed_raw(struct bpf_raw_tracepoint_args *ctx)
{
    struct request *rq = (struct request *)ctx->args[0];
    u32 rq_flags = 0;
    READ_MEMBER(rq_flags, rq, REQUEST_RQ_FLAGS_OFFSET);
    if (!(rq_flags & RQF_TIMED_MASK) && is_last_part(rq, ctx->args[2]))
        end_program.call(ctx, 0);
    return 0;
}
#endif

#ifdef HANDLE_COMPLETE_UNACCOUNTED_RAW
// Beside kprobe __blk_account_io_done, which is not called for flushes and where iostats are off.
int on_complete_unaccounted_raw(struct bpf_raw_tracepoint_args *ctx)
{
    struct request *rq = (struct request *)ctx->args[0];
    u32 rq_flags = 0;
    READ_MEMBER(rq_flags, rq, REQUEST_RQ_FLAGS_OFFSET);
    if ((rq_flags & RQF_IO_STAT_MASK) && !(rq_flags & RQF_FLUSH_SEQ_MASK))
        return 0;
    return is_last_part(rq, ctx->args[2]) ? completed(ctx, rq) : 0;
}
#endif
