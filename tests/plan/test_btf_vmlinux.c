// SPDX-License-Identifier: Apache-2.0
// What is read from this kernel's BTF, against what bpftool reads from it.
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "kernel/btf.h"
#include "kernel/kernel.h"

#define BTF_PATH "/sys/kernel/btf/vmlinux"

struct dump {
    char *text; // of bpftool: "[ID] STRUCT 'name' size=...\n\t'member' type_id=... bits_offset=...\n"
    struct btf *btf;
};

static const char *skip_reason;
static struct dump dump; // of the whole group

static char *read_all(FILE *file)
{
    size_t size = 0, capacity = 1 << 20, n;
    char *text = malloc(capacity);
    while (text && (n = fread(text + size, 1, capacity - size - 1, file)) > 0) {
        size += n;
        if (capacity - size > 1)
            continue;
        char *larger = realloc(text, capacity *= 2);
        if (!larger)
            free(text);
        text = larger;
    }
    if (text)
        text[size] = 0;
    return text;
}

static int open_dump(void **state)
{
    *state = &dump;
    if (access(BTF_PATH, R_OK) != 0) {
        skip_reason = BTF_PATH " cannot be read";
        return 0;
    }
    FILE *pipe =
        popen("PATH=$PATH:/usr/sbin:/sbin; bpftool btf dump file " BTF_PATH " format raw 2>/dev/null", "r");
    dump.text = pipe ? read_all(pipe) : NULL;
    if (!pipe || pclose(pipe) != 0 || !dump.text)
        skip_reason = "no bpftool that can read " BTF_PATH;
    else if (btf_open(&dump.btf, BTF_PATH) != 0)
        return -1;
    return 0;
}

static int close_dump(void **state)
{
    (void)state;
    free(dump.text);
    btf_close(dump.btf);
    return 0;
}

static void skip_without_dump(void)
{
    if (!skip_reason)
        return;
    print_message("skipped: %s\n", skip_reason);
    skip();
}

// The members or enumerators of a type: what follows its line. NULL: there is no such type.
static const char *find_type(const struct dump *d, const char *kind, const char *name)
{
    char line[128];
    snprintf(line, sizeof(line), "] %s '%s' ", kind, name);
    const char *at = strstr(d->text, line);
    return at ? strchr(at, '\n') + 1 : NULL;
}

// -1: no such member.
static int dumped_offset(const struct dump *d, const char *structure, const char *member)
{
    char quoted[64];
    const char *line = find_type(d, "STRUCT", structure);
    snprintf(quoted, sizeof(quoted), "\t'%s' ", member);
    for (; line && line[0] == '\t'; line = strchr(line, '\n') + 1)
        if (strncmp(line, quoted, strlen(quoted)) == 0)
            return (int)strtol(strstr(line, "bits_offset=") + strlen("bits_offset="), NULL, 10) / 8;
    return -1;
}

static const struct {
    enum member member;
    const char *structure, *name;
} members[] = {
    {REQUEST_Q, "request", "q"},
    {REQUEST_CMD_FLAGS, "request", "cmd_flags"},
    {REQUEST_RQ_FLAGS, "request", "rq_flags"},
    {REQUEST_DATA_LEN, "request", "__data_len"},
    {REQUEST_SECTOR, "request", "__sector"},
    {REQUEST_BIO, "request", "bio"},
    {REQUEST_START_TIME_NS, "request", "start_time_ns"},
    {REQUEST_RQ_DISK, "request", "rq_disk"},
    {REQUEST_QUEUE_DISK, "request_queue", "disk"},
    {REQUEST_QUEUE_REQUEST_FN, "request_queue", "request_fn"},
    {GENDISK_MAJOR, "gendisk", "major"},
    {GENDISK_FIRST_MINOR, "gendisk", "first_minor"},
    {GENDISK_DISK_NAME, "gendisk", "disk_name"},
    {BIO_BLKG, "bio", "bi_blkg"},
    {BLKCG_GQ_BLKCG, "blkcg_gq", "blkcg"},
    {BLKCG_CSS, "blkcg", "css"},
    {CSS_CGROUP, "cgroup_subsys_state", "cgroup"},
    {CGROUP_LEVEL, "cgroup", "level"},
    {CGROUP_KN, "cgroup", "kn"},
    {CGROUP_ROOT, "cgroup", "root"},
    {CGROUP_ROOT_HIERARCHY_ID, "cgroup_root", "hierarchy_id"},
    {KERNFS_NODE_ID, "kernfs_node", "id"},
    {TASK_FLAGS, "task_struct", "flags"},
};

