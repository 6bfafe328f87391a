#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# hello_world: a line in the trace pipe for every process that is created, exactly; what to do where there is no pipe.
# shellcheck source-path=SCRIPTDIR source=examples.sh
. "${0%/*}/examples.sh"
with_tracefs

# busy: another process reads the pipe
exec {pipe}</sys/kernel/tracing/trace_pipe || skip "somebody else reads the trace pipe"
timeout 0.2 cat <&"$pipe" >/dev/null || true # lines of others that are there already
rc=0
"$tool" >"$work/busy.out" 2>"$work/busy.err" &
pid_of[busy]=$!
sleep 1
if is_ended "${pid_of[busy]}"; then # 6.6 and later
    ends busy 1
    expect_match "busy" "$(cat "$work/busy.err")" 'somebody else reads the trace pipe'
    expect "busy: lines" "$(wc -l <"$work/busy.err")" 1
else
    stop busy
fi
exec {pipe}<&-

# create NAME COUNT [WAYS]: by spawn, whose pid is then in creator.
create()
{
    "$spawn" "$@" &
    creator=$!
    wait $creator
}

# Known by the pid: the name in a line is the one that the kernel noted last for it, which may be none or that before exec.
begin counted
create made-by-test 97
wait_for 20 has_lines counted "[^ ]-$creator " 97 || wrong "lines do not come by themselves"
stop counted
expect_true "names" "$(lines counted " made-by-test-$creator ") > 0"
expect "processes" "$(lines counted "^ +[^ ]+-$creator +"'(\([ 0-9-]*\) )?\[[0-9]+\] .*: [a-z_0-9]*: Hello, World!$')" 97
expect "empty lines" "$(lines counted '^$')" 0

begin ways
create by-all-ways 50 fc3vt
stop ways
expect "fork, clone, clone3, vfork; no threads" "$(lines ways "[^ ]-$creator ")" 40

begin fields --fields
create made-by-test 89 f
made=$creator
create "a b-1 [000]" 3
stop fields
expect "fields: header" "$(head -1 "$(out_of fields)")" 'TASK             PID     CPU FLAGS TIME(s)            MESSAGE'
expect "fields" "$(lines fields "^.{16} $made "'+[0-9]+ +[^ ]+ +[0-9]+\.[0-9]{6} +Hello, World!$')" 89
expect_true "fields: names" "$(lines fields "^(made-by-test    |a b-1 \[000\]     ) ") > 0"
expect "fields: a name with spaces" "$(lines fields "^.{16} $creator "'+[0-9]+ +[^ ]+ +[0-9]+\.[0-9]{6} +Hello, World!$')" 3

# Where there is no pipe it tells what to mount, and mounts nothing.
cat /proc/self/mounts >"$work/before"
launcher=(without_tracefs)
refused "nothing mounted" 1 'mount -t tracefs tracefs /sys/kernel/tracing'
launcher=()
expect "mounts" "$(diff "$work/before" /proc/self/mounts)" ''

# Below debugfs alone.
if unshare -m --propagation private mount -t debugfs debugfs /sys/kernel/debug 2>/dev/null; then
    # shellcheck disable=SC2016
    launcher=(unshare -m --propagation private bash -c 'while umount /sys/kernel/tracing 2>/dev/null; do :; done
        mount -t debugfs debugfs /sys/kernel/debug; exec "$@"' bash)
    begin debugfs
    create by-debugfs 7
    stop debugfs
    expect "debugfs" "$(lines debugfs "[^ ]-$creator ")" 7
    launcher=()
else
    untested "debugfs: cannot be mounted"
fi

"$tool" --help >"$work/help"
grep -q 'one trace pipe for the whole system' "$work/help" || wrong "--help does not tell that the pipe is shared"
grep -q 'takes it away' "$work/help" || wrong "--help does not tell that the pipe is consumed"
check_gone_reader --fields
check_manners 1
