// SPDX-License-Identifier: Apache-2.0
// The kernel's trace pipe, line by line. See bcc.h.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bcc.h"

#define BUFFER_SIZE 65536 // several times what the kernel makes of one event

struct bcc_trace_pipe {
    int fd;
    size_t begin, end; // of what was read and not yet given to the caller, in buffer
    char buffer[BUFFER_SIZE + 1];
};

// tracefs by itself since 4.1; below debugfs, where the kernel mounts it when somebody looks.
static int open_pipe(void)
{
    static const char *const paths[] = {"/sys/kernel/tracing/trace_pipe",
                                        "/sys/kernel/debug/tracing/trace_pipe"};
    int fd = -1;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]) && fd < 0; i++) {
        if (i > 0 && errno != ENOENT)
            break; // it is there, but refused
        fd = open(paths[i], O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    }
    return fd < 0 ? -errno : fd;
}

static void explain(int error, char *why, size_t size)
{
    struct stat status;
    bool has_tracing = stat("/sys/kernel/tracing", &status) == 0 || stat("/sys/kernel/debug", &status) == 0;
    if (error == -ENOENT && has_tracing)
        snprintf(why, size,
                 "neither tracefs nor debugfs is mounted; mount one: "
                 "mount -t tracefs tracefs /sys/kernel/tracing");
    else if (error == -ENOENT)
        snprintf(why, size, "the kernel has no tracing (CONFIG_TRACING), or /sys is not mounted");
    else if (error == -EBUSY)
        snprintf(why, size, "somebody else reads the trace pipe (since 6.6 only one can)");
    else
        snprintf(why, size, "cannot open the trace pipe: %s", strerror(-error));
}

int bcc_trace_pipe_open(struct bcc_trace_pipe **out, char *why, size_t size)
{
    struct bcc_trace_pipe *pipe = malloc(sizeof(*pipe));
    int fd = pipe ? open_pipe() : -ENOMEM;
    if (fd < 0) {
        explain(fd, why, size);
        free(pipe);
        return fd;
    }
    pipe->fd = fd;
    pipe->begin = pipe->end = 0;
    *out = pipe;
    return 0;
}

int bcc_trace_pipe_fd(const struct bcc_trace_pipe *pipe)
{
    return pipe->fd;
}

// Reads behind what is there already. Bytes read, 0 if there is nothing now, or -errno.
static ssize_t fill(struct bcc_trace_pipe *pipe)
{
    memmove(pipe->buffer, pipe->buffer + pipe->begin, pipe->end - pipe->begin);
    pipe->end -= pipe->begin;
    pipe->begin = 0;
    ssize_t n = read(pipe->fd, pipe->buffer + pipe->end, BUFFER_SIZE - pipe->end);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -errno;
    pipe->end += (size_t)n;
    return n;
}

// Takes a line out of the buffer. NULL if there is no whole one.
static char *take_line(struct bcc_trace_pipe *pipe)
{
    char *line = pipe->buffer + pipe->begin, *end = memchr(line, '\n', pipe->end - pipe->begin);
    bool full = pipe->begin == 0 && pipe->end == BUFFER_SIZE;
    if (!end && !full)
        return NULL;
    if (!end)
        end = pipe->buffer + pipe->end; // one without an end: as much as fits
    pipe->begin = (size_t)(end - pipe->buffer) + (end < pipe->buffer + pipe->end);
    *end = 0;
    return line;
}

int bcc_trace_pipe_line(struct bcc_trace_pipe *pipe, char **line)
{
    for (;;) {
        *line = take_line(pipe);
        if (*line && **line)
            return 1;
        ssize_t n = *line ? 1 : fill(pipe);
        if (n <= 0)
            return (int)n;
    }
}

void bcc_trace_pipe_close(struct bcc_trace_pipe *pipe)
{
    if (!pipe)
        return;
    close(pipe->fd);
    free(pipe);
}
