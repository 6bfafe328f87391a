// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
// The group of histograms that a request is counted in. To add a dimension (src/model/dimension.c): what it reads.
#define GROUPED (BY_DISK || BY_FLAGS || BY_OP)

// Reads it from a request of the disk `dev`.
ALWAYS_INLINE void read_group(struct flight *flight, u32 dev, u32 flags)
{
    if (BY_DISK)
        flight->dev = dev;
    if (BY_FLAGS)
        flight->flags = shown_flags(flags);
    else if (BY_OP)
        flight->flags = flags & OP_MASK;
}

// Is this a request that the user asked for? Then *flight says where it is counted.
ALWAYS_INLINE int select_request(struct request *rq, struct flight *flight)
{
    u32 flags = request_flags(rq), dev = 0;
    if ((flags & OP_MASK) >= FIRST_PASSTHROUGH_OP)
        return 0;
    // The flush machinery's own request: those that asked for the flush are counted instead, as with a start event.
    if (START_TIME_FROM_REQUEST && (flags & OP_MASK) == OP_FLUSH)
        return 0;
    if (BY_DISK || FILTERED)
        dev = request_dev(rq);
    if (!is_target(rq, &dev))
        return 0;
    read_group(flight, dev, flags);
    return 1;
}

#if BY_DISK
BPF_HASH(names, u32, struct disk_name, NAME_ENTRIES);

// Keeps the name of a disk while the disk is there.
ALWAYS_INLINE void keep_name(struct request *rq, u32 dev)
{
    struct disk_name name = {};
    READ_MEMBER(name, request_disk(rq), GENDISK_DISK_NAME_OFFSET);
    names.update(&dev, &name);
}
#else
ALWAYS_INLINE void keep_name(struct request *rq, u32 dev) {}
#endif
