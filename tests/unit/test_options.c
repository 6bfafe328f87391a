// SPDX-License-Identifier: Apache-2.0
// The command line: what argparse took for biolatency.py, what it refused, and where this program differs on
// purpose.
#include "testing.h"

#include <errno.h>
#include <string.h>

#include "options.h"

#define MAX_ARGS 12
#define FOREVER 99999999
#define PROGRAM "biolatency"

// options_parse of PROGRAM and words, which end with NULL.
static int parse(const char *const *words, struct options *options, char *why, size_t size)
{
    char *argv[MAX_ARGS + 2] = {(char *)PROGRAM};
    int argc = 1;
    while (words[argc - 1]) {
        argv[argc] = (char *)words[argc - 1];
        argc++;
    }
    return options_parse(options, argc, argv, why, size);
}

static void join(const char *const *words, char *line, size_t size)
{
    line[0] = 0;
    for (size_t n = 0; *words && n < size; words++)
        n += (size_t)snprintf(line + n, size - n, " '%s'", *words);
}

// ---- what is accepted ----

// Members left out mean: text, 99999999, 99999999.
struct accepted_row {
    const char *args[MAX_ARGS];
    struct options want;
};

static const struct accepted_row accepted[] = {
    // nothing, and the documented examples
    {{0}, {0}},
    {{"1", "10"}, {.interval_s = 1, .count = 10}},
    {{"-mT", "1"}, {.milliseconds = true, .timestamp = true, .interval_s = 1}},
    {{"-Q"}, {.queued = true}},
    {{"-D"}, {.by = BY(DIMENSION_DISK)}},
    {{"-F"}, {.by = BY(DIMENSION_FLAGS)}},
    {{"--by", "disk"}, {.by = BY(DIMENSION_DISK)}},
    {{"--by=flags"}, {.by = BY(DIMENSION_FLAGS)}},
    {{"--by", "op"}, {.by = BY(DIMENSION_OP)}},
    {{"--by", "op,disk"}, {.by = BY(DIMENSION_DISK) | BY(DIMENSION_OP)}},
    {{"-D", "--by", "op", "--by", "op"}, {.by = BY(DIMENSION_DISK) | BY(DIMENSION_OP)}},
    {{"-j"}, {.format = "dict"}},
    {{"-e"}, {.extension = true}},
    {{"-d", "sdc"}, {.disk = {"sdc"}}},
    {{"--ebpf"}, {.ebpf = true}},

    // long names
    {{"--timestamp"}, {.timestamp = true}},
    {{"--queued"}, {.queued = true}},
    {{"--milliseconds"}, {.milliseconds = true}},
    {{"--disks"}, {.by = BY(DIMENSION_DISK)}},
    {{"--flags"}, {.by = BY(DIMENSION_FLAGS)}},
    {{"--extension"}, {.extension = true}},
    {{"--json"}, {.format = "dict"}},
    {{"--disk", "sda"}, {.disk = {"sda"}}},

    // unique prefixes; "--disk" is exact though "--disks" begins with it
    {{"--milli"}, {.milliseconds = true}},
    {{"--m"}, {.milliseconds = true}},
    {{"--ti"}, {.timestamp = true}},
    {{"--t"}, {.timestamp = true}},
    {{"--q"}, {.queued = true}},
    {{"--fl"}, {.by = BY(DIMENSION_FLAGS)}},
    {{"--j"}, {.format = "dict"}},
    {{"--ext"}, {.extension = true}},
    {{"--ex"}, {.extension = true}},
    {{"--eb"}, {.ebpf = true}},
    {{"--disk", "10", "1"}, {.disk = {"10"}, .interval_s = 1}},

    // a prefix that meant one of biolatency.py's options means it still
    {{"--f"}, {.by = BY(DIMENSION_FLAGS)}},
    {{"--mil"}, {.milliseconds = true}},
    {{"--h"}, {.help = true}},

    // joined letters and values
    {{"-mTd", "sda"}, {.milliseconds = true, .timestamp = true, .disk = {"sda"}}},
    {{"-mTdsda"}, {.milliseconds = true, .timestamp = true, .disk = {"sda"}}},
    {{"-dsda"}, {.disk = {"sda"}}},
    {{"-d=sda"}, {.disk = {"sda"}}},
    {{"--disk=sda"}, {.disk = {"sda"}}},
    {{"--disk="}, {.disk = {""}}},
    {{"--disk=a=b"}, {.disk = {"a=b"}}},
    {{"-d="}, {.disk = {""}}},
    {{"-d", ""}, {.disk = {""}}},
    {{"-dT"}, {.disk = {"T"}}},
    {{"-d", "-"}, {.disk = {"-"}}},
    {{"-d", "-5"}, {.disk = {"-5"}}},
    {{"-d", "-1.5"}, {.disk = {"-1.5"}}},
    {{"-d", "-x y"}, {.disk = {"-x y"}}},
    {{"-d=-x"}, {.disk = {"-x"}}},
    {{"-d-x"}, {.disk = {"-x"}}},
    {{"-d", "../etc/passwd"}, {.disk = {"../etc/passwd"}}},

    // repeated: the last value counts, but for -d
    {{"-j", "-j"}, {.format = "dict"}},
    {{"-mm"}, {.milliseconds = true}},
    {{"-d", "sda", "-d", "sdb"}, {.disk = {"sda", "sdb"}}},
    {{"-dsda", "--disk=sdb,sdc", "-m", "-d=sda", "1"},
     {.disk = {"sda", "sdb,sdc", "sda"}, .milliseconds = true, .interval_s = 1}},
    {{"-j", "--format", "json"}, {.format = "json"}},
    {{"--format", "json", "-j"}, {.format = "dict"}},
    {{"-TQmDFePv"},
     {.timestamp = true,
      .queued = true,
      .milliseconds = true,
      .by = BY(DIMENSION_DISK) | BY(DIMENSION_FLAGS),
      .extension = true,
      .percentiles = true,
      .verbose = true}},

    // options between and behind positionals: argparse took these only from Python 3.13.1 on
    {{"1", "-m", "5"}, {.milliseconds = true, .interval_s = 1, .count = 5}},
    {{"-m", "1", "-T", "5"}, {.milliseconds = true, .timestamp = true, .interval_s = 1, .count = 5}},
    {{"1", "5", "-m"}, {.milliseconds = true, .interval_s = 1, .count = 5}},
    {{"-m", "1", "5"}, {.milliseconds = true, .interval_s = 1, .count = 5}},

    // "--"
    {{"--"}, {0}},
    {{"-m", "--", "1", "5"}, {.milliseconds = true, .interval_s = 1, .count = 5}},
    {{"1", "--", "5"}, {.interval_s = 1, .count = 5}},
    {{"1", "5", "--"}, {.interval_s = 1, .count = 5}},
    {{"-d", "sda", "--", "1"}, {.disk = {"sda"}, .interval_s = 1}},

    // numbers as Python's int() reads them
    {{"+5"}, {.interval_s = 5}},
    {{" 5 "}, {.interval_s = 5}},
    {{"\t\n\v\f\r5\n"}, {.interval_s = 5}},
    {{" +5"}, {.interval_s = 5}},
    {{"1_0"}, {.interval_s = 10}},
    {{"1_000_000", "2_2"}, {.interval_s = 1000000, .count = 22}},
    {{"007", "0_8"}, {.interval_s = 7, .count = 8}},
    {{"9223372036"}, {.interval_s = 9223372036}},
    {{"1", "9223372036854775807"}, {.interval_s = 1, .count = INT64_MAX}},
    {{"1", "99999999999999999999999999"}, {.interval_s = 1, .count = INT64_MAX}},
    {{"00000000000000000000000000000000000001"}, {.interval_s = 1}},

    // not an error here
    {{"-D", "-F"}, {.by = BY(DIMENSION_DISK) | BY(DIMENSION_FLAGS)}},
    {{"-DF", "1"}, {.by = BY(DIMENSION_DISK) | BY(DIMENSION_FLAGS), .interval_s = 1}},

    // what biolatency.py does not have
    {{"-P"}, {.percentiles = true}},
    {{"--percentiles"}, {.percentiles = true}},
    {{"--pe"}, {.percentiles = true}},
    {{"-v"}, {.verbose = true}},
    {{"--verbose"}, {.verbose = true}},
    {{"--verb"}, {.verbose = true}},
    {{"--version"}, {.version = true}},
    {{"--vers"}, {.version = true}},
    {{"--format", "json"}, {.format = "json"}},
    {{"--format=json"}, {.format = "json"}},
    {{"--fo", "json"}, {.format = "json"}},
    {{"--fo=text"}, {.format = "text"}},
    {{"--attach", "kprobe"}, {.attach = ATTACH_KPROBE}},
    {{"--attach=raw-tracepoint"}, {.attach = ATTACH_RAW_TRACEPOINT}},
    {{"--attach=auto"}, {.attach = ATTACH_AUTO}},
    {{"--attach=kprobe", "--attach=auto"}, {.attach = ATTACH_AUTO}},
    {{"--att", "kprobe"}, {.attach = ATTACH_KPROBE}},
    {{"--a=kprobe"}, {.attach = ATTACH_KPROBE}},
    {{"--max-requests", "1"}, {.max_requests = 1}},
    {{"--max-requests=16777216"}, {.max_requests = 1 << 24}},
    {{"--ma", " 1_0 "}, {.max_requests = 10}},
    {{"--buffer-pages", "1"}, {.buffer_pages = 1}},
    {{"--bu=16384"}, {.buffer_pages = 16384}},
    {{"--no-btf"}, {.no_btf = true}},
    {{"--no-cache"}, {.no_cache = true}},
    {{"--no-b"}, {.no_btf = true}},
    {{"--no-c"}, {.no_cache = true}},
    {{"--prepare"}, {.prepare = true}},

    // samples
    {{"--slowest", "10"}, {.slowest = 10}},
    {{"--slowest=0"}, {.slowest = 0}},
    {{"--slowest", " 1_000 "}, {.slowest = 1000}},
    {{"--slowes=5", "1"}, {.slowest = 5, .interval_s = 1}},
    {{"--slowest", "5", "--slowest", "0"}, {.slowest = 0}},
    {{"--slowest", "0", "-j"}, {.format = "dict"}},
    {{"--slowest", "5", "-QmTDFePv", "--format", "json"},
     {.slowest = 5,
      .queued = true,
      .milliseconds = true,
      .timestamp = true,
      .by = BY(DIMENSION_DISK) | BY(DIMENSION_FLAGS),
      .extension = true,
      .percentiles = true,
      .verbose = true,
      .format = "json"}},
    {{"--slower", "10ms"}, {.slower = {true, 10000000, NULL}}},
    {{"--slower=500us"}, {.slower = {true, 500000, NULL}}},
    {{"--slower=2s"}, {.slower = {true, 2000000000, NULL}}},
    {{"--slower=7ns"}, {.slower = {true, 7, NULL}}},
    {{"--slower=0us"}, {.slower = {true, 0, NULL}}},
    {{"--slower=1.5ms"}, {.slower = {true, 1500000, NULL}}},
    {{"--slower=0.000001s"}, {.slower = {true, 1000, NULL}}},
    {{"--slower=1.00000000099s"}, {.slower = {true, 1000000000, NULL}}}, // cut off
    {{"--slower=1.9ns"}, {.slower = {true, 1, NULL}}},
    {{"--slower=3600s"}, {.slower = {true, 3600000000000, NULL}}},
    {{"--slower=0003600000ms"}, {.slower = {true, 3600000000000, NULL}}},
    {{"--slower", "1ms", "5"}, {.slower = {true, 1000000, "1ms"}, .interval_s = 5, .count = 1}},
    {{"5", "--slower=0.50s"}, {.slower = {true, 500000000, "0.50s"}, .interval_s = 5, .count = 1}},
    {{"--slower", "1ms", "5", "3"}, {.slower = {true, 1000000, "1ms"}, .interval_s = 5, .count = 3}},
    {{"--slowest", "1", "5"}, {.slowest = 1, .interval_s = 5}},
    {{"--slower", "1ms", "--slower", "2ms"}, {.slower = {true, 2000000, NULL}}},
    {{"--slower", "1ms", "-QmTv", "-d", "sda", "--format=json", "1", "2"},
     {.slower = {true, 1000000, NULL},
      .queued = true,
      .milliseconds = true,
      .timestamp = true,
      .verbose = true,
      .disk = {"sda"},
      .format = "json",
      .interval_s = 1,
      .count = 2}},
    {{"--slower", "1ms", "--slowest", "0"}, {.slower = {true, 1000000, NULL}}},

    // help ends the reading where argparse prints and exits
    {{"-h"}, {.help = true}},
    {{"--help"}, {.help = true}},
    {{"-mh"}, {.help = true}},
    {{"-h", "-x"}, {.help = true}},
    {{"-x", "-h"}, {.help = true}},
    {{"-h", "-d"}, {.help = true}},
    {{"abc", "-h"}, {.help = true}},
    {{"--version", "abc"}, {.version = true}},
};

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_flags(const struct options *a, const struct options *b)
{
    return a->timestamp == b->timestamp && a->queued == b->queued && a->milliseconds == b->milliseconds &&
           a->by == b->by && a->extension == b->extension && a->percentiles == b->percentiles &&
           a->verbose == b->verbose && a->ebpf == b->ebpf && a->no_btf == b->no_btf && a->help == b->help &&
           a->version == b->version;
}

