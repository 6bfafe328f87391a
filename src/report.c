// SPDX-License-Identifier: Apache-2.0
// See report.h. Each message is one line, and is right for one as for many.
#include "report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "util/fail.h"

static const char *plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

static const char *was(uint64_t n)
{
    return n == 1 ? "was" : "were";
}

// Was there I/O that was not counted? `all`: also what was in flight when tracing began, which says why a
// histogram is empty.
static bool warn_dropped(const struct snapshot *total, bool all)
{
    static const char *const reasons[DROPS] = {
        [DROP_START_FULL] = "more were in flight than the map takes (--max-requests)",
        [DROP_DIST_FULL] = "the map of histograms was full",
        [DROP_NO_START_TIME] = "the kernel kept no start time (queue/iostats is 0)",
        [DROP_NEGATIVE] = "by the clock, completion came before the start",
        [DROP_END_UNSEEN] = "the kernel ran no probe at completion",
        [DROP_UNMATCHED] = "in flight when tracing began",
    };
    bool any = total->skipped;
    for (int i = 0; i < DROPS; i++) {
        uint64_t n = total->dropped[i];
        any |= n > 0;
        if (n && (i != DROP_UNMATCHED || all))
            fail(0, "%" PRIu64 " request%s %s not counted: %s", n, plural(n), was(n), reasons[i]);
    }
    uint64_t n = total->skipped;
    if (n)
        fail(0, "the kernel skipped probes %" PRIu64 " time%s: up to %" PRIu64 " request%s %s not counted", n,
             plural(n), n, plural(n), was(n));
    n = total->lost;
    if (n)
        fail(0, "%" PRIu64 " sample%s %s dropped: the perf buffer was full (--buffer-pages)", n, plural(n),
             was(n));
    return any;
}

// "10", or "0.4": what a reader takes for a whole number of seconds is one.
static void format_seconds(char *text, size_t size, double seconds)
{
    snprintf(text, size, "%.1f", seconds);
    char *zero = strstr(text, ".0");
    if (zero)
        *zero = 0;
}

// " on sda, sdb": what -d asked for.
static void name_disks(const struct options *options, char *text, size_t size)
{
    size_t n = 0;
    for (size_t i = 0; options->disk[i] && n < size; i++)
        n += (size_t)snprintf(text + n, size - n, "%s%s", i ? ", " : " on ", options->disk[i]);
}

// An empty histogram is an empty line: is the disk idle, or does nothing work? A disk that hangs is not idle.
static void report_no_samples(const struct run_report *report)
{
    char seconds[32], on[256] = "";
    name_disks(report->options, on, sizeof(on));
    uint64_t n = report->in_flight == IN_FLIGHT_EXACT ? report->n_in_flight : 0;
    format_seconds(seconds, sizeof(seconds), report->seconds);
    if (n)
        fail(0, "no I/O completed in %s s%s, with %" PRIu64 " request%s in flight", seconds, on, n,
             plural(n));
    else
        fail(0, "no I/O in %s s%s", seconds, on);
}

static void report_samples(const struct run_report *report)
{
    fail(0, "%" PRIu64 " sample%s of %s or more printed, %" PRIu64 " dropped", report->samples,
         plural(report->samples), report->options->slower.text, report->total->lost);
}

static void report_verbose(const struct run_report *report)
{
    uint64_t n = report->samples;
    if (options_show_samples(report->options))
        fail(0, "%" PRIu64 " sample%s %s sent by the kernel side", n, plural(n), was(n));
    if (report->in_flight == IN_FLIGHT_UNKNOWN)
        fail(0, "requests still in flight: not known, as no probe sees them start");
    else if (report->in_flight == IN_FLIGHT_AT_MOST && report->n_in_flight)
        fail(0,
             "requests still in flight: at most %" PRIu64 ", as no probe sees which were merged into others",
             report->n_in_flight);
    else
        fail(0, "%" PRIu64 " request%s %s still in flight", report->n_in_flight, plural(report->n_in_flight),
             was(report->n_in_flight));
}

void report_run(const struct run_report *report)
{
    const struct options *options = report->options;
    bool is_empty = !options->slower.given && !snapshot_has_counts(report->total);
    bool any_dropped = warn_dropped(report->total, options->verbose || is_empty);
    if (report->complete && options->slower.given)
        report_samples(report);
    else if (report->complete && is_empty && !any_dropped)
        report_no_samples(report);
    if (options->verbose)
        report_verbose(report);
}
