// SPDX-License-Identifier: Apache-2.0
// Output formats. An output prints frames and samples. It knows nothing of BPF, and no other output.
#ifndef OUTPUT_H
#define OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

#include "model/frame.h"
#include "model/sample.h"
#include "util/stream.h"

struct output_options {
    bool timestamp;    // -T
    bool extension;    // -e
    bool percentiles;  // -P
    bool milliseconds; // -m
};

#define SAMPLE_COLUMNS 10

// To where and how an output prints. What is not set begins as 0.
struct printer {
    struct stream *stream;
    struct output_options options;
    unsigned width[SAMPLE_COLUMNS]; // text: of the columns of samples; they only grow
};

// What an output asks of the tracer.
enum output_needs {
    OUTPUT_NEEDS_SUMS = 1 << 0, // also without -e
};

// Functions print to printer->stream and return its error so far, or another failure: 0 or -errno. The caller
// flushes. open and end may be NULL.
struct output {
    const char *name;
    unsigned needs; // bits of enum output_needs

    // Before all else. widest: with --slower a sample as wide as they usually are, else NULL.
    int (*open)(struct printer *printer, const struct sample *widest);
    int (*interval)(struct printer *printer, const struct frame *frame);
    // --slower: one sample; after the last, with the frame of the whole run, which has no histograms.
    int (*sample)(struct printer *printer, const struct sample *sample); // NULL: samples have no place here
    int (*end)(struct printer *printer, const struct frame *frame);
};

// All formats, ended by a row without a name. To add one: a row in output.c.
extern const struct output outputs[];

// NULL if there is none of that name.
const struct output *output_find(const char *name);

int text_open(struct printer *printer, const struct sample *widest);
int text_interval(struct printer *printer, const struct frame *frame);
int text_sample(struct printer *printer, const struct sample *sample);
int dict_interval(struct printer *printer, const struct frame *frame);
int json_interval(struct printer *printer, const struct frame *frame);
int json_sample(struct printer *printer, const struct sample *sample);
int json_end(struct printer *printer, const struct frame *frame);

// Text: begins a table whose columns are wide enough for these n samples, and prints its titles.
void text_begin_samples(struct printer *printer, const struct sample *samples, size_t n);

// Text and dict: an empty line, and with -T the time of day in another.
void print_interval_start(FILE *out, const struct frame *frame, const struct output_options *options);

#endif
