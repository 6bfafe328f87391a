// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
// What BTF has as numbers, from kernel headers: where members lie, and which flags a request has, by their names. Nothing else
// knows which kernel the headers are of.
#include <linux/blkdev.h>
#include <linux/version.h>
#ifndef rq_data_dir // it went to blk-mq.h together with struct request (24b83deb29b7, 5.16)
#include <linux/blk-mq.h>
#endif

#define REQUEST_Q_OFFSET offsetof(struct request, q)
#define REQUEST_CMD_FLAGS_OFFSET offsetof(struct request, cmd_flags)
#define REQUEST_DATA_LEN_OFFSET offsetof(struct request, __data_len)
#define REQUEST_SECTOR_OFFSET offsetof(struct request, __sector)
#define REQUEST_BIO_OFFSET offsetof(struct request, bio)
#define GENDISK_MAJOR_OFFSET offsetof(struct gendisk, major)
#define GENDISK_FIRST_MINOR_OFFSET offsetof(struct gendisk, first_minor)
#define GENDISK_DISK_NAME_OFFSET offsetof(struct gendisk, disk_name)

#if LINUX_VERSION_CODE >= KERNEL_VERSION(4, 19, 0) // 4.14 has it by another clock, or not at all
#define REQUEST_START_TIME_NS_OFFSET ((int)offsetof(struct request, start_time_ns))
#else
#define REQUEST_START_TIME_NS_OFFSET -1
#endif

#ifdef REQUEST_HAS_RQ_DISK
#define REQUEST_RQ_DISK_OFFSET ((int)offsetof(struct request, rq_disk))
#define REQUEST_QUEUE_DISK_OFFSET -1
#else
#define REQUEST_RQ_DISK_OFFSET -1
#define REQUEST_QUEUE_DISK_OFFSET offsetof(struct request_queue, disk)
#endif

#ifdef RQF_FLUSH_SEQ // since 4.10 (e806402130c9)
#define REQUEST_RQ_FLAGS_OFFSET offsetof(struct request, rq_flags)
#define RQF_FLUSH_SEQ_MASK ((u32)RQF_FLUSH_SEQ)
#define RQF_IO_STAT_MASK ((u32)RQF_IO_STAT)
#else
#define REQUEST_RQ_FLAGS_OFFSET -1
#define RQF_FLUSH_SEQ_MASK 0
#define RQF_IO_STAT_MASK 0
#endif
#ifdef RQF_USE_SCHED
#define RQF_TIMED_MASK ((u32)(RQF_IO_STAT | RQF_STATS | RQF_USE_SCHED))
#endif

#ifdef REQ_OP_SHIFT // 4.8 and 4.9: 64 bits, the operation in the top three, other numbers (include/linux/blk_types.h)
// The flags at the places that they have since, less 8.
ALWAYS_INLINE u32 old_flags(u64 flags)
{
    return (flags & REQ_SYNC ? 1U << 3 : 0) | (flags & REQ_META ? 1U << 4 : 0) | (flags & REQ_PRIO ? 1U << 5 : 0) |
           (flags & REQ_NOMERGE ? 1U << 6 : 0) | (flags & REQ_FUA ? 1U << 9 : 0) | (flags & REQ_PREFLUSH ? 1U << 10 : 0) |
           (flags & REQ_RAHEAD ? 1U << 11 : 0);
}

ALWAYS_INLINE u32 request_flags(struct request *rq)
{
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
}

ALWAYS_INLINE u32 shown_flags(u32 flags)
{
    return flags; // old_flags() takes no others
}
#else
ALWAYS_INLINE u32 request_flags(struct request *rq)
{
    u32 flags = 0;
#if LINUX_VERSION_CODE < KERNEL_VERSION(4, 11, 0)
    // 4.10: passthrough is still a type of its own, not an operation (aebf526b53ae).
    u32 type = 0;
    READ_MEMBER(type, rq, offsetof(struct request, cmd_type));
    if (type != REQ_TYPE_FS)
        return FIRST_PASSTHROUGH_OP;
#endif
    READ_MEMBER(flags, rq, REQUEST_CMD_FLAGS_OFFSET);
    return flags;
}

// Flags that move, or that not all kernels have, get the bits of src/kernel/flags.c.
ALWAYS_INLINE u32 shown_flags(u32 flags)
{
    u32 shown = flags & (OP_MASK | REQ_SYNC | REQ_META | REQ_PRIO | REQ_NOMERGE | REQ_IDLE | REQ_FUA | REQ_PREFLUSH |
                         REQ_RAHEAD | REQ_BACKGROUND);
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
}
#endif
