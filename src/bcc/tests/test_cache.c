// SPDX-License-Identifier: Apache-2.0
// The directory of kept programs: only what is root's alone counts; writing is whole or not at all.
#include "bcc/cache.h"
#include "bcc/kept_file.h"
#include "testing.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534

// /tmp is everybody's. /run is root's.
static char above[64], directory[96], elsewhere[96];

static void run(const char *command)
{
    char line[512];
    snprintf(line, sizeof(line), "a='%s' d='%s' e='%s'; %s", above, directory, elsewhere, command);
    assert_int_equal(system(line), 0); // NOLINT(bugprone-command-processor)
}

static int begin(void **state)
{
    (void)state;
    if (geteuid() != 0)
        return 0;
    snprintf(above, sizeof(above), "/run/bcc-test-%d", (int)getpid());
    snprintf(directory, sizeof(directory), "%s/kept", above);
    snprintf(elsewhere, sizeof(elsewhere), "%s/elsewhere", above);
    run("mkdir -m 755 \"$a\"");
    return 0;
}

static int end(void **state)
{
    (void)state;
    if (above[0])
        run("rm -rf \"$a\"");
    return 0;
}

static int open_it(bool may_make)
{
    char why[256] = "";
    int fd = cache_open(directory, may_make, why, sizeof(why));
    assert_true(fd >= 0 || why[0]);
    return fd;
}

static void need_root(void)
{
    if (geteuid() != 0)
        skip();
    run("rm -rf \"$d\" \"$e\"; chmod 755 \"$a\"; chown 0 \"$a\"");
}

static int read_it(int fd)
{
    void *bytes = NULL;
    size_t size;
    time_t written;
    int error = cache_read(fd, "file", &bytes, &size, &written);
    free(bytes);
    return error;
}

static size_t count_files(int *unfinished)
{
    DIR *files = opendir(directory);
    size_t n = 0;
    assert_non_null(files);
    for (struct dirent *file; (file = readdir(files)) != NULL;) {
        n += file->d_name[0] != '.';
        *unfinished += strncmp(file->d_name, "new-", 4) == 0;
    }
    closedir(files);
    return n;
}

static void test_round(void **state)
{
    struct stat status;
    void *bytes;
    size_t size;
    time_t written;
    (void)state;
    need_root();
    assert_int_equal(open_it(false), -ENOENT);
    mode_t before = umask(077);
    int fd = open_it(true);
    assert_true(fd >= 0);
    assert_true(cache_is_empty(fd));
    assert_int_equal(read_it(fd), -ENOENT);
    assert_int_equal(cache_write(fd, "file", "once", 4), 0);
    assert_int_equal(cache_write(fd, "file", "twice", 5), 0);
    umask(before);
    assert_false(cache_is_empty(fd));
    assert_int_equal(fstatat(fd, "file", &status, 0), 0);
    assert_int_equal(status.st_mode, S_IFREG | 0644);
    assert_int_equal(fstat(fd, &status), 0);
    assert_int_equal(status.st_mode, S_IFDIR | 0755);
    assert_int_equal(cache_read(fd, "file", &bytes, &size, &written), 0);
    assert_int_equal(size, 5);
    assert_memory_equal(bytes, "twice", 5);
    assert_true(time(NULL) - written < 10);
    free(bytes);
    close(fd);
}

// Each command makes of a good file one that does not count.
static void test_forged_files(void **state)
{
    static const struct {
        const char *command;
        int error;
    } rows[] = {
        {"chown 65534 \"$d/file\"", -EPERM},
        {"chmod 664 \"$d/file\"", -EPERM},
        {"chmod 646 \"$d/file\"", -EPERM},
        {"mv \"$d/file\" \"$d/other\" && ln -s other \"$d/file\"", -ELOOP},
        {"mv \"$d/file\" \"$d/other\" && ln -s nowhere \"$d/file\"", -ELOOP},
        {"rm \"$d/file\" && mkfifo -m 644 \"$d/file\"", -EPERM},
        {"rm \"$d/file\" && mkdir \"$d/file\"", -EPERM},
        {"rm \"$d/file\" && mknod -m 644 \"$d/file\" c 1 5", -EPERM},
        {": >\"$d/file\"", -EPERM},
        {"truncate -s 1048577 \"$d/file\"", -EPERM},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        need_root();
        int fd = open_it(true);
        assert_int_equal(cache_write(fd, "file", "text", 4), 0);
        assert_int_equal(read_it(fd), 0);
        run(rows[i].command);
        assert_int_equal(read_it(fd), rows[i].error);
        if (strstr(rows[i].command, "mkdir") == NULL) { // and is replaced
            assert_int_equal(cache_write(fd, "file", "text", 4), 0);
            assert_int_equal(read_it(fd), 0);
        }
        close(fd);
    }
}

static void test_forged_directories(void **state)
{
    static const struct {
        const char *command;
        int error;
    } rows[] = {
        {"chown 65534 \"$d\"", -EPERM},
        {"chmod 775 \"$d\"", -EPERM},
        {"chmod 757 \"$d\"", -EPERM},
        {"chmod 1777 \"$d\"", -EPERM},
        {"chmod 775 \"$a\"", -EPERM},
        {"chmod 1777 \"$a\"", -EPERM},
        {"chown 65534 \"$a\"", -EPERM},
        {"mv \"$d\" \"$e\" && ln -s elsewhere \"$d\"", -ENOTDIR},
        {"rm -r \"$d\" && : >\"$d\"", -ENOTDIR},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        need_root();
        close(open_it(true));
        run(rows[i].command);
        assert_int_equal(open_it(false), rows[i].error);
        assert_int_equal(open_it(true), rows[i].error);
    }
    need_root();
    run("mkdir -m 755 \"$e\" && ln -s elsewhere \"$a/link\"");
    char path[128], why[256];
    snprintf(path, sizeof(path), "%s/link/kept", above);
    assert_int_equal(cache_open(path, true, why, sizeof(why)), -ENOTDIR);
    run("test -z \"$(ls \"$e\")\" && rm \"$a/link\"");
    assert_int_equal(cache_open("/tmp/kept", true, why, sizeof(why)), -EPERM);
    assert_string_equal(why, "/tmp: others than root may write to it");
    assert_int_equal(cache_open("run/kept", true, why, sizeof(why)), -EINVAL);
}

