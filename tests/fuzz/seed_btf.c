// SPDX-License-Identifier: Apache-2.0
// Writes the BTF that tests/plan tests with to a file, for the fuzzer to begin with.
#include <stdio.h>

#include "btf_blob.h"

int main(int argc, char **argv)
{
    static unsigned char data[BLOB_SIZE * 3];
    size_t size = blob_sample(data, sizeof(data));
    FILE *file = argc == 2 ? fopen(argv[1], "wbe") : NULL;
    if (!file)
        return 1;
    bool written = fwrite(data, 1, size, file) == size;
    return fclose(file) == 0 && written ? 0 : 1;
}
