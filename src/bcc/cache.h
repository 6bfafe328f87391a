// SPDX-License-Identifier: Apache-2.0
// The directory of kept programs. Only root's word counts: the directory, each above it and each file belong
// to root and can be written by no one else, and no link is followed.
#ifndef CACHE_H
#define CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#define CACHE_MAX ((size_t)4 * 1024 * 1024) // bytes that all files may have: the oldest go first

// Opens the directory; if it is not there and may be made, makes it. A file descriptor, or -errno with the
// reason in why.
int cache_open(const char *directory, bool may_make, char *why, size_t size);

// Is there no file of a kept program?
bool cache_is_empty(int directory_fd);

// Reads a file, which the caller frees. 0 or -errno: -ENOENT: there is none; -EPERM: one that does not count.
int cache_read(int directory_fd, const char *name, void **bytes, size_t *size, time_t *written);

// Writes a file, whole or not at all, in the place of one that is there. 0 or -errno.
int cache_write(int directory_fd, const char *name, const void *bytes, size_t size);

#endif
