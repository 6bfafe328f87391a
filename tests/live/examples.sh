# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the live tests of the examples share. They take the path of the example as $1, and find spawn beside the tests.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

spawn=$(realpath "$2")

# begin NAME OPTIONS...: starts the example and waits until it traces.
begin()
{
    launch "$@"
    if ! wait_for 60 example_has_begun "$1" || is_ended "${pid_of[$1]}"; then
        wrong "$*: does not start: $(cat "$(err_of "$1")")"
    fi
}

# lines NAME REGEX: of its output
lines()
{
    grep -cE "$2" "$(out_of "$1")" || true
}

# has_lines NAME REGEX COUNT
has_lines()
{
    (($(lines "$1" "$2") >= $3))
}

# tracefs for this test alone, in a mount namespace of its own: begins the script again there.
with_tracefs()
{
    if [[ -z ${IN_NAMESPACE-} ]]; then
        need unshare
        unshare -m true 2>/dev/null || skip "no mount namespaces here"
        rm -rf "$work"
        IN_NAMESPACE=1 exec unshare -m --propagation private "$0" "${arguments[@]}"
    fi
    mountpoint -q /sys/kernel/tracing || mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null ||
        skip "tracefs cannot be mounted"
}

# Without tracefs and debugfs, in a mount namespace of its own.
without_tracefs()
{
    # shellcheck disable=SC2016
    unshare -m --propagation private bash -c '
        for place in /sys/kernel/debug/tracing /sys/kernel/debug /sys/kernel/tracing; do
            while umount "$place" 2>/dev/null; do :; done
        done
        exec "$@"' bash "$@"
}

# What every example does: wrong usage, help, signals, a reader that goes away, no permission; nothing is left.
check_manners()
{
    local signal rc
    refused_usage "no such option" --nosuch
    refused_usage "a word too many" "$@"
    rc=0
    "$tool" --help >"$work/help" || rc=$?
    expect "--help: exit status" "$rc" 0
    expect_match "--help" "$(head -1 "$work/help")" "^usage: ${tool##*/} "
    for signal in INT TERM HUP; do
        begin manners
        kill "-$signal" "${pid_of[manners]}"
        ends manners 0
    done
    launcher=(bash -c 'trap "" INT HUP; exec "$@"' bash)
    begin manners
    kill -HUP "${pid_of[manners]}"
    sleep 0.3
    is_ended "${pid_of[manners]}" && wrong "HUP ends it though it was ignored"
    stop manners
    launcher=()
    begin manners
    kill -KILL "${pid_of[manners]}"
    quietly_ends manners 137
    check_full_disk
    if command -v setpriv >/dev/null; then
        local readable="$work/${tool##*/}"
        chmod 711 "$work"
        cp "$tool" "$readable"
        rc=0
        setpriv --reuid nobody --clear-groups "$readable" >"$work/nobody.out" 2>"$work/nobody.err" || rc=$?
        expect "nobody: exit status" "$rc" 1
        expect "nobody: lines" "$(wc -l <"$work/nobody.err")" 1
        expect_match "nobody" "$(cat "$work/nobody.err")" "not permitted to trace: needs root"
    fi
    expect "BPF programs left" "$(programs)" ''
}

# The shell does not tell that it was killed.
quietly_ends()
{
    exec 3>&2 2>/dev/null
    ends "$@"
    exec 2>&3 3>&-
}

check_full_disk()
{
    local rc=0
    [[ -e /dev/full ]] || return 0
    "$tool" >/dev/full 2>"$work/full.err" &
    pid_of[full]=$!
    wait_for 60 has_settled "${pid_of[full]}"
    "$spawn" full-disk 3
    wait_for 2 is_ended "${pid_of[full]}" || kill -INT "${pid_of[full]}" # what prints only at the end
    wait "${pid_of[full]}" || rc=$?
    unset "pid_of[full]"
    expect "a full disk: exit status" "$rc" 1
    expect_match "a full disk" "$(tail -1 "$work/full.err")" 'cannot write to standard output: No space left on device'
}

# As nobody with just what BPF needs.
check_capabilities()
{
    command -v setpriv >/dev/null || return 0
    chmod 711 "$work"
    cp "$tool" "$work/capable"
    launcher=(setpriv --reuid nobody --clear-groups --inh-caps "+bpf,+perfmon" --ambient-caps "+bpf,+perfmon")
    if ! "${launcher[@]}" true 2>/dev/null; then
        untested "CAP_BPF and CAP_PERFMON: this kernel has none"
        launcher=()
        return
    fi
    local before=$tool
    tool=$work/capable
    begin capable
    "$spawn" by-nobody 11
    stop capable
    tool=$before
    launcher=()
}

refused_usage()
{
    local what=$1
    shift
    local rc=0
    "$tool" "$@" >"$work/refused.out" 2>"$work/refused.err" || rc=$?
    expect "$what: exit status" "$rc" 2
    expect "$what: stdout" "$(cat "$work/refused.out")" ''
    expect "$what: lines on stderr" "$(wc -l <"$work/refused.err")" 1
}

# check_gone_reader: a reader that goes away after the first lines ends it with 0 at the next write.
check_gone_reader()
{
    local rc
    mkfifo "$work/gone"
    "$tool" "$@" >"$work/gone" 2>"$work/gone.err" &
    pid_of[gone]=$!
    head -c 1 "$work/gone" >/dev/null
    wait_for 60 has_settled "${pid_of[gone]}"
    "$spawn" gone-reader 5
    wait_for 20 is_ended "${pid_of[gone]}" || {
        wrong "$*: goes on though its reader has gone"
        kill -KILL "${pid_of[gone]}"
    }
    rc=0
    wait "${pid_of[gone]}" || rc=$?
    unset "pid_of[gone]"
    expect "a gone reader: exit status" "$rc" 0
    expect "a gone reader: stderr" "$(grep -v '^Tracing' "$work/gone.err" || true)" ''
    rm "$work/gone"
}

# The example's BPF programs: named after the functions of probes/examples/created.bpf.h.
programs()
{
    local i
    for ((i = 0; i < 100; i++)); do
        bpftool prog list | grep ' name created_' >/dev/null || return 0
        sleep 0.05
    done
    bpftool prog list | grep ' name created_'
}
