// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
// Numbers and structs that the kernel side (probes/biolatency.bpf.c) and the user side (src/) must agree on.
// Plain C types only: this text is compiled by libbcc and by the host's compiler.
#ifndef BIOLATENCY_ABI_H
#define BIOLATENCY_ABI_H

// A histogram slot counts latencies v, in the unit of the output (us or ms). Slots are log-linear:
//   v < 32:   slot v (exact);
//   v >= 32:  with e = floor(log2 v), slot (e - 4) * 32 + ((v >> (e - 5)) & 31): 32 of equal width for each
//   power of two.
// A slot is so at most 1/32 of its lower bound wide, and powers of two begin at slots that are multiples
// of 32.
#define HIST_SUB_BITS 5
#define HIST_SUB (1 << HIST_SUB_BITS)
#define HIST_SLOTS ((64 - HIST_SUB_BITS + 1) * HIST_SUB)
#define HIST_SLOT_SUM                                                                                        \
    HIST_SLOTS // not a latency: the sum of all v of the group, kept where the plan asks for it
#define HIST_CELLS (HIST_SLOTS + 1)

// Indices of the array `counters`: what could not be counted, and one for the kernel side's own use.
enum counter {
    MISSED_START_FULL,    // the map of requests under way had no room
    MISSED_DIST_FULL,     // the histogram map had no room
    MISSED_NO_START_TIME, // the kernel kept no start time for the request (-Q without a start event, iostats
                          // off)
    MISSED_NEGATIVE,      // completed before it started, by the clock
    MISSED_END_UNSEEN,    // started, but no probe ran when it ended
    MISSED_UNMATCHED,     // completed, but made before tracing began
    MISSED_KINDS,
    COUNTER_KEPT = MISSED_KINDS, // entries of the map `start`
    COUNTERS
};

// Key of `dist` when histograms are kept by disk or by flags. Members that the plan does not group by are 0.
struct dist_key {
    unsigned int dev;   // major << 20 | minor
    unsigned int flags; // operation in the low 8 bits, flags above, as in request.cmd_flags
    unsigned int slot;
};

#define DISK_NAME_SIZE 32 // DISK_NAME_LEN of the kernel's include/linux/blkdev.h

struct disk_name {
    char text[DISK_NAME_SIZE];
};

#endif
