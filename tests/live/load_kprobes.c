// SPDX-License-Identifier: Apache-2.0
// Loads the handlers of every row of the plan's table, in every combination of grouping, filter and sum, and
// with single I/Os in some of them, also those that this kernel has no use for: the plan is made for a kernel
// that is said to have other functions and tracepoints, with this one's types. Nothing is attached; the
// kernel's verifier has seen it all.
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bcc/bcc.h"
#include "kernel/kernel.h"
#include "options.h"
#include "trace/embedded.h"
#include "trace/plan.h"

#define SKIPPED 77

typedef void pretend_fn(struct kernel *kernel);

static void no_io_events(struct kernel *kernel)
{
    kernel->tracepoint_args[TP_BLOCK_IO_START] = 0;
    kernel->tracepoint_args[TP_BLOCK_IO_DONE] = 0;
}

static void no_kprobes(struct kernel *kernel)
{
    kernel->has_kprobes = false;
    no_io_events(kernel);
}

// 6.4: __blk_account_io_*, no block_io_*.
static void with_underscores(struct kernel *kernel)
{
    no_io_events(kernel);
    kernel->function[FN_BLK_ACCOUNT_IO_START] = FUNCTION_ABSENT;
    kernel->function[FN_BLK_ACCOUNT_IO_DONE] = FUNCTION_ABSENT;
}

// 5.8 to 5.15.
static void without_underscores(struct kernel *kernel)
{
    no_io_events(kernel);
    kernel->function[FN_UU_BLK_ACCOUNT_IO_START] = FUNCTION_ABSENT;
    kernel->function[FN_UU_BLK_ACCOUNT_IO_DONE] = FUNCTION_ABSENT;
    kernel->account_io_start_args = 1;
}

// 5.7: blk_account_io_start(rq, new_io), block_rq_issue(q, rq), request.rq_disk, no bpf_probe_read_kernel to
// speak of.
static void with_new_io(struct kernel *kernel)
{
    without_underscores(kernel);
    kernel->account_io_start_args = 2;
    kernel->tracepoint_args[TP_BLOCK_RQ_ISSUE] = 2;
    kernel->tracepoint_args[TP_BLOCK_RQ_MERGE] = 2;
    kernel->offset[REQUEST_RQ_DISK] = kernel->offset[REQUEST_Q];
    kernel->has_probe_read_kernel = false;
    kernel->has_ancestor_cgroup = false;
}

// 4.19: legacy queues beside blk-mq.
static void with_legacy_queues(struct kernel *kernel)
{
    with_new_io(kernel);
    kernel->tracepoint_args[TP_BLOCK_RQ_MERGE] = 0;
    kernel->offset[REQUEST_QUEUE_REQUEST_FN] = kernel->offset[REQUEST_QUEUE_DISK];
    kernel->function[FN_BLK_START_REQUEST] = FUNCTION_TRACEABLE;
}

// 4.15: no raw tracepoints at all.
static void only_kprobes(struct kernel *kernel)
{
    with_legacy_queues(kernel);
    memset(kernel->tracepoint_args, 0, sizeof(kernel->tracepoint_args));
}

static void as_it_is(struct kernel *kernel)
{
    kernel->has_kprobes = false;
}

// To test one more: a row. handlers: what the plan must come to, in the order of attaching.
static const struct scenario {
    const char *name;
    pretend_fn *pretend;
    enum attach_kinds attach;
    bool queued;
    const char *handlers;
} scenarios[] = {
    {"this kernel", as_it_is, ATTACH_AUTO, false,
     "on_complete_raw on_complete_untimed_raw on_merge_raw on_issue_raw"},
    {"this kernel, -Q", as_it_is, ATTACH_AUTO, true,
     "on_complete_raw on_complete_untimed_raw on_merge_raw on_queue_raw"},
    {"no kprobes", no_kprobes, ATTACH_AUTO, false, "on_complete_part_raw on_merge_raw on_issue_raw"},
    {"no kprobes, -Q", no_kprobes, ATTACH_AUTO, true, "on_complete_part_raw"},
    {"with underscores", with_underscores, ATTACH_AUTO, false,
     "on_complete_kprobe on_complete_unaccounted_raw on_merge_raw on_issue_raw"},
    {"with underscores, -Q", with_underscores, ATTACH_AUTO, true,
     "on_complete_part_raw on_merge_raw on_queue_kprobe"},
    {"with underscores, kprobes", with_underscores, ATTACH_KPROBE, false,
     "on_complete_kprobe on_issue_kprobe"},
    {"without underscores", without_underscores, ATTACH_AUTO, false,
     "on_complete_kprobe on_merge_raw on_issue_raw"},
    {"without underscores, -Q", without_underscores, ATTACH_AUTO, true,
     "on_complete_part_raw on_merge_raw on_queue_kprobe"},
    {"without underscores, kprobes, -Q", without_underscores, ATTACH_KPROBE, true,
     "on_complete_kprobe on_queue_kprobe"},
    {"with new_io, -Q", with_new_io, ATTACH_AUTO, true,
     "on_complete_part_raw on_merge_raw on_queue_new_io_kprobe"},
    {"with new_io, kprobes, -Q", with_new_io, ATTACH_KPROBE, true,
     "on_complete_kprobe on_queue_new_io_kprobe"},
    {"legacy queues", with_legacy_queues, ATTACH_AUTO, false,
     "on_complete_part_raw on_issue_raw on_issue_kprobe"},
    {"legacy queues, raw", with_legacy_queues, ATTACH_RAW_TRACEPOINT, true, "on_complete_part_raw"},
    {"only kprobes", only_kprobes, ATTACH_AUTO, false, "on_complete_kprobe on_issue_kprobe on_issue_kprobe"},
    {"only kprobes, -Q", only_kprobes, ATTACH_AUTO, true, "on_complete_kprobe on_queue_new_io_kprobe"},
};

