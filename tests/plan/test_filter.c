// SPDX-License-Identifier: Apache-2.0
// filter.h and mount.h: which disks the words of -d mean, on a made-up machine. Files lie in a temporary
// directory, whose file system is said to be another one each time.
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cmocka.h>

#include "kernel/filter.h"
#include "kernel/mount.h"
#include "machine.h"

#define WHY_SIZE 2560

static char said[4096]; // by filter_add

static void say(const char *line)
{
    snprintf(said, sizeof(said), "%s", line);
}

static int make_machine(void **state)
{
    struct tree *machine = malloc(sizeof(*machine));
    *state = machine;
    tree_make(machine);
    machine_add_disk(machine, "zzsda", 8, 0, 1, "[none]\n", 0);
    machine_add_partition(machine, "zzsda/zzsda1", 8, 1, 1, 2048, 1000);
    machine_add_partition(machine, "zzsda/zzsda2", 8, 2, 2, 4096, 1000);
    machine_add_disk(machine, "zzsdb", 8, 16, 4, "[none]\n", 0);
    machine_add_disk(machine, "zzdm0", 253, 0, 0, "none\n", 0);
    machine_add_slave(machine, "zzdm0", "zzsda/zzsda2");
    machine_add_slave(machine, "zzdm0", "zzsdb");
    return 0;
}

static int remove_machine(void **state)
{
    tree_remove(*state);
    free(*state);
    return 0;
}

// ---- several ----

// "zzsda1 zzsdb": the targets of a filter made of these words, which end with NULL.
static void assert_targets(const struct tree *machine, const char *const *words, const char *targets)
{
    struct disk_filter filter = {.n = 0};
    char why[WHY_SIZE], list[512] = "";
    for (; *words; words++)
        if (filter_add(&filter, machine->root, *words, say, why, sizeof(why)) < 0)
            fail_msg("%s: %s", *words, why);
    for (size_t i = 0; i < filter.n; i++) {
        size_t n = strlen(list);
        snprintf(list + n, sizeof(list) - n, "%s%s", i ? " " : "", filter.targets[i].name);
    }
    assert_string_equal(list, targets);
}

