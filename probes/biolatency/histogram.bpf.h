// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
// Counts latencies in histograms.
#if GROUPED
BPF_HISTOGRAM(dist, struct dist_key, DIST_ENTRIES);

// The count of a slot; 0: the map is full.
ALWAYS_INLINE u64 *find_count(struct request *rq, struct flight *flight, u32 slot)
{
    u64 zero = 0;
    struct dist_key key = {.dev = flight->dev, .flags = flight->flags, .slot = slot};
    u64 *count = dist.lookup(&key);
    if (count)
        return count;
    dist.insert(&key, &zero);
    keep_name(rq, key.dev);
    return dist.lookup(&key);
}
#else
BPF_HISTOGRAM(dist, int, HIST_CELLS);

ALWAYS_INLINE u64 *find_count(struct request *rq, struct flight *flight, u32 slot)
{
    int index = slot;
    return dist.lookup(&index);
}
#endif

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

ALWAYS_INLINE void add(struct request *rq, struct flight *flight, u32 slot, u64 n)
{
    u64 *count = find_count(rq, flight, slot);
    if (count)
        lock_xadd(count, n);
    else if (slot != HIST_SLOT_SUM)
        bump(DROP_DIST_FULL);
}

ALWAYS_INLINE void count_latency(struct request *rq, struct flight *flight, u64 latency_ns)
{
    u64 v = latency_ns / UNIT_NS;
    add(rq, flight, hist_slot(v), 1);
    if (WITH_SUM)
        add(rq, flight, HIST_SLOT_SUM, v);
}
