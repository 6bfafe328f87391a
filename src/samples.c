// SPDX-License-Identifier: Apache-2.0
// See samples.h.
#include "samples.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/cgroup.h"
#include "model/slowest.h"
#include "util/clock.h"

struct samples {
    struct tracer *tracer;
    struct cgroups *cgroups;
    struct sample_names names;
    void (*print)(void *context, const struct sample *sample);
    void *context;
    struct slowest slowest; // --slowest; else its limit is 0
    struct sample *list;    // the slowest of the last interval, named; each has a cgroup of its own
    size_t n_list;
    uint64_t taken;
};

static const char *cgroup_name(void *context, uint64_t id, bool v1)
{
    return cgroups_path(context, id, v1);
}

int samples_open(struct samples **out, struct tracer *tracer, const struct kernel *kernel, unsigned slowest,
                 void (*print)(void *context, const struct sample *sample), void *context)
{
    struct samples *samples = calloc(1, sizeof(*samples));
    if (!samples)
        return -ENOMEM;
    *samples = (struct samples){.tracer = tracer, .print = print, .context = context};
    samples->list = calloc(slowest + 1, sizeof(*samples->list));
    int error = samples->list ? cgroups_open(&samples->cgroups) : -ENOMEM;
    if (!error && slowest)
        error = slowest_open(&samples->slowest, slowest);
    samples->names = (struct sample_names){&kernel->flags, cgroup_name, samples->cgroups, 0};
    if (error) {
        samples_close(samples);
        return error;
    }
    *out = samples;
    return 0;
}

static void empty_list(struct samples *samples)
{
    while (samples->n_list)
        free((void *)samples->list[--samples->n_list].cgroup);
}

void samples_close(struct samples *samples)
{
    if (!samples)
        return;
    empty_list(samples);
    free(samples->list);
    slowest_close(&samples->slowest);
    cgroups_close(samples->cgroups);
    free(samples);
}

// ---- each sample ----

// The path of the cgroup is looked for now, and so remembered: the cgroup may be gone when the interval ends.
static void keep(struct samples *samples, const struct sample_event *event)
{
    if (event->details.has & SAMPLE_HAS_CGROUP)
        cgroups_path(samples->cgroups, event->details.cgroup, event->details.has & SAMPLE_CGROUP_V1);
    slowest_add(&samples->slowest, event);
}

static void take(void *context, const struct sample_event *event)
{
    struct samples *samples = context;
    struct sample sample;
    samples->taken++;
    if (samples->slowest.limit) {
        keep(samples, event);
        return;
    }
    sample_make(&sample, event, &samples->names);
    samples->print(samples->context, &sample);
}

static int read_events(struct samples *samples, bool all)
{
    samples->names.wall_ns = sample_wall_ns();
    return tracer_read_samples(samples->tracer, all, take, samples);
}

int samples_read(struct samples *samples)
{
    int error = read_events(samples, false);
    if (!error && samples->slowest.limit)
        error = tracer_set_threshold(samples->tracer, slowest_threshold_ns(&samples->slowest));
    return error;
}

// ---- an interval ----

static int fill_list(struct samples *samples)
{
    empty_list(samples);
    for (size_t i = 0; i < samples->slowest.n[0]; i++) {
        struct sample *sample = &samples->list[samples->n_list++];
        sample_make(sample, &samples->slowest.kept[0][i], &samples->names);
        if (sample->cgroup && !(sample->cgroup = strdup(sample->cgroup)))
            return -ENOMEM;
    }
    return 0;
}

// In this order: the kernel side takes the time of a completion before it reads the threshold. So what
// completes after the boundary finds 0 there, and is sent.
static int end_slowest(struct samples *samples)
{
    int error = tracer_set_threshold(samples->tracer, 0);
    slowest_end(&samples->slowest, clock_ns());
    if (!error)
        error = read_events(samples, true);
    if (!error)
        error = fill_list(samples);
    slowest_next(&samples->slowest);
    return error;
}

int samples_end_interval(struct samples *samples, struct frame *frame)
{
    int error = samples->slowest.limit ? end_slowest(samples) : read_events(samples, true);
    frame->samples = samples->list;
    frame->n_samples = samples->slowest.limit ? samples->n_list : samples->taken;
    return error;
}

uint64_t samples_taken(const struct samples *samples)
{
    return samples->taken;
}

// ---- what is usual ----

static uint64_t disk_sectors(const char *disk)
{
    char path[PATH_MAX];
    unsigned long long sectors = 0;
    snprintf(path, sizeof(path), "/sys/block/%s/size", disk);
    FILE *file = fopen(path, "re");
    if (file && fscanf(file, "%llu", &sectors) != 1)
        sectors = 0;
    if (file)
        fclose(file);
    return sectors;
}

// The flags are those of a journal; the disk has the longest name, and the sector is the last of the largest.
struct sample samples_widest(void)
{
    struct sample widest = {.bytes = 4194304,
                            .has_submitter = true,
                            .pid = 4194304,
                            .comm = "fifteen letters",
                            .flags = "Priority-Metadata-Sync-Write"};
    DIR *dir = opendir("/sys/block");
    for (const struct dirent *entry; dir && (entry = readdir(dir));) {
        uint64_t sectors = disk_sectors(entry->d_name);
        if (strlen(entry->d_name) > strlen(widest.disk))
            snprintf(widest.disk, sizeof(widest.disk), "%.*s", DISK_NAME_SIZE, entry->d_name);
        if (sectors > widest.sector)
            widest.sector = sectors;
    }
    if (dir)
        closedir(dir);
    return widest;
}
