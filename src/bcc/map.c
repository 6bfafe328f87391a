// SPDX-License-Identifier: Apache-2.0
// Reads and writes maps. See bcc.h.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bcc.h"
#include "bpf_call.h"

typedef void visit_fn(void *context, const void *key, const void *value);

#define BATCH_ENTRIES 4096
#define BATCH_BYTES 262144 // of values

static uint32_t batch_entries(const struct bcc_map *map)
{
    size_t n = BATCH_BYTES / map->value_size;
    return n > BATCH_ENTRIES ? BATCH_ENTRIES : n ? (uint32_t)n : 1;
}

// -ENOTSUP if this kernel or map type cannot read in batches (cb4d03ab499d, 5.6).
static int each_in_batches(const struct bcc_map *map, char *keys, char *values, visit_fn *visit,
                           void *context)
{
    uint32_t batch = 0;
    for (bool first = true;; first = false) {
        union bpf_attr attributes = bpf_attributes();
        attributes.batch.map_fd = (uint32_t)map->fd;
        attributes.batch.in_batch = first ? 0 : bpf_pointer(&batch);
        attributes.batch.out_batch = bpf_pointer(&batch);
        attributes.batch.keys = bpf_pointer(keys);
        attributes.batch.values = bpf_pointer(values);
        attributes.batch.count = batch_entries(map);
        int error = bpf_call(BPF_MAP_LOOKUP_BATCH, &attributes);
        if (error && error != -ENOENT)
            return first ? -ENOTSUP : error;
        for (uint32_t i = 0; i < attributes.batch.count; i++)
            visit(context, keys + (size_t)i * map->key_size, values + (size_t)i * map->value_size);
        if (error)
            return 0; // ENOENT: that was the last batch
    }
}

static int next_key(const struct bcc_map *map, const void *key, void *next)
{
    union bpf_attr attributes = bpf_attributes();
    attributes.map_fd = (uint32_t)map->fd;
    attributes.key = bpf_pointer(key);
    attributes.next_key = bpf_pointer(next);
    return bpf_call(BPF_MAP_GET_NEXT_KEY, &attributes);
}

// Kernels before 4.12 take no NULL for "before the first" (8fe45924387b), but a key that is not there.
static int first_key(const struct bcc_map *map, char *key, void *value)
{
    static const int fillers[] = {0xff, 0x55, 0xaa};
    int error = next_key(map, NULL, key);
    for (size_t i = 0; error == -EFAULT && i < sizeof(fillers) / sizeof(fillers[0]); i++) {
        memset(key, fillers[i], map->key_size);
        if (bpf_map_get(map->fd, key, value) == -ENOENT)
            error = next_key(map, key, key);
    }
    return error;
}

static int each_one_by_one(const struct bcc_map *map, char *key, char *value, visit_fn *visit, void *context)
{
    int error = first_key(map, key, value);
    for (; !error; error = next_key(map, key, key))
        if (bpf_map_get(map->fd, key, value) == 0)
            visit(context, key, value);
    return error == -ENOENT ? 0 : error;
}

int bcc_map_each(const struct bcc *bcc, const struct bcc_map *map, visit_fn *visit, void *context)
{
    size_t n = batch_entries(map);
    char *keys = malloc(n * map->key_size), *values = malloc(n * map->value_size);
    (void)bcc;
    int error = keys && values ? each_in_batches(map, keys, values, visit, context) : -ENOMEM;
    if (error == -ENOTSUP)
        error = each_one_by_one(map, keys, values, visit, context);
    free(keys);
    free(values);
    return error;
}

int bcc_map_get(const struct bcc *bcc, const struct bcc_map *map, const void *key, void *value)
{
    (void)bcc;
    return bpf_map_get(map->fd, key, value);
}

int bcc_map_set(const struct bcc *bcc, const struct bcc_map *map, const void *key, const void *value)
{
    (void)bcc;
    return bpf_map_set(map->fd, key, value);
}

uint64_t bcc_program_misses(const struct bcc *bcc, int program_fd)
{
    (void)bcc;
#ifdef HAVE_RECURSION_MISSES // struct bpf_prog_info of <linux/bpf.h> has it (5.12)
    struct bpf_prog_info info = {0};
    uint32_t size = sizeof(info);
    if (bpf_info(program_fd, &info, &size) == 0 &&
        size >= offsetof(struct bpf_prog_info, recursion_misses) + 8)
        return info.recursion_misses;
#else
    (void)program_fd;
#endif
    return 0;
}
