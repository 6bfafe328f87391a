// SPDX-License-Identifier: Apache-2.0
// Files of kept programs: any bytes, as they are and with the checksum that they should have. What is taken
// lies within the file, and every map that an instruction loads is there.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bcc/kept_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile uint32_t sink;

static void check(const char *bytes, size_t size)
{
    struct kept_view view;
    if (!kept_view(bytes, size, &view))
        return;
    uint32_t sum = 0;
    if (view.key + view.header->key_size != bytes + size)
        abort();
    for (uint32_t i = 0; i < view.header->n_maps; i++)
        sum += view.maps[i].type + (uint32_t)strlen(view.maps[i].name);
    const struct bpf_insn *at = view.instructions;
    for (uint32_t i = 0; i < view.header->n_functions; i++) {
        const struct kept_function *function = &view.functions[i];
        sum += (uint32_t)strlen(function->name) + (uint32_t)strlen(function->kernel_name);
        for (const struct bpf_insn *end = at + function->n_instructions; at < end; at++)
            if (kept_has_map(at) && (uint32_t)at++->imm >= view.header->n_maps)
                abort();
    }
    if ((const char *)at != view.key)
        abort();
    for (uint32_t i = 0; i < view.header->key_size; i++)
        sum += (uint32_t)view.key[i];
    sink = sum; // all of it was read
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *bytes = malloc(size ? size : 1);
    if (!bytes)
        abort();
    memcpy(bytes, data, size);
    check(bytes, size);
    if (size >= sizeof(struct kept_header)) {
        kept_seal(bytes, size);
        check(bytes, size);
    }
    free(bytes);
    return 0;
}
