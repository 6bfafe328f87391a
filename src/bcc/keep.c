// SPDX-License-Identifier: Apache-2.0
// See keep.h.
#include "keep.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cache.h"
#include "cache_key.h"
#include "close_all.h"
#include "kept_file.h"

void keeper_complain(struct keeper *keeper, const char *what, int error)
{
    snprintf(keeper->why_not, sizeof(keeper->why_not), "%s: %s", what, strerror(-error));
}

bool keeper_is_empty(struct keeper *keeper)
{
    int fd = keeper->directory
                 ? cache_open(keeper->directory, false, keeper->why_not, sizeof(keeper->why_not))
                 : -1;
    if (fd < 0)
        return true;
    bool is_empty = cache_is_empty(fd);
    close(fd);
    return is_empty;
}

// The same source, here and now.
static bool is_of(const struct keeper *keeper, const void *bytes, size_t size)
{
    struct kept_view view;
    return kept_view(bytes, size, &view) && view.header->key_size == keeper->key_size &&
           memcmp(view.key, keeper->key, keeper->key_size) == 0;
}

static struct kept *find_in(struct keeper *keeper, int directory_fd)
{
    struct kept *kept = NULL;
    char name[CACHE_NAME_SIZE];
    void *bytes;
    size_t size;
    cache_name(keeper->key, keeper->key_size, name);
    int error = cache_read(directory_fd, name, &bytes, &size, &keeper->written);
    if (error == -ENOENT)
        return NULL;
    if (!error) {
        error = is_of(keeper, bytes, size) ? kept_open(&kept, bytes, size) : -EINVAL;
        if (error)
            free(bytes);
    }
    if (error)
        keeper_complain(keeper, "the kept program does not fit", error);
    return kept;
}

struct kept *keeper_find(struct keeper *keeper, const struct bcc_file *headers, size_t n_headers,
                         const struct bcc_source *source)
{
    free(keeper->key);
    keeper->key = NULL;
    keeper->why_not[0] = 0;
    if (!keeper->directory)
        return NULL;
    keeper->key =
        cache_key(headers, n_headers, source, &keeper->key_size, keeper->why_not, sizeof(keeper->why_not));
    int fd =
        keeper->key ? cache_open(keeper->directory, false, keeper->why_not, sizeof(keeper->why_not)) : -1;
    if (fd < 0)
        return NULL;
    struct kept *kept = find_in(keeper, fd);
    close(fd);
    return kept;
}

// What was described, and the key behind it. NULL: see errno.
static void *make_file(const struct keeper *keeper, int described_fd, size_t *size)
{
    struct stat status;
    struct kept_view view;
    if (fstat(described_fd, &status) < 0)
        return NULL;
    size_t described = (size_t)status.st_size;
    char *bytes = malloc(described + keeper->key_size);
    if (!bytes || pread(described_fd, bytes, described, 0) != (ssize_t)described ||
        described < sizeof(struct kept_header)) {
        errno = bytes ? EIO : ENOMEM;
        free(bytes);
        return NULL;
    }
    *size = described + keeper->key_size;
    memcpy(bytes + described, keeper->key, keeper->key_size);
    ((struct kept_header *)bytes)->key_size = (uint32_t)keeper->key_size;
    kept_seal(bytes, *size);
    if (kept_view(bytes, *size, &view))
        return bytes;
    free(bytes);
    errno = EFBIG;
    return NULL;
}

void keeper_keep(struct keeper *keeper, int described_fd)
{
    char name[CACHE_NAME_SIZE];
    size_t size;
    if (geteuid() != 0) {
        snprintf(keeper->why_not, sizeof(keeper->why_not), "only root keeps programs");
        return;
    }
    int fd = cache_open(keeper->directory, true, keeper->why_not, sizeof(keeper->why_not));
    if (fd < 0)
        return;
    cache_name(keeper->key, keeper->key_size, name);
    void *bytes = make_file(keeper, described_fd, &size);
    int error = bytes ? cache_write(fd, name, bytes, size) : -errno;
    if (error)
        keeper_complain(keeper, keeper->directory, error);
    else
        keeper->why_not[0] = 0;
    free(bytes);
    close(fd);
}

// In a process that nobody waits for: the disk of the cache may be the one that hangs. It has none of the
// caller's file descriptors, so that probes and output end with the caller.
static void keep_aside(struct keeper *keeper, int described_fd, int result_fd)
{
    if (setsid() < 0 || fork() != 0)
        _exit(0);
    close_all_but(described_fd, result_fd);
    keeper_keep(keeper, described_fd);
    ssize_t written = write(result_fd, keeper->why_not, strlen(keeper->why_not) + 1);
    _exit(written < 0);
}

void keeper_keep_aside(struct keeper *keeper, int described_fd, int patience_ms)
{
    int fds[2] = {-1, -1};
    pid_t pid = pipe2(fds, O_CLOEXEC) < 0 ? -1 : fork();
    if (pid == 0)
        keep_aside(keeper, described_fd, fds[1]);
    if (pid < 0) {
        keeper_complain(keeper, "no process to write it", -errno);
        close(fds[0]);
        close(fds[1]);
        return;
    }
    close(fds[1]);
    waitpid(pid, NULL, 0);
    struct pollfd result = {.fd = fds[0], .events = POLLIN};
    snprintf(keeper->why_not, sizeof(keeper->why_not), "it is still being written");
    if (patience_ms && poll(&result, 1, patience_ms) > 0 &&
        read(fds[0], keeper->why_not, sizeof(keeper->why_not)) <= 0)
        snprintf(keeper->why_not, sizeof(keeper->why_not), "the process that writes it was killed");
    close(fds[0]);
}

void keeper_free(struct keeper *keeper)
{
    free(keeper->key);
    keeper->key = NULL;
}
