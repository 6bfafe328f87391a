// SPDX-License-Identifier: Apache-2.0
// The file of a kept program: what a text was compiled to, and the key that says what it was compiled from.
//
// header | maps | functions | instructions of all functions | key
//
// Numbers are in the machine's order: the machine is in the key. An instruction that loads the file
// descriptor of a map (BPF_PSEUDO_MAP_FD) has the map's number in its place.
#ifndef KEPT_FILE_H
#define KEPT_FILE_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KEPT_NAME_SIZE 64
#define KEPT_ITEMS_MAX 64     // maps, and functions
#define KEPT_FILE_MAX 1048576 // bytes

struct kept_header {
    char magic[8];
    uint64_t checksum; // of the whole file, with 0 here
    uint32_t size;     // of the whole file
    uint32_t key_size, n_maps, n_functions, n_instructions;
    uint32_t kernel_version; // for kprobes of kernels before 5.0
    char license[16];
};

struct kept_map {
    char name[KEPT_NAME_SIZE];
    uint32_t type, key_size, value_size, max_entries, flags, unused;
};

struct kept_function {
    char name[KEPT_NAME_SIZE];
    char kernel_name[16];
    uint32_t kind; // 1 + enum bcc_kind, or 0: it has never been loaded
    uint32_t n_instructions;
};

// The parts of a file in memory.
struct kept_view {
    const struct kept_header *header;
    const struct kept_map *maps;
    const struct kept_function *functions;
    const struct bpf_insn *instructions;
    const char *key;
};

// bytes: aligned as malloc's. False: it is not whole, or not as kept_seal leaves it.
bool kept_view(const void *bytes, size_t size, struct kept_view *view);

// Fills in magic, size and checksum.
void kept_seal(void *bytes, size_t size);

// Has the instruction the file descriptor, or number, of a map? The next one belongs to it then.
bool kept_has_map(const struct bpf_insn *instruction);

#endif
