// SPDX-License-Identifier: Apache-2.0
// What one block of output says: the histograms of an interval, named and sorted. Renderers see nothing else.
#ifndef FRAME_H
#define FRAME_H

#include <stdbool.h>
#include <time.h>

#include "kernel/flags.h"
#include "model/hist.h"

#define FRAME_DISK_SIZE (DISK_NAME_SIZE + 1)

struct group {
    char disk[FRAME_DISK_SIZE];
    char flags[FLAGS_TITLE_SIZE];
    struct hist hist;
};

struct frame {
    struct timespec when; // CLOCK_REALTIME
    double seconds;       // that the interval lasted
    bool by_disk, by_flags;
    bool milliseconds; // latencies are whole milliseconds, else whole microseconds: rounded down
    struct group
        *groups; // sorted by title, no two with the same; by disk or flags only those that are not empty
    size_t n;
    struct cell *cells; // what the groups' histograms are made of
    uint64_t missed[MISSED_KINDS];
    uint64_t skipped;
    bool with_ios; // single I/Os are shown as well; set by the caller
    uint64_t lost; // such that there was no room to send
};

// How the frame finds names.
struct frame_names {
    void (*disk)(void *context, uint32_t dev, char *name, size_t size);
    void *context;
    const struct flag_names *flags;
};

// Makes a frame of what happened (a snapshot less the one before). by_disk, by_flags, milliseconds and
// with_ios of *frame are set by the caller. 0 or -ENOMEM. frame_free keeps the caller's part.
int frame_make(struct frame *frame, const struct snapshot *growth, const struct frame_names *names);

void frame_free(struct frame *frame);

// "usecs" or "msecs".
const char *frame_unit(const struct frame *frame);

#endif
