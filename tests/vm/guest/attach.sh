#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every attach mode, with the types from BTF and from kernel headers: the probes taken are those that plans/ROW expects, and
# each counts all requests of a small load; a mode that this kernel lacks is refused with the reason.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

READS=101
WRITES=53
make_nullb attach completion_nsec=10000

# plans/ROW has a line a mode: OPTIONS | probes, or OPTIONS | refused: what the message has.
names=() options=() plans=()
while IFS='|' read -r words plan; do
    [[ $words != \#* && -n $plan ]] || continue
    names+=("run${#names[@]}")
    options+=("$(xargs <<<"$words")")
    plans+=("$(xargs <<<"$plan")")
done <"${0%/*}/../plans/$ROW"
((${#names[@]} > 0)) || wrong "no plans for $ROW"

check_run()
{
    local i=$1 counted
    if [[ ${plans[i]} == refused:* ]]; then
        expect_match "'${options[i]}' is refused" "$(cat "$(err_of "${names[i]}")")" "${plans[i]#refused: }"
        wait "${pid_of[${names[i]}]}" && wrong "'${options[i]}': exit status 0"
        unset "pid_of[${names[i]}]"
        result attach "${options[i]}" "none" "refused: $(sed "s/.*: no way/no way/" "$(err_of "${names[i]}")")"
        return
    fi
    stop "${names[i]}"
    counted=$(text_sum "${names[i]}")
    expect "'${options[i]}': probes" "$(plan_of "${names[i]}")" "${plans[i]}"
    expect "'${options[i]}': counted ($(cat "$(err_of "${names[i]}")"))" "$counted" $((READS + WRITES))
    result attach "${options[i]}" "$(plan_of "${names[i]}")" "$counted of $((READS + WRITES))"
}

# All at once, as many as this machine has CPUs to compile on: then one load for all of them.
for ((i = 0; i < ${#names[@]}; i++)); do
    # shellcheck disable=SC2086 # options are words
    launch "${names[i]}" -v -d "$disk" ${options[i]}
    ((i % 2 == 0)) || wait_for 120 is_tracing "${names[i]}" || true
done
for ((i = 0; i < ${#names[@]}; i++)); do
    wait_for 120 is_tracing "${names[i]}" || wrong "'${options[i]}' does not start"
done
before=$(ios "$disk")
do_reads $READS "/dev/$disk"
do_writes $WRITES "/dev/$disk"
settle
expect "the kernel counted" $(($(ios "$disk") - before)) $((READS + WRITES))
for ((i = 0; i < ${#names[@]}; i++)); do
    check_run "$i"
done
