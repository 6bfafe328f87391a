// SPDX-License-Identifier: Apache-2.0
// What the unit tests share: cmocka, random numbers that are the same in every run, captured output.
#ifndef TESTING_H
#define TESTING_H

// cmocka.h needs these before it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

// splitmix64
static inline uint64_t random_next(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15ULL;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
    return z ^ z >> 31;
}

static inline uint64_t random_below(uint64_t *state, uint64_t limit)
{
    return random_next(state) % limit;
}

// What is written between capture_begin and capture_end comes back as a string: free() it.
struct capture {
    FILE *out;
    char *text;
    size_t size;
};

static inline FILE *capture_begin(struct capture *capture)
{
    *capture = (struct capture){0};
    capture->out = open_memstream(&capture->text, &capture->size);
    assert_non_null(capture->out);
    return capture->out;
}

static inline char *capture_end(struct capture *capture)
{
    assert_int_equal(fclose(capture->out), 0);
    return capture->text;
}

#endif
