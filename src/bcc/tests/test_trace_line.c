// SPDX-License-Identifier: Apache-2.0
// Lines of the trace pipe as kernels from 4.9 on print them.
#include "testing.h"

#include <string.h>

#include "bcc/bcc.h"

static const struct row {
    const char *text;
    enum bcc_trace_kind kind;
    const char *task;
    pid_t pid;
    int cpu;
    const char *flags, *timestamp, *function, *message;
    uint64_t lost;
} rows[] = {
    // 4.9 and 4.14: five columns for the pid, no function
    {"           <...>-1234  [001] d... 12345.678901: : Hello, World!", BCC_TRACE_EVENT, "<...>", 1234, 1,
     "d...", "12345.678901", "", "Hello, World!", 0},
    {"            bash-2517  [000] ....   102.000001: 0x00000001: Hello, World!", BCC_TRACE_EVENT, "bash",
     2517, 0, "....", "102.000001", "0x00000001", "Hello, World!", 0},
    // 5.10: seven columns
    {"            sshd-601     [003] d... 99999.000000: bpf_trace_printk: Hello, World!", BCC_TRACE_EVENT,
     "sshd", 601, 3, "d...", "99999.000000", "bpf_trace_printk", "Hello, World!", 0},
    // 5.18 and later: a fifth flag, migrate-disable
    {"              sh-17505   [000] ...2. 11603.168330: bpf_trace_printk: hi 17505", BCC_TRACE_EVENT, "sh",
     17505, 0, "...2.", "11603.168330", "bpf_trace_printk", "hi 17505", 0},
    {"          <idle>-0       [127] dNh2. 1.000000: bpf_trace_printk: ", BCC_TRACE_EVENT, "<idle>", 0, 127,
     "dNh2.", "1.000000", "bpf_trace_printk", "", 0},
    // a pid as long as they get, a time as long as it gets
    {"     kworker/u8:2-4194304 [1023] .Ns1. 1234567890.123456: bpf_trace_printk: a: b", BCC_TRACE_OTHER,
     NULL, 0, -1, NULL, NULL, NULL, NULL, 0},
    {"    kworker/u8:2-4194304 [1023] .Ns1. 1234567890.123456: bpf_trace_printk: a: b", BCC_TRACE_EVENT,
     "kworker/u8:2", 4194304, 1023, ".Ns1.", "1234567890.123456", "bpf_trace_printk", "a: b", 0},
    // names of all kinds
    {"  a b-1 [000] d.-77      [002] ...1. 5.000000: bpf_trace_printk: x", BCC_TRACE_EVENT, "a b-1 [000] d.",
     77, 2, "...1.", "5.000000", "bpf_trace_printk", "x", 0},
    {" 123456789012345-8       [000] ...1. 5.000000: bpf_trace_printk: x", BCC_TRACE_EVENT, "123456789012345",
     8, 0, "...1.", "5.000000", "bpf_trace_printk", "x", 0},
    {"           (a) b-9       [000] ...1. 5.000000: bpf_trace_printk: CPU:1 [LOST 5 EVENTS]",
     BCC_TRACE_EVENT, "(a) b", 9, 0, "...1.", "5.000000", "bpf_trace_printk", "CPU:1 [LOST 5 EVENTS]", 0},
    {"                -3       [000] ...1. 5.000000: bpf_trace_printk: x", BCC_TRACE_EVENT, "", 3, 0, "...1.",
     "5.000000", "bpf_trace_printk", "x", 0},
    // options of the kernel's tracing: record-tgid, no irq-info, another clock
    {"            bash-2517    (   2517) [000] ...1. 5.000000: bpf_trace_printk: x", BCC_TRACE_EVENT, "bash",
     2517, 0, "...1.", "5.000000", "bpf_trace_printk", "x", 0},
    {"           <...>-2517    (-------) [000] ...1. 5.000000: bpf_trace_printk: x", BCC_TRACE_EVENT, "<...>",
     2517, 0, "...1.", "5.000000", "bpf_trace_printk", "x", 0},
    {"            bash-2517    [000] 5.000000: bpf_trace_printk: x", BCC_TRACE_EVENT, "bash", 2517, 0, "",
     "5.000000", "bpf_trace_printk", "x", 0},
    {"            bash-2517    [000] ...1. 11603168330: bpf_trace_printk: x", BCC_TRACE_EVENT, "bash", 2517,
     0, "...1.", "11603168330", "bpf_trace_printk", "x", 0},
    // what others write
    {"            bash-2517    [000] ...1. 5.000000: kfree <-foo", BCC_TRACE_EVENT, "bash", 2517, 0, "...1.",
     "5.000000", "", "kfree <-foo", 0},
    {"            bash-2517    [000] ...1. 5.000000: tracing_mark_write: a b", BCC_TRACE_EVENT, "bash", 2517,
     0, "...1.", "5.000000", "tracing_mark_write", "a b", 0},
    // lost
    {"CPU:1 [LOST 5 EVENTS]", BCC_TRACE_LOST, NULL, 0, 1, NULL, NULL, NULL, NULL, 5},
    {"CPU:12 [LOST 18446 EVENTS]", BCC_TRACE_LOST, NULL, 0, 12, NULL, NULL, NULL, NULL, 18446},
    {"CPU:0 [LOST EVENTS]", BCC_TRACE_LOST, NULL, 0, 0, NULL, NULL, NULL, NULL, 0},
    // neither
    {"", BCC_TRACE_OTHER, NULL, 0, -1, NULL, NULL, NULL, NULL, 0},
    {"CPU:", BCC_TRACE_OTHER, NULL, 0, -1, NULL, NULL, NULL, NULL, 0},
    {"CPU:1 [LOST 5 EVENTS] and more", BCC_TRACE_OTHER, NULL, 0, -1, NULL, NULL, NULL, NULL, 0},
    {"just a message", BCC_TRACE_OTHER, NULL, 0, -1, NULL, NULL, NULL, NULL, 0},
    {"the second line of a message - long", BCC_TRACE_OTHER, NULL, 0, -1, NULL, NULL, NULL, NULL, 0},
    {"            bash-", BCC_TRACE_OTHER, NULL, 0, -1, NULL, NULL, NULL, NULL, 0},
    {"            bash-2517    [000", BCC_TRACE_OTHER, NULL, 0, -1, NULL, NULL, NULL, NULL, 0},
    {"            bash-2517    (12 [000] ...1. 5.0: x: y", BCC_TRACE_OTHER, NULL, 0, -1, NULL, NULL, NULL,
     NULL, 0},
    {"            bash-2517    [000] ...1. five: x: y", BCC_TRACE_OTHER, NULL, 0, -1, NULL, NULL, NULL, NULL,
     0},
    {"            bash-99999999999999999999 [000] ...1. 5.0: x: y", BCC_TRACE_OTHER, NULL, 0, -1, NULL, NULL,
     NULL, NULL, 0},
};

static void check_text(const char *got, const char *wanted)
{
    assert_non_null(got);
    assert_string_equal(got, wanted);
}

static void test_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct row *row = &rows[i];
        struct bcc_trace_line line;
        char *text = strdup(row->text); // exact: a sanitizer sees what reads past the end
        assert_non_null(text);
        assert_int_equal(bcc_trace_parse(text, &line), row->kind);
        if (row->kind == BCC_TRACE_EVENT) {
            check_text(line.task, row->task);
            check_text(line.flags, row->flags);
            check_text(line.timestamp, row->timestamp);
            check_text(line.function, row->function);
            check_text(line.message, row->message);
            assert_int_equal(line.pid, row->pid);
        }
        if (row->kind != BCC_TRACE_OTHER)
            assert_int_equal(line.cpu, row->cpu);
        if (row->kind != BCC_TRACE_EVENT)
            assert_string_equal(text, row->text);
        assert_int_equal(line.lost, row->lost);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_lines)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
