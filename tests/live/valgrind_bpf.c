// SPDX-License-Identifier: Apache-2.0
// For valgrind.sh, by LD_PRELOAD: tells valgrind that BPF_MAP_LOOKUP_BATCH fills its buffers, which it does
// not know by itself. libbpf makes system calls through syscall(), which this module replaces.
#include <dlfcn.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#define MARK(address, size) VALGRIND_MAKE_MEM_DEFINED(address, size)
#else
#define MARK(address, size) ((void)(address), (void)(size))
#endif

typedef long syscall_fn(long number, ...);

static syscall_fn *next_syscall(void)
{
    syscall_fn *next;
    void *symbol = dlsym(RTLD_NEXT, "syscall");
    memcpy(&next, &symbol, sizeof(next));
    return next;
}

static void mark_batch(syscall_fn *next, const union bpf_attr *attributes)
{
    struct bpf_map_info info = {0};
    union bpf_attr ask = {0};
    ask.info.bpf_fd = attributes->batch.map_fd;
    ask.info.info = (uintptr_t)&info;
    ask.info.info_len = sizeof(info);
    MARK(&attributes->batch.count, sizeof(attributes->batch.count));
    MARK((void *)(uintptr_t)attributes->batch.out_batch, sizeof(uint32_t));
    if (next(SYS_bpf, (long)BPF_OBJ_GET_INFO_BY_FD, (long)(intptr_t)&ask, (long)sizeof(ask)) < 0)
        return;
    MARK(&info, sizeof(info));
    MARK((void *)(uintptr_t)attributes->batch.keys, (size_t)attributes->batch.count * info.key_size);
    MARK((void *)(uintptr_t)attributes->batch.values, (size_t)attributes->batch.count * info.value_size);
}

long syscall(long number, ...);
long syscall(long number, ...)
{
    long argument[6];
    va_list arguments;
    va_start(arguments, number);
    for (int i = 0; i < 6; i++)
        argument[i] = va_arg(arguments, long);
    va_end(arguments);
    syscall_fn *next = next_syscall();
    long rc = next(number, argument[0], argument[1], argument[2], argument[3], argument[4], argument[5]);
    int error = errno;
    if (number == SYS_bpf && argument[0] == BPF_MAP_LOOKUP_BATCH && (rc == 0 || error == ENOENT)) {
        const union bpf_attr *attributes;
        memcpy(&attributes, &argument[1], sizeof(attributes));
        mark_batch(next, attributes);
    }
    errno = error;
    return rc;
}
