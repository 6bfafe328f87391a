// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
// Registers as BPF programs of type kprobe see them. libbcc turns the parameters of a kprobe function into reads of
// the members named here: x86-64 arch/x86/include/asm/ptrace.h, arm64 arch/arm64/include/asm/ptrace.h (user_pt_regs).
#ifndef STUB_UAPI_LINUX_PTRACE_H
#define STUB_UAPI_LINUX_PTRACE_H

#if defined(__aarch64__) || defined(__TARGET_ARCH_arm64)
struct pt_regs {
    unsigned long long regs[31];
    unsigned long long sp;
    unsigned long long pc;
    unsigned long long pstate;
};
#else
struct pt_regs {
    unsigned long r15, r14, r13, r12, bp, bx;
    unsigned long r11, r10, r9, r8, ax, cx, dx, si, di;
    unsigned long orig_ax, ip, cs, flags, sp, ss;
};
#endif

#endif
