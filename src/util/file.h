// SPDX-License-Identifier: Apache-2.0
// Small files of /proc and /sys.
#ifndef FILE_H
#define FILE_H

#include <stdbool.h>
#include <stddef.h>

// Reads the first line of the file with that path, without its end. False, and "" in line, if it has none.
bool file_read_line(char *line, size_t size, const char *path_format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
