// SPDX-License-Identifier: Apache-2.0
// --check-kernel: what this kernel and machine offer, and which modes work on them, for people and bug
// reports.
#ifndef CHECK_H
#define CHECK_H

#include <stddef.h>
#include <stdio.h>

// Prints the facts and the table of modes. Those that are not too slow are tried: compiled, loaded, attached
// and read, then taken away. 0 if the default mode works, else -errno with one line in why. For one call a
// process: what it keeps is static, for its size.
int check_kernel(FILE *out, char *why, size_t size);

#endif
