// SPDX-License-Identifier: Apache-2.0
// See session.h.
#include "session.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "model/frame.h"
#include "report.h"
#include "samples.h"
#include "util/clock.h"
#include "util/fail.h"
#include "util/process.h"
#include "util/stream.h"

#define LONGEST_WAIT_S 1e9 // that the clock has room for
#define LAST_WAIT_MS 1000

struct session {
    struct tracer *tracer;
    const struct options *options;
    const struct renderer *renderer;
    const struct kernel *kernel;
    struct samples *samples; // NULL without samples
    struct signals signals;
    struct stream *out;
    bool over; // the output cannot be written any more
    double began_s, last_s;
    struct snapshot before; // all that was counted until last_s
};

enum wake {
    WAKE_DEADLINE,
    WAKE_SIGNAL,
    WAKE_FAILED, // which has been reported
    WAKE_OVER,
};

// ---- output ----

// EXIT_DONE also if the reader has gone: that is a way to end it.
static int explain_write(int error)
{
    if (error == 0 || error == -EPIPE)
        return EXIT_DONE;
    if (error == -ECANCELED)
        return fail(EXIT_FAILED, "ended by a signal while nobody read standard output: the rest is lost");
    return fail(EXIT_FAILED, "cannot write to standard output: %s", strerror(-error));
}

// What failed first left its errno: nothing that could change it is called between printing and this.
int session_check_output(void)
{
    bool failed = fflush(stdout) != 0 || ferror(stdout);
    return failed ? explain_write(errno ? -errno : -EIO) : EXIT_DONE;
}

// After a signal nobody may be there to read the last words; then they are left out.
static bool has_listener(struct session *session)
{
    struct pollfd fd = {.fd = STDERR_FILENO, .events = POLLOUT};
    unsigned n = signals_take(&session->signals);
    return n == 0 || poll(&fd, 1, n > 1 || session->over ? 0 : LAST_WAIT_MS) > 0;
}

// Writes out what was printed. Once that has failed, it fails no more.
static int write_out(struct session *session)
{
    int error = session->over ? 0 : stream_flush(session->out);
    if (error)
        session->over = true;
    return error == -ECANCELED && !has_listener(session) ? EXIT_FAILED : explain_write(error);
}

static void init_frame(const struct session *session, struct frame *frame, double seconds)
{
    const struct options *options = session->options;
    *frame = (struct frame){.by = options->by,
                            .milliseconds = options->milliseconds,
                            .seconds = seconds,
                            .with_samples = session->samples != NULL};
    clock_gettime(CLOCK_REALTIME, &frame->when);
}

// Makes a frame of what grew since the last time; the totals so far become `before`. 0 or -errno.
static int make_frame(struct session *session, struct frame *frame)
{
    const struct dimension_names names = {tracer_disk_name, session->tracer, &session->kernel->flags};
    struct snapshot now = {0}, growth = {0};
    int error = tracer_read(session->tracer, &now);
    if (!error)
        error = snapshot_growth(&growth, &now, &session->before);
    if (!error)
        error = frame_make(frame, &growth, &names);
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
    int error = session->samples ? samples_end_interval(session->samples) : 0;
    if (!error)
        error = make_frame(session, &frame);
    if (error)
        return fail(EXIT_FAILED, "cannot read the histogram: %s", strerror(-error));
    session->renderer->print(stream_file(session->out), &frame, &render);
    frame_free(&frame);
    if (session->samples)
        samples_print_interval(session->samples);
    return EXIT_DONE;
}

static void report(const struct session *session, int status)
{
    struct run_report report = {.options = session->options,
                                .total = &session->before,
                                .seconds = session->last_s - session->began_s,
                                .complete = status == EXIT_DONE && !session->over,
                                .samples = session->samples ? samples_taken(session->samples) : 0};
    report.in_flight = tracer_in_flight(session->tracer, &report.n_in_flight);
    report_run(&report);
}

// ---- waiting ----

static int take_samples(struct session *session)
{
    int error = samples_take(session->samples);
    return error ? fail(EXIT_FAILED, "cannot read the perf buffer: %s", strerror(-error)) : EXIT_DONE;
}

