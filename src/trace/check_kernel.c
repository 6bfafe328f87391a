// SPDX-License-Identifier: Apache-2.0
// See check_kernel.h.
#include "trace/check_kernel.h"

#include <bcc/bcc_version.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/utsname.h>

#include "bcc/bcc.h"
#include "config.h"
#include "kernel/disk.h"
#include "trace/embedded.h"
#include "trace/modes.h"
#include "trace/tracer.h"
#include "util/clock.h"

#define TRACEFS 0x74726163 // f_type of statfs(2)

struct check {
    struct kernel btf, headers; // as asked with and without BTF
    bool has_btf, has_headers;
    const char *lacking;     // capabilities; NULL: none
    char why[MODE_WHY_SIZE]; // neither BTF nor headers can be used
    struct plan_scale scale;
    struct mode modes[2 * MODES];
    size_t n_modes;
};

// ---- facts ----

static void __attribute__((format(printf, 3, 4)))
print_fact(FILE *out, const char *label, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(out, "%-15s ", label);
    vfprintf(out, format, arguments);
    va_end(arguments);
    fputc('\n', out);
}

static void print_btf(FILE *out, const struct check *check)
{
    struct stat status = {0};
    stat("/sys/kernel/btf/vmlinux", &status);
    if (check->has_btf)
        print_fact(out, "BTF", "yes, %lld kB", (long long)status.st_size / 1024);
    else
        print_fact(out, "BTF", "no: %s", check->btf.btf_problem);
}

static void print_headers(FILE *out, const struct check *check)
{
    static const char label[] = "kernel headers";
    const char *directory = check->headers.headers;
    char advice[512];
    if (check->lacking) {
        print_fact(out, label, "not asked, as tracing is not permitted");
    } else if (check->has_headers) {
        print_fact(out, label, "yes%s%s", directory[0] ? ", " : "", directory);
    } else {
        kernel_headers_advice(&check->headers, advice, sizeof(advice));
        print_fact(out, label, "no; needed only without BTF: %s", advice);
    }
}

static void print_capabilities(FILE *out, const struct check *check)
{
    char line[256], effective[32] = "unknown";
    FILE *status = fopen("/proc/self/status", "re");
    while (status && fgets(line, sizeof(line), status))
        if (sscanf(line, "CapEff: %31s", effective) == 1)
            break;
    if (status)
        fclose(status);
    print_fact(out, "capabilities", "%s, %s", effective, check->lacking ? check->lacking : "enough");
}

static const char *find_tracefs(void)
{
    static const char *const places[] = {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"};
    struct statfs status;
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
        if (statfs(places[i], &status) == 0 && status.f_type == TRACEFS)
            return places[i];
    return "not mounted (raw tracepoints need none)";
}

static void print_locked_memory(FILE *out)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_MEMLOCK, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY)
        print_fact(out, "locked memory", "unlimited");
    else
        print_fact(out, "locked memory", "%llu kB (counts up to kernel 5.10)",
                   (unsigned long long)limit.rlim_cur / 1024);
}

static void print_disks(FILE *out, const struct check *check)
{
    char without_requests[512], iostats_off[512];
    disk_list_special("", without_requests, sizeof(without_requests), iostats_off, sizeof(iostats_off));
    print_fact(out, "disks", "%u, with up to %u requests in flight; without requests: %s; iostats off: %s",
               check->scale.disks, check->scale.requests, without_requests[0] ? without_requests : "none",
               iostats_off[0] ? iostats_off : "none");
}

