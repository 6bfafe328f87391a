// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
// What the probe text reads of kernel 5.17: members and names as there, not their order or values.
#include "flags.h"
#define REQ_NOWAIT (1U << 21)
#define REQ_POLLED (1U << 24)
#define RQF_USE_SCHED (1 << 9)
#include "gendisk.h"

struct request_queue {
    struct gendisk *disk;
};

struct request {
    struct request_queue *q;
    unsigned int __data_len;
    sector_t __sector;
    void *bio;
    u32 cmd_flags, rq_flags;
    u64 start_time_ns;
};
