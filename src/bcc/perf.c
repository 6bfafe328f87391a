// SPDX-License-Identifier: Apache-2.0
// Perf ring buffers: one for each CPU, written by BPF programs on that CPU, read here. See bcc.h.
#include <bcc/libbpf.h>
#include <bcc/perf_reader.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "bcc.h"
#include "order.h"
#include "symbols.h"

// How long an event waits for older ones of other CPUs. A program takes the time of its event first and
// submits the event when it is done: in between it can be interrupted, and on a virtual machine its CPU can
// be taken away. So when a read of all rings begins at time t, events that began before t - HOLD_NS have all
// been submitted before t, unless one took longer than HOLD_NS; that read finds all of them, and they can go,
// sorted. One that did take longer is not lost: it goes when it comes, after younger ones.
#define HOLD_NS 10000000U

// A wake-up for each event would cost the CPU that submits it an interrupt to itself: more than ten times the
// event (measured on a virtual machine: 5,800 ns instead of 360). So a ring wakes the reader when it is a
// quarter full, and a timer wakes it for fewer events.
#define WAKE_PART 4
#define PERIOD_NS 100000000U

// libbcc_bpf's functions. Its bpf_open_perf_buffer is not among them: it wakes for each event, and prints on
// stderr if it fails.
struct reader_functions {
    __typeof__(perf_reader_new) *make;
    __typeof__(perf_reader_set_fd) *set_fd;
    __typeof__(perf_reader_mmap) *map;
    __typeof__(perf_reader_event_read) *read;
    __typeof__(perf_reader_free) *free;
};

struct bcc_perf {
    struct reader_functions lib;
    struct bcc_perf_reader reader;
    struct bcc_order order;
    int map_fd, epoll_fd, timer_fd;
    size_t n_rings;
    struct perf_reader *rings[]; // one for each CPU that is online
};

static uint64_t now_ns(void)
{
    struct timespec now; // bpf_ktime_get_ns() is this clock
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static int find_functions(struct reader_functions *lib)
{
    const struct symbol_row symbols[] = {
        {&lib->make, "perf_reader_new", false},  {&lib->set_fd, "perf_reader_set_fd", false},
        {&lib->map, "perf_reader_mmap", false},  {&lib->read, "perf_reader_event_read", false},
        {&lib->free, "perf_reader_free", false},
    };
    return symbols_find("libbcc_bpf.so.0", symbols, sizeof(symbols) / sizeof(symbols[0]));
}

// The file descriptor of a ring. It is mapped once for a try, as libbcc would print why it cannot. -ENODEV:
// the CPU is offline.
static int open_buffer(int cpu, unsigned pages)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), size = (pages + 1) * page;
    struct perf_event_attr attributes = {.type = PERF_TYPE_SOFTWARE,
                                         .size = sizeof(attributes),
                                         .config = PERF_COUNT_SW_BPF_OUTPUT,
                                         .sample_type = PERF_SAMPLE_RAW,
                                         .sample_period = 1,
                                         .watermark = 1,
                                         .wakeup_watermark = (uint32_t)(pages * page / WAKE_PART)};
    int fd = (int)syscall(SYS_perf_event_open, &attributes, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
    if (fd < 0)
        return -errno;
    void *ring = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (ring == MAP_FAILED || munmap(ring, size) < 0 || ioctl(fd, PERF_EVENT_IOC_ENABLE, 0) < 0) {
        int error = -errno;
        close(fd);
        return error;
    }
    return fd;
}

static void take_lost(void *context, uint64_t n)
{
    struct bcc_perf *perf = context;
    perf->reader.lost(perf->reader.context, n);
}

static void take_event(void *context, void *event, int size)
{
    struct bcc_perf *perf = context;
    if (bcc_order_add(&perf->order, event, (size_t)size) < 0)
        take_lost(perf, 1);
}

