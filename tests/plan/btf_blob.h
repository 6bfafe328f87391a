// SPDX-License-Identifier: Apache-2.0
// Makes BTF (Documentation/bpf/btf.rst) by hand.
#ifndef BTF_BLOB_H
#define BTF_BLOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Kinds, by their numbers: the oldest <linux/btf.h> that this builds with has not all of them.
enum {
    BLOB_INT = 1,
    BLOB_PTR,
    BLOB_ARRAY,
    BLOB_STRUCT,
    BLOB_UNION,
    BLOB_ENUM,
    BLOB_FWD,
    BLOB_TYPEDEF,
    BLOB_VOLATILE,
    BLOB_CONST,
    BLOB_RESTRICT,
    BLOB_FUNC,
    BLOB_FUNC_PROTO,
    BLOB_VAR,
    BLOB_DATASEC,
    BLOB_FLOAT,
    BLOB_DECL_TAG,
    BLOB_TYPE_TAG,
    BLOB_ENUM64,
};

#define BLOB_SIZE 4096

struct blob {
    uint32_t types[BLOB_SIZE / 4];
    size_t n_words;
    char strings[BLOB_SIZE];
    size_t strings_size;
    uint32_t n_types; // with void
};

void blob_init(struct blob *blob);

// Begins a type; its members follow as words. Returns its id. kflag: bit 31 of info.
uint32_t blob_type(struct blob *blob, const char *name, unsigned kind, unsigned vlen, bool kflag,
                   uint32_t size_or_type);

void blob_word(struct blob *blob, uint32_t word);

// A member of a struct or union, a parameter, an enumerator of either size.
void blob_member(struct blob *blob, const char *name, uint32_t type, uint32_t offset);
void blob_parameter(struct blob *blob, uint32_t type);
void blob_enumerator(struct blob *blob, const char *name, uint32_t value);
void blob_enumerator64(struct blob *blob, const char *name, uint64_t value);

// Header, types and strings in one. Returns the size.
size_t blob_finish(const struct blob *blob, unsigned char *out, size_t size);

// A sample with all kinds and the block layer's shapes.
size_t blob_sample(unsigned char *out, size_t size);

#endif
