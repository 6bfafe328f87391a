// SPDX-License-Identifier: Apache-2.0
// The caller's side of the layer: starts the child and asks it. See bcc.h.
#include "bcc.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "forget_pages.h"
#include "keep.h"
#include "kprobe_events.h"
#include "wire.h"

#define ERRNO_MAX 134

struct bcc {
    int socket_fd, log_fd;
    pid_t child, watcher;
    int watcher_fd;  // closing it tells the watcher that the caller is gone
    pid_t events_of; // whose kprobe events to remove at the end; 0: none
    bool buried;     // the child has ended by itself, with this status of waitpid(2)
    int status;
    bool ready; // the child has said that libbcc is open
    bool compiled;
    struct keeper keeper;
    struct kept *kept;    // what is used in the child's place, or NULL
    bool loaded, refused; // any function
    bool from_cache, stopped;
    double compile_ms;
    char *temp_path; // PATH_MAX, shared with the child
    const struct bcc_file *headers;
    size_t n_headers;
};

static void end_watcher(struct bcc *bcc)
{
    if (bcc->watcher <= 0)
        return;
    close(bcc->watcher_fd);
    waitpid(bcc->watcher, NULL, 0);
    bcc->watcher = 0;
}

// ---- the child ----

// The child has closed its end of the socket: it is dead or about to be.
static int bury_child(struct bcc *bcc)
{
    if (bcc->child && !bcc->buried)
        bcc->buried = waitpid(bcc->child, &bcc->status, 0) == bcc->child;
    return -EOWNERDEAD;
}

static int start_child(struct bcc *bcc)
{
    int fds[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
        return -errno;
    int size = WIRE_MAX * 2;
    setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));

    // The child takes no signal of the terminal: the caller's death is what ends it, after it has cleaned up.
    sigset_t ends, before;
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGHUP);
    sigprocmask(SIG_BLOCK, &ends, &before);
    pid_t pid = fork();
    int error = pid < 0 ? -errno : 0;
    if (pid == 0) {
        close(fds[0]);
        bcc_child_main(fds[1], bcc->log_fd, bcc->headers, bcc->n_headers, bcc->temp_path);
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    close(fds[1]);
    if (error) {
        close(fds[0]);
        return error;
    }
    bcc->socket_fd = fds[0];
    bcc->child = pid;
    return 0;
}

int bcc_open(struct bcc **out, const struct bcc_file *headers, size_t n_headers, const char *cache)
{
    struct bcc *bcc = calloc(1, sizeof(*bcc));
    if (!bcc)
        return -ENOMEM;
    bcc->socket_fd = -1;
    bcc->headers = headers;
    bcc->n_headers = n_headers;
    bcc->log_fd = memfd_create("libbcc-log", MFD_CLOEXEC);
    bcc->temp_path = mmap(NULL, PATH_MAX, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int error = bcc->log_fd < 0 || bcc->temp_path == MAP_FAILED ? -errno : 0;
    bcc->keeper.directory = cache;
    if (!error && keeper_is_empty(&bcc->keeper))
        error = start_child(bcc);
    if (error) {
        bcc_close(bcc);
        return error;
    }
    *out = bcc;
    return 0;
}

// Waits for one reply. Returns its error, or the file descriptor that came with it, or 0.
static int receive(struct bcc *bcc, struct wire_reply *answer)
{
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec data = {.iov_base = answer, .iov_len = sizeof(*answer)};
    struct msghdr message = {
        .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control.space)};
    ssize_t n;
    do
        n = recvmsg(bcc->socket_fd, &message, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n != (ssize_t)sizeof(*answer))
        return bury_child(bcc);
    if (message.msg_flags & MSG_CTRUNC)
        return -EMFILE; // no room for the file descriptor
    int fd = 0;
    struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
    if (rights && rights->cmsg_type == SCM_RIGHTS)
        memcpy(&fd, CMSG_DATA(rights), sizeof(fd));
    return answer->error ? answer->error : fd;
}

static int await_ready(struct bcc *bcc)
{
    struct wire_reply answer;
    if (bcc->ready)
        return 0;
    int error = receive(bcc, &answer);
    bcc->ready = error == 0;
    return error;
}

static const char map_refused[] = "could not open bpf map: "; // libbcc: "NAME, error: REASON"