// To add a fact: a line here.
static void print_facts(FILE *out, const struct check *check)
{
    struct utsname name = {0};
    char library[512], lockdown[64];
    bool opens = bcc_library(library, sizeof(library)) == 0;
    bool has_lockdown = kernel_lockdown(lockdown, sizeof(lockdown));
    uname(&name);
    print_fact(out, "kernel", "%s, %s, %s", name.release, name.machine, name.version);
    print_fact(out, "biolatency", "%s, built with libbcc %s", BIOLATENCY_VERSION, LIBBCC_VERSION);
    print_fact(out, "libbcc", "%s%s", opens ? "" : "cannot be opened: ", library);
    print_btf(out, check);
    print_headers(out, check);
    print_capabilities(out, check);
    print_fact(out, "lockdown", "%s",
               has_lockdown ? lockdown : "no (/sys/kernel/security/lockdown is not there)");
    print_fact(out, "kprobes", "%s", check->btf.has_kprobes ? "yes" : "no");
    print_fact(out, "tracefs", "%s", find_tracefs());
    print_locked_memory(out);
    print_disks(out, check);
    fputc('\n', out);
}

// ---- modes ----

static void try_mode(struct mode *mode, const struct kernel *kernel)
{
    struct bcc *bcc = NULL;
    struct tracer *tracer = NULL;
    struct snapshot snapshot = {0};
    char *log = NULL;
    double began_s = clock_s();
    int error = bcc_open(&bcc, embedded_headers, embedded_headers_count, NULL);
    if (error)
        snprintf(mode->why, sizeof(mode->why), "cannot start the process that compiles: %s",
                 strerror(-error));
    else
        error = tracer_open(&tracer, bcc, &mode->plan, kernel, mode->why, sizeof(mode->why), &log);
    mode->took_ms = (unsigned)((clock_s() - began_s) * 1e3);
    if (!error && (error = tracer_read(tracer, &snapshot)) != 0)
        snprintf(mode->why, sizeof(mode->why), "cannot read the histogram: %s", strerror(-error));
    mode->result = error ? MODE_FAILS : MODE_WORKS;
    free(log);
    snapshot_free(&snapshot);
    tracer_close(tracer);
}

// With kernel headers a compilation takes seconds: only the default and -Q, and only where there is no BTF.
static void try_modes(struct check *check)
{
    size_t n = check->has_btf ? MODES : 2;
    const struct kernel *kernel = check->has_btf ? &check->btf : &check->headers;
    for (size_t i = 0; i < n && i < check->n_modes; i++) {
        struct mode *mode = &check->modes[i];
        if (mode->result != MODE_PLANNED)
            continue;
        if (check->lacking) {
            mode->result = MODE_FAILS;
            snprintf(mode->why, sizeof(mode->why), "not permitted to trace: %s", check->lacking);
        } else {
            try_mode(mode, kernel);
        }
    }
}

static void plan_modes(struct check *check)
{
    if (check->has_btf) {
        modes_plan(check->modes, "BTF", &check->btf, &check->scale);
        check->n_modes = MODES;
    }
    if (check->has_headers) {
        modes_plan(&check->modes[check->n_modes], "headers", &check->headers, &check->scale);
        check->n_modes += MODES;
    }
    if (check->n_modes)
        return;
    modes_refuse(&check->modes[0], check->why);
    check->n_modes = 1;
}

int check_kernel(FILE *out, char *why, size_t size)
{
    static struct check check; // large
    check.lacking = kernel_lacks_capability();
    check.has_btf =
        kernel_ask(&check.btf, true, true, check.why, sizeof(check.why)) == 0 && check.btf.has_btf;
    // Without BTF the kernel is asked with programs that are loaded.
    char no_headers[MODE_WHY_SIZE];
    check.has_headers =
        !check.lacking && kernel_ask(&check.headers, false, true, no_headers, sizeof(no_headers)) == 0;
    disk_count("", &check.scale.disks, &check.scale.requests);
    plan_modes(&check);
    try_modes(&check);
    print_facts(out, &check);
    modes_print(out, check.modes, check.n_modes);
    const struct mode *first = &check.modes[0];
    if (first->result == MODE_WORKS)
        return 0;
    snprintf(why, size, "%s", first->why);
    return -ENOTSUP;
}
