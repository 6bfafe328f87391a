// SPDX-License-Identifier: Apache-2.0
// See process.h.
#include "util/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <unistd.h>

static int fill_standard_descriptors(void)
{
    for (int fd = 0; fd <= 2; fd++) // open takes the lowest number that is free
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) < 0)
            return -errno;
    return 0;
}

static sigset_t ending_signals(void)
{
    struct sigaction hup;
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    if (sigaction(SIGHUP, NULL, &hup) < 0 || hup.sa_handler != SIG_IGN)
        sigaddset(&ends, SIGHUP);
    return ends;
}

int process_begin(void)
{
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGCHLD, SIG_DFL);
    signal(SIGPIPE, SIG_IGN);
    const sigset_t ends = ending_signals();
    sigprocmask(SIG_UNBLOCK, &ends, NULL);
    return fill_standard_descriptors();
}

int signals_open(struct signals *signals)
{
    const sigset_t ends = ending_signals();
    sigprocmask(SIG_BLOCK, &ends, NULL);
    *signals = (struct signals){.fd = signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK)};
    return signals->fd < 0 ? -errno : 0;
}

unsigned signals_take(struct signals *signals)
{
    struct signalfd_siginfo taken;
    while (signals->fd >= 0 && read(signals->fd, &taken, sizeof(taken)) == (ssize_t)sizeof(taken))
        signals->n++;
    return signals->n;
}

void signals_close(struct signals *signals)
{
    if (signals->fd < 0)
        return;
    close(signals->fd);
    signals->fd = -1;
    const sigset_t ends = ending_signals();
    sigprocmask(SIG_UNBLOCK, &ends, NULL);
}
