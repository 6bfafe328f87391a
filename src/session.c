// SPDX-License-Identifier: Apache-2.0
// See session.h.
#include "session.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fail.h"
#include "frame.h"
#include "ios.h"
#include "process.h"
#include "report.h"

#define LONGEST_WAIT_S 1e9 // that the clock has room for

struct session {
    struct tracer *tracer;
    const struct options *options;
    const struct renderer *renderer;
    const struct kernel *kernel;
    struct ios *ios;  // NULL without samples
    int signal_fd;    // readable when it is to end
    bool reader_gone; // of standard output
    double began_s, last_s;
    struct snapshot before; // all that was counted until last_s
};

enum wake {
    WAKE_DEADLINE,
    WAKE_SIGNAL,
    WAKE_FAILED, // which has been told
    WAKE_READER_GONE,
};

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

// ---- output ----

static bool stdout_failed(void)
{
    return fflush(stdout) != 0 || ferror(stdout);
}

// It is not told again.
static int tell_write_error(int error)
{
    clearerr(stdout);
    return error == EPIPE ? EXIT_DONE
                          : fail(EXIT_FAILED, "cannot write to standard output: %s", strerror(error));
}

// To be called right after the failure, while errno is its.
static int write_error(struct session *session)
{
    int error = errno;
    session->reader_gone = error == EPIPE;
    return tell_write_error(error);
}

int session_check_output(void)
{
    return stdout_failed() ? tell_write_error(errno) : EXIT_DONE;
}

static void init_frame(const struct session *session, struct frame *frame, double seconds)
{
    const struct options *options = session->options;
    *frame = (struct frame){.by_disk = options->disks,
                            .by_flags = options->flags,
                            .milliseconds = options->milliseconds,
                            .seconds = seconds,
                            .with_ios = session->ios != NULL};
    clock_gettime(CLOCK_REALTIME, &frame->when);
}

// Makes a frame of what grew since the last time; the totals so far become `before`. 0 or -errno.
static int make_frame(struct session *session, struct frame *frame)
{
    const struct frame_names names = {tracer_disk_name, session->tracer, &session->kernel->flags};
    struct snapshot now = {0}, growth = {0};
    int error = tracer_read(session->tracer, &now);
    if (!error)
        error = snapshot_copy(&growth, &now);
    if (!error) {
        snapshot_subtract(&growth, &session->before);
        snapshot_hold_back_sums(&growth, &now);
        error = frame_make(frame, &growth, &names);
    }
    snapshot_free(&growth);
    snapshot_free(&session->before);
    session->before = now;
    return error;
}

static int print_block(struct session *session, double seconds)
{
    const struct options *options = session->options;
    const struct render_options render = {options->timestamp, options->extension, options->percentiles};
    struct frame frame;
    init_frame(session, &frame, seconds);
    int error = session->ios ? ios_end_interval(session->ios) : 0;
    if (!error)
        error = make_frame(session, &frame);
    if (error)
        return fail(EXIT_FAILED, "cannot read the histogram: %s", strerror(-error));
    session->renderer->print(stdout, &frame, &render);
    frame_free(&frame);
    if (session->ios)
        ios_print_interval(session->ios);
    return EXIT_DONE;
}

static void report(const struct session *session, int status)
{
    const struct run_report report = {.options = session->options,
                                      .total = &session->before,
                                      .seconds = session->last_s - session->began_s,
                                      .complete = status == EXIT_DONE && !session->reader_gone,
                                      .in_flight = tracer_in_flight(session->tracer),
                                      .samples = session->ios ? ios_taken(session->ios) : 0};
    report_run(&report);
}

// ---- waiting ----

static int take_ios(struct session *session)
{
    int error = ios_take(session->ios);
    return error ? fail(EXIT_FAILED, "cannot read the perf buffer: %s", strerror(-error)) : EXIT_DONE;
}

