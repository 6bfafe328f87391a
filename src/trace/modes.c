// SPDX-License-Identifier: Apache-2.0
// See modes.h.
#include "trace/modes.h"

#include <string.h>

// To add a mode: a row here, and one more in MODES. The first is the default.
static const struct {
    const char *name;
    struct needs needs;
} rows[MODES] = {
    {"default", {.attach = ATTACH_AUTO}},
    {"-Q", {.attach = ATTACH_AUTO, .from_queue = true}},
    {"--slowest", {.attach = ATTACH_AUTO, .samples = true}},
    {"--attach raw-tracepoint", {.attach = ATTACH_RAW_TRACEPOINT}},
    {"--attach raw-tracepoint -Q", {.attach = ATTACH_RAW_TRACEPOINT, .from_queue = true}},
    {"--attach kprobe", {.attach = ATTACH_KPROBE}},
    {"--attach kprobe -Q", {.attach = ATTACH_KPROBE, .from_queue = true}},
};

void modes_plan(struct mode modes[MODES], const char *types, struct kernel *kernel,
                const struct plan_scale *scale)
{
    for (size_t i = 0; i < MODES; i++) {
        struct mode *mode = &modes[i];
        mode->name = rows[i].name;
        mode->types = types;
        mode->why[0] = 0;
        int error = plan_make(&mode->plan, &rows[i].needs, kernel, scale, mode->why, sizeof(mode->why));
        mode->result = error ? MODE_IMPOSSIBLE : MODE_PLANNED;
    }
}

void modes_refuse(struct mode *mode, const char *why)
{
    mode->name = rows[0].name;
    mode->types = "none";
    mode->result = MODE_IMPOSSIBLE;
    snprintf(mode->why, sizeof(mode->why), "%s", why);
}

// ---- printing ----

// The probes for one purpose, "rt:block_io_done rt:block_rq_complete", as wide as the column.
static void print_points(FILE *out, const struct plan *plan, const char *purpose, int width)
{
    size_t length = strlen(purpose);
    int n = 0;
    for (size_t i = 0; i < plan->n_points; i++) {
        const struct plan_point *point = &plan->points[i];
        if (strncmp(point->purpose, purpose, length) == 0 &&
            (!point->purpose[length] || point->purpose[length] == ','))
            n +=
                fprintf(out, "%s%s:%s", n ? " " : "", point->kind == BCC_KPROBE ? "kp" : "rt", point->target);
    }
    if (n == 0 && strcmp(purpose, "start") == 0)
        n = fprintf(out, "request.start_time_ns");
    if (n < width)
        fprintf(out, "%*s", width - n, "");
}

static void print_result(FILE *out, const struct mode *mode)
{
    char text[24];
    snprintf(text, sizeof(text), "yes, %u ms", mode->took_ms);
    fprintf(out, "%-12s",
            mode->result == MODE_WORKS     ? text
            : mode->result == MODE_PLANNED ? "not tried"
                                           : "no");
}

static void print_mode(FILE *out, const struct mode *mode)
{
    fprintf(out, "%-27s %-8s ", mode->name, mode->types);
    print_result(out, mode);
    if (mode->result == MODE_IMPOSSIBLE) {
        fputs(" -\n", out);
        return;
    }
    fputc(' ', out);
    print_points(out, &mode->plan, "start", 24);
    fputc(' ', out);
    print_points(out, &mode->plan, "completion", 0);
    fputc('\n', out);
}

static bool is_printed(const struct mode *modes, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (strcmp(modes[j].why, modes[i].why) == 0)
            return true;
    return false;
}

// "no default (BTF), -Q (BTF): why": each reason once, with all modes that it keeps from working.
static void print_reasons(FILE *out, const struct mode *modes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!modes[i].why[0] || is_printed(modes, i))
            continue;
        fprintf(out, "no %s (%s)", modes[i].name, modes[i].types);
        for (size_t j = i + 1; j < n; j++)
            if (strcmp(modes[j].why, modes[i].why) == 0)
                fprintf(out, ", %s (%s)", modes[j].name, modes[j].types);
        fprintf(out, ": %s\n", modes[i].why);
    }
}

void modes_print(FILE *out, const struct mode *modes, size_t n)
{
    fprintf(out, "%-27s %-8s %-12s %-24s %s\n", "mode", "types", "works", "start", "completion");
    for (size_t i = 0; i < n; i++)
        print_mode(out, &modes[i]);
    fputs("(rt: raw tracepoint, kp: kprobe)\n", out);
    print_reasons(out, modes, n);
}
