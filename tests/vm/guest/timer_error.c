// SPDX-License-Identifier: Apache-2.0
// How late this machine's timers are: prints the median overshoot, in microseconds, of N sleeps of T
// nanoseconds.
//   timer_error T N
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int compare(const void *a, const void *b)
{
    long x = *(const long *)a, y = *(const long *)b;
    return (x > y) - (x < y);
}

static long now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000L + t.tv_nsec;
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    long sleep_ns = atol(argv[1]), n = atol(argv[2]);
    long *late = calloc((size_t)n, sizeof(*late));
    if (!late || n < 1)
        return 1;
    for (long i = 0; i < n; i++) {
        struct timespec t = {sleep_ns / 1000000000L, sleep_ns % 1000000000L};
        long begun = now_ns();
        clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL);
        late[i] = now_ns() - begun - sleep_ns;
    }
    qsort(late, (size_t)n, sizeof(*late), compare);
    printf("%ld\n", late[n / 2] / 1000);
    free(late);
    return 0;
}
