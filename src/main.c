// SPDX-License-Identifier: Apache-2.0
// biolatency: how long block I/O takes, as a histogram.
// options -> needs -> plan -> tracer -> a frame for the output at each deadline and at the end -> exit
// status.
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bcc/bcc.h"
#include "config.h"
#include "kernel/disk.h"
#include "kernel/filter.h"
#include "kernel/kernel.h"
#include "needs.h"
#include "options.h"
#include "output/output.h"
#include "prepare.h"
#include "session.h"
#include "trace/check_kernel.h"
#include "trace/embedded.h"
#include "trace/explain.h"
#include "trace/plan.h"
#include "trace/tracer.h"
#include "util/clock.h"
#include "util/fail.h"
#include "util/process.h"

struct program {
    struct options options;
    const struct output *output;
    struct disk_filter filter;
    struct kernel kernel;
    struct plan plan;
    struct bcc *bcc;       // until the tracer has it
    struct tracer *tracer; // from then on
    double began_s;        // when the program started, CLOCK_MONOTONIC
};

// Each step returns EXIT_DONE, or another exit status and has reported why.

static int parse_options(struct program *program, int argc, char **argv)
{
    char why[WHY_SIZE];
    if (options_parse(&program->options, argc, argv, why, sizeof(why)) < 0)
        return fail(EXIT_USAGE, "%s (--help shows all options)", why);
    program->output = output_find(program->options.format);
    if (!program->output)
        return fail(EXIT_USAGE, "--format '%s' is none of text, dict, json", program->options.format);
    return EXIT_DONE;
}

static void print_line(const char *line)
{
    fail(0, "%s", line);
}

static int find_disks(struct program *program)
{
    char why[WHY_SIZE];
    for (const char **word = program->options.disk; *word; word++)
        if (filter_add(&program->filter, "", *word, print_line, why, sizeof(why)) < 0)
            return fail(EXIT_FAILED, "%s", why);
    return EXIT_DONE;
}

static int check_permission(void)
{
    const char *lacking = kernel_lacks_capability();
    return lacking ? fail(EXIT_FAILED, "not permitted to trace: %s", lacking) : EXIT_DONE;
}

// libbcc takes a while to open: it does so in its own process while this one asks the kernel.
static int open_libbcc(struct program *program)
{
    int error = bcc_open(&program->bcc, embedded_headers, embedded_headers_count,
                         program->options.no_cache ? NULL : BCC_CACHE_DIRECTORY);
    if (!error)
        return EXIT_DONE;
    return fail(EXIT_FAILED, "cannot start the process that compiles: %s%s", strerror(-error),
                fail_hint(error));
}

static int make_plan(struct program *program)
{
    char why[WHY_SIZE];
    struct plan_scale scale;
    const struct needs needs = needs_of(&program->options, program->output, &program->filter);
    int error = kernel_ask(&program->kernel, !program->options.no_btf, needs.samples, why, sizeof(why));
    if (error)
        return fail(EXIT_FAILED, "%s%s", why, fail_hint(error));
    disk_count("", &scale.disks, &scale.requests);
    error = plan_make(&program->plan, &needs, &program->kernel, &scale, why, sizeof(why));
    return error ? fail(EXIT_FAILED, "%s", why) : EXIT_DONE;
}

// The log has more than one line if it says more than `why`.
static void report_failure(const struct program *program, int error, const char *why, const char *log)
{
    const char *second = log ? strchr(log, '\n') : NULL;
    bool more = second && second[1], verbose = program->options.verbose;
    fail(EXIT_FAILED, "%s%s%s", why, fail_hint(error),
         more && !verbose ? " (-v shows what libbcc and the kernel say)" : "");
    if (more && verbose)
        fprintf(stderr, "%s%s", log, log[strlen(log) - 1] == '\n' ? "" : "\n");
}

static int open_tracer(struct program *program)
{
    char why[WHY_SIZE], *log = NULL;
    struct bcc *bcc = program->bcc;
    program->bcc = NULL;
    int error = tracer_open(&program->tracer, bcc, &program->plan, &program->kernel, why, sizeof(why), &log);
    double took_s = clock_s() - program->began_s;
    if (error)
        report_failure(program, error, why, log);
    free(log);
    if (!error && program->options.verbose) {
        char origin[WHY_SIZE];
        tracer_origin(program->tracer, origin, sizeof(origin)); // may wait for a disk
        explain_plan(&program->plan, &program->kernel, stderr);
        fprintf(stderr, "%s\nstarted in %.0f ms\n", origin, took_s * 1e3);
    }
    return error ? EXIT_FAILED : EXIT_DONE;
}

static int print_text(struct program *program)
{
    if (find_disks(program) || make_plan(program))
        return EXIT_FAILED;
    explain_text(&program->plan, stdout);
    return EXIT_DONE;
}

static int run(struct program *program)
{
    if (find_disks(program) || check_permission())
        return EXIT_FAILED;
    if (program->options.prepare)
        return prepare(&program->options, program->output, &program->filter);
    if (open_libbcc(program) || make_plan(program) || open_tracer(program))
        return EXIT_FAILED;
    return session_run(program->tracer, &program->options, program->output, &program->kernel);
}

static int report_kernel(void)
{
    char why[WHY_SIZE];
    if (check_kernel(stdout, why, sizeof(why)) < 0)
        return fail(EXIT_FAILED, "the default mode does not work: %s", why);
    return EXIT_DONE;
}

int main(int argc, char **argv)
{
    static struct program program; // large
    program.began_s = clock_s();
    int error = process_begin();
    if (error)
        return fail(EXIT_FAILED, "cannot open /dev/null: %s", strerror(-error));
    int status = parse_options(&program, argc, argv);
    if (status != EXIT_DONE)
        return status;
    if (program.options.help)
        options_print_help(stdout, program_invocation_short_name);
    else if (program.options.version)
        puts("biolatency " BIOLATENCY_VERSION);
    else if (program.options.check_kernel)
        status = report_kernel();
    else if (program.options.ebpf)
        status = print_text(&program);
    else
        status = run(&program);
    tracer_close(program.tracer);
    bcc_close(program.bcc);
    return status == EXIT_DONE ? session_finish_output() : status;
}
