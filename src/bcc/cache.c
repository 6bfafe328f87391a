// SPDX-License-Identifier: Apache-2.0
// See cache.h.
#include "cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kept_file.h"

#define UNFINISHED "new-" // begins the names of files that are being written
#define UNFINISHED_MAX_S 60

// NULL: it is root's alone.
static const char *distrust(int fd, struct stat *status)
{
    if (fstat(fd, status) < 0)
        return strerror(errno);
    if (status->st_uid != 0)
        return "it does not belong to root";
    return status->st_mode & (S_IWGRP | S_IWOTH) ? "others than root may write to it" : NULL;
}

static int make_directory(int above_fd, const char *name)
{
    if (mkdirat(above_fd, name, 0755) < 0 && errno != EEXIST) // another process may have made it just now
        return -errno;
    int fd = openat(above_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    fchmod(fd, 0755); // whatever umask is
    return fd;
}

// The directory `name` of another one.
static int enter(int above_fd, const char *name, bool is_last, bool may_make)
{
    int how = is_last ? O_RDONLY : O_PATH;
    int fd = openat(above_fd, name, how | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), error = errno;
    if (fd < 0 && error == ENOENT && is_last && may_make)
        return make_directory(above_fd, name);
    return fd < 0 ? -error : fd;
}

int cache_open(const char *directory, bool may_make, char *why, size_t size)
{
    char path[PATH_MAX], *at = path, *name;
    struct stat status;
    if (directory[0] != '/' || snprintf(path, sizeof(path), "%s", directory) >= (int)sizeof(path))
        return -EINVAL;
    int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), error = fd < 0 ? -errno : 0;
    const char *bad = fd < 0 ? strerror(errno) : distrust(fd, &status);
    while (!bad && (name = strsep(&at, "/")) != NULL) {
        if (!name[0])
            continue;
        int above_fd = fd;
        fd = enter(above_fd, name, !at, may_make);
        close(above_fd);
        error = fd < 0 ? fd : 0;
        bad = error ? strerror(-error) : distrust(fd, &status);
    }
    if (!bad)
        return fd;
    int length = at ? (int)(at - path) - 1 : (int)strlen(directory);
    snprintf(why, size, "%.*s: %s", length > 0 ? length : 1, directory, bad);
    if (fd >= 0)
        close(fd);
    return error ? error : -EPERM;
}

static DIR *list(int directory_fd)
{
    int fd = openat(directory_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *files = fd < 0 ? NULL : fdopendir(fd);
    if (!files && fd >= 0)
        close(fd);
    return files;
}

bool cache_is_empty(int directory_fd)
{
    DIR *files = list(directory_fd);
    bool is_empty = true;
    for (struct dirent *file; files && is_empty && (file = readdir(files)) != NULL;)
        is_empty = file->d_name[0] == '.';
    if (files)
        closedir(files);
    return is_empty;
}

static int read_all(int fd, char *bytes, size_t size)
{
    size_t done = 0;
    while (done < size) {
        ssize_t n = read(fd, bytes + done, size - done);
        if (n == 0 || (n < 0 && errno != EINTR))
            return n == 0 ? -EIO : -errno;
        done += n > 0 ? (size_t)n : 0;
    }
    return 0;
}

int cache_read(int directory_fd, const char *name, void **bytes, size_t *size, time_t *written)
{
    struct stat status;
    int fd = openat(directory_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int error = -EPERM;
    char *read_bytes = NULL;
    if (!distrust(fd, &status) && S_ISREG(status.st_mode) && status.st_size > 0 &&
        status.st_size <= KEPT_FILE_MAX) {
        read_bytes = malloc((size_t)status.st_size);
        error = read_bytes ? read_all(fd, read_bytes, (size_t)status.st_size) : -ENOMEM;
    }
    close(fd);
    if (error) {
        free(read_bytes);
        return error;
    }
    *bytes = read_bytes;
    *size = (size_t)status.st_size;
    *written = status.st_mtime;
    return 0;
}

// Removes the oldest file if all together have more bytes than that, and each that was left unfinished. True:
// there may be more to remove.
static bool remove_oldest(int directory_fd, size_t most)
{
    DIR *files = list(directory_fd);
    char oldest[NAME_MAX + 1] = "";
    time_t when = 0;
    size_t sum = 0;
    for (struct dirent *file; files && (file = readdir(files)) != NULL;) {
        struct stat status;
        if (fstatat(directory_fd, file->d_name, &status, AT_SYMLINK_NOFOLLOW) < 0 || S_ISDIR(status.st_mode))
            continue;
        if (strncmp(file->d_name, UNFINISHED, strlen(UNFINISHED)) == 0 &&
            time(NULL) - status.st_mtime > UNFINISHED_MAX_S)
            unlinkat(directory_fd, file->d_name, 0);
        sum += (size_t)status.st_size;
        if (!oldest[0] || status.st_mtime < when) {
            snprintf(oldest, sizeof(oldest), "%s", file->d_name);
            when = status.st_mtime;
        }
    }
    if (files)
        closedir(files);
    return sum > most && oldest[0] && unlinkat(directory_fd, oldest, 0) == 0;
}

static int write_all(int fd, const char *bytes, size_t size)
{
    while (size) {
        ssize_t n = write(fd, bytes, size);
        if (n < 0 && errno != EINTR)
            return -errno;
        bytes += n > 0 ? n : 0;
        size -= n > 0 ? (size_t)n : 0;
    }
    return 0;
}

int cache_write(int directory_fd, const char *name, const void *bytes, size_t size)
{
    char unfinished[64];
    while (remove_oldest(directory_fd, CACHE_MAX - size))
        ;
    snprintf(unfinished, sizeof(unfinished), UNFINISHED "%d", (int)getpid());
    unlinkat(directory_fd, unfinished, 0); // of a process that had the same number
    int fd = openat(directory_fd, unfinished, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    int error = write_all(fd, bytes, size);
    if (!error && (fchmod(fd, 0644) < 0 || renameat(directory_fd, unfinished, directory_fd, name) < 0))
        error = -errno;
    close(fd);
    if (error)
        unlinkat(directory_fd, unfinished, 0);
    return error;
}