static void test_members(void **state)
{
    struct kernel kernel;
    char why[512];
    skip_without_dump();
    assert_int_equal(sizeof(members) / sizeof(members[0]), MEMBER_COUNT);
    assert_int_equal(kernel_ask(&kernel, true, true, why, sizeof(why)), 0);
    for (size_t i = 0; i < MEMBER_COUNT; i++) {
        int offset = dumped_offset(*state, members[i].structure, members[i].name);
        int asked = kernel.offset[members[i].member];
        if (offset < 0 ? asked >= 0 : asked != offset)
            fail_msg("%s.%s is at %d, bpftool says %d", members[i].structure, members[i].name, asked, offset);
        assert_int_equal(btf_member_offset(dump.btf, members[i].structure, members[i].name), asked);
    }
}

// What only single I/Os need is not asked without them.
static void test_without_samples(void **state)
{
    struct kernel kernel;
    char why[512];
    (void)state;
    skip_without_dump();
    assert_int_equal(kernel_ask(&kernel, true, false, why, sizeof(why)), 0);
    for (int i = 0; i < MEMBER_COUNT; i++)
        assert_true(i < FIRST_SAMPLE_MEMBER || kernel.offset[i] == -1);
    assert_int_equal(kernel.tracepoint_args[FIRST_SAMPLE_TRACEPOINT], 0);
    assert_false(kernel.has_current_cgroup);
    assert_false(kernel.has_ancestor_cgroup);
}

static void assert_enum(const struct dump *d, const char *name)
{
    const char *line = find_type(d, "ENUM", name);
    for (; line && line[0] == '\t'; line = strchr(line, '\n') + 1) {
        char enumerator[128];
        long long is;
        uint64_t value = 0;
        if (sscanf(line, "\t'%127[^']' val=%lld", enumerator, &is) != 2) // NOLINT(cert-err34-c)
            continue;
        assert_true(btf_enumerator(d->btf, enumerator, &value));
        if ((uint32_t)value != (uint32_t)is)
            fail_msg("%s is %llu, bpftool says %lld", enumerator, (unsigned long long)value, is);
    }
}

static void test_enumerators(void **state)
{
    static const char *const enums[] = {"req_op",    "req_opf",     "req_flag_bits",
                                        "rqf_flags", "bpf_func_id", "bpf_cmd"};
    skip_without_dump();
    for (size_t i = 0; i < sizeof(enums) / sizeof(enums[0]); i++)
        assert_enum(*state, enums[i]);
}

static long dumped_enumerator(const struct dump *d, const char *name)
{
    char quoted[64];
    snprintf(quoted, sizeof(quoted), "\t'%s' val=", name);
    const char *line = strstr(d->text, quoted);
    return line ? strtol(line + strlen(quoted), NULL, 10) : -1;
}

static void test_rq_flags(void **state)
{
    static const struct {
        enum rq_flag flag;
        const char *enumerator;
        long macro; // where it is none
    } rows[] = {
        {RQF_FLUSH_SEQ, "__RQF_FLUSH_SEQ", 4},
        {RQF_IO_STAT, "__RQF_IO_STAT", 13},
        {RQF_STATS, "__RQF_STATS", 17},
        {RQF_USE_SCHED, "__RQF_USE_SCHED", 9},
    };
    struct kernel kernel;
    char why[512];
    skip_without_dump();
    assert_int_equal(kernel_ask(&kernel, true, true, why, sizeof(why)), 0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        long bit = dumped_enumerator(*state, rows[i].enumerator);
        assert_int_equal(kernel.rq_flag_bit[rows[i].flag], bit >= 0 ? bit : rows[i].macro);
    }
}

// The line of a type by its id.
static const char *type_line(const struct dump *d, long id)
{
    char start[32];
    snprintf(start, sizeof(start), "\n[%ld] ", id);
    const char *at = strstr(d->text, start);
    return at ? at + 1 : "\n";
}

static long number_behind(const char *line, const char *word)
{
    const char *at = strstr(line, word);
    return at && at < strchr(line, '\n') ? strtol(at + strlen(word), NULL, 10) : -1;
}

static void test_tracepoints(void **state)
{
    struct kernel kernel;
    char why[512];
    skip_without_dump();
    assert_int_equal(kernel_ask(&kernel, true, true, why, sizeof(why)), 0);
    for (int i = 0; i < TP_COUNT; i++) {
        const struct dump *d = *state;
        char line[96];
        snprintf(line, sizeof(line), "TYPEDEF 'btf_trace_%s' ", kernel_tracepoint_name((enum tracepoint)i));
        const char *at = strstr(d->text, line);
        long args = 0;
        if (at) {
            long pointer = number_behind(at, "type_id=");
            args = number_behind(type_line(d, number_behind(type_line(d, pointer), "type_id=")), "vlen=") - 1;
        }
        assert_int_equal(kernel.tracepoint_args[i], args);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members),     cmocka_unit_test(test_without_samples),
        cmocka_unit_test(test_enumerators), cmocka_unit_test(test_rq_flags),
        cmocka_unit_test(test_tracepoints),
    };
    return cmocka_run_group_tests(tests, open_dump, close_dump);
}
