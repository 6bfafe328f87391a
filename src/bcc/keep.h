// SPDX-License-Identifier: Apache-2.0
// Finds and keeps programs: key, file and directory together.
#ifndef KEEP_H
#define KEEP_H

#include <time.h>

#include "bcc.h"
#include "kept.h"

// What one struct bcc knows of its cache. All zero: it has none.
struct keeper {
    const char *directory; // NULL: nothing is kept
    char *key;             // of the source that was asked for last; NULL: it cannot be kept
    size_t key_size;
    time_t written;    // when the file was, of what was found
    char why_not[256]; // nothing could be found or kept; may be empty
};

// Is there nothing to find, whatever the source?
bool keeper_is_empty(struct keeper *keeper);

// The kept program of a source, at work; NULL: there is none that counts.
struct kept *keeper_find(struct keeper *keeper, const struct bcc_file *headers, size_t n_headers,
                         const struct bcc_source *source);

// Keeps what describe() gave for the source that was asked for last.
void keeper_keep(struct keeper *keeper, int described_fd);

// The same in a process of its own, and returns after patience_ms at most, whatever the disk does.
void keeper_keep_aside(struct keeper *keeper, int described_fd, int patience_ms);

// Why nothing was kept.
void keeper_complain(struct keeper *keeper, const char *what, int error);

void keeper_free(struct keeper *keeper);

#endif
