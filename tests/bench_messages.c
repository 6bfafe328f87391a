// SPDX-License-Identifier: Apache-2.0
// What each of the three ways from a BPF program to user space costs: bench_messages [SECONDS]   (as root; a
// run of SECONDS, default 2, for each way and rate)
//
// The probe texts of the examples, as they are, attached to a tracepoint that a process can fire as often as
// it likes: a task's change of name (prctl PR_SET_NAME). One process does that at a given rate, this one
// reads as the examples do, without printing. In the table:
//   made        events, counted by the kernel (run_cnt of the program)
//   came        events that this process got (of the map: the sum of its counts)
//   lost        made less came
//   ns          of the program in the kernel, an event (run_time_ns / run_cnt)
//   user, sys   CPU of this process, in ms for 100,000 events made
#include <errno.h>
#include <inttypes.h>
#include <linux/bpf.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bcc/bcc.h"
#include "trace/embedded.h"

#define PAGES 64
#define MAP_PERIOD_MS 1000

struct run {
    struct bcc *bcc;
    struct bcc_trace_pipe *pipe;
    struct bcc_perf *perf;
    struct bcc_map counts;
    uint64_t came;
    char why[256];
};

struct cost {
    uint64_t made, run_time_ns;
    double user_s, system_s;
};

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

// ---- the three ways: open, read what is there, a file descriptor to wait for or -1 ----

static int pipe_open(struct run *run)
{
    return bcc_trace_pipe_open(&run->pipe, run->why, sizeof(run->why));
}

static void pipe_read(struct run *run)
{
    char *text;
    struct bcc_trace_line line;
    while (bcc_trace_pipe_line(run->pipe, &text) > 0)
        run->came += bcc_trace_parse(text, &line) == BCC_TRACE_EVENT;
}

static int pipe_fd(const struct run *run)
{
    return bcc_trace_pipe_fd(run->pipe);
}

static void count_event(void *context, const void *data, size_t size)
{
    struct run *run = context;
    (void)data;
    run->came += size > 0;
}

static void ignore_lost(void *context, uint64_t n)
{
    (void)context; // what is made and does not come is lost
    (void)n;
}

static int perf_open(struct run *run)
{
    const struct bcc_perf_reader reader = {count_event, ignore_lost, run};
    int error = bcc_perf_open(run->bcc, "events", PAGES, &reader, &run->perf);
    snprintf(run->why, sizeof(run->why), "perf buffers: %s", strerror(-error));
    return error;
}

static void perf_read(struct run *run)
{
    bcc_perf_read(run->perf);
}

static int perf_fd(const struct run *run)
{
    return bcc_perf_fd(run->perf);
}

static void add_count(void *context, const void *key, const void *value)
{
    uint64_t count;
    (void)key;
    memcpy(&count, value, sizeof(count));
    *(uint64_t *)context += count;
}

static int map_open(struct run *run)
{
    int error = bcc_map_open(run->bcc, "counts", &run->counts);
    snprintf(run->why, sizeof(run->why), "map: %s", strerror(-error));
    return error;
}

static void map_read(struct run *run)
{
    run->came = 0;
    bcc_map_each(run->bcc, &run->counts, add_count, &run->came);
}

static int map_fd(const struct run *run)
{
    (void)run;
    return -1;
}

static const struct way {
    const char *name, *text;
    int (*open)(struct run *run);
    void (*read)(struct run *run);
    int (*fd)(const struct run *run);
} ways[] = {
    {"trace pipe", embedded_hello_world, pipe_open, pipe_read, pipe_fd},
    {"perf buffer", embedded_hello_perf_output, perf_open, perf_read, perf_fd},
    {"map", embedded_clone_count, map_open, map_read, map_fd},
};

static const unsigned rates[] = {1000, 10000, 100000, 0}; // a second; 0: as fast as it goes

// ---- the load ----

// In steps of a millisecond; a step that is late is not made up for.
static void fire(unsigned rate, double seconds)
{
    double end_s = now_s() + seconds;
    for (double next_s = now_s(); now_s() < end_s; next_s += 1e-3) {
        for (unsigned i = 0; i < (rate ? rate / 1000 : 1000); i++)
            prctl(PR_SET_NAME, "bench");
        double left_s = next_s + 1e-3 - now_s();
        if (rate && left_s > 0)
            nanosleep(&(struct timespec){.tv_nsec = (long)(left_s * 1e9)}, NULL);
        else if (rate)
            next_s = now_s() - 1e-3;
    }
}

static pid_t start_load(unsigned rate, double seconds)
{
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        fire(rate, seconds);
        _exit(0);
    }
    return pid;
}

// ---- measuring ----

// The kernel counts while the file descriptor is open (5.8).
static int enable_stats(void)
{
    union bpf_attr attributes; // an initialiser need not clear all of a union, and the kernel looks at all
    memset(&attributes, 0, sizeof(attributes));
    attributes.enable_stats.type = BPF_STATS_RUN_TIME;
    return (int)syscall(SYS_bpf, BPF_ENABLE_STATS, &attributes, sizeof(attributes));
}

