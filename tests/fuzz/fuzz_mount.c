// SPDX-License-Identifier: Apache-2.0
// mount_find on any mountinfo. The first byte is the id of the mount, less 48.
#include <stdlib.h>
#include <string.h>

#include "kernel/mount.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mount mount;
    if (size < 2)
        return 0;
    FILE *mountinfo = fmemopen((void *)(uintptr_t)(data + 1), size - 1, "r");
    if (!mountinfo)
        abort();
    if (mount_find(mountinfo, data[0] - '0', &mount) &&
        (!mount.type[0] || !memchr(mount.type, 0, sizeof(mount.type)) ||
         !memchr(mount.source, 0, sizeof(mount.source))))
        abort();
    fclose(mountinfo);
    return 0;
}
