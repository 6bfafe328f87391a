// SPDX-License-Identifier: Apache-2.0
// See json_writer.h. A comma is due after a value and after the end of an object or array, and none after the
// beginning of one, however deep it is nested.
#include "output/json_writer.h"

#include <inttypes.h>
#include <math.h>

#include "output/utf8.h"

static void before_value(struct json_writer *json, const char *key)
{
    if (json->needs_comma)
        fputc(',', json->out);
    if (key)
        fprintf(json->out, "\"%s\":", key);
    json->needs_comma = true;
}

void json_open(struct json_writer *json, const char *key, char bracket)
{
    before_value(json, key);
    fputc(bracket, json->out);
    json->needs_comma = false;
}

void json_close(struct json_writer *json, char bracket)
{
    fputc(bracket, json->out);
    json->needs_comma = true;
}

static void print_escaped(FILE *out, const unsigned char *text)
{
    while (*text) {
        int n = utf8_length(text);
        if (n == 0) {
            fputs("\\ufffd", out);
            text++;
        } else if (*text == '"' || *text == '\\') {
            fprintf(out, "\\%c", *text++);
        } else if (*text < ' ') {
            fprintf(out, "\\u%04x", *text++);
        } else {
            fwrite(text, 1, (size_t)n, out);
            text += n;
        }
    }
}

void json_string(struct json_writer *json, const char *key, const char *string)
{
    if (!string) {
        json_null(json, key);
        return;
    }
    before_value(json, key);
    fputc('"', json->out);
    print_escaped(json->out, (const unsigned char *)string);
    fputc('"', json->out);
}

void json_unsigned(struct json_writer *json, const char *key, uint64_t number)
{
    before_value(json, key);
    fprintf(json->out, "%" PRIu64, number);
}

void json_fixed(struct json_writer *json, const char *key, double number, int digits)
{
    if (!isfinite(number)) {
        json_null(json, key);
        return;
    }
    before_value(json, key);
    fprintf(json->out, "%.*f", digits, number);
}

void json_null(struct json_writer *json, const char *key)
{
    before_value(json, key);
    fputs("null", json->out);
}

void json_time(struct json_writer *json, const char *key, const struct timespec *when, int digits)
{
    long part = when->tv_nsec / (digits == 3 ? 1000000 : 1000);
    char date[32] = "", zone[8] = "+0000";
    struct tm local;
    if (localtime_r(&when->tv_sec, &local)) {
        strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &local);
        strftime(zone, sizeof(zone), "%z", &local);
    }
    before_value(json, key);
    fprintf(json->out, "\"%s.%0*ld%.3s:%.2s\"", date, digits, part, zone, zone + 3);
}

void json_line_end(struct json_writer *json)
{
    fputc('\n', json->out);
    json->needs_comma = false;
}
