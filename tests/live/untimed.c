// SPDX-License-Identifier: Apache-2.0
// Requests without a time stamp (queue/iostats 0, no scheduler, no write-back throttling) end without
// block_io_done. Debian's kernels give every disk write-back throttling, so there none is without: here the
// plan takes all for such requests, and its end is moved to a tracepoint that does not fire.
//   untimed DISK: reads from /dev/DISK
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel/disk.h"
#include "kernel/kernel.h"
#include "options.h"
#include "trace/embedded.h"
#include "trace/plan.h"
#include "trace/tracer.h"
#include "util/fail.h"

#define SKIPPED 77
#define READS 101
#define ATTEMPTS 5 // now and then a kernel runs no probe when a request ends: docs/design.md

static const struct row {
    const char *what;
    bool pretend_untimed, ends_elsewhere;
    uint64_t counted;
} rows[] = {
    {"without time stamps", true, true, READS},
    {"without, where block_io_done fires as well", true, false, READS},
    {"with time stamps, which are left to block_io_done", false, true, 0},
};

static void pretend_untimed(struct kernel *kernel)
{
    static const enum rq_flag timed[] = {RQF_IO_STAT, RQF_STATS, RQF_USE_SCHED};
    for (size_t i = 0; i < sizeof(timed) / sizeof(timed[0]); i++)
        kernel->rq_flag_bit[timed[i]] = 31; // no such flag
}

// block_rq_remap: requests of a multipath disk alone.
static bool move_end(struct plan *plan)
{
    for (size_t i = 0; i < plan->n_points; i++)
        if (strcmp(plan->points[i].handler, "on_complete_raw") == 0) {
            plan->points[i].target = "block_rq_remap";
            return true;
        }
    return false;
}

static int read_disk(const char *disk)
{
    char path[64];
    void *block = NULL;
    snprintf(path, sizeof(path), "/dev/%s", disk);
    int fd = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC), error = 0;
    if (fd < 0 || posix_memalign(&block, 4096, 4096) != 0)
        error = -EIO;
    for (int i = 0; i < READS && !error; i++)
        error = pread(fd, block, 4096, i * 4096) == 4096 ? 0 : -EIO;
    free(block);
    if (fd >= 0)
        close(fd);
    return error;
}

static uint64_t count_of(const struct snapshot *snapshot)
{
    uint64_t n = 0;
    for (size_t i = 0; i < snapshot->n; i++)
        n += snapshot->cells[i].count;
    return n;
}

static int trace(struct plan *plan, const struct kernel *kernel, const char *disk, uint64_t *counted)
{
    char why[WHY_SIZE] = "", *log = NULL;
    struct snapshot snapshot = {0};
    struct tracer *tracer = NULL;
    struct bcc *bcc = NULL;
    int error = bcc_open(&bcc, embedded_headers, embedded_headers_count, NULL);
    if (!error)
        error = tracer_open(&tracer, bcc, plan, kernel, why, sizeof(why), &log);
    if (!error)
        error = read_disk(disk);
    usleep(100000); // the last end
    if (!error)
        error = tracer_read(tracer, &snapshot);
    *counted = count_of(&snapshot);
    if (error)
        fprintf(stderr, "FAILED: %s %s\n%s\n", strerror(-error), why, log ? log : "");
    free(log);
    snapshot_free(&snapshot);
    tracer_close(tracer);
    return error;
}

static bool test(const struct row *row, const struct kernel *real, const struct disk_filter *filter,
                 const char *disk)
{
    static struct plan plan;
    char why[WHY_SIZE];
    const struct plan_scale scale = {.disks = 9, .requests = 1024};
    const struct needs needs = {.filter = filter, .attach = ATTACH_RAW_TRACEPOINT};
    struct kernel kernel = *real;
    uint64_t counted = 0;
    if (row->pretend_untimed)
        pretend_untimed(&kernel);
    if (plan_make(&plan, &needs, &kernel, &scale, why, sizeof(why)) < 0 ||
        (row->ends_elsewhere && !move_end(&plan))) {
        fprintf(stderr, "FAILED: no such plan\n");
        return false;
    }
    for (int i = 0; i < ATTEMPTS; i++) {
        if (trace(&plan, &kernel, disk, &counted) < 0)
            return false;
        if (counted == row->counted)
            return true;
        fprintf(stderr, "%s: counted %llu of %llu\n", row->what, (unsigned long long)counted,
                (unsigned long long)row->counted);
    }
    fprintf(stderr, "FAILED: %s\n", row->what);
    return false;
}

int main(int argc, char **argv)
{
    static struct kernel kernel;
    struct disk_filter filter = {.n = 0};
    char why[WHY_SIZE];
    int failures = 0;
    if (argc != 2 || filter_add(&filter, "", argv[1], NULL, why, sizeof(why)) < 0)
        return 2;
    if (kernel_ask(&kernel, true, false, why, sizeof(why)) < 0 || !kernel.has_btf ||
        !kernel.tracepoint_args[TP_BLOCK_IO_DONE]) {
        puts("skipped: this kernel has no block_io_done, or no BTF");
        return SKIPPED;
    }
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        failures += !test(&rows[i], &kernel, &filter, argv[1]);
    return failures > 0;
}
