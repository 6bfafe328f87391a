// SPDX-License-Identifier: Apache-2.0
// See disk.h.
#include "kernel/disk.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "util/file.h"

#define MAX_DEPTH 8         // of devices on devices
#define LISTED_DISKS_MAX 16 // more are only counted

static bool exists(const char *directory, const char *name)
{
    char path[PATH_MAX + 64];
    snprintf(path, sizeof(path), "%s/%s", directory, name);
    return access(path, F_OK) == 0;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool parse_dev(const char *text, uint32_t *dev)
{
    unsigned major, minor;
    if (sscanf(text, "%u:%u", &major, &minor) != 2)
        return false;
    *dev = DISK_DEV(major, minor);
    return true;
}

// The directory in /sys/devices of the block device with that number.
static bool sys_directory(const char *root, uint32_t dev, char directory[PATH_MAX])
{
    char link[PATH_MAX];
    snprintf(link, sizeof(link), "%s/sys/dev/block/%u:%u", root, dev >> 20, dev & 0xfffff);
    return realpath(link, directory) != NULL;
}

// Does the driver of this disk, or the disk of this partition, take requests (blk-mq or, up to 4.20, a legacy
// queue), or whole bios?
static bool has_requests(const char *directory)
{
    char scheduler[256];
    char path[PATH_MAX + 8];
    if (exists(directory, "partition")) {
        snprintf(path, sizeof(path), "%s/..", directory); // its disk
        directory = path;
    }
    if (exists(directory, "mq"))
        return true;
    // A legacy queue has an elevator; what takes bios has the word "none".
    return file_read_line(scheduler, sizeof(scheduler), "%s/queue/scheduler", directory) &&
           strcmp(scheduler, "none") != 0;
}

// A list of names, "sda, sdb", and how many it left out because it was full.
struct names {
    const char *separator; // one that has a comma
    unsigned max;          // names
    char text[512];
    size_t length;
    unsigned n, left_out;
};

static const struct names no_names = {.separator = ", ", .max = UINT_MAX};

static void names_add(struct names *names, const char *name)
{
    size_t n = strlen(name);
    for (const char *at = names->text; (at = strstr(at, name)) != NULL; at += n)
        if ((at == names->text || at[-1] == ' ' || at[-1] == ',') && (at[n] == 0 || at[n] == ','))
            return; // under two of them
    if (names->n >= names->max || names->length + n + 3 > sizeof(names->text)) {
        names->left_out++;
        return;
    }
    names->length +=
        (size_t)sprintf(names->text + names->length, "%s%s", names->n ? names->separator : "", name);
    names->n++;
}

static void names_print(const struct names *names, char *text, size_t size)
{
    if (names->left_out)
        snprintf(text, size, "%s and %u more", names->text, names->left_out);
    else
        snprintf(text, size, "%s", names->text);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strverscmp((*a)->d_name, (*b)->d_name);
}

// Adds the paths of an NVMe multipath disk: nvme0n1 has the hidden disks nvme0c0n1, nvme0c1n1, ...
static void add_nvme_paths(const char *root, const char *name, struct names *names)
{
    unsigned subsystem, namespace_id, a, controller, b;
    char path[PATH_MAX], rest;
    struct dirent **entries;
    int parts = sscanf(name, "nvme%un%u%c", &subsystem, &namespace_id, &rest);
    if (parts < 2 || (parts == 3 && rest != 'p'))
        return;
    snprintf(path, sizeof(path), "%s/sys/block", root);
    int n = scandir(path, &entries, NULL, by_name);
    for (int i = 0; i < n; i++) {
        if (sscanf(entries[i]->d_name, "nvme%uc%un%u%c", &a, &controller, &b, &rest) == 3 && a == subsystem &&
            b == namespace_id)
            names_add(names, entries[i]->d_name);
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
}

// Adds what lies under a device that has no requests: its slaves, those of a partition's disk, or theirs,
// down to what has requests.
static void add_below(const char *root, const char *directory, struct names *names, int depth)
{
    char path[PATH_MAX + 16], slave[PATH_MAX * 2], real[PATH_MAX];
    struct dirent **entries;
    snprintf(path, sizeof(path), "%s%s/slaves", directory, exists(directory, "partition") ? "/.." : "");
    int n = scandir(path, &entries, NULL, by_name);
    for (int i = 0; i < n; i++) {
        snprintf(slave, sizeof(slave), "%s/%s", path, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.' && realpath(slave, real)) {
            if (has_requests(real))
                names_add(names, entries[i]->d_name);
            else if (depth < MAX_DEPTH)
                add_below(root, real, names, depth + 1);
        }
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
    add_nvme_paths(root, base_name(directory), names);
}

static int refuse_without_requests(const char *root, const char *name, const char *directory, char *why,
                                   size_t size)
{
    char list[640];
    struct names under = no_names;
    under.separator = ","; // as -d takes them
    add_below(root, directory, &under, 0);
    names_print(&under, list, sizeof(list));
    if (under.n)
        snprintf(why, size, "%s has no block requests of its own; trace what is under it: -d %s", name, list);
    else
        snprintf(why, size, "%s has no block requests: its driver takes I/O without them", name);
    return -EOPNOTSUPP;
}

// sysfs has "!" where a name has a slash (cciss!c0d0p1).
static void set_name(char name[DISK_NAME_SIZE], const char *directory)
{
    snprintf(name, DISK_NAME_SIZE, "%s", base_name(directory));
    for (char *c = name; *c; c++)
        if (*c == '!')
            *c = '/';
}

// Makes target, and directory, of a partition's disk. False if sysfs does not have what is needed.
static bool read_partition(char directory[PATH_MAX], struct disk_target *target)
{
    char value[64];
    target->is_partition = true;
    if (!file_read_line(value, sizeof(value), "%s/start", directory))
        return false;
    target->first_sector = strtoull(value, NULL, 10);
    if (!file_read_line(value, sizeof(value), "%s/size", directory))
        return false;
    target->end_sector = target->first_sector + strtoull(value, NULL, 10);
    char *slash = strrchr(directory, '/');
    if (slash)
        *slash = 0; // the disk
    return file_read_line(value, sizeof(value), "%s/dev", directory) && parse_dev(value, &target->dev);
}

const char *disk_lacks_sysfs(const char *root)
{
    return exists(root, "sys/block") || exists(root, "sys/class/block")
               ? NULL
               : "/sys is not mounted (mount -t sysfs sysfs /sys)";
}

static int refuse_number(const char *root, const char *name, uint32_t dev, char *why, size_t size)
{
    const char *lacking = disk_lacks_sysfs(root);
    if (lacking)
        snprintf(why, size, "cannot tell which disk '%s' is: %s", name, lacking);
    else
        snprintf(why, size, "no such disk '%s' (no block device has its number, %u:%u)", name, dev >> 20,
                 dev & 0xfffff);
    return -ENOENT;
}

int disk_find(const char *root, const char *name, uint32_t dev, struct disk_target *target, char *why,
              size_t size)
{
    char directory[PATH_MAX];
    *target = (struct disk_target){.dev = dev, .own_dev = dev};
    if (!sys_directory(root, dev, directory)) {
        // A hidden disk (a path of NVMe multipath) has no entry; it does have requests.
        snprintf(directory, sizeof(directory), "%s/sys/block/%s", root, base_name(name));
        set_name(target->name, name);
        return access(directory, F_OK) == 0 ? 0 : refuse_number(root, name, dev, why, size);
    }
    set_name(target->name, directory);
    if (exists(directory, "partition") && !read_partition(directory, target)) {
        snprintf(why, size, "cannot read where partition '%s' is on its disk (%s)", name, directory);
        return -EIO;
    }
    return has_requests(directory) ? 0 : refuse_without_requests(root, name, directory, why, size);
}

bool disk_kernel_name(const char *root, uint32_t dev, char name[DISK_NAME_SIZE])
{
    char directory[PATH_MAX];
    if (!sys_directory(root, dev, directory))
        return false;
    set_name(name, directory);
    return true;
}

// Finds the line of diskstats ("MAJOR MINOR NAME ...") with that name or, where wanted is NULL, that number,
// and sets the other.
static bool find_diskstat(FILE *diskstats, const char *wanted, uint32_t *dev, char name[64])
{
    char *line = NULL;
    size_t capacity = 0;
    bool found = false;
    while (!found && getline(&line, &capacity, diskstats) > 0) {
        unsigned major, minor;
        if (sscanf(line, "%u %u %63s", &major, &minor, name) != 3)
            continue;
        found = wanted ? strcmp(name, wanted) == 0 : DISK_DEV(major, minor) == *dev;
        if (found)
            *dev = DISK_DEV(major, minor);
    }
    free(line);
    return found;
}

bool disk_name_in(FILE *diskstats, uint32_t dev, char *name, size_t size)
{
    char word[64];
    bool found = find_diskstat(diskstats, NULL, &dev, word);
    if (found)
        snprintf(name, size, "%s", word);
    return found;
}

bool disk_dev_of_name(const char *root, const char *name, uint32_t *dev)
{
    char value[64], path[PATH_MAX], word[64];
    if (strchr(name, '/') || !name[0])
        return false;
    if (file_read_line(value, sizeof(value), "%s/sys/class/block/%s/dev", root, name) &&
        parse_dev(value, dev))
        return true;
    snprintf(path, sizeof(path), "%s/proc/diskstats", root);
    FILE *diskstats = fopen(path, "re");
    bool found = diskstats && find_diskstat(diskstats, name, dev, word);
    if (diskstats)
        fclose(diskstats);
    return found;
}

static unsigned count_entries(const char *path)
{
    DIR *directory = opendir(path);
    unsigned n = 0;
    for (struct dirent *entry; directory && (entry = readdir(directory)) != NULL;)
        n += entry->d_name[0] != '.';
    if (directory)
        closedir(directory);
    return n;
}

void disk_count(const char *root, unsigned *disks, unsigned *requests)
{
    char path[PATH_MAX], value[32];
    snprintf(path, sizeof(path), "%s/sys/block", root);
    DIR *directory = opendir(path);
    *disks = *requests = 0;
    for (struct dirent *entry; directory && (entry = readdir(directory)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        ++*disks;
        if (!file_read_line(value, sizeof(value), "%s/sys/block/%s/queue/nr_requests", root, entry->d_name))
            continue;
        snprintf(path, sizeof(path), "%s/sys/block/%s/mq", root, entry->d_name);
        unsigned queues = count_entries(path);
        // Each hardware queue has its own; a legacy queue has one for reads and one for writes.
        *requests += (unsigned)strtoul(value, NULL, 10) * (queues ? queues : 2);
    }
    if (directory)
        closedir(directory);
}

// Calls visit(context, DIRECTORY, NAME) for each disk, in the natural order of their names.
static void each_disk(const char *root, void (*visit)(void *context, const char *directory, const char *name),
                      void *context)
{
    char path[PATH_MAX], directory[PATH_MAX * 2];
    struct dirent **entries;
    snprintf(path, sizeof(path), "%s/sys/block", root);
    int n = scandir(path, &entries, NULL, by_name);
    for (int i = 0; i < n; i++) {
        snprintf(directory, sizeof(directory), "%s/%s", path, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.')
            visit(context, directory, entries[i]->d_name);
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
}

// A disk of no size has no medium, or is a loop device without a file.
static void add_traceable(void *context, const char *directory, const char *name)
{
    char value[32];
    bool is_empty = file_read_line(value, sizeof(value), "%s/size", directory) && strcmp(value, "0") == 0;
    if (!is_empty && has_requests(directory))
        names_add(context, name);
}

void disk_list_traceable(const char *root, char *list, size_t size)
{
    struct names names = no_names;
    names.max = LISTED_DISKS_MAX;
    each_disk(root, add_traceable, &names);
    names_print(&names, list, size);
}

struct special {
    struct names without, off;
};

static void add_special(void *context, const char *directory, const char *name)
{
    struct special *special = context;
    char value[32];
    if (!has_requests(directory))
        names_add(&special->without, name);
    else if (file_read_line(value, sizeof(value), "%s/queue/iostats", directory) && strcmp(value, "0") == 0)
        names_add(&special->off, name);
}

void disk_list_special(const char *root, char *without_requests, size_t size, char *iostats_off,
                       size_t iostats_off_size)
{
    struct special special = {no_names, no_names};
    each_disk(root, add_special, &special);
    snprintf(without_requests, size, "%s", special.without.text);
    snprintf(iostats_off, iostats_off_size, "%s", special.off.text);
}
