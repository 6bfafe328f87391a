// SPDX-License-Identifier: Apache-2.0
// The readers of kernel lists and of blk_types.h on any text. The first byte says which.
#include <stdlib.h>
#include <string.h>

#include "kernel/functions.h"
#include "kernel/kernel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Titles end within their room, and those of flags are bits.
static void check(const struct flag_names *names)
{
    char title[FLAGS_TITLE_SIZE];
    for (int i = 0; i < OP_COUNT; i++)
        if (!memchr(names->op[i], 0, OP_TITLE_SIZE))
            abort();
    flags_title(names, flags_mask(names), title, sizeof(title));
    if (!memchr(title, 0, sizeof(title)))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *functions[FN_COUNT];
    bool found[FN_COUNT] = {false};
    struct flag_names names;
    if (size < 2)
        return 0;
    FILE *file = fmemopen((void *)(uintptr_t)(data + 1), size - 1, "r");
    if (!file)
        abort();
    flags_default(&names);
    for (int i = 0; i < FN_COUNT; i++)
        functions[i] = kernel_function_name((enum function)i);
    switch (data[0] % 3) {
    case 0:
        functions_scan_kallsyms(file, functions, found, FN_COUNT);
        break;
    case 1:
        functions_scan_filter(file, functions, found, FN_COUNT);
        break;
    default:
        kernel_scan_blk_types(file, &names);
        break;
    }
    fclose(file);
    check(&names);
    return 0;
}
