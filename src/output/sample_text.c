// SPDX-License-Identifier: Apache-2.0
// Samples as lines of a table. Its columns are as wide as what they hold.
#include <inttypes.h>
#include <string.h>

#include "output/output.h"
#include "output/utf8.h"

#define NAME_SIZE 512 // of what is in a column

// Names are whatever bytes somebody chose: what a terminal would not show as text becomes \xNN.
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

// Whole microseconds, or milliseconds and three digits: the same digits.
static void format_time(char text[NAME_SIZE], uint64_t ns, bool milliseconds)
{
    uint64_t us = ns / 1000;
    if (ns == SAMPLE_UNKNOWN)
        snprintf(text, NAME_SIZE, "-");
    else if (milliseconds)
        snprintf(text, NAME_SIZE, "%" PRIu64 ".%03u", us / 1000, (unsigned)(us % 1000));
    else
        snprintf(text, NAME_SIZE, "%" PRIu64, us);
}

static void format_number(char text[NAME_SIZE], bool known, uint64_t number)
{
    if (known)
        snprintf(text, NAME_SIZE, "%" PRIu64, number);
    else
        snprintf(text, NAME_SIZE, "-");
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

// In the order of enum sample_column. Numbers are at the right; `in_unit` adds "(us)" or "(ms)" to the title.
// What comes last need not be of any width.
static const struct column {
    const char *title;
    bool right, in_unit;
} columns[COLUMNS] = {
    [COLUMN_BEGAN] = {"BEGAN", false, false},         [COLUMN_DISK] = {"DISK", false, false},
    [COLUMN_OPERATION] = {"OPERATION", false, false}, [COLUMN_SECTOR] = {"SECTOR", true, false},
    [COLUMN_BYTES] = {"BYTES", true, false},          [COLUMN_QUEUE] = {"QUEUE", true, true},
    [COLUMN_LATENCY] = {"LATENCY", true, true},       [COLUMN_PID] = {"PID", true, false},
    [COLUMN_COMM] = {"COMM", false, false},           [COLUMN_CGROUP] = {"CGROUP", false, false},
};

struct row {
    char text[COLUMNS][NAME_SIZE];
};

static void fill_titles(struct row *row, bool milliseconds)
{
    const char *unit = milliseconds ? "(ms)" : "(us)";
    for (int i = 0; i < COLUMNS; i++)
        snprintf(row->text[i], NAME_SIZE, "%s%s", columns[i].title, columns[i].in_unit ? unit : "");
}

static void fill_row(struct row *row, const struct sample *sample, bool milliseconds)
{
    format_clock(row->text[COLUMN_BEGAN], &sample->began);
    escape(sample->disk, row->text[COLUMN_DISK]);
    snprintf(row->text[COLUMN_OPERATION], NAME_SIZE, "%s", sample->flags);
    format_number(row->text[COLUMN_SECTOR], sample->sector != SAMPLE_UNKNOWN, sample->sector);
    format_number(row->text[COLUMN_BYTES], true, sample->bytes);
    format_time(row->text[COLUMN_QUEUE], sample->queue_ns, milliseconds);
    format_time(row->text[COLUMN_LATENCY], sample->latency_ns, milliseconds);
    format_number(row->text[COLUMN_PID], sample->has_submitter, sample->pid);
    escape(sample->has_submitter ? sample->comm : "-", row->text[COLUMN_COMM]);
    escape(sample->cgroup ? sample->cgroup : "-", row->text[COLUMN_CGROUP]);
}

// Characters, not bytes: the text is valid UTF-8.
static unsigned width_of(const char *text)
{
    unsigned n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

static void widen(struct sample_table *table, const struct row *row)
{
    for (int i = 0; i < COLUMNS; i++) {
        unsigned width = width_of(row->text[i]);
        if (width > table->width[i])
            table->width[i] = width;
    }
}

static void print_row(FILE *out, const struct sample_table *table, const struct row *row)
{
    for (int i = 0; i < COLUMNS; i++) {
        int padding = i == COLUMNS - 1 ? 0 : (int)(table->width[i] - width_of(row->text[i]));
        fprintf(out, "%s%*s%s%*s", i ? " " : "", columns[i].right ? padding : 0, "", row->text[i],
                columns[i].right ? 0 : padding, "");
    }
    fputc('\n', out);
}

// ---- a table ----

void render_sample_measure(struct sample_table *table, const struct sample *sample)
{
    struct row row;
    fill_row(&row, sample, table->milliseconds);
    widen(table, &row);
}

void render_sample_header(FILE *out, struct sample_table *table)
{
    struct row row;
    fill_titles(&row, table->milliseconds);
    widen(table, &row);
    fputc('\n', out);
    print_row(out, table, &row);
}

// A column that is too narrow for this row stays as wide as it for the rows to come.
void render_sample_text(FILE *out, struct sample_table *table, const struct sample *sample)
{
    struct row row;
    fill_row(&row, sample, table->milliseconds);
    widen(table, &row);
    print_row(out, table, &row);
}
