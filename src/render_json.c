// SPDX-License-Identifier: Apache-2.0
// --format json: one JSON object (RFC 8259) a line for each histogram, with all that is known of it.
//
// "buckets" are the slots that are not empty, [lowest value, highest value, count]: 32 for each power of two,
// so they add up to those of the text. Percentiles are the upper bounds that hist_percentile gives, null
// without I/O. A single I/O is an object as well, with "type": "io"; "time" is when it began, null is what is
// not known. Where there are only those, an object with "type": "end" comes last. "missed" is what the whole
// interval could not count, the same in each of its objects.
#include <inttypes.h>
#include <time.h>

#include "render.h"
#include "utf8.h"

static void print_string(FILE *out, const char *string)
{
    const unsigned char *text = (const unsigned char *)string;
    fputc('"', out);
    while (*text) {
        int n = utf8_length(text);
        if (n == 0) {
            fputs("\\ufffd", out);
            text++;
        } else if (n == 1 && (*text == '"' || *text == '\\')) {
            fprintf(out, "\\%c", *text++);
        } else if (n == 1 && *text < ' ') {
            fprintf(out, "\\u%04x", *text++);
        } else {
            fwrite(text, 1, (size_t)n, out);
            text += n;
        }
    }
    fputc('"', out);
}

// RFC 3339, local time with its zone: 2026-11-23T08:15:42.123+01:00. digits: of the second, 3 or 6.
static void print_time(FILE *out, const struct timespec *when, int digits)
{
    long part = when->tv_nsec / (digits == 3 ? 1000000 : 1000);
    char date[32] = "", zone[8] = "+0000";
    struct tm local;
    if (localtime_r(&when->tv_sec, &local)) {
        strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &local);
        strftime(zone, sizeof(zone), "%z", &local);
    }
    fprintf(out, "\"%s.%0*ld%.3s:%.2s\"", date, digits, part, zone, zone + 3);
}

static void print_percentiles(FILE *out, const struct hist *hist)
{
    for (int i = 0; i < HIST_PERCENTILES; i++) {
        fprintf(out, "%s\"%s\":", i ? "," : "", hist_percentiles[i].name);
        if (hist->count)
            fprintf(out, "%" PRIu64, hist_percentile(hist, hist_percentiles[i].per_mille, 1000));
        else
            fputs("null", out);
    }
}

static void print_buckets(FILE *out, const struct hist *hist)
{
    for (size_t i = 0; i < hist->n; i++) {
        unsigned slot = hist->cells[i].key.slot;
        fprintf(out, "%s[%" PRIu64 ",%" PRIu64 ",%" PRIu64 "]", i ? "," : "", hist_slot_low(slot),
                hist_slot_high(slot), hist->cells[i].count);
    }
}

static void print_missed(FILE *out, const struct frame *frame)
{
    fprintf(out, "\"requests_map_full\":%" PRIu64 ",\"histogram_map_full\":%" PRIu64,
            frame->missed[MISSED_START_FULL], frame->missed[MISSED_DIST_FULL]);
    fprintf(out, ",\"no_start_time\":%" PRIu64 ",\"negative\":%" PRIu64, frame->missed[MISSED_NO_START_TIME],
            frame->missed[MISSED_NEGATIVE]);
    fprintf(out, ",\"end_not_seen\":%" PRIu64, frame->missed[MISSED_END_UNSEEN]);
    fprintf(out, ",\"probe_skipped\":%" PRIu64 ",\"begun_before_tracing\":%" PRIu64, frame->skipped,
            frame->missed[MISSED_UNMATCHED]);
    if (frame->with_ios)
        fprintf(out, ",\"samples_lost\":%" PRIu64, frame->lost);
}

void render_json(FILE *out, const struct frame *frame, const struct render_options *options)
{
    (void)options;
    for (size_t i = 0; i < frame->n; i++) {
        const struct group *group = &frame->groups[i];
        fputs("{\"time\":", out);
        print_time(out, &frame->when, 3);
        fprintf(out, ",\"seconds\":%.3f", frame->seconds);
        if (frame->by_disk) {
            fputs(",\"disk\":", out);
            print_string(out, group->disk);
        }
        if (frame->by_flags) {
            fputs(",\"flags\":", out);
            print_string(out, group->flags);
        }
        fprintf(out, ",\"unit\":\"%s\",\"count\":%" PRIu64 ",\"sum\":%" PRIu64 ",\"percentiles\":{",
                frame->unit, group->hist.count, group->hist.sum);
        print_percentiles(out, &group->hist);
        fputs("},\"buckets\":[", out);
        print_buckets(out, &group->hist);
        fputs("],\"missed\":{", out);
        print_missed(out, frame);
        fputs("}}\n", out);
    }
}

static void print_number_or_null(FILE *out, const char *key, bool known, uint64_t number)
{
    if (known)
        fprintf(out, ",\"%s\":%" PRIu64, key, number);
    else
        fprintf(out, ",\"%s\":null", key);
}

static void print_string_or_null(FILE *out, const char *key, const char *string)
{
    fprintf(out, ",\"%s\":", key);
    if (string)
        print_string(out, string);
    else
        fputs("null", out);
}

// Times are in ns whatever the unit of histograms is: the keys say so.
void render_io_json(FILE *out, const struct io *io, bool milliseconds)
{
    (void)milliseconds;
    fputs("{\"type\":\"io\",\"time\":", out);
    print_time(out, &io->began, 6);
    print_string_or_null(out, "disk", io->disk);
    print_string_or_null(out, "flags", io->flags);
    print_number_or_null(out, "sector", io->sector != IO_UNKNOWN, io->sector);
    print_number_or_null(out, "bytes", true, io->bytes);
    print_number_or_null(out, "queue_ns", io->queue_ns != IO_UNKNOWN, io->queue_ns);
    print_number_or_null(out, "latency_ns", true, io->latency_ns);
    print_number_or_null(out, "pid", io->has_submitter, io->pid);
    print_number_or_null(out, "tid", io->has_submitter, io->tid);
    print_string_or_null(out, "comm", io->has_submitter ? io->comm : NULL);
    print_string_or_null(out, "cgroup", io->cgroup);
    fputs("}\n", out);
}

void render_io_end_json(FILE *out, const struct frame *frame, uint64_t n)
{
    fputs("{\"type\":\"end\",\"time\":", out);
    print_time(out, &frame->when, 3);
    fprintf(out, ",\"seconds\":%.3f,\"ios\":%" PRIu64 ",\"missed\":{", frame->seconds, n);
    print_missed(out, frame);
    fputs("}}\n", out);
}
