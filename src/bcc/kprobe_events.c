// SPDX-License-Identifier: Apache-2.0
// See kprobe_events.h.
#include "kprobe_events.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "close_all.h"

bool kprobes_are_named(void)
{
    return access("/sys/bus/event_source/devices/kprobe/type", F_OK) != 0;
}

static const char *events_path(void)
{
    static const char *const paths[] = {"/sys/kernel/debug/tracing/kprobe_events",
                                        "/sys/kernel/tracing/kprobe_events"};
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
        if (access(paths[i], W_OK) == 0)
            return paths[i];
    return NULL;
}

// The names of the events that process `pid` made, one a line. Lines of the file are "p:GROUP/NAME FUNCTION".
static char *list_events(const char *path, pid_t pid)
{
    FILE *events = fopen(path, "re");
    char *line = NULL, *names = NULL, ending[32];
    size_t size = 0, names_size = 0;
    FILE *out = events ? open_memstream(&names, &names_size) : NULL;
    snprintf(ending, sizeof(ending), "_bcc_%d", (int)pid);
    while (out && getline(&line, &size, events) > 0) {
        char *name = strchr(line, ':');
        if (!name)
            continue;
        name[strcspn(name, " \n")] = 0;
        size_t length = strlen(name), n = strlen(ending);
        if (length > n && strcmp(name + length - n, ending) == 0)
            fprintf(out, "%s\n", name);
    }
    free(line);
    if (events)
        fclose(events);
    if (out)
        fclose(out);
    return names;
}

// An event is busy until the kernel has let go of its perf file descriptor: tries for a second.
static void remove_event(const char *path, const char *name)
{
    const struct timespec pause = {.tv_nsec = 50000000L};
    for (int tries = 0; tries < 20; tries++) {
        int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
        if (fd < 0)
            return;
        bool busy = dprintf(fd, "-%s\n", name) < 0 && errno == EBUSY;
        close(fd);
        if (!busy)
            return;
        nanosleep(&pause, NULL);
    }
}

void kprobe_events_remove(pid_t pid)
{
    const char *path = events_path();
    char *names = path ? list_events(path, pid) : NULL, *rest = NULL;
    for (char *name = names ? strtok_r(names, "\n", &rest) : NULL; name; name = strtok_r(NULL, "\n", &rest))
        remove_event(path, name);
    free(names);
}

// The number of an event of the group kprobes, from its file `id`.
static int read_id(const char *path, const char *name)
{
    char id_path[PATH_MAX];
    int id = -EIO;
    snprintf(id_path, sizeof(id_path), "%.*s/events/kprobes/%s/id", (int)(strrchr(path, '/') - path), path,
             name);
    FILE *file = fopen(id_path, "re");
    if (!file)
        return -errno;
    if (fscanf(file, "%d", &id) != 1)
        id = -EIO;
    fclose(file);
    return id;
}

int kprobe_event_make(const char *function)
{
    const char *path = events_path();
    char name[64]; // the kernel takes no longer ones
    int fd = path ? open(path, O_WRONLY | O_APPEND | O_CLOEXEC) : -1, error = 0;
    if (fd < 0)
        return path ? -errno : -ENOENT;
    if (snprintf(name, sizeof(name), "p_%s_bcc_%d", function, (int)getpid()) >= (int)sizeof(name))
        error = -ENAMETOOLONG;
    else if (dprintf(fd, "p:kprobes/%s %s\n", name, function) < 0)
        error = -errno;
    close(fd);
    return error ? error : read_id(path, name);
}

// In the process that watches. It holds nothing but the pipe.
static void watch(int fd, pid_t events_of)
{
    sigset_t all;
    char byte;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    if (setsid() < 0 || dup2(fd, 0) < 0)
        _exit(1);
    close_all_but(0, 0); // among them the pipe's other end
    while (read(0, &byte, 1) < 0 && errno == EINTR)
        ;
    kprobe_events_remove(events_of);
    _exit(0);
}

pid_t kprobe_events_watch(pid_t events_of, int *fd)
{
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) < 0)
        return -errno;
    pid_t pid = fork();
    int error = -errno;
    if (pid == 0)
        watch(fds[0], events_of);
    close(fds[0]);
    if (pid < 0) {
        close(fds[1]);
        return error;
    }
    *fd = fds[1];
    return pid;
}
