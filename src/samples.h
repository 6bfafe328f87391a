// SPDX-License-Identifier: Apache-2.0
// Samples on their way from the tracer to the output: each as it comes (--slower), or the slowest of each
// interval (--slowest).
#ifndef SAMPLES_H
#define SAMPLES_H

#include "kernel/kernel.h"
#include "options.h"
#include "output/output.h"
#include "trace/tracer.h"

struct samples;

// For what the options ask, which must be one of the two. All arguments must live until samples_close, and
// the renderer must have a place for samples. They are printed to `file`. 0 or -ENOMEM.
int samples_open(struct samples **samples, struct tracer *tracer, const struct options *options,
                 const struct renderer *renderer, const struct kernel *kernel, FILE *file);

// --slower: prints what comes before the first sample.
void samples_begin_stream(struct samples *samples);

// Takes what has come: prints it, or keeps the slowest and has the kernel side send only what is as slow as
// those. 0 or -errno.
int samples_take(struct samples *samples);

// --slowest: ends the interval. Takes all that has come; what ended before this call belongs to the interval,
// the rest to the next. 0 or -errno.
int samples_end_interval(struct samples *samples);

// --slowest: prints the slowest of the interval that has ended, and begins the next.
void samples_print_interval(struct samples *samples);

// --slower: takes and prints what there is still. Detach first. 0 or -errno.
int samples_finish(struct samples *samples);

// How many the kernel side has sent.
uint64_t samples_taken(const struct samples *samples);

// Takes NULL.
void samples_close(struct samples *samples);

#endif
