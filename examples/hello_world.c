// SPDX-License-Identifier: Apache-2.0
// hello_world: a line for each process that is created, by way of the trace pipe. Kernel side:
// probes/examples/hello_world.bpf.c
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bcc/bcc.h"
#include "created.h"
#include "example.h"
#include "trace/embedded.h"

static const char help[] =
    "usage: hello_world [--fields]\n\n"
    "Prints the lines of the kernel's trace pipe, and has the kernel write one there each time a process is\n"
    "created. Ends at Ctrl-C.\n\n"
    "  -f, --fields  print task, pid, CPU, flags, time and message in columns\n"
    "  -h, --help    show this help and exit\n\n"
    "There is one trace pipe for the whole system. All that traces writes into it, so lines of others come "
    "out as\n"
    "well, old ones first; and who reads a line takes it away from all others.\n";

struct hello {
    long fields;
    struct bcc *bcc;
    struct bcc_trace_pipe *pipe;
    struct created created;
    uint64_t lost;
    struct example_run run;
};

static int start(struct hello *hello)
{
    char why[256];
    if (bcc_trace_pipe_open(&hello->pipe, why, sizeof(why)) < 0)
        return fail(EXIT_FAILED, "%s", why);
    int status = example_compile(&hello->bcc, embedded_hello_world);
    return status == EXIT_DONE ? created_attach(&hello->created, hello->bcc) : status;
}

static void print_line(struct hello *hello, char *text)
{
    struct bcc_trace_line line;
    if (!hello->fields)
        fprintf(hello->run.out, "%s\n", text);
    enum bcc_trace_kind kind = bcc_trace_parse(text, &line);
    if (kind == BCC_TRACE_LOST)
        hello->lost += line.lost ? line.lost : 1;
    else if (hello->fields && kind == BCC_TRACE_EVENT)
        fprintf(hello->run.out, "%-16s %-7d %-3d %-5s %-18s %s\n", line.task, line.pid, line.cpu, line.flags,
                line.timestamp, line.message);
    else if (hello->fields) // the rest of a message of several lines
        fprintf(hello->run.out, "%54s%s\n", "", text);
}

// What is there now. Others may write without end: no more at once than keeps Ctrl-C quick.
static int print_lines(struct hello *hello)
{
    char *text;
    int rc = 1;
    for (int n = 0; n < 65536 && (rc = bcc_trace_pipe_line(hello->pipe, &text)) > 0; n++)
        print_line(hello, text);
    if (rc < 0)
        return fail(EXIT_FAILED, "cannot read the trace pipe: %s", strerror(-rc));
    return example_flush(&hello->run);
}

static int run(struct hello *hello)
{
    struct example_run *run = &hello->run;
    int status = example_run(run);
    fputs("Tracing new processes... Hit Ctrl-C to end.\n", stderr);
    if (status == EXIT_DONE && hello->fields)
        fprintf(run->out, "%-16s %-7s %-3s %-5s %-18s %s\n", "TASK", "PID", "CPU", "FLAGS", "TIME(s)",
                "MESSAGE");
    if (status == EXIT_DONE)
        status = example_flush(run);
    while (status == EXIT_DONE && !run->ended) {
        status = example_wait(run, bcc_trace_pipe_fd(hello->pipe));
        if (status == EXIT_DONE)
            status = print_lines(hello);
    }
    if (hello->lost)
        fail(EXIT_DONE, "%" PRIu64 " line%s lost: the kernel's trace buffer was full", hello->lost,
             hello->lost == 1 ? " was" : "s were");
    example_end(run);
    return status;
}

int main(int argc, char **argv)
{
    struct hello hello = {0};
    const struct example_option options[] = {{'f', "fields", &hello.fields, 0}};
    example_begin(argc, argv, help, options, 1);
    int status = start(&hello);
    if (status == EXIT_DONE)
        status = run(&hello);
    created_detach(&hello.created);
    bcc_trace_pipe_close(hello.pipe);
    bcc_close(hello.bcc);
    return status;
}
