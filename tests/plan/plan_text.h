// SPDX-License-Identifier: Apache-2.0
// Plans as text, so that a test can say in one line what it expects.
#ifndef PLAN_TEXT_H
#define PLAN_TEXT_H

#include "trace/plan.h"

#define PLAN_TEXT_SIZE 2048

// "kprobe:TARGET/HANDLER raw:TARGET[N]/HANDLER ... start_time", in the order of attaching. [N] is the
// argument of the tracepoint that is the request, where the plan says it.
void plan_text(const struct plan *plan, char text[PLAN_TEXT_SIZE]);

// What plan_print_unused prints.
void plan_unused(const struct plan *plan, char text[PLAN_TEXT_SIZE]);

// Value of a define: "" if it has none, NULL if the plan does not define it.
const char *plan_define(const struct plan *plan, const char *name);

#endif
