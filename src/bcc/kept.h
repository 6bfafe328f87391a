// SPDX-License-Identifier: Apache-2.0
// A kept program at work: what child.c does with libbcc, done with bpf(2) and perf_event_open(2).
#ifndef KEPT_H
#define KEPT_H

#include <stddef.h>

#include "bcc.h"

struct kept;

// Makes the maps and loads what was loaded when it was kept. bytes: the file, which is the kept program's
// from then on; it stays the caller's after an error. 0 or -errno.
int kept_open(struct kept **kept, void *bytes, size_t size);

// As bcc_map_open, bcc_load, bcc_attach and bcc_set_program.
int kept_map_open(const struct kept *kept, const char *name, struct bcc_map *map);
int kept_load(struct kept *kept, enum bcc_kind kind, const char *function);
int kept_attach(const struct kept *kept, enum bcc_kind kind, const char *function, const char *target);
int kept_set_program(const struct kept *kept, const char *map, const char *function);

// Takes NULL.
void kept_close(struct kept *kept);

#endif
