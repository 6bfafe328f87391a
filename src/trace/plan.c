// SPDX-License-Identifier: Apache-2.0
// See plan.h. Which kernel has what, and where each event stands in the life of a request, is in
// docs/design.md.
#include "trace/plan.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "model/dimension.h"
#include "probes/abi.h"

#define REQUESTS_MIN 10240     // biolatency.py's
#define REQUESTS_MAX (1 << 17) // 20 MB; more are never in flight at once
#define PARTS_A_GROUP 16       // powers of two: 32 us to 1 s with no gap
#define DIST_ENTRIES_MAX (1 << 16)
#define MAPS_ALWAYS (1U << MAP_DIST | 1U << MAP_COUNTERS | 1U << MAP_SINCE | 1U << MAP_START)

// The steps of a request's life, last first. The needs say which of them starts the time.
enum event { EVENT_COMPLETE, EVENT_MERGE, EVENT_ISSUE, EVENT_INSERT, EVENT_QUEUE, EVENTS };

typedef bool fits_fn(struct kernel *kernel);

#define SUBMITTER "submitter"
#define ANY_TARGET ""

// Is this kernel, by its name, older? Only where no fact decides.
static bool release_before(const struct kernel *kernel, unsigned major, unsigned minor)
{
    unsigned a = 0, b = 0;
    if (sscanf(kernel->release, "%u.%u", &a, &b) != 2)
        return false;
    return a < major || (a == major && b < minor);
}

// blk_account_io_start(rq, new_io) up to 5.7, (rq) since. Without BTF: blk_account_io_merge_bio came with
// that change, but a compiler may have inlined it.
static bool start_has_one_argument(struct kernel *kernel)
{
    if (kernel->account_io_start_args)
        return kernel->account_io_start_args == 1;
    return !release_before(kernel, 5, 8) ||
           kernel_function(kernel, FN_BLK_ACCOUNT_IO_MERGE_BIO) != FUNCTION_ABSENT;
}

static bool start_has_new_io(struct kernel *kernel)
{
    return !start_has_one_argument(kernel);
}

// Hooks, in the order to attach, which is the reverse of a request's life: so nothing starts that cannot
// complete. For each event the alternatives, best first. A raw tracepoint must exist; a function must be
// traceable. To add one: a row; a handler in probes/biolatency.bpf.c if none of those there fits. `purpose`:
// for people; of issue and queue where the time starts there. A row with `beside` is no alternative: it is
// taken as well if the one taken has that target.
static const struct hook {
    enum event event;
    enum bcc_kind kind;
    int target; // enum tracepoint or enum function
    const char *handler, *purpose;
    fits_fn *fits;
    const char *beside;
} table[] = {
    {EVENT_COMPLETE, BCC_RAW_TRACEPOINT, TP_BLOCK_IO_DONE, "on_complete_raw", "completion", NULL, NULL},
    {EVENT_COMPLETE, BCC_KPROBE, FN_BLK_ACCOUNT_IO_DONE, "on_complete_kprobe", "completion", NULL, NULL},
    {EVENT_COMPLETE, BCC_KPROBE, FN_UU_BLK_ACCOUNT_IO_DONE, "on_complete_kprobe", "completion", NULL, NULL},
    {EVENT_COMPLETE, BCC_RAW_TRACEPOINT, TP_BLOCK_RQ_COMPLETE, "on_complete_part_raw",
     "completion, with the last part", NULL, NULL},
    {EVENT_COMPLETE, BCC_RAW_TRACEPOINT, TP_BLOCK_RQ_COMPLETE, "on_complete_untimed_raw",
     "completion, for requests without a time stamp", NULL, "block_io_done"},
    {EVENT_COMPLETE, BCC_RAW_TRACEPOINT, TP_BLOCK_RQ_COMPLETE, "on_complete_unaccounted_raw",
     "completion, for flushes and where iostats are off", NULL, "__blk_account_io_done"},
    {EVENT_MERGE, BCC_RAW_TRACEPOINT, TP_BLOCK_RQ_MERGE, "on_merge_raw", "merge", NULL, NULL},
    {EVENT_ISSUE, BCC_RAW_TRACEPOINT, TP_BLOCK_RQ_ISSUE, "on_issue_raw", "start", NULL, NULL},
    {EVENT_ISSUE, BCC_KPROBE, FN_BLK_MQ_START_REQUEST, "on_issue_kprobe", "start", NULL, NULL},
    {EVENT_ISSUE, BCC_KPROBE, FN_BLK_START_REQUEST, "on_issue_kprobe", "start, legacy queues", NULL,
     ANY_TARGET},
    {EVENT_INSERT, BCC_RAW_TRACEPOINT, TP_BLOCK_RQ_INSERT, "on_insert_raw", SUBMITTER, NULL, NULL},
    {EVENT_QUEUE, BCC_RAW_TRACEPOINT, TP_BLOCK_IO_START, "on_queue_raw", "start", NULL, NULL},
    {EVENT_QUEUE, BCC_KPROBE, FN_BLK_ACCOUNT_IO_START, "on_queue_kprobe", "start", start_has_one_argument,
     NULL},
    {EVENT_QUEUE, BCC_KPROBE, FN_BLK_ACCOUNT_IO_START, "on_queue_new_io_kprobe", "start", start_has_new_io,
     NULL},
    {EVENT_QUEUE, BCC_KPROBE, FN_UU_BLK_ACCOUNT_IO_START, "on_queue_kprobe", "start", NULL, NULL},
};

