// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
// What the probe text reads of kernel 4.19: members and names as there, not their order or values.
#define REQ_SYNC (1U << 11)
#define REQ_META (1U << 12)
#define REQ_PRIO (1U << 13)
#define REQ_NOMERGE (1U << 14)
#define REQ_IDLE (1U << 15)
#define REQ_FUA (1U << 17)
#define REQ_PREFLUSH (1U << 18)
#define REQ_RAHEAD (1U << 19)
#define REQ_BACKGROUND (1U << 20)
#define RQF_FLUSH_SEQ (1 << 4)
#define RQF_IO_STAT (1 << 13)
#define RQF_STATS (1 << 17)
#define REQ_NOWAIT (1U << 21)
#define REQ_NOUNMAP (1U << 25)
#define rq_data_dir(rq) 0

struct gendisk {
    int major, first_minor;
    char disk_name[32];
};

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
    u64 start_time_ns;
};
