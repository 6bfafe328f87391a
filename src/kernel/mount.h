// SPDX-License-Identifier: Apache-2.0
// The disks under a file: the block devices of the file system that it is in.
//
// `root` goes before /sys and /proc/self/mountinfo ("" but for tests).
#ifndef MOUNT_H
#define MOUNT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct mount {
    char type[64];         // of the file system
    char source[PATH_MAX]; // what it was mounted from: /dev/sda1, tmpfs, server:/path
};

// The mount with that id in a file like /proc/self/mountinfo. False if it has none.
bool mount_find(FILE *mountinfo, int id, struct mount *mount);

// The numbers of the block devices under the file system of `path`, as DISK_DEV() makes them. How many, at
// most max; or -ENODEV with the reason in why: it has none, or they are not known for certain.
int mount_devices(const char *root, const char *path, uint32_t *devs, size_t max, char *why, size_t size);

// Makes "\040" and the like, as mountinfo has them, the bytes that they stand for (proc_pid_mountinfo(5)).
void mount_unescape(char *text);

#endif
