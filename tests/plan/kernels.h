// SPDX-License-Identifier: Apache-2.0
// Kernels as their binaries and sources show them, so that plans can be made for kernels that do not run
// here.
#ifndef KERNELS_H
#define KERNELS_H

#include <stddef.h>

#include "kernel/kernel.h"

// Names of what is recorded, oldest first: "4.9", "5.4", "5.4-headers", ... NULL after the last.
const char *kernels_name(size_t i);

// What kernel_ask and kernel_function would have told on it. The test fails if the name is not recorded.
void kernels_get(const char *name, struct kernel *kernel);

// As if available_filter_functions could not be read: nobody knows which of the functions that exist can be
// traced.
void kernels_hide_traceable(struct kernel *kernel);

#endif
