// SPDX-License-Identifier: Apache-2.0
// See plan_text.h.
#include "plan_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void __attribute__((format(printf, 2, 3))) add(char text[PLAN_TEXT_SIZE], const char *format, ...)
{
    size_t n = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + n, PLAN_TEXT_SIZE - n, format, arguments);
    va_end(arguments);
}

// The define that says which argument of the tracepoint is the request. NULL: always the first.
static const char *argument_define(const char *handler)
{
    static const char *const defines[][2] = {{"on_queue_raw", "QUEUE_ARG"},
                                             {"on_merge_raw", "MERGE_ARG"},
                                             {"on_insert_raw", "INSERT_ARG"},
                                             {"on_issue_raw", "ISSUE_ARG"}};
    for (size_t i = 0; i < sizeof(defines) / sizeof(defines[0]); i++)
        if (strcmp(handler, defines[i][0]) == 0)
            return defines[i][1];
    return NULL;
}

void plan_text(const struct plan *plan, char text[PLAN_TEXT_SIZE])
{
    text[0] = 0;
    for (size_t i = 0; i < plan->n_points; i++) {
        const struct plan_point *point = &plan->points[i];
        const char *define = argument_define(point->handler);
        const char *argument = define ? plan_define(plan, define) : NULL;
        add(text, "%s:%s", point->kind == BCC_KPROBE ? "kprobe" : "raw", point->target);
        if (define)
            add(text, "[%s]", argument ? argument : "undefined");
        add(text, "/%s ", point->handler);
    }
    if (plan->start_time_from_request)
        add(text, "start_time ");
}

void plan_unused(const struct plan *plan, char text[PLAN_TEXT_SIZE])
{
    FILE *out = fmemopen(text, PLAN_TEXT_SIZE, "w");
    text[0] = 0;
    if (!out)
        return;
    plan_print_unused(plan, out);
    fclose(out);
}

const char *plan_define(const struct plan *plan, const char *name)
{
    size_t length = strlen(name);
    for (size_t i = 0; i < plan->n_defines; i++) {
        const char *define = plan->defines[i];
        if (strncmp(define, name, length) == 0 && (define[length] == '=' || define[length] == 0))
            return define[length] ? define + length + 1 : "";
    }
    return NULL;
}
