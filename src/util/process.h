// SPDX-License-Identifier: Apache-2.0
// Standard descriptors and signals of this process.
#ifndef PROCESS_H
#define PROCESS_H

// To be called first. Opens the standard descriptors that are closed, so that no file that is opened later
// becomes one of them; they refuse writes. Until signals_open a signal ends the program at once: INT and TERM
// also if the caller ignored them, as a shell ignores INT for a command with "&"; HUP stays ignored for
// nohup. A write into a pipe that nobody reads fails with EPIPE. 0, or -errno if /dev/null cannot be opened.
int process_begin(void);

// The signals that end a run: SIGINT, SIGTERM, and SIGHUP unless it is ignored.
struct signals {
    int fd;     // readable when there is one to take; -1: not open
    unsigned n; // how many were taken
};

// From now on they only make fd readable. 0 or -errno. signals_close takes one that is not open.
int signals_open(struct signals *signals);

// Takes those that have come. Returns how many have come so far: 0 means to go on. Never waits.
unsigned signals_take(struct signals *signals);

// From now on a signal ends the program at once, as before signals_open.
void signals_close(struct signals *signals);

#endif
