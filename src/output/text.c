// SPDX-License-Identifier: Apache-2.0
// Text, as bcc's table.py prints it, byte for byte.
#include <inttypes.h>

#include "output/output.h"

#define STARS 40
#define STARS_WIDE 20
#define NARROW_BUCKETS 32 // numbers beyond have more than ten digits

static void print_stars(FILE *out, uint64_t count, uint64_t max, int width)
{
    // Python divides the exact product and rounds to double: the same, also for counts beyond 2^53 / width.
    int n = (int)(double)((long double)(count * (uint64_t)width) / (long double)max);
    for (int i = 0; i < width; i++)
        fputc(i < n ? '*' : ' ', out);
}

static void print_histogram(FILE *out, const struct hist *hist, const char *unit)
{
    struct hist_bucket buckets[HIST_LOG2_BUCKETS];
    size_t n = hist_log2(hist, buckets);
    bool wide = n > NARROW_BUCKETS;
    uint64_t max = 0;
    if (!n)
        return;
    for (size_t i = 0; i < n; i++)
        if (buckets[i].count > max)
            max = buckets[i].count;
    fprintf(out, "%*s%-*s : count     distribution\n", wide ? 15 : 5, "", wide ? 29 : 19, unit);
    for (size_t i = 0; i < n; i++) {
        fprintf(out, "%*" PRIu64 " -> %-*" PRIu64 " : %-8" PRIu64 " |", wide ? 20 : 10, buckets[i].low,
                wide ? 20 : 10, buckets[i].high, buckets[i].count);
        print_stars(out, buckets[i].count, max, wide ? STARS_WIDE : STARS);
        fputs("|\n", out);
    }
}

// A latency is rounded down to whole units. Milliseconds are coarse, so the upper bound is printed. A
// microsecond more or less does not matter to a reader, unless it is all there is.
static void print_percentiles(FILE *out, const struct hist *hist, const struct frame *frame)
{
    if (!hist->count)
        return;
    for (int i = 0; i < HIST_PERCENTILES; i++) {
        uint64_t value = hist_percentile(hist, hist_percentiles[i].per_mille, 1000);
        bool below = frame->milliseconds || value == 0;
        fprintf(out, "%s%s %c %" PRIu64, i ? ", " : "     ", hist_percentiles[i].name, below ? '<' : '=',
                below ? hist_above(value) : value);
    }
    fprintf(out, " %s\n", frame_unit(frame));
}

static void print_title(FILE *out, const struct frame *frame, const struct group *group)
{
    const char *before = "\n";
    for (unsigned i = 0; i < DIMENSIONS; i++) {
        if (!(frame->by & BY(i)))
            continue;
        fprintf(out, "%s%s = %s", before, dimensions[i].word, group->title[i]);
        before = ", ";
    }
    if (frame->by)
        fputc('\n', out);
}

static void print_extension(FILE *out, const struct frame *frame)
{
    uint64_t total = 0, count = 0;
    for (size_t i = 0; i < frame->n; i++) {
        total += frame->groups[i].hist.sum;
        count += frame->groups[i].hist.count;
    }
    if (count)
        fprintf(out, "\navg = %" PRIu64 " %s, total: %" PRIu64 " %s, count: %" PRIu64 "\n\n", total / count,
                frame_unit(frame), total, frame_unit(frame), count);
}

int text_open(struct printer *printer, const struct sample *widest)
{
    fputs("Tracing block device I/O... Hit Ctrl-C to end.\n", stream_file(printer->stream));
    if (widest)
        text_begin_samples(printer, widest, 1);
    return stream_error(printer->stream);
}

int text_interval(struct printer *printer, const struct frame *frame)
{
    FILE *out = stream_file(printer->stream);
    print_interval_start(out, frame, &printer->options);
    for (size_t i = 0; i < frame->n; i++) {
        const struct group *group = &frame->groups[i];
        print_title(out, frame, group);
        print_histogram(out, &group->hist, frame_unit(frame));
        if (printer->options.percentiles)
            print_percentiles(out, &group->hist, frame);
    }
    if (printer->options.extension)
        print_extension(out, frame);
    if (frame->n_samples)
        text_begin_samples(printer, frame->samples, frame->n_samples);
    for (size_t i = 0; i < frame->n_samples; i++)
        text_sample(printer, &frame->samples[i]);
    return stream_error(printer->stream);
}
