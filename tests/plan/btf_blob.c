// SPDX-License-Identifier: Apache-2.0
// See btf_blob.h.
#include "btf_blob.h"

#include <stdlib.h>
#include <string.h>

void blob_init(struct blob *blob)
{
    memset(blob, 0, sizeof(*blob));
    blob->strings_size = 1; // the empty string
    blob->n_types = 1;
}

void blob_word(struct blob *blob, uint32_t word)
{
    if (blob->n_words == BLOB_SIZE / 4)
        abort();
    blob->types[blob->n_words++] = word;
}

static uint32_t add_string(struct blob *blob, const char *text)
{
    size_t at = blob->strings_size, n = strlen(text) + 1;
    if (n == 1)
        return 0;
    if (at + n > BLOB_SIZE)
        abort();
    memcpy(blob->strings + at, text, n);
    blob->strings_size += n;
    return (uint32_t)at;
}

uint32_t blob_type(struct blob *blob, const char *name, unsigned kind, unsigned vlen, bool kflag,
                   uint32_t size_or_type)
{
    blob_word(blob, add_string(blob, name));
    blob_word(blob, (uint32_t)kflag << 31 | kind << 24 | vlen);
    blob_word(blob, size_or_type);
    return blob->n_types++;
}

void blob_member(struct blob *blob, const char *name, uint32_t type, uint32_t offset)
{
    blob_word(blob, add_string(blob, name));
    blob_word(blob, type);
    blob_word(blob, offset);
}

void blob_parameter(struct blob *blob, uint32_t type)
{
    blob_word(blob, 0);
    blob_word(blob, type);
}

void blob_enumerator(struct blob *blob, const char *name, uint32_t value)
{
    blob_word(blob, add_string(blob, name));
    blob_word(blob, value);
}

void blob_enumerator64(struct blob *blob, const char *name, uint64_t value)
{
    blob_enumerator(blob, name, (uint32_t)value);
    blob_word(blob, (uint32_t)(value >> 32));
}

size_t blob_finish(const struct blob *blob, unsigned char *out, size_t size)
{
    const uint32_t types_size = (uint32_t)blob->n_words * 4, strings_size = (uint32_t)blob->strings_size;
    const uint32_t header[6] = {0, 24, 0, types_size, types_size, strings_size};
    const uint16_t magic = 0xeb9f;
    size_t total = sizeof(header) + types_size + strings_size;
    if (total > size)
        abort();
    memcpy(out, header, sizeof(header));
    memcpy(out, &magic, 2);
    out[2] = 1; // version
    memcpy(out + sizeof(header), blob->types, types_size);
    memcpy(out + sizeof(header) + types_size, blob->strings, strings_size);
    return total;
}

// Kinds that are only passed over; each has something behind struct btf_type or nothing, as its kind says.
static void add_rest(struct blob *blob)
{
    blob_type(blob, "array", BLOB_ARRAY, 0, false, 0);
    blob_word(blob, 1);
    blob_word(blob, 1);
    blob_word(blob, 16);
    blob_type(blob, "opaque", BLOB_FWD, 0, true, 0);
    blob_type(blob, "", BLOB_RESTRICT, 0, false, 2);
    blob_type(blob, "variable", BLOB_VAR, 0, false, 1);
    blob_word(blob, 1);
    blob_type(blob, ".data", BLOB_DATASEC, 2, false, 16);
    for (int i = 0; i < 6; i++)
        blob_word(blob, 0);
    blob_type(blob, "double", BLOB_FLOAT, 0, false, 8);
    blob_type(blob, "tag", BLOB_DECL_TAG, 0, false, 1);
    blob_word(blob, UINT32_MAX);
    blob_type(blob, "user", BLOB_TYPE_TAG, 0, false, 1);
}