// libbcc tells only in words why it could not make a map, and some versions crash then. 0: it made all.
static int map_error(const char *log)
{
    const char *line = strstr(log, map_refused), *reason = line ? strstr(line, "error: ") : NULL;
    if (!line)
        return 0;
    for (int error = 1; reason && error < ERRNO_MAX; error++) {
        const char *words = strerror(error);
        if (strncmp(reason + strlen("error: "), words, strlen(words)) == 0)
            return -error;
    }
    return -EINVAL;
}

struct packet {
    struct wire_request request;
    size_t size; // of strings
    bool overflow;
};

static void packet_add(struct packet *packet, const char *string)
{
    size_t n = strlen(string) + 1;
    if (n > sizeof(packet->request.strings) - packet->size) {
        packet->overflow = true;
        return;
    }
    memcpy(packet->request.strings + packet->size, string, n);
    packet->size += n;
}

static int send_packet(struct bcc *bcc, const struct packet *packet)
{
    size_t size = offsetof(struct wire_request, strings) + packet->size;
    if (packet->overflow)
        return -E2BIG;
    if (send(bcc->socket_fd, &packet->request, size, MSG_NOSIGNAL) != (ssize_t)size)
        return errno == EPIPE || errno == ECONNRESET ? bury_child(bcc) : -errno;
    return 0;
}

static int send_words(struct bcc *bcc, enum wire_verb verb, const char *const words[], size_t n)
{
    struct packet *packet = calloc(1, sizeof(*packet));
    if (!packet)
        return -ENOMEM;
    packet->request.verb = verb;
    for (size_t i = 0; i < n; i++)
        packet_add(packet, words[i]);
    int rc = send_packet(bcc, packet);
    free(packet);
    return rc;
}

static int ask(struct bcc *bcc, enum wire_verb verb, const char *const words[], size_t n,
               struct wire_reply *answer)
{
    int error = send_words(bcc, verb, words, n);
    return error ? error : receive(bcc, answer);
}

int bcc_find_kept(struct bcc *bcc, const struct bcc_source *source)
{
    if (!bcc->kept && !bcc->compiled && !bcc->stopped)
        bcc->kept = keeper_find(&bcc->keeper, bcc->headers, bcc->n_headers, source);
    bcc->from_cache = bcc->kept != NULL;
    return bcc->kept ? 0 : -ENOENT;
}

static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int compile(struct bcc *bcc, const struct bcc_source *source)
{
    struct wire_reply answer;
    if (bcc->ready && (ftruncate(bcc->log_fd, 0) < 0 || lseek(bcc->log_fd, 0, SEEK_SET) < 0))
        return -errno;
    const char **words = calloc(source->n_defines + 3, sizeof(*words));
    if (!words)
        return -ENOMEM;
    words[0] = source->use_kernel_headers ? "1" : "0";
    words[1] = source->kernel_source ? source->kernel_source : "";
    words[2] = source->text;
    for (size_t i = 0; i < source->n_defines; i++)
        words[3 + i] = source->defines[i];
    int error = send_words(bcc, WIRE_COMPILE, words, source->n_defines + 3);
    free(words);
    // The first request waits in the socket until libbcc is open.
    int unready = await_ready(bcc);
    if (unready)
        return unready;
    if (!error && (error = receive(bcc, &answer)) != 0) {
        char *log = bcc_log(bcc);
        int refused = log ? map_error(log) : 0;
        free(log);
        error = refused ? refused : error;
    }
    bcc->compiled = error == 0;
    return error;
}

int bcc_compile(struct bcc *bcc, const struct bcc_source *source)
{
    double began_ms = now_ms();
    if (bcc->stopped)
        return -EBADF;
    if (bcc_find_kept(bcc, source) == 0)
        return 0;
    int error = bcc->child ? 0 : start_child(bcc);
    if (!error)
        error = compile(bcc, source);
    bcc->compile_ms = now_ms() - began_ms;
    return error;
}

int bcc_map_open(struct bcc *bcc, const char *name, struct bcc_map *map)
{
    struct wire_reply answer;
    if (bcc->kept)
        return kept_map_open(bcc->kept, name, map);
    int fd = ask(bcc, WIRE_MAP, &name, 1, &answer);
    if (fd < 0)
        return fd;
    *map = (struct bcc_map){fd, answer.key_size, answer.value_size, answer.max_entries};
    return 0;
}

