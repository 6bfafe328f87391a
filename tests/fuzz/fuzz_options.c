// SPDX-License-Identifier: Apache-2.0
// options_parse on any words. The first byte is the room for the reason, the rest words that a line end or a
// 0 parts.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"

#define WORDS 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int split(char *text, size_t size, char *argv[WORDS + 2])
{
    int argc = 0;
    argv[argc++] = "biolatency";
    for (char *at = text, *end = text + size; at < end && argc <= WORDS; at += strlen(at) + 1) {
        at[strcspn(at, "\n")] = 0;
        argv[argc++] = at;
    }
    argv[argc] = NULL;
    return argc;
}

// A refusal is one line with a reason that ends in its room; what is taken is in its range.
static void check(int error, const struct options *options, const char *why, size_t room)
{
    if (error && (error != -EINVAL || !memchr(why, 0, room) || (room > 1 && !why[0])))
        abort();
    if (error || options->help || options->version || options->check_kernel)
        return;
    if (!options->format || options->interval_s < 1 || options->count < 1 ||
        options->attach > ATTACH_RAW_TRACEPOINT)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct options options;
    char *argv[WORDS + 2];
    if (size == 0)
        return 0;
    size_t room = (size_t)data[0] + 1;
    char *text = malloc(size), *why = malloc(room); // each just as large as it is said to be
    if (!text || !why)
        abort();
    memcpy(text, data + 1, size - 1);
    text[size - 1] = 0;
    memset(why, 'x', room);
    int argc = split(text, size - 1, argv);
    check(options_parse(&options, argc, argv, why, room), &options, why, room);
    free(why);
    free(text);
    return 0;
}
