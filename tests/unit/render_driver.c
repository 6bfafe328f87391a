// SPDX-License-Identifier: Apache-2.0
// Prints frames and flags titles that oracle.py makes up, with the program's own outputs. One command a
// line of stdin:
//   frame FORMAT UNIT SECONDS DISKS FLAGS -T -e -P MISSED... SKIPPED GROUPS, then for each group
//         DISK FLAGS SUM SLOTS and for each slot SLOT COUNT     (names in hexadecimal with an x before them)
//   title FLAGS
// The answer to each ends with a line that is "\x1e".
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

static void print_frame(struct printer *printer, char **rest)
{
    const struct output *output = output_find(next_word(rest));
    struct frame frame = {.when = {WHEN_S, WHEN_NS}, .milliseconds = strcmp(next_word(rest), "msecs") == 0};
    if (!output)
        give_up("no such format");
    frame.seconds = strtod(next_word(rest), NULL);
    frame.by = next_number(rest) ? BY(DIMENSION_DISK) : 0;
    frame.by |= next_number(rest) ? BY(DIMENSION_FLAGS) : 0;
    printer->options.timestamp = next_number(rest);
    printer->options.extension = next_number(rest);
    printer->options.percentiles = next_number(rest);
    for (int i = 0; i < DROPS; i++)
        frame.dropped[i] = next_number(rest);
    frame.skipped = next_number(rest);
    frame.n = next_number(rest);
    frame.groups = calloc(frame.n + 1, sizeof(*frame.groups));
    if (!frame.groups)
        give_up("no memory");
    for (size_t i = 0; i < frame.n; i++)
        read_group(rest, &frame.groups[i]);
    if (output->interval(printer, &frame) < 0)
        give_up("cannot print");
    frame_free(&frame);
}

static void print_title(struct printer *printer, char **rest)
{
    struct flag_names names;
    char title[FLAGS_TITLE_SIZE];
    flags_default(&names);
    flags_title(&names, (uint32_t)next_number(rest), title, sizeof(title));
    fprintf(stream_file(printer->stream), "%s\n", title);
}

int main(void)
{
    char *line = NULL, *rest;
    size_t size = 0;
    struct signals signals = {.fd = -1};
    struct printer printer = {0};
    if (stream_open(&printer.stream, STDOUT_FILENO, &signals) < 0)
        give_up("no memory");
    while (getline(&line, &size, stdin) > 0) {
        const char *verb = strtok_r(line, " \n", &rest);
        if (verb && strcmp(verb, "frame") == 0)
            print_frame(&printer, &rest);
        else if (verb && strcmp(verb, "title") == 0)
            print_title(&printer, &rest);
        else
            give_up("no such command");
        fputs("\x1e\n", stream_file(printer.stream));
    }
    free(line);
    int error = stream_flush(printer.stream);
    stream_close(printer.stream);
    return error ? 1 : 0;
}
