// SPDX-License-Identifier: Apache-2.0
// See output.h.
#include "output/output.h"

#include <string.h>
#include <time.h>

const struct renderer renderers[] = {
    {.name = "text",
     .greets = true,
     .tells_all = false,
     .print = render_text,
     .sample = {render_sample_measure, render_sample_header, render_sample_text, NULL}},
    {.name = "dict", .greets = false, .tells_all = false, .print = render_dict},
    {.name = "json",
     .greets = false,
     .tells_all = true,
     .print = render_json,
     .sample = {NULL, NULL, render_sample_json, render_sample_end_json}},
    {.name = NULL},
};

const struct renderer *renderer_find(const char *name)
{
    for (const struct renderer *renderer = renderers; renderer->name; renderer++)
        if (strcmp(renderer->name, name) == 0)
            return renderer;
    return NULL;
}

void render_block_start(FILE *out, const struct frame *frame, const struct render_options *options)
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