static int watch(const struct bcc_perf *perf, int fd)
{
    struct epoll_event event = {.events = EPOLLIN};
    return epoll_ctl(perf->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

// Opens the ring of a CPU and puts it into the map. 0 also if the CPU is offline.
static int add_ring(struct bcc_perf *perf, struct bcc *bcc, const struct bcc_map *map, int cpu,
                    unsigned pages)
{
    int fd = open_buffer(cpu, pages);
    if (fd < 0)
        return fd == -ENODEV ? 0 : fd;
    struct perf_reader *ring = perf->lib.make(take_event, take_lost, perf, (int)pages);
    if (!ring) {
        close(fd);
        return -ENOMEM;
    }
    perf->rings[perf->n_rings++] = ring;
    perf->lib.set_fd(ring, fd); // the ring's from now on
    int error = perf->lib.map(ring) < 0 ? -ENOMEM : watch(perf, fd);
    return error ? error : bcc_map_set(bcc, map, &cpu, &fd);
}

// The timer wakes the reader for events that the rings do not wake for, and for those that are held back.
static int start_timer(const struct bcc_perf *perf)
{
    const struct itimerspec timer = {{0, PERIOD_NS}, {0, PERIOD_NS}};
    return timerfd_settime(perf->timer_fd, 0, &timer, NULL) < 0 ? -errno : 0;
}

static int open_rings(struct bcc_perf *perf, struct bcc *bcc, const struct bcc_map *map, unsigned pages)
{
    int error = find_functions(&perf->lib);
    perf->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    perf->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (!error && (perf->epoll_fd < 0 || perf->timer_fd < 0))
        error = -errno;
    if (!error)
        error = watch(perf, perf->timer_fd);
    for (uint32_t cpu = 0; cpu < map->max_entries && !error; cpu++)
        error = add_ring(perf, bcc, map, (int)cpu, pages);
    return error ? error : start_timer(perf);
}

int bcc_perf_open(struct bcc *bcc, const char *name, unsigned pages, const struct bcc_perf_reader *reader,
                  struct bcc_perf **out)
{
    struct bcc_map map;
    if (pages == 0 || (pages & (pages - 1)) != 0 || pages > BCC_PERF_PAGES_MAX)
        return -EINVAL;
    int error = bcc_map_open(bcc, name, &map);
    if (error)
        return error;
    struct bcc_perf *perf = calloc(1, sizeof(*perf) + map.max_entries * sizeof(struct perf_reader *));
    if (!perf) {
        close(map.fd);
        return -ENOMEM;
    }
    perf->reader = *reader;
    perf->map_fd = map.fd;
    perf->epoll_fd = perf->timer_fd = -1;
    error = open_rings(perf, bcc, &map, pages);
    if (error) {
        bcc_perf_close(perf);
        return error;
    }
    *out = perf;
    return 0;
}

int bcc_perf_fd(const struct bcc_perf *perf)
{
    return perf->epoll_fd;
}

// Takes all events out of the rings. That the rings are not asked first whether they have some is on purpose:
// to ask (poll) is to take back that they are readable, which the owner's poll has done already.
static void drain(struct bcc_perf *perf)
{
    uint64_t times;
    ssize_t ticked = read(perf->timer_fd, &times, sizeof(times)); // or it would go on being readable
    (void)ticked;
    for (size_t i = 0; i < perf->n_rings; i++)
        perf->lib.read(perf->rings[i]);
}

int bcc_perf_read(struct bcc_perf *perf)
{
    uint64_t begin_ns = now_ns();
    drain(perf);
    bcc_order_deliver(&perf->order, begin_ns - HOLD_NS, perf->reader.event, perf->reader.context);
    return 0;
}

int bcc_perf_flush(struct bcc_perf *perf)
{
    drain(perf);
    bcc_order_deliver(&perf->order, UINT64_MAX, perf->reader.event, perf->reader.context);
    return 0;
}

void bcc_perf_close(struct bcc_perf *perf)
{
    if (!perf)
        return;
    while (perf->n_rings)
        perf->lib.free(perf->rings[--perf->n_rings]);
    if (perf->timer_fd >= 0)
        close(perf->timer_fd);
    if (perf->epoll_fd >= 0)
        close(perf->epoll_fd);
    close(perf->map_fd);
    bcc_order_free(&perf->order);
    free(perf);
}
