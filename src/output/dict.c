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
    uint64_t counts[HIST_LOG2_SLOTS];
    int last = 0;
    hist_fold(hist, counts);
    for (int i = 1; i < HIST_LOG2_SLOTS; i++)
        if (counts[i])
            last = i;
    for (int i = 1; i <= last; i++) {
        uint64_t low = i == 1 ? 0 : (uint64_t)1 << (i - 1), high = UINT64_MAX >> (64 - i);
        fprintf(out, "%s{'interval-start': %" PRIu64 ", 'interval-end': %" PRIu64 ", 'count': %" PRIu64 "}",
                i > 1 ? ", " : "", low, high, counts[i]);
    }
}

void render_dict(FILE *out, const struct frame *frame, const struct render_options *options)
{
    char when[32] = "";
    struct tm local;
    if (localtime_r(&frame->when.tv_sec, &local))
        strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &local);
    render_block_start(out, frame, options);
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
}
