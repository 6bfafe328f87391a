// SPDX-License-Identifier: Apache-2.0
// See tally.h.
#include "tally.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

// Where the name is, or belongs.
static size_t find(const struct tally *tally, const struct comm *comm)
{
    size_t low = 0, high = tally->n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (memcmp(&tally->rows[middle].comm, comm, sizeof(*comm)) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int grow(struct tally *tally)
{
    if (tally->n < tally->max)
        return 0;
    size_t max = tally->max ? tally->max * 2 : 64;
    struct tally_row *rows = realloc(tally->rows, max * sizeof(*rows));
    if (!rows)
        return -ENOMEM;
    tally->rows = rows;
    tally->max = max;
    return 0;
}

int tally_set(struct tally *tally, const struct comm *comm, uint64_t total)
{
    size_t at = find(tally, comm);
    if (at == tally->n || memcmp(&tally->rows[at].comm, comm, sizeof(*comm)) != 0) {
        if (grow(tally) < 0)
            return -ENOMEM;
        memmove(&tally->rows[at + 1], &tally->rows[at], (tally->n++ - at) * sizeof(tally->rows[0]));
        tally->rows[at] = (struct tally_row){.comm = *comm};
    }
    tally->rows[at].total = total;
    return 0;
}

static int compare(const void *left, const void *right)
{
    const struct tally_row *a = left, *b = right;
    uint64_t a_growth = a->total - a->before, b_growth = b->total - b->before;
    if (a_growth != b_growth)
        return a_growth > b_growth ? -1 : 1;
    return memcmp(&a->comm, &b->comm, sizeof(a->comm));
}

int tally_print(struct tally *tally, FILE *out, size_t top)
{
    struct tally_row *sorted = calloc(tally->n + 1, sizeof(*sorted));
    if (!sorted)
        return -ENOMEM;
    for (size_t i = 0; i < tally->n; i++) {
        sorted[i] = tally->rows[i];
        tally->rows[i].before = tally->rows[i].total;
    }
    qsort(sorted, tally->n, sizeof(*sorted), compare);
    for (size_t i = 0; i < tally->n && i < top && sorted[i].total > sorted[i].before; i++)
        fprintf(out, "%-16.*s %" PRIu64 "\n", COMM_SIZE, sorted[i].comm.name,
                sorted[i].total - sorted[i].before);
    free(sorted);
    return 0;
}

void tally_free(struct tally *tally)
{
    free(tally->rows);
    *tally = (struct tally){0};
}
