// SPDX-License-Identifier: Apache-2.0
// What all examples do alike: the command line, permissions, compiling, waiting, output.
#ifndef EXAMPLE_H
#define EXAMPLE_H

#include <stdbool.h>
#include <stddef.h>

#include "bcc.h"
#include "fail.h"

// A number that the command line sets. One row an option, or a positional argument if there is no letter.
struct example_option {
    char letter;
    const char *name; // "top" for --top
    long *value;
    long max; // a number from 1 to max follows; 0: none does, and the value becomes 1
};

// To be called first. Reads the command line; ends the program for --help, wrong usage, or if it may not
// trace.
void example_begin(int argc, char **argv, const char *help, const struct example_option *options, size_t n);

// Opens the layer and compiles a text of probes/. EXIT_DONE, or EXIT_FAILED, which is told; bcc_close
// it in either case.
int example_compile(struct bcc **bcc, const char *text);

// Waits until fd is readable: true; or until one of the signals has come: false.
bool example_wait(int signals, int fd);

// A timer that goes every interval_s seconds; 0: never. Close it. example_tick waits for the next time: true;
// or until one of the signals has come: false. Deadlines that are past are left out.
int example_timer(long interval_s);
bool example_tick(int signals, int timer);

// Writes out what was printed. EXIT_DONE, also if the reader has gone (then *ended becomes true);
// EXIT_FAILED if it cannot be written, which is told.
int example_flush(bool *ended);

#endif
