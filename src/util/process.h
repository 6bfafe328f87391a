// SPDX-License-Identifier: Apache-2.0
// What a program that traces asks of its own process: descriptors and signals.
#ifndef PROCESS_H
#define PROCESS_H

// To be called first. Standard descriptors that are closed are opened, so that the next file opened does not
// become one of them: they refuse writes. Until signals_open a signal ends the program at once: INT and TERM
// also if the caller had them ignored, as a shell has INT for what it starts with "&"; HUP stays ignored for
// nohup. A write into a pipe that nobody reads fails with EPIPE. 0, or -errno if a closed descriptor cannot
// be opened on /dev/null.
int process_begin(void);

// The signals that end a run: SIGINT, SIGTERM, and SIGHUP unless it is ignored.
struct signals {
    int fd;     // readable when there is one to take; -1: not open
    unsigned n; // how many were taken
};

// From now on they only make fd readable. 0 or -errno. signals_close takes one that is not open.
int signals_open(struct signals *signals);

// Takes those that have come. Returns how many there were in all: 0 means to go on. Never waits.
unsigned signals_take(struct signals *signals);

// From now on a signal ends the program at once, as before signals_open.
void signals_close(struct signals *signals);

#endif
