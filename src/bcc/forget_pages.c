// SPDX-License-Identifier: Apache-2.0
// See forget_pages.h.
#include "forget_pages.h"

#include <fcntl.h>
#include <link.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

// Documentation/admin-guide/mm/pagemap.rst
#define PAGE_IS_PRESENT (UINT64_C(1) << 63)
#define PAGE_IS_OF_FILE (UINT64_C(1) << 61) // not a copy of this process (since 3.5)

static void forget_range(int pagemap_fd, uintptr_t begin, uintptr_t end)
{
    const uint64_t wanted = PAGE_IS_PRESENT | PAGE_IS_OF_FILE;
    uintptr_t size = (uintptr_t)sysconf(_SC_PAGESIZE);
    for (uintptr_t page = begin & ~(size - 1); page < end; page += size) {
        uint64_t entry;
        if (pread(pagemap_fd, &entry, sizeof(entry), (off_t)(page / size * sizeof(entry))) == sizeof(entry) &&
            (entry & wanted) == wanted)
            madvise((void *)page, size, MADV_DONTNEED);
    }
}

static int forget_object(struct dl_phdr_info *object, size_t size, void *pagemap_fd)
{
    (void)size;
    for (size_t i = 0; object->dlpi_name[0] && i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &object->dlpi_phdr[i];
        uintptr_t begin = object->dlpi_addr + part->p_vaddr;
        if (part->p_type == PT_LOAD && !(part->p_flags & PF_W))
            forget_range(*(int *)pagemap_fd, begin, begin + part->p_memsz);
    }
    return 0;
}

void forget_pages(void)
{
    int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    dl_iterate_phdr(forget_object, &fd); // the program itself has no name
    close(fd);
}
