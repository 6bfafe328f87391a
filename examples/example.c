// SPDX-License-Identifier: Apache-2.0
// See example.h.
#include "example.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "kernel/kernel.h"
#include "trace/embedded.h"
#include "util/process.h"

static void set_value(const struct example_option *option, const char *text)
{
    char *end;
    errno = 0;
    *option->value = option->max ? strtol(text, &end, 10) : 1;
    if (!option->max || (isdigit((unsigned char)text[0]) && !*end && !errno && *option->value >= 1 &&
                         *option->value <= option->max))
        return;
    exit(fail(EXIT_USAGE, "%s '%s' is not a whole number from 1 to %ld", option->name, text, option->max));
}

#define MAX_OPTIONS 8

static void parse(int argc, char **argv, const char *help, const struct example_option *options, size_t n)
{
    struct option names[MAX_OPTIONS + 1] = {{"help", no_argument, NULL, 'h'}};
    char letters[2 * MAX_OPTIONS + 2] = "h";
    size_t n_names = 1, row = 0;
    for (; row < n && options[row].letter; row++) {
        int has_argument = options[row].max ? required_argument : no_argument;
        names[n_names++] = (struct option){options[row].name, has_argument, NULL, options[row].letter};
        snprintf(letters + strlen(letters), 3, options[row].max ? "%c:" : "%c", options[row].letter);
    }
    for (int letter; (letter = getopt_long(argc, argv, letters, names, NULL)) >= 0;) {
        if (letter == '?')
            exit(EXIT_USAGE); // getopt_long has reported it
        if (letter == 'h')
            exit(fputs(help, stdout) < 0 || fflush(stdout) != 0 ? EXIT_FAILED : EXIT_DONE);
        for (size_t i = 0; i < row; i++)
            if (options[i].letter == letter)
                set_value(&options[i], optarg);
    }
    for (; optind < argc; optind++, row++) {
        if (row == n)
            exit(fail(EXIT_USAGE, "unrecognized argument: %s", argv[optind]));
        set_value(&options[row], argv[optind]);
    }
}

void example_begin(int argc, char **argv, const char *help, const struct example_option *options, size_t n)
{
    int error = process_begin();
    if (error)
        exit(fail(EXIT_FAILED, "cannot open /dev/null: %s", strerror(-error)));
    parse(argc, argv, help, options, n);
    const char *lacking = kernel_lacks_capability();
    if (lacking)
        exit(fail(EXIT_FAILED, "not permitted to trace: %s", lacking));
}

int example_compile(struct bcc **bcc, const char *text)
{
    // The texts of the examples use no struct of the kernel's: the headers in the program are enough, with
    // BTF or without.
    const struct bcc_source source = {.text = text};
    char why[WHY_SIZE];
    int error = bcc_open(bcc, embedded_headers, embedded_headers_count, BCC_CACHE_DIRECTORY);
    if (error)
        return fail(EXIT_FAILED, "cannot start the process that compiles: %s%s", strerror(-error),
                    fail_hint(error));
    error = bcc_compile(*bcc, &source);
    if (!error)
        return EXIT_DONE;
    bcc_explain(*bcc, error, why, sizeof(why));
    return fail(EXIT_FAILED, "%s%s", why, fail_hint(error));
}

int example_run(struct example_run *run)
{
    *run = (struct example_run){.signals.fd = -1};
    int error = signals_open(&run->signals);
    if (!error)
        error = stream_open(&run->stream, STDOUT_FILENO, &run->signals);
    if (error)
        return fail(EXIT_FAILED, "cannot prepare to wait: %s%s", strerror(-error), fail_hint(error));
    run->out = stream_file(run->stream);
    return EXIT_DONE;
}

void example_end(struct example_run *run)
{
    stream_close(run->stream);
    signals_close(&run->signals);
}

int example_wait(struct example_run *run, int fd)
{
    struct pollfd fds[] = {{.fd = run->signals.fd, .events = POLLIN}, {.fd = fd, .events = POLLIN}};
    while (!run->ended && !fds[1].revents) {
        if (poll(fds, 2, -1) < 0 && errno != EINTR)
            return fail(EXIT_FAILED, "cannot wait: poll(2): %s", strerror(errno));
        run->ended = signals_take(&run->signals) > 0;
    }
    return EXIT_DONE;
}

int example_timer(long interval_s)
{
    const struct itimerspec every = {{interval_s, 0}, {interval_s, 0}};
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    timerfd_settime(timer, 0, &every, NULL);
    return timer;
}

int example_tick(struct example_run *run, int timer)
{
    uint64_t times;
    int status = example_wait(run, timer);
    if (status == EXIT_DONE && !run->ended && read(timer, &times, sizeof(times)) < 0)
        status = fail(EXIT_FAILED, "cannot read the timer: %s", strerror(errno));
    return status;
}

int example_flush(struct example_run *run)
{
    int error = stream_flush(run->stream);
    if (!error)
        return EXIT_DONE;
    run->ended = true;
    if (error == -EPIPE)
        return EXIT_DONE;
    return fail(EXIT_FAILED, "cannot write to standard output: %s", strerror(-error));
}
