// SPDX-License-Identifier: Apache-2.0
// Questions to the running kernel. It is asked for the fact, not for its version; plan.c uses the answers.
#ifndef KERNEL_H
#define KERNEL_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "kernel/flags.h"
#include "kernel/functions.h"

enum tracepoint {
    TP_BLOCK_RQ_ISSUE,
    TP_BLOCK_IO_START,
    TP_BLOCK_IO_DONE,
    TP_BLOCK_RQ_COMPLETE,
    TP_BLOCK_RQ_MERGE,
    TP_BLOCK_RQ_INSERT, // only for samples
    TP_COUNT
};

enum function {
    FN_BLK_START_REQUEST,
    FN_BLK_MQ_START_REQUEST,
    FN_BLK_ACCOUNT_IO_START,
    FN_UU_BLK_ACCOUNT_IO_START, // __blk_account_io_start
    FN_BLK_ACCOUNT_IO_DONE,
    FN_UU_BLK_ACCOUNT_IO_DONE,
    FN_BLK_ACCOUNT_IO_MERGE_BIO, // never attached to: where it exists, blk_account_io_start has one argument
                                 // (b5af37ab3a53)
    FN_COUNT
};

enum member {
    REQUEST_Q,
    REQUEST_CMD_FLAGS,
    REQUEST_RQ_FLAGS,
    REQUEST_DATA_LEN,
    REQUEST_SECTOR,
    REQUEST_BIO,
    REQUEST_START_TIME_NS,
    REQUEST_RQ_DISK,
    REQUEST_QUEUE_DISK,
    REQUEST_QUEUE_REQUEST_FN, // legacy queues, up to 4.20
    GENDISK_MAJOR,
    GENDISK_FIRST_MINOR,
    GENDISK_DISK_NAME,
    // From here on only for samples: the way from a bio to the id of its cgroup.
    BIO_BLKG,
    BLKCG_GQ_BLKCG,
    BLKCG_CSS,
    CSS_CGROUP,
    CGROUP_LEVEL,
    CGROUP_KN,
    CGROUP_ROOT,
    CGROUP_ROOT_HIERARCHY_ID,
    KERNFS_NODE_ID,
    TASK_FLAGS,
    MEMBER_COUNT
};

#define FIRST_SAMPLE_MEMBER BIO_BLKG
#define FIRST_SAMPLE_TRACEPOINT TP_BLOCK_RQ_INSERT

enum rq_flag { RQF_FLUSH_SEQ, RQF_IO_STAT, RQF_STATS, RQF_USE_SCHED, RQF_COUNT };

struct kernel {
    char release[65];
    bool has_btf;           // else kernel headers are used, and offset[] is empty
    char btf_problem[64];   // why there is no BTF
    char headers[PATH_MAX]; // with kernel headers: $BCC_KERNEL_SOURCE, or "" for /lib/modules/RELEASE/
    bool has_kprobes;
    bool has_probe_read_kernel;
    bool has_current_cgroup, has_ancestor_cgroup; // helpers for tracing, since 4.18 and 5.15
    int tracepoint_args[TP_COUNT];                // as a raw tracepoint; 0: there is none
    enum function_state function[FN_COUNT];
    bool asked_traceable, knows_traceable; // the list of traceable functions was asked for, could be read
    int account_io_start_args;             // 0: not known
    int offset[MEMBER_COUNT];              // bytes; -1: no such member
    int rq_flag_bit[RQF_COUNT];
    struct flag_names flags;
};

// Asks all that is cheap. use_btf false: as if the kernel had no BTF. with_samples: also what only samples
// need; else as if the kernel lacked it. 0; or -errno with one line in why: -ENOENT: neither BTF nor kernel
// headers; others: one of them is there and could not be read, or the kernel could not be asked.
int kernel_ask(struct kernel *kernel, bool use_btf, bool with_samples, char *why, size_t size);

// Asks for a function when it is first wanted: the list of functions is long.
enum function_state kernel_function(struct kernel *kernel, enum function function);

const char *kernel_tracepoint_name(enum tracepoint tracepoint);
const char *kernel_function_name(enum function function);
const char *kernel_member_define(enum member member); // "REQUEST_CMD_FLAGS_OFFSET"

// One line: which package has the kernel's headers here.
void kernel_headers_advice(const struct kernel *kernel, char *line, size_t size);

// May this process trace? NULL, or why not, as "needs root, or CAP_BPF and CAP_PERFMON" (the kernel has those
// since 5.8).
const char *kernel_lacks_capability(void);

// The mode of lockdown: "none", "integrity", or "confidentiality", which forbids BPF to read kernel memory.
// False, and "" in mode, where securityfs is not mounted.
bool kernel_lockdown(char *mode, size_t size);

// Reads "REQ_OP_NAME = NUMBER" from a kernel's include/linux/blk_types.h.
void kernel_scan_blk_types(FILE *header, struct flag_names *names);

#endif
