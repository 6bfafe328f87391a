// SPDX-License-Identifier: Apache-2.0
// kernel.h: lists of functions, kernel headers, names.
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/functions.h"
#include "kernel/kernel.h"

static FILE *open_text(const char *text, size_t size)
{
    FILE *file = size ? fmemopen((void *)(uintptr_t)text, size, "r") : fopen("/dev/null", "re");
    assert_non_null(file);
    return file;
}

// ---- lists of functions ----

#define BIT(function) (1U << (function))

typedef void scan_fn(FILE *list, const char *const names[], bool found[], size_t n);

static unsigned scanned(scan_fn *scan, const char *text, size_t size)
{
    const char *names[FN_COUNT];
    bool found[FN_COUNT] = {false};
    unsigned bits = 0;
    for (int i = 0; i < FN_COUNT; i++)
        names[i] = kernel_function_name((enum function)i);
    FILE *list = open_text(text, size);
    scan(list, names, found, FN_COUNT);
    fclose(list);
    for (int i = 0; i < FN_COUNT; i++)
        bits |= found[i] ? BIT(i) : 0;
    return bits;
}

struct list {
    const char *text;
    unsigned found;
};

static void check_lists(scan_fn *scan, const struct list *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned found = scanned(scan, rows[i].text, strlen(rows[i].text));
        if (found != rows[i].found)
            fail_msg("row %zu: 0x%x was found, should be 0x%x, in:\n%s", i, found, rows[i].found,
                     rows[i].text);
    }
}

static void test_kallsyms(void **state)
{
    static const struct list rows[] = {
        {"", 0},
        {"\n\n", 0},
        {"ffffffff81000000 T blk_mq_start_request\n", BIT(FN_BLK_MQ_START_REQUEST)},
        {"0000000000000000 t __blk_account_io_done",
         BIT(FN_UU_BLK_ACCOUNT_IO_DONE)}, // addresses hidden, no line end
        {"ffffffff81000000 T blk_start_request\nffffffff81000010 t blk_account_io_done\n",
         BIT(FN_BLK_START_REQUEST) | BIT(FN_BLK_ACCOUNT_IO_DONE)},
        {"ffffffffc0000000 t blk_account_io_start\t[module]\n", BIT(FN_BLK_ACCOUNT_IO_START)},
        {"ffffffff81000000  t\tblk_account_io_merge_bio\n", BIT(FN_BLK_ACCOUNT_IO_MERGE_BIO)},
        // Parts and copies of a function are not the function.
        {"ffffffff81000000 t blk_account_io_done.part.0\nffffffff81000000 t blk_account_io_start.isra.0\n"
         "ffffffff81000000 t blk_mq_start_request.cold\nffffffff81000000 r __ksymtab_blk_mq_start_request\n"
         "ffffffff81000000 t blk_mq_start_request_x\nffffffff81000000 t blk_mq_start\n",
         0},
        // Lines that are too short, or in another order.
        {"ffffffff81000000\n", 0},
        {"ffffffff81000000 T\n", 0},
        {"blk_mq_start_request\n", 0},
        {"T blk_mq_start_request\n", 0},
        {" \t \n", 0},
        {"ffffffff81000000 T \n", 0},
    };
    (void)state;
    check_lists(functions_scan_kallsyms, rows, sizeof(rows) / sizeof(rows[0]));
}

static void test_filter_functions(void **state)
{
    static const struct list rows[] = {
        {"", 0},
        {"blk_mq_start_request\n", BIT(FN_BLK_MQ_START_REQUEST)},
        {"blk_mq_start_request", BIT(FN_BLK_MQ_START_REQUEST)},
        {"vfs_read\nblk_account_io_start\n__blk_account_io_start\n",
         BIT(FN_BLK_ACCOUNT_IO_START) | BIT(FN_UU_BLK_ACCOUNT_IO_START)},
        {"blk_account_io_done [module]\n", BIT(FN_BLK_ACCOUNT_IO_DONE)},
        {"blk_start_request\t[module]\n", BIT(FN_BLK_START_REQUEST)},
        {"__blk_account_io_done.part.0\nblk_account_io_don\nblk_account_io_doneX\n", 0},
        {"0 T blk_mq_start_request\n", 0},
        {"\n \n\t\n", 0},
    };
    (void)state;
    check_lists(functions_scan_filter, rows, sizeof(rows) / sizeof(rows[0]));
}

