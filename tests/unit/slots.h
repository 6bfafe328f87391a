// SPDX-License-Identifier: Apache-2.0
// The slot of a value, as probes/abi.h describes it: the program itself only asks for the values of a slot.
#ifndef SLOTS_H
#define SLOTS_H

#include <stdint.h>

#include "probes/abi.h"

static inline unsigned slot_of(uint64_t value)
{
    unsigned e = 0;
    if (value < HIST_SUB)
        return (unsigned)value;
    while (value >> e > 1)
        e++;
    return (e - 4) * 32 + (unsigned)(value >> (e - 5) & 31);
}

#endif
