// SPDX-License-Identifier: Apache-2.0
// Which attach points plan_make takes on which kernel, and in what order.
#include <ctype.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "kernels.h"
#include "plan_text.h"

static const struct plan_scale scale = {4, 4096};

static int make_with(struct plan *plan, struct kernel *kernel, bool samples, bool queued,
                     enum attach_kinds attach, char *why, size_t size)
{
    const struct needs needs = {.samples = samples, .from_queue = queued, .attach = attach};
    why[0] = 0;
    return plan_make(plan, &needs, kernel, &scale, why, size);
}

static int make(struct plan *plan, struct kernel *kernel, bool queued, enum attach_kinds attach, char *why,
                size_t size)
{
    return make_with(plan, kernel, false, queued, attach, why, size);
}

static const char *attach_name(enum attach_kinds attach)
{
    static const char *const names[] = {"auto", "kprobe", "raw-tracepoint"};
    return names[attach];
}

// ---- the table ----

enum {
    AUTO = 1 << ATTACH_AUTO,
    KPROBE = 1 << ATTACH_KPROBE,
    RAW = 1 << ATTACH_RAW_TRACEPOINT,
    ANY = AUTO | KPROBE | RAW
};

#define DONE "kprobe:blk_account_io_done/on_complete_kprobe "
#define DONE_UU "kprobe:__blk_account_io_done/on_complete_kprobe "
#define REST_UU "raw:block_rq_complete/on_complete_unaccounted_raw "
#define DONE_IO "raw:block_io_done/on_complete_raw raw:block_rq_complete/on_complete_untimed_raw "
#define COMPLETE "raw:block_rq_complete/on_complete_part_raw "
#define MERGE0 "raw:block_rq_merge[0]/on_merge_raw "
#define MERGE1 "raw:block_rq_merge[1]/on_merge_raw "
#define ISSUE0 "raw:block_rq_issue[0]/on_issue_raw "
#define ISSUE1 "raw:block_rq_issue[1]/on_issue_raw "
#define ISSUE_K "kprobe:blk_mq_start_request/on_issue_kprobe "
#define LEGACY "kprobe:blk_start_request/on_issue_kprobe "
#define INSERT0 "raw:block_rq_insert[0]/on_insert_raw "
#define INSERT1 "raw:block_rq_insert[1]/on_insert_raw "
#define START_NEW_IO "kprobe:blk_account_io_start/on_queue_new_io_kprobe "
#define START "kprobe:blk_account_io_start/on_queue_kprobe "
#define START_UU "kprobe:__blk_account_io_start/on_queue_kprobe "
#define IO_START0 "raw:block_io_start[0]/on_queue_raw "
#define TIME "start_time "
#define QUEUED "when requests are queued (-Q)"
#define COMPLETED "when requests complete"

