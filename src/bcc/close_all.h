// SPDX-License-Identifier: Apache-2.0
// For processes that live on without what the caller has open.
#ifndef CLOSE_ALL_H
#define CLOSE_ALL_H

// Closes all file descriptors but these two, which may be the same.
void close_all_but(int a, int b);

#endif
