// SPDX-License-Identifier: Apache-2.0
// Creates processes, for the tests of the examples: spawn NAME COUNT [WAYS] [CPUS]
// Under the name NAME (as the kernel has it), COUNT children that end at once, one after the other. WAYS:
// letters that take turns: f fork, c clone, 3 clone3, v vfork, t a thread, which is no process (default: f).
// CPUS: numbers that take turns, as 0,1: the CPU on which the next child is created.
#include <errno.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_CPUS 64

static void *do_nothing(void *nothing)
{
    return nothing;
}

static int make_thread(void)
{
    pthread_t thread;
    return pthread_create(&thread, NULL, do_nothing, NULL) == 0 && pthread_join(thread, NULL) == 0 ? 0 : -1;
}

static pid_t make(char way)
{
    uint64_t arguments[8] = {[4] = SIGCHLD}; // struct clone_args: exit_signal
    switch (way) {
    case 'c':
        return (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    case '3':
        return (pid_t)syscall(SYS_clone3, arguments, sizeof(arguments));
    default:
        return fork();
    }
}

static int make_one(char way)
{
    int status;
    if (way == 't')
        return make_thread();
    pid_t pid = way == 'v' ? vfork() : make(way);
    if (pid == 0)
        _exit(0);
    return pid > 0 && waitpid(pid, &status, 0) == pid ? 0 : -1;
}

static size_t parse_cpus(char *text, int cpus[MAX_CPUS])
{
    size_t n = 0;
    char *rest;
    for (char *word = strtok_r(text, ",", &rest); word && n < MAX_CPUS; word = strtok_r(NULL, ",", &rest))
        cpus[n++] = (int)strtol(word, NULL, 10);
    return n;
}

static int move_to(int cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)cpu, &set);
    return sched_setaffinity(0, sizeof(set), &set);
}

int main(int argc, char **argv)
{
    int cpus[MAX_CPUS];
    if (argc < 3)
        return 2;
    const char *ways = argc > 3 ? argv[3] : "f";
    size_t n_cpus = argc > 4 ? parse_cpus(argv[4], cpus) : 0;
    prctl(PR_SET_NAME, argv[1]);
    for (size_t i = 0, n = strtoul(argv[2], NULL, 10); i < n; i++)
        if ((n_cpus && move_to(cpus[i % n_cpus]) < 0) || make_one(ways[i % strlen(ways)]) < 0) {
            perror("spawn");
            return 1;
        }
    return 0;
}
