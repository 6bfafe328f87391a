// SPDX-License-Identifier: Apache-2.0
// Prints frames and flags titles that oracle.py makes up, with the program's own renderers. One command a
// line of stdin:
//   frame FORMAT UNIT SECONDS DISKS FLAGS -T -e -P MISSED... SKIPPED GROUPS, then for each group
//         DISK FLAGS SUM SLOTS and for each slot SLOT COUNT     (names in hexadecimal with an x before them)
//   title FLAGS
// The answer to each ends with a line that is "\x1e".
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "output/output.h"

#define WHEN_S 1795000000
#define WHEN_NS 123456789

__attribute__((noreturn)) static void give_up(const char *what)
{
    fprintf(stderr, "render_driver: %s\n", what);
    exit(2);
}

static const char *next_word(char **rest)
{
    const char *word = strtok_r(NULL, " \n", rest);
    if (!word)
        give_up("a line is too short");
    return word;
}

static uint64_t next_number(char **rest)
{
    const char *word = next_word(rest);
    char *end;
    uint64_t number = strtoull(word, &end, 10);
    if (*end)
        give_up("not a number");
    return number;
}

static void *zeroed(size_t n, size_t size)
{
    void *memory = calloc(n + 1, size);
    if (!memory)
        give_up("no memory");
    return memory;
}

static void next_name(char **rest, char *name, size_t size)
{
    const char *hex = next_word(rest) + 1;
    size_t n = strlen(hex) / 2;
    if (n >= size)
        give_up("a name is too long");
    for (size_t i = 0; i < n; i++)
        name[i] = (char)strtoul((char[]){hex[2 * i], hex[2 * i + 1], 0}, NULL, 16);
    name[n] = 0;
}

static void read_group(char **rest, struct group *group)
{
    next_name(rest, group->title[DIMENSION_DISK], sizeof(group->title[DIMENSION_DISK]));
    next_name(rest, group->title[DIMENSION_FLAGS], sizeof(group->title[DIMENSION_FLAGS]));
    group->hist.sum = next_number(rest);
    for (uint64_t n = next_number(rest); n > 0; n--) {
        unsigned slot = (unsigned)next_number(rest);
        if (hist_add(&group->hist, slot, next_number(rest)) < 0)
            give_up("no memory");
    }
}

static void print_frame(char **rest)
{
    const struct renderer *renderer = renderer_find(next_word(rest));
    struct frame frame = {.when = {WHEN_S, WHEN_NS}, .milliseconds = strcmp(next_word(rest), "msecs") == 0};
    struct render_options options;
    if (!renderer)
        give_up("no such format");
    frame.seconds = strtod(next_word(rest), NULL);
    frame.by = next_number(rest) ? BY(DIMENSION_DISK) : 0;
    frame.by |= next_number(rest) ? BY(DIMENSION_FLAGS) : 0;
    options.timestamp = next_number(rest);
    options.extension = next_number(rest);
    options.percentiles = next_number(rest);
    for (int i = 0; i < DROPS; i++)
        frame.dropped[i] = next_number(rest);
    frame.skipped = next_number(rest);
    frame.n = next_number(rest);
    frame.groups = zeroed(frame.n, sizeof(*frame.groups));
    for (size_t i = 0; i < frame.n; i++)
        read_group(rest, &frame.groups[i]);
    renderer->print(stdout, &frame, &options);
    frame_free(&frame);
}

static void print_title(char **rest)
{
    struct flag_names names;
    char title[FLAGS_TITLE_SIZE];
    flags_default(&names);
    flags_title(&names, (uint32_t)next_number(rest), title, sizeof(title));
    puts(title);
}

int main(void)
{
    char *line = NULL, *rest;
    size_t room = 0;
    while (getline(&line, &room, stdin) > 0) {
        const char *verb = strtok_r(line, " \n", &rest);
        if (verb && strcmp(verb, "frame") == 0)
            print_frame(&rest);
        else if (verb && strcmp(verb, "title") == 0)
            print_title(&rest);
        else
            give_up("no such command");
        puts("\x1e");
    }
    free(line);
    return fflush(stdout) ? 1 : 0;
}
