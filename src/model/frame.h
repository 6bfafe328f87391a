// SPDX-License-Identifier: Apache-2.0
// What the output shows of an interval: its histograms, named and sorted, and its slowest I/Os.
#ifndef FRAME_H
#define FRAME_H

#include <stdbool.h>
#include <time.h>

#include "model/dimension.h"
#include "model/hist.h"
#include "model/sample.h"
#include "model/snapshot.h"

struct group {
    char title[DIMENSIONS][DIMENSION_TITLE_SIZE]; // of those that histograms are kept apart by, else ""
    struct hist hist;
};

struct frame {
    // What the caller sets, and frees.
    struct timespec when;         // the end of the interval, CLOCK_REALTIME
    double seconds;               // that it lasted
    unsigned by;                  // what histograms are kept apart by: bits BY(...); 0: there is one
    bool milliseconds;            // latencies are whole milliseconds, else whole microseconds: rounded down
    bool with_samples;            // --slowest or --slower
    const struct sample *samples; // --slowest: slowest first
    uint64_t n_samples;           // of them; with --slower, how many were printed

    // What frame_make sets.
    struct group *groups; // sorted by title, all different, none empty; one for all may be empty
    size_t n;
    uint64_t dropped[DROPS], skipped, lost; // as in struct snapshot
};

// Makes a frame of the growth of a snapshot. 0 or -ENOMEM.
int frame_make(struct frame *frame, const struct snapshot *growth, const struct dimension_names *names);

// Frees what frame_make made, and keeps the caller's part.
void frame_free(struct frame *frame);

// "usecs" or "msecs".
const char *frame_unit(const struct frame *frame);

#endif
