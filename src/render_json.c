// SPDX-License-Identifier: Apache-2.0
// --format json: one JSON object (RFC 8259) a line for each histogram, with all that is known of it.
//
// "buckets" are the slots that are not empty, [lowest value, highest value, count]: 32 for each power of two,
// so they add up to those of the text. Percentiles are the upper bounds that hist_percentile gives, null
// without I/O. "missed" is what the whole interval could not count, the same in each of its objects.
#include <inttypes.h>
#include <time.h>

#include "render.h"

// The length in bytes of the UTF-8 sequence that begins here, 0 if it is not valid (RFC 3629).
static int utf8_length(const unsigned char *text)
{
    int n = text[0] < 0x80                       ? 1
            : text[0] >= 0xc2 && text[0] <= 0xdf ? 2
            : (text[0] & 0xf0) == 0xe0           ? 3
            : text[0] >= 0xf0 && text[0] <= 0xf4 ? 4
                                                 : 0;
    for (int i = 1; i < n; i++)
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    if (n == 3 && ((text[0] == 0xe0 && text[1] < 0xa0) || (text[0] == 0xed && text[1] > 0x9f)))
        return 0;
    if (n == 4 && ((text[0] == 0xf0 && text[1] < 0x90) || (text[0] == 0xf4 && text[1] > 0x8f)))
        return 0;
    return n;
}

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

// RFC 3339, local time with its zone: 2026-11-23T08:15:42.123+01:00
static void print_time(FILE *out, const struct timespec *when)
{
    char date[32] = "", zone[8] = "+0000";
    struct tm local;
    if (localtime_r(&when->tv_sec, &local)) {
        strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &local);
        strftime(zone, sizeof(zone), "%z", &local);
    }
    fprintf(out, "\"%s.%03ld%.3s:%.2s\"", date, when->tv_nsec / 1000000, zone, zone + 3);
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
}

void render_json(FILE *out, const struct frame *frame, const struct render_options *options)
{
    (void)options;
    for (size_t i = 0; i < frame->n; i++) {
        const struct group *group = &frame->groups[i];
        fputs("{\"time\":", out);
        print_time(out, &frame->when);
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
