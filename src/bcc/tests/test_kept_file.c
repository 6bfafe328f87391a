// SPDX-License-Identifier: Apache-2.0
// The file of a kept program: what is not exactly as it was written is not taken.
#include "bcc/bcc.h"
#include "bcc/kept_file.h"
#include "testing.h"

#include <string.h>

static const char key[] = "what it was compiled from";

// Two maps, and two functions, of which one loads a map.
struct sample {
    struct kept_header header;
    struct kept_map maps[2];
    struct kept_function functions[2];
    struct bpf_insn instructions[5];
    char key[sizeof(key) - 1];
};

#define SAMPLE_SIZE (offsetof(struct sample, key) + sizeof(key) - 1)

static const struct sample sound = {
    .header = {.key_size = sizeof(key) - 1,
               .n_maps = 2,
               .n_functions = 2,
               .n_instructions = 5,
               .kernel_version = 0x040f00,
               .license = "GPL"},
    .maps = {{"counts", BPF_MAP_TYPE_HASH, 4, 8, 1024, 0, 0},
             {"events", BPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, 2, 0, 0}},
    .functions = {{"on_begin_of_something", "on_begin_of_som", 1 + BCC_KPROBE, 4},
                  {"on_end", "on_end", 0, 1}},
    .instructions = {{BPF_LD | BPF_IMM | BPF_DW, 1, BPF_PSEUDO_MAP_FD, 0, 1},
                     {0},
                     {BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_map_lookup_elem},
                     {BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
                     {BPF_JMP | BPF_EXIT, 0, 0, 0, 0}},
};

static struct sample *make(void)
{
    struct sample *sample = malloc(SAMPLE_SIZE);
    assert_non_null(sample);
    memcpy(sample, &sound, offsetof(struct sample, key));
    memcpy(sample->key, key, sizeof(key) - 1);
    kept_seal(sample, SAMPLE_SIZE);
    return sample;
}

static bool is_taken(const void *bytes, size_t size)
{
    struct kept_view view;
    return kept_view(bytes, size, &view);
}

static void test_sound(void **state)
{
    struct sample *sample = make();
    struct kept_view view;
    (void)state;
    assert_true(kept_view(sample, SAMPLE_SIZE, &view));
    assert_ptr_equal(view.header, &sample->header);
    assert_ptr_equal(view.maps, sample->maps);
    assert_ptr_equal(view.functions, sample->functions);
    assert_ptr_equal(view.instructions, sample->instructions);
    assert_memory_equal(view.key, key, sizeof(key) - 1);
    free(sample);
}

// Each in memory of its own, so that a sanitizer sees what is read behind it.
static void test_truncated(void **state)
{
    struct sample *sample = make();
    (void)state;
    for (size_t size = 0; size < SAMPLE_SIZE; size++) {
        void *part = malloc(size ? size : 1);
        assert_non_null(part);
        memcpy(part, sample, size);
        assert_false(is_taken(part, size));
        if (size >= sizeof(struct kept_header)) { // and one that says it is whole
            kept_seal(part, size);
            assert_false(is_taken(part, size));
        }
        free(part);
    }
    free(sample);
}

static void test_longer(void **state)
{
    char *longer = calloc(1, SAMPLE_SIZE + 1);
    struct sample *sample = make();
    (void)state;
    assert_non_null(longer);
    memcpy(longer, sample, SAMPLE_SIZE);
    assert_false(is_taken(longer, SAMPLE_SIZE + 1));
    kept_seal(longer, SAMPLE_SIZE + 1);
    assert_false(is_taken(longer, SAMPLE_SIZE + 1));
    free(sample);
    free(longer);
}

static void test_flipped(void **state)
{
    struct sample *sample = make();
    unsigned char *bytes = (unsigned char *)sample;
    (void)state;
    for (size_t i = 0; i < SAMPLE_SIZE; i++)
        for (unsigned flip = 1; flip < 256; flip++) {
            bytes[i] ^= (unsigned char)flip;
            assert_false(is_taken(bytes, SAMPLE_SIZE));
            bytes[i] ^= (unsigned char)flip;
        }
    assert_true(is_taken(sample, SAMPLE_SIZE));
    free(sample);
}

static void check_refused(void (*change)(struct sample *sample))
{
    struct sample *sample = make();
    change(sample);
    kept_seal(sample, SAMPLE_SIZE);
    assert_false(is_taken(sample, SAMPLE_SIZE));
    free(sample);
}

static void name_without_end(struct sample *sample)
{
    memset(sample->maps[1].name, 'x', KEPT_NAME_SIZE);
}

static void function_without_name(struct sample *sample)
{
    sample->functions[1].name[0] = 0;
}

static void kernel_name_without_end(struct sample *sample)
{
    memset(sample->functions[0].kernel_name, 'x', sizeof(sample->functions[0].kernel_name));
}

static void license_without_end(struct sample *sample)
{
    memset(sample->header.license, 'x', sizeof(sample->header.license));
}

static void unknown_kind(struct sample *sample)
{
    sample->functions[0].kind = 3;
}

static void map_that_is_not_there(struct sample *sample)
{
    sample->instructions[0].imm = 2;
}

static void map_before_the_first(struct sample *sample)
{
    sample->instructions[0].imm = -1;
}

static void value_of_a_map(struct sample *sample)
{
    sample->instructions[0].src_reg = 2; // BPF_PSEUDO_MAP_VALUE
}

static void call_of_a_function(struct sample *sample)
{
    sample->instructions[2].src_reg = 1; // BPF_PSEUDO_CALL
}

static void half_an_instruction(struct sample *sample)
{
    sample->instructions[4] = sample->instructions[0];
}

static void function_without_instructions(struct sample *sample)
{
    sample->functions[0].n_instructions = 5;
    sample->functions[1].n_instructions = 0;
}

static void too_many_instructions(struct sample *sample)
{
    sample->functions[1].n_instructions = UINT32_MAX;
}

static void too_few_instructions(struct sample *sample)
{
    sample->functions[0].n_instructions = 3;
}

static void too_many_maps(struct sample *sample)
{
    sample->header.n_maps = KEPT_ITEMS_MAX + 1;
}

static void too_large(struct sample *sample)
{
    sample->header.n_instructions = UINT32_MAX / sizeof(struct bpf_insn) + 1;
}

static void other_key_size(struct sample *sample)
{
    sample->header.key_size++;
}

// Sound but for their number.
static void test_too_many(void **state)
{
    const size_t n = KEPT_ITEMS_MAX + 1, size = sizeof(struct kept_header) + n * sizeof(struct kept_map);
    struct kept_header *header = calloc(1, size);
    (void)state;
    assert_non_null(header);
    header->license[0] = 'x';
    for (size_t i = 0; i < n; i++)
        ((struct kept_map *)(header + 1))[i].name[0] = 'm';
    header->n_maps = (uint32_t)n;
    kept_seal(header, size);
    assert_false(is_taken(header, size));
    header->n_maps--;
    kept_seal(header, size - sizeof(struct kept_map));
    assert_true(is_taken(header, size - sizeof(struct kept_map)));
    free(header);
}

static void test_unsound(void **state)
{
    static void (*const changes[])(struct sample *) = {
        name_without_end,     function_without_name, kernel_name_without_end,
        license_without_end,  unknown_kind,          map_that_is_not_there,
        map_before_the_first, value_of_a_map,        call_of_a_function,
        half_an_instruction,  too_many_instructions, function_without_instructions,
        too_few_instructions, too_many_maps,         too_large,
        other_key_size};
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(changes); i++)
        check_refused(changes[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sound),   cmocka_unit_test(test_truncated), cmocka_unit_test(test_longer),
        cmocka_unit_test(test_flipped), cmocka_unit_test(test_unsound),   cmocka_unit_test(test_too_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
