// SPDX-License-Identifier: Apache-2.0
// See kernel.h.
#include "kernel/kernel.h"

#include <ctype.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "kernel/btf.h"
#include "util/file.h"

#define BTF_PATH "/sys/kernel/btf/vmlinux"
#define CAPABILITY_PERFMON 38 // later than the oldest <linux/capability.h> that this builds with
#define CAPABILITY_BPF 39

static const char *const tracepoint_names[TP_COUNT] = {
    [TP_BLOCK_RQ_ISSUE] = "block_rq_issue", [TP_BLOCK_IO_START] = "block_io_start",
    [TP_BLOCK_IO_DONE] = "block_io_done",   [TP_BLOCK_RQ_COMPLETE] = "block_rq_complete",
    [TP_BLOCK_RQ_MERGE] = "block_rq_merge", [TP_BLOCK_RQ_INSERT] = "block_rq_insert",
};

static const char *const function_names[FN_COUNT] = {
    [FN_BLK_START_REQUEST] = "blk_start_request",
    [FN_BLK_MQ_START_REQUEST] = "blk_mq_start_request",
    [FN_BLK_ACCOUNT_IO_START] = "blk_account_io_start",
    [FN_UU_BLK_ACCOUNT_IO_START] = "__blk_account_io_start",
    [FN_BLK_ACCOUNT_IO_DONE] = "blk_account_io_done",
    [FN_UU_BLK_ACCOUNT_IO_DONE] = "__blk_account_io_done",
    [FN_BLK_ACCOUNT_IO_MERGE_BIO] = "blk_account_io_merge_bio",
};

// Members to look up. To use one more in the probes: a row here, one in enum member.
static const struct {
    const char *structure, *name, *define;
} members[MEMBER_COUNT] = {
    [REQUEST_Q] = {"request", "q", "REQUEST_Q_OFFSET"},
    [REQUEST_CMD_FLAGS] = {"request", "cmd_flags", "REQUEST_CMD_FLAGS_OFFSET"},
    [REQUEST_RQ_FLAGS] = {"request", "rq_flags", "REQUEST_RQ_FLAGS_OFFSET"},
    [REQUEST_DATA_LEN] = {"request", "__data_len", "REQUEST_DATA_LEN_OFFSET"},
    [REQUEST_SECTOR] = {"request", "__sector", "REQUEST_SECTOR_OFFSET"},
    [REQUEST_BIO] = {"request", "bio", "REQUEST_BIO_OFFSET"},
    [REQUEST_START_TIME_NS] = {"request", "start_time_ns", "REQUEST_START_TIME_NS_OFFSET"},
    [REQUEST_RQ_DISK] = {"request", "rq_disk", "REQUEST_RQ_DISK_OFFSET"},
    [REQUEST_QUEUE_DISK] = {"request_queue", "disk", "REQUEST_QUEUE_DISK_OFFSET"},
    [REQUEST_QUEUE_REQUEST_FN] = {"request_queue", "request_fn", "REQUEST_QUEUE_REQUEST_FN_OFFSET"},
    [GENDISK_MAJOR] = {"gendisk", "major", "GENDISK_MAJOR_OFFSET"},
    [GENDISK_FIRST_MINOR] = {"gendisk", "first_minor", "GENDISK_FIRST_MINOR_OFFSET"},
    [GENDISK_DISK_NAME] = {"gendisk", "disk_name", "GENDISK_DISK_NAME_OFFSET"},
    [BIO_BLKG] = {"bio", "bi_blkg", "BIO_BLKG_OFFSET"},
    [BLKCG_GQ_BLKCG] = {"blkcg_gq", "blkcg", "BLKCG_GQ_BLKCG_OFFSET"},
    [BLKCG_CSS] = {"blkcg", "css", "BLKCG_CSS_OFFSET"},
    [CSS_CGROUP] = {"cgroup_subsys_state", "cgroup", "CSS_CGROUP_OFFSET"},
    [CGROUP_LEVEL] = {"cgroup", "level", "CGROUP_LEVEL_OFFSET"},
    [CGROUP_KN] = {"cgroup", "kn", "CGROUP_KN_OFFSET"},
    [CGROUP_ROOT] = {"cgroup", "root", "CGROUP_ROOT_OFFSET"},
    [CGROUP_ROOT_HIERARCHY_ID] = {"cgroup_root", "hierarchy_id", "CGROUP_ROOT_HIERARCHY_ID_OFFSET"},
    [KERNFS_NODE_ID] = {"kernfs_node", "id", "KERNFS_NODE_ID_OFFSET"},
    [TASK_FLAGS] = {"task_struct", "flags", "TASK_STRUCT_FLAGS_OFFSET"},
};