static bool same_disks(const struct options *a, const struct options *b)
{
    size_t i = 0;
    while (a->disk[i] && same_text(a->disk[i], b->disk[i]))
        i++;
    return !a->disk[i] && !b->disk[i];
}

static bool same_options(const struct options *got, const struct options *want)
{
    if (want->help || want->version) // nothing else is looked at
        return got->help == want->help && got->version == want->version;
    return same_flags(got, want) && same_disks(got, want) &&
           same_text(got->format, want->format ? want->format : "text") && got->attach == want->attach &&
           got->max_requests == want->max_requests && got->buffer_pages == want->buffer_pages &&
           got->slowest == want->slowest && got->slower.given == want->slower.given &&
           got->slower.ns == want->slower.ns &&
           (!want->slower.text || same_text(got->slower.text, want->slower.text)) &&
           got->interval_s == (want->interval_s ? want->interval_s : FOREVER) &&
           got->count == (want->count ? want->count : FOREVER);
}

static void test_accepted(void **state)
{
    size_t failed = 0;
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(accepted); i++) {
        struct options got;
        char why[256] = "", line[256];
        int error = parse(accepted[i].args, &got, why, sizeof(why));
        if (error == 0 && same_options(&got, &accepted[i].want))
            continue;
        join(accepted[i].args, line, sizeof(line));
        print_error("row %zu:%s: returned %d, '%s', interval %lld, count %lld, disk '%s', format '%s'\n", i,
                    line, error, why, (long long)got.interval_s, (long long)got.count,
                    got.disk[0] ? got.disk[0] : "(none)", got.format);
        failed++;
    }
    assert_int_equal(failed, 0);
}

