// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
// What the probe text reads of kernel 4.9: members and names as there, not their order or values.
#define REQ_OP_SHIFT 61
#define REQ_SYNC (1ULL << 4)
#define REQ_META (1ULL << 5)
#define REQ_PRIO (1ULL << 6)
#define REQ_NOMERGE (1ULL << 20)
#define REQ_FUA (1ULL << 9)
#define REQ_PREFLUSH (1ULL << 10)
#define REQ_RAHEAD (1ULL << 11)
enum { REQ_OP_READ, REQ_OP_WRITE, REQ_OP_DISCARD, REQ_OP_SECURE_ERASE, REQ_OP_WRITE_SAME, REQ_OP_FLUSH };
enum { REQ_TYPE_FS = 1 };
#include "gendisk.h"

struct request_queue {
    int unused;
};

struct request {
    struct request_queue *q;
    unsigned int __data_len;
    sector_t __sector;
    void *bio;
    unsigned cmd_type;
    u64 cmd_flags;
    struct gendisk *rq_disk;
};
