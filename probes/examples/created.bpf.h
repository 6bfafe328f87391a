// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
// Where a probe text hears that a process is created: it defines created() and includes this file behind it. The
// user side (examples/created.c) attaches those of these functions that the kernel at hand has a place for.
//
// Threads are no processes: they are created by the same calls, with CLONE_THREAD in their flags.
#ifndef CREATED_BPF_H
#define CREATED_BPF_H

#define FLAG_THREAD 0x00010000 // CLONE_THREAD of the kernel's include/uapi/linux/sched.h
#define FLAG_UNTRACED 0x00800000 // CLONE_UNTRACED: what the kernel creates for itself has it

// Raw tracepoint task_newtask: a pointer to the new task, and the flags it was made with.
int created_newtask(struct bpf_raw_tracepoint_args *ctx)
{
    if (ctx->args[1] & (FLAG_THREAD | FLAG_UNTRACED))
        return 0;
    return created(ctx);
}

// Kprobes on the system calls. fork and vfork have no flags, clone has them first. clone3 has a pointer to a struct of
// the calling program that begins with them.
int created_fork(struct pt_regs *ctx)
{
    return created(ctx);
}

int created_clone(struct pt_regs *ctx, unsigned long flags)
{
    return flags & FLAG_THREAD ? 0 : created(ctx);
}

static inline __attribute__((always_inline)) int created_with(struct pt_regs *ctx, const void *arguments)
{
    u64 flags = 0;
    bpf_probe_read(&flags, sizeof(flags), arguments);
    return flags & FLAG_THREAD ? 0 : created(ctx);
}

int created_clone3(struct pt_regs *ctx, const void *arguments)
{
    return created_with(ctx, arguments);
}

// Since 4.17 system calls have one argument: a pointer to the registers that hold the calling program's arguments.
static inline __attribute__((always_inline)) u64 first_register(const struct pt_regs *registers)
{
    u64 value = 0;
#if defined(__aarch64__) || defined(__TARGET_ARCH_arm64)
    bpf_probe_read(&value, sizeof(value), &registers->regs[0]);
#else
    bpf_probe_read(&value, sizeof(value), &registers->di);
#endif
    return value;
}

int created_wrapped_clone(struct pt_regs *ctx, const struct pt_regs *registers)
{
    return first_register(registers) & FLAG_THREAD ? 0 : created(ctx);
}

int created_wrapped_clone3(struct pt_regs *ctx, const struct pt_regs *registers)
{
    return created_with(ctx, (const void *)first_register(registers));
}

#endif