// Each recorded kernel must be in exactly one row for each of -Q or not and each --attach. `refused` is the
// event that a kernel lacks; `tried` are words that the refusal must have too.
static const struct expected {
    const char *kernels;
    bool queued;
    int attach;
    const char *points, *refused, *tried;
} table[] = {
    // No raw tracepoints up to 4.16.
    {"4.9 4.14", false, AUTO | KPROBE, DONE ISSUE_K LEGACY, NULL, NULL},
    {"4.9 4.14", false, RAW, NULL, COMPLETED, "raw tracepoint block_rq_complete: this kernel has none"},
    {"4.9 4.14", true, AUTO | KPROBE, DONE START_NEW_IO, NULL, NULL},
    {"4.9 4.14", true, RAW, NULL, COMPLETED, "raw tracepoint block_rq_complete: this kernel has none"},
    // Where the start is a kprobe, the end is none if it can be helped.
    // Legacy queues: block_rq_issue comes when a request is looked at, blk_start_request overwrites it when
    // it is sent.
    {"4.17 4.19", false, AUTO, COMPLETE ISSUE1 LEGACY, NULL, NULL},
    {"4.17 4.19", false, KPROBE, DONE ISSUE_K LEGACY, NULL, NULL},
    {"4.17 4.19", false, RAW, COMPLETE ISSUE1, NULL, NULL},
    {"4.17 4.19", true, AUTO, COMPLETE START_NEW_IO, NULL, NULL},
    {"4.17 4.19", true, KPROBE, DONE START_NEW_IO, NULL, NULL},
    {"4.19", true, RAW, COMPLETE TIME, NULL, NULL},
    // Before 4.18 request.start_time_ns is by another clock, or not there (522a777566f5).
    {"4.17", true, RAW, NULL, QUEUED, "kprobe blk_account_io_start: not of the kind asked for"},

    {"5.4 5.4-headers", false, AUTO, DONE ISSUE1, NULL, NULL},
    {"5.4 5.4-headers", false, KPROBE, DONE ISSUE_K, NULL, NULL},
    {"5.4 5.4-headers", false, RAW, COMPLETE ISSUE1, NULL, NULL},
    {"5.4 5.4-headers", true, AUTO, COMPLETE START_NEW_IO, NULL, NULL},
    {"5.4 5.4-headers", true, KPROBE, DONE START_NEW_IO, NULL, NULL},
    {"5.4 5.4-headers", true, RAW, COMPLETE TIME, NULL, NULL},

    {"5.10.100", false, AUTO, DONE MERGE1 ISSUE1, NULL, NULL},
    {"5.10.100", false, RAW, COMPLETE MERGE1 ISSUE1, NULL, NULL},
    {"5.10.100", true, AUTO, COMPLETE MERGE1 START, NULL, NULL},
    {"5.10 5.15", false, AUTO, DONE MERGE0 ISSUE0, NULL, NULL},
    {"5.10 5.15", false, RAW, COMPLETE MERGE0 ISSUE0, NULL, NULL},
    {"5.10 5.15", true, AUTO, COMPLETE MERGE0 START, NULL, NULL},
    {"5.10.100 5.10 5.15", false, KPROBE, DONE ISSUE_K, NULL, NULL},
    {"5.10.100 5.10 5.15", true, KPROBE, DONE START, NULL, NULL},
    {"5.10.100 5.10 5.15", true, RAW, COMPLETE TIME, NULL, NULL},

    {"6.1.90", false, AUTO, DONE_UU REST_UU MERGE0 ISSUE0, NULL, NULL},
    {"6.1.90", false, KPROBE, DONE_UU ISSUE_K, NULL, NULL},
    {"6.1.90", false, RAW, COMPLETE MERGE0 ISSUE0, NULL, NULL},
    {"6.1.90", true, AUTO, COMPLETE MERGE0 START_UU, NULL, NULL},
    {"6.1.90", true, KPROBE, DONE_UU START_UU, NULL, NULL},
    {"6.1.90", true, RAW, COMPLETE TIME, NULL, NULL},

    // No function for accounting any more, and no tracepoint for it yet.
    {"6.1 6.4", false, AUTO | RAW, COMPLETE MERGE0 ISSUE0, NULL, NULL},
    {"6.1 6.4", true, AUTO | RAW, COMPLETE TIME, NULL, NULL},
    {"6.1", false, KPROBE, NULL, COMPLETED, "kprobe blk_account_io_done: the function cannot be traced"},
    {"6.1", true, KPROBE, NULL, COMPLETED, "kprobe blk_account_io_done: the function cannot be traced"},
    {"6.4 6.6", false, KPROBE, NULL, COMPLETED, "kprobe __blk_account_io_done: this kernel has none"},
    {"6.4 6.6", true, KPROBE, NULL, COMPLETED, "kprobe __blk_account_io_done: this kernel has none"},

    {"6.6 6.12 6.18 7.3", false, AUTO | RAW, DONE_IO MERGE0 ISSUE0, NULL, NULL},
    {"6.6 6.12 6.18 7.3", true, AUTO | RAW, DONE_IO MERGE0 IO_START0, NULL, NULL},
    {"6.12 7.3", false, KPROBE, NULL, COMPLETED, "kprobe blk_account_io_done: the function cannot be traced"},
    {"6.12 7.3", true, KPROBE, NULL, COMPLETED, "kprobe blk_account_io_done: the function cannot be traced"},
    {"6.18", false, KPROBE, NULL, COMPLETED, "kprobe blk_account_io_done: this kernel has no kprobes"},
    {"6.18", true, KPROBE, NULL, COMPLETED, "kprobe blk_account_io_done: this kernel has no kprobes"},
};