#define N_TABLE (sizeof(table) / sizeof(table[0]))
_Static_assert(N_TABLE <= PLAN_ROWS, "a reason for each row");

// What became of a row of the table.
enum reason {
    NOT_ASKED, // a better one was taken, or the event is not wanted
    TAKEN,
    OTHER_KIND,
    ABSENT,
    NO_KPROBES,
    UNCERTAIN,
    UNTRACEABLE,
    OTHER_ARGUMENTS,
    MAY_BE_SKIPPED,
};

static const char *const reason_words[] = {
    [OTHER_KIND] = "not of the kind asked for",
    [ABSENT] = "this kernel has none",
    [NO_KPROBES] = "this kernel has no kprobes",
    [UNCERTAIN] = "perhaps not traceable (available_filter_functions cannot be read)",
    [UNTRACEABLE] = "the function cannot be traced",
    [OTHER_ARGUMENTS] = "it takes other arguments here",
    [MAY_BE_SKIPPED] = "the kernel skips it where it interrupts the kprobe of a start",
};

static const char *target_name(const struct hook *hook)
{
    return hook->kind == BCC_KPROBE ? kernel_function_name((enum function)hook->target)
                                    : kernel_tracepoint_name((enum tracepoint)hook->target);
}

const char *plan_kind_name(enum bcc_kind kind)
{
    return kind == BCC_KPROBE ? "kprobe" : "raw tracepoint";
}

// ---- which hooks this kernel has ----

static bool has_kprobe(const struct plan *plan)
{
    for (size_t i = 0; i < N_TABLE; i++)
        if (plan->reasons[i] == TAKEN && table[i].kind == BCC_KPROBE)
            return true;
    return false;
}

// The kernel runs no kprobe's program while another's runs on that CPU (trace_call_bpf(): bpf_prog_active).
// A completion that interrupts a start just then would be dropped: on 5.10 one of a hundred, with a deep
// queue. Raw tracepoints have no such guard.
static bool may_be_skipped(const struct plan *plan, const struct kernel *kernel, const struct hook *hook)
{
    return hook->event == EVENT_COMPLETE && has_kprobe(plan) && plan->needs.attach == ATTACH_AUTO &&
           kernel->tracepoint_args[TP_BLOCK_RQ_COMPLETE] > 0;
}

// Can the hook be used? `certain`: a function that is only perhaps traceable will not do.
static enum reason judge(const struct plan *plan, struct kernel *kernel, const struct hook *hook,
                         bool certain)
{
    enum attach_kinds kind = hook->kind == BCC_KPROBE ? ATTACH_KPROBE : ATTACH_RAW_TRACEPOINT;
    if (plan->needs.attach != ATTACH_AUTO && plan->needs.attach != kind)
        return OTHER_KIND;
    if (hook->kind == BCC_RAW_TRACEPOINT)
        return kernel->tracepoint_args[hook->target] ? TAKEN : ABSENT;
    if (!kernel->has_kprobes)
        return NO_KPROBES;
    switch (kernel_function(kernel, (enum function)hook->target)) {
    case FUNCTION_TRACEABLE:
        break;
    case FUNCTION_MAYBE:
        if (certain)
            return UNCERTAIN;
        break;
    case FUNCTION_UNTRACEABLE:
        return UNTRACEABLE;
    case FUNCTION_UNKNOWN:
    case FUNCTION_ABSENT:
        return ABSENT;
    }
    if (hook->fits && !hook->fits(kernel))
        return OTHER_ARGUMENTS;
    return may_be_skipped(plan, kernel, hook) ? MAY_BE_SKIPPED : TAKEN;
}

