// SPDX-License-Identifier: Apache-2.0
// See symbols.h.
#include "symbols.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

int symbols_find(const char *library, const struct symbol_row *symbols, size_t n)
{
    void *handle = dlopen(library, RTLD_LAZY | RTLD_LOCAL);
    if (!handle)
        return -ELIBACC;
    for (size_t i = 0; i < n; i++) {
        void *symbol = dlsym(handle, symbols[i].name);
        if (!symbol && !symbols[i].may_lack)
            return -ELIBACC;
        memcpy(symbols[i].to, &symbol, sizeof(symbol));
    }
    return 0;
}
