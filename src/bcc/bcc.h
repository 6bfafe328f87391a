// SPDX-License-Identifier: Apache-2.0
// A small layer over libbcc: BPF C text in; maps, programs, attached probes and what they say out.
//
//     struct bcc *bcc;
//     bcc_open(&bcc, headers, n_headers);                         // errors left out here
//     bcc_compile(bcc, &(struct bcc_source){.text = text});
//     bcc_map_open(bcc, "counts", &map);                          // or bcc_perf_open, bcc_trace_pipe_open
//     program = bcc_load(bcc, BCC_KPROBE, "function_of_the_text");
//     link = bcc_attach(bcc, BCC_KPROBE, "function_of_the_text", "vfs_read");
//     bcc_stop(bcc);                                              // libbcc has done its work
//     bcc_map_each(bcc, &map, visit, context);                    // as often as wanted
//     close(link); close(program); close(map.fd); bcc_close(bcc);
//
// libbcc brings LLVM: 100 MB of memory and a process-wide state. So it is opened (dlopen) only in a child
// process, which compiles, loads and attaches, hands the file descriptors over, and ends. What the caller
// keeps is file descriptors: maps and buffers are read without a library.
//
// The child starts from an empty environment, in a directory of its own that holds nothing but the given
// headers, and its stdout and stderr go to a log that the caller sees only if it asks (bcc_log). Nothing
// outlives the caller: programs, maps and probes go with their file descriptors, the directory is in a mount
// namespace of the child (without CAP_SYS_ADMIN: a directory in /tmp that both sides remove), and kprobes of
// kernels before 4.17, which are named objects, are removed by whoever of caller, child and a watcher process
// survives.
//
// Needs: libbcc 0.18 to 0.37; Linux 4.9 (raw tracepoints: 4.17); root, or CAP_BPF and CAP_PERFMON since 5.8.
//
// Errors: functions that return int return 0 or a file descriptor (>= 0, close-on-exec), or -errno. Any that
// asks the child (bcc_compile to bcc_set_program) may also return -EOWNERDEAD: it was killed; -EMFILE: no
// room for another file descriptor; -EBADF: bcc_stop was called before. bcc_explain puts them into words.
// Nothing prints.
//
// Ownership: file descriptors that are returned, in struct bcc_map too, are the caller's to close; those that
// are called an object's own are not. Pointers that are passed in need to live until the function returns,
// unless it says otherwise. An object of bcc_open, bcc_perf_open or bcc_trace_pipe_open is freed by its close
// function, which takes NULL. If such a function fails there is nothing to close, and *object is unchanged.
//
// Units: sizes in bytes, times in nanoseconds of CLOCK_MONOTONIC, which is what bpf_ktime_get_ns() returns.
//
// Not thread-safe: one thread at a time for all objects of one struct bcc. bcc_open forks, so call it before
// there are threads.
#ifndef BCC_H
#define BCC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct bcc;

// ---- begin, compile, end ----

// A header for the compiler: path is relative to a kernel source tree, as in "include/linux/types.h".
struct bcc_file {
    const char *path;
    const char *text;
    size_t size; // bytes of text, without the 0 that follows them
};

// What to compile.
struct bcc_source {
    const char *text;
    const char *const *defines; // "NAME" or "NAME=VALUE"; up to 87
    size_t n_defines;
    bool use_kernel_headers;   // false: only the headers given to bcc_open
    const char *kernel_source; // with use_kernel_headers: one directory, or NULL for /lib/modules/RELEASE/
};

// Starts the child, which opens libbcc while the caller goes on; but if programs are kept in the directory
// `cache`, only when bcc_compile finds none that fits. cache: NULL, or a path that lives until bcc_close, in
// a directory that is there; programs are found and kept in it if it is root's alone, as all above it must
// be. The headers, and the array, must live until bcc_stop. -ENOMEM, or what fork, socketpair and
// memfd_create return. bcc_compile reports a missing libbcc.
int bcc_open(struct bcc **bcc, const struct bcc_file *headers, size_t n_headers, const char *cache);

// Compiles and creates the maps. Once; or again after -EINVAL, with another text or other defines. It is
// tried the quick way first, and as libbcc would have it if that fails; -DSMALL_HELPERS is defined in the
// first try, so that headers may leave out what few texts need. -ELIBACC: libbcc could not be opened;
// -EINVAL: the text does not compile; -E2BIG: text and defines are over 128 kB, or too many; else
// the errno with which the kernel refused a map, or with which the child could not make a place for the
// headers.
int bcc_compile(struct bcc *bcc, const struct bcc_source *source);

// The first half of bcc_compile: takes a kept program if one fits, and compiles nothing. For those who would
// try several sources: ask for all of them first. -ENOENT: none fits.
int bcc_find_kept(struct bcc *bcc, const struct bcc_source *source);

