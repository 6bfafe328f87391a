// SPDX-License-Identifier: Apache-2.0
// See btf.h.
#include "kernel/btf.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/btf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

// <linux/btf.h> may be older than the kernel: that of 5.10 has fewer kinds, and 7.2 has a longer header and
// more bits for kind and vlen. So numbers and the header stand here. Older kernels have 0 in the new bits.
enum {
    KIND_DECL_TAG = 17,
    KIND_TYPE_TAG = 18,
    KIND_ENUM64 = 19,
};

struct header {
    uint16_t magic;
    uint8_t version, flags;
    uint32_t hdr_len;
    uint32_t type_off, type_len; // offsets are from the end of the header
    uint32_t str_off, str_len;
    uint32_t layout_off, layout_len; // since 7.2, if hdr_len says so
};

#define HEADER_MIN offsetof(struct header, layout_off)

// What follows struct btf_type, in bytes. The file's own layouts are for kinds that are not known here.
struct layout {
    uint8_t info_size, element_size;
    uint16_t flags;
};

struct enum64_entry {
    uint32_t name_off, low, high;
};

struct btf {
    unsigned char *data; // from mmap
    size_t size;
    const char *strings; // strings_size bytes, the last one 0
    size_t strings_size;
    const unsigned char *base; // of the types
    uint32_t *offsets;         // of the type with that id, from base; [0] is void and has none
    uint32_t n_types;
    const struct layout *layouts; // by kind
    uint32_t n_layouts;
};

#define MAX_DEPTH 8 // of nameless members within nameless members
// Members that one search looks at: real structures have some hundred, hostile ones may contain themselves.
#define MAX_MEMBERS 100000

// BTF_INFO_KIND of 5.10 has four bits, too few for the later kinds.
static uint32_t kind_of(const struct btf_type *type)
{
    return type->info >> 24 & 0x1f;
}

static uint32_t vlen_of(const struct btf_type *type)
{
    return type->info & 0xffffff;
}

// The kinds that are known here: all below N_KNOWN. Nothing follows struct btf_type where there is no row.
static const struct layout known[] = {
    [BTF_KIND_INT] = {.info_size = sizeof(uint32_t)},
    [BTF_KIND_ARRAY] = {.info_size = sizeof(struct btf_array)},
    [BTF_KIND_STRUCT] = {.element_size = sizeof(struct btf_member)},
    [BTF_KIND_UNION] = {.element_size = sizeof(struct btf_member)},
    [BTF_KIND_ENUM] = {.element_size = sizeof(struct btf_enum)},
    [BTF_KIND_FUNC_PROTO] = {.element_size = sizeof(struct btf_param)},
    [BTF_KIND_VAR] = {.info_size = sizeof(uint32_t)},
    [BTF_KIND_DATASEC] = {.element_size = sizeof(struct btf_var_secinfo)},
    [KIND_DECL_TAG] = {.info_size = sizeof(uint32_t)},
    [KIND_ENUM64] = {.element_size = sizeof(struct enum64_entry)},
};

#define N_KNOWN (sizeof(known) / sizeof(known[0]))

// Bytes that follow struct btf_type, or -1: a kind that neither this program nor the file knows. Types are
// aligned to 4 bytes.
static ssize_t tail_size(const struct btf *btf, const struct btf_type *type)
{
    uint32_t kind = kind_of(type);
    bool is_known = kind != BTF_KIND_UNKN && kind < N_KNOWN;
    if (!is_known && kind >= btf->n_layouts)
        return -1;
    const struct layout *layout = is_known ? &known[kind] : &btf->layouts[kind];
    size_t size = layout->info_size + (size_t)vlen_of(type) * layout->element_size;
    return size % 4 ? -1 : (ssize_t)size;
}

static int index_types(struct btf *btf, size_t size)
{
    // No type is smaller than struct btf_type; what is not used of the array is never touched.
    btf->offsets = malloc((size / sizeof(struct btf_type) + 1) * sizeof(*btf->offsets));
    if (!btf->offsets)
        return -ENOMEM;
    btf->n_types = 1;
    for (size_t at = 0; at < size;) {
        if (size - at < sizeof(struct btf_type))
            return -EINVAL;
        const struct btf_type *type = (const struct btf_type *)(const void *)(btf->base + at);
        ssize_t tail = tail_size(btf, type);
        if (tail < 0 || size - at - sizeof(*type) < (size_t)tail)
            return -EINVAL;
        btf->offsets[btf->n_types++] = (uint32_t)at;
        at += sizeof(*type) + (size_t)tail;
    }
    return 0;
}

