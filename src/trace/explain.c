// SPDX-License-Identifier: Apache-2.0
// See explain.h.
#include "trace/explain.h"

#include <bcc/bcc_version.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "trace/embedded.h"

void explain_plan(const struct plan *plan, const struct kernel *kernel, FILE *out)
{
    fprintf(out, "kernel %s, types from %s%s%s, probe text for libbcc (built with %s)\n", kernel->release,
            kernel->has_btf ? "BTF" : "kernel headers (BTF: ", kernel->has_btf ? "" : kernel->btf_problem,
            kernel->has_btf ? "" : ")", LIBBCC_VERSION);
    for (size_t i = 0; i < plan->n_points; i++)
        fprintf(out, "%s %s: %s\n", plan_kind_name(plan->points[i].kind), plan->points[i].target,
                plan->points[i].purpose);
    if (plan->start_time_from_request)
        fputs("no probe: start, from request.start_time_ns\n", out);
    plan_print_unused(plan, out);
    fprintf(out, "capacity: %u requests in flight, %u histogram entries\n", plan->max_requests,
            plan->dist_entries);
}

// The text does not show the map that says which of several disks are traced.
static void print_targets(const struct disk_filter *filter, FILE *out)
{
    for (size_t i = 0; i < filter->n; i++) {
        const struct disk_target *target = &filter->targets[i];
        fprintf(out, "// In the map targets: %s, disk %u:%u", target->name, target->dev >> 20,
                target->dev & 0xfffff);
        if (target->is_partition)
            fprintf(out, ", sectors %" PRIu64 " to %" PRIu64 ", counted as %u:%u", target->first_sector,
                    target->end_sector - 1, target->own_dev >> 20, target->own_dev & 0xfffff);
        fputc('\n', out);
    }
}

void explain_text(const struct plan *plan, FILE *out)
{
    for (size_t i = 0; i < plan->n_defines; i++) {
        const char *define = plan->defines[i];
        int length = (int)strcspn(define, "=");
        fprintf(out, "#define %.*s%s%s\n", length, define, define[length] ? " " : "",
                define[length] ? define + length + 1 : "");
    }
    if (plan->maps & 1U << MAP_TARGETS)
        print_targets(plan->needs.filter, out);
    fputs(embedded_biolatency, out);
}

// It forbids BPF to read kernel memory.
static bool is_confidential(void)
{
    char mode[32];
    return kernel_lockdown(mode, sizeof(mode)) && strcmp(mode, "confidentiality") == 0;
}

static const char *permission_hint(void)
{
    if (is_confidential())
        return " (the kernel is locked down in confidentiality mode, which forbids tracing)";
    return kernel_lacks_capability() ? ""
                                     : " (a container or a seccomp filter may forbid bpf(), or the limit on "
                                       "locked memory is too low)";
}

int explain_failure(struct bcc *bcc, int error, char *why, size_t size, const char *format, ...)
{
    char what[128], reason[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof(what), format, arguments);
    va_end(arguments);
    bcc_explain(bcc, error, reason, sizeof(reason));
    bool forbidden = error == -EPERM || is_confidential(); // EACCES is the verifier's word
    snprintf(why, size, "%s%s%s", what, reason, forbidden ? permission_hint() : "");
    return error;
}