int bcc_load(struct bcc *bcc, enum bcc_kind kind, const char *function)
{
    struct wire_reply answer;
    if (bcc->kept)
        return kept_load(bcc->kept, kind, function);
    int fd = ask(bcc, WIRE_LOAD, (const char *[]){kind == BCC_KPROBE ? "0" : "1", function}, 2, &answer);
    bcc->loaded |= fd >= 0;
    bcc->refused |= fd < 0 && fd != -EEXIST;
    return fd;
}

int bcc_attach(struct bcc *bcc, enum bcc_kind kind, const char *function, const char *target)
{
    struct wire_reply answer;
    if (kind == BCC_KPROBE && !bcc->events_of && kprobes_are_named()) {
        bcc->events_of = bcc->kept ? getpid() : bcc->child;
        bcc->watcher = kprobe_events_watch(bcc->events_of, &bcc->watcher_fd);
        if (bcc->watcher < 0)
            return bcc->watcher;
    }
    if (bcc->kept)
        return kept_attach(bcc->kept, kind, function, target);
    return ask(bcc, WIRE_ATTACH, (const char *[]){kind == BCC_KPROBE ? "0" : "1", function, target}, 3,
               &answer);
}

int bcc_set_program(struct bcc *bcc, const char *map, const char *function)
{
    struct wire_reply answer;
    if (bcc->kept)
        return kept_set_program(bcc->kept, map, function);
    return ask(bcc, WIRE_PROGRAM, (const char *[]){map, function}, 2, &answer);
}

char *bcc_log(struct bcc *bcc)
{
    struct stat status;
    size_t size = fstat(bcc->log_fd, &status) == 0 ? (size_t)status.st_size : 0;
    char *text = calloc(1, size + 1);
    if (!text)
        return strdup("");
    ssize_t n = pread(bcc->log_fd, text, size, 0);
    text[n > 0 ? n : 0] = 0;
    return text;
}

// The first line of the log that has `word`, else its first line. Ends it there.
static const char *find_line(char *log, const char *word)
{
    char *at = strstr(log, word);
    char *line = at ? at : log;
    while (line > log && line[-1] != '\n')
        line--;
    line[strcspn(line, "\n")] = 0;
    return line;
}

static void explain_death(const struct bcc *bcc, char *why, size_t size)
{
    int number = WIFSIGNALED(bcc->status) ? WTERMSIG(bcc->status) : 0;
    if (number)
        snprintf(why, size, "the process that compiles the probes was killed by signal %d (%s)%s", number,
                 strsignal(number), number == SIGKILL ? ": out of memory? It needs 100 MB" : "");
    else
        snprintf(why, size, "the process that compiles the probes ended with status %d",
                 WEXITSTATUS(bcc->status));
}

static void explain_library(const char *said, char *why, size_t size)
{
    // "install it" is the cure only if a file is missing, not if it cannot be read. glibc does not say why it
    // cannot map one.
    static const char unmapped[] = "failed to map segment from shared object";
    size_t length = strlen(said), end = sizeof(unmapped) - 1;
    const char *cure = strstr(said, strerror(ENOENT)) ? "; install it (Debian: libbpfcc, Fedora: bcc)"
                       : length >= end && strcmp(said + length - end, unmapped) == 0
                           ? " (out of memory, or over a limit: ulimit -v)"
                           : "";
    snprintf(why, size, "libbcc cannot be opened: %s%s", said, cure);
}

void bcc_explain(struct bcc *bcc, int error, char *why, size_t size)
{
    char *log = bcc_log(bcc);
    if (error == -EOWNERDEAD && bcc->buried)
        explain_death(bcc, why, size);
    else if (error == -ELIBACC && log)
        explain_library(find_line(log, ""), why, size);
    else if (error == -E2BIG && log && strstr(log, WIRE_TOO_MANY))
        snprintf(why, size, "%s", find_line(log, WIRE_TOO_MANY));
    else if (log && map_error(log) == error)
        snprintf(why, size, "libbcc %s", strstr(find_line(log, map_refused), map_refused));
    else if (!bcc->ready && log && log[0])
        snprintf(why, size, "%s", find_line(log, ""));
    else if (error == -EINVAL && !bcc->compiled && log && log[0])
        snprintf(why, size, "libbcc could not compile the probes: %s", find_line(log, "error: "));
    else
        snprintf(why, size, "%s", strerror(-error));
    free(log);
}

