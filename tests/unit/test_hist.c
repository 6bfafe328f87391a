// SPDX-License-Identifier: Apache-2.0
// Histograms against the values that they are made of.
#include "testing.h"

#include <string.h>

#include "model/hist.h"
#include "slots.h"

#define MAX_VALUES 3000

__extension__ typedef unsigned __int128 uint128;

// ---- slots ----

static void check_value(uint64_t value)
{
    unsigned slot = slot_of(value);
    assert_true(slot < HIST_SLOTS);
    assert_true(hist_slot_low(slot) <= value);
    assert_true(value <= hist_slot_high(slot));
}

static void test_slot_borders(void **state)
{
    (void)state;
    check_value(0);
    check_value(UINT64_MAX);
    for (int i = 0; i < 64; i++) {
        uint64_t power = (uint64_t)1 << i;
        check_value(power - 1);
        check_value(power);
        check_value(power + 1);
        assert_true(hist_slot_low(slot_of(power)) == power);
        if (i >= HIST_SUB_BITS)
            assert_int_equal(slot_of(power) % HIST_SUB, 0);
    }
}

static void test_slot_inverse(void **state)
{
    (void)state;
    for (unsigned slot = 0; slot < HIST_SLOTS; slot++) {
        uint64_t low = hist_slot_low(slot), high = hist_slot_high(slot);
        assert_int_equal(slot_of(low), slot);
        assert_int_equal(slot_of(high), slot);
        assert_true(high - low <= low / HIST_SUB);
        if (slot + 1 < HIST_SLOTS)
            assert_true(high + 1 == hist_slot_low(slot + 1));
    }
    assert_true(hist_slot_low(0) == 0);
    assert_true(hist_slot_high(HIST_SLOTS - 1) == UINT64_MAX);
}

static void test_slot_random(void **state)
{
    uint64_t seed = 1;
    (void)state;
    for (int i = 0; i < 1000000; i++)
        check_value(random_next(&seed) >> random_below(&seed, 64));
}

// ---- samples ----

static uint64_t draw_small(uint64_t *seed)
{
    return random_below(seed, 40);
}

static uint64_t draw_uniform(uint64_t *seed)
{
    return random_below(seed, 100000);
}

static uint64_t draw_any(uint64_t *seed)
{
    return random_next(seed);
}

static uint64_t draw_log_uniform(uint64_t *seed)
{
    return random_next(seed) >> random_below(seed, 64);
}

static uint64_t draw_two_peaks(uint64_t *seed)
{
    return random_below(seed, 20) ? 90 + random_below(seed, 20) : 8000000 + random_below(seed, 1000000);
}

static uint64_t draw_constant(uint64_t *seed)
{
    (void)seed;
    return 12345;
}

static uint64_t draw_zero(uint64_t *seed)
{
    (void)seed;
    return 0;
}

static uint64_t draw_border(uint64_t *seed)
{
    return ((uint64_t)1 << random_below(seed, 64)) - random_below(seed, 2);
}

static uint64_t (*const draws[])(uint64_t *seed) = {
    draw_small,     draw_uniform,  draw_any,  draw_log_uniform,
    draw_two_peaks, draw_constant, draw_zero, draw_border,
};

struct sample {
    uint64_t values[MAX_VALUES]; // ascending
    size_t n;
    struct hist_slot slots[MAX_VALUES];
    struct hist hist;
};

