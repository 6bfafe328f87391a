// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
// libbcc includes this file before all others: the first stub header. See docs/design.md, "Stub headers".
#ifndef STUB_LINUX_KCONFIG_H
#define STUB_LINUX_KCONFIG_H

#define CONFIG_BPF_SYSCALL 1

// libbcc's own <linux/bpf.h> and helpers are 8,500 lines that a small program does not need: about a quarter of the
// time to compile. Their include guards are taken and the little that the probes use is given instead. If a libbcc
// comes that does not accept this, src/bcc/child.c compiles again without SMALL_HELPERS.
#ifdef SMALL_HELPERS
#define _UAPI__LINUX_BPF_H__
#define __BPF_HELPERS_H
#include <linux/small_helpers.h>
#endif

#endif
