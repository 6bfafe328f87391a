// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
// Counts latencies in histograms: one array for all, or a hash of parts.

// The slot of abi.h without a branch: straight code costs less here, to compile as well as to run. `shift` is what brings
// v below 2 * HIST_SUB, floor(log2(v)) - HIST_SUB_BITS or 0; each is one power of two, HIST_SUB slots further.
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

#if GROUPED
BPF_HASH(dist, struct dist_key, struct hist_part, DIST_ENTRIES);

// The part of its group's histogram that the slot is in; 0: the map is full.
ALWAYS_INLINE struct hist_part *find_part(struct request *rq, struct flight *flight, u32 slot)
{
    struct dist_key key = {.dev = flight->dev, .flags = flight->flags, .slot = slot & ~(HIST_SUB - 1)};
    struct hist_part *part = dist.lookup(&key);
    if (part)
        return part;
    struct hist_part empty = {};
    dist.insert(&key, &empty);
    keep_name(rq, flight->dev);
    return dist.lookup(&key);
}

ALWAYS_INLINE void count_latency(struct request *rq, struct flight *flight, u64 latency_ns)
{
    u64 v = latency_ns / UNIT_NS;
    u64 slot = hist_slot(v);
    struct hist_part *part = find_part(rq, flight, slot);
    if (!part) {
        bump(DROP_DIST_FULL);
        return;
    }
    asm volatile("" : "+r"(slot)); // 4.9 wants the mask right before the access
    lock_xadd(&part->counts[slot & (HIST_SUB - 1)], 1);
    if (WITH_SUM)
        lock_xadd(&part->sum, v);
}
#else
BPF_HISTOGRAM(dist, int, HIST_CELLS);

ALWAYS_INLINE void add(int cell, u64 n)
{
    u64 *count = dist.lookup(&cell);
    if (count)
        lock_xadd(count, n);
}

ALWAYS_INLINE void count_latency(struct request *rq, struct flight *flight, u64 latency_ns)
{
    u64 v = latency_ns / UNIT_NS;
    add(hist_slot(v), 1);
    if (WITH_SUM)
        add(HIST_SLOT_SUM, v);
}
#endif
