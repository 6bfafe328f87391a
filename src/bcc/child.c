// SPDX-License-Identifier: Apache-2.0
// The process that has libbcc: compiles, loads and attaches on request, and sends file descriptors back.
#include <bcc/bcc_proc.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/bpf.h>
#include <linux/version.h>
#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "libbcc.h"
#include "symbols.h"
#include "wire.h"

#define MAX_DEFINES 87

struct child {
    int socket_fd;
    struct libbcc lib;
    struct compiled compiled;
    char root[PATH_MAX]; // the directory of the headers
    const char *place;   // what messages call it
    char *temp_path;
    const struct bcc_file *headers;
    size_t n_headers;
    struct wire_request request;
};

// libbcc calls these two through the dynamic symbol table, so that this program's take the place of its own
// (which is why they are exported). If a future libbcc does not, only time is lost.
//
// The first would read all of /proc/kallsyms on each compilation to learn whether bpf_probe_read_kernel
// exists, two thirds of the time to compile; -1 means "could not tell", and then bpf_probe_read is used
// (frontends/clang/ b_frontend_action.cc, check_bpf_probe_read_kernel). Texts that want the other undefine
// libbcc's macro.
__attribute__((visibility("default"))) int bcc_procutils_each_ksym(bcc_procutils_ksymcb callback,
                                                                   void *payload)
{
    (void)callback;
    (void)payload;
    return -1;
}

// The second asks for functions that print keys and values (bpf_table_key_snprintf), compiled to machine
// code.
__attribute__((visibility("default"))) bool
rw_engine_enabled(void) __asm__("_ZN4ebpf28bpf_module_rw_engine_enabledEv");
bool rw_engine_enabled(void)
{
    return false;
}

static int libbcc_open(struct libbcc *lib)
{
    const struct symbol_row symbols[] = {
        {&lib->create, "bpf_module_create_c_from_string", false},
        {&lib->destroy, "bpf_module_destroy", false},
        {&lib->function_start, "bpf_function_start", false},
        {&lib->function_size, "bpf_function_size", false},
        {&lib->kern_version, "bpf_module_kern_version", false},
        {&lib->num_functions, "bpf_num_functions", false},
        {&lib->function_name, "bpf_function_name", false},
        {&lib->num_tables, "bpf_num_tables", false},
        {&lib->table_name, "bpf_table_name", false},
        {&lib->table_fd, "bpf_table_fd", false},
        {&lib->key_size, "bpf_table_key_size", false},
        {&lib->leaf_size, "bpf_table_leaf_size", false},
        {&lib->max_entries, "bpf_table_max_entries", false},
        {&lib->update, "bpf_update_elem", false},
        {&lib->prog_load, "bcc_prog_load", false},
        {&lib->attach_kprobe, "bpf_attach_kprobe", false},
        {&lib->attach_raw_tracepoint, "bpf_attach_raw_tracepoint", false},
    };
    return symbols_find("libbcc.so.0", symbols, sizeof(symbols) / sizeof(symbols[0]));
}

// A line for bcc_explain. Returns -errno.
static int __attribute__((format(printf, 1, 2))) complain(const char *format, ...)
{
    int error = errno;
    char what[PATH_MAX + 64];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof(what), format, arguments);
    va_end(arguments);
    dprintf(2, "%s: %s\n", what, strerror(error));
    return -error;
}

// The same where an array is full.
static int too_many(const char *what, size_t most)
{
    dprintf(2, WIRE_TOO_MANY "%s: %zu are the most\n", what, most);
    return -E2BIG;
}

// mkdir -p of the directories above path, which is below root. False: see errno.
static bool make_parents(char *path, size_t root_length)
{
    for (char *slash = strchr(path + root_length + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        bool failed = mkdir(path, 0700) < 0 && errno != EEXIST;
        *slash = '/';
        if (failed)
            return false;
    }
    return true;
}

// False: see errno.
static bool write_all(int fd, const char *text, size_t size)
{
    while (size) {
        ssize_t n = write(fd, text, size);
        if (n < 0 && errno != EINTR)
            return false;
        text += n > 0 ? n : 0;
        size -= n > 0 ? (size_t)n : 0;
    }
    return true;
}

static bool write_file(const char *path, const struct bcc_file *file)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return false;
    bool written = write_all(fd, file->text, file->size);
    int error = errno;
    close(fd);
    errno = error;
    return written;
}

static int write_headers(const struct child *child)
{
    for (size_t i = 0; i < child->n_headers; i++) {
        char path[PATH_MAX * 2];
        snprintf(path, sizeof(path), "%s/%s", child->root, child->headers[i].path);
        if (!make_parents(path, strlen(child->root)) || !write_file(path, &child->headers[i]))
            return complain("cannot write to %s", child->place);
    }
    return 0;
}

