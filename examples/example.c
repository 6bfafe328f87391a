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

#include "embedded.h"
#include "kernel.h"
#include "process.h"

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
            exit(EXIT_USAGE); // getopt_long has told
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
    process_begin();
    parse(argc, argv, help, options, n);
    const char *lacking = kernel_lacks_capability();
    if (lacking)
        exit(fail(EXIT_FAILED, "not permitted to trace: needs %s", lacking));
}

static int explain_compile(struct bcc *bcc, int error)
{
    char *log = bcc ? bcc_log(bcc) : NULL;
    const char *why = error == -EINVAL       ? "it does not compile"
                      : error == -ELIBACC    ? "libbcc cannot be opened"
                      : error == -EOWNERDEAD ? "the process that compiles was killed"
                                             : strerror(-error);
    fail(EXIT_FAILED, "cannot make the BPF program: %s%s", why, log && log[0] ? ":" : "");
    fputs(log ? log : "", stderr);
    free(log);
    return EXIT_FAILED;
}

int example_compile(struct bcc **bcc, const char *text)
{
    // The texts of the examples use no struct of the kernel's: the headers in the program are enough, with
    // BTF or without.
    const struct bcc_source source = {.text = text};
    int error = bcc_open(bcc, embedded_headers, embedded_headers_count);
    if (!error)
        error = bcc_compile(*bcc, &source);
    return error ? explain_compile(*bcc, error) : EXIT_DONE;
}

bool example_wait(int signals, int fd)
{
    struct pollfd fds[] = {{.fd = signals, .events = POLLIN}, {.fd = fd, .events = POLLIN}};
    while (poll(fds, 2, -1) < 0 && errno == EINTR)
        ;
    return fds[0].revents == 0;
}

int example_timer(long interval_s)
{
    const struct itimerspec every = {{interval_s, 0}, {interval_s, 0}};
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    timerfd_settime(timer, 0, &every, NULL);
    return timer;
}

bool example_tick(int signals, int timer)
{
    uint64_t times;
    return example_wait(signals, timer) && read(timer, &times, sizeof(times)) > 0;
}

int example_flush(bool *ended)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return EXIT_DONE;
    *ended = true;
    if (errno == EPIPE)
        return EXIT_DONE;
    return fail(EXIT_FAILED, "cannot write to standard output: %s", strerror(errno));
}
