// SPDX-License-Identifier: Apache-2.0
// See sample.h.
#include "model/sample.h"

#include <stdio.h>

#define SECOND_NS INT64_C(1000000000)

void sample_make(struct sample *sample, const struct sample_event *event, const struct sample_names *names)
{
    const struct sample_details *details = &event->details;
    int64_t began_ns = (int64_t)(event->end_ns - event->latency_ns) + names->wall_ns;
    *sample = (struct sample){.began = {began_ns / SECOND_NS, began_ns % SECOND_NS},
                              .latency_ns = event->latency_ns,
                              .queue_ns = event->queue_ns,
                              .sector = details->sector,
                              .bytes = details->bytes,
                              .has_submitter = details->has & SAMPLE_HAS_SUBMITTER,
                              .pid = details->pid,
                              .tid = details->tid};
    snprintf(sample->comm, sizeof(sample->comm), "%.*s", COMM_SIZE, details->comm);
    snprintf(sample->disk, sizeof(sample->disk), "%.*s", DISK_NAME_SIZE, event->disk[0] ? event->disk : "?");
    flags_title(names->flags, event->flags, sample->flags, sizeof(sample->flags));
    if (details->has & SAMPLE_HAS_CGROUP)
        sample->cgroup = names->cgroup(names->context, details->cgroup, details->has & SAMPLE_CGROUP_V1);
}

int64_t sample_wall_ns(void)
{
    struct timespec wall, steady;
    clock_gettime(CLOCK_REALTIME, &wall);
    clock_gettime(CLOCK_MONOTONIC, &steady);
    return (wall.tv_sec - steady.tv_sec) * SECOND_NS + (wall.tv_nsec - steady.tv_nsec);
}