// A file system in memory that only this process sees, and that goes with it.
static int mount_private(struct child *child)
{
    // Nobody else sees it, but this process sees nothing else there: not where somebody may keep kernel
    // headers.
    static const char *const places[] = {"/dev/shm", "/run/lock", "/tmp"};
    if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return -errno;
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
        if (mount("headers", places[i], "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700") == 0) {
            snprintf(child->root, sizeof(child->root), "%s", places[i]);
            child->place = "a file system in memory";
            return 0;
        }
    return -errno;
}

// The fallback: a directory in /tmp (never TMPDIR, which is whoever's) that only this user can enter.
static int make_temp(struct child *child)
{
    snprintf(child->temp_path, PATH_MAX, "/tmp/bcc-XXXXXX");
    if (!mkdtemp(child->temp_path)) {
        child->temp_path[0] = 0;
        return complain("cannot write to /tmp");
    }
    snprintf(child->root, sizeof(child->root), "%s", child->temp_path);
    child->place = "/tmp";
    return 0;
}

void bcc_remove_temp(char *temp_path, const struct bcc_file *headers, size_t n_headers)
{
    if (!temp_path[0])
        return;
    for (size_t i = 0; i < n_headers; i++) {
        char path[PATH_MAX * 2];
        snprintf(path, sizeof(path), "%s/%s", temp_path, headers[i].path);
        if (unlink(path) < 0 && errno != ENOENT)
            continue;
        // Directories go with their last file; rmdir refuses the others.
        for (char *slash = strrchr(path, '/'); slash && slash > path + strlen(temp_path);
             slash = strrchr(path, '/')) {
            *slash = 0;
            if (rmdir(path) < 0 && errno != ENOENT)
                break;
        }
    }
    rmdir(temp_path);
    temp_path[0] = 0;
}

// A clean place to compile in: libbcc puts the current directory first on the include path, and reads ARCH,
// CPATH and BCC_*.
static int settle(struct child *child)
{
    if (clearenv() != 0)
        return complain("cannot empty the environment");
    if (mount_private(child) == 0) {
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
            return complain("prctl(PR_SET_PDEATHSIG)");
    } else {
        int error = make_temp(child); // no death signal then: the child lives on to remove it
        if (error)
            return error;
    }
    int error = write_headers(child);
    if (error)
        return error;
    return chdir(child->root) < 0 ? complain("cannot enter %s", child->root) : 0;
}

// Nothing comes from stdin; what libbcc prints goes to the log.
static int take_descriptors(int log_fd)
{
    int null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC), error = errno;
    if (dup2(log_fd, 1) < 0 || dup2(log_fd, 2) < 0)
        return -errno;
    if (null_fd < 0) {
        errno = error;
        return complain("cannot open /dev/null");
    }
    return dup2(null_fd, 0) < 0 ? -errno : 0;
}

// LLVM takes some 20 MB from malloc, page by page. This process is short-lived and has no use for giving
// memory back, so its heap grows in one go, in huge pages where the kernel has them: a few per cent of the
// time to start.
static void prepare_heap(void)
{
    const size_t heap = (size_t)32 << 20;
    mallopt(M_TOP_PAD, (int)heap);
    mallopt(M_TRIM_THRESHOLD, INT_MAX);
    mallopt(M_MMAP_THRESHOLD, 1 << 25);
    free(malloc((size_t)1 << 20)); // makes it grow
    uintptr_t huge = (uintptr_t)2 << 20, end = (uintptr_t)sbrk(0) & ~(huge - 1),
              begin = (end - heap + huge) & ~(huge - 1);
    madvise((void *)begin, end - begin, MADV_HUGEPAGE); // advice: may fail
}

static void reply(const struct child *child, const struct wire_reply *answer, int fd)
{
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct iovec data = {.iov_base = (void *)(uintptr_t)answer, .iov_len = sizeof(*answer)};
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};
    if (fd >= 0) {
        message.msg_control = &control;
        message.msg_controllen = sizeof(control.space);
        struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(rights), &fd, sizeof(fd));
    }
    if (sendmsg(child->socket_fd, &message, MSG_NOSIGNAL) < 0) { // the caller is gone
        bcc_remove_temp(child->temp_path, child->headers, child->n_headers);
        _exit(1);
    }
}

static const char *next_string(const char **at, const char *end)
{
    const char *string = *at;
    if (string >= end)
        return NULL;
    *at = string + strlen(string) + 1;
    return string;
}

static bool is_memory_or_permission(int error)
{
    return error == EPERM || error == ENOMEM || error == EACCES;
}

static void free_all(char *strings[], int n)
{
    for (int i = 0; i < n; i++)
        free(strings[i]);
}

