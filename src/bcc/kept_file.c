// SPDX-License-Identifier: Apache-2.0
// See kept_file.h.
#include "kept_file.h"

#include <string.h>

#include "bcc.h"

static const char magic[8] = {'b', 'c', 'c', 'k', 'e', 'p', 't', '1'};

// 64-bit FNV-1a: no flip of a single byte leaves it as it is.
static uint64_t add_to_sum(uint64_t sum, const unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        sum = (sum ^ bytes[i]) * 0x100000001b3U;
    return sum;
}

static uint64_t checksum(const unsigned char *bytes, size_t size)
{
    static const unsigned char none[sizeof(uint64_t)] = {0};
    const size_t at = offsetof(struct kept_header, checksum), behind = at + sizeof(none);
    uint64_t sum = add_to_sum(0xcbf29ce484222325U, bytes, at);
    sum = add_to_sum(sum, none, sizeof(none));
    return add_to_sum(sum, bytes + behind, size - behind);
}

void kept_seal(void *bytes, size_t size)
{
    struct kept_header *header = bytes;
    memcpy(header->magic, magic, sizeof(magic));
    header->size = (uint32_t)size;
    header->checksum = checksum(bytes, size);
}

bool kept_has_map(const struct bpf_insn *instruction)
{
    return instruction->code == (BPF_LD | BPF_IMM | BPF_DW) && instruction->src_reg == BPF_PSEUDO_MAP_FD;
}

// What else the kernel would take for an object of its own: none is kept.
static bool has_other(const struct bpf_insn *instruction)
{
    return instruction->src_reg != 0 &&
           (instruction->code == (BPF_LD | BPF_IMM | BPF_DW) || instruction->code == (BPF_JMP | BPF_CALL));
}

static bool are_instructions(const struct bpf_insn *instructions, uint32_t n, uint32_t n_maps)
{
    for (uint32_t i = 0; i < n; i++) {
        const struct bpf_insn *instruction = &instructions[i];
        bool has_map = kept_has_map(instruction);
        if (has_map ? (uint32_t)instruction->imm >= n_maps : has_other(instruction))
            return false;
        if (instruction->code == (BPF_LD | BPF_IMM | BPF_DW) && ++i == n) // it has two places
            return false;
    }
    return n > 0;
}

static bool is_text(const char *text, size_t size)
{
    return text[0] && memchr(text, 0, size);
}

static bool are_maps(const struct kept_view *view)
{
    for (uint32_t i = 0; i < view->header->n_maps; i++)
        if (!is_text(view->maps[i].name, sizeof(view->maps[i].name)))
            return false;
    return true;
}

static bool are_functions(const struct kept_view *view)
{
    uint32_t left = view->header->n_instructions;
    const struct bpf_insn *at = view->instructions;
    for (uint32_t i = 0; i < view->header->n_functions; i++) {
        const struct kept_function *function = &view->functions[i];
        uint32_t n = function->n_instructions;
        if (!is_text(function->name, sizeof(function->name)) ||
            !is_text(function->kernel_name, sizeof(function->kernel_name)) ||
            function->kind > 1 + BCC_RAW_TRACEPOINT || n > left ||
            !are_instructions(at, n, view->header->n_maps))
            return false;
        at += n;
        left -= n;
    }
    return left == 0;
}

bool kept_view(const void *bytes, size_t size, struct kept_view *view)
{
    const struct kept_header *header = bytes;
    if (size < sizeof(*header) || size > KEPT_FILE_MAX || header->size != size ||
        memcmp(header->magic, magic, sizeof(magic)) != 0 || header->checksum != checksum(bytes, size) ||
        header->n_maps > KEPT_ITEMS_MAX || header->n_functions > KEPT_ITEMS_MAX ||
        header->n_instructions > size || !is_text(header->license, sizeof(header->license)))
        return false;
    view->header = header;
    view->maps = (const struct kept_map *)(header + 1);
    view->functions = (const struct kept_function *)(view->maps + header->n_maps);
    view->instructions = (const struct bpf_insn *)(view->functions + header->n_functions);
    view->key = (const char *)(view->instructions + header->n_instructions);
    size_t before_key = sizeof(*header) + header->n_maps * sizeof(struct kept_map) +
                        header->n_functions * sizeof(struct kept_function) +
                        header->n_instructions * sizeof(struct bpf_insn);
    return before_key <= size && size - before_key == header->key_size && are_maps(view) &&
           are_functions(view);
}
