// SPDX-License-Identifier: Apache-2.0
// What is kept is found for the same source only, and only as it was written.
#include "bcc/cache_key.h"
#include "bcc/keep.h"
#include "bcc/kept_file.h"
#include "testing.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[64], path[128];

static const char *const defines[] = {"A=1", "B"};
static const struct bcc_file headers[] = {{"include/a.h", "#define X\n", 10}};
static const struct bcc_source source = {.text = "int f(void *ctx)", .defines = defines, .n_defines = 2};

static char *key_of(const struct bcc_file *with, const struct bcc_source *what)
{
    char why[256];
    size_t size;
    char *key = cache_key(with, 1, what, &size, why, sizeof(why));
    if (!key) { // libbcc is not where the loader knows of it
        skip();
        abort();
    }
    assert_int_equal(strlen(key), size);
    return key;
}

static void check_other_key(const struct bcc_file *with, const struct bcc_source *what)
{
    char *first = key_of(headers, &source), *second = key_of(with, what);
    assert_string_not_equal(first, second);
    free(first);
    free(second);
}

static void test_keys(void **state)
{
    static const char *const more[] = {"A=1", "B", "C"}, *const other[] = {"A=2", "B"},
                             *const joined[] = {"A=1B", ""};
    struct bcc_source change = source;
    struct bcc_file file = headers[0];
    (void)state;
    char *first = key_of(headers, &source), *second = key_of(headers, &source);
    assert_string_equal(first, second);
    free(first);
    free(second);
    change.text = "int f(void *ctx) ";
    check_other_key(headers, &change);
    change = source;
    change.defines = other;
    check_other_key(headers, &change);
    change.defines = joined;
    check_other_key(headers, &change);
    change.defines = more;
    change.n_defines = 3;
    check_other_key(headers, &change);
    change = source;
    change.use_kernel_headers = true;
    check_other_key(headers, &change);
    file.text = "#define Y\n";
    check_other_key(&file, &source);
    file = headers[0];
    file.path = "include/b.h";
    check_other_key(&file, &source);
}

// What decides is in the key: each of these words.
static void test_key_words(void **state)
{
    static const char *const words[] = {"program /proc/self/exe: /",
                                        "library /",
                                        "/libbcc.so.0: /",
                                        "machine ",
                                        ", kernel ",
                                        "/sys/devices/system/cpu/possible: ",
                                        "define 3: A=1\n",
                                        "#define X\n",
                                        "int f(void *ctx)"};
    struct bcc_source with_headers = source;
    char *key = key_of(headers, &source);
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        assert_non_null(strstr(key, words[i]));
    free(key);
    with_headers.use_kernel_headers = true;
    with_headers.kernel_source = "/usr";
    key = key_of(headers, &with_headers);
    assert_non_null(strstr(key, "headers of the kernel: "));
    assert_non_null(strstr(key, "header /usr/include: /usr/include, "));
    free(key);
}

static void test_library_path(void **state)
{
    char why[256];
    size_t size;
    (void)state;
    free(key_of(headers, &source));
    setenv("LD_LIBRARY_PATH", "/nowhere", 1);
    assert_null(cache_key(headers, 1, &source, &size, why, sizeof(why)));
    assert_string_equal(why, "LD_LIBRARY_PATH is set");
    unsetenv("LD_LIBRARY_PATH");
}

// Finds what has no maps and no functions, which needs no bpf(2).
static bool is_found(struct keeper *keeper)
{
    struct kept *kept = keeper_find(keeper, headers, 1, &source);
    kept_close(kept);
    return kept != NULL;
}

static void keep_one(struct keeper *keeper)
{
    const struct kept_header header = {.license = "GPL"};
    int fd = memfd_create("described", 0);
    assert_true(fd >= 0 && write(fd, &header, sizeof(header)) == (ssize_t)sizeof(header));
    keeper_keep(keeper, fd);
    close(fd);
    assert_string_equal(keeper->why_not, "");
}

static struct keeper begin(void)
{
    struct keeper keeper = {.directory = directory};
    char name[CACHE_NAME_SIZE];
    if (geteuid() != 0)
        skip();
    free(key_of(headers, &source));
    snprintf(directory, sizeof(directory), "/run/bcc-keep-%d", (int)getpid());
    assert_true(keeper_is_empty(&keeper));
    assert_false(is_found(&keeper));
    cache_name(keeper.key, keeper.key_size, name);
    snprintf(path, sizeof(path), "%s/%s", directory, name);
    keep_one(&keeper);
    assert_false(keeper_is_empty(&keeper));
    assert_true(is_found(&keeper));
    return keeper;
}

static void end(struct keeper *keeper)
{
    keeper_free(keeper);
    unlink(path);
    rmdir(directory);
}

static void test_found(void **state)
{
    static const char *const other[] = {"A=2", "B"};
    struct keeper keeper = begin();
    struct bcc_source change = source;
    (void)state;
    change.defines = other;
    assert_null(keeper_find(&keeper, headers, 1, &change));
    assert_true(is_found(&keeper));
    end(&keeper);
}

static void rewrite(const char *bytes, size_t size)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static char *read_file(size_t *size)
{
    struct stat status;
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_int_equal(fstat(fileno(file), &status), 0);
    *size = (size_t)status.st_size;
    char *bytes = malloc(*size);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *size, file), *size);
    fclose(file);
    return bytes;
}

static void test_damaged(void **state)
{
    struct keeper keeper = begin();
    size_t size;
    char *bytes = read_file(&size);
    (void)state;
    for (size_t i = 0; i < size; i++) {
        bytes[i] ^= 0x40;
        rewrite(bytes, size);
        assert_false(is_found(&keeper));
        bytes[i] ^= 0x40;
        rewrite(bytes, i);
        assert_false(is_found(&keeper));
    }
    keep_one(&keeper); // replaces it
    assert_true(is_found(&keeper));
    free(bytes);
    end(&keeper);
}

// Another key under the same name, as sound as can be.
static void test_other_key(void **state)
{
    struct keeper keeper = begin();
    size_t size;
    char *bytes = read_file(&size);
    (void)state;
    bytes[size - 1] ^= 1;
    kept_seal(bytes, size);
    rewrite(bytes, size);
    assert_false(is_found(&keeper));
    assert_int_equal(chown(path, 65534, 65534), 0);
    bytes[size - 1] ^= 1;
    kept_seal(bytes, size);
    rewrite(bytes, size);
    assert_false(is_found(&keeper)); // not root's
    assert_int_equal(chown(path, 0, 0), 0);
    assert_true(is_found(&keeper));
    free(bytes);
    end(&keeper);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys),  cmocka_unit_test(test_key_words), cmocka_unit_test(test_library_path),
        cmocka_unit_test(test_found), cmocka_unit_test(test_damaged),   cmocka_unit_test(test_other_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
