// SPDX-License-Identifier: Apache-2.0
// See cache_key.h.
#include "cache_key.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#define LOADER_CACHE "/etc/ld.so.cache"
#define SMALL_FILE 4096

// What tells one state of a file from another without reading it, or that it is missing. ctime is among it,
// as nobody can set it back; the device is not, as some get a new number at each boot.
static bool add_file(FILE *key, const char *what, const char *path)
{
    char real[PATH_MAX];
    struct stat status;
    bool is_there = stat(path, &status) == 0 && realpath(path, real);
    if (is_there)
        fprintf(key, "%s %s: %s, %lld bytes, inode %llu, %lld.%09ld, %lld.%09ld\n", what, path, real,
                (long long)status.st_size, (unsigned long long)status.st_ino,
                (long long)status.st_mtim.tv_sec, status.st_mtim.tv_nsec, (long long)status.st_ctim.tv_sec,
                status.st_ctim.tv_nsec);
    else
        fprintf(key, "%s %s: %s\n", what, path, strerror(errno));
    return is_there;
}

// ---- libraries ----

// The loader would take libraries from elsewhere than its cache says.
static const char *find_detour(void)
{
    static const struct {
        const char *variable, *words;
    } rows[] = {{"LD_LIBRARY_PATH", "LD_LIBRARY_PATH is set"},
                {"LD_PRELOAD", "LD_PRELOAD is set"},
                {"LD_AUDIT", "LD_AUDIT is set"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *value = getenv(rows[i].variable);
        if (value && value[0])
            return rows[i].words;
    }
    for (const ElfW(Dyn) *entry = _DYNAMIC; entry->d_tag != DT_NULL; entry++)
        if (entry->d_tag == DT_RUNPATH || entry->d_tag == DT_RPATH)
            return "this program was built with a path for libraries";
    return NULL;
}

static char *read_loader_cache(size_t *size)
{
    struct stat status;
    int fd = open(LOADER_CACHE, O_RDONLY | O_CLOEXEC);
    char *text = fd >= 0 && fstat(fd, &status) == 0 ? malloc((size_t)status.st_size + 1) : NULL;
    ssize_t n = text ? read(fd, text, (size_t)status.st_size) : -1;
    if (fd >= 0)
        close(fd);
    if (n < 0) {
        free(text);
        return NULL;
    }
    text[n] = 0;
    *size = (size_t)n;
    return text;
}

// Adds each libbcc that the loader knows of, in the order of its cache, as to choose among them is its
// business. Not LLVM's libraries: what they compiled is as good when they are replaced, and on a slow disk
// each costs reads. False: there is none.
static bool add_libraries(FILE *key)
{
    static const char name[] = "/libbcc.so.0";
    size_t size = 0;
    char *text = read_loader_cache(&size);
    bool found = false;
    const char *end = text + size;
    for (const char *at = text; at && at < end && (at = memchr(at, '/', (size_t)(end - at))) != NULL;
         at += strlen(at) + 1)
        if (strncmp(strrchr(at, '/'), name, strlen(name)) == 0)
            found |= add_file(key, "library", at);
    free(text);
    return found;
}

// ---- the machine ----

static bool add_small_file(FILE *key, const char *path)
{
    char text[SMALL_FILE];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text));
    if (fd >= 0)
        close(fd);
    if (n > 0)
        fprintf(key, "%s: %.*s", path, (int)n, text);
    return n > 0;
}

// The headers of a kernel: as packages of them are replaced, directories and files change.
static void add_kernel_headers(FILE *key, const char *directory)
{
    static const char *const files[] = {"",
                                        "/include",
                                        "/include/linux",
                                        "/include/uapi/linux",
                                        "/include/generated",
                                        "/include/generated/autoconf.h",
                                        "/include/generated/utsrelease.h"};
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        char path[PATH_MAX];
        snprintf(path, sizeof(path), "%s%s", directory, files[i]);
        add_file(key, "header", path);
    }
}

static void add_kernel(FILE *key, const struct bcc_source *source, const struct utsname *kernel)
{
    char directory[PATH_MAX];
    fprintf(key, "machine %s, kernel %s\n", kernel->machine, kernel->release);
    if (!source->use_kernel_headers)
        return;
    fprintf(key, "headers of the kernel: %s\n", kernel->version);
    if (source->kernel_source && source->kernel_source[0]) {
        add_kernel_headers(key, source->kernel_source);
        return;
    }
    snprintf(directory, sizeof(directory), "/lib/modules/%s/build", kernel->release);
    add_kernel_headers(key, directory);
    snprintf(directory, sizeof(directory), "/lib/modules/%s/source", kernel->release);
    add_kernel_headers(key, directory);
}

static void add_texts(FILE *key, const struct bcc_file *headers, size_t n_headers,
                      const struct bcc_source *source)
{
    for (size_t i = 0; i < source->n_defines; i++)
        fprintf(key, "define %zu: %s\n", strlen(source->defines[i]), source->defines[i]);
    for (size_t i = 0; i < n_headers; i++) {
        fprintf(key, "file %s, %zu:\n", headers[i].path, headers[i].size);
        fwrite(headers[i].text, 1, headers[i].size, key);
    }
    fprintf(key, "text %zu:\n%s", strlen(source->text), source->text);
}

// NULL: all is in the key.
static const char *add_all(FILE *key, const struct bcc_file *headers, size_t n_headers,
                           const struct bcc_source *source)
{
    struct utsname kernel;
    const char *detour = find_detour();
    if (detour)
        return detour;
    if (!add_file(key, "program", "/proc/self/exe"))
        return "/proc/self/exe is not there";
    add_file(key, "library", "/etc/ld.so.preload");
    if (!add_libraries(key))
        return "libbcc.so.0 is not in " LOADER_CACHE;
    if (uname(&kernel) < 0)
        return "uname(2) fails";
    add_kernel(key, source, &kernel);
    if (!add_small_file(key, "/sys/devices/system/cpu/possible")) // how large perf event arrays are
        return "/sys/devices/system/cpu/possible is not there";
    add_texts(key, headers, n_headers, source);
    return NULL;
}

char *cache_key(const struct bcc_file *headers, size_t n_headers, const struct bcc_source *source,
                size_t *key_size, char *why, size_t size)
{
    char *text = NULL;
    FILE *key = open_memstream(&text, key_size);
    const char *unknown = key ? add_all(key, headers, n_headers, source) : strerror(ENOMEM);
    if (key && fclose(key) != 0 && !unknown)
        unknown = strerror(ENOMEM);
    if (!unknown)
        return text;
    snprintf(why, size, "%s", unknown);
    free(text);
    return NULL;
}

void cache_name(const char *key, size_t key_size, char name[CACHE_NAME_SIZE])
{
    uint64_t sum = 0xcbf29ce484222325U; // FNV-1a
    for (size_t i = 0; i < key_size; i++)
        sum = (sum ^ (unsigned char)key[i]) * 0x100000001b3U;
    snprintf(name, CACHE_NAME_SIZE, "%016llx", (unsigned long long)sum);
}
