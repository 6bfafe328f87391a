// SPDX-License-Identifier: Apache-2.0
// Takes a line of the trace pipe apart. See bcc.h.
//
//            bash-17505   [000] ...2. 11603.168330: bpf_trace_printk: Hello
//   TASK (16)    -PID      [CPU] FLAGS TIMESTAMP: FUNCTION: MESSAGE
//
// Task names may hold spaces, dashes and brackets, but are at most 15 long and set flush right in 16 columns,
// in all kernels: so the dash behind them is the 17th character. With the option record-tgid "( TGID)" comes
// before the CPU; without irq-info there are no flags. Before 5.9 or so the function of bpf_trace_printk is
// empty or a number.
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "bcc.h"

#define TASK_COLUMNS 16

// Where the texts of the parts will end: only what turns out to be an event is cut.
struct cuts {
    char *at[4];
    size_t n;
};

static void cut(struct cuts *cuts, char **at)
{
    cuts->at[cuts->n++] = (*at)++;
}

static char *skip_spaces(char *at)
{
    return at + strspn(at, " ");
}

// A whole number from *at on, which moves behind it. False if there is none, or it is too large.
static bool take_number(char **at, long max, long *number)
{
    char *end;
    if (!isdigit((unsigned char)**at))
        return false;
    *number = strtol(*at, &end, 10);
    *at = end;
    return *number <= max;
}

static bool take_char(char **at, char c)
{
    if (**at != c)
        return false;
    (*at)++;
    return true;
}

// "[003] "
static bool take_cpu(char **at, int *cpu)
{
    long number;
    if (!take_char(at, '[') || !take_number(at, 1 << 20, &number) || !take_char(at, ']'))
        return false;
    *cpu = (int)number;
    *at = skip_spaces(*at);
    return true;
}

// "(  1234) " or "(-------) ", if it is there
static bool skip_tgid(char **at)
{
    if (**at == '(') {
        *at += strcspn(*at, ")");
        if (!take_char(at, ')'))
            return false;
    }
    *at = skip_spaces(*at);
    return true;
}

static bool is_timestamp(const char *word, size_t length)
{
    return length > 0 && isdigit((unsigned char)word[0]) && strspn(word, "0123456789.") == length;
}

// "11603.168330: "
static bool take_timestamp(char **at, struct cuts *cuts, const char **timestamp)
{
    size_t length = strcspn(*at, ": ");
    if (!is_timestamp(*at, length) || (*at)[length] != ':')
        return false;
    *timestamp = *at;
    *at += length;
    cut(cuts, at);
    take_char(at, ' ');
    return true;
}

static void take_flags(char **at, struct cuts *cuts, const char **flags)
{
    size_t length = strcspn(*at, ": ");
    if ((*at)[length] == ':') { // that is the time: no flags here
        *flags = "";
        return;
    }
    *flags = *at;
    *at += length;
    if (**at)
        cut(cuts, at);
    *at = skip_spaces(*at);
}

// "bpf_trace_printk: " if it is there: a word without spaces, or nothing, and a colon
static void take_function(char **at, struct cuts *cuts, const char **function)
{
    size_t length = strcspn(*at, ": ");
    *function = "";
    if ((*at)[length] != ':')
        return;
    *function = *at;
    *at += length;
    cut(cuts, at);
    take_char(at, ' ');
}

// "CPU:1 [LOST 5 EVENTS]", or without a number
static bool parse_lost(char *text, struct bcc_trace_line *line)
{
    long cpu, lost = 0;
    char *at = text + 4;
    if (strncmp(text, "CPU:", 4) != 0 || !take_number(&at, 1 << 20, &cpu) || strncmp(at, " [LOST ", 7) != 0)
        return false;
    at += 7;
    if (take_number(&at, __LONG_MAX__, &lost))
        at = skip_spaces(at);
    if (strcmp(at, "EVENTS]") != 0)
        return false;
    line->cpu = (int)cpu;
    line->lost = (uint64_t)lost;
    return true;
}

static bool parse_event(char *text, struct bcc_trace_line *line)
{
    struct cuts cuts = {.at = {text + TASK_COLUMNS}, .n = 1};
    long pid;
    if (strnlen(text, TASK_COLUMNS + 1) <= TASK_COLUMNS || text[TASK_COLUMNS] != '-')
        return false;
    char *at = text + TASK_COLUMNS + 1;
    if (!take_number(&at, 1 << 30, &pid))
        return false;
    at = skip_spaces(at);
    if (!skip_tgid(&at) || !take_cpu(&at, &line->cpu))
        return false;
    take_flags(&at, &cuts, &line->flags);
    if (!take_timestamp(&at, &cuts, &line->timestamp))
        return false;
    take_function(&at, &cuts, &line->function);
    while (cuts.n)
        *cuts.at[--cuts.n] = 0;
    line->task = skip_spaces(text);
    line->pid = (pid_t)pid;
    line->message = at;
    return true;
}

enum bcc_trace_kind bcc_trace_parse(char *text, struct bcc_trace_line *line)
{
    *line = (struct bcc_trace_line){.cpu = -1};
    if (parse_lost(text, line))
        return BCC_TRACE_LOST;
    return parse_event(text, line) ? BCC_TRACE_EVENT : BCC_TRACE_OTHER;
}
