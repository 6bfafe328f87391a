// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
// What the kernel side and the user side of the examples agree on. Plain C types only: this text is compiled
// by libbcc and by the host's compiler.
#ifndef EXAMPLES_H
#define EXAMPLES_H

#define COMM_SIZE 16 // TASK_COMM_LEN of the kernel's include/linux/sched.h, with the 0 at the end

// An event of hello_perf_output.
struct hello_event {
    unsigned long long time_ns; // bpf_ktime_get_ns(): the layer's perf buffers want it first
    unsigned int pid;           // of the thread that creates a process
    char comm[COMM_SIZE];       // its name
};

// A key of clone_count's map `counts`.
struct comm {
    char name[COMM_SIZE];
};

#endif
