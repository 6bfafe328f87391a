#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# hello_perf_output: every process that is created, exactly, in time order over CPUs; losses are told.
# shellcheck source-path=SCRIPTDIR source=examples.sh
. "${0%/*}/examples.sh"

# expect_sorted NAME: its times do not go back
expect_sorted()
{
    awk 'NR > 1 && $1 + 0 < before { print "at line " NR ": " $0 } { before = $1 + 0 }' "$(out_of "$1")" >"$work/unsorted"
    expect "$1: lines out of order" "$(head -3 "$work/unsorted")" ''
}

begin counted
"$spawn" made-by-test 97
stop counted
expect "processes" "$(lines counted ' made-by-test ')" 97
expect "lines that are none" \
    "$(grep -cvE '^([0-9]+\.[0-9]{9} +.{1,15} +[0-9]+ +Hello, perf_output!|TIME\(s\) +COMM +PID +MESSAGE)$' "$(out_of counted)" || true)" 0
expect "header" "$(head -1 "$(out_of counted)")" 'TIME(s)            COMM             PID    MESSAGE'
expect_match "first event" "$(sed -n 2p "$(out_of counted)")" '^0\.000000000 '
expect "stderr" "$(cat "$(err_of counted)")" ''
expect_sorted counted

# Each call that creates a process, and one that does not.
begin ways
"$spawn" by-all-ways 100 fc3vt
stop ways
expect "fork, clone, clone3, vfork; no threads" "$(lines ways ' by-all-ways ')" 80

# Two that go from CPU to CPU at once.
if [[ $(nproc) -ge 2 ]]; then
    begin order
    "$spawn" order-a 331 f 0,1 &
    "$spawn" order-b 331 f 1,0
    wait $!
    stop order
    expect "a" "$(lines order ' order-a ')" 331
    expect "b" "$(lines order ' order-b ')" 331
    expect_sorted order
else
    untested "order over CPUs: there is one"
fi

# It comes by itself, not only at the end.
begin live
"$spawn" comes-live 3
wait_for 20 has_lines live ' comes-live ' 3 || wrong "nothing comes out while it runs"
stop live

# One page holds some 80 events. While nobody reads them, all above that are lost. The kernel tells with the next event.
begin lost --pages 1
kill -STOP "${pid_of[lost]}"
"$spawn" too-many 1009 f 0
kill -CONT "${pid_of[lost]}"
wait_for 20 has_lines lost ' too-many ' 20 || wrong "nothing comes out after losses"
"$spawn" one-more 1 f 0
stop lost
told=$(awk '/ events? (was|were) lost/ { n += $2 } END { printf "%d\n", n }' "$(err_of lost)")
got=$(lines lost ' too-many ')
# shellcheck disable=SC2034 # used below, in an expression
others=$(($(wc -l <"$(out_of lost)") - 1 - got - $(lines lost ' one-more ')))
expect_true "losses are told: $told of 1009, came: $got" "told > 0 && got + told >= 1009"
# Processes that others created at that time may be among the lost.
expect_true "no more losses are told than there were: $told, came: $got" "got + told <= 1009 + 50 + others"
expect "one more" "$(lines lost ' one-more ')" 1

refused_usage "pages: no number" --pages x
refused_usage "pages: 0" --pages 0
refused_usage "pages: no power of two" --pages 3
check_gone_reader --pages 64
check_capabilities
expect "nobody with capabilities" "$(lines capable ' by-nobody ')" 11
check_manners 1