// ---- what is refused ----

#define NOT_INTERVAL(word) "interval '" word "' is not a whole number from 1 to 9223372036"
#define NOT_COUNT(word) "count '" word "' is not a whole number from 1 to 9223372036854775807"
#define NOT_REQUESTS(word) "--max-requests '" word "' is not a whole number from 1 to 16777216"
#define NOT_ATTACH(word) "--attach '" word "' is none of auto, kprobe, raw-tracepoint"
#define NOT_SLOWEST(word) "--slowest '" word "' is not a whole number from 0 to 1000"
#define NOT_SLOWER(word)                                                                                     \
    "--slower '" word "' is not a time with its unit, as 10ms, 500us or 1.5s, up to 3600s"
#define NOT_PAGES(word) "--buffer-pages '" word "' is not a power of two from 1 to 16384"
#define NOT_DICT(option)                                                                                     \
    option ": not with -j or --format dict, which has no place for samples (--format json has)"
#define NOT_SHAPED(option) "--slower: not with " option ", as it prints no histograms"
#define ONE_ARGUMENT "argument -d/--disk: expected one argument"

struct refused_row {
    const char *args[MAX_ARGS];
    const char *why;
};

static const struct refused_row refused[] = {
    {{"--d"}, "ambiguous option: --d could match --disks, --disk"},
    {{"--di"}, "ambiguous option: --di could match --disks, --disk"},
    {{"--dis"}, "ambiguous option: --dis could match --disks, --disk"},
    {{"--dis", "sda"}, "ambiguous option: --dis could match --disks, --disk"},
    {{"--e"}, "ambiguous option: --e could match --extension, --ebpf"},
    {{"--v"}, "ambiguous option: --v could match --verbose, --version"},
    {{"--ver"}, "ambiguous option: --ver could match --verbose, --version"},
    {{"-h", "--dis"}, "ambiguous option: --dis could match --disks, --disk"},
    {{"-d", "--dis"}, "ambiguous option: --dis could match --disks, --disk"},

    {{"-d"}, ONE_ARGUMENT},
    {{"--disk"}, ONE_ARGUMENT},
    {{"-mTd"}, ONE_ARGUMENT},
    {{"-d", "-x"}, ONE_ARGUMENT},
    {{"-d", "-m"}, ONE_ARGUMENT},
    {{"-d", "-m y"}, ONE_ARGUMENT},
    {{"-d", "--nope"}, ONE_ARGUMENT},
    {{"-d", "--"}, ONE_ARGUMENT},
    {{"--format"}, "argument --format: expected one argument"},
    {{"--attach", "-m"}, "argument --attach: expected one argument"},
    {{"--max-requests"}, "argument --max-requests: expected one argument"},

    {{"-mx"}, "argument -m/--milliseconds: ignored explicit argument 'x'"},
    {{"-mxy"}, "argument -m/--milliseconds: ignored explicit argument 'xy'"},
    {{"-mTx"}, "argument -T/--timestamp: ignored explicit argument 'x'"},
    {{"-T5"}, "argument -T/--timestamp: ignored explicit argument '5'"},
    {{"-m y"}, "argument -m/--milliseconds: ignored explicit argument ' y'"},
    {{"-hx"}, "argument -h/--help: ignored explicit argument 'x'"},
    {{"--json=1"}, "argument -j/--json: ignored explicit argument '1'"},
    {{"--json="}, "argument -j/--json: ignored explicit argument ''"},
    {{"--milli=1"}, "argument -m/--milliseconds: ignored explicit argument '1'"},
    {{"--ebpf=1"}, "argument --ebpf: ignored explicit argument '1'"},
    {{"-m="}, "argument -m/--milliseconds: ignored explicit argument ''"},

    {{"-x"}, "unrecognized arguments: -x"},
    {{"-xm"}, "unrecognized arguments: -xm"},
    {{"--nope"}, "unrecognized arguments: --nope"},
    {{"--nope=1"}, "unrecognized arguments: --nope=1"},
    {{"--milliseconds1"}, "unrecognized arguments: --milliseconds1"},
    {{"--Timestamp"}, "unrecognized arguments: --Timestamp"},
    {{"-x", "--nope", "-y"}, "unrecognized arguments: -x --nope -y"},
    {{"1", "1", "1"}, "unrecognized arguments: 1"},
    {{"1", "1", "1", "2"}, "unrecognized arguments: 1 2"},
    {{"1", "--", "5", "-m"}, "unrecognized arguments: -m"},
    {{"abc", "-x"}, "unrecognized arguments: -x"},

    {{"abc"}, NOT_INTERVAL("abc")},
    {{"1.5"}, NOT_INTERVAL("1.5")},
    {{""}, NOT_INTERVAL("")},
    {{" "}, NOT_INTERVAL(" ")},
    {{"-"}, NOT_INTERVAL("-")},
    {{"+"}, NOT_INTERVAL("+")},
    {{"0"}, NOT_INTERVAL("0")},
    {{"+0"}, NOT_INTERVAL("+0")},
    {{"-1"}, NOT_INTERVAL("-1")},
    {{"-1.5"}, NOT_INTERVAL("-1.5")},
    {{"-.5"}, NOT_INTERVAL("-.5")},
    {{"--", "-1"}, NOT_INTERVAL("-1")},
    {{"--", "-m"}, NOT_INTERVAL("-m")},
    {{"9223372037"}, NOT_INTERVAL("9223372037")},
    {{"99999999999"}, NOT_INTERVAL("99999999999")},
    {{"99999999999999999999999999"}, NOT_INTERVAL("99999999999999999999999999")},
    {{"-99999999999999999999999999"}, NOT_INTERVAL("-99999999999999999999999999")},
    {{"1__0"}, NOT_INTERVAL("1__0")},
    {{"_1"}, NOT_INTERVAL("_1")},
    {{"1_"}, NOT_INTERVAL("1_")},
    {{"+_1"}, NOT_INTERVAL("+_1")},
    {{"+ 5"}, NOT_INTERVAL("+ 5")},
    {{"+-5"}, NOT_INTERVAL("+-5")},
    {{"0x10"}, NOT_INTERVAL("0x10")},
    {{"1e3"}, NOT_INTERVAL("1e3")},
    {{"1 2"}, NOT_INTERVAL("1 2")},
    {{"5s"}, NOT_INTERVAL("5s")},
    {{"inf"}, NOT_INTERVAL("inf")},

    {{"1", "abc"}, NOT_COUNT("abc")},
    {{"1", "0"}, NOT_COUNT("0")},
    {{"1", "-1"}, NOT_COUNT("-1")},
    {{"1", ""}, NOT_COUNT("")},
    {{"1", "2.0"}, NOT_COUNT("2.0")},
    {{"abc", "xyz"}, NOT_COUNT("xyz")}, // as biolatency.py looks at it first

    {{"--max-requests", "0"}, NOT_REQUESTS("0")},
    {{"--max-requests=-1"}, NOT_REQUESTS("-1")},
    {{"--max-requests", "16777217"}, NOT_REQUESTS("16777217")},
    {{"--max-requests", "many"}, NOT_REQUESTS("many")},
    {{"--p"}, "ambiguous option: --p could match --percentiles, --prepare"},
    {{"--prepare", "--no-cache"}, "--prepare: not with --no-cache, as it is there to keep probes"},
    {{"--s"}, "ambiguous option: --s could match --slowest, --slower"},
    {{"--slow", "1ms"}, "ambiguous option: --slow could match --slowest, --slower"},
    {{"--slowe=1ms"}, "ambiguous option: --slowe could match --slowest, --slower"},
    {{"--slowest"}, "argument --slowest: expected one argument"},
    {{"--slower", "-m"}, "argument --slower: expected one argument"},
    {{"--slowest", "1001"}, NOT_SLOWEST("1001")},
    {{"--slowest", "-1"}, NOT_SLOWEST("-1")},
    {{"--slowest", "ten"}, NOT_SLOWEST("ten")},
    {{"--slowest="}, NOT_SLOWEST("")},
    {{"--slowest", "1.5"}, NOT_SLOWEST("1.5")},
    {{"--slower", "10"}, NOT_SLOWER("10")},
    {{"--slower", "0"}, NOT_SLOWER("0")},
    {{"--slower="}, NOT_SLOWER("")},
    {{"--slower", "ms"}, NOT_SLOWER("ms")},
    {{"--slower", ".5ms"}, NOT_SLOWER(".5ms")},
    {{"--slower", "5.ms"}, NOT_SLOWER("5.ms")},
    {{"--slower", "1.2.3ms"}, NOT_SLOWER("1.2.3ms")},
    {{"--slower", "10 ms"}, NOT_SLOWER("10 ms")},
    {{"--slower", " 10ms"}, NOT_SLOWER(" 10ms")},
    {{"--slower", "10MS"}, NOT_SLOWER("10MS")},
    {{"--slower", "10m"}, NOT_SLOWER("10m")},
    {{"--slower", "10mss"}, NOT_SLOWER("10mss")},
    {{"--slower=-10ms"}, NOT_SLOWER("-10ms")},
    {{"--slower=+10ms"}, NOT_SLOWER("+10ms")},
    {{"--slower", "1e3ms"}, NOT_SLOWER("1e3ms")},
    {{"--slower", "0x10ms"}, NOT_SLOWER("0x10ms")},
    {{"--slower", "3600.000000001s"}, NOT_SLOWER("3600.000000001s")},
    {{"--slower", "3601s"}, NOT_SLOWER("3601s")},
    {{"--slower", "9999999999999s"}, NOT_SLOWER("9999999999999s")},
    {{"--slower", "99999999999999999999ns"}, NOT_SLOWER("99999999999999999999ns")},
    {{"--slower", "inf"}, NOT_SLOWER("inf")},
    {{"--buffer-pages", "0"}, NOT_PAGES("0")},
    {{"--buffer-pages", "3"}, NOT_PAGES("3")},
    {{"--buffer-pages=-8"}, NOT_PAGES("-8")},
    {{"--buffer-pages=32768"}, NOT_PAGES("32768")},
    {{"--buffer-pages=many"}, NOT_PAGES("many")},
    {{"--slowest", "5", "-j"}, NOT_DICT("--slowest")},
    {{"--slower", "5ms", "--format", "dict"}, NOT_DICT("--slower")},
    {{"--slower", "5ms", "--slowest", "5"}, NOT_SHAPED("--slowest")},
    {{"--by", ""}, "--by '' is not a list of disk, flags, op"},
    {{"--by", "disk,"}, "--by 'disk,' is not a list of disk, flags, op"},
    {{"--by", "disks"}, "--by 'disks' is not a list of disk, flags, op"},
    {{"--by"}, "argument --by: expected one argument"},
    {{"--slower", "5ms", "--by", "op"}, NOT_SHAPED("-D, -F or --by")},
    {{"--slower", "5ms", "-D"}, NOT_SHAPED("-D, -F or --by")},
    {{"-F", "--slower", "5ms"}, NOT_SHAPED("-D, -F or --by")},
    {{"--slower", "5ms", "-e"}, NOT_SHAPED("-e/--extension")},
    {{"--slower", "5ms", "-P"}, NOT_SHAPED("-P/--percentiles")},
    {{"--attach", "tracepoint"}, NOT_ATTACH("tracepoint")},
    {{"--attach="}, NOT_ATTACH("")},
    {{"--attach=Kprobe"}, NOT_ATTACH("Kprobe")},
};