// The same with samples. Kernels that are refused without are refused with them, so are not here.
static const struct expected with_samples[] = {
    {"4.9 4.14", false, AUTO | KPROBE, DONE ISSUE_K LEGACY START_NEW_IO, NULL, NULL},
    {"4.17 4.19", false, AUTO, COMPLETE ISSUE1 LEGACY START_NEW_IO, NULL, NULL},
    {"4.17 4.19", false, KPROBE, DONE ISSUE_K LEGACY START_NEW_IO, NULL, NULL},
    {"4.17 4.19 5.4 5.4-headers", false, RAW, COMPLETE ISSUE1 INSERT1, NULL, NULL},
    {"5.4 5.4-headers", false, AUTO, COMPLETE ISSUE1 START_NEW_IO, NULL, NULL},
    {"5.4 5.4-headers", false, KPROBE, DONE ISSUE_K START_NEW_IO, NULL, NULL},
    {"5.10.100", false, AUTO, COMPLETE MERGE1 ISSUE1 START, NULL, NULL},
    {"5.10.100", false, RAW, COMPLETE MERGE1 ISSUE1 INSERT1, NULL, NULL},
    {"5.10 5.15", false, AUTO, COMPLETE MERGE0 ISSUE0 START, NULL, NULL},
    {"5.10.100 5.10 5.15", false, KPROBE, DONE ISSUE_K START, NULL, NULL},
    {"6.1.90", false, AUTO, COMPLETE MERGE0 ISSUE0 START_UU, NULL, NULL},
    {"6.1.90", false, KPROBE, DONE_UU ISSUE_K START_UU, NULL, NULL},
    {"5.10 5.15 6.1.90", false, RAW, COMPLETE MERGE0 ISSUE0 INSERT0, NULL, NULL},
    // No event says that a request is queued.
    {"6.1 6.4", false, AUTO | RAW, COMPLETE MERGE0 ISSUE0 INSERT0, NULL, NULL},
    {"6.6 6.12 6.18 7.3", false, AUTO | RAW, DONE_IO MERGE0 ISSUE0 IO_START0, NULL, NULL},

    {"4.9 4.14", true, AUTO | KPROBE, DONE ISSUE_K LEGACY START_NEW_IO, NULL, NULL},
    {"4.17 4.19", true, AUTO, COMPLETE ISSUE1 LEGACY START_NEW_IO, NULL, NULL},
    {"4.17 4.19", true, KPROBE, DONE ISSUE_K LEGACY START_NEW_IO, NULL, NULL},
    {"4.19 5.4 5.4-headers", true, RAW, COMPLETE ISSUE1 INSERT1 TIME, NULL, NULL},
    {"5.4 5.4-headers", true, AUTO, COMPLETE ISSUE1 START_NEW_IO, NULL, NULL},
    {"5.4 5.4-headers", true, KPROBE, DONE ISSUE_K START_NEW_IO, NULL, NULL},
    {"5.10.100", true, AUTO, COMPLETE MERGE1 ISSUE1 START, NULL, NULL},
    {"5.10.100", true, RAW, COMPLETE MERGE1 ISSUE1 INSERT1 TIME, NULL, NULL},
    {"5.10 5.15", true, AUTO, COMPLETE MERGE0 ISSUE0 START, NULL, NULL},
    {"5.10.100 5.10 5.15", true, KPROBE, DONE ISSUE_K START, NULL, NULL},
    {"6.1.90", true, AUTO, COMPLETE MERGE0 ISSUE0 START_UU, NULL, NULL},
    {"6.1.90", true, KPROBE, DONE_UU ISSUE_K START_UU, NULL, NULL},
    {"5.10 5.15 6.1.90", true, RAW, COMPLETE MERGE0 ISSUE0 INSERT0 TIME, NULL, NULL},
    {"6.1 6.4", true, AUTO | RAW, COMPLETE MERGE0 ISSUE0 INSERT0 TIME, NULL, NULL},
    {"6.6 6.12 6.18 7.3", true, AUTO | RAW, DONE_IO MERGE0 ISSUE0 IO_START0, NULL, NULL},
};

static bool has_word(const char *list, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = list; (at = strstr(at, word)) != NULL; at += length)
        if ((at == list || at[-1] == ' ') && (at[length] == ' ' || at[length] == 0))
            return true;
    return false;
}

static const struct expected *find_expected(const char *kernel, bool queued, enum attach_kinds attach)
{
    const struct expected *found = NULL;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        const struct expected *row = &table[i];
        if (row->queued != queued || !(row->attach & 1 << attach) || !has_word(row->kernels, kernel))
            continue;
        if (found)
            fail_msg("two rows for %s%s --attach %s", kernel, queued ? " -Q" : "", attach_name(attach));
        found = row;
    }
    if (!found)
        fail_msg("no row for %s%s --attach %s", kernel, queued ? " -Q" : "", attach_name(attach));
    return found;
}

// ---- what holds for each plan ----

static void assert_handlers_defined(const struct plan *plan)
{
    size_t handles = 0;
    for (size_t i = 0; i < plan->n_defines; i++)
        handles += strncmp(plan->defines[i], "HANDLE_", 7) == 0;
    for (size_t i = 0; i < plan->n_points; i++) {
        char name[64] = "HANDLE_";
        const char *handler = plan->points[i].handler, *words = handler + strlen("on_");
        for (size_t j = 0; j <= strlen(words); j++)
            name[7 + j] = (char)toupper((unsigned char)words[j]);
        if (!plan_define(plan, name))
            fail_msg("%s is not defined", name);
        bool again = false;
        for (size_t j = 0; j < i; j++)
            again |= strcmp(plan->points[j].handler, handler) == 0;
        handles -= !again;
    }
    assert_int_equal(handles, 0); // no handler without a point
}

