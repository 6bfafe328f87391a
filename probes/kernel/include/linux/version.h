// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
// libbcc's helpers ask whether the kernel is 4.8 or later. Kernels with BTF are; what they have is asked elsewhere.
#ifndef STUB_LINUX_VERSION_H
#define STUB_LINUX_VERSION_H

#define KERNEL_VERSION(a, b, c) (((a) << 16) + ((b) << 8) + (c))
#define LINUX_VERSION_CODE KERNEL_VERSION(5, 2, 0)

#endif
