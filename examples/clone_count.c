// SPDX-License-Identifier: Apache-2.0
// clone_count: how many processes each command creates, by way of a map. Kernel side:
// probes/examples/clone_count.bpf.c
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bcc/bcc.h"
#include "created.h"
#include "example.h"
#include "tally.h"
#include "trace/embedded.h"

static const char help[] =
    "usage: clone_count [--top N] [interval] [count]\n\n"
    "Counts the processes that each command creates, and prints the counts every interval (seconds), count\n"
    "times, or else once at Ctrl-C.\n\n"
    "  -n, --top N  print the N commands that created most\n"
    "  -h, --help   show this help and exit\n";

struct counter {
    long top, interval_s, count;
    struct bcc *bcc;
    struct bcc_map counts, uncounted;
    struct created created;
    struct tally tally;
    int error; // of tally_set
};

static int start(struct counter *counter)
{
    int status = example_compile(&counter->bcc, embedded_clone_count);
    if (status != EXIT_DONE)
        return status;
    int error = bcc_map_open(counter->bcc, "counts", &counter->counts);
    if (!error)
        error = bcc_map_open(counter->bcc, "uncounted", &counter->uncounted);
    if (error)
        return fail(EXIT_FAILED, "cannot open the maps: %s", strerror(-error));
    return created_attach(&counter->created, counter->bcc);
}

static void read_count(void *context, const void *key, const void *value)
{
    struct counter *counter = context;
    uint64_t total;
    memcpy(&total, value, sizeof(total));
    int error = tally_set(&counter->tally, key, total);
    if (error)
        counter->error = error;
}

// Nothing in the map is ever cleared: what is printed is its growth.
static int print_counts(struct counter *counter, struct example_run *run)
{
    int error = bcc_map_each(counter->bcc, &counter->counts, read_count, counter);
    fprintf(run->out, "%-16s %s\n", "COMM", "COUNT");
    if (!error && !(error = counter->error))
        error = tally_print(&counter->tally, run->out, (size_t)counter->top);
    if (error)
        return fail(EXIT_FAILED, "cannot read the map: %s", strerror(-error));
    fputc('\n', run->out);
    return example_flush(run);
}

static void tell_uncounted(struct counter *counter)
{
    uint64_t n = 0;
    if (bcc_map_get(counter->bcc, &counter->uncounted, &(int){0}, &n) == 0 && n > 0)
        fail(EXIT_DONE, "%" PRIu64 " process%s not counted: more than %u commands created some", n,
             n == 1 ? " was" : "es were", counter->counts.max_entries);
}

static int run(struct counter *counter)
{
    struct example_run run;
    int status = example_run(&run), timer = example_timer(counter->interval_s);
    if (status == EXIT_DONE) {
        fputs("Counting new processes... Hit Ctrl-C to end.\n\n", run.out);
        status = example_flush(&run);
    }
    for (long left = counter->count; left > 0 && !run.ended && status == EXIT_DONE; left--) {
        status = example_tick(&run, timer);
        if (status == EXIT_DONE)
            status = print_counts(counter, &run);
    }
    tell_uncounted(counter);
    close(timer);
    example_end(&run);
    return status;
}

int main(int argc, char **argv)
{
    struct counter counter = {.top = INT32_MAX, .count = INT32_MAX, .counts.fd = -1, .uncounted.fd = -1};
    const struct example_option options[] = {{'n', "top", &counter.top, INT32_MAX},
                                             {0, "interval", &counter.interval_s, INT32_MAX},
                                             {0, "count", &counter.count, INT32_MAX}};
    example_begin(argc, argv, help, options, 3);
    int status = start(&counter);
    if (status == EXIT_DONE)
        status = run(&counter);
    created_detach(&counter.created);
    close(counter.uncounted.fd);
    close(counter.counts.fd);
    bcc_close(counter.bcc);
    tally_free(&counter.tally);
    return status;
}
