// SPDX-License-Identifier: Apache-2.0
// Compiles and keeps what the common modes need: for --prepare.
#ifndef PREPARE_H
#define PREPARE_H

#include "kernel/filter.h"
#include "options.h"
#include "output/output.h"

// Each mode with the options that are given besides (-m, --attach). Loads what it compiles, as a start does,
// and attaches nothing. With -v, a line on stderr for each mode. Returns the exit status, and has reported
// what failed: that of the default mode is a failure, and that nothing can be kept. What it works with is
// static, for its size.
int prepare(const struct options *options, const struct output *output, const struct disk_filter *filter);

#endif
