#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Valgrind finds no error and no lost memory in the process that traces.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
need valgrind
is_sanitized && skip "the program is built with a sanitizer"

# Valgrind 3.19 does not know BPF_MAP_LOOKUP_BATCH, and takes what it fills for uninitialised. The module tells it; it is
# built beside the program.
module=${2-${tool%/*}/tests/live/libvalgrind_bpf.so}
[[ -e $module ]] || skip "there is no $module"

make_loop 16
# What the other process does is libbcc's and LLVM's; --child-silent-after-fork leaves it out of the report.
run_valgrind()
{
    local rc=0
    echo "valgrind: $*"
    LD_PRELOAD=$(realpath "$module") valgrind --quiet --error-exitcode=99 --trace-children=no --child-silent-after-fork=yes \
        --leak-check=full --errors-for-leak-kinds=definite --log-file="$work/valgrind.log" "$tool" "$@" \
        >"$work/valgrind.out" 2>"$work/valgrind.err" || rc=$?
    if ((rc != 0 && rc != 99)) && grep -Eq 'unhandled|unsupported|unrecognised|Illegal' "$work/valgrind.log"; then
        skip "valgrind cannot run the program: $(head -3 "$work/valgrind.log")"
    fi
    expect "valgrind $*: exit status ($(cat "$work/valgrind.err"))" "$rc" 0
    expect "valgrind $*: errors" "$(grep -v 'unhandled eBPF command' "$work/valgrind.log" || true)" ''
}

background trickle

run_valgrind -D -F -e -P -T -v 1 2
[[ $(grep -c ' -> ' "$work/valgrind.out") -gt 0 ]] || wrong "no I/O was seen"
