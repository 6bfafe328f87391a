// SPDX-License-Identifier: Apache-2.0
// Counts by name, and which of them grew most. Knows nothing of BPF.
#ifndef TALLY_H
#define TALLY_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "probes/examples/examples.h"

struct tally_row {
    struct comm comm;
    uint64_t total, before; // now, and when it was printed last
};

// All zero: empty.
struct tally {
    struct tally_row *rows; // sorted by name
    size_t n, max;
};

// The count of a name, which never becomes less. 0 or -ENOMEM.
int tally_set(struct tally *tally, const struct comm *comm, uint64_t total);

// Prints what grew since the last time, most first, at equal growth by name; `top` lines at most. 0 or
// -ENOMEM.
int tally_print(struct tally *tally, FILE *out, size_t top);

void tally_free(struct tally *tally);

#endif
