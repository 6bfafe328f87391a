// SPDX-License-Identifier: Apache-2.0
// What histograms can be kept apart by: --by, -D and -F.
#ifndef DIMENSION_H
#define DIMENSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/flags.h"
#include "probes/abi.h"

// In the order in which titles and keys have them, which is that of the rows.
enum dimension {
    DIMENSION_DISK,
    DIMENSION_FLAGS,
    DIMENSION_OP,
    DIMENSIONS,
};

#define BY(dimension) (1U << (dimension)) // a set of dimensions is such bits

#define DIMENSION_TITLE_SIZE FLAGS_TITLE_SIZE

// How values find their names.
struct dimension_names {
    void (*disk)(void *context, uint32_t dev, char *name, size_t size);
    void *context;
    const struct flag_names *flags;
};

// One row a dimension. To add one: a row in dimension.c, one in enum dimension, and in the probe text what
// BY_WORD puts into struct dist_key.
extern const struct dimension_row {
    const char *word; // of --by; the key in titles, dictionaries and JSON; in capitals, of the define
    unsigned groups;  // to expect, where histograms are kept apart by this alone; 0: as many as disks
    bool has_dev;     // its values are in dist_key.dev, and the kernel side keeps their names
    void (*name)(const struct dimension_names *names, const struct dist_key *key, char *title, size_t size);
} dimensions[DIMENSIONS];

// "disk,op" as a set of dimensions, added to *by. False, with *by unchanged, if a word is none.
bool dimension_parse(const char *list, unsigned *by);

// Has one of them `has_dev`?
bool dimension_has_dev(unsigned by);

// How many groups to expect, for the size of maps.
uint64_t dimension_groups(unsigned by, unsigned disks);

#endif
