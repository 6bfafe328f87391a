// SPDX-License-Identifier: Apache-2.0
// --format json: JSON objects (RFC 8259), one a line, each with a "type". docs/biolatency.schema.json
// describes them, and the tests hold all output to it.
//
// An interval is an object "interval", its histograms, and its samples (--slowest). A stream (--slower) is
// its samples, and an object "end". Each interval has what was dropped once.
//
// Latencies of histograms were rounded down to whole units, so all bounds are given as what a latency was
// less than: "buckets" are the slots that are not empty, [from, below, count], and a percentile is the
// "below" of its bucket. Neither can be read as too low.
#include "output/json_writer.h"
#include "output/output.h"

#define VERSION 2 // of these objects; the schema has it too

static void put_known(struct json_writer *json, const char *key, bool known, uint64_t number)
{
    if (known)
        json_unsigned(json, key, number);
    else
        json_null(json, key);
}

static void begin(struct json_writer *json, const char *type)
{
    json_open(json, NULL, '{');
    json_string(json, "type", type);
}

static void end(struct json_writer *json)
{
    json_close(json, '}');
    json_line_end(json);
}

// ---- intervals ----

static void put_dropped(struct json_writer *json, const struct frame *frame)
{
    const struct {
        const char *key;
        uint64_t n;
    } rows[] = {
        {"requests_map_full", frame->dropped[DROP_START_FULL]},
        {"histogram_map_full", frame->dropped[DROP_DIST_FULL]},
        {"no_start_time", frame->dropped[DROP_NO_START_TIME]},
        {"negative", frame->dropped[DROP_NEGATIVE]},
        {"completion_not_seen", frame->dropped[DROP_END_UNSEEN]},
        {"probe_skipped", frame->skipped},
        {"in_flight_at_start", frame->dropped[DROP_UNMATCHED]},
    };
    json_open(json, "dropped", '{');
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        json_unsigned(json, rows[i].key, rows[i].n);
    if (frame->with_samples)
        json_unsigned(json, "samples_dropped", frame->lost);
    json_close(json, '}');
}

static void put_when(struct json_writer *json, const struct frame *frame)
{
    json_time(json, "time", &frame->when, 3);
    json_fixed(json, "seconds", frame->seconds, 3);
}

static void print_interval(struct json_writer *json, const struct frame *frame)
{
    begin(json, "interval");
    json_unsigned(json, "version", VERSION);
    put_when(json, frame);
    json_string(json, "unit", frame_unit(frame));
    put_dropped(json, frame);
    end(json);
}

// ---- histograms ----

static void put_percentiles(struct json_writer *json, const struct hist *hist)
{
    json_open(json, "percentiles", '{');
    for (int i = 0; i < HIST_PERCENTILES; i++)
        put_known(json, hist_percentiles[i].name, hist->count,
                  hist_above(hist_percentile(hist, hist_percentiles[i].per_mille, 1000)));
    json_close(json, '}');
}

static void put_buckets(struct json_writer *json, const struct hist *hist)
{
    json_open(json, "buckets", '[');
    for (size_t i = 0; i < hist->n; i++) {
        json_open(json, NULL, '[');
        json_unsigned(json, NULL, hist_slot_low(hist->slots[i].slot));
        json_unsigned(json, NULL, hist_above(hist_slot_high(hist->slots[i].slot)));
        json_unsigned(json, NULL, hist->slots[i].count);
        json_close(json, ']');
    }
    json_close(json, ']');
}

// It has the time, length and unit of its interval again, so that a line can be used by itself.
static void print_histogram(struct json_writer *json, const struct frame *frame, const struct group *group)
{
    begin(json, "histogram");
    put_when(json, frame);
    for (unsigned i = 0; i < DIMENSIONS; i++)
        if (frame->by & BY(i))
            json_string(json, dimensions[i].word, group->title[i]);
    json_string(json, "unit", frame_unit(frame));
    json_unsigned(json, "count", group->hist.count);
    json_unsigned(json, "sum", group->hist.sum);
    put_percentiles(json, &group->hist);
    put_buckets(json, &group->hist);
    end(json);
}

// ---- samples ----

// Times are in ns whatever the unit of histograms is: the keys say so.
static void print_sample(struct json_writer *json, const struct sample *sample)
{
    begin(json, "sample");
    json_time(json, "time", &sample->began, 6);
    json_string(json, "disk", sample->disk);
    json_string(json, "flags", sample->flags);
    put_known(json, "sector", sample->sector != SAMPLE_UNKNOWN, sample->sector);
    json_unsigned(json, "bytes", sample->bytes);
    put_known(json, "queue_ns", sample->queue_ns != SAMPLE_UNKNOWN, sample->queue_ns);
    json_unsigned(json, "latency_ns", sample->latency_ns);
    put_known(json, "pid", sample->has_submitter, sample->pid);
    put_known(json, "tid", sample->has_submitter, sample->tid);
    json_string(json, "comm", sample->has_submitter ? sample->comm : NULL);
    json_string(json, "cgroup", sample->cgroup);
    end(json);
}

// ---- the row of the table of outputs ----

int json_interval(struct printer *printer, const struct frame *frame)
{
    struct json_writer json = {.out = stream_file(printer->stream)};
    print_interval(&json, frame);
    for (size_t i = 0; i < frame->n; i++)
        print_histogram(&json, frame, &frame->groups[i]);
    for (size_t i = 0; i < frame->n_samples; i++)
        print_sample(&json, &frame->samples[i]);
    return stream_error(printer->stream);
}

int json_sample(struct printer *printer, const struct sample *sample)
{
    struct json_writer json = {.out = stream_file(printer->stream)};
    print_sample(&json, sample);
    return stream_error(printer->stream);
}

int json_end(struct printer *printer, const struct frame *frame)
{
    struct json_writer json = {.out = stream_file(printer->stream)};
    begin(&json, "end");
    json_unsigned(&json, "version", VERSION);
    put_when(&json, frame);
    json_unsigned(&json, "samples", frame->n_samples);
    put_dropped(&json, frame);
    end(&json);
    return stream_error(printer->stream);
}
