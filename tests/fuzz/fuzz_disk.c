// SPDX-License-Identifier: Apache-2.0
// disk_name_in on any diskstats. The first four bytes are the number of the disk, the fifth the room for its
// name.
#include <stdlib.h>
#include <string.h>

#include "kernel/disk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint32_t dev;
    if (size < 6)
        return 0;
    memcpy(&dev, data, sizeof(dev));
    size_t room = (size_t)data[4] + 1;
    char *name = malloc(room);
    FILE *diskstats = fmemopen((void *)(uintptr_t)(data + 5), size - 5, "r");
    if (!name || !diskstats)
        abort();
    if (disk_name_in(diskstats, dev, name, room) && !memchr(name, 0, room))
        abort();
    fclose(diskstats);
    free(name);
    return 0;
}