// struct request { q; cmd_flags; union { bio; rq_next; }; const volatile inner_t { __sector; __data_len; };
// struct named part; }
static void add_structs(struct blob *blob, uint32_t number, uint32_t pointer)
{
    uint32_t inner = blob_type(blob, "", BLOB_STRUCT, 2, false, 16);
    blob_member(blob, "__sector", number, 0);
    blob_member(blob, "__data_len", number, 64);
    uint32_t inner_t = blob_type(blob, "inner_t", BLOB_TYPEDEF, 0, false, inner);
    uint32_t vol = blob_type(blob, "", BLOB_VOLATILE, 0, false, inner_t);
    uint32_t con = blob_type(blob, "", BLOB_CONST, 0, false, vol);
    uint32_t either = blob_type(blob, "", BLOB_UNION, 2, false, 8);
    blob_member(blob, "bio", pointer, 0);
    blob_member(blob, "rq_next", pointer, 0);
    uint32_t named = blob_type(blob, "named", BLOB_STRUCT, 1, false, 4);
    blob_member(blob, "hidden", number, 0);
    blob_type(blob, "request", BLOB_STRUCT, 5, false, 48);
    blob_member(blob, "q", pointer, 0);
    blob_member(blob, "cmd_flags", number, 64);
    blob_member(blob, "", either, 128);
    blob_member(blob, "", con, 192);
    blob_member(blob, "part", named, 320);
    // With kind_flag, an offset has the size of a bit field in its highest 8 bits.
    uint32_t bits = blob_type(blob, "", BLOB_STRUCT, 2, true, 4);
    blob_member(blob, "low", number, 4U << 24 | 0);
    blob_member(blob, "high", number, 4U << 24 | 4);
    blob_type(blob, "gendisk", BLOB_STRUCT, 5, true, 16);
    blob_member(blob, "major", number, 0);
    blob_member(blob, "three", number, 3U << 24 | 32);
    blob_member(blob, "five", number, 5U << 24 | 35);
    blob_member(blob, "", bits, 64);
    blob_member(blob, "first_minor", number, 96);
}

static void add_enums(struct blob *blob)
{
    blob_type(blob, "req_opf", BLOB_ENUM, 3, false, 4);
    blob_enumerator(blob, "REQ_OP_READ", 0);
    blob_enumerator(blob, "REQ_OP_WRITE", 1);
    blob_enumerator(blob, "REQ_OP_DRV_OUT", 35);
    blob_type(blob, "", BLOB_ENUM, 1, false, 4);
    blob_enumerator(blob, "__RQF_STATS", 11);
    blob_type(blob, "signs", BLOB_ENUM, 1, true, 4);
    blob_enumerator(blob, "MINUS_ONE", UINT32_MAX);
    blob_type(blob, "wide", BLOB_ENUM64, 2, false, 8);
    blob_enumerator64(blob, "WIDE", 1ULL << 40 | 5);
    blob_enumerator64(blob, "WIDEST", UINT64_MAX);
    blob_type(blob, "empty", BLOB_ENUM, 0, false, 4);
}

static void add_tracepoint(struct blob *blob, const char *name, uint32_t context, unsigned args)
{
    uint32_t prototype = blob_type(blob, "", BLOB_FUNC_PROTO, args + 1, false, 0);
    for (unsigned i = 0; i <= args; i++)
        blob_parameter(blob, context);
    uint32_t pointer = blob_type(blob, "", BLOB_PTR, 0, false, prototype);
    blob_type(blob, name, BLOB_TYPEDEF, 0, false, pointer);
}

static void add_functions(struct blob *blob, uint32_t number, uint32_t pointer)
{
    add_tracepoint(blob, "btf_trace_block_rq_issue", pointer, 2);
    add_tracepoint(blob, "btf_trace_block_rq_complete", pointer, 3);
    add_tracepoint(blob, "btf_trace_nothing", pointer, 0);
    blob_type(blob, "btf_trace_number", BLOB_TYPEDEF, 0, false, number);
    uint32_t prototype = blob_type(blob, "", BLOB_FUNC_PROTO, 2, false, 0);
    blob_parameter(blob, pointer);
    blob_parameter(blob, number);
    blob_type(blob, "blk_account_io_start", BLOB_FUNC, 1, false, prototype);
    uint32_t none = blob_type(blob, "", BLOB_FUNC_PROTO, 0, false, 0);
    blob_type(blob, "no_arguments", BLOB_FUNC, 0, false, none);
    blob_type(blob, "no_prototype", BLOB_FUNC, 0, false, number);
    blob_type(blob, "out_of_range", BLOB_FUNC, 0, false, UINT32_MAX);
}

size_t blob_sample(unsigned char *out, size_t size)
{
    struct blob blob;
    blob_init(&blob);
    uint32_t number = blob_type(&blob, "unsigned int", BLOB_INT, 0, false, 4);
    blob_word(&blob, 32);
    uint32_t pointer = blob_type(&blob, "", BLOB_PTR, 0, false, 0);
    blob_type(&blob, "request", BLOB_FWD, 0, false, 0); // not the struct itself
    add_rest(&blob);
    add_structs(&blob, number, pointer);
    add_enums(&blob);
    add_functions(&blob, number, pointer);
    return blob_finish(&blob, out, size);
}
