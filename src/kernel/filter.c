// SPDX-License-Identifier: Apache-2.0
// See filter.h.
#include "kernel/filter.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "kernel/mount.h"

// The arguments of filter_add.
struct adding {
    struct disk_filter *filter;
    const char *root;
    void (*warn)(const char *line);
    char *why;
    size_t size;
};

// ---- targets ----

static bool covers(const struct disk_target *a, const struct disk_target *b)
{
    return a->own_dev == b->own_dev || (!a->is_partition && a->dev == b->dev);
}

static int add_target(const struct adding *adding, const struct disk_target *target)
{
    struct disk_filter *filter = adding->filter;
    size_t kept = 0;
    for (size_t i = 0; i < filter->n; i++)
        if (covers(&filter->targets[i], target))
            return 0;
    for (size_t i = 0; i < filter->n; i++)
        if (!covers(target, &filter->targets[i]))
            filter->targets[kept++] = filter->targets[i];
    filter->n = kept;
    if (kept == FILTER_TARGETS_MAX) {
        snprintf(adding->why, adding->size, "-d takes %d disks and partitions at most", FILTER_TARGETS_MAX);
        return -E2BIG;
    }
    filter->targets[filter->n++] = *target;
    return 0;
}

const char *filter_partition_name(const struct disk_filter *filter, uint32_t own_dev)
{
    for (size_t i = 0; i < filter->n; i++)
        if (filter->targets[i].is_partition && filter->targets[i].own_dev == own_dev)
            return filter->targets[i].name;
    return NULL;
}

size_t filter_targets_of_one_disk(const struct disk_filter *filter)
{
    size_t max = 0;
    for (size_t i = 0; i < filter->n; i++) {
        size_t n = 0;
        for (size_t j = 0; j < filter->n; j++)
            n += filter->targets[j].dev == filter->targets[i].dev;
        max = n > max ? n : max;
    }
    return max;
}

bool filter_has_partition(const struct disk_filter *filter)
{
    for (size_t i = 0; i < filter->n; i++)
        if (filter->targets[i].is_partition)
            return true;
    return false;
}

// ---- names ----

static int refuse_unknown(const struct adding *adding, const char *name)
{
    char list[1024];
    const char *lacking = disk_lacks_sysfs(adding->root);
    disk_list_traceable(adding->root, list, sizeof(list));
    if (lacking)
        snprintf(adding->why, adding->size, "no such disk '%s': %s", name, lacking);
    else if (list[0])
        snprintf(adding->why, adding->size, "no such disk '%s'; the disks are: %s", name, list);
    else
        snprintf(adding->why, adding->size, "no such disk '%s'; there is none with block requests", name);
    return -ENOENT;
}

static int add_device(const struct adding *adding, const char *name, uint32_t dev)
{
    struct disk_target target;
    int error = disk_find(adding->root, name, dev, &target, adding->why, adding->size);
    return error ? error : add_target(adding, &target);
}

static void append(char *list, size_t size, const char *name)
{
    size_t n = strlen(list);
    snprintf(list + n, size - n, "%s%s", n ? ", " : "", name);
}

// One of a file's disks cannot be traced.
static int refuse_below(const struct adding *adding, const char *path, const char *name, int error)
{
    char reason[1024];
    snprintf(reason, sizeof(reason), "%s", adding->why);
    if (name[0]) // else the reason names the path
        snprintf(adding->why, adding->size, "%s is on %s: %s", path, name, reason);
    return error;
}

// A directory or a file: the disks under its file system.
static int add_below(const struct adding *adding, const char *path)
{
    uint32_t devs[FILTER_TARGETS_MAX];
    char list[1024] = "", line[PATH_MAX + 2112];
    int n = mount_devices(adding->root, path, devs, FILTER_TARGETS_MAX, adding->why, adding->size);
    for (int i = 0; i < n; i++) {
        char name[DISK_NAME_SIZE] = "";
        disk_kernel_name(adding->root, devs[i], name);
        int error = add_device(adding, name[0] ? name : path, devs[i]);
        if (error)
            return error == -E2BIG ? error : refuse_below(adding, path, name, error);
        append(list, sizeof(list), name);
    }
    if (n < 0)
        return n;
    snprintf(line, sizeof(line), "%s is on %s: tracing %s", path, list, list);
    if (adding->warn)
        adding->warn(line);
    return 0;
}

static int add_path(const struct adding *adding, const char *name, const char *path,
                    const struct stat *status)
{
    if (S_ISBLK(status->st_mode))
        return add_device(adding, name, DISK_DEV(major(status->st_rdev), minor(status->st_rdev)));
    if (S_ISDIR(status->st_mode) || S_ISREG(status->st_mode))
        return add_below(adding, path);
    snprintf(adding->why, adding->size, "%s is not a disk but %s", name,
             S_ISCHR(status->st_mode) ? "a character device" : "something else");
    return -ENOTBLK;
}

// The path that a name stands for, if it exists: in /dev first, as in biolatency.py.
static bool find_path(const char *name, char path[PATH_MAX], struct stat *status)
{
    if (!name[0] || snprintf(path, PATH_MAX, "%s%s", name[0] == '/' ? "" : "/dev/", name) >= PATH_MAX)
        return false;
    if (stat(path, status) == 0)
        return true;
    if (name[0] == '/' || !strchr(name, '/') || snprintf(path, PATH_MAX, "%s", name) >= PATH_MAX)
        return false;
    return stat(path, status) == 0;
}

static int add_name(const struct adding *adding, const char *name)
{
    char path[PATH_MAX];
    struct stat status;
    uint32_t dev;
    if (find_path(name, path, &status))
        return add_path(adding, name, path, &status);
    if (disk_dev_of_name(adding->root, name, &dev))
        return add_device(adding, name, dev);
    return refuse_unknown(adding, name);
}

static bool is_one_name(const char *word)
{
    char path[PATH_MAX];
    struct stat status;
    return !strchr(word, ',') || find_path(word, path, &status);
}

int filter_add(struct disk_filter *filter, const char *root, const char *word, void (*warn)(const char *line),
               char *why, size_t size)
{
    const struct adding adding = {filter, root, warn, why, size};
    char name[PATH_MAX];
    int error = 0;
    if (is_one_name(word))
        return add_name(&adding, word);
    for (bool more = true; more && !error; word++) {
        size_t length = strcspn(word, ",");
        if (length >= sizeof(name))
            return refuse_unknown(&adding, word);
        memcpy(name, word, length);
        name[length] = 0;
        error = add_name(&adding, name);
        word += length;
        more = *word == ',';
    }
    return error;
}
