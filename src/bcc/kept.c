// SPDX-License-Identifier: Apache-2.0
// See kept.h.
#include "kept.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bpf_call.h"
#include "kept_file.h"
#include "kprobe_events.h"

#define LOAD_TRIES 5

struct program {
    int fd; // -1: it is not loaded
    enum bcc_kind kind;
    bool asked_for; // by kept_load
};

struct kept {
    void *bytes;
    struct kept_view view;
    int map_fds[KEPT_ITEMS_MAX];
    struct program programs[KEPT_ITEMS_MAX];
};

static int copy_of(int fd)
{
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    return copy < 0 ? -errno : copy;
}

// ---- maps ----

// Kernels before 5.11 count maps and programs against the limit on locked memory, and say -EPERM.
static int create(enum bpf_cmd command, union bpf_attr *attributes)
{
    const struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
    int fd = bpf_call(command, attributes);
    for (int tries = 1; fd == -EAGAIN && tries < LOAD_TRIES; tries++) // the verifier was interrupted
        fd = bpf_call(command, attributes);
    if (fd == -EPERM && setrlimit(RLIMIT_MEMLOCK, &unlimited) == 0)
        fd = bpf_call(command, attributes);
    return fd;
}

// Kernels before 4.15 have no names (ad5b177bd73f): -E2BIG behind the end of their attributes, -EINVAL
// within.
static bool may_refuse_name(int error)
{
    return error == -E2BIG || error == -EINVAL;
}

static int create_map(const struct kept_map *map)
{
    union bpf_attr attributes = bpf_attributes();
    attributes.map_type = map->type;
    attributes.key_size = map->key_size;
    attributes.value_size = map->value_size;
    attributes.max_entries = map->max_entries;
    attributes.map_flags = map->flags;
    memcpy(attributes.map_name, map->name, sizeof(attributes.map_name) - 1);
    int fd = create(BPF_MAP_CREATE, &attributes);
    if (!may_refuse_name(fd))
        return fd;
    memset(attributes.map_name, 0, sizeof(attributes.map_name));
    return create(BPF_MAP_CREATE, &attributes);
}

// -1: there is none.
static int find_map(const struct kept *kept, const char *name)
{
    for (uint32_t i = 0; i < kept->view.header->n_maps; i++)
        if (strcmp(kept->view.maps[i].name, name) == 0)
            return (int)i;
    return -1;
}

int kept_map_open(const struct kept *kept, const char *name, struct bcc_map *map)
{
    int i = find_map(kept, name), fd = i < 0 ? -ENOENT : copy_of(kept->map_fds[i]);
    if (fd < 0)
        return fd;
    const struct kept_map *from = &kept->view.maps[i];
    *map = (struct bcc_map){fd, from->key_size, from->value_size, from->max_entries};
    return 0;
}

// ---- programs ----

// The instructions of a function with file descriptors in the place of numbers. NULL: no memory.
static struct bpf_insn *instructions_of(const struct kept *kept, uint32_t at)
{
    const struct bpf_insn *from = kept->view.instructions;
    for (uint32_t i = 0; i < at; i++)
        from += kept->view.functions[i].n_instructions;
    uint32_t n = kept->view.functions[at].n_instructions;
    struct bpf_insn *instructions = calloc(n, sizeof(*instructions));
    for (uint32_t i = 0; instructions && i < n; i++) {
        instructions[i] = from[i];
        if (kept_has_map(&from[i])) {
            instructions[i].imm = kept->map_fds[from[i].imm];
            i++;
            instructions[i] = from[i];
        }
    }
    return instructions;
}

static int load_program(struct kept *kept, uint32_t at, enum bcc_kind kind)
{
    const struct kept_function *function = &kept->view.functions[at];
    struct bpf_insn *instructions = instructions_of(kept, at);
    if (!instructions)
        return -ENOMEM;
    union bpf_attr attributes = bpf_attributes();
    attributes.prog_type = kind == BCC_KPROBE ? BPF_PROG_TYPE_KPROBE : BPF_PROG_TYPE_RAW_TRACEPOINT;
    attributes.insns = bpf_pointer(instructions);
    attributes.insn_cnt = function->n_instructions;
    attributes.license = bpf_pointer(kept->view.header->license);
    attributes.kern_version = kept->view.header->kernel_version;
    memcpy(attributes.prog_name, function->kernel_name, sizeof(attributes.prog_name) - 1);
    int fd = create(BPF_PROG_LOAD, &attributes);
    if (may_refuse_name(fd)) {
        memset(attributes.prog_name, 0, sizeof(attributes.prog_name));
        fd = create(BPF_PROG_LOAD, &attributes);
    }
    free(instructions);
    if (fd < 0)
        return fd;
    kept->programs[at] = (struct program){.fd = fd, .kind = kind};
    return 0;
}