// Kernels before 5.0 load a kprobe program only if it names their version (6c4fc209fcf9). The kernel's
// headers know it best; without them there is BTF, as in RHEL 8's 4.18, and uname must do.
static unsigned kernel_version(const struct child *child)
{
    struct utsname name;
    unsigned version = child->lib.kern_version(child->compiled.module), a = 0, b = 0, c = 0;
    if (version >= KERNEL_VERSION(4, 0, 0) && version != KERNEL_VERSION(5, 2, 0))
        return version;
    if (uname(&name) < 0 || sscanf(name.release, "%u.%u.%u", &a, &b, &c) < 2)
        return version;
    return KERNEL_VERSION(a, b, c > 255 ? 255 : c);
}

// The first try is the quick one. Debug information, clang's own optimiser (libbcc has LLVM's run once more)
// and, with the stub headers, libbcc's long helpers are left out. The second try is as libbcc would have it;
// so a text may use helpers that the short ones do not have. Kernel headers want -fms-extensions since 6.19,
// which libbcc gives itself from 0.37 on.
static const char *const quick[] = {"-g0",
                                    "-fms-extensions",
                                    "-fno-strict-aliasing",
                                    "-Xclang",
                                    "-disable-llvm-passes",
                                    "-Xclang",
                                    "-disable-lifetime-markers",
                                    "-Werror=implicit-function-declaration",
                                    "-DSMALL_HELPERS"}; // the last is for stub headers only
#define N_QUICK (sizeof(quick) / sizeof(quick[0]))

// The defines as flags. The caller frees them, also after an error.
struct flags {
    char *defines[MAX_DEFINES];
    int n;
};

static int make_flags(struct flags *flags, const char *strings, const char *end)
{
    for (const char *define; (define = next_string(&strings, end)) != NULL; flags->n++) {
        if (flags->n == MAX_DEFINES)
            return too_many("defines", MAX_DEFINES);
        if (asprintf(&flags->defines[flags->n], "-D%s", define) < 0)
            return -ENOMEM;
    }
    return 0;
}

// 0 or errno.
static int create(struct child *child, const char *text, const struct flags *flags, size_t n_quick)
{
    const char *words[MAX_DEFINES + N_QUICK];
    int n = 0;
    for (; n < flags->n; n++)
        words[n] = flags->defines[n];
    for (size_t i = 0; i < n_quick; i++)
        words[n++] = quick[i];
    errno = 0;
    child->compiled.module = child->lib.create(text, 0, words, n, true, NULL);
    return child->compiled.module ? 0 : errno;
}

static void set_kernel_source(const struct child *child, bool kernel_headers, const char *directory)
{
    if (!kernel_headers)
        setenv("BCC_KERNEL_SOURCE", child->root, 1);
    else if (directory[0])
        setenv("BCC_KERNEL_SOURCE", directory, 1);
    else
        unsetenv("BCC_KERNEL_SOURCE");
}

static int compile(struct child *child, const char *strings, const char *end)
{
    struct flags flags = {.n = 0};
    bool kernel_headers = strcmp(next_string(&strings, end), "1") == 0;
    const char *kernel_source = next_string(&strings, end);
    const char *text = next_string(&strings, end);
    int refused = make_flags(&flags, strings, end), error = 0;
    if (!refused) {
        set_kernel_source(child, kernel_headers, kernel_source);
        error = create(child, text, &flags, N_QUICK - kernel_headers);
        if (!child->compiled.module && !is_memory_or_permission(error))
            error = create(child, text, &flags, 0);
    }
    free_all(flags.defines, flags.n);
    if (refused)
        return refused;
    if (!child->compiled.module)
        return is_memory_or_permission(error) ? -error : -EINVAL;
    child->compiled.kernel_version = kernel_version(child);
    bcc_remove_temp(child->temp_path, child->headers, child->n_headers);
    return 0;
}

static int open_map(struct child *child, const char *name, struct wire_reply *answer)
{
    int fd = child->lib.table_fd(child->compiled.module, name);
    if (fd < 0)
        return -ENOENT;
    answer->key_size = (uint32_t)child->lib.key_size(child->compiled.module, name);
    answer->value_size = (uint32_t)child->lib.leaf_size(child->compiled.module, name);
    answer->max_entries = (uint32_t)child->lib.max_entries(child->compiled.module, name);
    return fd;
}

static struct function *find_function(struct child *child, const char *name)
{
    for (size_t i = 0; i < child->compiled.n_functions; i++)
        if (strcmp(child->compiled.functions[i].name, name) == 0)
            return &child->compiled.functions[i];
    return NULL;
}