// The same with single I/Os.
static const struct scenario with_samples[] = {
    {"this kernel", as_it_is, ATTACH_AUTO, false,
     "on_complete_raw on_complete_untimed_raw on_merge_raw on_issue_raw on_queue_raw"},
    {"this kernel, -Q", as_it_is, ATTACH_AUTO, true,
     "on_complete_raw on_complete_untimed_raw on_merge_raw on_issue_raw on_queue_raw"},
    {"no kprobes", no_kprobes, ATTACH_AUTO, false,
     "on_complete_part_raw on_merge_raw on_issue_raw on_insert_raw"},
    {"no kprobes, -Q", no_kprobes, ATTACH_AUTO, true,
     "on_complete_part_raw on_merge_raw on_issue_raw on_insert_raw"},
    {"with underscores", with_underscores, ATTACH_AUTO, false,
     "on_complete_part_raw on_merge_raw on_issue_raw on_queue_kprobe"},
    {"with underscores, -Q", with_underscores, ATTACH_AUTO, true,
     "on_complete_part_raw on_merge_raw on_issue_raw on_queue_kprobe"},
    {"without underscores, kprobes, -Q", without_underscores, ATTACH_KPROBE, true,
     "on_complete_kprobe on_issue_kprobe on_queue_kprobe"},
    {"with new_io", with_new_io, ATTACH_AUTO, false,
     "on_complete_part_raw on_merge_raw on_issue_raw on_queue_new_io_kprobe"},
    {"legacy queues", with_legacy_queues, ATTACH_AUTO, false,
     "on_complete_part_raw on_issue_raw on_issue_kprobe on_queue_new_io_kprobe"},
    {"legacy queues, raw", with_legacy_queues, ATTACH_RAW_TRACEPOINT, true,
     "on_complete_part_raw on_issue_raw on_insert_raw"},
    {"only kprobes, -Q", only_kprobes, ATTACH_AUTO, true,
     "on_complete_kprobe on_issue_kprobe on_issue_kprobe on_queue_new_io_kprobe"},
};

#define N_WITH_SAMPLES (sizeof(with_samples) / sizeof(with_samples[0]))
#define N_SCENARIOS (sizeof(scenarios) / sizeof(scenarios[0]))

// A combination: bits of a number.
enum {
    BIT_DISKS = 1,
    BIT_FLAGS = 2,
    BIT_SUM = 4,
    BITS = 8, // all of the above; the others are not combined with all of them
    BIT_SLOWEST = 16,
    BIT_SLOWER = 32,
    FIRST_MAP = 3, // the filters from this one on need a map
    FILTERS = 7
};

#define PARTITION(major, minor, n)                                                                           \
    {                                                                                                        \
        DISK_DEV(major, minor), DISK_DEV(major, (minor) + (n)), true, 2048 * (n),                            \
            UINT64_C(0x123456789abc) * (n), ""                                                               \
    }

#define PARTITIONS_4(n)                                                                                      \
    PARTITION(8, 16, n), PARTITION(8, 16, (n) + 1), PARTITION(8, 16, (n) + 2), PARTITION(8, 16, (n) + 3)
#define PARTITIONS_16(n) PARTITIONS_4(n), PARTITIONS_4((n) + 4), PARTITIONS_4((n) + 8), PARTITIONS_4((n) + 12)

