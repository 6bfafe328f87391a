// SPDX-License-Identifier: Apache-2.0
// Reads the command line as Python's argparse does for biolatency.py: unique prefixes of long names, "-mTd
// sda", "-d=sda", options after positionals, "--".
#include "options.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define INTERVAL_MAX_S 9223372036LL // what biolatency.py's time.sleep() takes
#define FOREVER 99999999
#define SLOWEST_MAX 1000
#define BUFFER_PAGES_MAX 16384
#define DURATION_MAX_S 3600

enum value {
    VALUE_NONE, // sets a bool
    VALUE_TEXT,
    VALUE_ATTACH,
    VALUE_NUMBER, // an unsigned, 1 ..
    VALUE_POWER,  // an unsigned, a power of two up to BUFFER_PAGES_MAX
    VALUE_LIMIT,  // an unsigned, 0 .. SLOWEST_MAX
    VALUE_DURATION,
    VALUE_DIMENSIONS, // bits BY(...), more each time
    VALUE_WORDS,      // an array of texts that ends with NULL: one more each time
};

// One row an option. To add one: a row here and a member in struct options. `old` marks biolatency.py's own:
// a prefix that means one of them still means it, whatever is added. An option without `help` is hidden.
// `set` is the value of an option that takes none.
static const struct option_row {
    char letter;
    const char *name;
    enum value value;
    size_t offset;
    bool old;
    const char *metavar, *help, *set;
} rows[] = {
    {'h', "help", VALUE_NONE, offsetof(struct options, help), true, "", "show this help and exit", NULL},
    {'T', "timestamp", VALUE_NONE, offsetof(struct options, timestamp), true, "",
     "include timestamp on output", NULL},
    {'Q', "queued", VALUE_NONE, offsetof(struct options, queued), true, "",
     "include OS queued time in I/O time", NULL},
    {'m', "milliseconds", VALUE_NONE, offsetof(struct options, milliseconds), true, "",
     "millisecond histogram", NULL},
    {'D', "disks", VALUE_DIMENSIONS, offsetof(struct options, by), true, "",
     "print a histogram per disk device", "disk"},
    {'F', "flags", VALUE_DIMENSIONS, offsetof(struct options, by), true, "",
     "print a histogram per set of I/O flags", "flags"},
    {'e', "extension", VALUE_NONE, offsetof(struct options, extension), true, "",
     "summarize average/total value", NULL},
    {'j', "json", VALUE_TEXT, offsetof(struct options, format), true, "",
     "print a Python dictionary (--format dict)", "dict"},
    {'d', "disk", VALUE_WORDS, offsetof(struct options, disk), true, "DISK",
     "trace only these disks, partitions, or what a path is on (-d sda,sdb)", NULL},
    {0, "ebpf", VALUE_NONE, offsetof(struct options, ebpf), true, "", NULL, NULL},
    {0, "by", VALUE_DIMENSIONS, offsetof(struct options, by), false, "LIST",
     "print a histogram per disk, flags, op, or each combination (disk,op)", NULL},
    {'P', "percentiles", VALUE_NONE, offsetof(struct options, percentiles), false, "",
     "print p50, p90, p99, p99.9 and max under each histogram", NULL},
    {0, "slowest", VALUE_LIMIT, offsetof(struct options, slowest), false, "N",
     "after each histogram, the N slowest I/Os and who submitted them", NULL},
    {0, "slower", VALUE_DURATION, offsetof(struct options, slower), false, "TIME",
     "no histograms: each I/O of TIME (10ms, 500us) or more, as it completes", NULL},
    {0, "format", VALUE_TEXT, offsetof(struct options, format), false, "NAME",
     "text, dict (as -j), or json: one JSON object a line", NULL},
    {0, "attach", VALUE_ATTACH, offsetof(struct options, attach), false, "KIND",
     "auto, kprobe or raw-tracepoint: the kind of probe to use", NULL},
    {0, "max-requests", VALUE_NUMBER, offsetof(struct options, max_requests), false, "N",
     "capacity for N requests in flight (default: what the disks can queue)", NULL},
    {0, "buffer-pages", VALUE_POWER, offsetof(struct options, buffer_pages), false, "N",
     "memory pages a CPU to send samples through (default: 64, less on machines with over 64 CPUs)", NULL},
    {0, "no-cache", VALUE_NONE, offsetof(struct options, no_cache), false, "",
     "compile the probes, whether they are kept or not, and keep none", NULL},
    {0, "prepare", VALUE_NONE, offsetof(struct options, prepare), false, "",
     "compile the probes of the common modes, keep them, and exit", NULL},
    {'v', "verbose", VALUE_NONE, offsetof(struct options, verbose), false, "",
     "report on stderr what is probed and why, and what was not counted", NULL},
    {0, "check-kernel", VALUE_NONE, offsetof(struct options, check_kernel), false, "",
     "report what this kernel offers and whether tracing works, and exit", NULL},
    {0, "version", VALUE_NONE, offsetof(struct options, version), false, "", "print the version and exit",
     NULL},
    {0, "no-btf", VALUE_NONE, offsetof(struct options, no_btf), false, "", NULL, NULL},
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

static const char *const attach_words[] = {
    [ATTACH_AUTO] = "auto", [ATTACH_KPROBE] = "kprobe", [ATTACH_RAW_TRACEPOINT] = "raw-tracepoint"};

struct parser {
    struct options *options;
    int argc;
    char **argv;
    int at;                // index of the argument in hand
    bool only_positionals; // after "--"
    const char *positionals[2];
    int n_positionals;
    char unknown[256]; // arguments, each with a space before it
    char label[48];    // see label_of()
    char *why;
    size_t size;
};

// Says what is wrong. Returns -EINVAL.
static int __attribute__((format(printf, 2, 3))) refuse(const struct parser *parser, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(parser->why, parser->size, format, arguments);
    va_end(arguments);
    return -EINVAL;
}

static bool takes_word(const struct option_row *row)
{
    return row->value != VALUE_NONE && !row->set;
}

// Whole decimal numbers as Python's int() takes them: "+5", " 5 ", "1_000". Saturates. False if it is none.
static bool parse_int(const char *text, int64_t *value)
{
    bool negative = false, digit_before = false;
    int64_t n = 0;
    text += strspn(text, " \t\n\v\f\r");
    if (*text == '+' || *text == '-')
        negative = *text++ == '-';
    for (; isdigit((unsigned char)*text) || (*text == '_' && digit_before && isdigit((unsigned char)text[1]));
         text++) {
        digit_before = *text != '_';
        if (digit_before)
            n = n > (INT64_MAX - 9) / 10 ? INT64_MAX : n * 10 + (*text - '0');
    }
    text += strspn(text, " \t\n\v\f\r");
    *value = negative ? -n : n;
    return digit_before && *text == 0;
}

static int parse_whole(struct parser *parser, const char *what, const char *text, int64_t min, int64_t max,
                       int64_t *value)
{
    if (parse_int(text, value) && *value >= min && *value <= max)
        return 0;
    return refuse(parser, "%s '%s' is not a whole number from %lld to %lld", what, text, (long long)min,
                  (long long)max);
}

// ---- words ----

static bool is_negative_number(const char *text)
{
    size_t whole = strspn(text + 1, "0123456789");
    if (text[1 + whole] == 0)
        return whole > 0;
    if (text[1 + whole] != '.')
        return false;
    size_t part = strspn(text + 2 + whole, "0123456789");
    return part > 0 && text[2 + whole + part] == 0;
}

static const struct option_row *find_letter(char letter)
{
    for (size_t i = 0; i < N_ROWS; i++)
        if (letter && rows[i].letter == letter)
            return &rows[i];
    return NULL;
}

static void append(char *text, size_t size, const char *before, const char *word)
{
    size_t n = strlen(text);
    snprintf(text + n, size - n, "%s%s", before, word);
}

// Finds --name, its unique prefix, or NULL. More than one: -EINVAL, in argparse's words.
static int find_name(const struct parser *parser, const char *name, size_t length,
                     const struct option_row **found)
{
    *found = NULL;
    for (size_t i = 0; i < N_ROWS; i++)
        if (strlen(rows[i].name) == length && strncmp(rows[i].name, name, length) == 0) {
            *found = &rows[i];
            return 0;
        }
    for (int old = 1; old >= 0; old--) {
        int n = 0;
        char matches[256] = "";
        for (size_t i = 0; i < N_ROWS; i++)
            if (rows[i].old == (bool)old && strncmp(rows[i].name, name, length) == 0) {
                *found = &rows[i];
                append(matches, sizeof(matches), n++ ? ", --" : "--", rows[i].name);
            }
        if (n == 1)
            return 0;
        if (n > 1)
            return refuse(parser, "ambiguous option: --%.*s could match %s", (int)length, name, matches);
    }
    return 0;
}

// Does this argument look like an option? In argparse "-" does not, nor a negative number that is no option,
// nor an unknown word with a space.
static bool looks_like_option(const struct parser *parser, const char *argument)
{
    const struct option_row *row = NULL;
    if (argument[0] != '-' || argument[1] == 0)
        return false;
    if (argument[1] != '-')
        return find_letter(argument[1]) || (!is_negative_number(argument) && !strchr(argument, ' '));
    if (find_name(parser, argument + 2, strcspn(argument + 2, "="), &row) < 0 || row)
        return true;
    return !strchr(argument, ' ');
}

// ---- options ----

// "-d/--disk", or "--format" for one without a letter. It lives until the next call.
static const char *label_of(struct parser *parser, const struct option_row *row)
{
    const char letter[] = {'-', row->letter, '/', 0};
    snprintf(parser->label, sizeof(parser->label), "%s--%s", row->letter ? letter : "", row->name);
    return parser->label;
}

// "1.5ms": a decimal number and its unit, rounded down to nanoseconds. False if it is none, or longer than
// DURATION_MAX_S.
static bool parse_duration(const char *text, uint64_t *ns)
{
    static const struct {
        const char *name;
        uint64_t ns;
    } units[] = {{"ns", 1}, {"us", 1000}, {"ms", 1000000}, {"s", 1000000000}};
    size_t whole = strspn(text, "0123456789");
    size_t part = text[whole] == '.' ? strspn(text + whole + 1, "0123456789") + 1 : 0;
    if (whole == 0 || whole > 13 || part == 1)
        return false;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (strcmp(text + whole + part, units[i].name) != 0)
            continue;
        uint64_t scale = units[i].ns;
        *ns = 0;
        for (size_t digit = 0; digit < whole; digit++)
            *ns = *ns * 10 + (uint64_t)(text[digit] - '0');
        if (*ns > DURATION_MAX_S * UINT64_C(1000000000) / scale)
            return false;
        *ns *= scale;
        for (size_t digit = whole + 1; digit < whole + part; digit++)
            *ns += (uint64_t)(text[digit] - '0') * (scale /= 10);
        return *ns <= DURATION_MAX_S * UINT64_C(1000000000);
    }
    return false;
}

