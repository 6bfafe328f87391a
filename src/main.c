// SPDX-License-Identifier: Apache-2.0
// biolatency: how long block I/O takes, as a histogram.
// options -> plan -> tracer -> a frame for the output at each deadline and at the end -> exit status.
#include <bcc/bcc_version.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bcc/bcc.h"
#include "config.h"
#include "kernel/disk.h"
#include "kernel/filter.h"
#include "kernel/kernel.h"
#include "options.h"
#include "output/output.h"
#include "session.h"
#include "trace/check_kernel.h"
#include "trace/embedded.h"
#include "trace/plan.h"
#include "trace/tracer.h"
#include "util/clock.h"
#include "util/fail.h"
#include "util/process.h"

struct program {
    struct options options;
    const struct output *output;
    struct kernel kernel;
    struct plan plan;
    struct disk_filter filter;
    struct bcc *bcc;       // until the tracer has it
    struct tracer *tracer; // from then on
    double began_s;        // when the program started, CLOCK_MONOTONIC
};

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

static void say(const char *line)
{
    fail(0, "%s", line);
}

static int find_disks(struct program *program)
{
    char why[WHY_SIZE];
    for (const char **word = program->options.disk; *word; word++)
        if (filter_add(&program->filter, "", *word, say, why, sizeof(why)) < 0)
            return fail(EXIT_FAILED, "%s", why);
    return EXIT_DONE;
}

static int check_permission(void)
{
    const char *lacking = kernel_lacks_capability();
    if (lacking)
        return fail(EXIT_FAILED, "not permitted to trace: %s", lacking);
    return EXIT_DONE;
}

static int make_plan(struct program *program)
{
    char why[WHY_SIZE];
    struct plan_scale scale;
    const struct options *options = &program->options;
    int error =
        kernel_ask(&program->kernel, !options->no_btf, options_show_samples(options), why, sizeof(why));
    if (error)
        return fail(EXIT_FAILED, "%s%s", why, fail_hint(error));
    disk_count("", &scale.disks, &scale.requests);
    bool with_sum = options->extension || program->output->needs & OUTPUT_NEEDS_SUMS;
    bool with_unmatched = options->verbose || program->output->needs & OUTPUT_NEEDS_UNMATCHED;
    if (plan_make(&program->plan, options, &program->kernel, program->filter.n ? &program->filter : NULL,
                  with_sum, with_unmatched, &scale, why, sizeof(why)) < 0)
        return fail(EXIT_FAILED, "%s", why);
    return EXIT_DONE;
}

static int open_tracer(struct program *program)
{
    char why[WHY_SIZE], *log = NULL;
    struct bcc *bcc = program->bcc;
    program->bcc = NULL;
    int error = tracer_open(&program->tracer, bcc, &program->plan, &program->kernel,
                            program->options.buffer_pages, why, sizeof(why), &log);
    bool more = log && log[0] && log[strcspn(log, "\n")] && log[strcspn(log, "\n") + 1];
    if (error)
        fail(EXIT_FAILED, "%s%s%s", why, fail_hint(error),
             more && !program->options.verbose ? " (-v shows what libbcc and the kernel say)" : "");
    if (error && more && program->options.verbose)
        fprintf(stderr, "%s%s", log, log[strlen(log) - 1] == '\n' ? "" : "\n");
    free(log);
    return error ? EXIT_FAILED : EXIT_DONE;
}

static void tell_plan(const struct program *program)
{
    const struct plan *plan = &program->plan;
    fprintf(stderr, "kernel %s, types from %s%s%s, probe text for libbcc (built with %s)\n",
            program->kernel.release, program->kernel.has_btf ? "BTF" : "kernel headers (BTF: ",
            program->kernel.has_btf ? "" : program->kernel.btf_problem, program->kernel.has_btf ? "" : ")",
            LIBBCC_VERSION);
    for (size_t i = 0; i < plan->n_points; i++)
        fprintf(stderr, "%s %s: %s\n", plan_kind_name(plan->points[i].kind), plan->points[i].target,
                plan->points[i].purpose);
    if (plan->start_time_from_request)
        fputs("no probe: start, from request.start_time_ns\n", stderr);
    plan_print_unused(plan, stderr);
    fprintf(stderr, "room for %u requests under way, %u histogram slots\n", plan->max_requests,
            plan->dist_entries);
    fprintf(stderr, "started in %.0f ms\n", (clock_s() - program->began_s) * 1e3);
}

// What is in no text: the map that says which of several disks are traced.
static void print_targets(const struct program *program)
{
    const struct disk_filter *filter = &program->filter;
    for (size_t i = 0; program->plan.filter_ranges && i < filter->n; i++) {
        const struct disk_target *target = &filter->targets[i];
        printf("// In the map targets: %s, disk %u:%u", target->name, target->dev >> 20,
               target->dev & 0xfffff);
        if (target->is_partition)
            printf(", sectors %" PRIu64 " to %" PRIu64 ", counted as %u:%u", target->first_sector,
                   target->end_sector - 1, target->own_dev >> 20, target->own_dev & 0xfffff);
        putchar('\n');
    }
}

static int print_text(const struct program *program)
{
    for (size_t i = 0; i < program->plan.n_defines; i++) {
        char define[PLAN_DEFINE_SIZE];
        memcpy(define, program->plan.defines[i], sizeof(define));
        char *equals = strchr(define, '=');
        if (equals)
            *equals = ' ';
        printf("#define %s\n", define);
    }
    print_targets(program);
    fputs(embedded_biolatency, stdout);
    return EXIT_DONE;
}

static int run(struct program *program)
{
    int status = find_disks(program);
    if (status == EXIT_DONE && !program->options.ebpf)
        status = check_permission();
    if (status != EXIT_DONE)
        return status;
    // libbcc takes a while to open: it does so in its own process while this one asks the kernel.
    int error = program->options.ebpf ? 0 : bcc_open(&program->bcc, embedded_headers, embedded_headers_count);
    if (error)
        return fail(EXIT_FAILED, "cannot start the process that compiles: %s%s", strerror(-error),
                    fail_hint(error));
    status = make_plan(program);
    if (status != EXIT_DONE)
        return status;
    if (program->options.ebpf)
        return print_text(program);
    status = open_tracer(program);
    if (status == EXIT_DONE && program->options.verbose)
        tell_plan(program);
    if (status != EXIT_DONE)
        return status;
    return session_run(program->tracer, &program->options, program->output, &program->kernel);
}

static int check(void)
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
        status = check();
    else
        status = run(&program);
    tracer_close(program.tracer);
    bcc_close(program.bcc);
    return status == EXIT_DONE ? session_finish_output() : status;
}
