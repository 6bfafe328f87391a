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
#define REQUESTS_MAX (1 << 17) // 20 MB; more are never under way at once
#define PARTS_A_GROUP 16       // powers of two: 32 us to 1 s with no gap
#define DIST_ENTRIES_MAX (1 << 16)

// The steps of a request's life, last first. Which of them starts the time is a matter of the options, not of
// the table.
enum event { EVENT_COMPLETE, EVENT_MERGE, EVENT_ISSUE, EVENT_INSERT, EVENT_QUEUE, EVENTS };

typedef bool fits_fn(struct kernel *kernel);

static bool start_has_new_io(struct kernel *kernel);
static bool start_has_one_argument(struct kernel *kernel);

#define SUBMITTER "who makes it"
#define ANY_TARGET ""

// Hooks, in the order to attach, which is the reverse of a request's life: so nothing starts that cannot end.
// For each event the alternatives, best first. A raw tracepoint needs no more than that it exists; a function
// must be traceable. To add one: a row; a handler in probes/biolatency.bpf.c if none of those there fits.
// `purpose`: for people; of issue and queue where the time starts there. A row with `beside` is no
// alternative: it is taken as well if the one taken has that target. A row without a handler needs no probe:
// the time is in the request.
static const struct hook {
    enum event event;
    enum bcc_kind kind;
    int target; // enum tracepoint or enum function
    const char *handler, *purpose;
    fits_fn *fits;
    const char *beside;
} table[] = {
    {EVENT_COMPLETE, BCC_RAW_TRACEPOINT, TP_BLOCK_IO_DONE, "on_complete_raw", "end", NULL, NULL},
    {EVENT_COMPLETE, BCC_KPROBE, FN_BLK_ACCOUNT_IO_DONE, "on_complete_kprobe", "end", NULL, NULL},
    {EVENT_COMPLETE, BCC_KPROBE, FN_UU_BLK_ACCOUNT_IO_DONE, "on_complete_kprobe", "end", NULL, NULL},
    {EVENT_COMPLETE, BCC_RAW_TRACEPOINT, TP_BLOCK_RQ_COMPLETE, "on_complete_part_raw",
     "end, with the last part", NULL, NULL},
    {EVENT_COMPLETE, BCC_RAW_TRACEPOINT, TP_BLOCK_RQ_COMPLETE, "on_complete_untimed_raw",
     "end, for requests without a time stamp", NULL, "block_io_done"},
    {EVENT_COMPLETE, BCC_RAW_TRACEPOINT, TP_BLOCK_RQ_COMPLETE, "on_complete_unaccounted_raw",
     "end, for flushes and where iostats are off", NULL, "__blk_account_io_done"},
    {EVENT_MERGE, BCC_RAW_TRACEPOINT, TP_BLOCK_RQ_MERGE, "on_merge_raw", "merged away", NULL, NULL},
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

// Is this kernel, by its name, older? For what no fact tells.
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

static const char *target_name(const struct hook *point)
{
    return point->kind == BCC_KPROBE ? kernel_function_name((enum function)point->target)
                                     : kernel_tracepoint_name((enum tracepoint)point->target);
}

const char *plan_kind_name(enum bcc_kind kind)
{
    return kind == BCC_KPROBE ? "kprobe" : "raw tracepoint";
}

// Can the row be used? `certain`: a function that is only perhaps traceable will not do.
static enum reason judge(struct kernel *kernel, const struct options *options, const struct hook *point,
                         bool certain)
{
    enum attach_kinds wanted = point->kind == BCC_KPROBE ? ATTACH_KPROBE : ATTACH_RAW_TRACEPOINT;
    if (options->attach != ATTACH_AUTO && options->attach != wanted)
        return OTHER_KIND;
    if (point->kind == BCC_RAW_TRACEPOINT)
        return kernel->tracepoint_args[point->target] ? TAKEN : ABSENT;
    if (!kernel->has_kprobes)
        return NO_KPROBES;
    switch (kernel_function(kernel, (enum function)point->target)) {
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
    return point->fits && !point->fits(kernel) ? OTHER_ARGUMENTS : TAKEN;
}

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

// block_rq_insert, block_rq_issue and block_rq_merge had the queue as their first argument up to 5.10
// (a54895fa057c, in 5.10.137 too).
static void define_argument(struct plan *plan, const struct kernel *kernel, const struct hook *point)
{
    static const char *const names[EVENTS] = {[EVENT_MERGE] = "MERGE_ARG",
                                              [EVENT_ISSUE] = "ISSUE_ARG",
                                              [EVENT_INSERT] = "INSERT_ARG",
                                              [EVENT_QUEUE] = "QUEUE_ARG"}; // else always the first
    if (point->kind == BCC_RAW_TRACEPOINT && names[point->event])
        define(plan, "%s=%d", names[point->event], kernel->tracepoint_args[point->target] == 2);
}

// HANDLE_ISSUE_RAW for on_issue_raw.
static void define_handler(struct plan *plan, const char *handler)
{
    char name[PLAN_DEFINE_SIZE];
    size_t n = 0;
    for (handler += strlen("on_"); *handler && n < sizeof(name) - 1; handler++)
        name[n++] = (char)toupper((unsigned char)*handler);
    name[n] = 0;
    define(plan, "HANDLE_%s", name);
}

static enum event start_at(const struct options *options)
{
    return options->queued ? EVENT_QUEUE : EVENT_ISSUE;
}

static const char *purpose_of(const struct hook *point, const struct options *options)
{
    if (point->event == EVENT_ISSUE && start_at(options) != EVENT_ISSUE)
        return "end of queue time";
    return point->event == EVENT_QUEUE && start_at(options) != EVENT_QUEUE ? SUBMITTER : point->purpose;
}

static void add_point(struct plan *plan, const struct plan_point *point)
{
    if (plan->n_points == PLAN_POINTS)
        set_full(plan, "PLAN_POINTS");
    else
        plan->points[plan->n_points++] = *point;
}

static void use(struct plan *plan, const struct options *options, const struct kernel *kernel,
                const struct hook *point)
{
    add_point(plan, &(struct plan_point){point->kind, target_name(point), point->handler,
                                         purpose_of(point, options)});
    define_handler(plan, point->handler);
    define_argument(plan, kernel, point);
}

// The kernel runs no kprobe's program while another's runs on that CPU (trace_call_bpf(): bpf_prog_active).
// An end that interrupts a start just then would be dropped: on 5.10 one of a hundred, with a deep queue. Raw
// tracepoints have no such guard.
static bool may_be_skipped(const struct plan *plan, const struct options *options,
                           const struct kernel *kernel, const struct hook *point)
{
    return point->event == EVENT_COMPLETE && point->kind == BCC_KPROBE && plan->start_is_kprobe &&
           options->attach == ATTACH_AUTO && kernel->tracepoint_args[TP_BLOCK_RQ_COMPLETE] > 0;
}

// Which rows of an event: the alternatives, or those that stand beside the one that was taken.
enum rows {
    ALTERNATIVES,
    BESIDE,
};

static bool stands_beside(const struct plan *plan, const struct hook *point)
{
    for (size_t i = 0; i < N_TABLE; i++)
        if (plan->reasons[i] == TAKEN && table[i].event == point->event &&
            strcmp(point->beside, target_name(&table[i])) == 0)
            return true;
    return point->beside[0] == 0;
}

static bool is_among(const struct plan *plan, const struct hook *point, enum event event, enum rows rows)
{
    if (point->event != event || (point->beside != NULL) != (rows == BESIDE))
        return false;
    return rows == ALTERNATIVES || stands_beside(plan, point);
}

// Takes the first row that this kernel has. `certain`: see judge().
static bool choose_if(struct plan *plan, const struct options *options, struct kernel *kernel,
                      enum event event, enum rows rows, bool certain)
{
    for (size_t i = 0; i < N_TABLE; i++) {
        if (!is_among(plan, &table[i], event, rows))
            continue;
        enum reason reason = judge(kernel, options, &table[i], certain);
        if (reason == TAKEN && may_be_skipped(plan, options, kernel, &table[i]))
            reason = MAY_BE_SKIPPED;
        plan->reasons[i] = reason;
        if (reason == TAKEN)
            return true;
    }
    return false;
}

static void forget_reasons(struct plan *plan, enum event event, enum rows rows)
{
    for (size_t i = 0; i < N_TABLE; i++)
        if (is_among(plan, &table[i], event, rows))
            plan->reasons[i] = NOT_ASKED;
}

// What is certain comes first.
static bool choose(struct plan *plan, const struct options *options, struct kernel *kernel, enum event event,
                   enum rows rows)
{
    if (choose_if(plan, options, kernel, event, rows, true))
        return true;
    forget_reasons(plan, event, rows);
    return choose_if(plan, options, kernel, event, rows, false);
}

// ---- reasons, in words ----

static bool is_refused(const struct plan *plan, size_t row)
{
    return plan->reasons[row] != NOT_ASKED && plan->reasons[row] != TAKEN;
}

static bool is_same_hook(size_t a, size_t b)
{
    return table[a].kind == table[b].kind && table[a].target == table[b].target;
}

// Two rows may have one hook: is it used by another row, or has an earlier one the same reason?
static bool is_said_by_another(const struct plan *plan, size_t row)
{
    for (size_t i = 0; i < N_TABLE; i++)
        if (is_same_hook(i, row) &&
            (plan->reasons[i] == TAKEN || (i < row && plan->reasons[i] == plan->reasons[row])))
            return true;
    return false;
}

void plan_print_unused(const struct plan *plan, FILE *out)
{
    for (size_t i = 0; i < N_TABLE; i++)
        if (is_refused(plan, i) && !is_said_by_another(plan, i))
            fprintf(out, "not used: %s %s: %s\n", plan_kind_name(table[i].kind), target_name(&table[i]),
                    reason_words[plan->reasons[i]]);
}

// "no way to see WHAT: raw tracepoint block_io_done: this kernel has none; kprobe ...": what was tried for
// an event.
static int refuse(const struct plan *plan, enum event event, const char *what, char *why, size_t size)
{
    const char *separator = "";
    snprintf(why, size, "no way to see %s: ", what);
    for (size_t i = 0; i < N_TABLE; i++) {
        size_t n = strlen(why);
        if (table[i].event != event || table[i].beside || !is_refused(plan, i) || is_said_by_another(plan, i))
            continue;
        snprintf(why + n, size - n, "%s%s %s: %s", separator, plan_kind_name(table[i].kind),
                 target_name(&table[i]), reason_words[plan->reasons[i]]);
        separator = "; ";
    }
    return -ENOTSUP;
}

// ---- which events ----

static bool choose_issue(struct plan *plan, const struct options *options, struct kernel *kernel)
{
    bool found = choose(plan, options, kernel, EVENT_ISSUE, ALTERNATIVES);
    choose(plan, options, kernel, EVENT_ISSUE, BESIDE);
    return found;
}

// Does the kernel note in a request when it was made, by the clock that BPF has? 4.19 and later.
static bool has_start_time(const struct kernel *kernel)
{
    if (kernel->has_btf)
        return kernel->offset[REQUEST_START_TIME_NS] >= 0;
    return !release_before(kernel, 4, 19);
}

static int use_start_time(struct plan *plan)
{
    plan->start_time_from_request = true;
    return 0;
}

// Where there is no event for certain, that note will do; a function that is only perhaps traceable comes
// last, unless kprobes were asked for.
static int choose_queue(struct plan *plan, const struct options *options, struct kernel *kernel, char *why,
                        size_t size)
{
    if (choose_if(plan, options, kernel, EVENT_QUEUE, ALTERNATIVES, true))
        return 0;
    if (has_start_time(kernel) && options->attach != ATTACH_KPROBE)
        return use_start_time(plan);
    forget_reasons(plan, EVENT_QUEUE, ALTERNATIVES);
    if (choose_if(plan, options, kernel, EVENT_QUEUE, ALTERNATIVES, false))
        return 0;
    if (has_start_time(kernel))
        return use_start_time(plan);
    return refuse(plan, EVENT_QUEUE, "requests being made (-Q)", why, size);
}

static int choose_start(struct plan *plan, const struct options *options, struct kernel *kernel, char *why,
                        size_t size)
{
    if (start_at(options) == EVENT_QUEUE)
        return choose_queue(plan, options, kernel, why, size);
    if (!choose_issue(plan, options, kernel))
        return refuse(plan, EVENT_ISSUE, "requests start", why, size);
    return 0;
}

// Events that start nothing, but tell of a single I/O who made it and how long it was queued. None of them
// must be there: what is not known is shown so.
static void choose_notes(struct plan *plan, const struct options *options, struct kernel *kernel)
{
    if (start_at(options) != EVENT_ISSUE)
        choose_issue(plan, options, kernel);
    bool queue_is_start = start_at(options) == EVENT_QUEUE;
    if (queue_is_start ? !plan->start_time_from_request
                       : choose_if(plan, options, kernel, EVENT_QUEUE, ALTERNATIVES, true))
        return;
    // What goes to the driver without having been put into a queue does so in the context that made it.
    if (!choose(plan, options, kernel, EVENT_INSERT, ALTERNATIVES) && !queue_is_start)
        choose_if(plan, options, kernel, EVENT_QUEUE, ALTERNATIVES, false);
}

static bool has_kprobe(const struct plan *plan)
{
    for (size_t i = 0; i < N_TABLE; i++)
        if (plan->reasons[i] == TAKEN && table[i].kind == BCC_KPROBE)
            return true;
    return false;
}

// A request that waits in a queue may be merged into another; with the driver it is merged no more.
static enum in_flight in_flight_of(const struct plan *plan, const struct options *options, bool sees_merges)
{
    if (plan->start_time_from_request)
        return IN_FLIGHT_UNKNOWN;
    return options->queued && !sees_merges ? IN_FLIGHT_AT_MOST : IN_FLIGHT_EXACT;
}

// The start is chosen first, as the end depends on it. If both are missing, the end is told.
static int choose_points(struct plan *plan, const struct options *options, struct kernel *kernel, char *why,
                         size_t size)
{
    int error = choose_start(plan, options, kernel, why, size);
    if (options_show_samples(options))
        choose_notes(plan, options, kernel);
    plan->start_is_kprobe = has_kprobe(plan);
    if (!choose(plan, options, kernel, EVENT_COMPLETE, ALTERNATIVES))
        return refuse(plan, EVENT_COMPLETE, "requests end", why, size);
    if (error)
        return error;
    choose(plan, options, kernel, EVENT_COMPLETE, BESIDE);
    // Without a start event no request waits in a map to be forgotten.
    bool sees_merges = (!plan->start_time_from_request || options_show_samples(options)) &&
                       choose(plan, options, kernel, EVENT_MERGE, ALTERNATIVES);
    plan->in_flight = in_flight_of(plan, options, sees_merges);
    for (size_t i = 0; i < N_TABLE; i++)
        if (plan->reasons[i] == TAKEN)
            use(plan, options, kernel, &table[i]);
    return 0;
}

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
    define_members(plan, kernel, 0, FIRST_IO_MEMBER);
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
    for (int i = FIRST_IO_MEMBER; i < MEMBER_COUNT; i++)
        if (kernel->offset[i] < 0)
            return false;
    return true;
}

static void define_samples(struct plan *plan, const struct options *options, const struct kernel *kernel)
{
    plan->with_samples = options_show_samples(options);
    define(plan, "WITH_SAMPLES=%d", plan->with_samples);
    define(plan, "WITH_HISTOGRAM=%d", !options->slower.given);
    if (!plan->with_samples)
        return;
    define(plan, "THRESHOLD_NS=%lluULL", (unsigned long long)options->slower.ns);
    define(plan, "HAVE_CURRENT_CGROUP=%d", kernel->has_current_cgroup);
    define(plan, "HAVE_ANCESTOR_CGROUP=%d", kernel->has_ancestor_cgroup);
    define(plan, "WITH_BIO_CGROUP=%d", knows_bio_cgroup(kernel));
    define_members(plan, kernel, FIRST_IO_MEMBER, MEMBER_COUNT);
}

static unsigned clamp(uint64_t n, unsigned min, unsigned max)
{
    return n < min ? min : n > max ? max : (unsigned)n;
}

// Maps for the machine, not for a default: room for each disk that is there, and for some that come.
static void define_sizes(struct plan *plan, const struct options *options, const struct plan_scale *scale)
{
    uint64_t groups = dimension_groups(options->by, scale->disks);
    // As much again for entries that wait to be used again.
    unsigned requests =
        options->max_requests ? options->max_requests : clamp(scale->requests, REQUESTS_MIN, REQUESTS_MAX);
    plan->max_requests = requests;
    plan->dist_entries = clamp(groups * PARTS_A_GROUP, 1, DIST_ENTRIES_MAX);
    define(plan, "START_ENTRIES=%u", requests * 2);
    define(plan, "KEEP_ENTRIES=%u", requests);
    define(plan, "DIST_ENTRIES=%u", plan->dist_entries);
    define(plan, "NAME_ENTRIES=%u", scale->disks + 1024);
}

static bool sees(const struct plan *plan, enum event event)
{
    for (size_t i = 0; i < N_TABLE; i++)
        if (table[i].event == event && plan->reasons[i] == TAKEN)
            return true;
    return false;
}

// __blk_account_io_start is called for accounted requests only.
static bool start_needs_io_stat(const struct plan *plan, const struct options *options)
{
    for (size_t i = 0; i < N_TABLE; i++)
        if (plan->reasons[i] == TAKEN && table[i].event == start_at(options) && table[i].kind == BCC_KPROBE &&
            table[i].target == FN_UU_BLK_ACCOUNT_IO_START)
            return true;
    return false;
}

static void define_start(struct plan *plan, const struct options *options)
{
    define(plan, "START_AT=%s", start_at(options) == EVENT_QUEUE ? "AT_QUEUE" : "AT_ISSUE");
    define(plan, "START_NEEDS_IO_STAT=%d", start_needs_io_stat(plan, options));
    define(plan, "START_TIME_FROM_REQUEST=%d", plan->start_time_from_request);
    define(plan, "SEES_INSERT=%d", sees(plan, EVENT_INSERT));
    define(plan, "SEES_MERGE=%d", sees(plan, EVENT_MERGE));
}

static void define_options(struct plan *plan, const struct options *options, bool with_sum,
                           bool with_unmatched)
{
    define(plan, "UNIT_NS=%d", options->milliseconds ? 1000000 : 1000);
    for (unsigned i = 0; i < DIMENSIONS; i++)
        define(plan, "%s=%d", dimensions[i].define, options->by & BY(i) ? 1 : 0);
    define(plan, "WITH_SUM=%d", with_sum);
    define(plan, "COUNT_UNMATCHED=%d", with_unmatched);
}

// One disk or partition is in the text: that costs least. More are in a map, so that the text is the same for
// many filters.
static void define_filter(struct plan *plan, const struct disk_filter *filter)
{
    const struct disk_target *one = filter && filter->n == 1 ? &filter->targets[0] : NULL;
    plan->filter = filter;
    plan->filter_ranges = filter && !one;
    while (filter && !one && plan->filter_ranges < filter_targets_of_one_disk(filter))
        plan->filter_ranges *= 2;
    define(plan, "FILTER_RANGES=%u", plan->filter_ranges);
    if (plan->filter_ranges) {
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

int plan_make(struct plan *plan, const struct options *options, struct kernel *kernel,
              const struct disk_filter *filter, bool with_sum, bool with_unmatched,
              const struct plan_scale *scale, char *why, size_t size)
{
    *plan = (struct plan){.n_variants = 1};
    int error = choose_points(plan, options, kernel, why, size);
    if (error)
        return error;
    plan->by_disk = options->by & BY(DIMENSION_DISK);
    plan->grouped = options->by;
    define_kernel(plan, kernel);
    define_sizes(plan, options, scale);
    define_start(plan, options);
    define_options(plan, options, with_sum, with_unmatched);
    define_filter(plan, filter);
    define_samples(plan, options, kernel);
    plan->queued = start_at(options) == EVENT_QUEUE;
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
    size_t last = plan->n_defines - 1;
    if (plan->n_variants == 1)
        return;
    if (strcmp(plan->defines[last], name) == 0)
        plan->n_defines--;
    if ((variant == 0) == plan->rq_disk_first)
        define(plan, "%s", name);
}