static int set_duration(struct parser *parser, const char *value, struct duration *duration)
{
    if (!parse_duration(value, &duration->ns))
        return refuse(parser, "--slower '%s' is not a time with its unit, as 10ms, 500us or 1.5s, up to %ds",
                      value, DURATION_MAX_S);
    duration->given = true;
    duration->text = value;
    return 0;
}

static int set_number(struct parser *parser, const struct option_row *row, const char *value, int64_t min,
                      int64_t max, unsigned *member)
{
    int64_t number;
    if (parse_whole(parser, label_of(parser, row), value, min, max, &number) < 0)
        return -EINVAL;
    *member = (unsigned)number;
    return 0;
}

static int set_power(struct parser *parser, const struct option_row *row, const char *value, unsigned *member)
{
    int64_t number;
    if (parse_int(value, &number) && number >= 1 && number <= BUFFER_PAGES_MAX &&
        (number & (number - 1)) == 0)
        return set_number(parser, row, value, 1, BUFFER_PAGES_MAX, member);
    return refuse(parser, "%s '%s' is not a power of two from 1 to %d", label_of(parser, row), value,
                  BUFFER_PAGES_MAX);
}

static int add_word(struct parser *parser, const struct option_row *row, const char *value,
                    const char **words)
{
    size_t n = 0;
    while (words[n])
        n++;
    if (n == OPTIONS_DISKS_MAX)
        return refuse(parser, "argument %s: given more than %d times", label_of(parser, row),
                      OPTIONS_DISKS_MAX);
    words[n] = value;
    return 0;
}

