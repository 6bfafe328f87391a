// SPDX-License-Identifier: Apache-2.0
// See fail.h.
#include "util/fail.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

// What an errno sends the user to. To add one: a row.
static const struct {
    int error;
    const char *hint;
} hints[] = {
    {ENOMEM, " (out of memory, or over a limit: ulimit -v)"},
    {EMFILE, " (out of descriptors: ulimit -n)"},
    {ENFILE, " (out of descriptors: sysctl fs.file-max)"},
    {EAGAIN, " (out of processes: ulimit -u)"},
};

const char *fail_hint(int error)
{
    for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++)
        if (hints[i].error == abs(error))
            return hints[i].hint;
    return "";
}

int fail(int status, const char *format, ...)
{
    char line[WHY_SIZE * 2];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    for (char *c = line; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = '?';
    fprintf(stderr, "%s: %s\n", program_invocation_short_name, line);
    return status;
}
