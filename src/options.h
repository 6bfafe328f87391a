// SPDX-License-Identifier: Apache-2.0
// The command line: that of biolatency.py, and what this program adds.
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "model/dimension.h"
#include "model/needs.h"

#define OPTIONS_DISKS_MAX 64 // how often -d can be given

// A length of time that may be left out.
struct duration {
    bool given;
    uint64_t ns;
    const char *text; // as it was given: "10ms"
};

struct options {
    bool timestamp;    // -T
    bool queued;       // -Q
    bool milliseconds; // -m
    unsigned by;       // -D, -F, --by: what histograms are kept apart by, bits BY(...) of dimension.h
    bool extension;    // -e
    bool percentiles;  // -P
    bool verbose;      // -v
    bool ebpf;         // --ebpf
    bool help, version;
    bool check_kernel;                       // --check-kernel
    bool no_btf;                             // --no-btf
    bool no_cache;                           // --no-cache
    bool prepare;                            // --prepare
    const char *format;                      // the name of a renderer
    const char *disk[OPTIONS_DISKS_MAX + 1]; // the words of -d, and NULL
    enum attach_kinds attach;
    unsigned max_requests;  // --max-requests; 0: as many as the disks allow
    unsigned slowest;       // --slowest: so many samples after each histogram; 0: none
    unsigned buffer_pages;  // --buffer-pages; 0: the usual number
    struct duration slower; // --slower: samples that took so long, instead of histograms
    int64_t interval_s, count;
};

// Fills options from argv. 0, or -EINVAL with one line on what is wrong.
int options_parse(struct options *options, int argc, char **argv, char *why, size_t size);

// Are samples printed?
bool options_show_samples(const struct options *options);

void options_print_help(FILE *out, const char *program);

#endif