// request.rq_flags. Enumerators in 6.12 and later; macros up to 6.6, which BTF does not have, so their
// numbers stand here: include/linux/blk-mq.h of 6.6, blkdev.h of 4.14 and 5.10; USE_SCHED came with 6.5.
static const struct {
    const char *enumerator;
    int bit;
} rq_flags[RQF_COUNT] = {
    [RQF_FLUSH_SEQ] = {"__RQF_FLUSH_SEQ", 4},
    [RQF_IO_STAT] = {"__RQF_IO_STAT", 13},
    [RQF_STATS] = {"__RQF_STATS", 17},
    [RQF_USE_SCHED] = {"__RQF_USE_SCHED", 9},
};

const char *kernel_tracepoint_name(enum tracepoint tracepoint)
{
    return tracepoint_names[tracepoint];
}

const char *kernel_function_name(enum function function)
{
    return function_names[function];
}

const char *kernel_member_define(enum member member)
{
    return members[member].define;
}

// ---- tracepoints, without BTF ----

static int bpf(enum bpf_cmd command, union bpf_attr *attributes)
{
    return (int)syscall(__NR_bpf, command, attributes, sizeof(*attributes));
}

static int load_raw_tracepoint(const struct bpf_insn *program, size_t n)
{
    union bpf_attr load = {.prog_type = BPF_PROG_TYPE_RAW_TRACEPOINT,
                           .insns = (uintptr_t)program,
                           .insn_cnt = (uint32_t)n,
                           .license = (uintptr_t) "GPL"};
    return bpf(BPF_PROG_LOAD, &load);
}

// Can a raw tracepoint program that reads argument `index` be attached? The kernel refuses one that reads
// past the last (kernel/trace/bpf_trace.c, __bpf_probe_register: max_ctx_offset > num_args * 8), a name that
// it does not have, and before 4.17 the kind of program. 1, 0, or -errno if it could not be tried.
static int can_attach_reading(const char *name, int index)
{
    const struct bpf_insn program[] = {
        {.code = BPF_LDX | BPF_MEM | BPF_DW,
         .dst_reg = BPF_REG_0,
         .src_reg = BPF_REG_1,
         .off = (__s16)(index * 8)},
        {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0},
        {.code = BPF_JMP | BPF_EXIT},
    };
    int program_fd = load_raw_tracepoint(program, sizeof(program) / sizeof(program[0]));
    if (program_fd < 0)
        return errno == EINVAL ? 0 : -errno;
    union bpf_attr open = {0};
    open.raw_tracepoint.name = (uintptr_t)name;
    open.raw_tracepoint.prog_fd = (uint32_t)program_fd;
    int fd = bpf(BPF_RAW_TRACEPOINT_OPEN, &open), error = errno;
    close(program_fd);
    if (fd >= 0)
        close(fd);
    return fd >= 0 ? 1 : error == EINVAL || error == ENOENT ? 0 : -error;
}