// Waits for a deadline or a signal, and takes the single I/Os that come meanwhile.
static enum wake wait_until(struct session *session, double deadline_s)
{
    struct pollfd fds[] = {
        {.fd = session->signals.fd, .events = POLLIN},
        {.fd = session->samples ? tracer_samples_fd(session->tracer) : -1, .events = POLLIN}};
    for (;;) {
        if (signals_take(&session->signals))
            return WAKE_SIGNAL;
        double left_s = deadline_s - clock_s();
        if (left_s < 0)
            left_s = 0;
        if (left_s > LONGEST_WAIT_S)
            left_s = LONGEST_WAIT_S;
        struct timespec left = {.tv_sec = (time_t)left_s,
                                .tv_nsec = (long)((left_s - (double)(time_t)left_s) * 1e9)};
        int n = ppoll(fds, sizeof(fds) / sizeof(fds[0]), &left, NULL);
        if (n < 0 && errno != EINTR) {
            fail(EXIT_FAILED, "cannot wait: ppoll(2): %s", strerror(errno));
            return WAKE_FAILED;
        }
        if (n > 0 && fds[0].revents)
            continue;
        if (clock_s() >= deadline_s)
            return WAKE_DEADLINE;
        if (n <= 0)
            continue; // EINTR, or a wait that was cut
        if (take_samples(session) != EXIT_DONE || write_out(session) != EXIT_DONE)
            return WAKE_FAILED;
        if (session->over)
            return WAKE_OVER;
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
        if (deadline_s < clock_s())
            deadline_s = clock_s() + (double)options->interval_s;
        enum wake wake = wait_until(session, deadline_s);
        double woke_s = clock_s();
        if (wake == WAKE_FAILED || print_block(session, woke_s - session->last_s) != EXIT_DONE)
            return EXIT_FAILED;
        session->last_s = woke_s;
        if (write_out(session) != EXIT_DONE)
            return EXIT_FAILED;
        if (wake != WAKE_DEADLINE || session->over)
            break;
    }
    return EXIT_DONE;
}

static int finish_stream(struct session *session)
{
    struct frame frame;
    tracer_detach(session->tracer);
    session->last_s = clock_s();
    init_frame(session, &frame, session->last_s - session->began_s);
    int error = samples_finish(session->samples);
    if (!error)
        error = make_frame(session, &frame);
    if (error)
        return fail(EXIT_FAILED, "cannot read the perf buffer: %s", strerror(-error));
    if (session->renderer->sample.end)
        session->renderer->sample.end(stream_file(session->out), &frame, samples_taken(session->samples));
    frame_free(&frame);
    return write_out(session);
}

static int run_stream(struct session *session)
{
    const struct options *options = session->options;
    samples_begin_stream(session->samples);
    if (write_out(session) != EXIT_DONE)
        return EXIT_FAILED;
    enum wake wake =
        wait_until(session, session->began_s + (double)options->interval_s * (double)options->count);
    if (wake == WAKE_FAILED)
        return EXIT_FAILED;
    return wake == WAKE_OVER ? EXIT_DONE : finish_stream(session);
}

static int prepare(struct session *session)
{
    int error = signals_open(&session->signals);
    if (!error)
        error = stream_open(&session->out, STDOUT_FILENO, &session->signals);
    if (!error && options_show_samples(session->options))
        error = samples_open(&session->samples, session->tracer, session->options, session->renderer,
                             session->kernel, stream_file(session->out));
    if (error)
        return fail(EXIT_FAILED, "cannot prepare to wait: %s%s", strerror(-error), fail_hint(error));
    if (session->renderer->greets)
        fputs("Tracing block device I/O... Hit Ctrl-C to end.\n", stream_file(session->out));
    return write_out(session);
}

static int run(struct session *session)
{
    int status = prepare(session);
    if (status != EXIT_DONE || session->over)
        return status;
    session->began_s = session->last_s = clock_s();
    tracer_settle(session->tracer);
    status = session->options->slower.given ? run_stream(session) : run_blocks(session);
    if (has_listener(session)) {
        signals_close(&session->signals);
        report(session, status);
    }
    return status;
}

int session_run(struct tracer *tracer, const struct options *options, const struct renderer *renderer,
                const struct kernel *kernel)
{
    struct session session = {
        .tracer = tracer, .options = options, .renderer = renderer, .kernel = kernel, .signals.fd = -1};
    int status = run(&session);
    samples_close(session.samples);
    stream_close(session.out);
    signals_close(&session.signals);
    snapshot_free(&session.before);
    return status;
}
