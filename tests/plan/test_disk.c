// SPDX-License-Identifier: Apache-2.0
// disk.h on a made-up machine. Its disks have names that no /dev has, so that they are looked for in its
// sysfs.
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/filter.h"
#include "machine.h"

#define WHY_SIZE 1024

// ---- a machine ----

static struct tree machine; // of the whole group

static void add_disks_with_requests(void)
{
    machine_add_disk(&machine, "zzsda", 8, 0, 1, "[mq-deadline] none\n", 64);
    machine_add_partition(&machine, "zzsda/zzsda1", 8, 1, 1, 2048, 1000);
    machine_add_partition(&machine, "zzsda/zzsda2", 259, 7, 2, 4000000000ULL, 5000000000ULL);
    machine_add_disk(&machine, "zzsdb", 8, 16, 4, "[none]\n", 256);
    machine_add_disk(&machine, "zzhda", 3, 0, 0, "noop deadline [cfq]\n", 128); // a legacy queue
    machine_add_disk(&machine, "zzdmrq", 253, 9, 1, "[none]\n", 0);             // request-based multipath
}

static void add_disks_of_bios(void)
{
    machine_add_disk(&machine, "zzram", 1, 0, 0, "none\n", 0);
    machine_add_disk(&machine, "zzpmem", 259, 0, 0, NULL, 0); // no scheduler at all
    machine_add_disk(&machine, "zzdm0", 253, 0, 0, "none\n", 0);
    machine_add_slave(&machine, "zzdm0", "zzsda/zzsda2");
    machine_add_slave(&machine, "zzdm0", "zzsdb");
    machine_add_disk(&machine, "zzmd0", 9, 0, 0, "none\n", 0);
    machine_add_slave(&machine, "zzmd0", "zzsda/zzsda1");
    machine_add_slave(&machine, "zzmd0", "zzhda");
    machine_add_partition(&machine, "zzmd0/zzmd0p1", 259, 8, 1, 64, 128);
    machine_add_disk(&machine, "zzdm1", 253, 1, 0, "none\n", 0); // on dm, on md
    machine_add_slave(&machine, "zzdm1", "zzdm0");
    machine_add_slave(&machine, "zzdm1", "zzmd0");
    machine_add_disk(&machine, "zzdm2", 253, 2, 0, "none\n", 0); // on a partition of md
    machine_add_slave(&machine, "zzdm2", "zzmd0/zzmd0p1");
    machine_add_disk(&machine, "zzring", 253, 3, 0, "none\n", 0); // on itself: no kernel has that
    machine_add_slave(&machine, "zzring", "zzring");
}

static void add_nvme(void)
{
    // The disk that is shown, its hidden paths, and others that are not.
    machine_add_disk(&machine, "nvme900n1", 259, 20, 0, "none\n", 0);
    machine_add_partition(&machine, "nvme900n1/nvme900n1p1", 259, 21, 1, 8, 8);
    tree_directory(&machine, "sys/devices/nvme900c0n1/mq/0");
    tree_directory(&machine, "sys/devices/nvme900c1n1/mq/0");
    machine_add_link(&machine, "sys/block", "nvme900c0n1", "nvme900c0n1");
    machine_add_link(&machine, "sys/block", "nvme900c1n1", "nvme900c1n1");
    tree_directory(&machine, "sys/block/nvme900c0n2");
    tree_directory(&machine, "sys/block/nvme901c0n1");
    tree_directory(&machine, "sys/block/nvme900c0n1p1");
    machine_add_disk(&machine, "zzdm3", 253, 4, 0, "none\n", 0);
    machine_add_slave(&machine, "zzdm3", "nvme900n1");
    machine_add_disk(&machine, "zzdm4", 253, 5, 0, "none\n", 0);
    machine_add_slave(&machine, "zzdm4", "nvme900n1/nvme900n1p1");
}

static int make_machine(void **state)
{
    (void)state;
    tree_make(&machine);
    add_disks_with_requests();
    add_disks_of_bios();
    add_nvme();
    tree_file(&machine, "proc/diskstats",
              "   8       0 zzsda 1 2 3\n 259      30 nvme900c0n1 0 0\n 259      31 nvme900c1n1 0 0\n"
              " 259      32 zzgone 0 0\n");
    return 0;
}

static int remove_machine(void **state)
{
    (void)state;
    tree_remove(&machine);
    return 0;
}

// ---- disks by their names ----

// The one target of a filter with that word.
static int find(const char *name, struct disk_target *target, char *why, size_t size)
{
    struct disk_filter filter = {.n = 0};
    int error = filter_add(&filter, machine.root, name, NULL, why, size);
    if (!error)
        assert_int_equal(filter.n, 1);
    *target = filter.targets[0];
    return error;
}

