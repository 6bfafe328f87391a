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

void json_object_begin(struct json_writer *json);
void json_object_end(struct json_writer *json);
void json_array_begin(struct json_writer *json);
void json_array_end(struct json_writer *json);

// Inside an object: each value, object or array comes after its key. A key is plain ASCII, nothing in it to
// escape.
void json_key(struct json_writer *json, const char *key);

// Any bytes; what is not UTF-8 becomes U+FFFD. NULL: null.
void json_string(struct json_writer *json, const char *string);
void json_unsigned(struct json_writer *json, uint64_t number);
// With so many digits after the point. What is not a number, or has no end, becomes null.
void json_fixed(struct json_writer *json, double number, int digits);
void json_null(struct json_writer *json);
// A string as in RFC 3339, local time with its zone: 2026-11-23T08:15:42.123+01:00. digits: of the second, 3
// or 6.
void json_time(struct json_writer *json, const struct timespec *when, int digits);

// Ends the line. The next object can follow.
void json_line_end(struct json_writer *json);

#endif
