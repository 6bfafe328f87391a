// SPDX-License-Identifier: Apache-2.0
// The words on stderr at the end of a run: what was not counted, and whether there was any I/O.
#ifndef REPORT_H
#define REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "model/snapshot.h"
#include "options.h"
#include "trace/plan.h"

struct run_report {
    const struct options *options;
    const struct snapshot *total; // of the whole run
    double seconds;               // its length
    bool complete;                // it did not fail, and somebody read its output
    enum in_flight in_flight;     // what is known of n_in_flight
    uint64_t n_in_flight;         // requests, at its end
    uint64_t samples;             // that the kernel side has sent
};

void report_run(const struct run_report *report);

#endif