static void test_find(void **state)
{
    static const struct disk_target rows[] = {
        {.name = "zzsda", .dev = DISK_DEV(8, 0), .own_dev = DISK_DEV(8, 0)},
        {.name = "zzsdb", .dev = DISK_DEV(8, 16), .own_dev = DISK_DEV(8, 16)},
        {.name = "zzhda", .dev = DISK_DEV(3, 0), .own_dev = DISK_DEV(3, 0)},
        {.name = "zzdmrq", .dev = DISK_DEV(253, 9), .own_dev = DISK_DEV(253, 9)},
        {DISK_DEV(8, 0), DISK_DEV(8, 1), true, 2048, 3048, "zzsda1"},
        {DISK_DEV(8, 0), DISK_DEV(259, 7), true, 4000000000ULL, 9000000000ULL, "zzsda2"},
        // hidden: diskstats has its number
        {.name = "nvme900c0n1", .dev = DISK_DEV(259, 30), .own_dev = DISK_DEV(259, 30)},
        {.name = "nvme900c1n1", .dev = DISK_DEV(259, 31), .own_dev = DISK_DEV(259, 31)},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct disk_target target;
        char why[WHY_SIZE];
        int error = find(rows[i].name, &target, why, sizeof(why));
        if (error)
            fail_msg("%s: %s", rows[i].name, why);
        assert_string_equal(target.name, rows[i].name);
        assert_int_equal(target.dev, rows[i].dev);
        assert_int_equal(target.own_dev, rows[i].own_dev);
        assert_int_equal(target.is_partition, rows[i].is_partition);
        assert_true(target.first_sector == rows[i].first_sector);
        assert_true(target.end_sector == rows[i].end_sector);
    }
}

#define NO_REQUESTS "has no block requests of its own; trace what is under it: -d "

struct refused {
    const char *name;
    int error;
    const char *why;
};

static void check_refused(const struct refused *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct disk_target target;
        char why[WHY_SIZE];
        assert_int_equal(find(rows[i].name, &target, why, sizeof(why)), rows[i].error);
        assert_string_equal(why, rows[i].why);
    }
}

static void test_without_requests(void **state)
{
    static const struct refused rows[] = {
        {"zzram", -EOPNOTSUPP, "zzram has no block requests: its driver takes I/O without them"},
        {"zzpmem", -EOPNOTSUPP, "zzpmem has no block requests: its driver takes I/O without them"},
        {"zzdm0", -EOPNOTSUPP, "zzdm0 " NO_REQUESTS "zzsda2,zzsdb"},
        {"zzmd0", -EOPNOTSUPP, "zzmd0 " NO_REQUESTS "zzhda,zzsda1"},
        {"zzmd0p1", -EOPNOTSUPP, "zzmd0p1 " NO_REQUESTS "zzhda,zzsda1"},
        {"zzdm1", -EOPNOTSUPP, "zzdm1 " NO_REQUESTS "zzsda2,zzsdb,zzhda,zzsda1"},
        {"zzring", -EOPNOTSUPP, "zzring has no block requests: its driver takes I/O without them"},
        {"nvme900n1", -EOPNOTSUPP, "nvme900n1 " NO_REQUESTS "nvme900c0n1,nvme900c1n1"},
        {"nvme900n1p1", -EOPNOTSUPP, "nvme900n1p1 " NO_REQUESTS "nvme900c0n1,nvme900c1n1"},
    };
    (void)state;
    check_refused(rows, sizeof(rows) / sizeof(rows[0]));
}

// What is named as lying under a disk can itself be traced: it is not a disk of bios again.
static void test_leaves_of_partitions(void **state)
{
    static const struct refused rows[] = {
        {"zzdm2", -EOPNOTSUPP, "zzdm2 " NO_REQUESTS "zzhda,zzsda1"},
    };
    (void)state;
    check_refused(rows, sizeof(rows) / sizeof(rows[0]));
}

static void test_leaves_of_nvme(void **state)
{
    static const struct refused rows[] = {
        {"zzdm3", -EOPNOTSUPP, "zzdm3 " NO_REQUESTS "nvme900c0n1,nvme900c1n1"},
        {"zzdm4", -EOPNOTSUPP, "zzdm4 " NO_REQUESTS "nvme900c0n1,nvme900c1n1"},
    };
    (void)state;
    check_refused(rows, sizeof(rows) / sizeof(rows[0]));
}

#define THE_DISKS "; the disks are: nvme900c0n1, nvme900c1n1, zzdmrq, zzhda, zzsda, zzsdb"