// Takes the first of an event's alternatives that this kernel has. `certain`: see judge().
static bool choose_if(struct plan *plan, struct kernel *kernel, enum event event, bool certain)
{
    bool found = false;
    for (size_t i = 0; i < N_TABLE; i++)
        if (table[i].event == event && !table[i].beside) {
            plan->reasons[i] = found ? NOT_ASKED : judge(plan, kernel, &table[i], certain);
            found |= plan->reasons[i] == TAKEN;
        }
    return found;
}

static bool stands_beside(const struct plan *plan, const struct hook *hook)
{
    for (size_t i = 0; i < N_TABLE; i++)
        if (plan->reasons[i] == TAKEN && table[i].event == hook->event &&
            strcmp(hook->beside, target_name(&table[i])) == 0)
            return true;
    return hook->beside[0] == 0;
}

// What is certain comes first. Takes also what stands beside it.
static bool choose(struct plan *plan, struct kernel *kernel, enum event event)
{
    bool found = choose_if(plan, kernel, event, true) || choose_if(plan, kernel, event, false);
    for (size_t i = 0; i < N_TABLE; i++)
        if (table[i].event == event && table[i].beside && stands_beside(plan, &table[i]))
            plan->reasons[i] = judge(plan, kernel, &table[i], false);
    return found;
}

// ---- reasons, in words ----

// Why a row was not taken. NULL where there is nothing to say: it was taken or not judged, or another row
// with the same hook was taken, or an earlier one has the same reason.
static const char *words_of(const struct plan *plan, size_t row)
{
    for (size_t i = 0; i < N_TABLE; i++)
        if (table[i].kind == table[row].kind && table[i].target == table[row].target &&
            (plan->reasons[i] == TAKEN || (i < row && plan->reasons[i] == plan->reasons[row])))
            return NULL;
    return reason_words[plan->reasons[row]];
}

void plan_print_unused(const struct plan *plan, FILE *out)
{
    for (size_t i = 0; i < N_TABLE; i++) {
        const char *words = words_of(plan, i);
        if (words)
            fprintf(out, "not used: %s %s: %s\n", plan_kind_name(table[i].kind), target_name(&table[i]),
                    words);
    }
}

// "no way to see WHAT: raw tracepoint block_io_done: this kernel has none; kprobe ...": all alternatives of
// an event.
static int refuse(const struct plan *plan, enum event event, const char *what, char *why, size_t size)
{
    const char *separator = "";
    snprintf(why, size, "no way to see %s: ", what);
    for (size_t i = 0; i < N_TABLE; i++) {
        const char *words = words_of(plan, i);
        size_t n = strlen(why);
        if (table[i].event != event || table[i].beside || !words)
            continue;
        snprintf(why + n, size - n, "%s%s %s: %s", separator, plan_kind_name(table[i].kind),
                 target_name(&table[i]), words);
        separator = "; ";
    }
    return -ENOTSUP;
}

// ---- defines ----

static void set_full(struct plan *plan, const char *what)
{
    if (!plan->full)
        plan->full = what;
}

static void __attribute__((format(printf, 2, 3))) define(struct plan *plan, const char *format, ...)
{
    char text[PLAN_DEFINE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= sizeof(text)) {
        set_full(plan, "PLAN_DEFINE_SIZE");
        return;
    }
    for (size_t i = 0; i < plan->n_defines; i++)
        if (strcmp(plan->defines[i], text) == 0)
            return; // two points with the same handler
    if (plan->n_defines == PLAN_DEFINES)
        set_full(plan, "PLAN_DEFINES");
    else
        memcpy(plan->defines[plan->n_defines++], text, sizeof(text));
}

// The word in capitals: HANDLE_ISSUE_RAW, BY_OP=1.
static void define_word(struct plan *plan, const char *prefix, const char *word, const char *value)
{
    char name[PLAN_DEFINE_SIZE];
    size_t n = 0;
    for (; *word && n < sizeof(name) - 1; word++)
        name[n++] = (char)toupper((unsigned char)*word);
    name[n] = 0;
    define(plan, "%s%s%s", prefix, name, value);
}