// Keeps what was compiled, once functions are loaded and none was refused. A process of its own writes it,
// and bcc_keep waits patience_ms for that: a disk may hang. -1: this process writes it. bcc_stop does it
// without waiting. True: it is kept, from now on or already; bcc_origin says why it is not.
bool bcc_keep(struct bcc *bcc, int patience_ms);

// One line for people: "kept program of 2026-11-25 03:12:01", or "compiled in 52 ms", and why it was not
// kept.
void bcc_origin(const struct bcc *bcc, char *line, size_t size);

// One line, for people, on the `error` that a function of this layer has just returned for this bcc: which
// file, which signal, what libbcc said. The errno's own words where nothing more is known.
void bcc_explain(struct bcc *bcc, int error, char *why, size_t size);

// What libbcc and the kernel's verifier said since the last bcc_compile. Never NULL unless there is no
// memory; free() it.
char *bcc_log(struct bcc *bcc);

// Process id of the child, 0 after bcc_stop.
pid_t bcc_child_pid(const struct bcc *bcc);

// The file of the libbcc that would be opened, links resolved: for people. Looked up in a process of its own.
// 0, or -ELIBACC with the reason in its place.
int bcc_library(char *path, size_t size);

// Ends the child, which has what was compiled. Maps and file descriptors go on working, as does all below
// "Maps".
void bcc_stop(struct bcc *bcc);

// Stops the child if it runs, removes what kprobes of old kernels left, frees. Takes NULL. File descriptors
// that were handed out are the caller's; close those of kprobes first.
void bcc_close(struct bcc *bcc);

// ---- programs: load, attach, detach ----

enum bcc_kind {
    BCC_KPROBE, // int f(struct pt_regs *ctx, ...): at the entry of a kernel function, with its arguments
    BCC_RAW_TRACEPOINT, // int f(struct bpf_raw_tracepoint_args *ctx): ctx->args[] are the tracepoint's (4.17)
};

// Loads `function` of the compiled text as a program of that kind. Returns its file descriptor; the child
// keeps one for bcc_attach, so it can be closed at once. -EACCES or -EINVAL: the verifier refused it (its log
// is in bcc_log); -EPERM: not allowed; -ENOENT: no such function; -EEXIST: it is loaded already; -E2BIG: 16
// are.
int bcc_load(struct bcc *bcc, enum bcc_kind kind, const char *function);

// Attaches a loaded function to `target` (a kernel function or a tracepoint) on all CPUs. Returns a file
// descriptor; closing it detaches, and no event comes after that. A function may be attached to several
// targets. -ENOENT: no such target, or not loaded; -EINVAL: cannot be probed, or has fewer arguments than the
// function reads.
int bcc_attach(struct bcc *bcc, enum bcc_kind kind, const char *function, const char *target);

// Puts a loaded function first into a program array (BPF_PROG_ARRAY) of the compiled text, for tail calls to
// it. The array is emptied when its last file descriptor closes: keep one (bcc_map_open).
int bcc_set_program(struct bcc *bcc, const char *map, const char *function);

// How often the kernel skipped the program because it ran on that CPU already; 0 where the kernel does not
// count it (it does since 5.12 for some kinds of program, for others since later).
uint64_t bcc_program_misses(const struct bcc *bcc, int program_fd);

// ---- maps ----

// A map as the caller sees it. Sizes in bytes.
struct bcc_map {
    int fd;
    uint32_t key_size, value_size, max_entries;
};

// The map of that name in the compiled text. -ENOENT: there is none. Close map->fd after use.
int bcc_map_open(struct bcc *bcc, const char *name, struct bcc_map *map);

// Calls visit(context, key, value) for each entry, in no order; an array has an entry for each index. key and
// value live until visit returns and are not aligned. Entries that are added meanwhile may be left out.
// Nothing stops in between: what is read is the state of each entry at some moment of the call. Reads 4,096
// entries a system call where the kernel can (5.6). Where it cannot, reads one by one: then an entry that is
// deleted meanwhile can make others come twice. Not for per-CPU maps. -ENOMEM.
int bcc_map_each(const struct bcc *bcc, const struct bcc_map *map,
                 void (*visit)(void *context, const void *key, const void *value), void *context);

// Copies the value of key, value_size bytes. -ENOENT: no such key.
int bcc_map_get(const struct bcc *bcc, const struct bcc_map *map, const void *key, void *value);

// Sets the value of key, and adds it to a hash if it is not there. -E2BIG: the map is full, or no such index.
int bcc_map_set(const struct bcc *bcc, const struct bcc_map *map, const void *key, const void *value);

// ---- perf ring buffers: BPF_PERF_OUTPUT(name), name.perf_submit(ctx, &event, sizeof(event)) ----

