#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What README.md says of other programs, good and bad, is so: of the versions that Debian 12 has, on this kernel.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

make_loop 64

# has PACKAGE VERSION: is it installed in that version (the beginning of it)?
has()
{
    local version
    version=$(dpkg-query -W -f '${Version}' "$1" 2>/dev/null) && [[ $version == "$2"* ]] && return 0
    untested "$1: not $2 but '$version'"
    return 1
}

has_begun()
{
    grep -q Tracing "$(out_of "$1")" || is_ended "${pid_of[$1]}"
}

# other NAME COMMAND...: runs COMMAND while 211 requests are read. Sets rc.
other()
{
    local name=$1
    shift
    rc=0
    : >"$(out_of "$name")"
    timeout -k 5 -s INT 20 "$@" >"$(out_of "$name")" 2>"$(err_of "$name")" &
    pid_of[$name]=$!
    wait_for 10 has_begun "$name" || true
    sleep 0.3
    do_reads 211
    wait "${pid_of[$name]}" || rc=$?
    unset "pid_of[$name]"
}

if has libbpf-tools 0.26.; then
    tools=/usr/sbin/biolatency
    other plain stdbuf -oL $tools -d "$disk" 2 1
    expect "libbpf-tools counts all" "$(text_sum plain)" 211
    other pairs stdbuf -oL $tools -DF -d "$disk" 2 1
    expect "libbpf-tools, -D with -F" "$(awk '/ -> / { n += $5 } END { print n }' "$(out_of pairs)")" 211
    expect_match "libbpf-tools, -D with -F: title" "$(cat "$(out_of pairs)")" "disk = $disk"$'\t'"flags = "
    if addpart "$loop" 1 2048 32768 2>/dev/null; then
        undo+=("delpart '$loop' 1")
        if wait_for 5 test -b "${loop}p1"; then
            other part stdbuf -oL $tools -d "${disk}p1" 2 1
            expect "libbpf-tools, a partition: exit status" "$rc" 0
            expect "libbpf-tools, a partition: what it counts" "$(awk '/ -> /' "$(out_of part)")" ''
        fi
    fi
    rc=0
    $tools -d nosuch 1 1 >/dev/null 2>&1 || rc=$?
    expect "libbpf-tools, no such disk: exit status" "$rc" 0
    expect_match "libbpf-tools, a control group" "$($tools --help)" '--cgroup='
fi

if has bpfcc-tools 0.26.; then
    expect_match "biolatency.py, -D with -F" "$(/usr/sbin/biolatency-bpfcc -DF 1 1)" '^ERROR: can only use -D or -F'
    rc=0
    /usr/sbin/biolatency-bpfcc -d nosuch 1 1 >/dev/null 2>&1 || rc=$?
    expect "biolatency.py, no such disk: exit status" "$rc" 1
fi

if has bpfcc-tools 0.26. && [[ ! -e /lib/modules/$(uname -r)/build ]] && ! modprobe kheaders 2>/dev/null; then
    other python /usr/sbin/biolatency-bpfcc 2 1
    expect "biolatency.py without headers: exit status" "$rc" 1
    expect_match "biolatency.py without headers" "$(cat "$(err_of python)")" 'Failed to compile BPF module'
fi

if [[ -e /sys/bus/event_source/devices/kprobe/type ]]; then
    untested "bpftrace without kprobes: this kernel has them"
elif has bpftrace 0.17.; then
    other bpftrace timeout -s INT 3 bpftrace /usr/sbin/biolatency.bt
    expect_match "bpftrace without kprobes" "$(cat "$(out_of bpftrace)")" 'Tracing block device I/O'
    expect "bpftrace without kprobes: what it counts" "$(grep -c '@usecs' "$(out_of bpftrace)" || true)" 0
fi