static void test_refused(void **state)
{
    size_t failed = 0;
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
        struct options got;
        char why[256] = "", line[256];
        int error = parse(refused[i].args, &got, why, sizeof(why));
        if (error == -EINVAL && strcmp(why, refused[i].why) == 0)
            continue;
        join(refused[i].args, line, sizeof(line));
        print_error("row %zu:%s: returned %d\n  got  '%s'\n  want '%s'\n", i, line, error, why,
                    refused[i].why);
        failed++;
    }
    assert_int_equal(failed, 0);
}

// ---- hostile ----

// Each with a word of any length, or many of them: whatever is said of it fits the buffer.
static void refuse_in(const char *prefix, size_t length, size_t size)
{
    char *word = malloc(strlen(prefix) + length + 1), *why = malloc(size);
    struct options options;
    assert_non_null(word);
    assert_non_null(why);
    memset(word, 'x', strlen(prefix) + length);
    memcpy(word, prefix, strlen(prefix));
    word[strlen(prefix) + length] = 0;
    assert_int_equal(parse((const char *const[]){word, NULL}, &options, why, size), -EINVAL);
    assert_in_range(strnlen(why, size), size > 1 ? 1 : 0, size - 1);
    free(word);
    free(why);
}

static void test_long_words(void **state)
{
    static const char *const prefixes[] = {"",
                                           "-m",
                                           "-x",
                                           "--",
                                           "--json=",
                                           "--attach=",
                                           "--max-requests=",
                                           "--slower=",
                                           "--slowest=",
                                           "--buffer-pages=",
                                           "--slower=1",
                                           "--dis=",
                                           "--e=abc",
                                           "1",
                                           "-1",
                                           "--nope="};
    static const size_t lengths[] = {1, 15, 16, 200, 254, 255, 256, 257, 4096, 200000};
    static const size_t sizes[] = {1, 2, 16, 255, 256, 257, 1024};
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
        for (size_t j = 0; j < ARRAY_SIZE(lengths); j++)
            for (size_t k = 0; k < ARRAY_SIZE(sizes); k++)
                refuse_in(prefixes[i], lengths[j], sizes[k]);
}