static const struct btf_type *type_at(const struct btf *btf, uint32_t id)
{
    return id && id < btf->n_types ? (const struct btf_type *)(const void *)(btf->base + btf->offsets[id])
                                   : NULL;
}

static bool is_section(uint32_t offset, uint32_t length, size_t size)
{
    return offset <= size && length <= size - offset;
}

static int index_data(struct btf *btf)
{
    struct header header = {0};
    if (btf->size < HEADER_MIN)
        return -EINVAL;
    memcpy(&header, btf->data, HEADER_MIN);
    if (header.magic != BTF_MAGIC || header.version != BTF_VERSION || header.hdr_len < HEADER_MIN ||
        header.hdr_len > btf->size)
        return -EINVAL;
    if (header.hdr_len >= sizeof(header))
        memcpy(&header, btf->data, sizeof(header));
    size_t size = btf->size - header.hdr_len;
    if (!is_section(header.type_off, header.type_len, size) ||
        !is_section(header.str_off, header.str_len, size) ||
        !is_section(header.layout_off, header.layout_len, size) || header.str_len == 0 ||
        (header.type_off | header.layout_off | header.hdr_len) % 4 != 0)
        return -EINVAL;
    btf->layouts = (const struct layout *)(const void *)(btf->data + header.hdr_len + header.layout_off);
    btf->n_layouts = header.layout_len / sizeof(struct layout);
    btf->base = btf->data + header.hdr_len + header.type_off;
    btf->strings = (const char *)btf->data + header.hdr_len + header.str_off;
    btf->strings_size = header.str_len;
    if (btf->strings[0] != 0 || btf->strings[header.str_len - 1] != 0)
        return -EINVAL;
    return index_types(btf, header.type_len);
}

// Memory to read into, all of it there at once: quicker than a page fault for each 4 kB.
static void *map_memory(size_t size)
{
    return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
}

// Takes data, which mmap gave, also on failure.
static int take(struct btf **out, void *data, size_t size)
{
    if (data == MAP_FAILED)
        return -ENOMEM;
    struct btf *btf = calloc(1, sizeof(*btf));
    if (!btf) {
        munmap(data, size);
        return -ENOMEM;
    }
    btf->data = data;
    btf->size = size;
    int error = index_data(btf);
    if (error) {
        btf_close(btf);
        return error;
    }
    *out = btf;
    return 0;
}

int btf_parse(struct btf **btf, const void *data, size_t size)
{
    if (size == 0)
        return -EINVAL;
    void *copy = map_memory(size);
    if (copy != MAP_FAILED)
        memcpy(copy, data, size);
    return take(btf, copy, size);
}

static int read_all(int fd, char *to, size_t size)
{
    for (size_t at = 0; at < size;) {
        ssize_t n = read(fd, to + at, size - at);
        if (n <= 0)
            return n < 0 ? -errno : -EINVAL;
        at += (size_t)n;
    }
    return 0;
}

int btf_open(struct btf **btf, const char *path)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int error = fstat(fd, &status) < 0 ? -errno : status.st_size <= 0 ? -EINVAL : 0;
    size_t size = error ? 0 : (size_t)status.st_size;
    void *data = error ? MAP_FAILED : mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0); // of sysfs: since 6.16
    if (!error && data == MAP_FAILED) {
        data = map_memory(size);
        error = data == MAP_FAILED ? -ENOMEM : read_all(fd, data, size);
        if (error && data != MAP_FAILED)
            munmap(data, size);
    }
    close(fd);
    return error ? error : take(btf, data, size);
}

void btf_close(struct btf *btf)
{
    if (!btf)
        return;
    free(btf->offsets);
    munmap(btf->data, btf->size);
    free(btf);
}

static const char *string_at(const struct btf *btf, uint32_t offset)
{
    return offset < btf->strings_size ? btf->strings + offset : "";
}

// The first type of one of two kinds with that name.
static const struct btf_type *find_type(const struct btf *btf, const char *name, uint32_t kind,
                                        uint32_t other_kind)
{
    for (uint32_t id = 1; id < btf->n_types; id++) {
        const struct btf_type *type = type_at(btf, id);
        uint32_t k = kind_of(type);
        if ((k == kind || k == other_kind) && strcmp(string_at(btf, type->name_off), name) == 0)
            return type;
    }
    return NULL;
}

