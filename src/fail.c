// SPDX-License-Identifier: Apache-2.0
// See fail.h.
#include "fail.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

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
