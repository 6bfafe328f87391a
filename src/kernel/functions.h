// SPDX-License-Identifier: Apache-2.0
// Which functions the running kernel has, and whether a kprobe can be put on them.
#ifndef FUNCTIONS_H
#define FUNCTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

// What is known of a function. Being in /proc/kallsyms is not enough for a kprobe: inlined copies and notrace
// functions are too.
enum function_state {
    FUNCTION_UNKNOWN, // not asked yet
    FUNCTION_ABSENT,
    FUNCTION_UNTRACEABLE,
    FUNCTION_MAYBE, // it exists; the list of traceable functions cannot be read
    FUNCTION_TRACEABLE,
};

// Asks for n functions at once: the lists are long. Fills in states.
void functions_ask(const char *const names[], enum function_state states[], size_t n);

// The same from lists that are open: available_filter_functions and /proc/kallsyms. NULL: it cannot be read.
void functions_read(FILE *filter, FILE *symbols, const char *const names[], enum function_state states[],
                    size_t n);

// The same in two steps, one for each list, for callers that may not need the second. Step 1 sets those that
// are FUNCTION_TRACEABLE, and returns whether the list could be read. Step 2 takes that as `known`, and sets
// those that are still FUNCTION_UNKNOWN.
bool functions_ask_traceable(const char *const names[], enum function_state states[], size_t n);
void functions_ask_others(const char *const names[], enum function_state states[], size_t n, bool known);

// Does the kernel have kprobes at all?
bool functions_have_kprobes(void);

// Mark in found[] the names that a list has: /proc/kallsyms ("ADDRESS TYPE NAME [MODULE]") or
// available_filter_functions ("NAME [MODULE]"). Lines of any length and form are taken.
void functions_scan_kallsyms(FILE *list, const char *const names[], bool found[], size_t n);
void functions_scan_filter(FILE *list, const char *const names[], bool found[], size_t n);

#endif
