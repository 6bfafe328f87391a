// SPDX-License-Identifier: Apache-2.0
// Tracing, from when all is attached to the last word.
#ifndef SESSION_H
#define SESSION_H

#include "kernel/kernel.h"
#include "options.h"
#include "output/output.h"
#include "trace/tracer.h"

// Prints a block at each deadline, or each slow I/O as it comes, until the last deadline or a signal. Returns
// an exit status; failures have been told.
int session_run(struct tracer *tracer, const struct options *options, const struct renderer *renderer,
                const struct kernel *kernel);

// Checks whether all that was printed has been written. The exit status of the program, if it was EXIT_DONE
// so far: a reader that has gone is no error, a full disk is, and is told.
int session_check_output(void);

#endif
