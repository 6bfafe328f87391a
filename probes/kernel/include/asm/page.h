// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
// libbcc includes this file for PAGE_SIZE, which only ring buffers use; it is given with -D where it is needed.
