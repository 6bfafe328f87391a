// SPDX-License-Identifier: Apache-2.0
// Lines of the trace pipe: any bytes. The parts of an event are strings within the line; what is none stays
// as it was.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bcc/bcc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_within(const char *part, const char *text, size_t size)
{
    if (part < text || part > text + size || part + strlen(part) > text + size)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bcc_trace_line line;
    char *text = malloc(size + 1), *before = malloc(size + 1);
    if (!text || !before)
        abort();
    memcpy(text, data, size);
    text[size] = 0;
    memcpy(before, text, size + 1);
    if (bcc_trace_parse(text, &line) == BCC_TRACE_EVENT) {
        const char *const parts[] = {line.task, line.flags, line.timestamp, line.message};
        for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
            if (parts[i][0]) // may be "" of elsewhere
                check_within(parts[i], text, size);
        if (line.pid < 0 || line.cpu < 0)
            abort();
    } else if (memcmp(text, before, size + 1) != 0) {
        abort();
    }
    free(before);
    free(text);
    return 0;
}
