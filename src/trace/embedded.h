// SPDX-License-Identifier: Apache-2.0
// The files of probes/ that CMake put into the program (cmake/embed.cmake).
#ifndef EMBEDDED_H
#define EMBEDDED_H

#include "bcc/bcc.h"

// probes/NAME.bpf.c, each with what it includes from probes/ in its place
extern const char embedded_biolatency[];
extern const char embedded_clone_count[];
extern const char embedded_hello_perf_output[];
extern const char embedded_hello_world[];

extern const struct bcc_file embedded_headers[];
extern const size_t embedded_headers_count;

#endif
