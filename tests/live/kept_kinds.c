// SPDX-License-Identifier: Apache-2.0
// All kinds of maps and programs that a text can have, compiled and then kept: what the kernel has of them is
// the same, and they do the same. Where there are no kprobes, their programs are loaded only.
#include <errno.h>
#include <linux/bpf.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bcc/bcc.h"
#include "kernel/kernel.h"
#include "trace/embedded.h"

#define SKIPPED 77
#define PLACE "/run" // root's; of this process alone
#define CACHE PLACE "/kept"
#define CHILDREN 5

static const char text[] =
    "#include <uapi/linux/ptrace.h>\n"
    "struct event { u64 time_ns; u32 pid; };\n"
    "BPF_HASH(counts, u32, u64, 100);\n"
    "BPF_ARRAY(numbers, u64, 7);\n"
    "BPF_PROG_ARRAY(next_program, 1);\n"
    "BPF_PERF_OUTPUT(events_of_a_long_name);\n"
    "int on_kprobe(struct pt_regs *ctx) { u32 key = 1; u64 one = 1; counts.update(&key, &one); return 0; }\n"
    "int not_loaded_first(struct pt_regs *ctx) { u32 key = 2; u64 one = 1; counts.update(&key, &one); "
    "return 0; }\n"
    "int first_program_of_two(struct bpf_raw_tracepoint_args *ctx)\n"
    "{\n"
    "    if ((u32)(bpf_get_current_pid_tgid() >> 32) != PARENT)\n"
    "        return 0;\n"
    "    next_program.call(ctx, 0);\n"
    "    return 0;\n"
    "}\n"
    "int second(struct bpf_raw_tracepoint_args *ctx)\n"
    "{\n"
    "    struct event event = {.time_ns = bpf_ktime_get_ns(), .pid = bpf_get_current_pid_tgid()};\n"
    "    u32 key = 3;\n"
    "    u64 *n = numbers.lookup(&key);\n"
    "    if (n)\n"
    "        lock_xadd(n, 1);\n"
    "    events_of_a_long_name.perf_submit(ctx, &event, sizeof(event));\n"
    "    return 0;\n"
    "}\n";

static int failures;

static void expect(const char *what, long got, long wanted)
{
    if (got == wanted)
        return;
    fprintf(stderr, "FAILED: %s: %ld, wanted %ld\n", what, got, wanted);
    failures++;
}

static void take_event(void *context, const void *data, size_t size)
{
    (void)data;
    *(long *)context += size >= 12;
}

static void take_lost(void *context, uint64_t n)
{
    *(long *)context -= (long)n;
}

static int ask_kernel(int fd, void *info, uint32_t size)
{
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof(attributes));
    attributes.info.bpf_fd = (uint32_t)fd;
    attributes.info.info = (uintptr_t)info;
    attributes.info.info_len = size;
    return (int)syscall(SYS_bpf, BPF_OBJ_GET_INFO_BY_FD, &attributes, sizeof(attributes));
}

// What the kernel has of a program or a map, into one line.
static void describe_program(FILE *out, int fd)
{
    struct bpf_prog_info info = {0};
    expect("BPF_OBJ_GET_INFO_BY_FD", ask_kernel(fd, &info, sizeof(info)), 0);
    fprintf(out, "program %s: %u, GPL %d, ", info.name, info.type, info.gpl_compatible);
    for (size_t i = 0; i < sizeof(info.tag); i++)
        fprintf(out, "%02x", info.tag[i]);
    fputs("\n", out);
}

static void describe_map(FILE *out, struct bcc *bcc, const char *name)
{
    struct bcc_map map;
    struct bpf_map_info info = {0};
    int error = bcc_map_open(bcc, name, &map);
    expect(name, error, 0);
    if (error)
        return;
    expect("BPF_OBJ_GET_INFO_BY_FD", ask_kernel(map.fd, &info, sizeof(info)), 0);
    fprintf(out, "map %s: %u, %u, %u, %u, %x; %u, %u, %u\n", info.name, info.type, info.key_size,
            info.value_size, info.max_entries, info.map_flags, map.key_size, map.value_size, map.max_entries);
    close(map.fd);
}

static int load(FILE *out, struct bcc *bcc, enum bcc_kind kind, const char *function)
{
    int fd = bcc_load(bcc, kind, function);
    if (fd < 0)
        expect(function, fd, 0);
    else
        describe_program(out, fd);
    expect("loaded once more", bcc_load(bcc, kind, function), -EEXIST);
    return fd;
}

static void make_children(void)
{
    for (int i = 0; i < CHILDREN; i++) {
        pid_t pid = fork();
        if (pid == 0)
            _exit(0);
        waitpid(pid, NULL, 0);
    }
}

// What children made the program count and submit.
static void count_children(struct bcc *bcc)
{
    struct bcc_map map, programs;
    struct bcc_perf *perf = NULL;
    uint64_t count = 0;
    long events = 0;
    const struct bcc_perf_reader reader = {take_event, take_lost, &events};
    expect("bcc_map_open", bcc_map_open(bcc, "numbers", &map), 0);
    expect("bcc_map_open", bcc_map_open(bcc, "next_program", &programs), 0); // or it is emptied
    expect("bcc_perf_open", bcc_perf_open(bcc, "events_of_a_long_name", 8, &reader, &perf), 0);
    expect("bcc_set_program", bcc_set_program(bcc, "next_program", "second"), 0);
    expect("no such target", bcc_attach(bcc, BCC_RAW_TRACEPOINT, "first_program_of_two", "no_such"), -ENOENT);
    expect("bcc_keep", bcc_keep(bcc, -1), true); // or bcc_stop has another process do it, which would count
    int link = bcc_attach(bcc, BCC_RAW_TRACEPOINT, "first_program_of_two", "task_newtask");
    expect("bcc_attach", link < 0 ? link : 0, 0);
    bcc_stop(bcc);
    make_children();
    close(link);
    make_children();
    expect("bcc_perf_flush", bcc_perf_flush(perf), 0);
    expect("bcc_map_get", bcc_map_get(bcc, &map, &(uint32_t){3}, &count), 0);
    expect("children counted", (long)count, CHILDREN);
    expect("children submitted", events, CHILDREN);
    bcc_perf_close(perf);
    close(programs.fd);
    close(map.fd);
}

