// SPDX-License-Identifier: Apache-2.0
// See dimension.h.
#include "model/dimension.h"

#include <stdio.h>
#include <string.h>

#define DISKS_TO_COME 32
#define OP_MASK 0xffU

static void name_disk(const struct dimension_names *names, const struct dist_key *key, char *title,
                      size_t size)
{
    names->disk(names->context, key->dev, title, size);
}

static void name_flags(const struct dimension_names *names, const struct dist_key *key, char *title,
                       size_t size)
{
    flags_title(names->flags, key->flags, title, size);
}

// The kernel has some twenty operations, and moves their numbers; these are what people ask for.
static void name_op(const struct dimension_names *names, const struct dist_key *key, char *title, size_t size)
{
    static const struct {
        const char *kernel, *word;
    } words[] = {{"Read", "read"}, {"Write", "write"}, {"Flush", "flush"}, {"Discard", "discard"}};
    uint32_t op = key->flags & OP_MASK;
    const char *word = "other";
    for (size_t i = 0; op < OP_COUNT && i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(names->flags->op[op], words[i].kernel) == 0)
            word = words[i].word;
    snprintf(title, size, "%s", word);
}

const struct dimension_row dimensions[DIMENSIONS] = {
    {"disk", 0, true, name_disk},
    {"flags", 48, false, name_flags},
    {"op", 8, false, name_op},
};

static unsigned find(const char *word, size_t length)
{
    for (unsigned i = 0; i < DIMENSIONS; i++)
        if (strlen(dimensions[i].word) == length && memcmp(dimensions[i].word, word, length) == 0)
            return BY(i);
    return 0;
}

bool dimension_parse(const char *list, unsigned *by)
{
    unsigned all = *by;
    for (;; list++) {
        size_t length = strcspn(list, ",");
        unsigned one = find(list, length);
        if (!one)
            return false;
        all |= one;
        list += length;
        if (!*list)
            break;
    }
    *by = all;
    return true;
}

bool dimension_has_dev(unsigned by)
{
    for (unsigned i = 0; i < DIMENSIONS; i++)
        if (by & BY(i) && dimensions[i].has_dev)
            return true;
    return false;
}

// The first is expected in full. Most of its values go with few of the next one's.
uint64_t dimension_groups(unsigned by, unsigned disks)
{
    uint64_t groups = 1;
    bool first = true;
    for (unsigned i = 0; i < DIMENSIONS; i++) {
        uint64_t alone = dimensions[i].groups ? dimensions[i].groups : (uint64_t)disks + DISKS_TO_COME;
        if (!(by & BY(i)))
            continue;
        groups *= first ? alone : 2;
        first = false;
    }
    return groups;
}
