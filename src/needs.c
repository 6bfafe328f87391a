// SPDX-License-Identifier: Apache-2.0
// See needs.h.
#include "needs.h"

#include <stddef.h>

struct needs needs_of(const struct options *options, const struct output *output,
                      const struct disk_filter *filter)
{
    return (struct needs){
        .by = options->by,
        .filter = filter->n ? filter : NULL,
        .from_queue = options->queued,
        .milliseconds = options->milliseconds,
        .sums = options->extension || output->needs & OUTPUT_NEEDS_SUMS,
        .samples = options_show_samples(options),
        .no_histograms = options->slower.given,
        .threshold_ns = options->slower.ns,
        .attach = options->attach,
        .max_requests = options->max_requests,
        .buffer_pages = options->buffer_pages,
    };
}
