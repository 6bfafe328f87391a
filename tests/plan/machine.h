// SPDX-License-Identifier: Apache-2.0
// Block devices in the sysfs of a made-up machine. A device is named by its directory below sys/devices,
// whose last part is its name: zzsda, zzsda/zzsda1.
#ifndef MACHINE_H
#define MACHINE_H

#include "tree.h"

// How a disk's driver takes I/O: queues of blk-mq (with a scheduler, as the kernel lists them), or what else
// is in `scheduler`. nr_requests may be 0: no such file.
void machine_add_disk(const struct tree *machine, const char *device, unsigned major, unsigned minor,
                      unsigned mq_queues, const char *scheduler, unsigned nr_requests);

// The n-th partition; start and size in sectors.
void machine_add_partition(const struct tree *machine, const char *device, unsigned major, unsigned minor,
                           unsigned n, unsigned long long start, unsigned long long size);

// `device` lies on `slave`.
void machine_add_slave(const struct tree *machine, const char *device, const char *slave);

// A link to a device: the file `name` in `from`.
void machine_add_link(const struct tree *machine, const char *from, const char *name, const char *device);

#endif
