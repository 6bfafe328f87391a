// SPDX-License-Identifier: Apache-2.0
// Disks: which one the user means, whether it has requests to time, how many requests this machine can have
// under way.
#ifndef DISK_H
#define DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define DISK_DEV(major, minor) ((uint32_t)(major) << 20 | (uint32_t)(minor)) // as the kernel has it inside

// What -d asks for: a disk, or a part of it.
struct disk_filter {
    uint32_t dev; // of the disk
    bool is_partition;
    uint64_t first_sector, end_sector; // of the partition, in 512 bytes; end is the first one after it
};

// Finds what `name` means: a name or path under /dev, an absolute path, a symbolic link to one, or a name
// that only the kernel knows. `root` goes before /sys and /proc ("" but for tests). 0, or -errno with the
// reason in why: -ENOENT, -ENOTBLK, -EOPNOTSUPP (it has no requests of its own).
int disk_find(const char *root, const char *name, struct disk_filter *filter, char *why, size_t size);

// The name of device `dev` in a file like /proc/diskstats. False if it has none.
bool disk_name_in(FILE *diskstats, uint32_t dev, char *name, size_t size);

// Number of disks, and of requests that all of them together can have under way.
void disk_count(const char *root, unsigned *disks, unsigned *requests);

// Names of disks, with commas between: those without requests of their own, and those that have some and
// whose queue/iostats is 0. "" if there are none.
void disk_list_special(const char *root, char *without_requests, size_t size, char *iostats_off,
                       size_t iostats_off_size);

#endif
