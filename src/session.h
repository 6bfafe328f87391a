// SPDX-License-Identifier: Apache-2.0
// Tracing, from when all is attached to the last report.
#ifndef SESSION_H
#define SESSION_H

#include "kernel/kernel.h"
#include "options.h"
#include "output/output.h"
#include "trace/tracer.h"

// Prints at the end of each interval, or each slow I/O as it comes, until the last deadline or a signal.
// Returns an exit status; failures have been reported.
int session_run(struct tracer *tracer, const struct options *options, const struct output *output,
                const struct kernel *kernel);

// For what was printed to stdout without a session: writes it. Returns the exit status of a program that did
// nothing wrong so far: a reader that has gone is no error, a full disk is one, and is reported.
int session_finish_output(void);

#endif
