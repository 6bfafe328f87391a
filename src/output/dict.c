// SPDX-License-Identifier: Apache-2.0
// -j: a Python dictionary a histogram, byte for byte what Python prints for biolatency.py's.
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "output/output.h"

// A string as Python's repr() has it: in single quotes, or in double ones if it has single and no double
// quotes.
static void print_repr(FILE *out, const char *text)
{
    int quote = strchr(text, '\'') && !strchr(text, '"') ? '"' : '\'';
    fputc(quote, out);
    for (; *text; text++) {
        int c = (unsigned char)*text;
        const char *special = strchr("\tt\nn\rr", c);
        if (c == quote || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c < ' ' && special)
            fprintf(out, "\\%c", special[1]);
        else if (c < ' ' || c == 0x7f)
            fprintf(out, "\\x%02x", (unsigned)c);
        else
            fputc(c, out);
    }
    fputc(quote, out);
}

static void print_data(FILE *out, const struct hist *hist)
{
    struct hist_bucket buckets[HIST_LOG2_BUCKETS];
    size_t n = hist_log2(hist, buckets);
    for (size_t i = 0; i < n; i++)
        fprintf(out, "%s{'interval-start': %" PRIu64 ", 'interval-end': %" PRIu64 ", 'count': %" PRIu64 "}",
                i ? ", " : "", buckets[i].low, buckets[i].high, buckets[i].count);
}

int dict_interval(struct printer *printer, const struct frame *frame)
{
    FILE *out = stream_file(printer->stream);
    char when[32] = "";
    struct tm local;
    if (localtime_r(&frame->when.tv_sec, &local))
        strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &local);
    print_interval_start(out, frame, &printer->options);
    for (size_t i = 0; i < frame->n; i++) {
        const struct group *group = &frame->groups[i];
        fprintf(out, "{'ts': '%s', 'val_type': '%s', 'data': [", when, frame_unit(frame));
        print_data(out, &group->hist);
        fputc(']', out);
        for (unsigned dimension = 0; dimension < DIMENSIONS; dimension++)
            if (frame->by & BY(dimension)) {
                fprintf(out, ", '%s': ", dimensions[dimension].word);
                print_repr(out, group->title[dimension]);
            }
        fputs("}\n", out);
    }
    return stream_error(printer->stream);
}
