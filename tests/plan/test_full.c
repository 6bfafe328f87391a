// SPDX-License-Identifier: Apache-2.0
// A plan that does not fit into its arrays is refused in words. Built with one of the sizes too small, SIZE
// by name.
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "kernels.h"
#include "trace/tracer.h"

static int make(struct plan *plan, const char *name, unsigned bits, char *why, size_t size)
{
    static const struct plan_scale scale = {4, 4096};
    const struct needs needs = {
        .by = bits & 3, .from_queue = bits & 4, .samples = bits & 8, .sums = bits & 16};
    struct kernel kernel;
    kernels_get(name, &kernel);
    return plan_make(plan, &needs, &kernel, &scale, why, size);
}

static void assert_refused(int error, const char *why)
{
    char words[128];
    snprintf(words, sizeof(words), "the plan for this kernel and these options does not fit: %s is too small",
             SIZE);
    assert_int_equal(error, -E2BIG);
    assert_string_equal(why, words);
}

// Some fit and some do not; those that fit do so with each variant of the defines, whole.
static void test_full(void **state)
{
    static const char *const names[] = {"4.14", "5.4-headers", "6.1.90", "6.18"};
    unsigned refused = 0;
    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        for (unsigned bits = 0; bits < 64; bits++) {
            struct plan plan;
            char why[256];
            int error = make(&plan, names[i], bits, why, sizeof(why));
            if (error) {
                assert_refused(error, why);
                refused++;
                continue;
            }
            size_t n = plan.n_defines;
            for (size_t variant = 0; variant < plan.n_variants; variant++) {
                plan_set_variant(&plan, variant);
                assert_null(plan.full);
            }
            assert_int_equal(plan.n_defines > n ? plan.n_defines - n : n - plan.n_defines,
                             plan.n_variants - 1);
        }
    assert_int_equal(refused > 0, !ALL_FIT);
}

// The tracer's arrays are as large as the plan's: it refuses what is larger.
static void test_tracer(void **state)
{
    static const struct kernel kernel;
    struct plan plan = {.n_points = PLAN_POINTS + 1};
    struct tracer *tracer = NULL;
    char why[128], *log = NULL;
    (void)state;
    assert_int_equal(tracer_open(&tracer, NULL, &plan, &kernel, why, sizeof(why), &log), -E2BIG);
    assert_string_equal(why, "the plan has more probes or defines than fit");
    plan = (struct plan){.n_defines = PLAN_DEFINES + 1};
    assert_int_equal(tracer_open(&tracer, NULL, &plan, &kernel, why, sizeof(why), &log), -E2BIG);
    assert_null(tracer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_tracer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