// block_rq_insert, block_rq_issue and block_rq_merge had the queue as their first argument up to 5.10
// (a54895fa057c, in 5.10.137 too).
static void define_argument(struct plan *plan, const struct kernel *kernel, const struct hook *hook)
{
    static const char *const names[EVENTS] = {[EVENT_MERGE] = "MERGE_ARG",
                                              [EVENT_ISSUE] = "ISSUE_ARG",
                                              [EVENT_INSERT] = "INSERT_ARG",
                                              [EVENT_QUEUE] = "QUEUE_ARG"}; // else always the first
    if (hook->kind == BCC_RAW_TRACEPOINT && names[hook->event])
        define(plan, "%s=%d", names[hook->event], kernel->tracepoint_args[hook->target] == 2);
}

// ---- which events ----

// Does a request say when it was queued, by the clock that BPF has? 4.19 and later.
static bool has_start_time(const struct kernel *kernel)
{
    if (kernel->has_btf)
        return kernel->offset[REQUEST_START_TIME_NS] >= 0;
    return !release_before(kernel, 4, 19);
}

// Where no event is certain, that time will do; a function that is only perhaps traceable comes last,
// unless kprobes were asked for.
static int choose_queue(struct plan *plan, struct kernel *kernel, char *why, size_t size)
{
    bool has_time = has_start_time(kernel);
    if (choose_if(plan, kernel, EVENT_QUEUE, true))
        return 0;
    if ((!has_time || plan->needs.attach == ATTACH_KPROBE) && choose_if(plan, kernel, EVENT_QUEUE, false))
        return 0;
    if (!has_time)
        return refuse(plan, EVENT_QUEUE, "when requests are queued (-Q)", why, size);
    plan->start_time_from_request = true;
    return 0;
}

static int choose_start(struct plan *plan, struct kernel *kernel, char *why, size_t size)
{
    if (plan->needs.from_queue)
        return choose_queue(plan, kernel, why, size);
    return choose(plan, kernel, EVENT_ISSUE)
               ? 0
               : refuse(plan, EVENT_ISSUE, "when requests are issued", why, size);
}

// Events that start nothing, but show the submitter and the queue time of a sample. The kernel may lack each
// of them: the sample then says that this is not known.
static void choose_notes(struct plan *plan, struct kernel *kernel)
{
    bool from_queue = plan->needs.from_queue;
    if (from_queue)
        choose(plan, kernel, EVENT_ISSUE);
    if (from_queue ? !plan->start_time_from_request : choose_if(plan, kernel, EVENT_QUEUE, true))
        return;
    // A request that is not inserted into a queue is issued by its submitter.
    if (!choose(plan, kernel, EVENT_INSERT) && !from_queue)
        choose_if(plan, kernel, EVENT_QUEUE, false);
}

static const char *purpose_of(const struct plan *plan, const struct hook *hook)
{
    if (hook->event == EVENT_ISSUE && plan->needs.from_queue)
        return "end of queue time";
    return hook->event == EVENT_QUEUE && !plan->needs.from_queue ? SUBMITTER : hook->purpose;
}

static void use(struct plan *plan, const struct kernel *kernel, const struct hook *hook)
{
    if (plan->n_points == PLAN_POINTS)
        set_full(plan, "PLAN_POINTS");
    else
        plan->points[plan->n_points++] =
            (struct plan_point){hook->kind, target_name(hook), hook->handler, purpose_of(plan, hook)};
    define_word(plan, "HANDLE_", hook->handler + strlen("on_"), "");
    define_argument(plan, kernel, hook);
    if (strcmp(hook->handler, "on_complete_untimed_raw") == 0)
        plan->maps |= 1U << MAP_END_PROGRAM;
}

// The start is chosen first, as the completion depends on it. If both are missing, the completion is
// reported.
static int choose_points(struct plan *plan, struct kernel *kernel, char *why, size_t size)
{
    int error = choose_start(plan, kernel, why, size);
    if (plan->needs.samples)
        choose_notes(plan, kernel);
    if (!choose(plan, kernel, EVENT_COMPLETE))
        return refuse(plan, EVENT_COMPLETE, "when requests complete", why, size);
    if (error)
        return error;
    // Without a start event there is no entry of a request to delete.
    bool sees_merges =
        (!plan->start_time_from_request || plan->needs.samples) && choose(plan, kernel, EVENT_MERGE);
    // A request that waits in a queue may be merged into another; one that was issued is not.
    plan->in_flight = plan->start_time_from_request            ? IN_FLIGHT_UNKNOWN
                      : plan->needs.from_queue && !sees_merges ? IN_FLIGHT_AT_MOST
                                                               : IN_FLIGHT_EXACT;
    for (size_t i = 0; i < N_TABLE; i++)
        if (plan->reasons[i] == TAKEN)
            use(plan, kernel, &table[i]);
    return 0;
}

