// SPDX-License-Identifier: Apache-2.0
// See samples.h.
#include "samples.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "kernel/cgroup.h"
#include "model/slowest.h"
#include "util/clock.h"

struct ios {
    struct tracer *tracer;
    const struct options *options;
    const struct renderer *renderer;
    const struct kernel *kernel;
    FILE *out;
    struct cgroups *cgroups;
    struct slowest slowest; // with --slowest
    uint64_t least_ns;      // what the kernel side was told last
    uint64_t taken;
    int64_t wall_ns; // CLOCK_REALTIME less CLOCK_MONOTONIC
    struct io_table table;
};

int ios_open(struct ios **out, struct tracer *tracer, const struct options *options,
             const struct renderer *renderer, const struct kernel *kernel, FILE *file)
{
    struct ios *ios = calloc(1, sizeof(*ios));
    if (!ios)
        return -ENOMEM;
    *ios = (struct ios){
        .tracer = tracer, .options = options, .renderer = renderer, .kernel = kernel, .out = file};
    int error = cgroups_open(&ios->cgroups);
    if (!error && options->slowest)
        error = slowest_open(&ios->slowest, options->slowest);
    if (error) {
        ios_close(ios);
        return error;
    }
    *out = ios;
    return 0;
}

void ios_close(struct ios *ios)
{
    if (!ios)
        return;
    slowest_close(&ios->slowest);
    cgroups_close(ios->cgroups);
    free(ios);
}

static const char *cgroup_name(void *context, uint64_t id, bool v1)
{
    return cgroups_path(context, id, v1);
}

static struct io named(struct ios *ios, const struct io_sample *event)
{
    struct io io;
    const struct io_names names = {&ios->kernel->flags, cgroup_name, ios->cgroups, ios->wall_ns};
    io_make(&io, event, &names);
    return io;
}

static void measure(struct ios *ios, const struct io *io)
{
    if (ios->renderer->io.measure)
        ios->renderer->io.measure(&ios->table, io);
}

static void print(struct ios *ios, const struct io_sample *event)
{
    if (ferror(ios->out))
        return;
    const struct io io = named(ios, event);
    ios->renderer->io.print(ios->out, &ios->table, &io);
}

static void begin_table(struct ios *ios)
{
    if (ios->renderer->io.begin)
        ios->renderer->io.begin(ios->out, &ios->table);
}

static void new_table(struct ios *ios)
{
    ios->table = (struct io_table){.milliseconds = ios->options->milliseconds};
}

// The disk with the longest name, and the last sector of the largest.
static void measure_disks(struct ios *ios)
{
    char path[PATH_MAX];
    struct io io = {0};
    DIR *dir = opendir("/sys/block");
    for (const struct dirent *entry; dir && (entry = readdir(dir));) {
        unsigned long long sectors;
        if (entry->d_name[0] == '.')
            continue;
        snprintf(io.disk, sizeof(io.disk), "%.*s", DISK_NAME_SIZE, entry->d_name);
        snprintf(path, sizeof(path), "/sys/block/%s/size", entry->d_name);
        FILE *file = fopen(path, "re");
        io.sector = file && fscanf(file, "%llu", &sectors) == 1 ? sectors : 0;
        if (file)
            fclose(file);
        measure(ios, &io);
    }
    if (dir)
        closedir(dir);
}

void ios_begin_stream(struct ios *ios)
{
    // The widest that is usual, as nobody knows what will come: the flags are those of a journal.
    static const struct io usual = {.bytes = 4194304,
                                    .has_submitter = true,
                                    .pid = 4194304,
                                    .comm = "fifteen letters",
                                    .flags = "Priority-Metadata-Sync-Write"};
    new_table(ios);
    if (ios->renderer->io.measure) {
        measure(ios, &usual);
        measure_disks(ios);
    }
    begin_table(ios);
}

// A cgroup may be gone when it is printed, so it is looked for now. Most events come when an interval is new.
static void keep(struct ios *ios, const struct io_sample *event)
{
    if (event->note.has & IO_HAS_CGROUP)
        cgroups_path(ios->cgroups, event->note.cgroup, event->note.has & IO_CGROUP_V1);
    slowest_add(&ios->slowest, event);
}

static void take(void *context, const struct io_sample *event)
{
    struct ios *ios = context;
    ios->taken++;
    if (ios->options->slowest)
        keep(ios, event);
    else
        print(ios, event);
}

static int set_least(struct ios *ios, uint64_t least_ns)
{
    int error = least_ns == ios->least_ns ? 0 : tracer_set_least(ios->tracer, least_ns);
    if (!error)
        ios->least_ns = least_ns;
    return error;
}

int ios_take(struct ios *ios)
{
    ios->wall_ns = io_wall_ns();
    int error = tracer_read_ios(ios->tracer, false, take, ios);
    return error || !ios->options->slowest ? error : set_least(ios, slowest_least_ns(&ios->slowest));
}

// The order matters: the kernel side takes the time of an end before it looks at the threshold. So what ends
// after the boundary finds that all is to be sent, and none that the next interval could need is left out.
int ios_end_interval(struct ios *ios)
{
    int error = set_least(ios, 0);
    if (error)
        return error;
    slowest_end(&ios->slowest, clock_ns());
    return tracer_read_ios(ios->tracer, true, take, ios);
}

void ios_print_interval(struct ios *ios)
{
    size_t n;
    const struct io_sample *events = slowest_sort(&ios->slowest, &n);
    ios->wall_ns = io_wall_ns();
    new_table(ios);
    for (size_t i = 0; i < n; i++) {
        const struct io io = named(ios, &events[i]);
        measure(ios, &io);
    }
    if (n)
        begin_table(ios);
    for (size_t i = 0; i < n; i++)
        print(ios, &events[i]);
    slowest_next(&ios->slowest);
}

int ios_finish(struct ios *ios)
{
    ios->wall_ns = io_wall_ns();
    return tracer_read_ios(ios->tracer, true, take, ios);
}

uint64_t ios_taken(const struct ios *ios)
{
    return ios->taken;
}
