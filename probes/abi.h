// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
// Numbers and structs that the kernel side (probes/biolatency.bpf.c and its parts) and the user side (src/)
// must agree on. Plain C types only: this text is compiled by libbcc and by the host's compiler.
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
    DROP_START_FULL,    // the map of requests in flight was full
    DROP_DIST_FULL,     // the histogram map was full
    DROP_NO_START_TIME, // the kernel kept no start time for the request (-Q without a start event, iostats
                        // off)
    DROP_NEGATIVE,      // completed before it started, by the clock
    DROP_END_UNSEEN,    // started, but no probe ran when it ended
    DROP_UNMATCHED,     // completed, but queued before tracing began
    DROPS,
    COUNTER_KEPT = DROPS, // entries of the map `start`
    COUNTERS
};

// Key of `dist` when histograms are kept apart. Members that they are not kept apart by are 0.
struct dist_key {
    unsigned int dev;   // major << 20 | minor
    unsigned int flags; // operation in the low 8 bits, flags above, as in request.cmd_flags
    unsigned int slot;  // in the map the first of a part: a multiple of HIST_SUB
};

// Its value: HIST_SUB slots of the group's histogram, which are one power of two.
struct hist_part {
    unsigned long long sum; // of all latencies that these slots count, where the plan asks for it
    unsigned long long counts[HIST_SUB];
};

// Values of the map `targets`, which is there if several disks or partitions are asked for: by disk (major <<
// 20 | minor), what of it is counted as what. The first range that a request's sector is in decides.
struct target_range {
    unsigned long long first_sector, last_sector; // of the disk, in 512 bytes, both included
    unsigned int dev;                             // of the partition, or the disk
    unsigned int unused;
};

#define DISK_NAME_SIZE 32 // DISK_NAME_LEN of the kernel's include/linux/blkdev.h

struct disk_name {
    char text[DISK_NAME_SIZE];
};

// Samples: single requests (--slowest, --slower).
#define COMM_SIZE 16                   // TASK_COMM_LEN
#define SAMPLE_UNKNOWN (~0ULL)         // as queue_ns or sector
#define SAMPLE_HAS_SUBMITTER (1U << 0) // pid, tid and comm are known
#define SAMPLE_HAS_CGROUP (1U << 1)    // cgroup is known
#define SAMPLE_CGROUP_V1 (1U << 2)     // it is of version 1's blkio hierarchy, else of version 2's

// Indices of the array `samples_state`.
enum samples_state {
    SAMPLES_THRESHOLD_NS, // --slower: what took less is not sent; --slowest: need not be
    SAMPLES_LOST,         // events that did not fit into the perf buffer
    SAMPLES_STATES
};

// What is gone or has changed when a request completes, so is read before.
struct sample_details {
    unsigned long long sector; // of the disk, in 512 bytes; SAMPLE_UNKNOWN also where there is none (a flush)
    unsigned long long cgroup; // its id
    unsigned int bytes;
    unsigned int has;      // SAMPLE_HAS_*, SAMPLE_CGROUP_V1
    unsigned int pid, tid; // of the submitter, in the first pid namespace
    char comm[COMM_SIZE];
};

// What goes through the perf buffer. No holes: the kernel refuses to send what was not written.
struct sample_event {
    unsigned long long end_ns; // CLOCK_MONOTONIC; first, so that events can be put in order
    unsigned long long latency_ns;
    unsigned long long queue_ns; // from queued to issued; SAMPLE_UNKNOWN
    struct sample_details details;
    unsigned int flags; // as in struct dist_key
    unsigned int unused;
    char disk[DISK_NAME_SIZE];
};

// A request in flight: the values of the map `start`. Times are CLOCK_MONOTONIC, in ns; 0: not yet, or not
// known. Both are 0 in an entry that waits to be used again.
struct flight {
    unsigned long long queued_ns, issued_ns;
    unsigned int dev, flags;               // of the group that it is counted in, as in struct dist_key
#if !defined(WITH_SAMPLES) || WITH_SAMPLES // without samples the kernel side keeps no more than the above
    struct sample_details details;
#endif
};

#endif
