// SPDX-License-Identifier: Apache-2.0
// All that decides what a text is compiled to, as text.
#ifndef CACHE_KEY_H
#define CACHE_KEY_H

#include <stddef.h>

#include "bcc.h"

#define CACHE_NAME_SIZE 32

// NULL with the reason in why if it is not certain. free() it.
char *cache_key(const struct bcc_file *headers, size_t n_headers, const struct bcc_source *source,
                size_t *key_size, char *why, size_t size);

// The name of the file for a key. Keys can share one: the file has the key in full.
void cache_name(const char *key, size_t key_size, char name[CACHE_NAME_SIZE]);

#endif
