// SPDX-License-Identifier: Apache-2.0
// Cgroups by their ids.
#ifndef CGROUP_H
#define CGROUP_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define CGROUP_MOUNT_SIZE 256

struct cgroups;

// Where cgroups are mounted; "" where they are not.
struct cgroup_mounts {
    char v2[CGROUP_MOUNT_SIZE], blkio[CGROUP_MOUNT_SIZE]; // blkio: version 1's hierarchy with that controller
};

// Finds the mounts. 0 or -ENOMEM; without mounts all cgroups are shown by number.
int cgroups_open(struct cgroups **cgroups);

// The path of a cgroup below the mount of its hierarchy, "/" for the root; or its id, if it is gone, not
// mounted, or CAP_DAC_READ_SEARCH is lacking. It remembers what it found: ask while the
// cgroup is there, and again when it may be gone. The text lives until the next call.
const char *cgroups_path(struct cgroups *cgroups, uint64_t id, bool v1);

// Takes NULL.
void cgroups_close(struct cgroups *cgroups);

// Reads a file like /proc/self/mountinfo.
void cgroup_scan_mounts(FILE *mountinfo, struct cgroup_mounts *mounts);

#endif