static void read_stats(int program, struct cost *cost)
{
    char path[64], line[256];
    snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", program);
    FILE *info = fopen(path, "re");
    while (info && fgets(line, sizeof(line), info)) {
        char *number = strchr(line, ':');
        uint64_t value = number ? strtoull(number + 1, NULL, 10) : 0;
        if (strncmp(line, "run_time_ns:", 12) == 0)
            cost->run_time_ns = value;
        else if (strncmp(line, "run_cnt:", 8) == 0)
            cost->made = value;
    }
    if (info)
        fclose(info);
}

static double seconds_of(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static void add_usage(struct cost *cost, double sign)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    cost->user_s += sign * seconds_of(usage.ru_utime);
    cost->system_s += sign * seconds_of(usage.ru_stime);
}

static void read_while(const struct way *way, struct run *run, pid_t load)
{
    struct pollfd fd = {.fd = way->fd(run), .events = POLLIN};
    double next_map_s = now_s();
    while (waitpid(load, NULL, WNOHANG) == 0)
        if (poll(&fd, 1, 100) > 0 || now_s() >= next_map_s) {
            way->read(run);
            next_map_s = now_s() + MAP_PERIOD_MS / 1e3;
        }
}

static int attach(struct run *run, int *link)
{
    int program = bcc_load(run->bcc, BCC_RAW_TRACEPOINT, "created_fork");
    if (program < 0) {
        snprintf(run->why, sizeof(run->why), "cannot load: %s", strerror(-program));
        return program;
    }
    *link = bcc_attach(run->bcc, BCC_RAW_TRACEPOINT, "created_fork", "task_rename");
    bcc_stop(run->bcc);
    return program;
}

static int measure(const struct way *way, struct run *run, unsigned rate, double seconds, struct cost *cost)
{
    const struct bcc_source source = {.text = way->text};
    int link = -1, error = bcc_open(&run->bcc, embedded_headers, embedded_headers_count, NULL);
    if (!error)
        error = bcc_compile(run->bcc, &source);
    snprintf(run->why, sizeof(run->why), "compiling: %s", strerror(-error));
    if (!error)
        error = way->open(run);
    if (error)
        return error;
    way->read(run); // what was there before
    run->came = 0;
    int program = attach(run, &link);
    if (program < 0 || link < 0)
        return -1;
    add_usage(cost, -1);
    read_while(way, run, start_load(rate, seconds));
    close(link);
    way->read(run);
    add_usage(cost, 1);
    if (run->perf)
        bcc_perf_flush(run->perf);
    read_stats(program, cost);
    close(program);
    return 0;
}

static void finish(struct run *run)
{
    bcc_perf_close(run->perf);
    bcc_trace_pipe_close(run->pipe);
    if (run->counts.fd >= 0)
        close(run->counts.fd);
    bcc_close(run->bcc);
}

static void print_row(const struct way *way, unsigned rate, double seconds, const struct run *run,
                      const struct cost *cost)
{
    double hundred_thousands = (double)cost->made / 1e5;
    char wanted[16] = "most";
    if (rate)
        snprintf(wanted, sizeof(wanted), "%u", rate);
    printf("%-12s %8s %9.0f %9" PRIu64 " %9" PRIu64 " %9" PRId64 " %6.0f %8.1f %8.1f\n", way->name, wanted,
           (double)cost->made / seconds, cost->made, run->came, (int64_t)(cost->made - run->came),
           (double)cost->run_time_ns / (double)cost->made, cost->user_s * 1e3 / hundred_thousands,
           cost->system_s * 1e3 / hundred_thousands);
    fflush(stdout);
}

static void measure_way(const struct way *way, double seconds)
{
    for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
        struct run run = {.counts.fd = -1};
        struct cost cost = {0};
        int error = measure(way, &run, rates[i], seconds, &cost);
        if (error)
            printf("%-12s not measured: %s\n", way->name, run.why);
        else
            print_row(way, rates[i], seconds, &run, &cost);
        finish(&run);
        if (error)
            return;
    }
}

int main(int argc, char **argv)
{
    double seconds = argc > 1 ? strtod(argv[1], NULL) : 2;
    if (seconds <= 0 || seconds > 3600 || argc > 2) {
        fputs("usage: bench_messages [SECONDS]\n", stderr);
        return 2;
    }
    int stats = enable_stats();
    if (stats < 0) {
        fprintf(stderr, "bench_messages: the kernel does not measure BPF programs: %s\n", strerror(errno));
        return 1;
    }
    printf("%-12s %8s %9s %9s %9s %9s %6s %8s %8s\n", "way", "rate", "per s", "made", "came", "lost", "ns",
           "user", "sys");
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
        measure_way(&ways[i], seconds);
    close(stats);
    return 0;
}