static bool has_handler(const struct plan *plan, const char *handler)
{
    for (size_t i = 0; i < plan->n_points; i++)
        if (strcmp(plan->points[i].handler, handler) == 0)
            return true;
    return false;
}

static bool has_event(const struct plan *plan, const char *event)
{
    for (size_t i = 0; i < plan->n_points; i++)
        if (strncmp(plan->points[i].handler, event, strlen(event)) == 0)
            return true;
    return false;
}

// How far a request has come when the handler runs.
static size_t step_of(const char *handler)
{
    static const char *const steps[] = {"on_queue_", "on_insert_", "on_issue_", "on_merge_", "on_complete_"};
    size_t n = sizeof(steps) / sizeof(steps[0]), i = 0;
    while (i < n && strncmp(handler, steps[i], strlen(steps[i])) != 0)
        i++;
    assert_true(i < n);
    return i;
}

static bool is_start(const struct plan *plan, const char *event)
{
    for (size_t i = 0; i < plan->n_points; i++)
        if (strncmp(plan->points[i].purpose, "start", 5) == 0 &&
            strncmp(plan->points[i].handler, event, strlen(event)) != 0)
            return false;
    return has_event(plan, event);
}

static void assert_sound(const struct plan *plan)
{
    assert_in_range(plan->n_points, 1, PLAN_POINTS);
    for (size_t i = 0; i < plan->n_points; i++) {
        assert_true(plan->points[i].purpose[0]);
        if (i)
            assert_true(step_of(plan->points[i].handler) <= step_of(plan->points[i - 1].handler));
    }
    const char *start_at = plan_define(plan, "START_AT");
    assert_non_null(start_at);
    bool at_queue = start_at && strcmp(start_at, "AT_QUEUE") == 0;
    assert_true(at_queue || (start_at && strcmp(start_at, "AT_ISSUE") == 0));
    assert_int_equal(is_start(plan, at_queue ? "on_queue_" : "on_issue_"), !plan->start_time_from_request);
    assert_string_equal(plan_define(plan, "START_TIME_FROM_REQUEST"),
                        plan->start_time_from_request ? "1" : "0");
    assert_string_equal(plan_define(plan, "SEES_MERGE"), has_handler(plan, "on_merge_raw") ? "1" : "0");
    assert_string_equal(plan_define(plan, "SEES_INSERT"), has_handler(plan, "on_insert_raw") ? "1" : "0");
    assert_int_equal(plan_define(plan, "QUEUE_ARG") != NULL, has_handler(plan, "on_queue_raw"));
    assert_int_equal(plan_define(plan, "INSERT_ARG") != NULL, has_handler(plan, "on_insert_raw"));
    assert_int_equal(plan_define(plan, "ISSUE_ARG") != NULL, has_handler(plan, "on_issue_raw"));
    assert_int_equal(plan_define(plan, "MERGE_ARG") != NULL, has_handler(plan, "on_merge_raw"));
    // on_complete_untimed_raw goes on to the program on_complete_raw.
    assert_true(!has_handler(plan, "on_complete_untimed_raw") || has_handler(plan, "on_complete_raw"));
    assert_handlers_defined(plan);
}

static void assert_refused(int error, const char *why, const char *event, const char *tried)
{
    assert_int_equal(error, -ENOTSUP);
    if (!strstr(why, event) || !strstr(why, tried))
        fail_msg("the refusal is '%s', without '%s' or '%s'", why, event, tried);
    assert_null(strchr(why, '\n'));
}

static void assert_points(const struct plan *plan, const char *points)
{
    char text[PLAN_TEXT_SIZE];
    plan_text(plan, text);
    assert_string_equal(text, points);
    assert_sound(plan);
}

static unsigned check_kernel(const char *name, bool queued, enum attach_kinds attach)
{
    struct kernel kernel;
    struct plan plan;
    char why[PLAN_WHY_SIZE * 2], text[PLAN_TEXT_SIZE];
    const struct expected *row = find_expected(name, queued, attach);
    kernels_get(name, &kernel);
    int error = make(&plan, &kernel, queued, attach, why, sizeof(why));
    if (row->refused && error) {
        assert_refused(error, why, row->refused, row->tried);
        return 0;
    }
    plan_text(&plan, text);
    if (!error && row->points && strcmp(text, row->points) == 0) {
        assert_sound(&plan);
        return 0;
    }
    print_error("%s%s --attach %s\n  is:        %s\n  should be: %s%s\n", name, queued ? " -Q" : "",
                attach_name(attach), error ? why : text, row->points ? row->points : "no way to see ",
                row->refused ? row->refused : "");
    return 1;
}

