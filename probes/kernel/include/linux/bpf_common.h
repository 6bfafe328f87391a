// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
// libbcc includes this file; nothing of it is used.
