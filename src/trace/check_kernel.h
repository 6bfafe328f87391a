// SPDX-License-Identifier: Apache-2.0
// --check-kernel: what this kernel and machine offer, and which modes work on them, for people and bug
// reports.
#ifndef CHECK_KERNEL_H
#define CHECK_KERNEL_H

#include <stddef.h>
#include <stdio.h>

// Prints the facts and the table of modes. It tries the modes that do not take long: compiles, loads,
// attaches, reads, and takes them away. 0 if the default mode works, else -errno with one line in why. To be
// called once: what it keeps is static, as it is large.
int check_kernel(FILE *out, char *why, size_t size);

#endif
