// SPDX-License-Identifier: Apache-2.0
// Writes JSON (RFC 8259) on one line. It puts the commas itself: callers say what comes, in order.
#ifndef JSON_WRITER_H
#define JSON_WRITER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

// {.out = FILE} begins; write errors stay in the FILE.
struct json_writer {
    FILE *out;
    bool needs_comma; // before the next key or value
};

// In all of these `key` is plain ASCII, nothing in it to escape; NULL inside an array, or for the outermost
// value.

// bracket: '{' or '['. json_close takes the one that ends it.
void json_open(struct json_writer *json, const char *key, char bracket);
void json_close(struct json_writer *json, char bracket);

// Any bytes; what is not UTF-8 becomes U+FFFD. NULL: null.
void json_string(struct json_writer *json, const char *key, const char *string);
void json_unsigned(struct json_writer *json, const char *key, uint64_t number);
// With so many digits after the point. What is not a number, or has no end, becomes null.
void json_fixed(struct json_writer *json, const char *key, double number, int digits);
void json_null(struct json_writer *json, const char *key);
// A string as in RFC 3339, local time with its zone: 2026-11-23T08:15:42.123+01:00. digits: of the second, 3
// or 6.
void json_time(struct json_writer *json, const char *key, const struct timespec *when, int digits);

// Ends the line. The next object can follow.
void json_line_end(struct json_writer *json);

#endif
