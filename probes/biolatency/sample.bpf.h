// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
// Samples: single requests that are sent to the user side, with what is gone or has changed when a request completes.
#if WITH_SAMPLES
BPF_PERF_OUTPUT(samples);
BPF_ARRAY(samples_state, u64, SAMPLES_STATES);

#define TASK_IS_KTHREAD 0x00200000 // PF_KTHREAD, include/linux/sched.h; the same since 2.6

// The cgroup that the first bio is charged to: for pages that are written back the one that made them dirty, not that of the
// kernel thread which writes them. It may be less exact than the task's, as only cgroups with the io controller are charged: so
// the task's stays if the task is in it or below; where no helper can say that, only kernel threads get the bio's.
ALWAYS_INLINE void read_bio_cgroup(struct request *rq, struct sample_details *details)
{
    void *bio = 0, *blkg = 0, *blkcg = 0, *cgroup = 0, *node = 0, *root = 0;
    int level = 0, hierarchy = 0; // 0: the root; version 2
    u64 id = 0;
    u32 task_flags = 0;
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
    if (HAVE_ANCESTOR_CGROUP) {
        if (!hierarchy && bpf_get_current_ancestor_cgroup_id(level) == id)
            return;
    } else {
        READ_MEMBER(task_flags, bpf_get_current_task(), TASK_STRUCT_FLAGS_OFFSET);
        if (!hierarchy && !(task_flags & TASK_IS_KTHREAD))
            return;
    }
    details->cgroup = id;
    details->has |= SAMPLE_HAS_CGROUP | (hierarchy ? SAMPLE_CGROUP_V1 : 0);
}

// Who submits a request: to be called where it is queued, as later steps may be another's work.
ALWAYS_INLINE void read_submitter(struct request *rq, struct flight *flight)
{
    u64 ids = bpf_get_current_pid_tgid();
    struct sample_details *details = &flight->details;
    details->pid = ids >> 32;
    details->tid = ids;
    bpf_get_current_comm(&details->comm, sizeof(details->comm));
    details->has |= SAMPLE_HAS_SUBMITTER;
    if (HAVE_CURRENT_CGROUP) {
        details->cgroup = bpf_get_current_cgroup_id();
        details->has |= SAMPLE_HAS_CGROUP;
    }
    if (WITH_BIO_CGROUP)
        read_bio_cgroup(rq, details);
}

ALWAYS_INLINE void read_place(struct request *rq, struct flight *flight)
{
    u64 sector = 0;
    u32 bytes = 0;
    READ_MEMBER(sector, rq, REQUEST_SECTOR_OFFSET);
    READ_MEMBER(bytes, rq, REQUEST_DATA_LEN_OFFSET);
    // It grows by merging. It shrinks if a part has completed and the rest is issued again: the time is of the whole.
    if (START_AT == AT_QUEUE && bytes < flight->details.bytes)
        return;
    flight->details.sector = sector;
    flight->details.bytes = bytes;
}

// Steps of the flush machinery run in whatever context.
ALWAYS_INLINE int is_flush_step(struct request *rq)
{
    return (request_rq_flags(rq) & RQF_FLUSH_SEQ_MASK) || (request_flags(rq) & OP_MASK) == OP_FLUSH;
}

// A request that no probe saw when it was queued: it is a step of the flush machinery, was queued before tracing, or
// (SEES_INSERT) this is the first event of all requests.
ALWAYS_INLINE void read_unqueued(struct request *rq, struct flight *flight)
{
    flight->details.sector = SAMPLE_UNKNOWN;
    if (!SEES_INSERT)
        return;
    flight->queued_ns = request_start_time_ns(rq);
    if (!flight->queued_ns) // not known: later than any time, so that it is in flight and has no queue time
        flight->queued_ns = SAMPLE_UNKNOWN;
    if (!is_flush_step(rq))
        read_submitter(rq, flight);
}

// From this latency on a sample is sent, as the user side asks: in a map, so that the text is the same for each latency.
ALWAYS_INLINE u64 threshold_ns(void)
{
    int index = SAMPLES_THRESHOLD_NS;
    u64 *threshold = samples_state.lookup(&index);
    return threshold ? *threshold : 0;
}

// At the end of a request, and after its time was taken: the user side relies on this when it lowers the threshold.
ALWAYS_INLINE void sample(void *ctx, struct request *rq, struct flight *flight, u64 latency_ns, u64 end_ns)
{
    int index = SAMPLES_LOST;
    if (latency_ns < threshold_ns())
        return;
    struct sample_event event = {.end_ns = end_ns, .latency_ns = latency_ns, .queue_ns = SAMPLE_UNKNOWN};
    if (flight->queued_ns && flight->queued_ns <= flight->issued_ns)
        event.queue_ns = flight->issued_ns - flight->queued_ns;
    event.details = flight->details;
    if (!is_in_flight(flight)) // nothing was seen of it before
        event.details.sector = SAMPLE_UNKNOWN;
    event.flags = shown_flags(request_flags(rq));
    READ_MEMBER(event.disk, request_disk(rq), GENDISK_DISK_NAME_OFFSET);
    u64 *lost = samples_state.lookup(&index);
    if (samples.perf_submit(ctx, &event, sizeof(event)) && lost)
        lock_xadd(lost, 1);
}
#else
ALWAYS_INLINE void read_submitter(struct request *rq, struct flight *flight) {}
ALWAYS_INLINE void read_place(struct request *rq, struct flight *flight) {}
ALWAYS_INLINE void read_unqueued(struct request *rq, struct flight *flight) {}
ALWAYS_INLINE void sample(void *ctx, struct request *rq, struct flight *flight, u64 latency_ns, u64 end_ns) {}
#endif