// Skips typedefs and qualifiers.
static const struct btf_type *resolve(const struct btf *btf, uint32_t id)
{
    const struct btf_type *type = type_at(btf, id);
    for (int depth = 0; type && depth < MAX_DEPTH; depth++) {
        uint32_t kind = kind_of(type);
        if (kind != BTF_KIND_TYPEDEF && kind != BTF_KIND_CONST && kind != BTF_KIND_VOLATILE &&
            kind != KIND_TYPE_TAG)
            return type;
        type = type_at(btf, type->type);
    }
    return NULL;
}

static int64_t member_bit(const struct btf *btf, const struct btf_type *structure, const char *name,
                          int depth, int *budget)
{
    const struct btf_member *members = (const struct btf_member *)(structure + 1);
    bool has_sizes = structure->info >> 31;
    for (uint32_t i = 0; i < vlen_of(structure) && --*budget > 0; i++) {
        uint32_t bit = has_sizes ? BTF_MEMBER_BIT_OFFSET(members[i].offset) : members[i].offset;
        const char *member = string_at(btf, members[i].name_off);
        if (strcmp(member, name) == 0)
            return bit;
        const struct btf_type *inner = member[0] || depth == MAX_DEPTH ? NULL : resolve(btf, members[i].type);
        if (!inner || (kind_of(inner) != BTF_KIND_STRUCT && kind_of(inner) != BTF_KIND_UNION))
            continue;
        int64_t inner_bit = member_bit(btf, inner, name, depth + 1, budget);
        if (inner_bit >= 0)
            return bit + inner_bit;
    }
    return -ENOENT;
}

int btf_member_offset(const struct btf *btf, const char *structure, const char *member)
{
    const struct btf_type *type = find_type(btf, structure, BTF_KIND_STRUCT, BTF_KIND_STRUCT);
    if (!type)
        return -ENOENT;
    int budget = MAX_MEMBERS;
    int64_t bit = member_bit(btf, type, member, 0, &budget);
    if (bit < 0)
        return (int)bit;
    return bit % 8 ? -EINVAL : (int)(bit / 8);
}

// Name and value of the i-th enumerator of an enum of either size.
static uint32_t enumerator_at(const struct btf_type *type, uint32_t i, uint64_t *value)
{
    if (kind_of(type) == KIND_ENUM64) {
        const struct enum64_entry *entry = (const struct enum64_entry *)(type + 1) + i;
        *value = (uint64_t)entry->high << 32 | entry->low;
        return entry->name_off;
    }
    const struct btf_enum *entry = (const struct btf_enum *)(type + 1) + i;
    *value = (uint64_t)entry->val;
    return entry->name_off;
}

static bool is_enum(const struct btf_type *type)
{
    return kind_of(type) == BTF_KIND_ENUM || kind_of(type) == KIND_ENUM64;
}

bool btf_enumerator(const struct btf *btf, const char *name, uint64_t *value)
{
    for (uint32_t id = 1; id < btf->n_types; id++) {
        const struct btf_type *type = type_at(btf, id);
        for (uint32_t i = 0; is_enum(type) && i < vlen_of(type); i++)
            if (strcmp(string_at(btf, enumerator_at(type, i, value)), name) == 0)
                return true;
    }
    return false;
}

bool btf_enum_each(const struct btf *btf, const char *name, void (*visit)(void *, const char *, uint64_t),
                   void *context)
{
    const struct btf_type *type = find_type(btf, name, BTF_KIND_ENUM, KIND_ENUM64);
    for (uint32_t i = 0; type && i < vlen_of(type); i++) {
        uint64_t value;
        const char *enumerator = string_at(btf, enumerator_at(type, i, &value));
        visit(context, enumerator, value);
    }
    return type != NULL;
}

int btf_tracepoint_args(const struct btf *btf, const char *name)
{
    char typedef_name[96];
    snprintf(typedef_name, sizeof(typedef_name), "btf_trace_%s", name);
    const struct btf_type *type = find_type(btf, typedef_name, BTF_KIND_TYPEDEF, BTF_KIND_TYPEDEF);
    if (type)
        type = resolve(btf, type->type);
    if (type && kind_of(type) == BTF_KIND_PTR)
        type = resolve(btf, type->type);
    if (!type || kind_of(type) != BTF_KIND_FUNC_PROTO || vlen_of(type) == 0)
        return -ENOENT;
    return (int)vlen_of(type) - 1;
}

int btf_function_args(const struct btf *btf, const char *name)
{
    const struct btf_type *type = find_type(btf, name, BTF_KIND_FUNC, BTF_KIND_FUNC);
    if (type)
        type = type_at(btf, type->type);
    if (!type || kind_of(type) != BTF_KIND_FUNC_PROTO)
        return -ENOENT;
    return (int)vlen_of(type);
}