static const struct disk_filter filters[FILTERS] = {
    [1] = {{{.dev = DISK_DEV(259, 3)}}, 1},
    [2] = {{PARTITION(8, 16, 1)}, 1},
    [3] = {{{.dev = DISK_DEV(259, 3)}, {.dev = DISK_DEV(8, 16)}}, 2},
    [4] = {{{.dev = DISK_DEV(259, 3)}, PARTITION(8, 16, 1)}, 2},
    [5] = {{PARTITION(8, 16, 1), PARTITION(8, 16, 2), PARTITION(8, 16, 3), PARTITION(8, 16, 4),
            PARTITION(8, 16, 5)},
           5},
    [6] = {{PARTITIONS_16(1), PARTITIONS_16(17), PARTITIONS_16(33), PARTITIONS_16(49)}, 64},
};
static const char *const filter_names[FILTERS] = {"",
                                                  ", a disk",
                                                  ", a partition",
                                                  ", two disks",
                                                  ", a disk and a partition",
                                                  ", five partitions",
                                                  ", as many partitions as there can be"};

static void tell_failure(const struct scenario *scenario, unsigned bits, unsigned filter, const char *what,
                         int error, struct bcc *bcc)
{
    char *log = bcc ? bcc_log(bcc) : NULL;
    fprintf(stderr, "FAILED: %s%s%s%s%s%s%s: %s: %s\n%s\n", scenario->name,
            bits & BIT_SLOWEST ? ", --slowest" : "", bits & BIT_SLOWER ? ", --slower" : "",
            bits & BIT_DISKS ? ", -D" : "", bits & BIT_FLAGS ? ", -F" : "", bits & BIT_SUM ? ", sums" : "",
            filter_names[filter], what, strerror(-error), log ? log : "");
    free(log);
}

#define INSTRUCTIONS_MAX 4096 // of a program, before 5.2

struct walk {
    const struct bpf_insn *instructions;
    enum { NOT_SEEN, ON_THE_WAY, DONE } state[INSTRUCTIONS_MAX];
};

// Is there a way from instruction i back to one that leads to it?
static bool has_loop(struct walk *walk, int i)
{
    const struct bpf_insn *at = &walk->instructions[i];
    unsigned op = BPF_OP(at->code);
    bool jumps = (BPF_CLASS(at->code) == BPF_JMP || BPF_CLASS(at->code) == BPF_JMP32) && op != BPF_CALL;
    bool wide = at->code == (BPF_LD | BPF_IMM | BPF_DW);
    if (walk->state[i] != NOT_SEEN)
        return walk->state[i] == ON_THE_WAY;
    walk->state[i] = ON_THE_WAY;
    bool found = jumps && op != BPF_EXIT && has_loop(walk, i + 1 + at->off);
    if (!found && !(jumps && (op == BPF_EXIT || op == BPF_JA)))
        found = has_loop(walk, i + 1 + wide);
    walk->state[i] = DONE;
    return found;
}

// Would an old kernel take the program? Up to 5.3 it must have no loops. What the kernel has made of it,
// which is what can be read, is longer than it was. 0 or -errno.
static int check_for_old_kernels(int fd)
{
    static struct bpf_insn instructions[INSTRUCTIONS_MAX];
    static struct walk walk;
    struct bpf_prog_info info = {.xlated_prog_len = sizeof(instructions),
                                 .xlated_prog_insns = (uintptr_t)instructions};
    union bpf_attr attr;
    memset(&attr, 0, sizeof(attr));
    memset(&walk, 0, sizeof(walk));
    walk.instructions = instructions;
    attr.info.bpf_fd = (uint32_t)fd;
    attr.info.info_len = sizeof(info);
    attr.info.info = (uintptr_t)&info;
    if (syscall(SYS_bpf, BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr)) < 0)
        return -errno;
    if (info.xlated_prog_len == 0 || info.xlated_prog_len > sizeof(instructions))
        return -E2BIG;
    return has_loop(&walk, 0) ? -ELOOP : 0;
}

static bool loaded_before(const struct plan *plan, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (strcmp(plan->points[i].handler, plan->points[index].handler) == 0)
            return true;
    return false;
}