// In a process of its own, as libbcc brings LLVM.
static void write_library_path(int fd)
{
    struct link_map *map = NULL;
    char path[PATH_MAX] = "";
    void *handle = dlopen("libbcc.so.0", RTLD_LAZY | RTLD_LOCAL);
    bool found = handle && dlinfo(handle, RTLD_DI_LINKMAP, &map) == 0 && realpath(map->l_name, path);
    const char *why = found ? NULL : dlerror();
    dprintf(fd, "%c%s", found ? '+' : '-', found ? path : why ? why : "unknown");
    _exit(0);
}

int bcc_library(char *path, size_t size)
{
    int fds[2];
    char answer[PATH_MAX + 1] = "-";
    if (pipe2(fds, O_CLOEXEC) < 0)
        return -errno;
    pid_t pid = fork();
    if (pid == 0)
        write_library_path(fds[1]);
    close(fds[1]);
    ssize_t n = pid > 0 ? read(fds[0], answer, sizeof(answer) - 1) : 0;
    close(fds[0]);
    if (pid > 0)
        waitpid(pid, NULL, 0);
    answer[n > 0 ? n : 1] = 0;
    snprintf(path, size, "%s", answer + 1);
    return answer[0] == '+' ? 0 : -ELIBACC;
}

pid_t bcc_child_pid(const struct bcc *bcc)
{
    return bcc->child;
}

bool bcc_keep(struct bcc *bcc, int patience_ms)
{
    struct wire_reply answer;
    if (bcc->from_cache)
        return true;
    if (!bcc->keeper.key || !bcc->loaded || bcc->refused || bcc->stopped || bcc->buried)
        return false;
    int fd = ask(bcc, WIRE_DESCRIBE, &(const char *){""}, 1, &answer);
    if (fd < 0)
        keeper_complain(&bcc->keeper, "it cannot be kept", fd);
    else if (patience_ms < 0)
        keeper_keep(&bcc->keeper, fd);
    else
        keeper_keep_aside(&bcc->keeper, fd, patience_ms);
    if (fd >= 0)
        close(fd);
    keeper_free(&bcc->keeper); // once
    return !bcc->keeper.why_not[0];
}

void bcc_origin(const struct bcc *bcc, char *line, size_t size)
{
    const struct keeper *keeper = &bcc->keeper;
    struct tm tm;
    char when[32] = "?";
    if (bcc->from_cache && localtime_r(&keeper->written, &tm))
        strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm);
    if (bcc->from_cache)
        snprintf(line, size, "kept program of %s", when);
    else
        snprintf(line, size, "compiled in %.0f ms%s%s", bcc->compile_ms,
                 keeper->why_not[0] ? ", not kept: " : "", keeper->why_not);
}

void bcc_stop(struct bcc *bcc)
{
    bcc_keep(bcc, 0);
    kept_close(bcc->kept);
    bcc->kept = NULL;
    bcc->stopped = true;
    if (bcc->socket_fd >= 0)
        close(bcc->socket_fd);
    bcc->socket_fd = -1;
    if (bcc->child && !bcc->buried) {
        // It ends by itself at the closed socket, but may be in the middle of a compilation.
        kill(bcc->child, SIGKILL);
        waitpid(bcc->child, NULL, 0);
    }
    if (bcc->child)
        bcc_remove_temp(bcc->temp_path, bcc->headers, bcc->n_headers);
    bcc->child = 0;
    malloc_trim(0); // of the texts
    forget_pages();
}

void bcc_close(struct bcc *bcc)
{
    if (!bcc)
        return;
    bcc_stop(bcc);
    if (bcc->events_of)
        kprobe_events_remove(bcc->events_of);
    end_watcher(bcc);
    keeper_free(&bcc->keeper);
    if (bcc->log_fd >= 0)
        close(bcc->log_fd);
    if (bcc->temp_path != MAP_FAILED)
        munmap(bcc->temp_path, PATH_MAX);
    free(bcc);
}