// What -1 stands for in the kernel's answer differs: ENOENT or EINVAL for a function that is not there.
static void try_kprobe(struct bcc *bcc)
{
    int link = bcc_attach(bcc, BCC_KPROBE, "on_kprobe", "no_such_function");
    expect("a kprobe on nothing", link < 0, 1);
    if (access("/sys/bus/event_source/devices/kprobe/type", F_OK) == 0) {
        link = bcc_attach(bcc, BCC_KPROBE, "on_kprobe", "vfs_read");
        expect("a kprobe", link < 0 ? link : 0, 0);
        close(link);
    }
}

// Loads as a raw tracepoint what is of no kind by its text.
static void load_raw(struct bcc *bcc, const char *function, const char *kernel_name)
{
    char *line = NULL, wanted[64];
    size_t size;
    FILE *out = open_memstream(&line, &size);
    close(load(out, bcc, BCC_RAW_TRACEPOINT, function));
    fclose(out);
    snprintf(wanted, sizeof(wanted), "program %s: %d, ", kernel_name, BPF_PROG_TYPE_RAW_TRACEPOINT);
    expect(line, strncmp(line, wanted, strlen(wanted)), 0);
    free(line);
}

// What was not loaded when it was kept, and what is not there: if that were asked for while it is compiled,
// it would not be kept.
static void load_others(struct bcc *bcc)
{
    load_raw(bcc, "not_loaded_first", "not_loaded_firs");
    expect("no such function", bcc_load(bcc, BCC_KPROBE, "no_such"), -ENOENT);
    expect("a function that is not loaded", bcc_attach(bcc, BCC_KPROBE, "no_such", "vfs_read"), -ENOENT);
}

// Returns what the kernel had of all.
static char *run(bool is_kept)
{
    static const char *const maps[] = {"counts", "numbers", "next_program", "events_of_a_long_name"};
    char parent[32], origin[256], *lines = NULL;
    size_t size;
    struct bcc *bcc = NULL;
    struct bcc_map map;
    FILE *out = open_memstream(&lines, &size);
    snprintf(parent, sizeof(parent), "PARENT=%d", (int)getpid());
    const struct bcc_source source = {.text = text, .defines = (const char *[]){parent}, .n_defines = 1};
    expect("bcc_open", bcc_open(&bcc, embedded_headers, embedded_headers_count, CACHE), 0);
    expect("bcc_find_kept", bcc_find_kept(bcc, &source), is_kept ? 0 : -ENOENT);
    expect("bcc_compile", bcc_compile(bcc, &source), 0);
    expect("a child", bcc_child_pid(bcc) != 0, !is_kept);
    for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++)
        describe_map(out, bcc, maps[i]);
    close(load(out, bcc, BCC_KPROBE, "on_kprobe"));
    close(load(out, bcc, BCC_RAW_TRACEPOINT, "first_program_of_two"));
    close(load(out, bcc, BCC_RAW_TRACEPOINT, "second"));
    if (is_kept)
        load_others(bcc);
    expect("no such map", bcc_map_open(bcc, "no_such", &map), -ENOENT);
    expect("no such array", bcc_set_program(bcc, "no_such", "second"), -ENOENT);
    try_kprobe(bcc);
    count_children(bcc);
    bcc_origin(bcc, origin, sizeof(origin));
    expect(origin, strncmp(origin, is_kept ? "kept program of " : "compiled in ", 12), 0);
    expect("nothing after bcc_stop", bcc_map_open(bcc, "counts", &map), -EBADF);
    expect("nothing after bcc_stop", bcc_compile(bcc, &source), -EBADF);
    bcc_close(bcc);
    fclose(out);
    return lines;
}

// What was loaded as a kprobe when it was kept.
static void run_other_kind(void)
{
    char parent[32];
    struct bcc *bcc = NULL;
    snprintf(parent, sizeof(parent), "PARENT=%d", (int)getpid());
    const struct bcc_source source = {.text = text, .defines = (const char *[]){parent}, .n_defines = 1};
    expect("bcc_open", bcc_open(&bcc, embedded_headers, embedded_headers_count, CACHE), 0);
    expect("bcc_find_kept", bcc_find_kept(bcc, &source), 0);
    load_raw(bcc, "on_kprobe", "on_kprobe");
    bcc_close(bcc);
}

int main(void)
{
    if (kernel_lacks_capability() || unshare(CLONE_NEWNS) < 0 ||
        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("kept", PLACE, "tmpfs", 0, "mode=0755") < 0) {
        puts("skipped: not root, or no mount namespaces here");
        return SKIPPED;
    }
    char *compiled = run(false), *kept = run(true);
    if (strcmp(compiled, kept) != 0) {
        fprintf(stderr, "FAILED: compiled:\n%skept:\n%s", compiled, kept);
        failures++;
    }
    free(compiled);
    free(kept);
    run_other_kind();
    return failures > 0;
}
