// SPDX-License-Identifier: Apache-2.0
// See prepare.h.
#include "prepare.h"

#include <errno.h>
#include <string.h>

#include "bcc/bcc.h"
#include "kernel/disk.h"
#include "kernel/kernel.h"
#include "model/dimension.h"
#include "needs.h"
#include "trace/embedded.h"
#include "trace/plan.h"
#include "trace/tracer.h"
#include "util/fail.h"

// To add a mode: a row here. The first is the default.
static const struct mode_row {
    const char *name;
    const char *by; // as --by wants it
    bool queued, slowest, slower;
} rows[] = {
    {.name = "default"},
    {.name = "-Q", .queued = true},
    {.name = "-D", .by = "disk"},
    {.name = "-DQ", .by = "disk", .queued = true},
    {.name = "-F", .by = "flags"},
    {.name = "-FQ", .by = "flags", .queued = true},
    {.name = "-DF", .by = "disk,flags"},
    {.name = "-DFQ", .by = "disk,flags", .queued = true},
    {.name = "--slowest", .slowest = true}, // for any number, as --slower for any TIME
    {.name = "--slower", .slower = true},
};

struct preparation {
    const struct options *options;
    const struct output *output;
    const struct disk_filter *filter;
    struct kernel kernel;
    struct plan_scale scale;
    struct plan plan;
};

static struct options options_of(const struct options *given, const struct mode_row *row)
{
    struct options options = *given;
    options.by = 0;
    if (row->by)
        dimension_parse(row->by, &options.by);
    options.queued = row->queued;
    options.slowest = row->slowest;
    options.slower.given = row->slower;
    return options;
}

// 0; else -errno, with one line in why. *kept: it is kept now, with where it comes from in why; or why not.
static int prepare_mode(struct preparation *all, const struct mode_row *row, bool *kept, char *why,
                        size_t size)
{
    const struct options options = options_of(all->options, row);
    struct bcc *bcc = NULL;
    const struct needs needs = needs_of(&options, all->output, all->filter);
    int error = plan_make(&all->plan, &needs, &all->kernel, &all->scale, why, size);
    if (error)
        return error;
    error = bcc_open(&bcc, embedded_headers, embedded_headers_count, BCC_CACHE_DIRECTORY);
    if (error) {
        snprintf(why, size, "cannot start the process that compiles: %s%s", strerror(-error),
                 fail_hint(error));
        return error;
    }
    return tracer_prepare(bcc, &all->plan, &all->kernel, kept, why, size);
}

int prepare(const struct options *options, const struct output *output, const struct disk_filter *filter)
{
    static struct preparation all; // large
    char why[WHY_SIZE];
    all = (struct preparation){.options = options, .output = output, .filter = filter};
    int error = kernel_ask(&all.kernel, !options->no_btf, true, why, sizeof(why));
    if (error)
        return fail(EXIT_FAILED, "%s%s", why, fail_hint(error));
    disk_count("", &all.scale.disks, &all.scale.requests);
    for (const struct mode_row *row = rows; row < rows + sizeof(rows) / sizeof(rows[0]); row++) {
        bool kept = false;
        error = prepare_mode(&all, row, &kept, why, sizeof(why));
        if ((error && row == rows) || (!error && !kept))
            return fail(EXIT_FAILED, "%s: %s", row->name, why);
        if (options->verbose)
            fprintf(stderr, "%s: %s%s\n", row->name, error ? "not possible: " : "", why);
    }
    return EXIT_DONE;
}
