// SPDX-License-Identifier: Apache-2.0
// How the program ends, and the one line that says why.
#ifndef FAIL_H
#define FAIL_H

enum exit_status {
    EXIT_DONE = 0,
    EXIT_FAILED = 1, // could not trace, or could not write
    EXIT_USAGE = 2,
};

#define WHY_SIZE 2560 // of a reason that fail() prints

// One line on stderr, whatever bytes the words in it have. Returns status.
int __attribute__((format(printf, 2, 3))) fail(int status, const char *format, ...);

// What to do about an errno, in parentheses, for the end of a line that names it. error: errno or -errno. ""
// for most.
const char *fail_hint(int error);

#endif
