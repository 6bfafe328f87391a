// SPDX-License-Identifier: Apache-2.0
// See functions.h.
#include "kernel/functions.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void mark(const char *name, size_t length, const char *const names[], bool found[], size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strncmp(names[i], name, length) == 0 && names[i][length] == 0)
            found[i] = true;
}

static void scan(FILE *list, int fields_before, const char *const names[], bool found[], size_t n)
{
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, list) > 0) {
        char *name = line;
        for (int i = 0; i < fields_before; i++) {
            name += strcspn(name, " \t");
            name += strspn(name, " \t");
        }
        mark(name, strcspn(name, " \t\n"), names, found, n);
    }
    free(line);
}

void functions_scan_kallsyms(FILE *list, const char *const names[], bool found[], size_t n)
{
    scan(list, 2, names, found, n);
}

void functions_scan_filter(FILE *list, const char *const names[], bool found[], size_t n)
{
    scan(list, 0, names, found, n);
}

static FILE *open_filter(void)
{
    FILE *filter = fopen("/sys/kernel/tracing/available_filter_functions", "re");
    return filter ? filter : fopen("/sys/kernel/debug/tracing/available_filter_functions", "re");
}

static FILE *open_symbols(void)
{
    return fopen("/proc/kallsyms", "re");
}

static void close_list(FILE *list)
{
    if (list)
        fclose(list);
}

static bool read_traceable(FILE *filter, const char *const names[], enum function_state states[], size_t n)
{
    bool *traceable = calloc(n + 1, sizeof(*traceable));
    if (filter && traceable)
        functions_scan_filter(filter, names, traceable, n);
    bool known = filter && traceable && !ferror(filter); // lockdown lets it be opened, not read
    for (size_t i = 0; i < n; i++)
        if (traceable && traceable[i])
            states[i] = FUNCTION_TRACEABLE;
    free(traceable);
    return known;
}

static void read_others(FILE *symbols, const char *const names[], enum function_state states[], size_t n,
                        bool known)
{
    bool *exists = calloc(n + 1, sizeof(*exists));
    if (symbols && exists)
        functions_scan_kallsyms(symbols, names, exists, n);
    for (size_t i = 0; i < n; i++)
        if (states[i] == FUNCTION_UNKNOWN)
            states[i] = !exists || !exists[i] ? FUNCTION_ABSENT
                        : known               ? FUNCTION_UNTRACEABLE
                                              : FUNCTION_MAYBE;
    free(exists);
}

void functions_read(FILE *filter, FILE *symbols, const char *const names[], enum function_state states[],
                    size_t n)
{
    for (size_t i = 0; i < n; i++)
        states[i] = FUNCTION_UNKNOWN;
    read_others(symbols, names, states, n, read_traceable(filter, names, states, n));
}

bool functions_ask_traceable(const char *const names[], enum function_state states[], size_t n)
{
    FILE *filter = open_filter();
    bool known = read_traceable(filter, names, states, n);
    close_list(filter);
    return known;
}

void functions_ask_others(const char *const names[], enum function_state states[], size_t n, bool known)
{
    FILE *symbols = open_symbols();
    read_others(symbols, names, states, n, known);
    close_list(symbols);
}

void functions_ask(const char *const names[], enum function_state states[], size_t n)
{
    for (size_t i = 0; i < n; i++)
        states[i] = FUNCTION_UNKNOWN;
    functions_ask_others(names, states, n, functions_ask_traceable(names, states, n));
}

bool functions_have_kprobes(void)
{
    return access("/sys/bus/event_source/devices/kprobe/type", F_OK) == 0 ||
           access("/sys/kernel/tracing/kprobe_events", F_OK) == 0 ||
           access("/sys/kernel/debug/tracing/kprobe_events", F_OK) == 0;
}
