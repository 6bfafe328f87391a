// SPDX-License-Identifier: Apache-2.0
// See cgroup.h. A file handle of a cgroup's directory holds the id, so one call opens it, however many there
// are.
#include "kernel/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel/mount.h"

#define SLOTS 256 // paths that are remembered

struct slot {
    uint64_t id;
    bool v1;
    char *path; // NULL: the slot is free
};

struct cgroups {
    struct cgroup_mounts mounts;
    int v2_fd, blkio_fd; // directories; -1 if there is none
    struct slot slots[SLOTS];
};

// ---- mounts ----

static bool has_word(const char *list, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = list; (at = strstr(at, word)) != NULL; at += length)
        if ((at == list || at[-1] == ',') && (at[length] == ',' || at[length] == 0))
            return true;
    return false;
}

// Leaves out a path that is too long.
static void take_path(char *escaped, char *to, size_t size)
{
    mount_unescape(escaped);
    size_t length = strlen(escaped);
    if (length < size)
        memcpy(to, escaped, length + 1);
}

// ID PARENT MAJOR:MINOR ROOT MOUNT-POINT OPTIONS FIELD... - TYPE SOURCE SUPER-OPTIONS
static void scan_line(char *line, struct cgroup_mounts *mounts)
{
    char *rest = NULL, *word = strtok_r(line, " \n", &rest), *point = NULL;
    for (int i = 0; word && strcmp(word, "-") != 0; i++, word = strtok_r(NULL, " \n", &rest))
        if (i == 4)
            point = word;
    const char *type = strtok_r(NULL, " \n", &rest);
    strtok_r(NULL, " \n", &rest);
    const char *options = strtok_r(NULL, " \n", &rest);
    if (!point || !type || !options)
        return;
    if (strcmp(type, "cgroup2") == 0 && !mounts->v2[0])
        take_path(point, mounts->v2, sizeof(mounts->v2));
    if (strcmp(type, "cgroup") == 0 && has_word(options, "blkio") && !mounts->blkio[0])
        take_path(point, mounts->blkio, sizeof(mounts->blkio));
}

void cgroup_scan_mounts(FILE *mountinfo, struct cgroup_mounts *mounts)
{
    char *line = NULL;
    size_t size = 0;
    *mounts = (struct cgroup_mounts){.v2 = ""};
    while (getline(&line, &size, mountinfo) > 0)
        scan_line(line, mounts);
    free(line);
}

static int open_mount(const char *path)
{
    return path[0] ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
}

int cgroups_open(struct cgroups **out)
{
    struct cgroups *cgroups = calloc(1, sizeof(*cgroups));
    if (!cgroups)
        return -ENOMEM;
    FILE *mountinfo = fopen("/proc/self/mountinfo", "re");
    if (mountinfo) {
        cgroup_scan_mounts(mountinfo, &cgroups->mounts);
        fclose(mountinfo);
    }
    cgroups->v2_fd = open_mount(cgroups->mounts.v2);
    cgroups->blkio_fd = open_mount(cgroups->mounts.blkio);
    *out = cgroups;
    return 0;
}

void cgroups_close(struct cgroups *cgroups)
{
    if (!cgroups)
        return;
    for (size_t i = 0; i < SLOTS; i++)
        free(cgroups->slots[i].path);
    if (cgroups->v2_fd >= 0)
        close(cgroups->v2_fd);
    if (cgroups->blkio_fd >= 0)
        close(cgroups->blkio_fd);
    free(cgroups);
}

// ---- paths ----

// Opens the directory by a handle. The kernel takes the id by itself (since 5.5, include/linux/exportfs.h:
// FILEID_KERNFS) or as an inode number and a generation, which it was before (FILEID_INO32_GEN).
static int open_id(int mount_fd, uint64_t id)
{
    static const int types[] = {0xfe, 1};
    union {
        struct file_handle handle;
        char space[sizeof(struct file_handle) + sizeof(uint64_t)];
    } by_id = {.handle.handle_bytes = sizeof(uint64_t)};
    const uint32_t halves[] = {(uint32_t)id, (uint32_t)(id >> 32)};
    int fd = -1;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]) && fd < 0; i++) {
        by_id.handle.handle_type = types[i];
        if (types[i] == 1)
            memcpy(by_id.space + sizeof(struct file_handle), halves, sizeof(halves));
        else
            memcpy(by_id.space + sizeof(struct file_handle), &id, sizeof(id));
        fd = open_by_handle_at(mount_fd, &by_id.handle, O_PATH | O_CLOEXEC);
    }
    return fd;
}

// False: there is no such cgroup, or it is gone.
static bool find_path(int mount_fd, const char *mount, uint64_t id, char *path, size_t size)
{
    char link[48];
    int fd = mount_fd < 0 ? -1 : open_id(mount_fd, id);
    if (fd < 0)
        return false;
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, size - 1);
    close(fd);
    if (n <= 0)
        return false;
    path[n] = 0;
    size_t above = strlen(mount);
    if (strncmp(path, mount, above) != 0 || (path[above] && path[above] != '/'))
        return false;
    memmove(path, path + above, (size_t)n - above + 1);
    if (!path[0])
        memcpy(path, "/", 2);
    return true;
}

const char *cgroups_path(struct cgroups *cgroups, uint64_t id, bool v1)
{
    struct slot *slot = &cgroups->slots[(id * 2 + v1) % SLOTS];
    char path[PATH_MAX];
    if (slot->path && slot->id == id && slot->v1 == v1)
        return slot->path;
    if (!find_path(v1 ? cgroups->blkio_fd : cgroups->v2_fd, v1 ? cgroups->mounts.blkio : cgroups->mounts.v2,
                   id, path, sizeof(path)))
        snprintf(path, sizeof(path), "%llu", (unsigned long long)id);
    free(slot->path);
    *slot = (struct slot){id, v1, strdup(path)};
    return slot->path ? slot->path : "?";
}
