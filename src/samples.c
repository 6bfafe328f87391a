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

struct samples {
    struct tracer *tracer;
    const struct options *options;
    const struct renderer *renderer;
    const struct kernel *kernel;
    FILE *out;
    struct cgroups *cgroups;
    struct slowest slowest; // with --slowest
    uint64_t threshold_ns;  // what the kernel side was told last
    uint64_t taken;
    int64_t wall_ns; // CLOCK_REALTIME less CLOCK_MONOTONIC
    struct sample_table table;
};

int samples_open(struct samples **out, struct tracer *tracer, const struct options *options,
                 const struct renderer *renderer, const struct kernel *kernel, FILE *file)
{
    struct samples *samples = calloc(1, sizeof(*samples));
    if (!samples)
        return -ENOMEM;
    *samples = (struct samples){
        .tracer = tracer, .options = options, .renderer = renderer, .kernel = kernel, .out = file};
    int error = cgroups_open(&samples->cgroups);
    if (!error && options->slowest)
        error = slowest_open(&samples->slowest, options->slowest);
    if (error) {
        samples_close(samples);
        return error;
    }
    *out = samples;
    return 0;
}

void samples_close(struct samples *samples)
{
    if (!samples)
        return;
    slowest_close(&samples->slowest);
    cgroups_close(samples->cgroups);
    free(samples);
}

static const char *cgroup_name(void *context, uint64_t id, bool v1)
{
    return cgroups_path(context, id, v1);
}

static struct sample named(struct samples *samples, const struct sample_event *event)
{
    struct sample sample;
    const struct sample_names names = {&samples->kernel->flags, cgroup_name, samples->cgroups,
                                       samples->wall_ns};
    sample_make(&sample, event, &names);
    return sample;
}

static void measure(struct samples *samples, const struct sample *sample)
{
    if (samples->renderer->sample.measure)
        samples->renderer->sample.measure(&samples->table, sample);
}

static void print(struct samples *samples, const struct sample_event *event)
{
    if (ferror(samples->out))
        return;
    const struct sample sample = named(samples, event);
    samples->renderer->sample.print(samples->out, &samples->table, &sample);
}

static void begin_table(struct samples *samples)
{
    if (samples->renderer->sample.begin)
        samples->renderer->sample.begin(samples->out, &samples->table);
}

static void new_table(struct samples *samples)
{
    samples->table = (struct sample_table){.milliseconds = samples->options->milliseconds};
}

// The disk with the longest name, and the last sector of the largest.
static void measure_disks(struct samples *samples)
{
    char path[PATH_MAX];
    struct sample sample = {0};
    DIR *dir = opendir("/sys/block");
    for (const struct dirent *entry; dir && (entry = readdir(dir));) {
        unsigned long long sectors;
        if (entry->d_name[0] == '.')
            continue;
        snprintf(sample.disk, sizeof(sample.disk), "%.*s", DISK_NAME_SIZE, entry->d_name);
        snprintf(path, sizeof(path), "/sys/block/%s/size", entry->d_name);
        FILE *file = fopen(path, "re");
        sample.sector = file && fscanf(file, "%llu", &sectors) == 1 ? sectors : 0;
        if (file)
            fclose(file);
        measure(samples, &sample);
    }
    if (dir)
        closedir(dir);
}

void samples_begin_stream(struct samples *samples)
{
    // The widest that is usual, as nobody knows what will come: the flags are those of a journal.
    static const struct sample usual = {.bytes = 4194304,
                                        .has_submitter = true,
                                        .pid = 4194304,
                                        .comm = "fifteen letters",
                                        .flags = "Priority-Metadata-Sync-Write"};
    new_table(samples);
    if (samples->renderer->sample.measure) {
        measure(samples, &usual);
        measure_disks(samples);
    }
    begin_table(samples);
}

// A cgroup may be gone when it is printed, so it is looked for now. Most events come when an interval is new.
static void keep(struct samples *samples, const struct sample_event *event)
{
    if (event->details.has & SAMPLE_HAS_CGROUP)
        cgroups_path(samples->cgroups, event->details.cgroup, event->details.has & SAMPLE_CGROUP_V1);
    slowest_add(&samples->slowest, event);
}

static void take(void *context, const struct sample_event *event)
{
    struct samples *samples = context;
    samples->taken++;
    if (samples->options->slowest)
        keep(samples, event);
    else
        print(samples, event);
}

static int set_threshold(struct samples *samples, uint64_t threshold_ns)
{
    int error =
        threshold_ns == samples->threshold_ns ? 0 : tracer_set_threshold(samples->tracer, threshold_ns);
    if (!error)
        samples->threshold_ns = threshold_ns;
    return error;
}

int samples_take(struct samples *samples)
{
    samples->wall_ns = sample_wall_ns();
    int error = tracer_read_samples(samples->tracer, false, take, samples);
    return error || !samples->options->slowest
               ? error
               : set_threshold(samples, slowest_threshold_ns(&samples->slowest));
}

// The order matters: the kernel side takes the time of an end before it looks at the threshold. So what ends
// after the boundary finds that all is to be sent, and none that the next interval could need is left out.
int samples_end_interval(struct samples *samples)
{
    int error = set_threshold(samples, 0);
    if (error)
        return error;
    slowest_end(&samples->slowest, clock_ns());
    return tracer_read_samples(samples->tracer, true, take, samples);
}

void samples_print_interval(struct samples *samples)
{
    size_t n;
    const struct sample_event *events = slowest_sort(&samples->slowest, &n);
    samples->wall_ns = sample_wall_ns();
    new_table(samples);
    for (size_t i = 0; i < n; i++) {
        const struct sample sample = named(samples, &events[i]);
        measure(samples, &sample);
    }
    if (n)
        begin_table(samples);
    for (size_t i = 0; i < n; i++)
        print(samples, &events[i]);
    slowest_next(&samples->slowest);
}

int samples_finish(struct samples *samples)
{
    samples->wall_ns = sample_wall_ns();
    return tracer_read_samples(samples->tracer, true, take, samples);
}

uint64_t samples_taken(const struct samples *samples)
{
    return samples->taken;
}
