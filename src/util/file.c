// SPDX-License-Identifier: Apache-2.0
// See file.h.
#include "util/file.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool file_read_line(char *line, size_t size, const char *path_format, ...)
{
    char path[PATH_MAX];
    va_list arguments;
    va_start(arguments, path_format);
    vsnprintf(path, sizeof(path), path_format, arguments);
    va_end(arguments);
    FILE *file = fopen(path, "re");
    bool read = file && fgets(line, (int)size, file);
    if (file)
        fclose(file);
    line[read ? strcspn(line, "\n") : 0] = 0;
    return read;
}
