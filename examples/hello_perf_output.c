// SPDX-License-Identifier: Apache-2.0
// hello_perf_output: a line for each process that is created, by way of a perf ring buffer. Kernel side:
// probes/examples/hello_perf_output.bpf.c
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bcc/bcc.h"
#include "created.h"
#include "example.h"
#include "probes/examples/examples.h"
#include "trace/embedded.h"

static const char help[] =
    "usage: hello_perf_output [--pages N]\n\n"
    "Prints a line each time a process is created. Ends at Ctrl-C.\n\n"
    "  -p, --pages N  pages of memory for each CPU's buffer, a power of two (default: 64)\n"
    "  -h, --help     show this help and exit\n";

struct hello {
    long pages;
    struct bcc *bcc;
    struct bcc_perf *perf;
    struct created created;
    struct example_run run;
    uint64_t start_ns; // time of the first event
    uint64_t lost, reported;
};

static void print_event(void *context, const void *data, size_t size)
{
    struct hello *hello = context;
    const struct hello_event *event = data;
    if (size < sizeof(*event))
        return;
    if (hello->start_ns == 0)
        hello->start_ns = event->time_ns;
    fprintf(hello->run.out, "%-18.9f %-16.*s %-6u %s\n", (double)(event->time_ns - hello->start_ns) / 1e9,
            COMM_SIZE, event->comm, event->pid, "Hello, perf_output!");
}

static void count_lost(void *context, uint64_t n)
{
    ((struct hello *)context)->lost += n;
}

static int start(struct hello *hello)
{
    const struct bcc_perf_reader reader = {print_event, count_lost, hello};
    int status = example_compile(&hello->bcc, embedded_hello_perf_output);
    if (status != EXIT_DONE)
        return status;
    int error = bcc_perf_open(hello->bcc, "events", (unsigned)hello->pages, &reader, &hello->perf);
    if (error)
        return fail(EXIT_FAILED, "cannot open the perf buffers: %s", strerror(-error));
    return created_attach(&hello->created, hello->bcc);
}

static void tell_lost(struct hello *hello)
{
    uint64_t n = hello->lost - hello->reported;
    if (n)
        fail(EXIT_DONE, "%" PRIu64 " event%s lost: the buffers were full (--pages)", n,
             n == 1 ? " was" : "s were");
    hello->reported = hello->lost;
}

static int run(struct hello *hello)
{
    struct example_run *run = &hello->run;
    int status = example_run(run);
    if (status == EXIT_DONE) {
        fprintf(run->out, "%-18s %-16s %-6s %s\n", "TIME(s)", "COMM", "PID", "MESSAGE");
        status = example_flush(run);
    }
    while (status == EXIT_DONE && !run->ended) {
        status = example_wait(run, bcc_perf_fd(hello->perf));
        if (run->ended)
            created_detach(&hello->created);
        int error = run->ended ? bcc_perf_flush(hello->perf) : bcc_perf_read(hello->perf);
        tell_lost(hello);
        if (error)
            status = fail(EXIT_FAILED, "cannot read the perf buffers: %s", strerror(-error));
        else if (status == EXIT_DONE)
            status = example_flush(run);
    }
    example_end(run);
    return status;
}

int main(int argc, char **argv)
{
    struct hello hello = {.pages = 64};
    const struct example_option options[] = {{'p', "pages", &hello.pages, BCC_PERF_PAGES_MAX}};
    example_begin(argc, argv, help, options, 1);
    if (hello.pages & (hello.pages - 1))
        return fail(EXIT_USAGE, "pages '%ld' is not a power of two", hello.pages);
    int status = start(&hello);
    if (status == EXIT_DONE)
        status = run(&hello);
    created_detach(&hello.created);
    bcc_perf_close(hello.perf);
    bcc_close(hello.bcc);
    return status;
}