static void test_each_kernel(void **state)
{
    unsigned wrong = 0;
    (void)state;
    for (size_t i = 0; kernels_name(i); i++)
        for (int queued = 0; queued <= 1; queued++)
            for (int attach = ATTACH_AUTO; attach <= ATTACH_RAW_TRACEPOINT; attach++)
                wrong += check_kernel(kernels_name(i), queued, (enum attach_kinds)attach);
    assert_int_equal(wrong, 0);
}

// ---- single I/Os ----

static const struct expected *find_with_samples(const char *kernel, bool queued, enum attach_kinds attach)
{
    for (size_t i = 0; i < sizeof(with_samples) / sizeof(with_samples[0]); i++)
        if (with_samples[i].queued == queued && (with_samples[i].attach & 1 << attach) &&
            has_word(with_samples[i].kernels, kernel))
            return &with_samples[i];
    return NULL;
}

static unsigned check_with_samples(const char *name, bool queued, enum attach_kinds attach)
{
    struct kernel kernel;
    struct plan plan;
    char why[PLAN_WHY_SIZE * 2], text[PLAN_TEXT_SIZE] = "(refused)";
    const struct expected *row = find_with_samples(name, queued, attach);
    const char *points = row ? row->points : "(refused)";
    kernels_get(name, &kernel);
    if (make_with(&plan, &kernel, true, queued, attach, why, sizeof(why)) == 0) {
        plan_text(&plan, text);
        assert_sound(&plan);
        assert_true(plan.needs.samples);
    }
    if (strcmp(text, points) == 0)
        return 0;
    print_error("%s%s --attach %s, samples\n  is:        %s\n  should be: %s\n", name, queued ? " -Q" : "",
                attach_name(attach), text, points);
    return 1;
}

static void test_each_kernel_with_samples(void **state)
{
    unsigned wrong = 0;
    (void)state;
    for (size_t i = 0; kernels_name(i); i++)
        for (int queued = 0; queued <= 1; queued++)
            for (int attach = ATTACH_AUTO; attach <= ATTACH_RAW_TRACEPOINT; attach++)
                wrong += check_with_samples(kernels_name(i), queued, (enum attach_kinds)attach);
    assert_int_equal(wrong, 0);
}

// An unknown submitter is never a reason to refuse to trace, nor to attach to what perhaps fails.
static void test_submitter_unknown(void **state)
{
    struct kernel kernel;
    struct plan plan;
    char why[PLAN_WHY_SIZE * 2];
    (void)state;
    kernels_get("5.10", &kernel);
    kernels_hide_traceable(&kernel);
    assert_int_equal(make_with(&plan, &kernel, true, false, ATTACH_AUTO, why, sizeof(why)), 0);
    assert_points(&plan, COMPLETE MERGE0 ISSUE0 INSERT0);
    kernel.tracepoint_args[TP_BLOCK_RQ_INSERT] = 0;
    kernel.function[FN_BLK_ACCOUNT_IO_START] = FUNCTION_ABSENT;
    assert_int_equal(make_with(&plan, &kernel, true, false, ATTACH_AUTO, why, sizeof(why)), 0);
    assert_points(&plan, COMPLETE MERGE0 ISSUE0);
    assert_null(plan_define(&plan, "HANDLE_INSERT_RAW"));
    kernels_get("4.14", &kernel);
    kernels_hide_traceable(&kernel);
    assert_int_equal(make_with(&plan, &kernel, true, false, ATTACH_AUTO, why, sizeof(why)), 0);
    assert_points(&plan, DONE ISSUE_K LEGACY START_NEW_IO);
}

// ---- where less is known or possible than is recorded ----

enum change {
    HIDDEN,        // available_filter_functions cannot be read
    NO_KPROBES,    // a kernel without CONFIG_KPROBES
    DONE_INLINED,  // the compiler inlined __blk_account_io_done
    START_INLINED, // the same of __blk_account_io_start
    DONE_NOTRACE,
    START_NOTRACE_HIDDEN, // inline, but with a copy out of line, as 6.12 has it; and the list cannot be read
};

