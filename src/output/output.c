// SPDX-License-Identifier: Apache-2.0
// See output.h.
#include "output/output.h"

#include <string.h>
#include <time.h>

const struct output outputs[] = {
    {.name = "text", .open = text_open, .interval = text_interval, .sample = text_sample},
    {.name = "dict", .interval = dict_interval},
    {.name = "json",
     .needs = OUTPUT_NEEDS_SUMS,
     .interval = json_interval,
     .sample = json_sample,
     .end = json_end},
    {.name = NULL},
};

const struct output *output_find(const char *name)
{
    for (const struct output *output = outputs; output->name; output++)
        if (strcmp(output->name, name) == 0)
            return output;
    return NULL;
}

void print_interval_start(FILE *out, const struct frame *frame, const struct output_options *options)
{
    char clock[16] = "";
    struct tm local;
    fputc('\n', out);
    if (!options->timestamp)
        return;
    if (localtime_r(&frame->when.tv_sec, &local))
        strftime(clock, sizeof(clock), "%H:%M:%S", &local);
    fprintf(out, "%-8s\n", clock);
}
