// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
// What kernels have since 4.10.
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
