// SPDX-License-Identifier: Apache-2.0
// What -d asks for: which disks and partitions are traced.
#ifndef FILTER_H
#define FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/disk.h"

#define FILTER_TARGETS_MAX 64

// No target is there twice, and no partition beside its whole disk.
struct disk_filter {
    struct disk_target targets[FILTER_TARGETS_MAX];
    size_t n;
};

// Adds what the word of a -d means: names with commas between, or one name that has commas. A name is one
// under /dev; an absolute path; a path with a slash, from the current directory; or one that only the kernel
// knows. A directory or a file stands for the disk that it is on. The user should know of that:
// warn(line) is called, if it is not NULL. `root` goes before /sys and /proc ("" but for tests). 0, or -errno
// with the reason in why: -ENOENT, -ENOTBLK, -EOPNOTSUPP (it has no requests of its own), -ENODEV (a file on
// no disk), -EIO, -E2BIG (more than FILTER_TARGETS_MAX).
int filter_add(struct disk_filter *filter, const char *root, const char *word, void (*warn)(const char *line),
               char *why, size_t size);

// The name of the partition with that number; NULL if the filter has none.
const char *filter_partition_name(const struct disk_filter *filter, uint32_t own_dev);

// The largest number of targets that one disk has.
size_t filter_targets_of_one_disk(const struct disk_filter *filter);

bool filter_has_partition(const struct disk_filter *filter);

#endif
