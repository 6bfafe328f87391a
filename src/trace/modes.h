// SPDX-License-Identifier: Apache-2.0
// What the program would use in each of its modes on a kernel, as a table: for --check-kernel.
#ifndef MODES_H
#define MODES_H

#include <stdio.h>

#include "trace/plan.h"

#define MODES 7 // the default, -Q, both with each --attach KIND, and --slowest
#define MODE_WHY_SIZE 2560

enum mode_result {
    MODE_IMPOSSIBLE, // there is no plan for it, and why has the reason
    MODE_PLANNED,    // there is a plan, nobody tried it
    MODE_WORKS,      // compiled, loaded, attached and read, in took_ms
    MODE_FAILS,      // tried, and why has the reason
};

struct mode {
    const char *name;  // the options that ask for it; "default" for none
    const char *types; // where the kernel's types come from: "BTF" or "headers"
    struct plan plan;
    enum mode_result result;
    unsigned took_ms;
    char why[MODE_WHY_SIZE];
};

// Makes a plan for each mode, the default first; none is tried. `types` must live as long as they do.
void modes_plan(struct mode modes[MODES], const char *types, struct kernel *kernel,
                const struct plan_scale *scale);

// The default mode alone, on a kernel that no plan can be made for.
void modes_refuse(struct mode *mode, const char *why);

// One line a mode, then what does not work and why.
void modes_print(FILE *out, const struct mode *modes, size_t n);

#endif
