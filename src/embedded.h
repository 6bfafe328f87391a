// SPDX-License-Identifier: Apache-2.0
// The files of probes/ that CMake put into the program (cmake/embed.cmake).
#ifndef EMBEDDED_H
#define EMBEDDED_H

#include "bcc.h"

extern const char embedded_biolatency[]; // probes/biolatency.bpf.c with abi.h in its place
extern const struct bcc_file embedded_headers[];
extern const size_t embedded_headers_count;

#endif
