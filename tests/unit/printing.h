// SPDX-License-Identifier: Apache-2.0
// What an output prints comes back as a string.
#ifndef PRINTING_H
#define PRINTING_H

#include "testing.h"

#include "output/output.h"

struct printing {
    struct signals signals;
    struct printer printer;
    FILE *file;
};

static inline struct printer *printing_begin(struct printing *printing, const struct output_options *options)
{
    *printing = (struct printing){.signals.fd = -1, .printer.options = *options, .file = tmpfile()};
    assert_non_null(printing->file);
    assert_int_equal(stream_open(&printing->printer.stream, fileno(printing->file), &printing->signals), 0);
    return &printing->printer;
}

// free() it.
static inline char *printing_end(struct printing *printing)
{
    assert_int_equal(stream_flush(printing->printer.stream), 0);
    stream_close(printing->printer.stream);
    assert_int_equal(fseek(printing->file, 0, SEEK_END), 0);
    long size = ftell(printing->file);
    char *text = calloc(1, (size_t)size + 1);
    assert_non_null(text);
    rewind(printing->file);
    assert_int_equal(fread(text, 1, (size_t)size, printing->file), size);
    fclose(printing->file);
    return text;
}

#endif
