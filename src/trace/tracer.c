// SPDX-License-Identifier: Apache-2.0
// See tracer.h.
#include "trace/tracer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace/embedded.h"
#include "util/clock.h"

// Memory of the perf buffer: 256 KiB a CPU have room for 1,800 I/Os, and machines with many CPUs have enough
// of that with less for each.
#define BUFFER_PAGES 64
#define BUFFER_PAGES_MIN 8
#define BUFFER_PAGES_ALL 4096

struct tracer {
    struct bcc *bcc;
    enum in_flight in_flight;
    bool grouped, by_disk, queued, has_samples;
    struct bcc_map dist, counters, since, names, start, end_program, samples_state, targets;
    const struct disk_filter *filter; // the plan's
    unsigned filter_ranges;           // the plan's
    struct bcc_perf *perf;
    uint64_t lost;                                                  // single I/Os, as the perf buffer told
    void (*visit)(void *context, const struct sample_event *event); // set while the perf buffer is read
    void *visit_context;
    int programs[PLAN_POINTS], links[PLAN_POINTS];
    const char *handlers[PLAN_POINTS]; // of programs
    size_t n_programs, n_links;
};

struct reading {
    struct snapshot *snapshot;
    int error;
};

// ---- errors ----

// It forbids BPF to read kernel memory.
static bool is_confidential(void)
{
    char mode[32];
    return kernel_lockdown(mode, sizeof(mode)) && strcmp(mode, "confidentiality") == 0;
}

static const char *permission_hint(void)
{
    if (is_confidential())
        return " (the kernel is locked down in confidentiality mode, which forbids tracing)";
    return kernel_lacks_capability() ? ""
                                     : " (a container or a seccomp filter may forbid bpf(), or the limit on "
                                       "locked memory is too low)";
}

// Puts a failure of the layer into words, behind what it failed at. Returns error.
static int __attribute__((format(printf, 5, 6)))
explain(struct tracer *tracer, int error, char *why, size_t size, const char *format, ...)
{
    char what[128], reason[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof(what), format, arguments);
    va_end(arguments);
    bcc_explain(tracer->bcc, error, reason, sizeof(reason));
    bool forbidden = error == -EPERM || is_confidential(); // EACCES is the verifier's word
    snprintf(why, size, "%s%s%s", what, reason, forbidden ? permission_hint() : "");
    return error;
}

// ---- opening ----

static int compile(struct tracer *tracer, struct plan *plan, const struct kernel *kernel)
{
    int error = -EINVAL;
    for (size_t variant = 0; variant < plan->n_variants && error == -EINVAL; variant++) {
        const char *defines[PLAN_DEFINES];
        plan_set_variant(plan, variant);
        for (size_t i = 0; i < plan->n_defines; i++)
            defines[i] = plan->defines[i];
        const struct bcc_source source = {.text = embedded_biolatency,
                                          .defines = defines,
                                          .n_defines = plan->n_defines,
                                          .use_kernel_headers = !kernel->has_btf,
                                          .kernel_source = kernel->headers};
        error = bcc_compile(tracer->bcc, &source);
    }
    return error;
}