static void test_several(void **state)
{
    static const struct {
        const char *words[5], *targets;
    } rows[] = {
        {{"zzsda,zzsdb"}, "zzsda zzsdb"},
        {{"zzsda", "zzsdb"}, "zzsda zzsdb"},
        {{"zzsda1,zzsdb", "zzsda2"}, "zzsda1 zzsdb zzsda2"},
        {{"zzsda,zzsda", "zzsda"}, "zzsda"},
        {{"zzsda1", "zzsda1"}, "zzsda1"},
        // a partition and its disk are the disk
        {{"zzsda1,zzsda"}, "zzsda"},
        {{"zzsda,zzsda2"}, "zzsda"},
        {{"zzsda2,zzsdb,zzsda1,zzsda"}, "zzsdb zzsda"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_targets(*state, rows[i].words, rows[i].targets);
}

static void test_several_refused(void **state)
{
    static const struct {
        const char *word;
        int error;
        const char *why;
    } rows[] = {
        {"zzsda,zznone", -ENOENT, "no such disk 'zznone'; the disks are: zzsda, zzsdb"},
        {"zznone,zzsda", -ENOENT, "no such disk 'zznone'; the disks are: zzsda, zzsdb"},
        {"zzsda,", -ENOENT, "no such disk ''; the disks are: zzsda, zzsdb"},
        {",", -ENOENT, "no such disk ''; the disks are: zzsda, zzsdb"},
        {"zzsda,,zzsdb", -ENOENT, "no such disk ''; the disks are: zzsda, zzsdb"},
        {"zzsda,zzdm0", -EOPNOTSUPP,
         "zzdm0 has no block requests of its own; trace what is under it: -d zzsda2,zzsdb"},
        {"zzsda,null", -ENOTBLK, "null is not a disk but a character device"},
    };
    const struct tree *machine = *state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct disk_filter filter = {.n = 0};
        char why[WHY_SIZE];
        assert_int_equal(filter_add(&filter, machine->root, rows[i].word, say, why, sizeof(why)),
                         rows[i].error);
        assert_string_equal(why, rows[i].why);
    }
}

// What the text of a refusal says to type can be typed.
static void test_advice(void **state)
{
    const struct tree *machine = *state;
    struct disk_filter filter = {.n = 0};
    char why[WHY_SIZE];
    assert_int_equal(filter_add(&filter, machine->root, "zzdm0", say, why, sizeof(why)), -EOPNOTSUPP);
    const char *advice = strstr(why, "-d ");
    assert_non_null(advice);
    assert_targets(machine, (const char *const[]){advice + 3, NULL}, "zzsda2 zzsdb");
}

static void test_limit(void **state)
{
    const struct tree *machine = *state;
    struct disk_filter filter = {.n = 0};
    char why[WHY_SIZE], name[32];
    for (unsigned i = 0; i <= FILTER_TARGETS_MAX; i++) {
        snprintf(name, sizeof(name), "zzmany%u", i);
        machine_add_disk(machine, name, 65, i, 1, NULL, 0);
        assert_int_equal(filter_add(&filter, machine->root, name, say, why, sizeof(why)),
                         i < FILTER_TARGETS_MAX ? 0 : -E2BIG);
    }
    assert_string_equal(why, "-d takes 64 disks and partitions at most");
    assert_int_equal(filter.n, FILTER_TARGETS_MAX);
    assert_int_equal(filter_add(&filter, machine->root, "zzmany3", say, why, sizeof(why)), 0); // is there
}

static void test_questions(void **state)
{
    const struct tree *machine = *state;
    struct disk_filter filter = {.n = 0};
    char why[WHY_SIZE];
    assert_false(filter_has_partition(&filter));
    assert_int_equal(filter_targets_of_one_disk(&filter), 0);
    filter_add(&filter, machine->root, "zzsdb", say, why, sizeof(why));
    assert_false(filter_has_partition(&filter));
    assert_int_equal(filter_targets_of_one_disk(&filter), 1);
    filter_add(&filter, machine->root, "zzsda1,zzsda2", say, why, sizeof(why));
    assert_true(filter_has_partition(&filter));
    assert_int_equal(filter_targets_of_one_disk(&filter), 2);
    assert_string_equal(filter_partition_name(&filter, DISK_DEV(8, 2)), "zzsda2");
    assert_null(filter_partition_name(&filter, DISK_DEV(8, 16))); // a disk
    assert_null(filter_partition_name(&filter, DISK_DEV(8, 0)));
}

// ---- without /sys ----

static void test_no_sysfs(void **state)
{
    struct tree bare;
    struct disk_filter filter = {.n = 0};
    struct disk_target target;
    char why[WHY_SIZE];
    (void)state;
    tree_make(&bare);
    assert_int_equal(filter_add(&filter, bare.root, "zzsda", say, why, sizeof(why)), -ENOENT);
    assert_string_equal(why, "no such disk 'zzsda': /sys is not mounted (mount -t sysfs sysfs /sys)");
    assert_int_equal(disk_find(bare.root, "zzsda", DISK_DEV(8, 0), &target, why, sizeof(why)), -ENOENT);
    assert_string_equal(why,
                        "cannot tell which disk 'zzsda' is: /sys is not mounted (mount -t sysfs sysfs /sys)");
    tree_directory(&bare, "sys/block");
    assert_int_equal(filter_add(&filter, bare.root, "zzsda", say, why, sizeof(why)), -ENOENT);
    assert_string_equal(why, "no such disk 'zzsda'; there is none with block requests");
    tree_remove(&bare);
}

// ---- names that are paths ----

// A block device has a name with a comma, and the machine has none of the parts.
static void test_comma(void **state)
{
    const struct tree *machine = *state;
    struct disk_filter filter = {.n = 0};
    char path[128], why[WHY_SIZE], expected[WHY_SIZE];
    tree_link(machine, "a,b", "../../dev/null");
    snprintf(path, sizeof(path), "%s/a,b", machine->root);
    assert_int_equal(filter_add(&filter, machine->root, path, say, why, sizeof(why)), -ENOTBLK);
    snprintf(expected, sizeof(expected), "%s is not a disk but a character device", path);
    assert_string_equal(why, expected);
}

// Only a name with a slash is looked for in the current directory, and after /dev.
static void test_relative(void **state)
{
    const struct tree *machine = *state;
    struct disk_filter filter = {.n = 0};
    char before[PATH_MAX], why[WHY_SIZE];
    assert_non_null(getcwd(before, sizeof(before)));
    tree_link(machine, "zzlink", "../../dev/null");
    tree_link(machine, "pts/ptmx", "../../dev/no-such");
    assert_int_equal(chdir(machine->root), 0);
    assert_int_equal(filter_add(&filter, machine->root, "zzlink", say, why, sizeof(why)), -ENOENT);
    assert_int_equal(filter_add(&filter, machine->root, "./zzlink", say, why, sizeof(why)), -ENOTBLK);
    assert_string_equal(why, "./zzlink is not a disk but a character device");
    assert_int_equal(filter_add(&filter, machine->root, "./null", say, why, sizeof(why)), -ENOTBLK);
    assert_int_equal(chdir(before), 0);
}

// ---- files: on a block device ----

// The temporary directory lies on a file system with a number that a device of the machine gets.
static bool take_number_of(const struct tree *machine, const char *device)
{
    struct stat status;
    char number[64];
    assert_int_equal(stat(machine->root, &status), 0);
    if (major(status.st_dev) == 0)
        return false;
    snprintf(number, sizeof(number), "%u:%u", major(status.st_dev), minor(status.st_dev));
    machine_add_link(machine, "sys/dev/block", number, device);
    return true;
}

static void test_file_on_partition(void **state)
{
    const struct tree *machine = *state;
    struct disk_filter filter = {.n = 0};
    char why[WHY_SIZE], path[PATH_MAX], expected[WHY_SIZE];
    if (!take_number_of(machine, "zzsda/zzsda1"))
        skip();
    assert_int_equal(filter_add(&filter, machine->root, machine->root, say, why, sizeof(why)), 0);
    snprintf(expected, sizeof(expected), "%s is on zzsda1: tracing zzsda1", machine->root);
    assert_string_equal(said, expected);
    assert_int_equal(filter.n, 1);
    assert_string_equal(filter.targets[0].name, "zzsda1");
    assert_int_equal(filter.targets[0].first_sector, 2048);
    tree_file(machine, "file", "");
    snprintf(path, sizeof(path), "zzsdb,%s/file,zzsda2", machine->root);
    assert_int_equal(filter_add(&filter, machine->root, path, say, why, sizeof(why)), 0);
    assert_int_equal(filter.n, 3);
}

static void test_file_on_stack(void **state)
{
    const struct tree *machine = *state;
    struct disk_filter filter = {.n = 0};
    char why[WHY_SIZE], expected[WHY_SIZE];
    if (!take_number_of(machine, "zzdm0"))
        skip();
    assert_int_equal(filter_add(&filter, machine->root, machine->root, say, why, sizeof(why)), -EOPNOTSUPP);
    snprintf(
        expected, sizeof(expected),
        "%s is on zzdm0: zzdm0 has no block requests of its own; trace what is under it: -d zzsda2,zzsdb",
        machine->root);
    assert_string_equal(why, expected);
}

// ---- files: on file systems that have no block device's number ----

// The mount that a path is in, by the kernel's word.
static int mount_id(const char *path)
{
    struct statx status;
    if (statx(AT_FDCWD, path, 0, STATX_MNT_ID, &status) < 0 || !(status.stx_mask & STATX_MNT_ID))
        return -1;
    return (int)status.stx_mnt_id;
}

// /proc and its files are on a file system without a device wherever this runs; the machine says which.
#define ANONYMOUS "/proc/version"

static bool mount_as(const struct tree *machine, const char *type_and_source)
{
    char text[PATH_MAX];
    int id = mount_id(ANONYMOUS);
    snprintf(text, sizeof(text), "%d 1 0:5 / /proc rw shared:1 - %s rw\n", id, type_and_source);
    tree_file(machine, "proc/self/mountinfo", text);
    return id >= 0;
}

static void add_btrfs(const struct tree *machine)
{
    machine_add_link(machine, "sys/fs/btrfs/1111-11/devices", "zzsda1", "zzsda/zzsda1");
    machine_add_link(machine, "sys/fs/btrfs/1111-11/devices", "zzsdb", "zzsdb");
    machine_add_link(machine, "sys/fs/btrfs/2222-22/devices", "zzsda2", "zzsda/zzsda2");
    machine_add_link(machine, "sys/fs/btrfs/3333-33/devices", "zzdm0", "zzdm0");
    tree_directory(machine, "sys/fs/btrfs/4444-44/devices/zzodd"); // has no number
    tree_directory(machine, "sys/fs/btrfs/features");
}

static void test_no_disk(void **state)
{
    static const struct {
        const char *mount, *why;
    } rows[] = {
        {"tmpfs tmpfs", "is on tmpfs, which has no disk"},
        {"proc none", "is on proc, which has no disk"},
        {"nfs4 server:/home", "is on nfs4, whose disks are another machine's"},
        {"fuse.sshfs me@there:", "is on fuse.sshfs, whose disks only its program knows"},
        {"overlay overlay",
         "is on overlay, whose files lie on other file systems: -d takes a path on one of those"},
        {"zfs tank/home", "is on zfs, which does not tell the kernel its disks (zpool status shows them)"},
        {"novel /dev/zzsda1", "is on novel, whose disks are not known for certain"},
        {"btrfs /dev/root", "is on btrfs, whose disks are not known for certain"},
        {"btrfs /dev/zzodd", "is on btrfs, whose disks are not known for certain"},
        {"btrfs none", "is on btrfs, whose disks are not known for certain"},
        {"btrfs /dev/zzdm0",
         "is on zzdm0: zzdm0 has no block requests of its own; trace what is under it: -d "
         "zzsda2,zzsdb"},
    };
    const struct tree *machine = *state;
    add_btrfs(machine);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct disk_filter filter = {.n = 0};
        char why[WHY_SIZE];
        if (!mount_as(machine, rows[i].mount))
            skip();
        assert_true(filter_add(&filter, machine->root, ANONYMOUS, say, why, sizeof(why)) < 0);
        assert_memory_equal(why, ANONYMOUS " ", strlen(ANONYMOUS " "));
        assert_string_equal(why + strlen(ANONYMOUS " "), rows[i].why);
        assert_int_equal(filter.n, 0);
    }
}