// A line of a megabyte, bytes of all values, and then a line as it should be.
static void test_odd_lists(void **state)
{
    static const char end[] = "\n0 T blk_start_request\n", end_of_filter[] = "\nblk_start_request\n";
    const size_t size = 1 << 20;
    char *text = malloc(size + sizeof(end));
    (void)state;
    assert_non_null(text);
    memset(text, 'x', size);
    memcpy(text + size, end, sizeof(end) - 1);
    assert_int_equal(scanned(functions_scan_kallsyms, text, size + sizeof(end) - 1),
                     BIT(FN_BLK_START_REQUEST));
    for (size_t i = 0; i < size; i++)
        text[i] = (char)i;
    memcpy(text + size, end_of_filter, sizeof(end_of_filter) - 1);
    assert_int_equal(scanned(functions_scan_filter, text, size + sizeof(end_of_filter) - 1),
                     BIT(FN_BLK_START_REQUEST));
    free(text);
}

// What was found before stays found: two lists can be read into one result.
static void test_scans_add_up(void **state)
{
    static const char *const names[] = {"blk_start_request", "blk_mq_start_request", "blk_account_io_done"};
    bool found[] = {true, false, false};
    FILE *list = open_text("blk_mq_start_request\n", 21);
    (void)state;
    functions_scan_filter(list, names, found, 3);
    fclose(list);
    assert_true(found[0]);
    assert_true(found[1]);
    assert_false(found[2]);
}

// ---- blk_types.h ----

// "0=Read 1=Write ...": the operations that have a title.
static void titles(const struct flag_names *names, char text[1024])
{
    text[0] = 0;
    for (int i = 0; i < OP_COUNT; i++)
        if (names->op[i][0])
            snprintf(text + strlen(text), 1024 - strlen(text), "%s%d=%s", text[0] ? " " : "", i,
                     names->op[i]);
}

static void test_blk_types(void **state)
{
    static const struct {
        const char *header, *titles;
    } rows[] = {
        // 4.9: no numbers; what cmd_flags holds there is turned into the numbers of 4.10 in the probe.
        {"enum req_op {\n\tREQ_OP_READ,\n\tREQ_OP_WRITE,\n\tREQ_OP_DISCARD,\t\t/* a note */\n};\n", ""},
        // 4.14, 5.10
        {"#define REQ_OP_BITS\t8\n#define REQ_OP_MASK\t((1 << REQ_OP_BITS) - 1)\n"
         "enum req_opf {\n\t/* read from it */\n\tREQ_OP_READ\t\t= 0,\n\tREQ_OP_WRITE\t\t= 1,\n"
         "\tREQ_OP_ZONE_REPORT\t= 4,\n\tREQ_OP_WRITE_ZEROES\t= 9,\n\tREQ_OP_SCSI_IN\t\t= "
         "32,\n\n\tREQ_OP_LAST,\n};\n",
         "0=Read 1=Write 4=ZoneReport 9=WriteZeros 32=ScsiIn"},
        // 6.1 and later
        {"\tREQ_OP_READ\t\t= (__force blk_opf_t)0,\n\tREQ_OP_ZONE_APPEND\t= (__force blk_opf_t)7,\n"
         "\tREQ_OP_ZONE_RESET_ALL\t= (__force blk_opf_t)19,\n\tREQ_OP_LAST\t\t= (__force blk_opf_t)36,\n",
         "0=Read 7=ZoneAppend 19=ZoneResetAll"},
        // The last line without an end, spaces for tabs, none at all.
        {"    REQ_OP_FLUSH = 2,\nREQ_OP_DISCARD=3,\n  REQ_OP_SECURE_ERASE =  5",
         "2=Flush 3=Discard 5=SecureErase"},
        // Other mentions.
        {" * REQ_OP_READ = 0 in a comment\n\tcase REQ_OP_WRITE: return 1;\n\tREQ_SYNC = (1 << 3),\n"
         "#define REQ_OP_SHIFT 29\n\t__REQ_OP_X = 3,\n\tREQ_OP_FLUSH == op\n",
         ""},
        // Numbers that no operation has, brackets that do not close, names that are too long or empty.
        {"\tREQ_OP_FAR = 64,\n\tREQ_OP_HUGE = 99999999999999999999,\n\tREQ_OP_OPEN = (1\n\tREQ_OP_NONE "
         "=\n\tREQ_OP_\n"
         "\tREQ_OP_NEGATIVE = -1,\n"
         "\tREQ_OP_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA = 6,\n",
         ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct flag_names names;
        char text[1024];
        flags_clear(&names);
        FILE *header = open_text(rows[i].header, strlen(rows[i].header));
        kernel_scan_blk_types(header, &names);
        fclose(header);
        titles(&names, text);
        assert_string_equal(text, rows[i].titles);
    }
}

// Where a file ends within a bracket, so does the number: what was read before is not read again.
static void test_end_in_bracket(void **state)
{
    static const char header[] = "xxxxxxxxxxxxxx6,\nREQ_OP_B = (1";
    struct flag_names names;
    (void)state;
    flags_clear(&names);
    FILE *file = open_text(header, strlen(header));
    kernel_scan_blk_types(file, &names);
    fclose(file);
    assert_string_equal(names.op[6], "");
}

// A title that is too long for its place is cut, not spilled.
static void test_long_title(void **state)
{
    static const char header[] = "\tREQ_OP_A_NAME_OF_AN_OPERATION_OF_SIXTY_LETTERS_BUT_LESS_THAN_64 = 6,\n";
    struct flag_names names;
    (void)state;
    flags_clear(&names);
    FILE *file = open_text(header, strlen(header));
    kernel_scan_blk_types(file, &names);
    fclose(file);
    assert_string_equal(names.op[6], "ANameOfAnOperationOfSix");
    assert_int_equal(names.op[7][0], 0);
}

// ---- words ----

static void test_advice_on_given_source(void **state)
{
    static const struct kernel kernel = {.release = "5.4.273"};
    char line[256];
    (void)state;
    setenv("BCC_KERNEL_SOURCE", "/nonexistent/source", 1);
    kernel_headers_advice(&kernel, line, sizeof(line));
    unsetenv("BCC_KERNEL_SOURCE");
    assert_non_null(strstr(line, "BCC_KERNEL_SOURCE=/nonexistent/source"));
    assert_null(strchr(line, '\n'));
}

static bool is_debian(void)
{
    char line[256];
    bool debian = false;
    FILE *file = fopen("/etc/os-release", "re");
    while (file && fgets(line, sizeof(line), file))
        debian |= strcmp(line, "ID=debian\n") == 0;
    if (file)
        fclose(file);
    return debian;
}

static void test_advice(void **state)
{
    static const struct kernel kernel = {.release = "5.4.273-test"};
    static const char *const givens[] = {NULL, ""}; // an empty variable is as good as none
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        char line[256] = "";
        unsetenv("BCC_KERNEL_SOURCE");
        if (givens[i])
            setenv("BCC_KERNEL_SOURCE", givens[i], 1);
        kernel_headers_advice(&kernel, line, sizeof(line));
        assert_true(line[0]);
        assert_null(strchr(line, '\n'));
        if (is_debian())
            assert_string_equal(line, "apt-get install linux-headers-5.4.273-test");
    }
    unsetenv("BCC_KERNEL_SOURCE");
}