static int open_maps(struct tracer *tracer)
{
    int error = bcc_map_open(tracer->bcc, "dist", &tracer->dist);
    if (!error)
        error = bcc_map_open(tracer->bcc, "counters", &tracer->counters);
    if (!error)
        error = bcc_map_open(tracer->bcc, "since", &tracer->since);
    if (!error && tracer->by_disk)
        error = bcc_map_open(tracer->bcc, "names", &tracer->names);
    if (!error)
        error = bcc_map_open(tracer->bcc, "start", &tracer->start);
    if (!error && tracer->has_samples)
        error = bcc_map_open(tracer->bcc, "samples_state", &tracer->samples_state);
    if (!error && tracer->filter_ranges)
        error = bcc_map_open(tracer->bcc, "targets", &tracer->targets);
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

static int open_perf(struct tracer *tracer, unsigned pages, char *why, size_t size)
{
    const struct bcc_perf_reader reader = {take_sample, take_lost, tracer};
    int error = bcc_perf_open(tracer->bcc, "samples", pages ? pages : usual_pages(), &reader, &tracer->perf);
    if (error == -EACCES || error == -EPERM)
        snprintf(why, size,
                 "cannot open the perf buffer for samples: %s (perf_event_open is forbidden here, or locking "
                 "so much memory: --buffer-pages)",
                 strerror(-error));
    else if (error)
        explain(tracer, error, why, size, "cannot open the perf buffer for samples: ");
    return error;
}

static bool is_loaded(const struct tracer *tracer, const char *handler)
{
    for (size_t i = 0; i < tracer->n_programs; i++)
        if (strcmp(tracer->handlers[i], handler) == 0)
            return true;
    return false;
}

static int load(struct tracer *tracer, const struct plan_point *point)
{
    if (is_loaded(tracer, point->handler))
        return 0;
    int fd = bcc_load(tracer->bcc, point->kind, point->handler);
    if (fd < 0)
        return fd;
    tracer->handlers[tracer->n_programs] = point->handler;
    tracer->programs[tracer->n_programs++] = fd;
    return 0;
}

static int attach(struct tracer *tracer, const struct plan_point *point)
{
    int fd = bcc_attach(tracer->bcc, point->kind, point->handler, point->target);
    if (fd < 0)
        return fd;
    tracer->links[tracer->n_links++] = fd;
    return 0;
}

// Where a handler goes on to the program of another (end_program in the probe text), tells it which.
static int link_programs(struct tracer *tracer)
{
    if (!is_loaded(tracer, "on_complete_untimed_raw"))
        return 0;
    int error = bcc_map_open(tracer->bcc, "end_program", &tracer->end_program);
    return error ? error : bcc_set_program(tracer->bcc, "end_program", "on_complete_raw");
}

// What a filter has of one disk, for the map `targets`. Ranges that are not used have no sector in them.
static void fill_ranges(const struct tracer *tracer, uint32_t dev, struct target_range *ranges)
{
    const struct disk_filter *filter = tracer->filter;
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
    struct target_range ranges[FILTER_TARGETS_MAX];
    int error = 0;
    for (size_t i = 0; tracer->filter_ranges && i < tracer->filter->n && !error; i++) {
        uint32_t dev = tracer->filter->targets[i].dev;
        fill_ranges(tracer, dev, ranges);
        error = bcc_map_set(tracer->bcc, &tracer->targets, &dev, ranges);
    }
    return error;
}

// All programs are loaded before the first is attached, so that a refused one costs no events.
static int go_live(struct tracer *tracer, const struct plan *plan, char *why, size_t size)
{
    for (size_t i = 0; i < plan->n_points; i++) {
        int error = load(tracer, &plan->points[i]);
        if (error)
            return explain(tracer, error, why, size,
                           "cannot load the probe on %s %s: ", plan_kind_name(plan->points[i].kind),
                           plan->points[i].target);
    }
    int error = link_programs(tracer);
    if (error)
        return explain(tracer, error, why, size, "cannot fill the program array: ");
    error = fill_targets(tracer);
    if (error)
        return explain(tracer, error, why, size, "cannot hand over which disks to trace: ");
    for (size_t i = 0; i < plan->n_points; i++) {
        error = attach(tracer, &plan->points[i]);
        if (error)
            return explain(tracer, error, why, size,
                           "cannot attach the probe to %s %s: ", plan_kind_name(plan->points[i].kind),
                           plan->points[i].target);
    }
    uint64_t now_ns = clock_ns();
    error = bcc_map_set(tracer->bcc, &tracer->since, &(uint32_t){0}, &now_ns);
    return error ? explain(tracer, error, why, size, "cannot write to a BPF map: ") : 0;
}

// The arrays of the tracer are as large as those of the plan.
static bool fits(const struct plan *plan)
{
    return plan->n_points <= PLAN_POINTS && plan->n_defines <= PLAN_DEFINES;
}

int tracer_open(struct tracer **out, struct bcc *bcc, struct plan *plan, const struct kernel *kernel,
                unsigned buffer_pages, char *why, size_t size, char **log)
{
    struct tracer *tracer = calloc(1, sizeof(*tracer));
    *log = NULL;
    int refused = !tracer ? -ENOMEM : fits(plan) ? 0 : -E2BIG;
    if (refused) {
        snprintf(why, size, "%s", tracer ? "the plan has more probes or defines than fit" : "out of memory");
        free(tracer);
        bcc_close(bcc);
        return refused;
    }
    tracer->bcc = bcc;
    tracer->in_flight = plan->in_flight;
    tracer->grouped = plan->grouped;
    tracer->by_disk = plan->by_disk;
    tracer->queued = plan->queued;
    tracer->has_samples = plan->with_samples;
    tracer->filter = plan->filter;
    tracer->filter_ranges = plan->filter_ranges;
    tracer->dist.fd = tracer->counters.fd = tracer->since.fd = tracer->names.fd = tracer->start.fd =
        tracer->end_program.fd = tracer->samples_state.fd = tracer->targets.fd = -1;
    int error = compile(tracer, plan, kernel);
    if (error)
        explain(tracer, error, why, size, "%s", "");
    if (!error && (error = open_maps(tracer)) != 0)
        explain(tracer, error, why, size, "cannot open the BPF maps: ");
    if (!error && tracer->has_samples)
        error = open_perf(tracer, buffer_pages, why, size);
    if (!error)
        error = go_live(tracer, plan, why, size);
    if (error) {
        *log = bcc_log(tracer->bcc);
        tracer_close(tracer);
        return error;
    }
    *out = tracer;
    return 0;
}

void tracer_settle(struct tracer *tracer)
{
    bcc_stop(tracer->bcc);
}

static void close_fd(int fd)
{
    if (fd >= 0)
        close(fd);
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
    close_fd(tracer->targets.fd);
    close_fd(tracer->samples_state.fd);
    close_fd(tracer->end_program.fd);
    close_fd(tracer->start.fd);
    close_fd(tracer->names.fd);
    close_fd(tracer->since.fd);
    close_fd(tracer->counters.fd);
    close_fd(tracer->dist.fd);
    bcc_close(tracer->bcc);
    free(tracer);
}

// ---- reading ----

static void add_cell(struct reading *reading, struct dist_key key, uint64_t slot, uint64_t count)
{
    key.slot = (unsigned)slot;
    if (count && snapshot_add(reading->snapshot, &key, count) < 0)
        reading->error = -ENOMEM;
}

static void read_part(void *context, const void *key, const void *value)
{
    struct dist_key dist_key;
    struct hist_part part;
    memcpy(&dist_key, key, sizeof(dist_key));
    memcpy(&part, value, sizeof(part));
    for (size_t i = 0; i < HIST_SUB; i++)
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

// The kernel side counts what it could not send, on kernels that tell it so (since 5.1); the perf buffer
// tells it too, but not of what was lost last.
static uint64_t lost_samples(struct tracer *tracer)
{
    uint64_t lost = 0;
    if (tracer->has_samples)
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
    snapshot_clear(snapshot);
    int error = bcc_map_each(tracer->bcc, &tracer->dist, tracer->grouped ? read_part : read_cell, &reading);
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
    struct disk_name noted;
    const char *partition = tracer->filter ? filter_partition_name(tracer->filter, dev) : NULL;
    if (partition) {
        snprintf(name, size, "%s", partition);
        return;
    }
    if (bcc_map_get(tracer->bcc, &tracer->names, &dev, &noted) == 0 && noted.text[0]) {
        snprintf(name, size, "%.*s", (int)sizeof(noted.text), noted.text);
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
    bool queued; // since then, else since issue
    uint64_t n;
};

static void count_entry(void *context, const void *key, const void *value)
{
    struct counting *counting = context;
    struct flight flight; // without its details: the kernel side may have none
    (void)key;
    memcpy(&flight, value, offsetof(struct flight, details));
    counting->n += (counting->queued ? flight.queued_ns : flight.issued_ns) != 0;
}

enum in_flight tracer_in_flight(struct tracer *tracer, uint64_t *n)
{
    struct counting counting = {.queued = tracer->queued};
    if (tracer->in_flight != IN_FLIGHT_UNKNOWN)
        bcc_map_each(tracer->bcc, &tracer->start, count_entry, &counting);
    *n = counting.n;
    return tracer->in_flight;
}
