// SPDX-License-Identifier: Apache-2.0
// See stream.h. A write that would block has to give up when a signal comes, but O_NONBLOCK on the caller's
// descriptor would change it for all who share it, the shell among them. So a pipe or a terminal is opened
// once more, by way of /proc, which gives a description of its own; a socket takes the flag for one write. A
// file does not block. Where /proc is not mounted, a write blocks as always.
#include "util/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/clock.h"

#define LAST_WAIT_NS 1000000000

struct stream {
    int fd, own_fd; // to write to; the one of the two that was opened here, or -1
    bool is_socket;
    struct signals *signals;
    uint64_t give_up_ns; // when to stop waiting for the reader, after a signal; 0: no signal has come
    int error;           // the first, as -errno
    FILE *file;
};

static ssize_t write_some(const struct stream *stream, const char *data, size_t size)
{
    return stream->is_socket ? send(stream->fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL)
                             : write(stream->fd, data, size);
}

// How long to go on waiting for the reader, in ms: -1 is for ever, 0 not at all.
static int patience_ms(struct stream *stream)
{
    unsigned n = signals_take(stream->signals);
    uint64_t now_ns = clock_ns();
    if (n == 0)
        return -1;
    if (stream->give_up_ns == 0)
        stream->give_up_ns = now_ns + LAST_WAIT_NS;
    if (n > 1 || now_ns >= stream->give_up_ns)
        return 0;
    return (int)((stream->give_up_ns - now_ns) / 1000000) + 1;
}

// Until it can be written to: 0; or -errno.
static int wait_for_reader(struct stream *stream)
{
    struct pollfd fds[] = {{.fd = stream->fd, .events = POLLOUT},
                           {.fd = stream->signals->fd, .events = POLLIN}};
    for (;;) {
        int timeout_ms = patience_ms(stream);
        if (timeout_ms == 0)
            return -ECANCELED;
        int n = poll(fds, 2, timeout_ms);
        if (n < 0 && errno != EINTR)
            return -errno;
        if (n > 0 && fds[0].revents)
            return 0;
    }
}

// What stdio calls to write. A failure is kept here, as stdio keeps no errno.
static ssize_t write_all(void *cookie, const char *data, size_t size)
{
    struct stream *stream = cookie;
    for (size_t done = 0; done < size && !stream->error;) {
        ssize_t n = write_some(stream, data + done, size - done);
        if (n >= 0)
            done += (size_t)n;
        else if (errno == EAGAIN || errno == EWOULDBLOCK)
            stream->error = wait_for_reader(stream);
        else if (errno != EINTR)
            stream->error = -errno;
    }
    return stream->error ? 0 : (ssize_t)size;
}

// A description of our own that does not block, where the descriptor could. -1: there is none.
static int open_again(int fd)
{
    char path[32];
    struct stat status;
    if (fstat(fd, &status) < 0 || !(S_ISFIFO(status.st_mode) || isatty(fd)))
        return -1;
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

int stream_open(struct stream **out, int fd, struct signals *signals)
{
    static const cookie_io_functions_t functions = {.write = write_all};
    struct stat status;
    struct stream *stream = calloc(1, sizeof(*stream));
    if (!stream)
        return -ENOMEM;
    stream->signals = signals;
    stream->own_fd = open_again(fd);
    stream->fd = stream->own_fd >= 0 ? stream->own_fd : fd;
    stream->is_socket = fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode);
    stream->file = fopencookie(stream, "w", functions);
    if (!stream->file) {
        stream_close(stream);
        return -ENOMEM;
    }
    *out = stream;
    return 0;
}

FILE *stream_file(struct stream *stream)
{
    return stream->file;
}

int stream_error(const struct stream *stream)
{
    return stream->error;
}

int stream_flush(struct stream *stream)
{
    if (fflush(stream->file) != 0 && !stream->error)
        stream->error = errno ? -errno : -EIO;
    return stream->error;
}

void stream_close(struct stream *stream)
{
    if (!stream)
        return;
    if (!stream->error)
        stream->error = -ECANCELED; // fclose would write
    if (stream->file)
        fclose(stream->file);
    if (stream->own_fd >= 0)
        close(stream->own_fd);
    free(stream);
}
