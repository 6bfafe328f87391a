#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The three examples, with the probes that this kernel has: each tells of all processes that a shell creates.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

FORKS=53

# create: that many processes, by a shell with a name that nothing else has; its pid is then in creator.
cp "$(command -v bash)" "$work/creator"
create()
{
    "$work/creator" -c "for ((i = 0; i < $FORKS; i++)); do (:); done" &
    creator=$!
    wait $creator
}

for example in hello_world hello_perf_output clone_count; do
    tool=${0%/*}/../../../bin/$example
    launch "$example"
    wait_for 60 example_has_begun "$example" || wrong "$example does not start: $(cat "$(err_of "$example")")"
    create
    [[ $example != hello_world ]] || creators=$creator
    # shellcheck disable=SC2317 # called by wait_for
    has_all()
    {
        (($(grep -cE "(creator|-$creator ).*Hello" "$(out_of "$example")") >= FORKS))
    }
    [[ $example == clone_count ]] || wait_for 10 has_all || true
    stop "$example"
done
# In the trace pipe it is known by the pid: the name in a line is the one that the kernel noted last for it, which may be none
# or that before exec.
expect "trace pipe" "$(grep -cE "^ *[^ ]+-$creators .*Hello, World!" "$(out_of hello_world)" || true)" $FORKS
((failures == 0)) || grep -v '^ *creator-' "$(out_of hello_world)" | tail -20
expect "perf buffer" "$(grep -c ' creator .*Hello, perf_output!' "$(out_of hello_perf_output)" || true)" $FORKS
expect "map" "$(awk '$1 == "creator" { print $2 }' "$(out_of clone_count)")" $FORKS
result ways "$FORKS of $FORKS processes by trace pipe, perf buffer and map"
