// SPDX-License-Identifier: Apache-2.0
// What a program that traces asks of its own process: descriptors and signals.
#ifndef PROCESS_H
#define PROCESS_H

// To be called first. Standard descriptors that are closed are opened, so that the next file opened does not
// become one of them: they refuse writes. Until process_signals a signal ends the program at once: INT and
// TERM also if the caller had them ignored, as a shell has INT for what it starts with "&"; HUP stays ignored
// for nohup. A write into a pipe that nobody reads fails with EPIPE.
void process_begin(void);

// From now on SIGINT, SIGTERM and SIGHUP (unless it is ignored) make the file descriptor that is returned
// readable, and do nothing else. -1 and errno if there is none to be had; the caller closes it.
int process_signals(void);

#endif
