// SPDX-License-Identifier: Apache-2.0
// A plan and its failure, in words for people.
#ifndef EXPLAIN_H
#define EXPLAIN_H

#include <stddef.h>
#include <stdio.h>

#include "trace/plan.h"

// -v: the kernel, the probes, the hooks that are not used and why, the sizes of maps.
void explain_plan(const struct plan *plan, const struct kernel *kernel, FILE *out);

// --ebpf: the probe text as it is compiled.
void explain_text(const struct plan *plan, FILE *out);

// One line on a failure of the layer, behind what it failed at. Returns error.
int __attribute__((format(printf, 5, 6)))
explain_failure(struct bcc *bcc, int error, char *why, size_t size, const char *format, ...);

#endif
