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

# twice OPTIONS...: what is compiled, and what is kept, count all.
twice()
{
    local run
    rm -rf /var/cache/biolatency
    for run in compiled kept; do
        measure $run load -v -d "$disk" "$@"
        expect "$*: origin" "$(origin $run)" $run
        expect_counted "$*, $run" $run "$(text_sum $run)" "$delta"
        expect_true "$*, $run: something to count" "$delta >= 92"
        [[ ! -e $kprobe_events ]] || expect "$*, $run: kprobe events left" "$(cat $kprobe_events)" ''
    done
    expect "$*: probes" "$(probes kept)" "$(probes compiled)"
    echo "$*: $(sed -n 's/^started in/compiled:/p' "$(err_of compiled)"), $(sed -n 's/^started in/kept:/p' "$(err_of kept)")"
}

twice -D --slowest 3
if [[ -e $kprobe_events ]]; then
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
