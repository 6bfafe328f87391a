// SPDX-License-Identifier: Apache-2.0
// What bcc.c (caller) and child.c (the process that has libbcc) say to each other: one packet a request,
// one a reply.
#ifndef WIRE_H
#define WIRE_H

#include "bcc.h"

enum wire_verb {
    WIRE_COMPILE,  // strings: "1" or "0" for kernel headers, kernel source or "", text, defines...
    WIRE_MAP,      // strings: name
    WIRE_LOAD,     // strings: kind, function
    WIRE_PROGRAM,  // strings: map, function
    WIRE_ATTACH,   // strings: kind, function, target
    WIRE_DESCRIBE, // a string that is empty; gives a file as describe() makes it
};

// A request is a verb and its strings, each with its 0.
#define WIRE_MAX (128 * 1024)

// What the log has where the child refuses with -E2BIG.
#define WIRE_TOO_MANY "too many "

struct wire_request {
    uint32_t verb;
    char strings[WIRE_MAX];
};

// A reply; a file descriptor comes with it if error is 0 and the verb gives one.
struct wire_reply {
    int32_t error; // 0 or -errno
    uint32_t key_size, value_size, max_entries;
};

// The child's life: never returns. socket_fd is its end of a SOCK_SEQPACKET pair, log_fd takes its stdout and
// stderr. first_reply tells whether libbcc could be opened. temp_path (PATH_MAX, shared with the caller)
// names a directory for the caller to remove if the child dies; empty if there is none.
__attribute__((noreturn)) void bcc_child_main(int socket_fd, int log_fd, const struct bcc_file *headers,
                                              size_t n_headers, char *temp_path);

// Removes the tree that temp_path names, if any, and empties the name. Used by both sides.
void bcc_remove_temp(char *temp_path, const struct bcc_file *headers, size_t n_headers);

#endif
