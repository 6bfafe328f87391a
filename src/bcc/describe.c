// SPDX-License-Identifier: Apache-2.0
// Puts what libbcc has compiled into the form in which it is kept.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bpf_call.h"
#include "kept_file.h"
#include "libbcc.h"

// The parts of the file, filled in one after the other.
struct parts {
    struct kept_header header;
    struct kept_map maps[KEPT_ITEMS_MAX];
    int map_fds[KEPT_ITEMS_MAX];
    struct kept_function functions[KEPT_ITEMS_MAX];
    const struct bpf_insn *from[KEPT_ITEMS_MAX];
};

static bool set_name(char *to, size_t size, const char *name)
{
    return name && snprintf(to, size, "%s", name) < (int)size;
}

// Map kinds that hold nothing but values, or what is put into them after they are made.
static bool can_be_kept(uint32_t map_type)
{
    switch (map_type) {
    case BPF_MAP_TYPE_HASH:
    case BPF_MAP_TYPE_ARRAY:
    case BPF_MAP_TYPE_PROG_ARRAY:
    case BPF_MAP_TYPE_PERF_EVENT_ARRAY:
    case BPF_MAP_TYPE_PERCPU_HASH:
    case BPF_MAP_TYPE_PERCPU_ARRAY:
    case BPF_MAP_TYPE_STACK_TRACE:
    case BPF_MAP_TYPE_LRU_HASH:
    case BPF_MAP_TYPE_LRU_PERCPU_HASH:
    case BPF_MAP_TYPE_LPM_TRIE:
        return true;
    default:
        return false;
    }
}

// libbcc does not tell a map's flags. The kernel does: here, as it has done so before it had
// BPF_OBJ_GET_INFO_BY_FD (1e2709769086, 4.13).
static int describe_map(struct kept_map *map, int fd)
{
    char path[64], line[128];
    unsigned found = 0;
    snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
    FILE *info = fopen(path, "re");
    while (info && fgets(line, sizeof(line), info))
        found += sscanf(line, "map_type: %u", &map->type) == 1 ||
                 sscanf(line, "key_size: %u", &map->key_size) == 1 ||
                 sscanf(line, "value_size: %u", &map->value_size) == 1 ||
                 sscanf(line, "max_entries: %u", &map->max_entries) == 1 ||
                 sscanf(line, "map_flags: %x", &map->flags) == 1;
    if (info)
        fclose(info);
    return found == 5 && can_be_kept(map->type) ? 0 : -ENOTSUP;
}

static int describe_maps(struct parts *parts, const struct libbcc *lib, void *module)
{
    size_t n = lib->num_tables(module);
    if (n > KEPT_ITEMS_MAX)
        return -ENOTSUP;
    parts->header.n_maps = (uint32_t)n;
    for (size_t i = 0; i < n; i++) {
        const char *name = lib->table_name(module, i);
        int fd = name ? lib->table_fd(module, name) : -1;
        if (fd < 0 || !set_name(parts->maps[i].name, sizeof(parts->maps[i].name), name) ||
            describe_map(&parts->maps[i], fd) < 0)
            return -ENOTSUP;
        parts->map_fds[i] = fd;
    }
    return 0;
}

// As the kernel has its name, which libbcc may have cut at both ends; since 4.15 it tells.
static void describe_load(struct kept_function *to, const struct compiled *compiled)
{
    struct bpf_prog_info info = {0};
    uint32_t size = sizeof(info);
    snprintf(to->kernel_name, sizeof(to->kernel_name), "%s", to->name);
    for (size_t i = 0; i < compiled->n_functions; i++) {
        if (strcmp(compiled->functions[i].name, to->name) != 0)
            continue;
        to->kind = 1 + (uint32_t)compiled->functions[i].kind;
        if (bpf_info(compiled->functions[i].fd, &info, &size) == 0 && info.name[0])
            snprintf(to->kernel_name, sizeof(to->kernel_name), "%s", info.name);
    }
}

static int describe_functions(struct parts *parts, const struct libbcc *lib, const struct compiled *compiled)
{
    size_t n = lib->num_functions(compiled->module);
    if (n > KEPT_ITEMS_MAX)
        return -ENOTSUP;
    parts->header.n_functions = (uint32_t)n;
    for (size_t i = 0; i < n; i++) {
        struct kept_function *function = &parts->functions[i];
        const char *name = lib->function_name(compiled->module, i);
        if (!set_name(function->name, sizeof(function->name), name))
            return -ENOTSUP;
        parts->from[i] = lib->function_start(compiled->module, name);
        function->n_instructions =
            (uint32_t)(lib->function_size(compiled->module, name) / sizeof(struct bpf_insn));
        if (!parts->from[i])
            return -ENOTSUP;
        parts->header.n_instructions += function->n_instructions;
        describe_load(function, compiled);
    }
    return 0;
}

// False: there is no such map.
static bool set_map_number(struct bpf_insn *instruction, const struct parts *parts)
{
    for (uint32_t i = 0; i < parts->header.n_maps; i++)
        if (parts->map_fds[i] == instruction->imm) {
            instruction->imm = (int)i;
            return true;
        }
    return false;
}

static int write_functions(FILE *file, const struct parts *parts)
{
    for (uint32_t i = 0; i < parts->header.n_functions; i++) {
        uint32_t n = parts->functions[i].n_instructions;
        for (uint32_t at = 0; at < n; at++) {
            struct bpf_insn instruction = parts->from[i][at];
            if (kept_has_map(&instruction) && !set_map_number(&instruction, parts))
                return -ENOTSUP;
            fwrite(&instruction, sizeof(instruction), 1, file);
            if (instruction.code == (BPF_LD | BPF_IMM | BPF_DW) && ++at < n)
                fwrite(&parts->from[i][at], sizeof(instruction), 1, file); // its other half
        }
    }
    return 0;
}

static int write_parts(const struct parts *parts)
{
    int fd = memfd_create("kept-program", MFD_CLOEXEC), copy = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);
    FILE *file = copy < 0 ? NULL : fdopen(copy, "w");
    if (!file)
        return -errno;
    fwrite(&parts->header, sizeof(parts->header), 1, file);
    fwrite(parts->maps, sizeof(parts->maps[0]), parts->header.n_maps, file);
    fwrite(parts->functions, sizeof(parts->functions[0]), parts->header.n_functions, file);
    int error = write_functions(file, parts);
    return fclose(file) != 0 ? -EIO : error ? error : fd;
}

int describe(const struct libbcc *lib, const struct compiled *compiled)
{
    struct parts *parts = calloc(1, sizeof(*parts));
    if (!parts)
        return -ENOMEM;
    parts->header.kernel_version = compiled->kernel_version;
    snprintf(parts->header.license, sizeof(parts->header.license), LICENSE);
    int rc = describe_maps(parts, lib, compiled->module);
    if (!rc)
        rc = describe_functions(parts, lib, compiled);
    if (!rc)
        rc = write_parts(parts);
    free(parts);
    return rc;
}