static bool load_plan(const struct scenario *scenario, const struct plan *plan, unsigned bits,
                      unsigned filter)
{
    const char *defines[PLAN_DEFINES];
    struct bcc *bcc = NULL;
    for (size_t i = 0; i < plan->n_defines; i++)
        defines[i] = plan->defines[i];
    const struct bcc_source source = {
        .text = embedded_biolatency, .defines = defines, .n_defines = plan->n_defines};
    const char *what = "compiling";
    int error = bcc_open(&bcc, embedded_headers, embedded_headers_count, NULL);
    if (!error)
        error = bcc_compile(bcc, &source);
    for (size_t i = 0; i < plan->n_points && !error; i++) {
        if (loaded_before(plan, i))
            continue;
        what = plan->points[i].handler;
        int fd = bcc_load(bcc, plan->points[i].kind, plan->points[i].handler);
        if (fd < 0) {
            error = fd;
        } else {
            error = check_for_old_kernels(fd);
            close(fd);
        }
    }
    if (error)
        tell_failure(scenario, bits, filter, what, error, bcc);
    bcc_close(bcc);
    return error == 0;
}

static bool has_handlers(const struct scenario *scenario, const struct plan *plan)
{
    char list[512] = "";
    for (size_t i = 0; i < plan->n_points; i++) {
        size_t n = strlen(list);
        snprintf(list + n, sizeof(list) - n, "%s%s", i ? " " : "", plan->points[i].handler);
    }
    if (strcmp(list, scenario->handlers) == 0)
        return true;
    fprintf(stderr, "FAILED: %s: the plan is '%s', should be '%s'\n", scenario->name, list,
            scenario->handlers);
    return false;
}

static bool test_combination(const struct scenario *scenario, const struct kernel *real, unsigned bits,
                             unsigned filter)
{
    static struct plan plan;
    struct kernel kernel = *real;
    char why[PLAN_WHY_SIZE + 256];
    const struct plan_scale scale = {.disks = 9, .requests = 1024};
    const struct needs needs = {.attach = scenario->attach,
                                .from_queue = scenario->queued,
                                .by = (bits & BIT_DISKS ? BY(DIMENSION_DISK) : 0) |
                                      (bits & BIT_FLAGS ? BY(DIMENSION_FLAGS) : 0),
                                .filter = filter ? &filters[filter] : NULL,
                                .milliseconds = bits & BIT_SUM,
                                .sums = bits & BIT_SUM,
                                .samples = bits & (BIT_SLOWEST | BIT_SLOWER),
                                .no_histograms = bits & BIT_SLOWER,
                                .threshold_ns = 10000000};
    kernel.has_kprobes = true;
    for (int i = 0; i < FN_COUNT; i++)
        kernel.function[i] = FUNCTION_TRACEABLE;
    scenario->pretend(&kernel);
    int error = plan_make(&plan, &needs, &kernel, &scale, why, sizeof(why));
    if (error) {
        tell_failure(scenario, bits, filter, why, error, NULL);
        return false;
    }
    return has_handlers(scenario, &plan) && load_plan(scenario, &plan, bits, filter);
}

// Combinations with single I/Os: they are code of their own, that little of the rest matters for.
static unsigned test_with_samples(const struct scenario *scenario, const struct kernel *real, unsigned *n)
{
    static const unsigned combinations[] = {BIT_SLOWEST, BIT_SLOWEST | (BITS - 1), BIT_SLOWER,
                                            BIT_SLOWER | BIT_SUM};
    unsigned failures = 0;
    for (size_t i = 0; i < sizeof(combinations) / sizeof(combinations[0]); i++)
        for (unsigned filter = 0; filter < FILTERS; filter++, ++*n)
            failures += !test_combination(scenario, real, combinations[i], filter);
    return failures;
}

// A map of disks differs from one disk only where a request is selected.
static bool is_tried_with_maps(unsigned bits)
{
    return bits == 0 || bits == BIT_DISKS || bits == BITS - 1;
}

static int skip(const char *why)
{
    printf("skipped: %s\n", why);
    return SKIPPED;
}

int main(void)
{
    static struct kernel kernel;
    char why[512];
    unsigned failures = 0, n = 0;
    if (kernel_lacks_capability())
        return skip("not root");
    if (kernel_ask(&kernel, true, true, why, sizeof(why)) < 0 || !kernel.has_btf)
        return skip("this kernel has no BTF");
    if (!kernel.tracepoint_args[TP_BLOCK_IO_DONE])
        return skip("this kernel has no block_io_done, so the first rows do not stand for it");
    for (size_t i = 0; i < N_SCENARIOS; i++)
        for (unsigned bits = 0; bits < BITS; bits++)
            for (unsigned filter = 0; filter < (is_tried_with_maps(bits) ? FILTERS : FIRST_MAP);
                 filter++, n++)
                failures += !test_combination(&scenarios[i], &kernel, bits, filter);
    for (size_t i = 0; i < N_WITH_SAMPLES; i++)
        failures += test_with_samples(&with_samples[i], &kernel, &n);
    printf("%u plans, %u failed\n", n, failures);
    return failures > 0;
}