// May programs call helper `number`, with 0 as its argument? A kernel may have a helper, but not for this
// kind of program: bpf_get_current_ancestor_cgroup_id is of 5.7, and for tracing only since 5.15.
static bool can_call(int number)
{
    const struct bpf_insn program[] = {
        {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_1, .imm = 0},
        {.code = BPF_JMP | BPF_CALL, .imm = number},
        {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0},
        {.code = BPF_JMP | BPF_EXIT},
    };
    int fd = load_raw_tracepoint(program, sizeof(program) / sizeof(program[0]));
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

// How many arguments it has; 0: there is none; or -errno.
static int try_tracepoint(const char *name)
{
    int n = 0, can = 0;
    while (n < 4 && (can = can_attach_reading(name, n)) > 0)
        n++;
    return can < 0 ? can : n;
}

// ---- functions ----

enum function_state kernel_function(struct kernel *kernel, enum function function)
{
    // Only legacy queues have it, and they have request_fn: no need to read a long list for it.
    if (function == FN_BLK_START_REQUEST && kernel->has_btf && kernel->offset[REQUEST_QUEUE_REQUEST_FN] < 0)
        return FUNCTION_ABSENT;
    // One list has what can be traced; why the rest cannot needs both. Each is read once.
    if (kernel->function[function] == FUNCTION_UNKNOWN && !kernel->asked_traceable) {
        kernel->knows_traceable = functions_ask_traceable(function_names, kernel->function, FN_COUNT);
        kernel->asked_traceable = true;
    }
    if (kernel->function[function] == FUNCTION_UNKNOWN)
        functions_ask_others(function_names, kernel->function, FN_COUNT, kernel->knows_traceable);
    return kernel->function[function];
}

// ---- types from BTF ----

static void add_enumerator(void *names, const char *enumerator, uint64_t value)
{
    flags_add(names, enumerator, value);
}

static void ask_btf_flags(struct kernel *kernel, const struct btf *btf)
{
    flags_clear(&kernel->flags);
    bool ops = btf_enum_each(btf, "req_op", add_enumerator, &kernel->flags) || // 6.0
               btf_enum_each(btf, "req_opf", add_enumerator, &kernel->flags);
    if (!ops || !btf_enum_each(btf, "req_flag_bits", add_enumerator, &kernel->flags))
        flags_default(&kernel->flags);
    for (int i = 0; i < RQF_COUNT; i++) {
        uint64_t bit;
        if (btf_enumerator(btf, rq_flags[i].enumerator, &bit) && bit < 32)
            kernel->rq_flag_bit[i] = (int)bit;
    }
}

static int ask_btf(struct kernel *kernel, bool with_samples)
{
    struct btf *btf;
    uint64_t value;
    int error = btf_open(&btf, BTF_PATH);
    if (error)
        return error;
    for (int i = 0; i < MEMBER_COUNT; i++)
        kernel->offset[i] = i < FIRST_SAMPLE_MEMBER || with_samples
                                ? btf_member_offset(btf, members[i].structure, members[i].name)
                                : -1;
    for (int i = 0; i < (with_samples ? TP_COUNT : FIRST_SAMPLE_TRACEPOINT); i++) {
        int n = btf_tracepoint_args(btf, tracepoint_names[i]);
        kernel->tracepoint_args[i] = n > 0 ? n : 0;
    }
    int args = btf_function_args(btf, "blk_account_io_start");
    kernel->account_io_start_args = args > 0 ? args : 0;
    kernel->has_probe_read_kernel = btf_enumerator(btf, "BPF_FUNC_probe_read_kernel", &value);
    ask_btf_flags(kernel, btf);
    btf_close(btf);
    // BTF of an odd build may lack the block layer (CONFIG_BLOCK as nothing): as good as none.
    return kernel->offset[REQUEST_CMD_FLAGS] < 0 ? -ENODATA : 0;
}

// ---- types from kernel headers ----

// Can nobody but root have written what is below this directory? Each directory above it must be root's, and
// writable for others only if it is sticky.
static bool is_roots(const char *directory, const char *below)
{
    char path[PATH_MAX + 32], real[PATH_MAX];
    struct stat status;
    snprintf(path, sizeof(path), "%s%s", directory, below);
    if (!realpath(path, real))
        return false;
    for (mode_t sticky = 0;; sticky = S_ISVTX) {
        if (stat(real, &status) < 0 || status.st_uid != 0)
            return false;
        if ((status.st_mode & (S_IWGRP | S_IWOTH)) && !(status.st_mode & sticky))
            return false;
        char *slash = strrchr(real, '/');
        if (!slash || (slash == real && !real[1]))
            return true;
        slash[slash == real ? 1 : 0] = 0;
    }
}

// 0, or -errno: what is missing is -ENOENT.
static int is_kernel_source(const char *directory)
{
    char path[PATH_MAX + 32];
    snprintf(path, sizeof(path), "%s/include/linux/kconfig.h", directory);
    if (access(path, R_OK) == 0)
        return 0;
    return errno == ENOTDIR || errno == ELOOP ? -ENOENT : -errno;
}

// Where libbcc will find the kernel's headers: it takes source/ if there are both source/ and build/
// (Debian's split packages), else build/. Where they are missing it would go on to a directory in /tmp that
// anybody may have made: then it is not started. 0 or -errno, with the directory in either case.
static int find_headers(struct kernel *kernel, char *directory, size_t size)
{
    struct stat status;
    const char *given = getenv("BCC_KERNEL_SOURCE");
    if (given && given[0]) {
        // What is checked is what is used: no link that could be turned meanwhile.
        if (!realpath(given, kernel->headers) || is_kernel_source(kernel->headers) != 0 ||
            !is_roots(kernel->headers, "") || !is_roots(kernel->headers, "/include") ||
            !is_roots(kernel->headers, "/include/linux"))
            return -ENOENT;
        snprintf(directory, size, "%s", kernel->headers);
        return 0;
    }
    char build[PATH_MAX], source[PATH_MAX];
    snprintf(build, sizeof(build), "/lib/modules/%s/build", kernel->release);
    snprintf(source, sizeof(source), "/lib/modules/%s/source", kernel->release);
    bool both = stat(build, &status) == 0 && stat(source, &status) == 0;
    snprintf(directory, size, "%s", both ? source : build);
    return is_kernel_source(directory);
}

void kernel_scan_blk_types(FILE *header, struct flag_names *names)
{
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, header) > 0) {
        char *name = line + strspn(line, " \t"), word[64];
        size_t length = strcspn(name, " \t=,\n");
        if (strncmp(name, "REQ_OP_", 7) != 0 || length >= sizeof(word))
            continue;
        memcpy(word, name, length);
        word[length] = 0;
        char *number = name + length;
        number += strspn(number, " \t=");
        if (*number == '(') // "(__force blk_opf_t)17"
            number += strcspn(number, ")\n");
        number += *number == ')';
        if (isdigit((unsigned char)*number))
            flags_add(names, word, strtoul(number, NULL, 10));
    }
    free(line);
}