static void test_not_found(void **state)
{
    static const struct refused rows[] = {
        {"zznone", -ENOENT, "no such disk 'zznone'" THE_DISKS},
        {"", -ENOENT, "no such disk ''" THE_DISKS},
        {"zz/zzsda", -ENOENT, "no such disk 'zz/zzsda'" THE_DISKS},
        {"/dev/zzsda", -ENOENT, "no such disk '/dev/zzsda'" THE_DISKS}, // a path is that path, not a name
        {"zzsd", -ENOENT, "no such disk 'zzsd'" THE_DISKS},
        {"zzgone", -ENOENT, "no such disk 'zzgone' (no block device has its number, 259:32)"},
        {"/dev/null", -ENOTBLK, "/dev/null is not a disk but a character device"},
        {"null", -ENOTBLK, "null is not a disk but a character device"},
    };
    char name[PATH_MAX + 2], why[WHY_SIZE];
    struct disk_target target;
    (void)state;
    check_refused(rows, sizeof(rows) / sizeof(rows[0]));
    memset(name, 'z', sizeof(name) - 1);
    name[sizeof(name) - 1] = 0;
    assert_int_equal(find(name, &target, why, sizeof(why)), -ENOENT);
    assert_int_equal(strlen(why), sizeof(why) - 1);
}

// More slaves than there is room to name: those that fit, whole.
static void test_many_slaves(void **state)
{
    struct disk_target target;
    char why[WHY_SIZE], name[64];
    (void)state;
    machine_add_disk(&machine, "zzwide", 253, 6, 0, "none\n", 0);
    for (unsigned i = 0; i < 64; i++) {
        snprintf(name, sizeof(name), "zzslave_with_a_long_name_%04u", i);
        machine_add_disk(&machine, name, 65, i, 1, NULL, 0);
        machine_add_slave(&machine, "zzwide", name);
    }
    assert_int_equal(find("zzwide", &target, why, sizeof(why)), -EOPNOTSUPP);
    assert_non_null(strstr(why, "zzslave_with_a_long_name_0000,zzslave_with_a_long_name_0001"));
    const char *last = strrchr(why, ',') + 1;
    assert_int_equal(strcspn(last, " "), strlen("zzslave_with_a_long_name_0000"));
    assert_string_equal(last + strcspn(last, " "), " and 47 more");
}

// ---- disk_name_in ----