static void test_btrfs(void **state)
{
    const struct tree *machine = *state;
    struct disk_filter filter = {.n = 0};
    char why[WHY_SIZE];
    add_btrfs(machine);
    if (!mount_as(machine, "btrfs /dev/zzsda2"))
        skip();
    assert_int_equal(filter_add(&filter, machine->root, ANONYMOUS, say, why, sizeof(why)), 0);
    assert_string_equal(said, ANONYMOUS " is on zzsda2: tracing zzsda2");
    mount_as(machine, "btrfs /dev/zzsdb");
    assert_int_equal(filter_add(&filter, machine->root, ANONYMOUS, say, why, sizeof(why)), 0);
    if (strcmp(said, ANONYMOUS " is on zzsdb, zzsda1: tracing zzsdb, zzsda1") != 0)
        assert_string_equal(said, ANONYMOUS " is on zzsda1, zzsdb: tracing zzsda1, zzsdb");
    assert_int_equal(filter.n, 3);
}

static void test_no_mountinfo(void **state)
{
    const struct tree *machine = *state;
    struct disk_filter filter = {.n = 0};
    char why[WHY_SIZE];
    assert_int_equal(filter_add(&filter, machine->root, ANONYMOUS, say, why, sizeof(why)), -ENODEV);
    assert_string_equal(why, "cannot tell which disk " ANONYMOUS " is on: /proc/self/mountinfo does not say");
}

