// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
// The disks and partitions that were asked for. A partition is a range of its disk's sectors. Flushes have no sector: they are the
// whole disk's.
#define FILTERED (FILTER_DEV || FILTER_RANGES)

// Is this request of one of them? *dev is its disk's, and becomes the number that it is counted under.
#if FILTER_RANGES // several: the user side fills the map
struct target {
    struct target_range ranges[FILTER_RANGES];
};
BPF_HASH(targets, u32, struct target, FILTER_ENTRIES);

ALWAYS_INLINE int is_target(struct request *rq, u32 *dev)
{
    u64 sector = 0;
    struct target *target = targets.lookup(dev);
    if (!target || !FILTER_SECTORS)
        return target != 0;
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
#else // one, or all
ALWAYS_INLINE int is_target(struct request *rq, u32 *dev)
{
    u64 sector = 0;
    if (!FILTERED || *dev != FILTER_DEV || !FILTER_END_SECTOR)
        return !FILTERED || *dev == FILTER_DEV;
    READ_MEMBER(sector, rq, REQUEST_SECTOR_OFFSET);
    *dev = FILTER_OWN_DEV;
    return sector >= FILTER_FIRST_SECTOR && sector < FILTER_END_SECTOR;
}
#endif
