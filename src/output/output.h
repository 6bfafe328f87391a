// SPDX-License-Identifier: Apache-2.0
// Output formats. A renderer is a function of a frame: it knows nothing of BPF, and no other format.
#ifndef RENDER_H
#define RENDER_H

#include <stdbool.h>
#include <stdio.h>

#include "model/frame.h"
#include "model/sample.h"

struct render_options {
    bool timestamp;   // -T
    bool extension;   // -e
    bool percentiles; // -P
};

enum sample_column {
    COLUMN_BEGAN,
    COLUMN_DISK,
    COLUMN_OPERATION,
    COLUMN_SECTOR,
    COLUMN_BYTES,
    COLUMN_QUEUE,
    COLUMN_LATENCY,
    COLUMN_PID,
    COLUMN_COMM,
    COLUMN_CGROUP,
    COLUMNS
};

// Samples that are printed one below the other. All but `milliseconds` begins with 0.
struct sample_table {
    bool milliseconds;       // -m
    unsigned width[COLUMNS]; // of the columns: it only grows
};

// Samples. A format that has no place for them has no `print`; the others may be NULL.
struct sample_renderer {
    void (*measure)(struct sample_table *table,
                    const struct sample *sample);         // what is going to be printed, before `begin`
    void (*begin)(FILE *out, struct sample_table *table); // before the first
    void (*print)(FILE *out, struct sample_table *table, const struct sample *sample);
    void (*end)(FILE *out, const struct frame *frame, uint64_t n); // after n without histograms
};

struct renderer {
    const char *name;
    bool greets;    // prints "Tracing block device I/O..." first
    bool tells_all; // sums also without -e, requests in flight when tracing began also without -v
    void (*print)(FILE *out, const struct frame *frame, const struct render_options *options);
    struct sample_renderer sample;
};

// All formats, ended by a row without a name. To add one: a row in output.c.
extern const struct renderer renderers[];

// NULL if there is none of that name.
const struct renderer *renderer_find(const char *name);

void render_text(FILE *out, const struct frame *frame, const struct render_options *options);
void render_dict(FILE *out, const struct frame *frame, const struct render_options *options);
void render_json(FILE *out, const struct frame *frame, const struct render_options *options);

void render_sample_measure(struct sample_table *table, const struct sample *sample);
void render_sample_header(FILE *out, struct sample_table *table);
void render_sample_text(FILE *out, struct sample_table *table, const struct sample *sample);
void render_sample_json(FILE *out, struct sample_table *table, const struct sample *sample);
void render_sample_end_json(FILE *out, const struct frame *frame, uint64_t n);

// Used by text and dict: an empty line, and with -T the time of day in another.
void render_block_start(FILE *out, const struct frame *frame, const struct render_options *options);

#endif
