// SPDX-License-Identifier: Apache-2.0
// From options to needs: the one place that knows both.
#ifndef NEEDS_H
#define NEEDS_H

#include "model/needs.h"
#include "options.h"
#include "output/output.h"

// What the options and their format ask of the tracer. The filter, which must live as long as the needs, may
// be empty.
struct needs needs_of(const struct options *options, const struct output *output,
                      const struct disk_filter *filter);

#endif