static int set_value(struct parser *parser, const struct option_row *row, const char *value)
{
    void *member = (char *)parser->options + row->offset;
    switch (row->value) {
    case VALUE_NONE:
        *(bool *)member = true;
        return 0;
    case VALUE_TEXT:
        *(const char **)member = row->set ? row->set : value;
        return 0;
    case VALUE_NUMBER:
        return set_number(parser, row, value, 1, 1 << 24, member);
    case VALUE_POWER:
        return set_power(parser, row, value, member);
    case VALUE_LIMIT:
        return set_number(parser, row, value, 0, SLOWEST_MAX, member);
    case VALUE_DURATION:
        return set_duration(parser, value, member);
    case VALUE_DIMENSIONS:
        return dimension_parse(row->set ? row->set : value, member)
                   ? 0
                   : refuse(parser, "--by '%s' is not a list of disk, flags, op", value);
    case VALUE_WORDS:
        return add_word(parser, row, value, member);
    case VALUE_ATTACH:
        for (size_t i = 0; i < sizeof(attach_words) / sizeof(attach_words[0]); i++)
            if (value && strcmp(value, attach_words[i]) == 0) {
                *(enum attach_kinds *)member = (enum attach_kinds)i;
                return 0;
            }
        return refuse(parser, "--attach '%s' is none of auto, kprobe, raw-tracepoint", value);
    }
    return -EINVAL;
}

