// SPDX-License-Identifier: Apache-2.0
// See tracer.h.
#include "trace/tracer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel/disk.h"
#include "trace/embedded.h"
#include "trace/explain.h"
#include "util/clock.h"

// Memory of the perf buffer: 256 KiB hold 1,800 samples of a CPU. Machines with many CPUs need less for each.
#define BUFFER_PAGES 64
#define BUFFER_PAGES_MIN 8
#define BUFFER_PAGES_ALL 4096
#define KEEP_PATIENCE_MS 200 // -v says whether it is kept, unless the disk hangs

struct tracer {
    struct bcc *bcc;
    struct plan *plan;
    struct bcc_map dist, counters, since, start, names, samples_state, targets, end_program;
    struct bcc_perf *perf;
    uint64_t lost;                                                  // samples, by the perf buffer's count
    void (*visit)(void *context, const struct sample_event *event); // set while the perf buffer is read
    void *visit_context;
    int programs[PLAN_POINTS], links[PLAN_POINTS];
    size_t n_programs, n_links;
};

// The plan says which maps the text has. To add one: a row, and one in enum plan_map.
static const struct map_row {
    const char *name;
    size_t offset; // in struct tracer
} map_rows[MAPS] = {
    [MAP_DIST] = {"dist", offsetof(struct tracer, dist)},
    [MAP_COUNTERS] = {"counters", offsetof(struct tracer, counters)},
    [MAP_SINCE] = {"since", offsetof(struct tracer, since)},
    [MAP_START] = {"start", offsetof(struct tracer, start)},
    [MAP_NAMES] = {"names", offsetof(struct tracer, names)},
    [MAP_SAMPLES_STATE] = {"samples_state", offsetof(struct tracer, samples_state)},
    [MAP_TARGETS] = {"targets", offsetof(struct tracer, targets)},
    [MAP_END_PROGRAM] = {"end_program", offsetof(struct tracer, end_program)},
};

struct reading {
    struct snapshot *snapshot;
    int error;
};

// ---- opening ----

typedef int take_source(struct bcc *bcc, const struct bcc_source *source);

static int take_variant(struct tracer *tracer, const struct kernel *kernel, size_t variant, take_source *take)
{
    struct plan *plan = tracer->plan;
    const char *defines[PLAN_DEFINES];
    plan_set_variant(plan, variant);
    for (size_t i = 0; i < plan->n_defines; i++)
        defines[i] = plan->defines[i];
    const struct bcc_source source = {.text = embedded_biolatency,
                                      .defines = defines,
                                      .n_defines = plan->n_defines,
                                      .use_kernel_headers = !kernel->has_btf,
                                      .kernel_source = kernel->headers};
    return take(tracer->bcc, &source);
}

// A kept variant is the one that could be compiled.
static int compile(struct tracer *tracer, const struct kernel *kernel)
{
    const struct plan *plan = tracer->plan;
    int error = -ENOENT;
    for (size_t variant = 0; plan->n_variants > 1 && variant < plan->n_variants && error; variant++)
        error = take_variant(tracer, kernel, variant, bcc_find_kept);
    if (!error)
        return 0;
    error = -EINVAL;
    for (size_t variant = 0; variant < plan->n_variants && error == -EINVAL; variant++)
        error = take_variant(tracer, kernel, variant, bcc_compile);
    return error;
}

static struct bcc_map *map_at(struct tracer *tracer, size_t i)
{
    return (struct bcc_map *)(void *)((char *)tracer + map_rows[i].offset);
}

static int open_maps(struct tracer *tracer)
{
    int error = 0;
    for (size_t i = 0; i < MAPS && !error; i++)
        if (tracer->plan->maps & 1U << i)
            error = bcc_map_open(tracer->bcc, map_rows[i].name, map_at(tracer, i));
    return error;
}

static void take_sample(void *context, const void *data, size_t size)
{
    struct tracer *tracer = context;
    if (size >= sizeof(struct sample_event) && tracer->visit)
        tracer->visit(tracer->visit_context, data);
}

static void take_lost(void *context, uint64_t n)
{
    struct tracer *tracer = context;
    tracer->lost += n;
}

static unsigned usual_pages(void)
{
    long cpus = sysconf(_SC_NPROCESSORS_CONF);
    unsigned pages = BUFFER_PAGES;
    while (cpus * pages > BUFFER_PAGES_ALL && pages > BUFFER_PAGES_MIN)
        pages /= 2;
    return pages;
}

