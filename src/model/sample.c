// SPDX-License-Identifier: Apache-2.0
// See sample.h.
#include "model/sample.h"

#include <stdio.h>

#define SECOND_NS INT64_C(1000000000)

void io_make(struct io *io, const struct io_sample *event, const struct io_names *names)
{
    const struct io_note *note = &event->note;
    int64_t began_ns = (int64_t)(event->end_ns - event->latency_ns) + names->wall_ns;
    *io = (struct io){.began = {began_ns / SECOND_NS, began_ns % SECOND_NS},
                      .latency_ns = event->latency_ns,
                      .queue_ns = note->queue_ns,
                      .sector = note->sector,
                      .bytes = note->bytes,
                      .has_submitter = note->has & IO_HAS_SUBMITTER,
                      .pid = note->pid,
                      .tid = note->tid};
    snprintf(io->comm, sizeof(io->comm), "%.*s", IO_COMM_SIZE, note->comm);
    snprintf(io->disk, sizeof(io->disk), "%.*s", DISK_NAME_SIZE, event->disk[0] ? event->disk : "?");
    flags_title(names->flags, event->flags, io->flags, sizeof(io->flags));
    if (note->has & IO_HAS_CGROUP)
        io->cgroup = names->cgroup(names->context, note->cgroup, note->has & IO_CGROUP_V1);
}

int64_t io_wall_ns(void)
{
    struct timespec wall, steady;
    clock_gettime(CLOCK_REALTIME, &wall);
    clock_gettime(CLOCK_MONOTONIC, &steady);
    return (wall.tv_sec - steady.tv_sec) * SECOND_NS + (wall.tv_nsec - steady.tv_nsec);
}