static int ask_headers(struct kernel *kernel, bool with_samples, char *why, size_t size)
{
    char directory[PATH_MAX], path[PATH_MAX + 32];
    int error = find_headers(kernel, directory, sizeof(directory));
    if (error) {
        if (error != -ENOENT)
            snprintf(why, size, "cannot read the kernel's headers in %s: %s", directory, strerror(-error));
        return error;
    }
    flags_default(&kernel->flags);
    snprintf(path, sizeof(path), "%s/include/linux/blk_types.h", directory);
    FILE *header = fopen(path, "re");
    if (header) {
        kernel_scan_blk_types(header, &kernel->flags);
        fclose(header);
    }
    for (int i = 0; i < (with_samples ? TP_COUNT : FIRST_SAMPLE_TRACEPOINT); i++) {
        int args = try_tracepoint(tracepoint_names[i]);
        if (args < 0) {
            snprintf(why, size, "cannot ask the kernel for raw tracepoint %s: bpf(2): %s",
                     tracepoint_names[i], strerror(-args));
            return args;
        }
        kernel->tracepoint_args[i] = args;
    }
    return 0;
}

// Neither BTF nor headers: what to do about it.
static void explain_missing(const struct kernel *kernel, char *why, size_t size)
{
    char advice[512];
    if (access("/sys/kernel", F_OK) < 0) {
        snprintf(why, size, "/sys is not mounted: mount -t sysfs sysfs /sys");
        return;
    }
    kernel_headers_advice(kernel, advice, sizeof(advice));
    snprintf(why, size, "kernel %s has no BTF (" BTF_PATH ": %s), and its headers are not here: %s",
             kernel->release, kernel->btf_problem, advice);
}

// Is there no BTF? Other errors say that it is there and could not be read.
static bool lacks_btf(int error)
{
    return error == -ENOENT || error == -EINVAL || error == -ENODATA || error == -EACCES ||
           error == -ECANCELED;
}

static int ask(struct kernel *kernel, bool use_btf, bool with_samples, char *why, size_t size)
{
    if (with_samples) {
        kernel->has_current_cgroup = can_call(80);   // BPF_FUNC_get_current_cgroup_id
        kernel->has_ancestor_cgroup = can_call(123); // BPF_FUNC_get_current_ancestor_cgroup_id
    }
    int error = use_btf ? ask_btf(kernel, with_samples) : -ECANCELED;
    kernel->has_btf = error == 0;
    if (kernel->has_btf)
        return 0;
    snprintf(kernel->btf_problem, sizeof(kernel->btf_problem), "%s",
             use_btf ? strerror(-error) : "not wanted");
    if (!lacks_btf(error)) {
        snprintf(why, size, "cannot read " BTF_PATH ": %s", strerror(-error));
        return error;
    }
    for (int i = 0; i < MEMBER_COUNT; i++)
        kernel->offset[i] = -1;
    error = ask_headers(kernel, with_samples, why, size);
    if (error == -ENOENT)
        explain_missing(kernel, why, size);
    return error;
}

