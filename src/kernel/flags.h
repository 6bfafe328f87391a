// SPDX-License-Identifier: Apache-2.0
// Operations and flags of requests, and the words that titles have for them.
#ifndef FLAGS_H
#define FLAGS_H

#include <stddef.h>
#include <stdint.h>

#define FLAG_ROWS 14
#define OP_COUNT 64
#define OP_TITLE_SIZE 24
#define FLAGS_TITLE_SIZE 256

// The running kernel's numbers for the operations and flags that titles show.
struct flag_names {
    char op[OP_COUNT][OP_TITLE_SIZE]; // "" where the kernel has none
    int bit[FLAG_ROWS];               // of the row with that index in flags.c; -1 where the kernel has none
};

// What biolatency.py assumes: for kernels without BTF.
void flags_default(struct flag_names *names);

// Start from nothing, then add the kernel's enumerators ("REQ_OP_ZONE_APPEND", "__REQ_SYNC"; others are
// ignored).
void flags_clear(struct flag_names *names);
void flags_add(struct flag_names *names, const char *enumerator, uint64_t value);

// The bits of cmd_flags that make a difference to a title.
uint32_t flags_mask(const struct flag_names *names);

// "Sync-Write". size: FLAGS_TITLE_SIZE suffices.
void flags_title(const struct flag_names *names, uint32_t flags, char *title, size_t size);

#endif