static int load(struct child *child, enum bcc_kind kind, const char *name)
{
    if (find_function(child, name))
        return -EEXIST;
    if (child->compiled.n_functions == MAX_FUNCTIONS)
        return too_many("functions", MAX_FUNCTIONS);
    struct function *function = &child->compiled.functions[child->compiled.n_functions];
    const struct bpf_insn *instructions = child->lib.function_start(child->compiled.module, name);
    if (!instructions || strlen(name) >= sizeof(function->name))
        return -ENOENT;
    enum bpf_prog_type type = kind == BCC_KPROBE ? BPF_PROG_TYPE_KPROBE : BPF_PROG_TYPE_RAW_TRACEPOINT;
    errno = 0;
    function->fd = child->lib.prog_load(type, name, instructions,
                                        (int)child->lib.function_size(child->compiled.module, name), LICENSE,
                                        child->compiled.kernel_version, 0, NULL, 0);
    if (function->fd < 0)
        return errno ? -errno : -EINVAL;
    snprintf(function->name, sizeof(function->name), "%s", name);
    function->kind = kind;
    child->compiled.n_functions++;
    return function->fd;
}

static int attach(struct child *child, enum bcc_kind kind, const char *name, const char *target)
{
    struct function *function = find_function(child, name);
    if (!function)
        return -ENOENT;
    errno = 0;
    int fd = kind == BCC_KPROBE
                 ? child->lib.attach_kprobe(function->fd, BPF_PROBE_ENTRY, target, target, 0, 0)
                 : child->lib.attach_raw_tracepoint(function->fd, target);
    if (fd < 0)
        return errno ? -errno : -EINVAL;
    return fd;
}

static int set_program(struct child *child, const char *map, const char *name)
{
    struct function *function = find_function(child, name);
    int fd = child->lib.table_fd(child->compiled.module, map);
    if (!function || fd < 0)
        return -ENOENT;
    return child->lib.update(fd, &(uint32_t){0}, &function->fd, BPF_ANY) < 0 ? -errno : 0;
}

static enum bcc_kind kind_of(const char *word)
{
    return word[0] == '0' ? BCC_KPROBE : BCC_RAW_TRACEPOINT;
}

static void serve(struct child *child, const char *end)
{
    struct wire_reply answer = {0};
    const char *at = child->request.strings, *first, *second;
    int rc = -EPROTO;
    switch ((enum wire_verb)child->request.verb) {
    case WIRE_COMPILE:
        rc = compile(child, at, end);
        break;
    case WIRE_MAP:
        rc = child->compiled.module ? open_map(child, at, &answer) : -EPROTO;
        break;
    case WIRE_LOAD:
        first = next_string(&at, end);
        rc = child->compiled.module ? load(child, kind_of(first), at) : -EPROTO;
        break;
    case WIRE_PROGRAM:
        first = next_string(&at, end);
        rc = child->compiled.module ? set_program(child, first, at) : -EPROTO;
        break;
    case WIRE_ATTACH:
        first = next_string(&at, end);
        second = next_string(&at, end);
        rc = attach(child, kind_of(first), second, at);
        break;
    case WIRE_DESCRIBE:
        rc = child->compiled.module ? describe(&child->lib, &child->compiled) : -EPROTO;
        break;
    }
    fflush(NULL);
    answer.error = rc < 0 ? rc : 0;
    bool has_fd = rc >= 0 && child->request.verb != WIRE_COMPILE && child->request.verb != WIRE_PROGRAM;
    reply(child, &answer, has_fd ? rc : -1);
    if (has_fd && (child->request.verb == WIRE_ATTACH || child->request.verb == WIRE_DESCRIBE))
        close(rc);
}

void bcc_child_main(int socket_fd, int log_fd, const struct bcc_file *headers, size_t n_headers,
                    char *temp_path)
{
    static struct child child; // large, and this process has only one
    child.socket_fd = socket_fd;
    child.headers = headers;
    child.n_headers = n_headers;
    child.temp_path = temp_path;
    prepare_heap();
    struct wire_reply ready = {.error = take_descriptors(log_fd)};
    if (!ready.error)
        ready.error = settle(&child);
    if (!ready.error)
        ready.error = libbcc_open(&child.lib);
    if (ready.error == -ELIBACC) {
        const char *why = dlerror();
        dprintf(2, "%s\n", why ? why : "libbcc.so.0 lacks a function");
    }
    if (ready.error)
        bcc_remove_temp(temp_path, headers, n_headers);
    reply(&child, &ready, -1);
    for (;;) {
        ssize_t n = recv(socket_fd, &child.request, sizeof(child.request), 0);
        if (n < (ssize_t)sizeof(child.request.verb) + 1 || ready.error)
            break;
        const char *end = (const char *)&child.request + n;
        if (end[-1] != 0)
            break;
        serve(&child, end);
    }
    bcc_remove_temp(temp_path, headers, n_headers);
    _exit(0); // not exit(): LLVM's destructors have nothing to give back
}
