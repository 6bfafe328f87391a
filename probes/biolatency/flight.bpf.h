// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
// Requests in flight: from the event that is seen first to completion.

// The kernel uses the memory of a request again and again, so an entry stays when its request completes, with both times 0: to
// find one and write to it takes half the time of adding and deleting it. Where request memory comes and goes (disks come and
// go), entries above KEEP_ENTRIES are deleted after all, so that the rest of the map is always there for requests in flight.
BPF_HASH(start, struct request *, struct flight, START_ENTRIES);
BPF_ARRAY(since, u64, 1); // when the last probe was attached, CLOCK_MONOTONIC ns; 0 until then

#define AT_QUEUE 1
#define AT_ISSUE 2

// When the time that is counted started; 0: it has not, or the map does not know it (START_TIME_FROM_REQUEST).
ALWAYS_INLINE u64 started_ns(struct flight *flight)
{
    if (START_TIME_FROM_REQUEST)
        return 0;
    return START_AT == AT_QUEUE ? flight->queued_ns : flight->issued_ns;
}

// Without samples only the start is kept.
ALWAYS_INLINE int is_in_flight(struct flight *known)
{
    return known && (WITH_SAMPLES ? known->queued_ns || known->issued_ns : started_ns(known) != 0);
}

// Has the memory of a known request been used for another one, and no probe ran when the known one completed? Then it was made
// after what is known. Else the request was put back, or goes on to the next step.
ALWAYS_INLINE int is_another(struct request *rq, struct flight *known)
{
    return request_start_time_ns(rq) > (known->issued_ns ? known->issued_ns : known->queued_ns);
}

// At insert or issue: is the entry of this request, and not of an earlier one in the same memory? The event of queueing writes over
// the earlier one. (It may come a moment before the kernel sets the request's start time, so that does not decide here.)
ALWAYS_INLINE int is_same(struct request *rq, struct flight *known)
{
    if (!is_in_flight(known))
        return 0;
    return (!SEES_INSERT && !known->issued_ns) || !is_another(rq, known);
}

// Puts a request into the map; known: the entry that its memory has there, or 0.
ALWAYS_INLINE void put(struct request **rq, struct flight *known, struct flight *flight)
{
    int counter = COUNTERS; // none
    if (known) {
        // A request is queued once, but may be issued again. A merged one does not complete: where that is not seen,
        // nothing can be said.
        if (SEES_MERGE && started_ns(known) && (!flight->issued_ns || is_another(*rq, known)))
            counter = DROP_END_UNSEEN;
        *known = *flight;
    } else if (!start.update(rq, flight)) {
        counter = COUNTER_KEPT;
    } else if (started_ns(flight)) {
        counter = DROP_START_FULL;
    }
    if (counter != COUNTERS)
        bump(counter);
}

// Where this and others take the key of the map by its address, the caller stores it once for all of them.
ALWAYS_INLINE void forget(struct request **rq, struct flight *known)
{
    int counter = COUNTER_KEPT;
    u64 *kept = counters.lookup(&counter);
    known->queued_ns = known->issued_ns = 0;
    if (kept && *kept > KEEP_ENTRIES && !start.delete(rq))
        lock_xadd(kept, -1);
}

// Takes a request that completes out of the map. When it started, see started_ns().
ALWAYS_INLINE u64 take(struct request *rq, struct flight *flight)
{
    // Without a start event a write with a flush goes on until its second completion: see start_from_request().
    if (START_TIME_FROM_REQUEST && (!WITH_SAMPLES || request_rq_flags(rq) & RQF_FLUSH_SEQ_MASK))
        return 0;
    struct flight *known = start.lookup(&rq);
    if (!is_in_flight(known))
        return 0;
    *flight = *known;
    forget(&rq, known);
    return started_ns(flight);
}

ALWAYS_INLINE int queued_before_tracing(u64 queued_ns)
{
    int index = 0;
    u64 *attached_ns = since.lookup(&index);
    return attached_ns && (*attached_ns == 0 || queued_ns < *attached_ns);
}

// A completion without a start is dropped if the request was queued before tracing. Else it was counted already: a write with
// a flush completes twice, and an empty flush completes without having been issued.
ALWAYS_INLINE void drop_unmatched(struct request *rq)
{
    struct flight flight = {};
    u64 queued_ns = request_start_time_ns(rq);
    // Where the request is not accounted, the time may be that of an earlier use of its memory.
    if (!queued_ns || !(request_rq_flags(rq) & RQF_IO_STAT_MASK))
        return;
    if (queued_before_tracing(queued_ns) && select_request(rq, &flight))
        bump(DROP_UNMATCHED);
}

// The start event leaves out requests that are not accounted (queue/iostats is 0). Each is dropped once: a flush's own request
// is none that -Q counts, and the last completion of a write with a flush is the one with the bit clear.
ALWAYS_INLINE void drop_unaccounted(struct request *rq)
{
    struct flight flight = {};
    if (request_rq_flags(rq) & (RQF_IO_STAT_MASK | RQF_FLUSH_SEQ_MASK))
        return;
    if ((request_flags(rq) & OP_MASK) != OP_FLUSH && select_request(rq, &flight))
        bump(DROP_NO_START_TIME);
}

// The start that no probe sees, as the kernel keeps it in the request; 0: it is not counted.
ALWAYS_INLINE u64 start_from_request(struct request *rq, struct flight *flight)
{
    // A write with a flush before or after it completes twice; its bios with the second, when this bit is clear again.
    if (!select_request(rq, flight) || (request_rq_flags(rq) & RQF_FLUSH_SEQ_MASK))
        return 0;
    u64 queued_ns = request_start_time_ns(rq);
    if (queued_ns && !queued_before_tracing(queued_ns))
        return queued_ns;
    bump(queued_ns ? DROP_UNMATCHED : DROP_NO_START_TIME);
    return 0;
}