// The value is the rest of the argument, or else the next argument.
static int take_value(struct parser *parser, const struct option_row *row, const char *behind)
{
    if (behind)
        return set_value(parser, row, behind);
    if (parser->at + 1 < parser->argc && !looks_like_option(parser, parser->argv[parser->at + 1]))
        return set_value(parser, row, parser->argv[++parser->at]);
    return refuse(parser, "argument %s: expected one argument", label_of(parser, row));
}

static int refuse_explicit(struct parser *parser, const struct option_row *row, const char *behind)
{
    return refuse(parser, "argument %s: ignored explicit argument '%s'", label_of(parser, row), behind);
}

// -mTd sda, -dsda, -d=sda
static int parse_letters(struct parser *parser, const char *letters)
{
    const struct option_row *before = NULL;
    for (; *letters; letters++) {
        const struct option_row *row = find_letter(*letters);
        if (!row)
            return before ? refuse_explicit(parser, before, letters) : -EINVAL;
        if (takes_word(row)) {
            const char *behind = letters[1] == '=' ? letters + 2 : letters + 1;
            return take_value(parser, row, letters[1] ? behind : NULL);
        }
        if (letters[1] == '=' && !letters[2])
            return refuse_explicit(parser, row, "");
        if (letters[1] == '=' && !before)
            letters++; // "-m=T" is "-mT"
        set_value(parser, row, NULL);
        before = row;
    }
    return 0;
}

static int parse_long(struct parser *parser, const struct option_row *row, const char *equals)
{
    if (takes_word(row))
        return take_value(parser, row, equals ? equals + 1 : NULL);
    if (equals)
        return refuse_explicit(parser, row, equals + 1);
    return set_value(parser, row, NULL);
}

// Interval and count; more are unknown.
static void take_positional(struct parser *parser, const char *argument)
{
    if (parser->n_positionals < 2)
        parser->positionals[parser->n_positionals++] = argument;
    else
        append(parser->unknown, sizeof(parser->unknown), " ", argument);
}

static int parse_argument(struct parser *parser)
{
    const char *argument = parser->argv[parser->at], *equals = strchr(argument, '=');
    const struct option_row *row = NULL;
    if (!parser->only_positionals && strcmp(argument, "--") == 0) {
        parser->only_positionals = true;
        return 0;
    }
    if (parser->only_positionals || !looks_like_option(parser, argument)) {
        take_positional(parser, argument);
        return 0;
    }
    if (argument[1] != '-' && find_letter(argument[1]))
        return parse_letters(parser, argument + 1);
    if (argument[1] == '-' && find_name(parser, argument + 2, strcspn(argument + 2, "="), &row) < 0)
        return -EINVAL;
    if (row)
        return parse_long(parser, row, equals);
    append(parser->unknown, sizeof(parser->unknown), " ", argument);
    return 0;
}

// argparse looks at all words before it acts on the first, so that "-h --dis" is an error.
static int check_names(const struct parser *parser)
{
    const struct option_row *row;
    for (int i = 1; i < parser->argc && strcmp(parser->argv[i], "--") != 0; i++) {
        const char *argument = parser->argv[i];
        if (strncmp(argument, "--", 2) == 0 &&
            find_name(parser, argument + 2, strcspn(argument + 2, "="), &row) < 0)
            return -EINVAL;
    }
    return 0;
}

