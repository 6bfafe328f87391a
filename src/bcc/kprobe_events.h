// SPDX-License-Identifier: Apache-2.0
// kprobes of kernels before 4.17 (e12f03d7031a): named events in tracefs, which stay when file descriptors
// go. Their names end in _bcc_PID, with the process that made them.
#ifndef KPROBE_EVENTS_H
#define KPROBE_EVENTS_H

#include <stdbool.h>
#include <sys/types.h>

// Has this kernel no others?
bool kprobes_are_named(void);

// Makes an event at the entry of a kernel function, of this process. The type of tracepoint that it is in
// perf_event_open(2), or -errno.
int kprobe_event_make(const char *function);

// Removes the events of a process.
void kprobe_events_remove(pid_t pid);

// Starts a process that outlives this one and then removes the events of `events_of`. Closing *fd tells it
// that this one is done. Its pid, or -errno.
pid_t kprobe_events_watch(pid_t events_of, int *fd);

#endif
