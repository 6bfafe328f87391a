// SPDX-License-Identifier: Apache-2.0
// What all examples do alike: the command line, permissions, compiling, waiting, output.
#ifndef EXAMPLE_H
#define EXAMPLE_H

#include <stdbool.h>
#include <stddef.h>

#include "bcc/bcc.h"
#include "util/fail.h"
#include "util/stream.h"

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

// Opens the layer and compiles a text of probes/. EXIT_DONE, or EXIT_FAILED, and has reported why; bcc_close
// it in either case.
int example_compile(struct bcc **bcc, const char *text);

// What a run waits for and prints to.
struct example_run {
    struct signals signals;
    struct stream *stream;
    FILE *out;  // of the stream
    bool ended; // by a signal, or as nobody reads what is printed
};

// From now on signals end the run. EXIT_DONE, or EXIT_FAILED, which is reported; example_end it in either
// case.
int example_run(struct example_run *run);
void example_end(struct example_run *run);

// Waits until fd is readable or the run is ended. EXIT_DONE, or EXIT_FAILED, which is reported.
int example_wait(struct example_run *run, int fd);

// A timer that goes every interval_s seconds; 0: never. Close it. example_tick waits as example_wait does,
// for the next time; deadlines that are past are left out.
int example_timer(long interval_s);
int example_tick(struct example_run *run, int timer);

// Writes out what was printed. EXIT_DONE, also if the reader has gone, which ends the run; EXIT_FAILED if it
// cannot be written, which is reported.
int example_flush(struct example_run *run);

#endif
