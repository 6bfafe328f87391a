// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
// The kernel side: times block requests from a start event to completion and counts them in a histogram.
//
// Compiled by libbcc at run time, as one text: cmake/embed.cmake puts the parts in the place of their #include. What varies between
// kernels and options comes in as -D (src/trace/plan.c), as numbers, so that it is asked for with a plain `if`:
//   *_OFFSET              where a member lies, in bytes; -1: there is none (from BTF; absent with WITH_KERNEL_HEADERS)
//   HANDLE_*              which handlers are wanted, one for each event and kind of hook: only these are defined
//   QUEUE_ARG, INSERT_ARG, ISSUE_ARG, MERGE_ARG    which argument of the tracepoint is the request
//   SEES_INSERT, SEES_MERGE                        whether there is a handler for that event
//   START_AT              at which event the time starts: AT_QUEUE or AT_ISSUE
//   START_NEEDS_IO_STAT, START_TIME_FROM_REQUEST   the start event is for accounted requests only; there is none, and
//                         request.start_time_ns at completion is used
//   BY_*, WITH_SUM, WITH_HISTOGRAM, UNIT_NS
//   FILTER_DEV, FILTER_FIRST_SECTOR, FILTER_END_SECTOR, FILTER_OWN_DEV   the one disk or partition that is traced; 0: all, or
//   FILTER_ENTRIES, FILTER_RANGES, FILTER_SECTORS  several
//   START_ENTRIES, KEEP_ENTRIES, DIST_ENTRIES, NAME_ENTRIES      map sizes
//   WITH_SAMPLES, HAVE_CURRENT_CGROUP, HAVE_ANCESTOR_CGROUP, WITH_BIO_CGROUP     see sample.bpf.h
// libbcc rewrites member accesses and map calls where it sees them in this text, so none may hide in a macro.
#include <uapi/linux/ptrace.h>
#include "abi.h"
#include "biolatency/common.bpf.h"
#include "biolatency/request.bpf.h"
#include "biolatency/target.bpf.h"
#include "biolatency/group.bpf.h"
#include "biolatency/flight.bpf.h"
#include "biolatency/histogram.bpf.h"
#include "biolatency/sample.bpf.h"

// ---- the events of a request's life: queue, insert, issue, merge, complete ----

ALWAYS_INLINE int queued(struct request *rq)
{
    struct flight flight = {};
    if (!select_request(rq, &flight))
        return 0;
    flight.queued_ns = bpf_ktime_get_ns();
    read_place(rq, &flight);
    read_submitter(rq, &flight);
    struct flight *known = start.lookup(&rq);
    put(&rq, known, &flight);
    return 0;
}

// Where no probe sees requests being queued, this is the first event.
ALWAYS_INLINE int inserted(struct request *rq)
{
    struct flight flight = {};
    struct flight *known = start.lookup(&rq);
    if (!select_request(rq, &flight) || is_same(rq, known))
        return 0;
    read_unqueued(rq, &flight);
    put(&rq, known, &flight);
    return 0;
}

ALWAYS_INLINE int issued(struct request *rq)
{
    struct flight flight = {};
    if (!select_request(rq, &flight))
        return 0;
    flight.issued_ns = bpf_ktime_get_ns();
    struct flight *known = start.lookup(&rq);
    if (WITH_SAMPLES && is_same(rq, known)) { // what is known of it stays
        known->issued_ns = flight.issued_ns;
        if (START_AT == AT_ISSUE) {
            known->dev = flight.dev;
            known->flags = flight.flags;
        }
        read_place(rq, known);
    } else if (START_AT == AT_ISSUE || START_TIME_FROM_REQUEST) {
        read_unqueued(rq, &flight);
        read_place(rq, &flight);
        put(&rq, known, &flight);
    }
    return 0;
}

// A request merged into another one never completes. It can be known if it was put back, or if it was seen when it was queued.
ALWAYS_INLINE int merged(struct request *rq)
{
    struct flight *known = start.lookup(&rq);
    if (known)
        known->queued_ns = known->issued_ns = 0;
    return 0;
}

ALWAYS_INLINE int completed(void *ctx, struct request *rq)
{
    struct flight flight = {};
    u64 start_ns = take(rq, &flight);
    if (START_TIME_FROM_REQUEST) {
        start_ns = start_from_request(rq, &flight);
    } else if (!start_ns) {
        drop_unmatched(rq);
        if (START_NEEDS_IO_STAT)
            drop_unaccounted(rq);
    }
    if (!start_ns)
        return 0;
    u64 now_ns = bpf_ktime_get_ns();
    if (now_ns < start_ns) {
        bump(DROP_NEGATIVE);
        return 0;
    }
    if (WITH_HISTOGRAM)
        count_latency(rq, &flight, now_ns - start_ns);
    sample(ctx, rq, &flight, now_ns - start_ns, now_ns);
    return 0;
}

// ---- for each event and kind of hook, a handler ----

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
// blk_account_io_start(rq, new_io) up to 5.7: a call with new_io false is a bio that is merged into a request.
int on_queue_new_io_kprobe(struct pt_regs *ctx, struct request *rq, bool new_io)
{
    return new_io ? queued(rq) : 0;
}
#endif

#ifdef HANDLE_INSERT_RAW
int on_insert_raw(struct bpf_raw_tracepoint_args *ctx)
{
    return inserted((struct request *)ctx->args[INSERT_ARG]);
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
int on_merge_raw(struct bpf_raw_tracepoint_args *ctx)
{
    return merged((struct request *)ctx->args[MERGE_ARG]);
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

#ifdef HANDLE_COMPLETE_PART_RAW
int on_complete_part_raw(struct bpf_raw_tracepoint_args *ctx)
{
    struct request *rq = (struct request *)ctx->args[0];
    return is_last_part(rq, ctx->args[2]) ? completed(ctx, rq) : 0;
}
#endif

#ifdef HANDLE_COMPLETE_UNTIMED_RAW
BPF_PROG_ARRAY(end_program, 1); // on_complete_raw

// Beside block_io_done, which does not fire for requests without a time stamp (blk_mq_need_time_stamp()). They go on to
// the same program: a copy of it here would take a tenth of the time to start.
int on_complete_untimed_raw(struct bpf_raw_tracepoint_args *ctx)
{
    struct request *rq = (struct request *)ctx->args[0];
    if (!(request_rq_flags(rq) & RQF_TIMED_MASK) && is_last_part(rq, ctx->args[2]))
        end_program.call(ctx, 0);
    return 0;
}
#endif

#ifdef HANDLE_COMPLETE_UNACCOUNTED_RAW
// Beside kprobe __blk_account_io_done, which is not called for flushes and where iostats are off.
int on_complete_unaccounted_raw(struct bpf_raw_tracepoint_args *ctx)
{
    struct request *rq = (struct request *)ctx->args[0];
    u32 rq_flags = request_rq_flags(rq);
    if ((rq_flags & RQF_IO_STAT_MASK) && !(rq_flags & RQF_FLUSH_SEQ_MASK))
        return 0;
    return is_last_part(rq, ctx->args[2]) ? completed(ctx, rq) : 0;
}
#endif
