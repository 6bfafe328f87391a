// SPDX-License-Identifier: Apache-2.0
// See mount.h.
#include "kernel/mount.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "kernel/disk.h"
#include "util/file.h"

// File systems whose files do not lead to a block device, and why. A file system that is in no row and was
// not mounted from a path has no disk. To add one: a row.
static const struct {
    const char *type; // or its beginning, up to a dot
    const char *words;
} diskless[] = {
    {"overlay", "whose files lie on other file systems: -d takes a path on one of those"},
    {"zfs", "which does not tell the kernel its disks (zpool status shows them)"},
    {"btrfs", "whose disks are not known for certain"}, // if btrfs_devices() finds none
    {"bcachefs", "whose disks are not known for certain"},
    {"nfs", "whose disks are another machine's"},
    {"nfs4", "whose disks are another machine's"},
    {"cifs", "whose disks are another machine's"},
    {"smb3", "whose disks are another machine's"},
    {"ceph", "whose disks are another machine's"},
    {"9p", "whose disks are another machine's"},
    {"virtiofs", "whose disks are another machine's"},
    {"fuse", "whose disks only its program knows"},
};

// ---- mountinfo ----

void mount_unescape(char *text)
{
    char *to = text;
    for (const char *from = text; *from; to++) {
        if (from[0] == '\\' && strspn(from + 1, "01234567") >= 3) {
            *to = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
            from += 4;
        } else {
            *to = *from++;
        }
    }
    *to = 0;
}

// "36 35 98:0 /root /mount/point options optional... - type source ..."
static bool parse_line(char *line, int id, struct mount *mount)
{
    char *end, *rest = strstr(line, " - ");
    if (strtol(line, &end, 10) != id || end == line || *end != ' ' || !rest)
        return false;
    char *type = strtok_r(rest + 3, " \n", &rest);
    char *source = type ? strtok_r(NULL, " \n", &rest) : NULL;
    if (!source)
        return false;
    mount_unescape(source);
    snprintf(mount->type, sizeof(mount->type), "%s", type);
    snprintf(mount->source, sizeof(mount->source), "%s", source);
    return true;
}

bool mount_find(FILE *mountinfo, int id, struct mount *mount)
{
    char *line = NULL;
    size_t capacity = 0;
    bool found = false;
    while (!found && getline(&line, &capacity, mountinfo) > 0)
        found = parse_line(line, id, mount);
    free(line);
    return found;
}

// The id of the mount that a path is in; -1 if it is not known. (statx() has it only since 5.8.)
static int mount_id(const char *path)
{
    char name[64], line[128];
    int id = -1, fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return -1;
    snprintf(name, sizeof(name), "/proc/self/fdinfo/%d", fd);
    FILE *info = fopen(name, "re");
    while (info && fgets(line, sizeof(line), info))
        if (sscanf(line, "mnt_id: %d", &id) == 1)
            break;
    if (info)
        fclose(info);
    close(fd);
    return id;
}

static bool mount_of(const char *root, const char *path, struct mount *mount)
{
    char name[PATH_MAX];
    snprintf(name, sizeof(name), "%s/proc/self/mountinfo", root);
    int id = mount_id(path);
    FILE *mountinfo = id < 0 ? NULL : fopen(name, "re");
    bool found = mountinfo && mount_find(mountinfo, id, mount);
    if (mountinfo)
        fclose(mountinfo);
    return found;
}

// ---- btrfs: a file has a device number of its subvolume's, which is no block device's ----

// The kernel's name of the device that it was mounted from.
static bool source_name(const char *root, const struct mount *mount, char name[DISK_NAME_SIZE])
{
    struct stat status;
    const char *slash = strrchr(mount->source, '/');
    if (stat(mount->source, &status) == 0 && S_ISBLK(status.st_mode) &&
        disk_kernel_name(root, DISK_DEV(major(status.st_rdev), minor(status.st_rdev)), name))
        return true;
    snprintf(name, DISK_NAME_SIZE, "%s", slash ? slash + 1 : "");
    return name[0];
}

static int read_devices(const char *directory, uint32_t *devs, size_t max)
{
    size_t n = 0;
    DIR *devices = opendir(directory);
    for (struct dirent *entry; devices && (entry = readdir(devices)) != NULL;) {
        char dev[32];
        unsigned a, b;
        if (entry->d_name[0] == '.')
            continue;
        if (!file_read_line(dev, sizeof(dev), "%s/%s/dev", directory, entry->d_name) ||
            sscanf(dev, "%u:%u", &a, &b) != 2 || n == max) { // then not all are known
            n = 0;
            break;
        }
        devs[n++] = DISK_DEV(a, b);
    }
    if (devices)
        closedir(devices);
    return (int)n;
}

// All devices of the file system that has that one, as /sys/fs/btrfs/UUID/devices lists them. 0: not known.
static int btrfs_devices(const char *root, const struct mount *mount, uint32_t *devs, size_t max)
{
    char path[PATH_MAX], directory[PATH_MAX * 2], device[PATH_MAX * 3], name[DISK_NAME_SIZE];
    int n = 0;
    if (!source_name(root, mount, name))
        return 0;
    snprintf(path, sizeof(path), "%s/sys/fs/btrfs", root);
    DIR *systems = opendir(path);
    for (struct dirent *entry; n == 0 && systems && (entry = readdir(systems)) != NULL;) {
        snprintf(directory, sizeof(directory), "%s/%s/devices", path, entry->d_name);
        snprintf(device, sizeof(device), "%s/%s", directory, name);
        if (entry->d_name[0] != '.' && access(device, F_OK) == 0)
            n = read_devices(directory, devs, max);
    }
    if (systems)
        closedir(systems);
    return n;
}

// ---- both ----

static int refuse(const char *path, const struct mount *mount, char *why, size_t size)
{
    const char *words =
        mount->source[0] == '/' ? "whose disks are not known for certain" : "which has no disk";
    size_t length = strcspn(mount->type, ".");
    for (size_t i = 0; i < sizeof(diskless) / sizeof(diskless[0]); i++)
        if (strlen(diskless[i].type) == length && strncmp(diskless[i].type, mount->type, length) == 0)
            words = diskless[i].words;
    snprintf(why, size, "%s is on %s, %s", path, mount->type, words);
    return -ENODEV;
}

int mount_devices(const char *root, const char *path, uint32_t *devs, size_t max, char *why, size_t size)
{
    struct stat status;
    struct mount mount;
    if (stat(path, &status) < 0) {
        snprintf(why, size, "%s: %s", path, strerror(errno));
        return -ENODEV;
    }
    if (major(status.st_dev) != 0) {
        devs[0] = DISK_DEV(major(status.st_dev), minor(status.st_dev));
        return 1;
    }
    if (!mount_of(root, path, &mount)) {
        snprintf(why, size, "cannot tell which disk %s is on: /proc/self/mountinfo does not say", path);
        return -ENODEV;
    }
    int n = strcmp(mount.type, "btrfs") == 0 ? btrfs_devices(root, &mount, devs, max) : 0;
    return n > 0 ? n : refuse(path, &mount, why, size);
}
