// SPDX-License-Identifier: Apache-2.0
// See check_kernel.h.
#include "trace/check_kernel.h"

#include <bcc/bcc_version.h>
#include <errno.h>
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

#define FACT_SIZE 1024
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

// ---- facts, as lines of text ----

static void ask_release(const struct check *check, char *text, size_t size)
{
    struct utsname name;
    (void)check;
    if (uname(&name) == 0)
        snprintf(text, size, "%s, %s, %s", name.release, name.machine, name.version);
}

static void ask_program(const struct check *check, char *text, size_t size)
{
    (void)check;
    snprintf(text, size, "%s, built with libbcc %s", BIOLATENCY_VERSION, LIBBCC_VERSION);
}

static void ask_libbcc(const struct check *check, char *text, size_t size)
{
    char found[FACT_SIZE / 2];
    (void)check;
    if (bcc_library(found, sizeof(found)) == 0)
        snprintf(text, size, "%s", found);
    else
        snprintf(text, size, "cannot be opened: %s", found);
}

static void ask_btf(const struct check *check, char *text, size_t size)
{
    struct stat status;
    if (!check->has_btf)
        snprintf(text, size, "no: %s", check->btf.btf_problem);
    else if (stat("/sys/kernel/btf/vmlinux", &status) == 0)
        snprintf(text, size, "yes, %lld kB", (long long)status.st_size / 1024);
}

static void ask_headers(const struct check *check, char *text, size_t size)
{
    char advice[FACT_SIZE / 2];
    if (check->lacking) {
        snprintf(text, size, "not asked, as tracing is not permitted");
    } else if (check->has_headers) {
        snprintf(text, size, "yes%s%s", check->headers.headers[0] ? ", " : "", check->headers.headers);
    } else {
        kernel_headers_advice(&check->headers, advice, sizeof(advice));
        snprintf(text, size, "no; needed only without BTF: %s", advice);
    }
}

static void ask_capabilities(const struct check *check, char *text, size_t size)
{
    char line[256], effective[32] = "unknown";
    FILE *status = fopen("/proc/self/status", "re");
    while (status && fgets(line, sizeof(line), status))
        if (sscanf(line, "CapEff: %31s", effective) == 1)
            break;
    if (status)
        fclose(status);
    snprintf(text, size, "%s, %s", effective, check->lacking ? check->lacking : "enough");
}

static void ask_lockdown(const struct check *check, char *text, size_t size)
{
    (void)check;
    if (!kernel_lockdown(text, size))
        snprintf(text, size, "no (/sys/kernel/security/lockdown is not there)");
}

static void ask_kprobes(const struct check *check, char *text, size_t size)
{
    snprintf(text, size, "%s", check->btf.has_kprobes ? "yes" : "no");
}

static bool is_tracefs(const char *path)
{
    struct statfs status;
    return statfs(path, &status) == 0 && status.f_type == TRACEFS;
}

static void ask_tracefs(const struct check *check, char *text, size_t size)
{
    static const char *const places[] = {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"};
    (void)check;
    snprintf(text, size, "not mounted (raw tracepoints need none)");
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
        if (is_tracefs(places[i])) {
            snprintf(text, size, "%s", places[i]);
            return;
        }
}

static void ask_locked_memory(const struct check *check, char *text, size_t size)
{
    struct rlimit limit;
    (void)check;
    if (getrlimit(RLIMIT_MEMLOCK, &limit) < 0)
        return;
    if (limit.rlim_cur == RLIM_INFINITY)
        snprintf(text, size, "unlimited");
    else
        snprintf(text, size, "%llu kB (counts up to kernel 5.10)", (unsigned long long)limit.rlim_cur / 1024);
}

static void ask_disks(const struct check *check, char *text, size_t size)
{
    char without_requests[FACT_SIZE / 3], iostats_off[FACT_SIZE / 3];
    disk_list_special("", without_requests, sizeof(without_requests), iostats_off, sizeof(iostats_off));
    snprintf(text, size, "%u, room for %u requests; without requests: %s; iostats off: %s",
             check->scale.disks, check->scale.requests, without_requests[0] ? without_requests : "none",
             iostats_off[0] ? iostats_off : "none");
}

// To add a fact: a row here.
static const struct {
    const char *label;
    void (*ask)(const struct check *check, char *text, size_t size);
} facts[] = {
    {"kernel", ask_release},
    {"biolatency", ask_program},
    {"libbcc", ask_libbcc},
    {"BTF", ask_btf},
    {"kernel headers", ask_headers},
    {"capabilities", ask_capabilities},
    {"lockdown", ask_lockdown},
    {"kprobes", ask_kprobes},
    {"tracefs", ask_tracefs},
    {"locked memory", ask_locked_memory},
    {"disks", ask_disks},
};

static void print_facts(FILE *out, const struct check *check)
{
    for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
        char text[FACT_SIZE] = "unknown";
        facts[i].ask(check, text, sizeof(text));
        fprintf(out, "%-15s %s\n", facts[i].label, text);
    }
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
    int error = bcc_open(&bcc, embedded_headers, embedded_headers_count);
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

// With kernel headers a compilation takes seconds: the default and -Q alone, where there is nothing quicker.
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