static int open_perf(struct tracer *tracer, char *why, size_t size)
{
    unsigned pages = tracer->plan->needs.buffer_pages;
    const struct bcc_perf_reader reader = {take_sample, take_lost, tracer};
    int error = bcc_perf_open(tracer->bcc, "samples", pages ? pages : usual_pages(), &reader, &tracer->perf);
    if (error == -EACCES || error == -EPERM)
        snprintf(why, size,
                 "cannot open the perf buffer for samples: %s (perf_event_open is forbidden here, or locking "
                 "so much memory: --buffer-pages)",
                 strerror(-error));
    else if (error)
        explain_failure(tracer->bcc, error, why, size, "cannot open the perf buffer for samples: ");
    return error;
}

static int load(struct tracer *tracer, const struct plan_point *point)
{
    int fd = bcc_load(tracer->bcc, point->kind, point->handler);
    if (fd >= 0)
        tracer->programs[tracer->n_programs++] = fd;
    return fd >= 0 || fd == -EEXIST ? 0 : fd; // two points may have one handler
}

static int attach(struct tracer *tracer, const struct plan_point *point)
{
    int fd = bcc_attach(tracer->bcc, point->kind, point->handler, point->target);
    if (fd >= 0)
        tracer->links[tracer->n_links++] = fd;
    return fd >= 0 ? 0 : fd;
}

// What a filter has of one disk, for the map `targets`. Ranges that are not used have no sector in them.
static void fill_ranges(const struct disk_filter *filter, uint32_t dev, struct target_range *ranges)
{
    size_t n = 0;
    for (size_t i = 0; i < FILTER_TARGETS_MAX; i++)
        ranges[i] = (struct target_range){.first_sector = 1, .last_sector = 0};
    for (size_t i = 0; i < filter->n; i++) {
        const struct disk_target *target = &filter->targets[i];
        if (target->dev != dev || (target->is_partition && target->end_sector == target->first_sector))
            continue;
        ranges[n++] = target->is_partition ? (struct target_range){.first_sector = target->first_sector,
                                                                   .last_sector = target->end_sector - 1,
                                                                   .dev = target->own_dev}
                                           : (struct target_range){.last_sector = UINT64_MAX, .dev = dev};
    }
}

static int fill_targets(struct tracer *tracer)
{
    const struct disk_filter *filter = tracer->plan->needs.filter;
    struct target_range ranges[FILTER_TARGETS_MAX];
    int error = 0;
    for (size_t i = 0; tracer->targets.fd >= 0 && i < filter->n && !error; i++) {
        uint32_t dev = filter->targets[i].dev;
        fill_ranges(filter, dev, ranges);
        error = bcc_map_set(tracer->bcc, &tracer->targets, &dev, ranges);
    }
    return error;
}

// All programs are loaded before the first is attached, so that a refused one costs no events.
static int load_all(struct tracer *tracer, char *why, size_t size)
{
    const struct plan *plan = tracer->plan;
    for (size_t i = 0; i < plan->n_points; i++) {
        int error = load(tracer, &plan->points[i]);
        if (error)
            return explain_failure(tracer->bcc, error, why, size,
                                   "cannot load the probe on %s %s: ", plan_kind_name(plan->points[i].kind),
                                   plan->points[i].target);
    }
    // on_complete_untimed_raw goes on to that program.
    int error =
        tracer->end_program.fd < 0 ? 0 : bcc_set_program(tracer->bcc, "end_program", "on_complete_raw");
    return error ? explain_failure(tracer->bcc, error, why, size, "cannot fill the program array: ") : 0;
}

static int attach_all(struct tracer *tracer, char *why, size_t size)
{
    const struct plan *plan = tracer->plan;
    int error = fill_targets(tracer);
    if (error)
        return explain_failure(tracer->bcc, error, why, size, "cannot hand over which disks to trace: ");
    if (tracer->samples_state.fd >= 0)
        error = tracer_set_threshold(tracer, plan->needs.threshold_ns);
    if (error)
        return explain_failure(tracer->bcc, error, why, size, "cannot hand over which samples to send: ");
    for (size_t i = 0; i < plan->n_points; i++) {
        error = attach(tracer, &plan->points[i]);
        if (error)
            return explain_failure(tracer->bcc, error, why, size,
                                   "cannot attach the probe to %s %s: ", plan_kind_name(plan->points[i].kind),
                                   plan->points[i].target);
    }
    uint64_t now_ns = clock_ns();
    error = bcc_map_set(tracer->bcc, &tracer->since, &(uint32_t){0}, &now_ns);
    return error ? explain_failure(tracer->bcc, error, why, size, "cannot write to a BPF map: ") : 0;
}