static void test_many_words(void **state)
{
    enum { MANY = 5000 };
    char **argv = calloc(MANY + 1, sizeof(*argv)), why[256];
    struct options options;
    (void)state;
    assert_non_null(argv);
    for (int i = 0; i < MANY; i++)
        argv[i] = (char *)(i % 2 ? "-x" : "17");
    assert_int_equal(options_parse(&options, MANY, argv, why, sizeof(why)), -EINVAL);
    assert_memory_equal(why, "unrecognized arguments: -x -x -x 17 -x", 38);
    assert_in_range(strlen(why), 200, sizeof(why) - 1);
    free(argv);
}

static void test_no_words(void **state)
{
    char *argv[] = {(char *)PROGRAM, NULL}, why[64];
    struct options options;
    (void)state;
    assert_int_equal(options_parse(&options, 1, argv, why, sizeof(why)), 0);
    assert_int_equal(options.interval_s, FOREVER);
    assert_int_equal(options_parse(&options, 0, argv + 1, why, sizeof(why)), 0); // execve allows it
    assert_int_equal(options.count, FOREVER);
}

// Any byte may come, in any place.
static void test_any_byte(void **state)
{
    static const char *const forms[] = {"%c",        "-%c",  "--%c", "-m%c", "--json%c",
                                        "--disk=%c", "-d%c", "1%c",  "%c1"};
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
        for (int byte = 1; byte < 256; byte++) {
            struct options options;
            char word[16], why[128] = "";
            word[0] = 0;
            const char *at = strchr(forms[i], '%');
            snprintf(word, sizeof(word), "%.*s%c%s", (int)(at - forms[i]), forms[i], byte, at + 2);
            int error = parse((const char *const[]){word, NULL}, &options, why, sizeof(why));
            assert_true(error == 0 || error == -EINVAL);
            assert_int_equal(error == 0, why[0] == 0);
        }
}