// The ring buffers of a map, one for each CPU that is online when they are opened; CPUs that come later have
// none, and what they submit is lost untold. Each event must begin with 8 bytes that hold bpf_ktime_get_ns()
// at its begin: events come out sorted by it, over all CPUs. For that an event waits at least 10 ms before it
// is delivered; one whose program took longer than that from taking the time to submitting may come after
// younger ones.
struct bcc_perf;

// Called in bcc_perf_read and bcc_perf_flush, which they must not call. data lives until event returns,
// aligned to 8 bytes; size is that of the submitted struct rounded up: to a multiple of 8, less 4, so test
// size >= sizeof. lost tells of n events that the kernel found no room for (or this process no memory). The
// kernel tells with the next event that finds room on that CPU: what is lost after the last one is not told.
struct bcc_perf_reader {
    void (*event)(void *context, const void *data, size_t size);
    void (*lost)(void *context, uint64_t n);
    void *context;
};

#define BCC_PERF_PAGES_MAX 16384

// Opens the buffers of the map with that name in the compiled text, `pages` pages of memory for each CPU: a
// power of two up to BCC_PERF_PAGES_MAX. From then on programs can submit to it, so open it before they are
// attached, and before bcc_stop; to read, no child is needed. *reader is copied. -ENOENT: no such map;
// -EINVAL: pages; -EACCES or -EPERM: perf_event_open is forbidden (it needs CAP_PERFMON, or CAP_SYS_ADMIN
// before 5.8), or the memory is over the limit that kernel.perf_event_mlock_kb sets for those without
// CAP_IPC_LOCK; -ENOMEM.
int bcc_perf_open(struct bcc *bcc, const char *map, unsigned pages, const struct bcc_perf_reader *reader,
                  struct bcc_perf **perf);

// Becomes readable (poll, epoll) when a buffer is a quarter full, and every 100 ms, whether there are events
// or not: so an event comes out 10 to 210 ms after it happened, or sooner at high rates. The kernel is not
// asked to wake for each event, which would cost many times the event. To poll it takes the readiness back:
// call bcc_perf_read each time. The descriptor is the perf's own.
int bcc_perf_fd(const struct bcc_perf *perf);

// Delivers what has waited long enough. Never waits. Returns 0.
int bcc_perf_read(struct bcc_perf *perf);

// Delivers all, for the end: detach first. Returns 0.
int bcc_perf_flush(struct bcc_perf *perf);

// Closes and frees; what was not delivered is gone. Takes NULL. May be called before or after bcc_close.
void bcc_perf_close(struct bcc_perf *perf);

// ---- the trace pipe: bpf_trace_printk("...") ----

// The trace pipe: the lines that bpf_trace_printk and all else that traces writes, as text. There is one for
// the whole system, and who reads a line takes it away from all others; lines from before the program began
// come first.
struct bcc_trace_pipe;

// Opens it, below tracefs or debugfs, whichever is mounted in its usual place; mounts nothing. 0, or -errno
// with one line in why: -ENOENT: neither is mounted; -EBUSY: another process reads it (since 6.6 only one
// can); -EACCES or -EPERM: not allowed (root's by default).
int bcc_trace_pipe_open(struct bcc_trace_pipe **pipe, char *why, size_t size);

// Becomes readable (poll, epoll) when there are lines. The descriptor is the pipe's own.
int bcc_trace_pipe_fd(const struct bcc_trace_pipe *pipe);

// The next line, without its end; empty ones are left out (since 5.9 the kernel ends the lines of
// bpf_trace_printk itself, so a text that also runs before ends its messages with a newline, and an empty
// line follows). 1: *line is one, good until the next call, and may be written to; 0: there is none now; or
// -errno. Never waits. After fd is readable, call it until it returns 0.
int bcc_trace_pipe_line(struct bcc_trace_pipe *pipe, char **line);

// Closes and frees. Takes NULL.
void bcc_trace_pipe_close(struct bcc_trace_pipe *pipe);

enum bcc_trace_kind {
    BCC_TRACE_EVENT,
    BCC_TRACE_LOST,  // the kernel's ring buffer was full: only cpu and lost are set
    BCC_TRACE_OTHER, // neither: the text is as it was, and what is in the struct means nothing
};

// The parts of a line. The texts are in the line itself.
struct bcc_trace_line {
    const char *task; // "<...>" if the kernel does not know the name any more
    pid_t pid;        // of the thread
    int cpu;
    const char *flags;     // irqs-off, need-resched, ...: 4 characters, 5 since 5.18; may be empty
    const char *timestamp; // seconds since boot, "11603.168330", by the clock that trace_clock names
    const char *function;  // what wrote the line, as "bpf_trace_printk"; may be empty
    const char *message;
    uint64_t lost; // events; 0: the kernel does not know how many
};

// Takes a line apart, in place.
enum bcc_trace_kind bcc_trace_parse(char *text, struct bcc_trace_line *line);

#endif