static int open_all(struct tracer *tracer, const struct kernel *kernel, char *why, size_t size)
{
    int error = compile(tracer, kernel);
    if (error)
        return explain_failure(tracer->bcc, error, why, size, "%s", "");
    error = open_maps(tracer);
    if (error)
        return explain_failure(tracer->bcc, error, why, size, "cannot open the BPF maps: ");
    if (tracer->plan->needs.samples)
        error = open_perf(tracer, why, size);
    if (!error)
        error = load_all(tracer, why, size);
    return error ? error : attach_all(tracer, why, size);
}

// The arrays of the tracer are as large as those of the plan.
static bool fits(const struct plan *plan)
{
    return plan->n_points <= PLAN_POINTS && plan->n_defines <= PLAN_DEFINES;
}

// Takes bcc. NULL, with *error and why.
static struct tracer *tracer_new(struct bcc *bcc, struct plan *plan, int *error, char *why, size_t size)
{
    struct tracer *tracer = calloc(1, sizeof(*tracer));
    *error = !tracer ? -ENOMEM : fits(plan) ? 0 : -E2BIG;
    if (*error) {
        snprintf(why, size, "%s", tracer ? "the plan has more probes or defines than fit" : "out of memory");
        free(tracer);
        bcc_close(bcc);
        return NULL;
    }
    tracer->bcc = bcc;
    tracer->plan = plan;
    for (size_t i = 0; i < MAPS; i++)
        map_at(tracer, i)->fd = -1;
    return tracer;
}

int tracer_open(struct tracer **out, struct bcc *bcc, struct plan *plan, const struct kernel *kernel,
                char *why, size_t size, char **log)
{
    int error;
    *log = NULL;
    struct tracer *tracer = tracer_new(bcc, plan, &error, why, size);
    if (!tracer)
        return error;
    error = open_all(tracer, kernel, why, size);
    if (error) {
        *log = bcc_log(bcc);
        tracer_close(tracer);
        return error;
    }
    *out = tracer;
    return 0;
}

int tracer_prepare(struct bcc *bcc, struct plan *plan, const struct kernel *kernel, bool *kept, char *why,
                   size_t size)
{
    int error;
    struct tracer *tracer = tracer_new(bcc, plan, &error, why, size);
    if (!tracer)
        return error;
    error = compile(tracer, kernel);
    if (error)
        explain_failure(bcc, error, why, size, "%s", "");
    else
        error = load_all(tracer, why, size);
    if (!error) {
        *kept = bcc_keep(bcc, -1);
        bcc_origin(bcc, why, size);
    }
    tracer_close(tracer);
    return error;
}

void tracer_origin(struct tracer *tracer, char *line, size_t size)
{
    bcc_keep(tracer->bcc, KEEP_PATIENCE_MS);
    bcc_origin(tracer->bcc, line, size);
}

void tracer_settle(struct tracer *tracer)
{
    bcc_stop(tracer->bcc);
}

void tracer_detach(struct tracer *tracer)
{
    while (tracer->n_links)
        close(tracer->links[--tracer->n_links]);
}

void tracer_close(struct tracer *tracer)
{
    if (!tracer)
        return;
    tracer_detach(tracer);
    while (tracer->n_programs)
        close(tracer->programs[--tracer->n_programs]);
    bcc_perf_close(tracer->perf);
    for (size_t i = 0; i < MAPS; i++)
        if (map_at(tracer, i)->fd >= 0)
            close(map_at(tracer, i)->fd);
    bcc_close(tracer->bcc);
    free(tracer);
}

// ---- reading ----

static void add_cell(struct reading *reading, struct dist_key key, unsigned slot, uint64_t count)
{
    key.slot = slot;
    if (count && snapshot_add(reading->snapshot, &key, count) < 0)
        reading->error = -ENOMEM;
}

static void read_part(void *context, const void *key, const void *value)
{
    struct dist_key dist_key;
    struct hist_part part;
    memcpy(&dist_key, key, sizeof(dist_key));
    memcpy(&part, value, sizeof(part));
    for (unsigned i = 0; i < HIST_SUB; i++)
        add_cell(context, dist_key, dist_key.slot + i, part.counts[i]);
    add_cell(context, dist_key, HIST_SLOT_SUM, part.sum);
}