// ---- what the text must know ----

static uint32_t mask_of(const struct kernel *kernel, enum rq_flag flag)
{
    return 1U << kernel->rq_flag_bit[flag];
}

// -1: this kernel has none.
static void define_members(struct plan *plan, const struct kernel *kernel, int first, int end)
{
    for (int i = first; i < end; i++)
        define(plan, "%s=%d", kernel_member_define((enum member)i),
               kernel->offset[i] < 0 ? -1 : kernel->offset[i]);
}

static void define_kernel(struct plan *plan, const struct kernel *kernel)
{
    if (!kernel->has_btf) {
        define(plan, "WITH_KERNEL_HEADERS");
        plan->n_variants = 2;
        plan->rq_disk_first = release_before(kernel, 5, 17); // f3fa33acca9f; the compiler decides
        return;
    }
    define_members(plan, kernel, 0, FIRST_SAMPLE_MEMBER);
    define(plan, "RQF_FLUSH_SEQ_MASK=0x%x", mask_of(kernel, RQF_FLUSH_SEQ));
    define(plan, "RQF_IO_STAT_MASK=0x%x", mask_of(kernel, RQF_IO_STAT));
    define(plan, "RQF_TIMED_MASK=0x%x",
           mask_of(kernel, RQF_IO_STAT) | mask_of(kernel, RQF_STATS) | mask_of(kernel, RQF_USE_SCHED));
    define(plan, "FLAGS_MASK=0x%x", flags_mask(&kernel->flags));
    if (kernel->has_probe_read_kernel)
        define(plan, "HAVE_PROBE_READ_KERNEL");
}

// The way from a bio to its cgroup must be known whole.
static bool knows_bio_cgroup(const struct kernel *kernel)
{
    for (int i = FIRST_SAMPLE_MEMBER; i < MEMBER_COUNT; i++)
        if (kernel->offset[i] < 0)
            return false;
    return true;
}

static void define_samples(struct plan *plan, const struct kernel *kernel)
{
    define(plan, "WITH_SAMPLES=%d", plan->needs.samples);
    define(plan, "WITH_HISTOGRAM=%d", !plan->needs.no_histograms);
    if (!plan->needs.samples)
        return;
    plan->maps |= 1U << MAP_SAMPLES_STATE;
    define(plan, "HAVE_CURRENT_CGROUP=%d", kernel->has_current_cgroup);
    define(plan, "HAVE_ANCESTOR_CGROUP=%d", kernel->has_ancestor_cgroup);
    define(plan, "WITH_BIO_CGROUP=%d", knows_bio_cgroup(kernel));
    define_members(plan, kernel, FIRST_SAMPLE_MEMBER, MEMBER_COUNT);
}

static unsigned clamp(uint64_t n, unsigned min, unsigned max)
{
    return n < min ? min : n > max ? max : (unsigned)n;
}

// The maps have the size of the machine: of its disks, and of some that come later. In large steps, as a kept
// program (bcc.h) has its sizes in it: one disk more is no reason to compile.
static void define_sizes(struct plan *plan, const struct plan_scale *scale)
{
    unsigned disks = (scale->disks | 63) + 1;
    uint64_t groups = dimension_groups(plan->needs.by, disks);
    uint64_t requests = ((uint64_t)scale->requests + 4095) & ~(uint64_t)4095;
    plan->max_requests =
        plan->needs.max_requests ? plan->needs.max_requests : clamp(requests, REQUESTS_MIN, REQUESTS_MAX);
    plan->dist_entries = clamp(groups * PARTS_A_GROUP, 1, DIST_ENTRIES_MAX);
    // As much again for entries that wait to be used again.
    define(plan, "START_ENTRIES=%u", plan->max_requests * 2);
    define(plan, "KEEP_ENTRIES=%u", plan->max_requests);
    define(plan, "DIST_ENTRIES=%u", plan->dist_entries);
    define(plan, "NAME_ENTRIES=%u", disks + 1024);
}