int kernel_ask(struct kernel *kernel, bool use_btf, bool with_samples, char *why, size_t size)
{
    const struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
    struct rlimit limit;
    struct utsname name;
    memset(kernel, 0, sizeof(*kernel));
    if (uname(&name) == 0)
        snprintf(kernel->release, sizeof(kernel->release), "%s", name.release);
    for (int i = 0; i < RQF_COUNT; i++)
        kernel->rq_flag_bit[i] = rq_flags[i].bit;
    kernel->has_kprobes = functions_have_kprobes();
    // Up to 5.10 programs count as locked memory, and others may have used what the limit allows.
    bool raised = getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && setrlimit(RLIMIT_MEMLOCK, &unlimited) == 0;
    int error = ask(kernel, use_btf, with_samples, why, size);
    if (raised)
        setrlimit(RLIMIT_MEMLOCK, &limit);
    return error;
}

// What the distribution calls the headers' package, by ID or ID_LIKE of os-release(5). To add one: a row.
static const struct package {
    const char *id, *before;
    bool with_release;
} packages[] = {
    {"debian", "apt-get install linux-headers-", true},
    {"ubuntu", "apt-get install linux-headers-", true},
    {"fedora", "dnf install kernel-devel-", true},
    {"rhel", "dnf install kernel-devel-", true},
    {"centos", "yum install kernel-devel-", true},
    {"suse", "zypper install kernel-default-devel", false},
    {"arch", "pacman -S linux-headers", false},
    {"alpine", "apk add linux-lts-dev", false},
};

static const struct package *find_package(const char *line)
{
    if (strncmp(line, "ID=", 3) != 0 && strncmp(line, "ID_LIKE=", 8) != 0)
        return NULL;
    for (size_t i = 0; i < sizeof(packages) / sizeof(packages[0]); i++)
        if (strstr(line, packages[i].id))
            return &packages[i];
    return NULL;
}

void kernel_headers_advice(const struct kernel *kernel, char *line, size_t size)
{
    const char *given = getenv("BCC_KERNEL_SOURCE");
    if (given && given[0]) {
        snprintf(line, size, "BCC_KERNEL_SOURCE=%s is not a kernel source tree that only root can write to",
                 given);
        return;
    }
    snprintf(line, size, "install the package with the headers of kernel %s", kernel->release);
    FILE *file = fopen("/etc/os-release", "re");
    if (!file)
        file = fopen("/usr/lib/os-release", "re");
    char *text = NULL;
    size_t capacity = 0;
    while (file && getline(&text, &capacity, file) > 0) {
        const struct package *package = find_package(text);
        if (package)
            snprintf(line, size, "%s%s", package->before, package->with_release ? kernel->release : "");
    }
    free(text);
    if (file)
        fclose(file);
}

// ---- permissions ----

static bool has_capability(const struct __user_cap_data_struct data[2], int capability)
{
    return data[capability / 32].effective >> (capability % 32) & 1;
}

// The first user namespace has this inode number (include/linux/proc_ns.h, PROC_USER_INIT_INO: part of the
// ABI). Without /proc it is taken to be this one.
static bool in_first_user_namespace(void)
{
    struct stat status;
    return stat("/proc/self/ns/user", &status) < 0 || status.st_ino == 0xEFFFFFFDU;
}

const char *kernel_lacks_capability(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {{0}};
    char last[16];
    if (syscall(SYS_capget, &header, data) < 0)
        return NULL;
    bool admin = has_capability(data, CAP_SYS_ADMIN), bpf = has_capability(data, CAPABILITY_BPF);
    if ((admin || bpf) && !in_first_user_namespace())
        return "capabilities of a user namespace do not count: run it as root of the first one";
    if (admin)
        return NULL;
    if (!file_read_line(last, sizeof(last), "/proc/sys/kernel/cap_last_cap") || atoi(last) < CAPABILITY_BPF)
        return "needs root (CAP_SYS_ADMIN)";
    if (bpf && has_capability(data, CAPABILITY_PERFMON))
        return NULL;
    return "needs root, or CAP_BPF and CAP_PERFMON";
}

// "none [integrity] confidentiality"
bool kernel_lockdown(char *mode, size_t size)
{
    char line[128];
    file_read_line(line, sizeof(line), "/sys/kernel/security/lockdown");
    const char *begin = strchr(line, '['), *end = strchr(line, ']');
    bool known = begin && end > begin;
    snprintf(mode, size, "%.*s", known ? (int)(end - begin - 1) : 0, known ? begin + 1 : "");
    return known;
}
