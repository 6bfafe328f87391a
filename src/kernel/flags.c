// SPDX-License-Identifier: Apache-2.0
// See flags.h. The words of biolatency.py are kept; what it does not know is named after the kernel's
// enumerator.
#include "kernel/flags.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define OP_MASK 0xffU
#define PREFLUSH_ROW 4 // not shown for a flush, as every flush has it

// Flags in the order in which a title has them, outermost first. To show one more, add a row (and to
// FLAG_ROWS). `bit` is what probes/biolatency.bpf.c gives where no BTF has the kernel's own.
//
// The second nine are biolatency.py's. It does not show flags that change nothing for the device, nor does
// this table: FAILFAST_* (set on all read-ahead), INTEGRITY, CGROUP_PUNT, ALLOC_CACHE,
// DRV, FS_PRIVATE, P2PDMA.
static const struct {
    const char *kernel;
    const char *title;
    int bit;
} rows[FLAG_ROWS] = {
    {"NOUNMAP", "NoUnmap", 28},       {"ATOMIC", "Atomic", 27},     {"SWAP", "Swap", 24},
    {"POLLED", "Polled", 22},         {"PREFLUSH", "Preflush", 18}, {"NOWAIT", "NoWait", 21},
    {"BACKGROUND", "Background", 20}, {"RAHEAD", "ReadAhead", 19},  {"IDLE", "Idle", 15},
    {"NOMERGE", "NoMerge", 14},       {"PRIO", "Priority", 13},     {"FUA", "ForcedUnitAccess", 17},
    {"META", "Metadata", 12},         {"SYNC", "Sync", 11},
};

static const struct {
    uint8_t op;
    const char *title;
} default_ops[] = {
    {0, "Read"},        {1, "Write"},     {2, "Flush"},     {3, "Discard"},
    {5, "SecureErase"}, {6, "ZoneReset"}, {7, "WriteSame"}, {9, "WriteZeros"},
};

void flags_clear(struct flag_names *names)
{
    memset(names, 0, sizeof(*names));
    for (size_t i = 0; i < FLAG_ROWS; i++)
        names->bit[i] = -1;
}

void flags_default(struct flag_names *names)
{
    flags_clear(names);
    for (size_t i = 0; i < sizeof(default_ops) / sizeof(default_ops[0]); i++)
        snprintf(names->op[default_ops[i].op], OP_TITLE_SIZE, "%s", default_ops[i].title);
    for (size_t i = 0; i < FLAG_ROWS; i++)
        names->bit[i] = rows[i].bit;
}

// ZONE_APPEND -> ZoneAppend.
static void camel_case(char *to, size_t size, const char *from)
{
    size_t n = 0;
    for (int upper = 1; *from && n + 1 < size; from++) {
        if (*from == '_') {
            upper = 1;
            continue;
        }
        to[n++] = (char)(upper ? toupper((unsigned char)*from) : tolower((unsigned char)*from));
        upper = 0;
    }
    to[n] = 0;
}

static void add_op(struct flag_names *names, const char *name, uint64_t value)
{
    if (value >= OP_COUNT || strcmp(name, "LAST") == 0)
        return;
    if (strcmp(name, "WRITE_ZEROES") == 0) // the one name that biolatency.py spells its own way
        name = "WRITE_ZEROS";
    camel_case(names->op[value], OP_TITLE_SIZE, name);
}

void flags_add(struct flag_names *names, const char *enumerator, uint64_t value)
{
    if (strncmp(enumerator, "REQ_OP_", 7) == 0)
        add_op(names, enumerator + 7, value);
    if (strncmp(enumerator, "__REQ_", 6) != 0 || value >= 32)
        return;
    const char *name = enumerator + 6;
    if (strcmp(name, "HIPRI") == 0) // POLLED until 5.15
        name = "POLLED";
    for (size_t i = 0; i < FLAG_ROWS; i++)
        if (strcmp(rows[i].kernel, name) == 0)
            names->bit[i] = (int)value;
}

uint32_t flags_mask(const struct flag_names *names)
{
    uint32_t mask = OP_MASK;
    for (size_t i = 0; i < FLAG_ROWS; i++)
        if (names->bit[i] >= 0)
            mask |= 1U << names->bit[i];
    return mask;
}

void flags_title(const struct flag_names *names, uint32_t flags, char *title, size_t size)
{
    size_t n = 0;
    uint32_t op = flags & OP_MASK;
    title[0] = 0;
    bool is_flush = op < OP_COUNT && strcmp(names->op[op], "Flush") == 0;
    for (size_t i = 0; i < FLAG_ROWS && n < size; i++)
        if (names->bit[i] >= 0 && flags >> names->bit[i] & 1 && !(is_flush && i == PREFLUSH_ROW))
            n += (size_t)snprintf(title + n, size - n, "%s-", rows[i].title);
    if (n < size)
        snprintf(title + n, size - n, "%s", op < OP_COUNT && names->op[op][0] ? names->op[op] : "Unknown");
}
