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

#define LONGEST_WAIT_S 1e9 // that the clock takes
#define LAST_WAIT_MS 1000

struct session {
    struct tracer *tracer;
    const struct options *options;
    const struct output *output;
    const struct kernel *kernel;
    struct samples *samples; // NULL without samples
    struct signals signals;
    struct printer printer;
    int error;              // of the output, as -errno: it prints no more
    double began_s, last_s; // the run, and the interval that is going on
    struct snapshot before; // all that was counted until last_s
};

enum wake {
    WAKE_NOT,
    WAKE_DEADLINE,
    WAKE_SIGNAL,
    WAKE_FAILED, // which has been reported
    WAKE_OVER,   // nobody reads the output any more
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
int session_finish_output(void)
{
    bool failed = fflush(stdout) != 0 || ferror(stdout);
    return failed ? explain_write(errno ? -errno : -EIO) : EXIT_DONE;
}

// After a signal nobody may be there to read the last words; then they are left out.
static bool has_listener(struct session *session)
{
    struct pollfd fd = {.fd = STDERR_FILENO, .events = POLLOUT};
    unsigned n = signals_take(&session->signals);
    return n == 0 || poll(&fd, 1, n > 1 || session->error ? 0 : LAST_WAIT_MS) > 0;
}

// Writes out what was printed.
static int write_out(struct session *session)
{
    if (!session->error)
        session->error = stream_flush(session->printer.stream);
    return session->error == -ECANCELED && !has_listener(session) ? EXIT_FAILED
                                                                  : explain_write(session->error);
}

static void print_sample(void *context, const struct sample *sample)
{
    struct session *session = context;
    if (!session->error)
        session->error = session->output->sample(&session->printer, sample);
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

// Ends the interval that began at last_s.
static int print_interval(struct session *session)
{
    const struct options *options = session->options;
    int (*print)(struct printer *, const struct frame *) = session->output->interval;
    if (options->slower.given) {
        print = session->output->end;
        tracer_detach(session->tracer);
    }
    double now_s = clock_s();
    struct frame frame = {.by = options->by,
                          .milliseconds = options->milliseconds,
                          .seconds = now_s - session->last_s,
                          .with_samples = session->samples != NULL};
    session->last_s = now_s;
    clock_gettime(CLOCK_REALTIME, &frame.when);
    int error = session->samples ? samples_end_interval(session->samples, &frame) : 0;
    if (error)
        return fail(EXIT_FAILED, "cannot read the perf buffer: %s", strerror(-error));
    error = make_frame(session, &frame);
    if (error)
        return fail(EXIT_FAILED, "cannot read the histogram: %s", strerror(-error));
    if (print && !session->error)
        session->error = print(&session->printer, &frame);
    frame_free(&frame);
    return write_out(session);
}

static void report(const struct session *session, int status)
{
    struct run_report report = {.options = session->options,
                                .total = &session->before,
                                .seconds = session->last_s - session->began_s,
                                .complete = status == EXIT_DONE && !session->error,
                                .samples = session->samples ? samples_taken(session->samples) : 0};
    report.in_flight = tracer_in_flight(session->tracer, &report.n_in_flight);
    report_run(&report);
}

// ---- waiting ----

static enum wake signal_ready(struct session *session)
{
    return signals_take(&session->signals) ? WAKE_SIGNAL : WAKE_NOT;
}

static enum wake samples_ready(struct session *session)
{
    int error = samples_read(session->samples);
    if (error)
        fail(EXIT_FAILED, "cannot read the perf buffer: %s", strerror(-error));
    if (error || write_out(session) != EXIT_DONE)
        return WAKE_FAILED;
    return session->error ? WAKE_OVER : signal_ready(session); // the write may have taken a signal
}

#define SOURCES 2

// Waits until a source is readable, or until the deadline. How many are readable, or -errno.
static int wait_once(struct pollfd fds[SOURCES], double deadline_s)
{
    double left_s = deadline_s - clock_s();
    left_s = left_s < 0 ? 0 : left_s > LONGEST_WAIT_S ? LONGEST_WAIT_S : left_s;
    const struct timespec left = {.tv_sec = (time_t)left_s,
                                  .tv_nsec = (long)((left_s - (double)(time_t)left_s) * 1e9)};
    int n = ppoll(fds, SOURCES, &left, NULL);
    return n >= 0 ? n : errno == EINTR ? 0 : -errno;
}

// Waits for the deadline, and serves what comes meanwhile.
static enum wake wait_until(struct session *session, double deadline_s)
{
    // To add a source: a row. Its function is called when its descriptor is readable.
    const struct {
        int fd; // -1: none
        enum wake (*ready)(struct session *session);
    } sources[SOURCES] = {{session->signals.fd, signal_ready},
                          {tracer_samples_fd(session->tracer), samples_ready}};
    struct pollfd fds[SOURCES];
    for (int i = 0; i < SOURCES; i++)
        fds[i] = (struct pollfd){.fd = sources[i].fd, .events = POLLIN};
    enum wake wake = signal_ready(session); // the last write may have taken one
    while (wake == WAKE_NOT) {
        int n = wait_once(fds, deadline_s);
        if (n < 0) {
            fail(EXIT_FAILED, "cannot wait: ppoll(2): %s", strerror(-n));
            return WAKE_FAILED;
        }
        for (int i = 0; i < SOURCES && n > 0 && wake == WAKE_NOT; i++)
            if (fds[i].revents)
                wake = sources[i].ready(session);
        if (wake == WAKE_NOT && clock_s() >= deadline_s)
            wake = WAKE_DEADLINE;
    }
    return wake;
}

// ---- a run ----

// With --slower all is one interval, and samples are printed as they come.
static int run_intervals(struct session *session)
{
    const struct options *options = session->options;
    bool one = options->slower.given;
    double length_s = (double)options->interval_s * (one ? (double)options->count : 1);
    double deadline_s = session->began_s;
    enum wake wake = WAKE_DEADLINE;
    for (int64_t left = one ? 1 : options->count; left > 0 && wake == WAKE_DEADLINE && !session->error;
         left--) {
        // Deadlines are absolute: an interval that took long does not delay the next. One that is past
        // already starts anew.
        deadline_s += length_s;
        if (deadline_s < clock_s())
            deadline_s = clock_s() + length_s;
        wake = wait_until(session, deadline_s);
        if (wake == WAKE_FAILED || (wake != WAKE_OVER && print_interval(session) != EXIT_DONE))
            return EXIT_FAILED;
    }
    return EXIT_DONE;
}

static int prepare(struct session *session)
{
    const struct options *options = session->options;
    int error = signals_open(&session->signals);
    if (!error)
        error = stream_open(&session->printer.stream, STDOUT_FILENO, &session->signals);
    if (!error && options_show_samples(options))
        error = samples_open(&session->samples, session->tracer, session->kernel, options->slowest,
                             print_sample, session);
    if (error)
        return fail(EXIT_FAILED, "cannot prepare to wait: %s%s", strerror(-error), fail_hint(error));
    const struct sample widest = options->slower.given ? samples_widest() : (struct sample){0};
    if (session->output->open)
        session->error = session->output->open(&session->printer, options->slower.given ? &widest : NULL);
    return write_out(session);
}

static int run(struct session *session)
{
    int status = prepare(session);
    if (status != EXIT_DONE || session->error)
        return status;
    session->began_s = session->last_s = clock_s();
    tracer_settle(session->tracer);
    status = run_intervals(session);
    if (has_listener(session)) {
        signals_close(&session->signals);
        report(session, status);
    }
    return status;
}

int session_run(struct tracer *tracer, const struct options *options, const struct output *output,
                const struct kernel *kernel)
{
    struct session session = {.tracer = tracer,
                              .options = options,
                              .output = output,
                              .kernel = kernel,
                              .signals.fd = -1,
                              .printer.options = {options->timestamp, options->extension,
                                                  options->percentiles, options->milliseconds}};
    int status = run(&session);
    samples_close(session.samples);
    stream_close(session.printer.stream);
    signals_close(&session.signals);
    snapshot_free(&session.before);
    return status;
}