static int find_function(const struct kept *kept, const char *name)
{
    for (uint32_t i = 0; i < kept->view.header->n_functions; i++)
        if (strcmp(kept->view.functions[i].name, name) == 0)
            return (int)i;
    return -1;
}

int kept_load(struct kept *kept, enum bcc_kind kind, const char *function)
{
    int i = find_function(kept, function);
    if (i < 0)
        return -ENOENT;
    struct program *program = &kept->programs[i];
    if (program->asked_for)
        return -EEXIST;
    if (program->fd >= 0 && program->kind != kind) {
        close(program->fd);
        program->fd = -1;
    }
    int error = program->fd < 0 ? load_program(kept, (uint32_t)i, kind) : 0;
    if (error)
        return error;
    program->asked_for = true;
    return copy_of(program->fd);
}

// -1: it is not loaded.
static int find_program(const struct kept *kept, const char *function)
{
    int i = find_function(kept, function);
    return i >= 0 && kept->programs[i].asked_for ? kept->programs[i].fd : -1;
}

int kept_set_program(const struct kept *kept, const char *map, const char *function)
{
    int i = find_map(kept, map), fd = find_program(kept, function);
    return i < 0 || fd < 0 ? -ENOENT : bpf_map_set(kept->map_fds[i], &(uint32_t){0}, &fd);
}

// ---- attaching ----

// The kprobe PMU's type in perf_event_open(2).
static int kprobe_pmu(void)
{
    char text[16];
    int fd = open("/sys/bus/event_source/devices/kprobe/type", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
    int error = -errno;
    if (fd >= 0)
        close(fd);
    if (n <= 0)
        return n < 0 ? error : -EIO;
    text[n] = 0;
    return atoi(text);
}

static int attach_kprobe(int program_fd, const char *function)
{
    bool is_named = kprobes_are_named();
    int number = is_named ? kprobe_event_make(function) : kprobe_pmu();
    if (number < 0)
        return number;
    struct perf_event_attr attributes = {.size = sizeof(attributes), .sample_period = 1, .wakeup_events = 1};
    attributes.type = is_named ? PERF_TYPE_TRACEPOINT : (uint32_t)number;
    if (is_named)
        attributes.config = (uint64_t)number;
    else
        attributes.config1 = bpf_pointer(function); // kprobe_func
    int fd = (int)syscall(SYS_perf_event_open, &attributes, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
    if (fd < 0)
        return -errno;
    if (ioctl(fd, PERF_EVENT_IOC_SET_BPF, program_fd) < 0 || ioctl(fd, PERF_EVENT_IOC_ENABLE, 0) < 0) {
        int error = -errno;
        close(fd);
        return error;
    }
    return fd;
}

static int attach_raw_tracepoint(int program_fd, const char *name)
{
    union bpf_attr attributes = bpf_attributes();
    attributes.raw_tracepoint.name = bpf_pointer(name);
    attributes.raw_tracepoint.prog_fd = (uint32_t)program_fd;
    return bpf_call(BPF_RAW_TRACEPOINT_OPEN, &attributes);
}

int kept_attach(const struct kept *kept, enum bcc_kind kind, const char *function, const char *target)
{
    int fd = find_program(kept, function);
    if (fd < 0)
        return -ENOENT;
    return kind == BCC_KPROBE ? attach_kprobe(fd, target) : attach_raw_tracepoint(fd, target);
}

// ---- begin, end ----

static int create_all(struct kept *kept)
{
    const struct kept_header *header = kept->view.header;
    for (uint32_t i = 0; i < header->n_maps; i++) {
        kept->map_fds[i] = create_map(&kept->view.maps[i]);
        if (kept->map_fds[i] < 0)
            return kept->map_fds[i];
    }
    for (uint32_t i = 0; i < header->n_functions; i++) {
        uint32_t kind = kept->view.functions[i].kind;
        int error = kind ? load_program(kept, i, (enum bcc_kind)(kind - 1)) : 0;
        if (error)
            return error;
    }
    return 0;
}

int kept_open(struct kept **out, void *bytes, size_t size)
{
    struct kept *kept = calloc(1, sizeof(*kept));
    if (!kept)
        return -ENOMEM;
    for (size_t i = 0; i < KEPT_ITEMS_MAX; i++)
        kept->map_fds[i] = kept->programs[i].fd = -1;
    int error = kept_view(bytes, size, &kept->view) ? create_all(kept) : -EINVAL;
    if (error) {
        kept_close(kept);
        return error;
    }
    kept->bytes = bytes;
    *out = kept;
    return 0;
}

void kept_close(struct kept *kept)
{
    if (!kept)
        return;
    for (size_t i = 0; i < KEPT_ITEMS_MAX; i++) {
        if (kept->map_fds[i] >= 0)
            close(kept->map_fds[i]);
        if (kept->programs[i].fd >= 0)
            close(kept->programs[i].fd);
    }
    free(kept->bytes);
    free(kept);
}