static void apply(struct kernel *kernel, enum change change)
{
    switch (change) {
    case HIDDEN:
        kernels_hide_traceable(kernel);
        break;
    case NO_KPROBES:
        kernel->has_kprobes = false;
        break;
    case DONE_INLINED:
        kernel->function[FN_UU_BLK_ACCOUNT_IO_DONE] = FUNCTION_ABSENT;
        break;
    case START_INLINED:
        kernel->function[FN_UU_BLK_ACCOUNT_IO_START] = FUNCTION_ABSENT;
        break;
    case DONE_NOTRACE:
        kernel->function[FN_BLK_ACCOUNT_IO_DONE] = FUNCTION_UNTRACEABLE;
        break;
    case START_NOTRACE_HIDDEN:
        kernel->function[FN_BLK_ACCOUNT_IO_START] = FUNCTION_UNTRACEABLE;
        kernels_hide_traceable(kernel);
        break;
    }
}

static const struct changed {
    const char *name;
    enum change change;
    bool queued;
    enum attach_kinds attach;
    const char *points, *refused, *tried;
} changed[] = {
    // What is certain comes before what is better but perhaps fails; what is perhaps there comes before
    // nothing.
    {"4.9", HIDDEN, false, ATTACH_AUTO, DONE ISSUE_K LEGACY, NULL, NULL},
    {"4.14", HIDDEN, true, ATTACH_AUTO, DONE START_NEW_IO, NULL, NULL},
    {"4.19", HIDDEN, false, ATTACH_AUTO, COMPLETE ISSUE1 LEGACY, NULL, NULL},
    {"4.19", HIDDEN, false, ATTACH_KPROBE, DONE ISSUE_K LEGACY, NULL, NULL},
    {"5.10", HIDDEN, false, ATTACH_AUTO, COMPLETE MERGE0 ISSUE0, NULL, NULL},
    {"5.10", HIDDEN, false, ATTACH_KPROBE, DONE ISSUE_K, NULL, NULL},
    {"5.10", HIDDEN, true, ATTACH_KPROBE, DONE START, NULL, NULL},
    {"6.1.90", HIDDEN, false, ATTACH_AUTO, COMPLETE MERGE0 ISSUE0, NULL, NULL},
    {"6.1", HIDDEN, true, ATTACH_AUTO, COMPLETE TIME, NULL, NULL},
    {"6.12", HIDDEN, true, ATTACH_AUTO, DONE_IO MERGE0 IO_START0, NULL, NULL},
    // The request's own time is certain here, and a kprobe would be refused.
    {"6.4", START_NOTRACE_HIDDEN, true, ATTACH_AUTO, COMPLETE TIME, NULL, NULL},

    {"4.14", NO_KPROBES, false, ATTACH_AUTO, NULL, COMPLETED,
     "kprobe blk_account_io_done: this kernel has no kprobes"},
    {"4.19", NO_KPROBES, false, ATTACH_AUTO, COMPLETE ISSUE1, NULL, NULL},
    {"5.10", NO_KPROBES, false, ATTACH_AUTO, COMPLETE MERGE0 ISSUE0, NULL, NULL},
    {"5.10", NO_KPROBES, true, ATTACH_AUTO, COMPLETE TIME, NULL, NULL},
    {"5.10", NO_KPROBES, false, ATTACH_KPROBE, NULL, COMPLETED, "this kernel has no kprobes"},

    {"6.1.90", DONE_INLINED, false, ATTACH_AUTO, COMPLETE MERGE0 ISSUE0, NULL, NULL},
    {"6.1.90", DONE_INLINED, true, ATTACH_AUTO, COMPLETE MERGE0 START_UU, NULL, NULL},
    {"6.1.90", START_INLINED, true, ATTACH_AUTO, DONE_UU REST_UU TIME, NULL, NULL},
    {"6.1.90", START_INLINED, true, ATTACH_KPROBE, DONE_UU TIME, NULL, NULL},
    {"5.15", DONE_NOTRACE, false, ATTACH_AUTO, COMPLETE MERGE0 ISSUE0, NULL, NULL},
    {"5.15", DONE_NOTRACE, false, ATTACH_KPROBE, NULL, COMPLETED,
     "blk_account_io_done: the function cannot be traced"},
};

