// SPDX-License-Identifier: Apache-2.0
// What one block of output says: the histograms of an interval, named and sorted. Renderers see nothing else.
#ifndef FRAME_H
#define FRAME_H

#include <stdbool.h>
#include <time.h>

#include "model/dimension.h"
#include "model/hist.h"

struct group {
    char title[DIMENSIONS][DIMENSION_TITLE_SIZE]; // of those that histograms are kept apart by, else ""
    struct hist hist;
};

struct frame {
    struct timespec when; // CLOCK_REALTIME
    double seconds;       // that the interval lasted
    unsigned by;          // what histograms are kept apart by: bits BY(...); 0: there is one
    bool milliseconds;    // latencies are whole milliseconds, else whole microseconds: rounded down
    struct group *groups; // sorted by title, no two with the same; unless there is one for all, only those
                          // that are not empty
    size_t n;
    struct cell *cells; // what the groups' histograms are made of
    uint64_t dropped[DROPS];
    uint64_t skipped;
    bool with_samples; // single I/Os are shown as well; set by the caller
    uint64_t lost;     // such that there was no room to send
};

// Makes a frame of what happened (a snapshot less the one before). by, milliseconds and with_samples of
// *frame are set by the caller. 0 or -ENOMEM. frame_free keeps the caller's part.
int frame_make(struct frame *frame, const struct snapshot *growth, const struct dimension_names *names);

void frame_free(struct frame *frame);

// "usecs" or "msecs".
const char *frame_unit(const struct frame *frame);

#endif
