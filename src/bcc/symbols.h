// SPDX-License-Identifier: Apache-2.0
// Functions of a shared library that is opened at run time.
#ifndef BCC_SYMBOLS_H
#define BCC_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>

struct symbol_row {
    void *to; // a pointer to a function; set to NULL if the library lacks it and may
    const char *name;
    bool may_lack; // old versions lack it
};

// Opens the library, which stays open until the process ends, and fills in the pointers. 0, or -ELIBACC: it
// is missing (dlerror says more) or lacks a function.
int symbols_find(const char *library, const struct symbol_row *symbols, size_t n);

#endif
