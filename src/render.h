// SPDX-License-Identifier: Apache-2.0
// Output formats. A renderer is a function of a frame: it knows nothing of BPF, and no other format.
#ifndef RENDER_H
#define RENDER_H

#include <stdbool.h>
#include <stdio.h>

#include "frame.h"
#include "io.h"

struct render_options {
    bool timestamp;   // -T
    bool extension;   // -e
    bool percentiles; // -P
};

// Single I/Os. A format that has no place for them has no `print`.
struct io_renderer {
    void (*begin)(FILE *out, bool milliseconds); // before the first; may be NULL
    void (*print)(FILE *out, const struct io *io, bool milliseconds);
    void (*end)(FILE *out, const struct frame *frame, uint64_t n); // after n without histograms; may be NULL
};

struct renderer {
    const char *name;
    bool greets;    // prints "Tracing block device I/O..." first
    bool tells_all; // sums also without -e, requests begun before tracing also without -v
    void (*print)(FILE *out, const struct frame *frame, const struct render_options *options);
    struct io_renderer io;
};

// All formats, ended by a row without a name. To add one: a row in render.c.
extern const struct renderer renderers[];

// NULL if there is none of that name.
const struct renderer *renderer_find(const char *name);

void render_text(FILE *out, const struct frame *frame, const struct render_options *options);
void render_dict(FILE *out, const struct frame *frame, const struct render_options *options);
void render_json(FILE *out, const struct frame *frame, const struct render_options *options);

void render_io_header(FILE *out, bool milliseconds);
void render_io_text(FILE *out, const struct io *io, bool milliseconds);
void render_io_json(FILE *out, const struct io *io, bool milliseconds);
void render_io_end_json(FILE *out, const struct frame *frame, uint64_t n);

// Used by text and dict: an empty line, and with -T the time of day in another.
void render_block_start(FILE *out, const struct frame *frame, const struct render_options *options);

#endif