static bool sees(const struct plan *plan, enum event event)
{
    for (size_t i = 0; i < N_TABLE; i++)
        if (plan->reasons[i] == TAKEN && table[i].event == event)
            return true;
    return false;
}

// __blk_account_io_start is called for accounted requests only.
static bool start_needs_io_stat(const struct plan *plan)
{
    for (size_t i = 0; i < N_TABLE; i++)
        if (plan->reasons[i] == TAKEN && table[i].kind == BCC_KPROBE &&
            table[i].target == FN_UU_BLK_ACCOUNT_IO_START)
            return plan->needs.from_queue;
    return false;
}

static void define_start(struct plan *plan)
{
    define(plan, "START_AT=%s", plan->needs.from_queue ? "AT_QUEUE" : "AT_ISSUE");
    define(plan, "START_NEEDS_IO_STAT=%d", start_needs_io_stat(plan));
    define(plan, "START_TIME_FROM_REQUEST=%d", plan->start_time_from_request);
    define(plan, "SEES_INSERT=%d", sees(plan, EVENT_INSERT));
    define(plan, "SEES_MERGE=%d", sees(plan, EVENT_MERGE));
}

static void define_histograms(struct plan *plan)
{
    define(plan, "UNIT_NS=%d", plan->needs.milliseconds ? 1000000 : 1000);
    for (unsigned i = 0; i < DIMENSIONS; i++)
        define_word(plan, "BY_", dimensions[i].word, plan->needs.by & BY(i) ? "=1" : "=0");
    if (dimension_has_dev(plan->needs.by))
        plan->maps |= 1U << MAP_NAMES;
    define(plan, "WITH_SUM=%d", plan->needs.sums);
}

// One disk or partition is in the text: that costs least. More are in a map, so that the text is the same for
// many filters.
static void define_filter(struct plan *plan, const struct disk_filter *filter)
{
    const struct disk_target *one = filter && filter->n == 1 ? &filter->targets[0] : NULL;
    plan->filter_ranges = filter && !one;
    while (filter && !one && plan->filter_ranges < filter_targets_of_one_disk(filter))
        plan->filter_ranges *= 2;
    define(plan, "FILTER_RANGES=%u", plan->filter_ranges);
    if (plan->filter_ranges) {
        plan->maps |= 1U << MAP_TARGETS;
        define(plan, "FILTER_DEV=0");
        define(plan, "FILTER_ENTRIES=%d", FILTER_TARGETS_MAX);
        define(plan, "FILTER_SECTORS=%d", filter_has_partition(filter));
        return;
    }
    define(plan, "FILTER_DEV=0x%x", one ? one->dev : 0);
    define(plan, "FILTER_OWN_DEV=0x%x", one && one->is_partition ? one->own_dev : 0);
    define(plan, "FILTER_FIRST_SECTOR=%lluULL", one ? (unsigned long long)one->first_sector : 0);
    define(plan, "FILTER_END_SECTOR=%lluULL",
           one && one->is_partition ? (unsigned long long)one->end_sector : 0);
}

int plan_make(struct plan *plan, const struct needs *needs, struct kernel *kernel,
              const struct plan_scale *scale, char *why, size_t size)
{
    *plan = (struct plan){.needs = *needs, .n_variants = 1, .maps = MAPS_ALWAYS};
    int error = choose_points(plan, kernel, why, size);
    if (error)
        return error;
    define_kernel(plan, kernel);
    define_sizes(plan, scale);
    define_start(plan);
    define_histograms(plan);
    define_filter(plan, needs->filter);
    define_samples(plan, kernel);
    for (size_t variant = plan->n_variants; variant-- > 0;) // all of them must fit
        plan_set_variant(plan, variant);
    if (!plan->full)
        return 0;
    snprintf(why, size, "the plan for this kernel and these options does not fit: %s is too small",
             plan->full);
    return -E2BIG;
}

void plan_set_variant(struct plan *plan, size_t variant)
{
    static const char name[] = "REQUEST_HAS_RQ_DISK";
    if (plan->n_variants == 1)
        return;
    if (strcmp(plan->defines[plan->n_defines - 1], name) == 0)
        plan->n_defines--;
    if ((variant == 0) == plan->rq_disk_first)
        define(plan, "%s", name);
}