// ---- mount_find ----

static void test_mount_find(void **state)
{
    static const struct {
        const char *text;
        int id;
        const char *type, *source; // NULL: none
    } rows[] = {
        {"36 35 98:0 / / rw - ext4 /dev/sda1 rw\n", 36, "ext4", "/dev/sda1"},
        {"36 35 98:0 / / rw - ext4 /dev/sda1 rw\n", 35, NULL, NULL},
        {"136 1 0:1 / /a rw - a b c\n36 1 0:2 / /b rw shared:2 master:1 - d e\n", 36, "d", "e"},
        {"36 35 0:1 / /with\\040-\\040in rw master:3 - nfs4 server:/a\\040b\\134 rw\n", 36, "nfs4",
         "server:/a b\\"},
        {"36 35 0:1 / / rw - tmpfs", 36, NULL, NULL},
        {"36 35 0:1 / / rw - ", 36, NULL, NULL},
        {"36 35 0:1 / / rw tmpfs tmpfs\n", 36, NULL, NULL},
        {"36", 36, NULL, NULL},
        {" - a b\n", 0, NULL, NULL},
        {"36 1 0:1 / / rw - a \\04\n", 36, "a", "\\04"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct mount mount;
        FILE *file = fmemopen((void *)(uintptr_t)rows[i].text, strlen(rows[i].text), "r");
        assert_non_null(file);
        assert_int_equal(mount_find(file, rows[i].id, &mount), rows[i].type != NULL);
        fclose(file);
        if (rows[i].type) {
            assert_string_equal(mount.type, rows[i].type);
            assert_string_equal(mount.source, rows[i].source);
        }
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, make_machine, remove_machine)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_several),
        TEST(test_several_refused),
        TEST(test_advice),
        TEST(test_limit),
        TEST(test_questions),
        TEST(test_no_sysfs),
        TEST(test_comma),
        TEST(test_relative),
        TEST(test_file_on_partition),
        TEST(test_file_on_stack),
        TEST(test_no_disk),
        TEST(test_btrfs),
        TEST(test_no_mountinfo),
        cmocka_unit_test(test_mount_find),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
