// SPDX-License-Identifier: Apache-2.0
// The clock of the kernel side.
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>
#include <time.h>

#define CLOCK_SECOND_NS 1000000000U

// CLOCK_MONOTONIC in ns, which is what bpf_ktime_get_ns() returns.
static inline uint64_t clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * CLOCK_SECOND_NS + (uint64_t)now.tv_nsec;
}

// The same in seconds.
static inline double clock_s(void)
{
    return (double)clock_ns() / CLOCK_SECOND_NS;
}

#endif
