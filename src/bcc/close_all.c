// SPDX-License-Identifier: Apache-2.0
// See close_all.h.
#include "close_all.h"

#include <sys/syscall.h>
#include <unistd.h>

void close_all_but(int a, int b)
{
    int high = a > b ? a : b;
    for (int fd = 0; fd < high; fd++)
        if (fd != a && fd != b)
            close(fd);
#ifdef SYS_close_range
    if (syscall(SYS_close_range, (unsigned)high + 1, ~0U, 0) == 0) // since 5.9
        return;
#endif
    long end = sysconf(_SC_OPEN_MAX);
    for (int fd = high + 1; fd < end; fd++)
        close(fd);
}
