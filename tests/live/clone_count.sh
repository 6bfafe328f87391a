#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# clone_count: the processes that each command creates, exactly; sorted; each interval its own.
# shellcheck source-path=SCRIPTDIR source=examples.sh
. "${0%/*}/examples.sh"

# count_of NAME COMM: over all blocks
count_of()
{
    awk -v comm="$2" '$1 == comm && NF == 2 { n += $2 } END { printf "%d\n", n }' "$(out_of "$1")"
}

begin counted
"$spawn" made-by-test 97
"$spawn" by-all-ways 50 fc3vt
"$spawn" "name of words" 3
stop counted
expect "processes" "$(count_of counted made-by-test)" 97
expect "fork, clone, clone3, vfork; no threads" "$(count_of counted by-all-ways)" 40
expect "a name of words" "$(lines counted '^name of words    3$')" 1
expect "blocks" "$(lines counted '^COMM             COUNT$')" 1
expect "greeting" "$(head -2 "$(out_of counted)")" 'Counting new processes... Hit Ctrl-C to end.'
expect "sorted" "$(awk '/^COMM/ { inside = 1; next } inside && NF { if (seen && $NF + 0 > before) print; seen = 1; before = $NF + 0 }' \
    "$(out_of counted)")" ''
expect "stderr" "$(cat "$(err_of counted)")" ''

begin two -n 2
"$spawn" made-by-test 97
"$spawn" made-as-well 211
"$spawn" not-shown 1
stop two
expect "top 2: first" "$(awk '/^COMM/ { getline; print; exit }' "$(out_of two)")" 'made-as-well     211'
expect "top 2: lines" "$(awk '/^COMM/ { inside = 1; next } inside && NF { n++ } END { print n + 0 }' "$(out_of two)")" 2

# Intervals: each has what it adds; the last one comes with the signal.
begin blocks 1
"$spawn" in-the-first 23
wait_for 20 has_lines blocks '^in-the-first' 1 || wrong "no block comes by itself"
"$spawn" later 29
stop blocks
expect "first" "$(count_of blocks in-the-first)" 23
expect "later" "$(count_of blocks later)" 29
begin two-blocks 1 2
ends two-blocks 0
expect "1 2: blocks" "$(lines two-blocks '^COMM             COUNT$')" 2

refused_usage "no interval" x
refused_usage "interval 0" 0
refused_usage "count 0" 1 0
refused_usage "top 0" -n 0
check_gone_reader 1
check_capabilities
expect "nobody with capabilities" "$(count_of capable by-nobody)" 11
check_manners 1 2 3
