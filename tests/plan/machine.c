// SPDX-License-Identifier: Apache-2.0
// See machine.h.
#include "machine.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void __attribute__((format(printf, 4, 5)))
add_file(const struct tree *machine, const char *device, const char *name, const char *format, ...)
{
    char path[256], text[64];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    snprintf(path, sizeof(path), "sys/devices/%s/%s", device, name);
    tree_file(machine, path, text);
}

static const char *name_of(const char *device)
{
    const char *slash = strrchr(device, '/');
    return slash ? slash + 1 : device;
}

void machine_add_link(const struct tree *machine, const char *from, const char *name, const char *device)
{
    char path[PATH_MAX], target[PATH_MAX];
    snprintf(path, sizeof(path), "%s/%s", from, name);
    snprintf(target, sizeof(target), "sys/devices/%s", device);
    tree_link(machine, path, target);
}

static void add_device(const struct tree *machine, const char *device, unsigned major, unsigned minor)
{
    char number[32];
    snprintf(number, sizeof(number), "%u:%u", major, minor);
    add_file(machine, device, "dev", "%s\n", number);
    machine_add_link(machine, "sys/dev/block", number, device);
    machine_add_link(machine, "sys/class/block", name_of(device), device);
}

void machine_add_disk(const struct tree *machine, const char *device, unsigned major, unsigned minor,
                      unsigned mq_queues, const char *scheduler, unsigned nr_requests)
{
    char path[256];
    add_device(machine, device, major, minor);
    machine_add_link(machine, "sys/block", name_of(device), device);
    snprintf(path, sizeof(path), "sys/devices/%s/slaves", device);
    tree_directory(machine, path);
    if (scheduler)
        add_file(machine, device, "queue/scheduler", "%s", scheduler);
    if (nr_requests)
        add_file(machine, device, "queue/nr_requests", "%u\n", nr_requests);
    for (unsigned i = 0; i < mq_queues; i++) {
        snprintf(path, sizeof(path), "sys/devices/%s/mq/%u", device, i);
        tree_directory(machine, path);
    }
}

void machine_add_partition(const struct tree *machine, const char *device, unsigned major, unsigned minor,
                           unsigned n, unsigned long long start, unsigned long long size)
{
    add_device(machine, device, major, minor);
    add_file(machine, device, "partition", "%u\n", n);
    add_file(machine, device, "start", "%llu\n", start);
    add_file(machine, device, "size", "%llu\n", size);
}

void machine_add_slave(const struct tree *machine, const char *device, const char *slave)
{
    char from[256];
    snprintf(from, sizeof(from), "sys/devices/%s/slaves", device);
    machine_add_link(machine, from, name_of(slave), slave);
}
