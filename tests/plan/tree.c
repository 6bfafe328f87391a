// SPDX-License-Identifier: Apache-2.0
// See tree.h.
#include "tree.h"

#include <errno.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

void tree_make(struct tree *tree)
{
    snprintf(tree->root, sizeof(tree->root), "/tmp/test_disk.XXXXXX");
    assert_non_null(mkdtemp(tree->root));
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

void tree_remove(struct tree *tree)
{
    nftw(tree->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

// The path of a file in the tree, whose directory is there then.
static void prepare(const struct tree *tree, const char *path, char full[PATH_MAX])
{
    assert_true(snprintf(full, PATH_MAX, "%s/%s", tree->root, path) < PATH_MAX);
    for (char *slash = full + strlen(tree->root) + 1; (slash = strchr(slash, '/')) != NULL; *slash++ = '/') {
        *slash = 0;
        assert_true(mkdir(full, 0755) == 0 || errno == EEXIST);
    }
}

void tree_directory(const struct tree *tree, const char *path)
{
    char full[PATH_MAX];
    prepare(tree, path, full);
    assert_true(mkdir(full, 0755) == 0 || errno == EEXIST);
}

void tree_file(const struct tree *tree, const char *path, const char *text)
{
    char full[PATH_MAX];
    prepare(tree, path, full);
    FILE *file = fopen(full, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

void tree_link(const struct tree *tree, const char *path, const char *target)
{
    char full[PATH_MAX], to[PATH_MAX];
    prepare(tree, path, full);
    assert_true(snprintf(to, sizeof(to), "%s/%s", tree->root, target) < PATH_MAX);
    assert_int_equal(symlink(to, full), 0);
}