static void test_advice_in_little_room(void **state)
{
    static const struct kernel kernel = {.release = "5.4.273"};
    (void)state;
    for (size_t size = 1; size < 40; size++) {
        char line[41];
        memset(line, '#', sizeof(line));
        kernel_headers_advice(&kernel, line, size);
        assert_true(strlen(line) < size);
        assert_int_equal(line[size], '#');
    }
}

static void test_names(void **state)
{
    (void)state;
    for (int i = 0; i < TP_COUNT; i++)
        assert_int_equal(strncmp(kernel_tracepoint_name((enum tracepoint)i), "block_", 6), 0);
    for (int i = 0; i < FN_COUNT; i++)
        assert_non_null(strstr(kernel_function_name((enum function)i), "blk_"));
    for (int i = 0; i < MEMBER_COUNT; i++)
        assert_non_null(strstr(kernel_member_define((enum member)i), "_OFFSET"));
    assert_string_equal(kernel_function_name(FN_UU_BLK_ACCOUNT_IO_DONE), "__blk_account_io_done");
}

// blk_start_request is not looked for where BTF shows that there are no legacy queues: the list of functions
// is long.
static void test_function_not_looked_for(void **state)
{
    struct kernel kernel = {.has_btf = true};
    (void)state;
    for (int i = 0; i < MEMBER_COUNT; i++)
        kernel.offset[i] = -1;
    assert_int_equal(kernel_function(&kernel, FN_BLK_START_REQUEST), FUNCTION_ABSENT);
    for (int i = 0; i < FN_COUNT; i++)
        assert_int_equal(kernel.function[i], FUNCTION_UNKNOWN);
    kernel.function[FN_BLK_MQ_START_REQUEST] = FUNCTION_MAYBE; // known: not asked again
    assert_int_equal(kernel_function(&kernel, FN_BLK_MQ_START_REQUEST), FUNCTION_MAYBE);
    assert_int_equal(kernel.function[FN_BLK_ACCOUNT_IO_DONE], FUNCTION_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kallsyms),       cmocka_unit_test(test_filter_functions),
        cmocka_unit_test(test_odd_lists),      cmocka_unit_test(test_scans_add_up),
        cmocka_unit_test(test_blk_types),      cmocka_unit_test(test_long_title),
        cmocka_unit_test(test_end_in_bracket), cmocka_unit_test(test_advice_on_given_source),
        cmocka_unit_test(test_advice),         cmocka_unit_test(test_advice_in_little_room),
        cmocka_unit_test(test_names),          cmocka_unit_test(test_function_not_looked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
