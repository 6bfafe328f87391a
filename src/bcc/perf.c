// SPDX-License-Identifier: Apache-2.0
// Perf ring buffers: one for each CPU, written by BPF programs on that CPU, read here. See bcc.h.
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
#include "bpf_call.h"
#include "order.h"

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

// The kernel writes records to data from data_head on, and takes what is before data_tail to be free. Both
// only grow: the place of a byte in data is the rest by size, a power of two.
struct ring {
    struct perf_event_mmap_page *page;
    const char *data; // behind page
    size_t size;      // of data
    int fd;
};

#define RECORD_MAX 65536 // its size has 16 bits

struct bcc_perf {
    struct bcc_perf_reader reader;
    struct bcc_order order;
    int map_fd, epoll_fd, timer_fd;
    char record[RECORD_MAX]; // a copy of the one that is read
    size_t n_rings;
    struct ring rings[]; // one for each CPU that is online
};

static uint64_t now_ns(void)
{
    struct timespec now; // bpf_ktime_get_ns() is this clock
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static void close_ring(const struct ring *ring)
{
    if (ring->page != MAP_FAILED)
        munmap(ring->page, (size_t)sysconf(_SC_PAGESIZE) + ring->size);
    close(ring->fd);
}

// -ENODEV: the CPU is offline.
static int open_ring(struct ring *ring, int cpu, unsigned pages)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    *ring = (struct ring){.size = pages * page};
    struct perf_event_attr attributes = {.type = PERF_TYPE_SOFTWARE,
                                         .size = sizeof(attributes),
                                         .config = PERF_COUNT_SW_BPF_OUTPUT,
                                         .sample_type = PERF_SAMPLE_RAW,
                                         .sample_period = 1,
                                         .watermark = 1,
                                         .wakeup_watermark = (uint32_t)(ring->size / WAKE_PART)};
    ring->fd = (int)syscall(SYS_perf_event_open, &attributes, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
    if (ring->fd < 0)
        return -errno;
    ring->page = mmap(NULL, page + ring->size, PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, 0);
    if (ring->page == MAP_FAILED || ioctl(ring->fd, PERF_EVENT_IOC_ENABLE, 0) < 0) {
        int error = -errno;
        close_ring(ring);
        return error;
    }
    ring->data = (const char *)ring->page + page;
    return 0;
}

static void copy_from(const struct ring *ring, uint64_t at, char *to, size_t n)
{
    size_t offset = (size_t)at & (ring->size - 1), first = ring->size - offset;
    if (first > n)
        first = n;
    memcpy(to, ring->data + offset, first);
    memcpy(to + first, ring->data, n - first);
}

// A record of type PERF_RECORD_SAMPLE has a u32 with the size of what was submitted, and that; one of type
// PERF_RECORD_LOST a u64 that names the ring, and a u64 with the number.
static void take_record(struct bcc_perf *perf, uint32_t type, size_t size)
{
    const char *body = perf->record + sizeof(struct perf_event_header);
    size_t left = size - sizeof(struct perf_event_header);
    uint32_t submitted;
    uint64_t lost = 0;
    if (type == PERF_RECORD_SAMPLE && left >= sizeof(submitted)) {
        memcpy(&submitted, body, sizeof(submitted));
        left -= sizeof(submitted);
        if (bcc_order_add(&perf->order, body + sizeof(submitted), submitted < left ? submitted : left) < 0)
            lost = 1;
    } else if (type == PERF_RECORD_LOST && left >= 2 * sizeof(lost)) {
        memcpy(&lost, body + sizeof(lost), sizeof(lost));
    }
    if (lost)
        perf->reader.lost(perf->reader.context, lost);
}

static void read_ring(struct bcc_perf *perf, const struct ring *ring)
{
    uint64_t head = __atomic_load_n(&ring->page->data_head, __ATOMIC_ACQUIRE), tail = ring->page->data_tail;
    while (tail != head) {
        struct perf_event_header header;
        copy_from(ring, tail, (char *)&header, sizeof(header));
        size_t size = header.size;
        if (size < sizeof(header) || size > head - tail) { // cannot be
            tail = head;
        } else {
            copy_from(ring, tail, perf->record, size);
            tail += size;
            take_record(perf, header.type, size);
        }
        __atomic_store_n(&ring->page->data_tail, tail, __ATOMIC_RELEASE);
    }
}

static int watch(const struct bcc_perf *perf, int fd)
{
    struct epoll_event event = {.events = EPOLLIN};
    return epoll_ctl(perf->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

// Opens the ring of a CPU and puts it into the map. 0 also if the CPU is offline.
static int add_ring(struct bcc_perf *perf, int cpu, unsigned pages)
{
    struct ring *ring = &perf->rings[perf->n_rings];
    int error = open_ring(ring, cpu, pages);
    if (error)
        return error == -ENODEV ? 0 : error;
    perf->n_rings++;
    error = watch(perf, ring->fd);
    return error ? error : bpf_map_set(perf->map_fd, &cpu, &ring->fd);
}

// The timer wakes the reader for events that the rings do not wake for, and for those that are held back.
static int start_timer(const struct bcc_perf *perf)
{
    const struct itimerspec timer = {{0, PERIOD_NS}, {0, PERIOD_NS}};
    return timerfd_settime(perf->timer_fd, 0, &timer, NULL) < 0 ? -errno : 0;
}

static int open_rings(struct bcc_perf *perf, uint32_t n_cpus, unsigned pages)
{
    perf->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    perf->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    int error = perf->epoll_fd < 0 || perf->timer_fd < 0 ? -errno : watch(perf, perf->timer_fd);
    for (uint32_t cpu = 0; cpu < n_cpus && !error; cpu++)
        error = add_ring(perf, (int)cpu, pages);
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
    struct bcc_perf *perf = calloc(1, sizeof(*perf) + map.max_entries * sizeof(struct ring));
    if (!perf) {
        close(map.fd);
        return -ENOMEM;
    }
    perf->reader = *reader;
    perf->map_fd = map.fd;
    perf->epoll_fd = perf->timer_fd = -1;
    error = open_rings(perf, map.max_entries, pages);
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
        read_ring(perf, &perf->rings[i]);
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
        close_ring(&perf->rings[--perf->n_rings]);
    if (perf->timer_fd >= 0)
        close(perf->timer_fd);
    if (perf->epoll_fd >= 0)
        close(perf->epoll_fd);
    close(perf->map_fd);
    bcc_order_free(&perf->order);
    free(perf);
}