// Waits for a deadline or a signal, and takes the single I/Os that come meanwhile.
static enum wake wait_until(struct session *session, double deadline_s)
{
    struct pollfd fds[] = {{.fd = session->signal_fd, .events = POLLIN},
                           {.fd = session->ios ? tracer_ios_fd(session->tracer) : -1, .events = POLLIN}};
    for (;;) {
        double left_s = deadline_s - now_s();
        if (left_s < 0)
            left_s = 0;
        if (left_s > LONGEST_WAIT_S)
            left_s = LONGEST_WAIT_S;
        struct timespec left = {.tv_sec = (time_t)left_s,
                                .tv_nsec = (long)((left_s - (double)(time_t)left_s) * 1e9)};
        int n = ppoll(fds, sizeof(fds) / sizeof(fds[0]), &left, NULL);
        if (n > 0 && fds[0].revents)
            return WAKE_SIGNAL;
        if (now_s() >= deadline_s)
            return WAKE_DEADLINE;
        if (n <= 0)
            continue; // EINTR, or a wait that was cut
        if (take_ios(session) != EXIT_DONE)
            return WAKE_FAILED;
        if (stdout_failed())
            return write_error(session) == EXIT_DONE ? WAKE_READER_GONE : WAKE_FAILED;
    }
}

// ---- the two ways to run ----

static int run_blocks(struct session *session)
{
    const struct options *options = session->options;
    double deadline_s = session->last_s;
    for (int64_t left = options->count; left > 0; left--) {
        // Deadlines are absolute: a block that took long does not delay the next. One that is past already
        // starts anew.
        deadline_s += (double)options->interval_s;
        if (deadline_s < now_s())
            deadline_s = now_s() + (double)options->interval_s;
        enum wake wake = wait_until(session, deadline_s);
        double woke_s = now_s();
        if (wake == WAKE_FAILED || print_block(session, woke_s - session->last_s) != EXIT_DONE)
            return EXIT_FAILED;
        session->last_s = woke_s;
        if (stdout_failed())
            return write_error(session);
        if (wake != WAKE_DEADLINE)
            break;
    }
    return EXIT_DONE;
}

static int finish_stream(struct session *session)
{
    struct frame frame;
    tracer_detach(session->tracer);
    session->last_s = now_s();
    init_frame(session, &frame, session->last_s - session->began_s);
    int error = ios_finish(session->ios);
    if (!error && stdout_failed())
        return write_error(session);
    if (!error)
        error = make_frame(session, &frame);
    if (error)
        return fail(EXIT_FAILED, "cannot read the perf buffer: %s", strerror(-error));
    if (session->renderer->io.end)
        session->renderer->io.end(stdout, &frame, ios_taken(session->ios));
    frame_free(&frame);
    if (stdout_failed())
        return write_error(session);
    return EXIT_DONE;
}

static int run_stream(struct session *session)
{
    const struct options *options = session->options;
    ios_begin_stream(session->ios);
    if (stdout_failed())
        return write_error(session);
    enum wake wake =
        wait_until(session, session->began_s + (double)options->interval_s * (double)options->count);
    if (wake == WAKE_FAILED)
        return EXIT_FAILED;
    return wake == WAKE_READER_GONE ? EXIT_DONE : finish_stream(session);
}

static int run(struct session *session)
{
    int error =
        options_show_ios(session->options)
            ? ios_open(&session->ios, session->tracer, session->options, session->renderer, session->kernel)
            : 0;
    if (!error) {
        session->signal_fd = process_signals();
        error = session->signal_fd < 0 ? -errno : 0;
    }
    if (error)
        return fail(EXIT_FAILED, "cannot prepare to wait: %s", strerror(-error));
    if (session->renderer->greets)
        puts("Tracing block device I/O... Hit Ctrl-C to end.");
    if (stdout_failed())
        return write_error(session);
    session->began_s = session->last_s = now_s();
    tracer_settle(session->tracer);
    int status = session->options->slower.given ? run_stream(session) : run_blocks(session);
    report(session, status);
    return status;
}

int session_run(struct tracer *tracer, const struct options *options, const struct renderer *renderer,
                const struct kernel *kernel)
{
    struct session session = {
        .tracer = tracer, .options = options, .renderer = renderer, .kernel = kernel, .signal_fd = -1};
    int status = run(&session);
    if (session.signal_fd >= 0)
        close(session.signal_fd);
    ios_close(session.ios);
    snapshot_free(&session.before);
    return status;
}