// ---- help ----

static char *help_text(void)
{
    struct capture capture;
    options_print_help(capture_begin(&capture), PROGRAM);
    return capture_end(&capture);
}

static void test_help_names(void **state)
{
    static const char *const shown[] = {
        "-h, --help ",      "-T, --timestamp ",   "-Q, --queued ",     "-m, --milliseconds ",
        "-D, --disks ",     "-F, --flags ",       "-e, --extension ",  "-j, --json ",
        "-d, --disk DISK ", "-P, --percentiles ", "    --format NAME", "--attach KIND ",
        "--max-requests N", "-v, --verbose ",     "    --version ",    "    --check-kernel",
    };
    char *help = help_text();
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(shown); i++)
        if (!strstr(help, shown[i]))
            fail_msg("no '%s' in the help", shown[i]);
    assert_null(strstr(help, "--ebpf"));
    assert_null(strstr(help, "--no-btf"));
    assert_memory_equal(help, "usage: " PROGRAM " ", strlen("usage: " PROGRAM " "));
    free(help);
}

static void parse_example(char *line)
{
    const char *words[MAX_ARGS] = {0};
    struct options options;
    char why[256], *rest;
    size_t n = 0;
    char *comment = strchr(line, '#');
    assert_non_null(comment);
    *comment = 0;
    assert_string_equal(strtok_r(line, " ", &rest), PROGRAM);
    while ((words[n] = strtok_r(NULL, " ", &rest)))
        n++;
    if (parse(words, &options, why, sizeof(why)) < 0)
        fail_msg("example '%s': %s", words[0], why);
}

// Each example is a line "    PROGRAM ARGUMENTS # WHAT", in the last part.
static void test_help_examples(void **state)
{
    char *help = help_text(), *rest;
    char *examples = strstr(help, "\nexamples:\n");
    int n = 0;
    (void)state;
    assert_non_null(examples);
    for (char *line = strtok_r(examples + strlen("\nexamples:\n"), "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest)) {
        parse_example(line);
        n++;
    }
    assert_in_range(n, 9, 100);
    free(help);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepted),   cmocka_unit_test(test_refused),
        cmocka_unit_test(test_long_words), cmocka_unit_test(test_many_words),
        cmocka_unit_test(test_no_words),   cmocka_unit_test(test_any_byte),
        cmocka_unit_test(test_help_names), cmocka_unit_test(test_help_examples),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
