// SPDX-License-Identifier: Apache-2.0
// Single I/Os as lines of a table. Widths are for what is usual; what is wider moves the rest of its line.
#include <inttypes.h>
#include <string.h>

#include "render.h"
#include "utf8.h"

#define NUMBER_SIZE 24
#define NAME_SIZE 512

// Names are whatever bytes somebody chose: what a terminal would not show as text becomes \xNN.
static void escape(const char *name, char *to, size_t size)
{
    const unsigned char *text = (const unsigned char *)name;
    size_t n = 0;
    to[0] = 0;
    while (*text && n + 5 < size) {
        int length = utf8_length(text);
        bool control = *text < ' ' || *text == 0x7f || (*text == 0xc2 && text[1] < 0xa0);
        if (length == 0 || control) {
            n += (size_t)snprintf(to + n, size - n, "\\x%02x", *text++);
            continue;
        }
        memcpy(to + n, text, (size_t)length);
        text += length;
        n += (size_t)length;
        to[n] = 0;
    }
}

// Whole microseconds, or milliseconds and three digits: the same digits.
static const char *format_time(char text[NUMBER_SIZE], uint64_t ns, bool milliseconds)
{
    uint64_t us = ns / 1000;
    if (ns == IO_UNKNOWN)
        return "-";
    if (milliseconds)
        snprintf(text, NUMBER_SIZE, "%" PRIu64 ".%03u", us / 1000, (unsigned)(us % 1000));
    else
        snprintf(text, NUMBER_SIZE, "%" PRIu64, us);
    return text;
}

static const char *format_number(char text[NUMBER_SIZE], bool known, uint64_t number)
{
    if (!known)
        return "-";
    snprintf(text, NUMBER_SIZE, "%" PRIu64, number);
    return text;
}

static const char *format_clock(char text[NUMBER_SIZE], const struct timespec *when)
{
    char clock[16] = "";
    struct tm local;
    if (localtime_r(&when->tv_sec, &local))
        strftime(clock, sizeof(clock), "%H:%M:%S", &local);
    snprintf(text, NUMBER_SIZE, "%s.%06ld", clock, when->tv_nsec / 1000);
    return text;
}

void render_io_header(FILE *out, bool milliseconds)
{
    const char *unit = milliseconds ? "ms" : "us";
    fprintf(out, "\n%-15s %-8s %-17s %12s %8s  QUEUE(%s) LATENCY(%s) %7s %-15s %s\n", "BEGAN", "DISK",
            "OPERATION", "SECTOR", "BYTES", unit, unit, "PID", "COMM", "CGROUP");
}

void render_io_text(FILE *out, const struct io *io, bool milliseconds)
{
    char clock[NUMBER_SIZE], sector[NUMBER_SIZE], queue[NUMBER_SIZE], latency[NUMBER_SIZE], pid[NUMBER_SIZE];
    char comm[NAME_SIZE] = "-", cgroup[NAME_SIZE] = "-", disk[NAME_SIZE];
    escape(io->disk, disk, sizeof(disk));
    if (io->has_submitter)
        escape(io->comm, comm, sizeof(comm));
    if (io->cgroup)
        escape(io->cgroup, cgroup, sizeof(cgroup));
    fprintf(
        out, "%-15s %-8s %-17s %12s %8" PRIu32 " %10s %11s %7s %-15s %s\n", format_clock(clock, &io->began),
        disk, io->flags, format_number(sector, io->sector != IO_UNKNOWN, io->sector), io->bytes,
        format_time(queue, io->queue_ns, milliseconds), format_time(latency, io->latency_ns, milliseconds),
        format_number(pid, io->has_submitter, io->pid), comm, cgroup);
}