static int compare_values(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void sample_draw(struct sample *sample, uint64_t (*draw)(uint64_t *), size_t n, uint64_t *seed)
{
    size_t n_slots = 0;
    for (size_t i = 0; i < n; i++)
        sample->values[i] = draw(seed);
    qsort(sample->values, n, sizeof(uint64_t), compare_values);
    for (size_t i = 0; i < n; i++) {
        unsigned slot = slot_of(sample->values[i]);
        if (!n_slots || sample->slots[n_slots - 1].slot != slot)
            sample->slots[n_slots++] = (struct hist_slot){.slot = slot};
        sample->slots[n_slots - 1].count++;
    }
    sample->n = n;
    sample->hist = (struct hist){.slots = sample->slots, .n = n_slots, .count = n};
}

static void each_sample(void (*check)(const struct sample *sample))
{
    static struct sample sample;
    uint64_t seed = 2;
    for (size_t i = 0; i < ARRAY_SIZE(draws); i++)
        for (int round = 0; round < 40; round++) {
            size_t most = round < 10 ? 10 : MAX_VALUES;
            sample_draw(&sample, draws[i], 1 + random_below(&seed, most), &seed);
            check(&sample);
        }
}

// ---- powers of two ----

// bcc's bpf_log2l, the slow way, from 0 on.
static unsigned log2_bucket(uint64_t value)
{
    unsigned bucket = 0;
    while (value > 1) {
        value /= 2;
        bucket++;
    }
    return bucket;
}

static void check_log2(const struct sample *sample)
{
    uint64_t want[HIST_LOG2_BUCKETS] = {0};
    struct hist_bucket got[HIST_LOG2_BUCKETS];
    for (size_t i = 0; i < sample->n; i++)
        want[log2_bucket(sample->values[i])]++;
    memset(got, 0xff, sizeof(got));
    size_t n = hist_log2(&sample->hist, got);
    assert_int_equal(n, log2_bucket(sample->values[sample->n - 1]) + 1);
    for (size_t i = 0; i < HIST_LOG2_BUCKETS; i++)
        assert_int_equal(got[i].count, want[i]);
}

static void test_log2(void **state)
{
    (void)state;
    each_sample(check_log2);
}

static void test_log2_each_slot(void **state)
{
    (void)state;
    for (unsigned slot = 0; slot < HIST_SLOTS; slot++) {
        struct hist_slot one = {.slot = slot, .count = UINT64_MAX};
        struct hist hist = {.slots = &one, .n = 1, .count = UINT64_MAX};
        struct hist_bucket got[HIST_LOG2_BUCKETS];
        size_t n = hist_log2(&hist, got);
        assert_true(got[n - 1].count == UINT64_MAX);
        assert_true(got[n - 1].low <= hist_slot_low(slot));
        assert_true(got[n - 1].high >= hist_slot_high(slot));
        assert_int_equal(log2_bucket(hist_slot_high(slot)), n - 1);
    }
}

static void test_log2_bounds(void **state)
{
    const struct hist empty = {0};
    struct hist_bucket got[HIST_LOG2_BUCKETS];
    (void)state;
    assert_int_equal(hist_log2(&empty, got), 0);
    assert_int_equal(got[0].low, 0);
    for (unsigned i = 0; i < HIST_LOG2_BUCKETS; i++) {
        assert_int_equal(log2_bucket(got[i].low), i);
        assert_int_equal(log2_bucket(got[i].high), i);
        if (i > 0)
            assert_true(got[i].low == got[i - 1].high + 1);
    }
    assert_true(got[HIST_LOG2_BUCKETS - 1].high == UINT64_MAX);
}

// ---- adding ----

// In any order, each slot several times, against an array.
static void test_add_merge(void **state)
{
    static uint64_t want[HIST_SLOTS];
    uint64_t seed = 6, count = 0;
    struct hist hist = {0}, other = {.sum = 70};
    (void)state;
    for (int i = 0; i < 5000; i++) {
        unsigned slot = (unsigned)random_below(&seed, i % 2 ? 100 : HIST_SLOTS);
        uint64_t n = 1 + random_below(&seed, 1000);
        want[slot] += n;
        count += n;
        assert_int_equal(hist_add(i % 3 ? &hist : &other, slot, n), 0);
    }
    hist.sum = 7;
    assert_int_equal(hist_merge(&hist, &other), 0);
    hist_free(&other);
    assert_int_equal(hist.sum, 77);
    assert_int_equal(hist.count, count);
    for (size_t i = 0, slot = 0; slot < HIST_SLOTS; slot++)
        if (want[slot]) {
            assert_true(i < hist.n);
            assert_int_equal(hist.slots[i].slot, slot);
            assert_int_equal(hist.slots[i++].count, want[slot]);
        }
    hist_free(&hist);
    assert_null(hist.slots);
    assert_int_equal(hist.count, 0);
}

// ---- percentiles ----

static const unsigned per_milles[] = {0, 1, 250, 500, 501, 750, 900, 990, 999, 1000};

static void check_percentiles(const struct sample *sample)
{
    for (size_t i = 0; i < ARRAY_SIZE(per_milles); i++) {
        size_t rank = (sample->n * per_milles[i] + 999) / 1000;
        uint64_t truth = sample->values[rank ? rank - 1 : 0];
        uint64_t got = hist_percentile(&sample->hist, per_milles[i], 1000);
        assert_true(got >= truth);
        assert_true(got - truth <= truth / 32);
    }
}

static void test_percentiles(void **state)
{
    (void)state;
    each_sample(check_percentiles);
}

static void test_percentile_rank(void **state)
{
    // Ten values: 1 .. 10, whose ranks are known by heart.
    static const struct {
        unsigned numerator, denominator, want;
    } rows[] = {{0, 100, 1},  {1, 100, 1},  {10, 100, 1},   {11, 100, 2}, {50, 100, 5},
                {51, 100, 6}, {90, 100, 9}, {99, 100, 10},  {1, 1, 10},   {1, 2, 5},
                {1, 3, 4},    {2, 3, 7},    {999, 1000, 10}};
    struct hist_slot slots[10];
    struct hist hist = {.slots = slots, .n = 10, .count = 10};
    (void)state;
    for (unsigned i = 0; i < 10; i++)
        slots[i] = (struct hist_slot){.slot = i + 1, .count = 1};
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        assert_int_equal(hist_percentile(&hist, rows[i].numerator, rows[i].denominator), rows[i].want);
}

static uint64_t percentile_128(const struct hist *hist, unsigned per_mille)
{
    uint128 rank = ((uint128)hist->count * per_mille + 999) / 1000, seen = 0;
    for (size_t i = 0; i < hist->n; i++) {
        seen += hist->slots[i].count;
        if (seen >= rank && seen > 0)
            return hist_slot_high(hist->slots[i].slot);
    }
    return 0;
}

// Counts up to 2^64 - 1 in all.
static void test_percentile_huge(void **state)
{
    uint64_t seed = 3;
    (void)state;
    for (int round = 0; round < 2000; round++) {
        struct hist_slot slots[8];
        struct hist hist = {.slots = slots, .n = 1 + random_below(&seed, 8)};
        for (size_t i = 0; i < hist.n; i++) {
            uint64_t left = UINT64_MAX - hist.count;
            uint64_t count =
                round % 2 ? left / 2 + 1 - random_below(&seed, 3) : (random_next(&seed) >> 3) + 1;
            slots[i] = (struct hist_slot){.slot = (unsigned)i * 100 + 7, .count = count};
            hist.count += count;
        }
        for (size_t i = 0; i < ARRAY_SIZE(per_milles); i++)
            assert_true(hist_percentile(&hist, per_milles[i], 1000) == percentile_128(&hist, per_milles[i]));
    }
}

static void test_percentile_most(void **state)
{
    struct hist_slot slots[] = {{.slot = 1, .count = (uint64_t)1 << 63},
                                {.slot = 2, .count = ((uint64_t)1 << 63) - 1}};
    struct hist hist = {.slots = slots, .n = 2, .count = UINT64_MAX};
    (void)state;
    assert_int_equal(hist_percentile(&hist, 500, 1000), 1);
    assert_int_equal(hist_percentile(&hist, 501, 1000), 2);
    assert_int_equal(hist_percentile(&hist, 1000, 1000), 2);
}

static void test_empty(void **state)
{
    const struct hist empty = {0};
    struct hist_bucket got[HIST_LOG2_BUCKETS];
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(per_milles); i++)
        assert_int_equal(hist_percentile(&empty, per_milles[i], 1000), 0);
    memset(got, 0xff, sizeof(got));
    assert_int_equal(hist_log2(&empty, got), 0);
    for (size_t i = 0; i < HIST_LOG2_BUCKETS; i++)
        assert_int_equal(got[i].count, 0);
}

static void test_percentile_names(void **state)
{
    static const struct hist_percentile_row want[] = {
        {"p50", 500}, {"p90", 900}, {"p99", 990}, {"p99.9", 999}, {"max", 1000}};
    (void)state;
    assert_int_equal(HIST_PERCENTILES, ARRAY_SIZE(want));
    for (int i = 0; i < HIST_PERCENTILES; i++) {
        assert_string_equal(hist_percentiles[i].name, want[i].name);
        assert_int_equal(hist_percentiles[i].per_mille, want[i].per_mille);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slot_borders),     cmocka_unit_test(test_slot_inverse),
        cmocka_unit_test(test_slot_random),      cmocka_unit_test(test_log2),
        cmocka_unit_test(test_log2_bounds),      cmocka_unit_test(test_add_merge),
        cmocka_unit_test(test_log2_each_slot),   cmocka_unit_test(test_percentiles),
        cmocka_unit_test(test_percentile_rank),  cmocka_unit_test(test_percentile_huge),
        cmocka_unit_test(test_percentile_most),  cmocka_unit_test(test_empty),
        cmocka_unit_test(test_percentile_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
