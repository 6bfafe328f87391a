// SPDX-License-Identifier: Apache-2.0
// See bpf_call.h.
#include "bpf_call.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

union bpf_attr bpf_attributes(void)
{
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof(attributes)); // an initialiser may leave bytes of a union as they are
    return attributes;
}

int bpf_call(enum bpf_cmd command, union bpf_attr *attributes)
{
    long rc = syscall(SYS_bpf, command, attributes, sizeof(*attributes));
    return rc < 0 ? -errno : (int)rc;
}

uint64_t bpf_pointer(const void *pointer)
{
    return (uintptr_t)pointer;
}

int bpf_info(int fd, void *info, uint32_t *size)
{
    union bpf_attr attributes = bpf_attributes();
    attributes.info.bpf_fd = (uint32_t)fd;
    attributes.info.info = bpf_pointer(info);
    attributes.info.info_len = *size;
    int error = bpf_call(BPF_OBJ_GET_INFO_BY_FD, &attributes);
    *size = attributes.info.info_len;
    return error;
}

int bpf_map_get(int fd, const void *key, void *value)
{
    union bpf_attr attributes = bpf_attributes();
    attributes.map_fd = (uint32_t)fd;
    attributes.key = bpf_pointer(key);
    attributes.value = bpf_pointer(value);
    return bpf_call(BPF_MAP_LOOKUP_ELEM, &attributes);
}

int bpf_map_set(int fd, const void *key, const void *value)
{
    union bpf_attr attributes = bpf_attributes();
    attributes.map_fd = (uint32_t)fd;
    attributes.key = bpf_pointer(key);
    attributes.value = bpf_pointer(value);
    attributes.flags = BPF_ANY;
    return bpf_call(BPF_MAP_UPDATE_ELEM, &attributes);
}