static int parse_numbers(struct parser *parser)
{
    struct options *options = parser->options;
    options->interval_s = FOREVER;
    // --slower has no intervals: one number is how long it goes on.
    options->count = options->slower.given && parser->n_positionals == 1 ? 1 : FOREVER;
    // biolatency.py looks at the count first.
    if (parser->n_positionals > 1 &&
        parse_whole(parser, "count", parser->positionals[1], 1, INT64_MAX, &options->count) < 0)
        return -EINVAL;
    if (parser->n_positionals > 0)
        return parse_whole(parser, "interval", parser->positionals[0], 1, INTERVAL_MAX_S,
                           &options->interval_s);
    return 0;
}

bool options_show_samples(const struct options *options)
{
    return options->slowest || options->slower.given;
}

// Samples are not for all formats, and those of --slower come without the histograms that other options
// shape. To add an option that is about histograms: a row.
static int check_together(const struct parser *parser)
{
    const struct options *options = parser->options;
    const char *samples = options->slower.given ? "--slower" : "--slowest";
    const struct {
        bool given;
        const char *name;
    } shaping[] = {
        {options->slowest > 0, "--slowest"},
        {options->by, "-D, -F or --by"},
        {options->extension, "-e/--extension"},
        {options->percentiles, "-P/--percentiles"},
    };
    if (options->prepare && options->no_cache)
        return refuse(parser, "--prepare: not with --no-cache, as it is there to keep probes");
    if (options_show_samples(options) && strcmp(options->format, "dict") == 0)
        return refuse(parser,
                      "%s: not with -j or --format dict, which has no place for samples (--format json has)",
                      samples);
    for (size_t i = 0; options->slower.given && i < sizeof(shaping) / sizeof(shaping[0]); i++)
        if (shaping[i].given)
            return refuse(parser, "--slower: not with %s, as it prints no histograms", shaping[i].name);
    return 0;
}

int options_parse(struct options *options, int argc, char **argv, char *why, size_t size)
{
    struct parser parser = {.options = options, .argc = argc, .argv = argv, .why = why, .size = size};
    *options = (struct options){.format = "text"};
    if (check_names(&parser) < 0)
        return -EINVAL;
    for (parser.at = 1; parser.at < argc && !options->help; parser.at++)
        if (parse_argument(&parser) < 0)
            return -EINVAL;
    if (options->help)
        return 0;
    if (parser.unknown[0])
        return refuse(&parser, "unrecognized arguments:%s", parser.unknown);
    if (options->version || options->check_kernel)
        return 0;
    int error = parse_numbers(&parser);
    return error ? error : check_together(&parser);
}

static const struct {
    const char *arguments, *what;
} examples[] = {
    {"", "summarize block I/O latency as a histogram"},
    {"1 10", "print 1 second summaries, 10 times"},
    {"-mT 1", "1s summaries, milliseconds, and timestamps"},
    {"-Q", "include OS queued time in I/O time"},
    {"-D", "show each disk device separately"},
    {"-F", "show I/O flags separately"},
    {"-DF 1", "show each pair of disk and flags separately"},
    {"--by disk,op 1", "show reads, writes, flushes of each disk separately"},
    {"-P 1", "with percentiles"},
    {"-j", "print a dictionary"},
    {"-e", "show extension summary (total, average)"},
    {"-d sdc", "trace sdc only"},
    {"-d sda1,nvme0n1", "trace a partition and a disk"},
    {"--slowest 10 1", "the 10 slowest I/Os of each second, and who submitted them"},
    {"--slower 10ms", "each I/O that takes 10 ms or longer"},
    {"--slower 10ms 60", "the same, for a minute"},
    {"--format json 5", "for programs"},
};

void options_print_help(FILE *out, const char *program)
{
    fprintf(out, "usage: %s [OPTION]... [interval] [count]\n\n", program);
    fputs("Summarize block device I/O latency as a histogram\n\n"
          "positional arguments:\n"
          "  interval               output interval, in seconds; with --slower, the time to trace\n"
          "  count                  number of outputs\n\n"
          "options:\n",
          out);
    for (size_t i = 0; i < N_ROWS; i++) {
        char left[48];
        if (!rows[i].help)
            continue;
        snprintf(left, sizeof(left), rows[i].letter ? "-%c, --%s%s%s" : "%c    --%s%s%s",
                 rows[i].letter ? rows[i].letter : ' ', rows[i].name, rows[i].metavar[0] ? " " : "",
                 rows[i].metavar);
        fprintf(out, "  %-22s %s\n", left, rows[i].help);
    }
    fputs("\nexamples:\n", out);
    for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++)
        fprintf(out, "    %s %-*s # %s\n", program, 26 - (int)strlen(program), examples[i].arguments,
                examples[i].what);
}
