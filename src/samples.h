// SPDX-License-Identifier: Apache-2.0
// Samples on their way from the tracer to the output: each as it comes (--slower), or the slowest of each
// interval (--slowest).
#ifndef IOS_H
#define IOS_H

#include "kernel/kernel.h"
#include "options.h"
#include "output/output.h"
#include "trace/tracer.h"

struct ios;

// For what the options ask, which must be one of the two. All arguments must live until ios_close, and the
// renderer must have a place for samples. They are printed to `file`. 0 or -ENOMEM.
int ios_open(struct ios **ios, struct tracer *tracer, const struct options *options,
             const struct renderer *renderer, const struct kernel *kernel, FILE *file);

// --slower: prints what comes before the first sample.
void ios_begin_stream(struct ios *ios);

// Takes what has come: prints it, or keeps the slowest and has the kernel side send only what is as slow as
// those. 0 or -errno.
int ios_take(struct ios *ios);

// --slowest: ends the interval. Takes all that has come; what ended before this call belongs to the interval,
// the rest to the next. 0 or -errno.
int ios_end_interval(struct ios *ios);

// --slowest: prints the slowest of the interval that has ended, and begins the next.
void ios_print_interval(struct ios *ios);

// --slower: takes and prints what there is still. Detach first. 0 or -errno.
int ios_finish(struct ios *ios);

// How many the kernel side has sent.
uint64_t ios_taken(const struct ios *ios);

// Takes NULL.
void ios_close(struct ios *ios);

#endif
