// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
// What the probe text reads of kernel 4.14: members and names as there, not their order or values.
#include "flags.h"
#define REQ_NOWAIT (1U << 21)
#include "gendisk.h"

struct request_queue {
    int unused;
};

struct request {
    struct request_queue *q;
    unsigned int __data_len;
    sector_t __sector;
    void *bio;
    u32 cmd_flags, rq_flags;
    struct gendisk *rq_disk;
};