static void test_less_is_known(void **state)
{
    (void)state;
    unsigned wrong = 0;
    for (size_t i = 0; i < sizeof(changed) / sizeof(changed[0]); i++) {
        const struct changed *row = &changed[i];
        struct kernel kernel;
        struct plan plan;
        char why[PLAN_WHY_SIZE * 2], text[PLAN_TEXT_SIZE];
        kernels_get(row->name, &kernel);
        apply(&kernel, row->change);
        int error = make(&plan, &kernel, row->queued, row->attach, why, sizeof(why));
        if (row->refused) {
            assert_refused(error, why, row->refused, row->tried);
            continue;
        }
        assert_int_equal(error, 0);
        assert_sound(&plan);
        plan_text(&plan, text);
        if (strcmp(text, row->points) != 0) {
            print_error("row %zu, %s: is '%s', should be '%s'\n", i, row->name, text, row->points);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

// blk_account_io_start(rq, new_io) up to 5.7: BTF says it; without it, whether blk_account_io_merge_bio
// exists (5.8).
static void test_new_io(void **state)
{
    static const struct {
        int args;
        enum function_state merge_bio;
        const char *points;
    } rows[] = {
        {2, FUNCTION_ABSENT, COMPLETE START_NEW_IO}, {2, FUNCTION_TRACEABLE, COMPLETE START_NEW_IO},
        {1, FUNCTION_ABSENT, COMPLETE START},        {1, FUNCTION_TRACEABLE, COMPLETE START},
        {0, FUNCTION_ABSENT, COMPLETE START_NEW_IO}, {0, FUNCTION_TRACEABLE, COMPLETE START},
        {0, FUNCTION_UNTRACEABLE, COMPLETE START},   {0, FUNCTION_MAYBE, COMPLETE START},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct kernel kernel;
        struct plan plan;
        char why[256];
        kernels_get("5.4", &kernel);
        kernel.account_io_start_args = rows[i].args;
        kernel.function[FN_BLK_ACCOUNT_IO_MERGE_BIO] = rows[i].merge_bio;
        assert_int_equal(make(&plan, &kernel, true, ATTACH_AUTO, why, sizeof(why)), 0);
        assert_points(&plan, rows[i].points);
    }
}

// ---- words ----

static void assert_unused(const struct plan *plan, const char *lines)
{
    char text[PLAN_TEXT_SIZE];
    plan_unused(plan, text);
    assert_string_equal(text, lines);
}

// The notes say of each attach point that was passed over why it was.
static void test_notes(void **state)
{
    struct kernel kernel;
    struct plan plan;
    char why[256];
    (void)state;
    kernels_get("6.1", &kernel);
    assert_int_equal(make(&plan, &kernel, true, ATTACH_AUTO, why, sizeof(why)), 0);
    assert_unused(&plan, "not used: raw tracepoint block_io_done: this kernel has none\n"
                         "not used: kprobe blk_account_io_done: the function cannot be traced\n"
                         "not used: kprobe __blk_account_io_done: this kernel has none\n"
                         "not used: raw tracepoint block_io_start: this kernel has none\n"
                         "not used: kprobe blk_account_io_start: this kernel has none\n"
                         "not used: kprobe __blk_account_io_start: this kernel has none\n");
}

static void check_unused(const struct plan *plan, const char *kernel)
{
    for (size_t i = 0; i < plan->n_points; i++) {
        char wrong[96], unused[PLAN_TEXT_SIZE];
        snprintf(wrong, sizeof(wrong), "not used: %s %s: ", plan_kind_name(plan->points[i].kind),
                 plan->points[i].target);
        plan_unused(plan, unused);
        if (strstr(unused, wrong))
            fail_msg("%s: '%s' though it is used:\n%s", kernel, wrong, unused);
    }
}

// What is used, for whatever event, is never said not to be.
static void test_notes_of_what_is_used(void **state)
{
    (void)state;
    for (size_t i = 0; kernels_name(i); i++)
        for (unsigned bits = 0; bits < 8; bits++)
            for (int attach = ATTACH_AUTO; attach <= ATTACH_RAW_TRACEPOINT; attach++) {
                struct kernel kernel;
                struct plan plan;
                char why[PLAN_WHY_SIZE * 2];
                kernels_get(kernels_name(i), &kernel);
                if (bits & 4)
                    kernels_hide_traceable(&kernel);
                if (make_with(&plan, &kernel, bits & 2, bits & 1, (enum attach_kinds)attach, why,
                              sizeof(why)) == 0)
                    check_unused(&plan, kernels_name(i));
            }
}

// Of two rows with one target, one is used; the notes of the others stay.
static void test_notes_of_two_rows(void **state)
{
    struct kernel kernel;
    struct plan plan;
    char why[256];
    (void)state;
    kernels_get("4.14", &kernel);
    assert_int_equal(make(&plan, &kernel, true, ATTACH_AUTO, why, sizeof(why)), 0);
    assert_unused(&plan, "not used: raw tracepoint block_io_done: this kernel has none\n"
                         "not used: raw tracepoint block_rq_merge: this kernel has none\n"
                         "not used: raw tracepoint block_io_start: this kernel has none\n");
}

// ---- in flight ----

static enum in_flight in_flight_of(const char *name, bool queued, enum attach_kinds attach)
{
    struct kernel kernel;
    struct plan plan;
    char why[PLAN_WHY_SIZE];
    kernels_get(name, &kernel);
    assert_int_equal(make(&plan, &kernel, queued, attach, why, sizeof(why)), 0);
    return plan.in_flight;
}

// A request that is merged into another while it waits in a queue never completes: where no probe sees that,
// nobody knows how many are in flight.
static void test_in_flight(void **state)
{
    static const struct {
        const char *kernel;
        bool queued;
        enum attach_kinds attach;
        enum in_flight in_flight;
    } rows[] = {
        {"4.14", true, ATTACH_AUTO, IN_FLIGHT_AT_MOST},
        {"4.19", true, ATTACH_AUTO, IN_FLIGHT_AT_MOST},
        {"4.19", true, ATTACH_RAW_TRACEPOINT, IN_FLIGHT_UNKNOWN},
        {"5.4", true, ATTACH_AUTO, IN_FLIGHT_AT_MOST},
        {"5.4-headers", true, ATTACH_KPROBE, IN_FLIGHT_AT_MOST},
        {"5.10", true, ATTACH_KPROBE, IN_FLIGHT_AT_MOST}, // block_rq_merge is there, but not asked for
        {"5.10", true, ATTACH_AUTO, IN_FLIGHT_EXACT},
        {"6.1", true, ATTACH_AUTO, IN_FLIGHT_UNKNOWN},
        {"6.18", true, ATTACH_AUTO, IN_FLIGHT_EXACT},
        {"4.14", false, ATTACH_AUTO, IN_FLIGHT_EXACT},
        {"5.4", false, ATTACH_AUTO, IN_FLIGHT_EXACT},
        {"6.1", false, ATTACH_AUTO, IN_FLIGHT_EXACT},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (in_flight_of(rows[i].kernel, rows[i].queued, rows[i].attach) != rows[i].in_flight)
            fail_msg("row %zu, %s", i, rows[i].kernel);
}

static void test_refusal_of_starts(void **state)
{
    struct kernel kernel;
    struct plan plan;
    char why[PLAN_WHY_SIZE];
    (void)state;
    kernels_get("5.15", &kernel);
    kernel.tracepoint_args[TP_BLOCK_RQ_ISSUE] = 0;
    kernel.function[FN_BLK_MQ_START_REQUEST] = FUNCTION_ABSENT;
    int error = make(&plan, &kernel, false, ATTACH_AUTO, why, sizeof(why));
    assert_refused(error, why, "when requests are issued",
                   "raw tracepoint block_rq_issue: this kernel has none");
    assert_refused(error, why, "when requests are issued",
                   "kprobe blk_mq_start_request: this kernel has none");
    kernel.offset[REQUEST_START_TIME_NS] = -1;
    error = make(&plan, &kernel, true, ATTACH_RAW_TRACEPOINT, why, sizeof(why));
    assert_refused(error, why, QUEUED, "raw tracepoint block_io_start: this kernel has none");
    assert_refused(error, why, QUEUED, "kprobe blk_account_io_start: not of the kind asked for");
}

// Disks with blk-mq are the common ones on 4.19 too: legacy queues alone are not what was asked for.
static void test_legacy_alone_is_refused(void **state)
{
    struct kernel kernel;
    struct plan plan;
    char why[PLAN_WHY_SIZE];
    (void)state;
    kernels_get("4.14", &kernel);
    kernel.function[FN_BLK_MQ_START_REQUEST] = FUNCTION_UNTRACEABLE;
    int error = make(&plan, &kernel, false, ATTACH_AUTO, why, sizeof(why));
    assert_refused(error, why, "when requests are issued",
                   "kprobe blk_mq_start_request: the function cannot be traced");
}

// A refusal fits in what room there is, whatever was tried.
static void test_refusal_in_little_room(void **state)
{
    (void)state;
    for (size_t size = 1; size < 64; size++) {
        struct kernel kernel;
        struct plan plan;
        char why[65];
        kernels_get("6.12", &kernel);
        memset(why, '#', sizeof(why));
        assert_int_equal(make(&plan, &kernel, false, ATTACH_KPROBE, why, size), -ENOTSUP);
        assert_true(strlen(why) < size);
        assert_int_equal(why[size], '#');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_kernel),
        cmocka_unit_test(test_each_kernel_with_samples),
        cmocka_unit_test(test_submitter_unknown),
        cmocka_unit_test(test_less_is_known),
        cmocka_unit_test(test_new_io),
        cmocka_unit_test(test_notes),
        cmocka_unit_test(test_notes_of_what_is_used),
        cmocka_unit_test(test_notes_of_two_rows),
        cmocka_unit_test(test_in_flight),
        cmocka_unit_test(test_refusal_of_starts),
        cmocka_unit_test(test_legacy_alone_is_refused),
        cmocka_unit_test(test_refusal_in_little_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
