// SPDX-License-Identifier: Apache-2.0
// btf_parse on any bytes, and all questions on what it takes.
#include <string.h>

#include "kernel/btf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void visit(void *context, const char *enumerator, uint64_t value)
{
    size_t *n = context;
    *n += strlen(enumerator) + (value & 1);
}

static void ask(const struct btf *btf, const char *name)
{
    static const char *const members[] = {"q", "__sector", "bio", "hidden", "high", "none"};
    size_t n = 0;
    uint64_t value;
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        btf_member_offset(btf, name, members[i]);
    btf_enumerator(btf, name, &value);
    btf_enum_each(btf, name, visit, &n);
    btf_tracepoint_args(btf, name);
    btf_function_args(btf, name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {
        "request",        "gendisk", "req_opf",      "wide", "REQ_OP_DRV_OUT",
        "block_rq_issue", "number",  "no_prototype", "",     "blk_account_io_start"};
    struct btf *btf = NULL;
    if (btf_parse(&btf, data, size) != 0)
        return 0;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        ask(btf, names[i]);
    btf_close(btf);
    return 0;
}
