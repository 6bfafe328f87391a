// SPDX-License-Identifier: Apache-2.0
// See needs.h.
#include "needs.h"

#include <stddef.h>

struct needs needs_of(const struct options *options, const struct renderer *renderer,
                      const struct disk_filter *filter)
{
    return (struct needs){
        .by = options->by,
        .filter = filter->n ? filter : NULL,
        .from_queue = options->queued,
        .milliseconds = options->milliseconds,
        .sums = options->extension || renderer->tells_all,
        .unmatched = options->verbose || renderer->tells_all,
        .samples = options_show_samples(options),
        .fixed_threshold = options->slower.given,
        .threshold_ns = options->slower.ns,
        .attach = options->attach,
        .max_requests = options->max_requests,
        .buffer_pages = options->buffer_pages,
    };
}