static void test_name_in(void **state)
{
    static const struct {
        const char *text;
        uint32_t dev;
        const char *name; // NULL: none
    } rows[] = {
        {"   8       0 sda 1 2 3 4 5 6 7 8 9 10 11\n   8      16 sdb 0\n", DISK_DEV(8, 16), "sdb"},
        {"   8       0 sda 1 2 3 4 5 6 7 8 9 10 11\n", DISK_DEV(8, 1), NULL},
        {"8 0 sda", DISK_DEV(8, 0), "sda"}, // no numbers, no line end
        {"259 1048575 far 0\n", DISK_DEV(259, 1048575), "far"},
        {"8 0 first\n8 0 second\n", DISK_DEV(8, 0), "first"},
        {"\n\nnot numbers\n8\n8 0\n8 0 \n8 x sda\n8 0 sda\n", DISK_DEV(8, 0), "sda"},
        {"", DISK_DEV(0, 0), NULL},
        {"0 0 zero\n", DISK_DEV(0, 0), "zero"},
        {"8 0 a_name_longer_than_any_that_the_kernel_has_for_a_disk_but_told_as_far_as_it_goes 1\n",
         DISK_DEV(8, 0), "a_name_longer_than_any_that_the_kernel_has_for_a_disk_but_told_"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char name[128] = "unchanged";
        size_t length = strlen(rows[i].text);
        FILE *file =
            length ? fmemopen((void *)(uintptr_t)rows[i].text, length, "r") : fopen("/dev/null", "re");
        assert_non_null(file);
        assert_int_equal(disk_name_in(file, rows[i].dev, name, sizeof(name)), rows[i].name != NULL);
        assert_string_equal(name, rows[i].name ? rows[i].name : "unchanged");
        fclose(file);
    }
}

static void test_name_in_little_room(void **state)
{
    static char text[] = "8 0 sdabcdef 1\n";
    char name[5] = "####";
    (void)state;
    FILE *file = fmemopen(text, strlen(text), "r");
    assert_non_null(file);
    assert_true(disk_name_in(file, DISK_DEV(8, 0), name, 4));
    fclose(file);
    assert_string_equal(name, "sda");
}

// ---- disk_count ----

static void test_count(void **state)
{
    struct tree other;
    unsigned disks = 7, requests = 7;
    (void)state;
    tree_make(&other);
    disk_count(other.root, &disks, &requests);
    assert_int_equal(disks, 0);
    assert_int_equal(requests, 0);
    tree_directory(&other, "sys/block/ram0");
    tree_file(&other, "sys/block/hda/queue/nr_requests", "128\n");
    tree_file(&other, "sys/block/sda/queue/nr_requests", "64\n");
    tree_directory(&other, "sys/block/sda/mq/0");
    tree_file(&other, "sys/block/nvme0n1/queue/nr_requests", "1023\n");
    for (unsigned queue = 0; queue < 4; queue++) {
        char path[64];
        snprintf(path, sizeof(path), "sys/block/nvme0n1/mq/%u", queue);
        tree_directory(&other, path);
    }
    tree_file(&other, "sys/block/odd/queue/nr_requests", "many\n");
    tree_file(&other, "sys/block/none/queue/nr_requests", "");
    disk_count(other.root, &disks, &requests);
    assert_int_equal(disks, 6);
    assert_int_equal(requests, 128 * 2 + 64 + 1023 * 4); // a legacy queue: as many to read and to write
    tree_remove(&other);
}

// ---- disk_list_special ----

static void test_special(void **state)
{
    struct tree other;
    char without[64] = "#", off[64] = "#";
    (void)state;
    tree_make(&other);
    disk_list_special(other.root, without, sizeof(without), off, sizeof(off));
    assert_string_equal(without, "");
    assert_string_equal(off, "");
    tree_directory(&other, "sys/block/sda/mq/0");
    tree_file(&other, "sys/block/sda/queue/iostats", "1\n");
    tree_directory(&other, "sys/block/sdb/mq/0");
    tree_file(&other, "sys/block/sdb/queue/iostats", "0\n");
    tree_file(&other, "sys/block/hda/queue/scheduler", "noop [cfq]\n");
    tree_file(&other, "sys/block/hda/queue/iostats", "0\n");
    tree_file(&other, "sys/block/zram10/queue/iostats", "0\n"); // nothing to trace, whatever it says
    tree_file(&other, "sys/block/zram2/queue/scheduler", "none\n");
    disk_list_special(other.root, without, sizeof(without), off, sizeof(off));
    assert_string_equal(without, "zram2, zram10");
    assert_string_equal(off, "hda, sdb");
    disk_list_special(other.root, without, 4, off, 2);
    assert_string_equal(without, "zra");
    assert_string_equal(off, "h");
    tree_remove(&other);
}

// ---- disk_list_traceable ----

static void test_traceable(void **state)
{
    struct tree other;
    char list[256] = "#", path[64];
    (void)state;
    tree_make(&other);
    disk_list_traceable(other.root, list, sizeof(list));
    assert_string_equal(list, "");
    tree_directory(&other, "sys/block/sdb/mq/0");
    tree_file(&other, "sys/block/sdb/size", "2048\n");
    tree_directory(&other, "sys/block/sda/mq/0"); // without a size
    tree_directory(&other, "sys/block/loop0/mq/0");
    tree_file(&other, "sys/block/loop0/size", "0\n");
    tree_directory(&other, "sys/block/zram0");
    disk_list_traceable(other.root, list, sizeof(list));
    assert_string_equal(list, "sda, sdb");
    for (unsigned i = 1; i <= 14; i++) {
        snprintf(path, sizeof(path), "sys/block/loop%u/mq/0", i);
        tree_directory(&other, path);
    }
    disk_list_traceable(other.root, list, sizeof(list));
    assert_string_equal(
        list, "loop1, loop2, loop3, loop4, loop5, loop6, loop7, loop8, loop9, loop10, loop11, loop12, "
              "loop13, loop14, sda, sdb");
    tree_directory(&other, "sys/block/sdc/mq/0");
    tree_directory(&other, "sys/block/sdd/mq/0");
    disk_list_traceable(other.root, list, sizeof(list));
    assert_non_null(strstr(list, "loop14, sda, sdb and 2 more"));
    tree_remove(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_without_requests),
        cmocka_unit_test(test_leaves_of_partitions),
        cmocka_unit_test(test_leaves_of_nvme),
        cmocka_unit_test(test_not_found),
        cmocka_unit_test(test_many_slaves),
        cmocka_unit_test(test_name_in),
        cmocka_unit_test(test_name_in_little_room),
        cmocka_unit_test(test_count),
        cmocka_unit_test(test_special),
        cmocka_unit_test(test_traceable),
    };
    return cmocka_run_group_tests(tests, make_machine, remove_machine);
}
