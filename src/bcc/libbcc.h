// SPDX-License-Identifier: Apache-2.0
// What the process that has libbcc knows: for child.c and describe.c.
#ifndef LIBBCC_H
#define LIBBCC_H

#include <bcc/bcc_common.h>
#include <bcc/libbpf.h>

#include "bcc.h"

#define MAX_FUNCTIONS 16
#define LICENSE "GPL"

// The functions of libbcc that are used. All are the same from 0.18 to 0.37. bcc_func_load is not among them:
// it has 11 arguments up to 0.24 and 12 since; bcc_prog_load does what is needed and never changed.
struct libbcc {
    __typeof__(bpf_module_create_c_from_string) *create;
    __typeof__(bpf_module_destroy) *destroy;
    __typeof__(bpf_function_start) *function_start;
    __typeof__(bpf_function_size) *function_size;
    __typeof__(bpf_module_kern_version) *kern_version;
    __typeof__(bpf_num_functions) *num_functions;
    __typeof__(bpf_function_name) *function_name;
    __typeof__(bpf_num_tables) *num_tables;
    __typeof__(bpf_table_name) *table_name;
    __typeof__(bpf_table_fd) *table_fd;
    __typeof__(bpf_table_key_size) *key_size;
    __typeof__(bpf_table_leaf_size) *leaf_size;
    __typeof__(bpf_table_max_entries) *max_entries;
    __typeof__(bpf_update_elem) *update;
    __typeof__(bcc_prog_load) *prog_load;
    __typeof__(bpf_attach_kprobe) *attach_kprobe;
    __typeof__(bpf_attach_raw_tracepoint) *attach_raw_tracepoint;
};

// A function that was loaded.
struct function {
    char name[64];
    int fd;
    enum bcc_kind kind;
};

// What was compiled.
struct compiled {
    void *module; // or NULL
    unsigned kernel_version;
    struct function functions[MAX_FUNCTIONS];
    size_t n_functions;
};

// A file in memory that is as kept_file.h says, but for the key and what kept_seal fills in. A file
// descriptor, or -errno: -ENOTSUP: it has what cannot be kept.
int describe(const struct libbcc *lib, const struct compiled *compiled);

#endif
