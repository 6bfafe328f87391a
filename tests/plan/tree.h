// SPDX-License-Identifier: Apache-2.0
// A made-up tree of files, to stand for / of a machine with other disks.
#ifndef TREE_H
#define TREE_H

#include <limits.h>

struct tree {
    char root[64];
};

// Makes an empty tree in a temporary directory. The test fails if it cannot.
void tree_make(struct tree *tree);

// Removes it with all that is in it.
void tree_remove(struct tree *tree);

// Paths are relative to the root, without a leading slash. Directories on the way are made.
void tree_directory(const struct tree *tree, const char *path);
void tree_file(const struct tree *tree, const char *path, const char *text);
void tree_link(const struct tree *tree, const char *path, const char *target); // target: relative to the root

#endif
