// SPDX-License-Identifier: Apache-2.0
// Standard output. A signal ends a write that waits for its reader: of a full pipe, or a pager that has
// stopped.
#ifndef STREAM_H
#define STREAM_H

#include <stdio.h>

#include "util/process.h"

struct stream;

// Makes a stream on file descriptor fd, which stays the caller's and as it was. `signals` must live until
// stream_close. While a write waits for its reader, the first signal gives it one more second, and another
// signal ends it at once; what was to be written is lost then. 0 or -errno.
int stream_open(struct stream **stream, int fd, struct signals *signals);

// To print to. Buffered: nothing is written before stream_flush, unless it is much.
FILE *stream_file(struct stream *stream);

// The first failed write so far: 0 or -errno.
int stream_error(const struct stream *stream);

// Writes what was printed. 0, or the -errno of the first failure, now and ever after: -EPIPE: the reader has
// gone; -ECANCELED: a signal ended the wait for it.
int stream_flush(struct stream *stream);

// Frees; what was not flushed is lost. Takes NULL.
void stream_close(struct stream *stream);

#endif
