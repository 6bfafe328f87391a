// SPDX-License-Identifier: Apache-2.0
// Writes a file of a kept program for fuzz_kept_file to begin with.
#include <stdio.h>

#include "bcc/kept_file.h"

int main(int argc, char **argv)
{
    static struct {
        struct kept_header header;
        struct kept_map map;
        struct kept_function function;
        struct bpf_insn instructions[3];
        char key[8];
    } sample = {
        {.key_size = 8, .n_maps = 1, .n_functions = 1, .n_instructions = 3, .license = "GPL"},
        {"counts", 1, 4, 8, 16, 0, 0},
        {"f", "f", 1, 3},
        {{BPF_LD | BPF_IMM | BPF_DW, 1, BPF_PSEUDO_MAP_FD, 0, 0}, {0}, {BPF_JMP | BPF_EXIT, 0, 0, 0, 0}},
        {'k', 'e', 'y', 0, 0, 0, 0, 0},
    };
    FILE *file = argc == 2 ? fopen(argv[1], "w") : NULL;
    if (!file)
        return 1;
    kept_seal(&sample, sizeof(sample));
    size_t n = fwrite(&sample, sizeof(sample), 1, file);
    return fclose(file) != 0 || n != 1;
}