#define WRITES 300
#define LARGE 30000

static void write_many(char letter)
{
    char bytes[LARGE];
    int fd = open_it(false), error = 0;
    memset(bytes, letter, sizeof(bytes));
    for (int i = 0; i < WRITES && !error; i++)
        error = cache_write(fd, "file", bytes, letter == 'a' ? LARGE : LARGE / 2);
    _exit(error != 0);
}

// 0: what was read is what one of the writers wrote.
static int check_one(int fd)
{
    char *bytes;
    size_t size;
    time_t written;
    int error = cache_read(fd, "file", (void **)&bytes, &size, &written);
    if (error)
        return error == -ENOENT ? 0 : error;
    int bad = size != (bytes[0] == 'a' ? LARGE : LARGE / 2);
    for (size_t i = 1; i < size; i++)
        bad |= bytes[i] != bytes[0];
    free(bytes);
    return bad;
}

static void test_two_writers(void **state)
{
    int statuses[2], unfinished = 0;
    (void)state;
    need_root();
    int fd = open_it(true);
    pid_t first = fork();
    if (first == 0)
        write_many('a');
    pid_t second = fork();
    if (second == 0)
        write_many('b');
    while (waitpid(first, &statuses[0], WNOHANG) == 0)
        assert_int_equal(check_one(fd), 0);
    assert_int_equal(waitpid(second, &statuses[1], 0), second);
    assert_int_equal(statuses[0], 0);
    assert_int_equal(statuses[1], 0);
    assert_int_equal(check_one(fd), 0);
    assert_int_equal(count_files(&unfinished), 1);
    assert_int_equal(unfinished, 0);
    close(fd);
}

static void test_oldest_go(void **state)
{
    const size_t size = 900000;
    char *bytes = calloc(1, size), name[16];
    struct stat status;
    (void)state;
    need_root();
    assert_non_null(bytes);
    int fd = open_it(true);
    for (int i = 0; i < 8; i++) {
        const struct timespec times[2] = {{1000 + i, 0}, {1000 + i, 0}};
        snprintf(name, sizeof(name), "%d", (i * 5) % 8); // names say nothing of age
        assert_int_equal(cache_write(fd, name, bytes, size), 0);
        assert_int_equal(utimensat(fd, name, times, 0), 0);
    }
    for (int i = 0; i < 8; i++) {
        snprintf(name, sizeof(name), "%d", (i * 5) % 8);
        assert_int_equal(fstatat(fd, name, &status, 0) == 0, i >= 4);
    }
    run(": >\"$d/new-1\" && touch -d '2 minutes ago' \"$d/new-1\" && : >\"$d/new-2\"");
    assert_int_equal(cache_write(fd, "last", "x", 1), 0);
    assert_int_not_equal(fstatat(fd, "new-1", &status, 0), 0);
    assert_int_equal(fstatat(fd, "new-2", &status, 0), 0); // somebody may be writing it
    free(bytes);
    close(fd);
}

// In a process of its own.
static void write_to_full_disks(void)
{
    static char bytes[100000];
    int unfinished = 0;
    if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("full", directory, "tmpfs", 0, "size=64k,mode=0755") < 0)
        _exit(2);
    int fd = open_it(false);
    if (cache_write(fd, "small", bytes, 10000) != 0 ||
        cache_write(fd, "large", bytes, sizeof(bytes)) != -ENOSPC || count_files(&unfinished) != 1)
        _exit(1);
    close(fd);
    if (mount(NULL, directory, NULL, MS_REMOUNT | MS_RDONLY, NULL) < 0)
        _exit(2);
    fd = open_it(true);
    _exit(cache_write(fd, "small", bytes, 10) != -EROFS);
}

static void write_as_nobody(void)
{
    if (setresgid(NOBODY, NOBODY, NOBODY) < 0 || setresuid(NOBODY, NOBODY, NOBODY) < 0)
        _exit(2);
    int fd = open_it(true);
    _exit(read_it(fd) != 0 || cache_write(fd, "file", "other", 5) != -EACCES);
}

// Its exit status.
static int in_process(void (*what)(void))
{
    int status;
    pid_t pid = fork();
    if (pid == 0)
        what();
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 3;
}

static void test_no_place(void **state)
{
    (void)state;
    need_root();
    close(open_it(true));
    int status = in_process(write_to_full_disks);
    if (status == 2)
        skip(); // it may not mount
    assert_int_equal(status, 0);
}

static void test_nobody(void **state)
{
    (void)state;
    need_root();
    int fd = open_it(true);
    assert_int_equal(cache_write(fd, "file", "text", 4), 0);
    assert_int_equal(in_process(write_as_nobody), 0);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round),
        cmocka_unit_test(test_forged_files),
        cmocka_unit_test(test_forged_directories),
        cmocka_unit_test(test_two_writers),
        cmocka_unit_test(test_oldest_go),
        cmocka_unit_test(test_no_place),
        cmocka_unit_test(test_nobody),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
