#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Kept programs with the kinds of probes that this kernel has, as the second run of each finds them: named kprobe events of kernels before
# 4.17 too, by hiding what they lack.
export KEPT=1
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

make_loop 16
kprobe_events=$tracefs/kprobe_events

load()
{
    do_reads 61
    do_writes 31
}

origin()
{
    sed -nE 's/^(kept) program of .*/\1/p; s/^(compiled) in [0-9]+ ms/\1/p' "$(err_of "$1")"
}

# What it says that it has attached.
probes()
{
    grep -E '^(kprobe|raw tracepoint) ' "$(err_of "$1")"
}

# twice OPTIONS...: what was compiled by the first run is found by the second, which counts all. The first may take long.
twice()
{
    rm -rf /var/cache/biolatency
    "$tool" -v -d "$disk" "$@" 1 1 >"$(out_of compiled)" 2>"$(err_of compiled)" || wrong "$*: exit status $?"
    measure kept load -v -d "$disk" "$@"
    expect "$*: first" "$(origin compiled)" compiled
    expect "$*: second" "$(origin kept)" kept
    expect_counted "$*" kept "$(text_sum kept)" "$delta"
    expect_true "$*: something to count" "$delta >= 92"
    [[ ! -e $kprobe_events ]] || expect "$*: kprobe events left" "$(cat $kprobe_events)" ''
    expect "$*: probes" "$(probes kept)" "$(probes compiled)"
    echo "$*: $(sed -n 's/^started in/compiled:/p' "$(err_of compiled)"), $(sed -n 's/^started in/kept:/p' "$(err_of kept)")"
}

twice -D --slowest 3
if grep -q '^--attach kprobe *| *kprobe' "${0%/*}/../plans/$ROW"; then
    twice --attach kprobe -D -F
    pmu=$(realpath /sys/bus/event_source/devices/kprobe)
    mount -t tmpfs none "$pmu"
    mounts+=("$pmu")
    twice --attach kprobe -D
    # Killed, it leaves nothing either.
    start killed -v --attach kprobe -D -d "$disk"
    expect "killed: origin" "$(origin killed)" kept
    expect_true "named events" "$(grep -c _bcc_ $kprobe_events) > 0"
    kill -KILL "${pid_of[killed]}"
    ends killed 137
    # shellcheck disable=SC2317 # called by wait_for
    is_clean()
    {
        [[ -z $(<$kprobe_events) ]]
    }
    wait_for 10 is_clean || wrong "killed: it leaves $(cat $kprobe_events)"
    umount "$pmu"
fi
twice --no-btf -Q
