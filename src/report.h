// SPDX-License-Identifier: Apache-2.0
// The words on stderr when a run has ended: what was not counted, and where nothing was, that it was so.
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
    double seconds;               // that it lasted
    bool complete;                // it did not fail, and somebody read its output
    enum in_flight in_flight;     // what is known of n_in_flight
    uint64_t n_in_flight;         // requests, when it ended
    uint64_t samples;             // that the kernel side has sent
};

void report_run(const struct run_report *report);

#endif
