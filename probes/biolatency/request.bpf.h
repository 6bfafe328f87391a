// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
// What is read of a request. NAME_OFFSET is where a member lies in its struct, in bytes; -1: this kernel has none.

// Operations that carry a driver's own command, not I/O: REQ_OP_SCSI_IN 32 .. REQ_OP_DRV_OUT 35.
#define FIRST_PASSTHROUGH_OP 32
#define OP_FLUSH 2
#define OP_MASK 0xff

#ifdef WITH_KERNEL_HEADERS
#include "biolatency/kernel_headers.bpf.h"
#else
struct request;

// The operation in the low 8 bits, flags from bit 8 on: what cmd_flags is since 4.10 (ef295ecf090d).
ALWAYS_INLINE u32 request_flags(struct request *rq)
{
    u32 flags = 0;
    READ_MEMBER(flags, rq, REQUEST_CMD_FLAGS_OFFSET);
    return flags;
}

// Only the operation, and the flags that titles show (src/kernel/flags.c).
ALWAYS_INLINE u32 shown_flags(u32 flags)
{
    return flags & FLAGS_MASK;
}
#endif

ALWAYS_INLINE u32 request_rq_flags(struct request *rq)
{
    u32 rq_flags = 0;
    READ_MEMBER(rq_flags, rq, REQUEST_RQ_FLAGS_OFFSET);
    return rq_flags;
}

// When the kernel made it, CLOCK_MONOTONIC ns; 0: the kernel keeps no such time. Merging makes it smaller.
ALWAYS_INLINE u64 request_start_time_ns(struct request *rq)
{
    u64 start_time_ns = 0;
    if (REQUEST_START_TIME_NS_OFFSET >= 0)
        READ_MEMBER(start_time_ns, rq, REQUEST_START_TIME_NS_OFFSET);
    return start_time_ns;
}

ALWAYS_INLINE void *request_disk(struct request *rq)
{
    void *q = 0, *disk = 0;
    if (REQUEST_RQ_DISK_OFFSET >= 0) {
        READ_MEMBER(disk, rq, REQUEST_RQ_DISK_OFFSET);
    } else {
        READ_MEMBER(q, rq, REQUEST_Q_OFFSET);
        READ_MEMBER(disk, q, REQUEST_QUEUE_DISK_OFFSET);
    }
    return disk;
}

ALWAYS_INLINE u32 request_dev(struct request *rq)
{
    void *disk = request_disk(rq);
    u32 major = 0, minor = 0;
    READ_MEMBER(major, disk, GENDISK_MAJOR_OFFSET);
    READ_MEMBER(minor, disk, GENDISK_FIRST_MINOR_OFFSET);
    return major << 20 | minor;
}

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
