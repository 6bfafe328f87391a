// SPDX-License-Identifier: Apache-2.0
// Samples as rows of a table. Its columns are as wide as what they hold.
#include <inttypes.h>
#include <string.h>

#include "output/output.h"
#include "output/utf8.h"

#define NAME_SIZE 512 // of what is in a column

// Names can have any bytes: what a terminal would not show as text becomes \xNN.
static void escape(const char *name, char to[NAME_SIZE])
{
    const unsigned char *text = (const unsigned char *)name;
    size_t n = 0;
    to[0] = 0;
    while (*text && n + 5 < NAME_SIZE) {
        int length = utf8_length(text);
        bool control = *text < ' ' || *text == 0x7f || (*text == 0xc2 && text[1] < 0xa0);
        if (length == 0 || control) {
            n += (size_t)snprintf(to + n, NAME_SIZE - n, "\\x%02x", *text++);
            continue;
        }
        memcpy(to + n, text, (size_t)length);
        text += length;
        n += (size_t)length;
        to[n] = 0;
    }
}

static void format_number(char text[NAME_SIZE], bool known, uint64_t number)
{
    if (known)
        snprintf(text, NAME_SIZE, "%" PRIu64, number);
    else
        snprintf(text, NAME_SIZE, "-");
}

// Whole microseconds, or milliseconds and three digits: the same digits.
static void format_time(char text[NAME_SIZE], uint64_t ns, bool milliseconds)
{
    uint64_t us = ns / 1000;
    if (milliseconds && ns != SAMPLE_UNKNOWN)
        snprintf(text, NAME_SIZE, "%" PRIu64 ".%03u", us / 1000, (unsigned)(us % 1000));
    else
        format_number(text, ns != SAMPLE_UNKNOWN, us);
}

static void format_clock(char text[NAME_SIZE], const struct timespec *when)
{
    char clock[16] = "";
    struct tm local;
    if (localtime_r(&when->tv_sec, &local))
        strftime(clock, sizeof(clock), "%H:%M:%S", &local);
    snprintf(text, NAME_SIZE, "%s.%06ld", clock, when->tv_nsec / 1000);
}

// ---- columns ----

// Numbers are at the right; `in_unit` adds "(us)" or "(ms)" to the title. The last can have any width.
static const struct column {
    const char *title;
    bool right, in_unit;
} columns[SAMPLE_COLUMNS] = {{"BEGAN", false, false}, {"DISK", false, false}, {"OPERATION", false, false},
                             {"SECTOR", true, false}, {"BYTES", true, false}, {"QUEUE", true, true},
                             {"LATENCY", true, true}, {"PID", true, false},   {"COMM", false, false},
                             {"CGROUP", false, false}};

struct row {
    char text[SAMPLE_COLUMNS][NAME_SIZE];
};

static void fill_titles(struct row *row, bool milliseconds)
{
    const char *unit = milliseconds ? "(ms)" : "(us)";
    for (int i = 0; i < SAMPLE_COLUMNS; i++)
        snprintf(row->text[i], NAME_SIZE, "%s%s", columns[i].title, columns[i].in_unit ? unit : "");
}

// In the order of the columns.
static void fill_row(struct row *row, const struct sample *sample, bool milliseconds)
{
    char(*text)[NAME_SIZE] = row->text;
    format_clock(*text++, &sample->began);
    escape(sample->disk, *text++);
    escape(sample->flags, *text++);
    format_number(*text++, sample->sector != SAMPLE_UNKNOWN, sample->sector);
    format_number(*text++, true, sample->bytes);
    format_time(*text++, sample->queue_ns, milliseconds);
    format_time(*text++, sample->latency_ns, milliseconds);
    format_number(*text++, sample->has_submitter, sample->pid);
    escape(sample->has_submitter ? sample->comm : "-", *text++);
    escape(sample->cgroup ? sample->cgroup : "-", *text++);
}

// Characters, not bytes: the text is valid UTF-8.
static unsigned width_of(const char *text)
{
    unsigned n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

static void widen(struct printer *printer, const struct row *row)
{
    for (int i = 0; i < SAMPLE_COLUMNS; i++) {
        unsigned width = width_of(row->text[i]);
        if (width > printer->width[i])
            printer->width[i] = width;
    }
}

// A column that is too narrow for this row gets wider, and stays so for the rows to come.
static void print_row(struct printer *printer, const struct row *row)
{
    FILE *out = stream_file(printer->stream);
    widen(printer, row);
    for (int i = 0; i < SAMPLE_COLUMNS; i++) {
        int padding = i == SAMPLE_COLUMNS - 1 ? 0 : (int)(printer->width[i] - width_of(row->text[i]));
        fprintf(out, "%s%*s%s%*s", i ? " " : "", columns[i].right ? padding : 0, "", row->text[i],
                columns[i].right ? 0 : padding, "");
    }
    fputc('\n', out);
}

// ---- a table ----

void text_begin_samples(struct printer *printer, const struct sample *samples, size_t n)
{
    struct row row;
    memset(printer->width, 0, sizeof(printer->width));
    for (size_t i = 0; i < n; i++) {
        fill_row(&row, &samples[i], printer->options.milliseconds);
        widen(printer, &row);
    }
    fill_titles(&row, printer->options.milliseconds);
    fputc('\n', stream_file(printer->stream));
    print_row(printer, &row);
}

int text_sample(struct printer *printer, const struct sample *sample)
{
    struct row row;
    fill_row(&row, sample, printer->options.milliseconds);
    print_row(printer, &row);
    return stream_error(printer->stream);
}
