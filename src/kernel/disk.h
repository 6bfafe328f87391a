// SPDX-License-Identifier: Apache-2.0
// Block devices: what one is, whether it has requests to time, how many requests this machine can have in
// flight. filter.h has those that -d asks for.
//
// `root` goes before /sys and /proc ("" but for tests).
#ifndef DISK_H
#define DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "probes/abi.h"

#define DISK_DEV(major, minor) ((uint32_t)(major) << 20 | (uint32_t)(minor)) // as the kernel has it inside

// A disk or a partition whose requests can be traced.
struct disk_target {
    uint32_t dev;     // of the disk
    uint32_t own_dev; // of the partition; of the disk if it is none
    bool is_partition;
    uint64_t first_sector, end_sector; // of the partition, in 512 bytes; end is the first one after it
    char name[DISK_NAME_SIZE];         // the kernel's, as sda1
};

// Finds what the block device with that number is. `name` is what messages call it. 0, or -errno with the
// reason in why: -ENOENT, -EIO, -EOPNOTSUPP (it has no requests of its own).
int disk_find(const char *root, const char *name, uint32_t dev, struct disk_target *target, char *why,
              size_t size);

// The number of a disk that need not have a node in /dev: by its name in sysfs, or in diskstats for hidden
// ones.
bool disk_dev_of_name(const char *root, const char *name, uint32_t *dev);

// The kernel's name of the block device with that number. False if sysfs has none.
bool disk_kernel_name(const char *root, uint32_t dev, char name[DISK_NAME_SIZE]);

// Why no disk can be found where /sys is not mounted; else NULL.
const char *disk_lacks_sysfs(const char *root);

// The disks that can be traced, for people: "sda, sdb and 3 more". "" if there are none.
void disk_list_traceable(const char *root, char *list, size_t size);

// The name of device `dev` in a file like /proc/diskstats. False if it has none.
bool disk_name_in(FILE *diskstats, uint32_t dev, char *name, size_t size);

// Number of disks, and of requests that all of them together can have in flight.
void disk_count(const char *root, unsigned *disks, unsigned *requests);

// Names of disks, with commas between: those without requests of their own, and those that have some and
// whose queue/iostats is 0. "" if there are none.
void disk_list_special(const char *root, char *without_requests, size_t size, char *iostats_off,
                       size_t iostats_off_size);

#endif
