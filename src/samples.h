// SPDX-License-Identifier: Apache-2.0
// Samples on their way from the tracer to the output: each as it comes (--slower), or the slowest of each
// interval (--slowest).
#ifndef SAMPLES_H
#define SAMPLES_H

#include "kernel/kernel.h"
#include "model/frame.h"
#include "trace/tracer.h"

struct samples;

// slowest: the N of --slowest; 0: each sample goes to `print` as it comes. tracer and kernel must live until
// samples_close. 0 or -errno.
int samples_open(struct samples **samples, struct tracer *tracer, const struct kernel *kernel,
                 unsigned slowest, void (*print)(void *context, const struct sample *sample), void *context);

// Takes what has come. With --slowest the kernel side then sends only what is as slow as the slowest so far.
// 0 or -errno.
int samples_read(struct samples *samples);

// Ends the interval, takes all that has come, and sets frame->samples, which live until the next call, and
// frame->n_samples. What completed before this call belongs to the interval, the rest to the next. With
// --slower, detach first. 0 or -errno.
int samples_end_interval(struct samples *samples, struct frame *frame);

// How many the kernel side has sent.
uint64_t samples_taken(const struct samples *samples);

// As wide as samples usually are on this machine, for a table that begins before it is known what will come.
struct sample samples_widest(void);

// Takes NULL.
void samples_close(struct samples *samples);

#endif