static void read_cell(void *context, const void *key, const void *value)
{
    uint32_t slot;
    uint64_t count;
    memcpy(&slot, key, sizeof(slot));
    memcpy(&count, value, sizeof(count));
    add_cell(context, (struct dist_key){0}, slot, count);
}

static void read_dropped(void *context, const void *key, const void *value)
{
    struct snapshot *snapshot = context;
    uint32_t kind;
    memcpy(&kind, key, sizeof(kind));
    if (kind < DROPS)
        memcpy(&snapshot->dropped[kind], value, sizeof(snapshot->dropped[kind]));
}

// The kernel side counts what it could not send, where the kernel reports that to it (since 5.1); the perf
// buffer reports it too, but not what was lost last.
static uint64_t lost_samples(struct tracer *tracer)
{
    uint64_t lost = 0;
    if (tracer->perf)
        bcc_map_get(tracer->bcc, &tracer->samples_state, &(uint32_t){SAMPLES_LOST}, &lost);
    return lost > tracer->lost ? lost : tracer->lost;
}

int tracer_samples_fd(const struct tracer *tracer)
{
    return tracer->perf ? bcc_perf_fd(tracer->perf) : -1;
}

int tracer_read_samples(struct tracer *tracer, bool all,
                        void (*visit)(void *context, const struct sample_event *event), void *context)
{
    tracer->visit = visit;
    tracer->visit_context = context;
    int error = all ? bcc_perf_flush(tracer->perf) : bcc_perf_read(tracer->perf);
    tracer->visit = NULL;
    return error;
}

int tracer_set_threshold(struct tracer *tracer, uint64_t threshold_ns)
{
    return bcc_map_set(tracer->bcc, &tracer->samples_state, &(uint32_t){SAMPLES_THRESHOLD_NS}, &threshold_ns);
}

int tracer_read(struct tracer *tracer, struct snapshot *snapshot)
{
    struct reading reading = {.snapshot = snapshot};
    int error =
        bcc_map_each(tracer->bcc, &tracer->dist, tracer->plan->needs.by ? read_part : read_cell, &reading);
    if (!error)
        error = bcc_map_each(tracer->bcc, &tracer->counters, read_dropped, snapshot);
    for (size_t i = 0; i < tracer->n_programs; i++)
        snapshot->skipped += bcc_program_misses(tracer->bcc, tracer->programs[i]);
    snapshot->lost = lost_samples(tracer);
    snapshot_sort(snapshot);
    return error ? error : reading.error;
}

void tracer_disk_name(void *context, uint32_t dev, char *name, size_t size)
{
    struct tracer *tracer = context;
    struct disk_name kept;
    const struct disk_filter *filter = tracer->plan->needs.filter;
    const char *partition = filter ? filter_partition_name(filter, dev) : NULL;
    if (partition) {
        snprintf(name, size, "%s", partition);
        return;
    }
    if (bcc_map_get(tracer->bcc, &tracer->names, &dev, &kept) == 0 && kept.text[0]) {
        snprintf(name, size, "%.*s", (int)sizeof(kept.text), kept.text);
        return;
    }
    FILE *diskstats = fopen("/proc/diskstats", "re");
    bool found = diskstats && disk_name_in(diskstats, dev, name, size);
    if (diskstats)
        fclose(diskstats);
    if (!found)
        snprintf(name, size, "%u:%u", dev >> 20, dev & 0xfffff);
}

struct counting {
    bool from_queue;
    uint64_t n;
};

static void count_entry(void *context, const void *key, const void *value)
{
    struct counting *counting = context;
    struct flight flight; // without its details: the kernel side may have none
    (void)key;
    memcpy(&flight, value, offsetof(struct flight, details));
    counting->n += (counting->from_queue ? flight.queued_ns : flight.issued_ns) != 0;
}

enum in_flight tracer_in_flight(struct tracer *tracer, uint64_t *n)
{
    struct counting counting = {.from_queue = tracer->plan->needs.from_queue};
    if (tracer->plan->in_flight != IN_FLIGHT_UNKNOWN)
        bcc_map_each(tracer->bcc, &tracer->start, count_entry, &counting);
    *n = counting.n;
    return tracer->plan->in_flight;
}
