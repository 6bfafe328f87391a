#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# --slower: each I/O is a line, with its place, size, operation and who made it, as soon as it has ended; what there was no
# room for is told.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

READS=997
WRITES=499
TOTAL=$((READS + WRITES))

# printed NAME: of how many samples the closing line on stderr says that they were printed.
printed()
{
    sed -nE 's/^[^:]*: ([0-9]+) samples? of [^ ]+ or more printed, [0-9]+ dropped$/\1/p' "$(err_of "$1")"
}

lines()
{
    sed '1,/^BEGAN/d' "$(out_of "$1")"
}

has_lines()
{
    (($(lines "$1" | wc -l) >= $2))
}

# Sets reader and writer, their process ids.
reads_and_writes()
{
    do_reads $READS &
    reader=$!
    wait $reader
    do_writes $WRITES "$loop" 1000 &
    writer=$!
    wait $writer
}

# do_reads is a function, so $! is a shell: its child has the name dd. exec makes it one.
do_reads()
{
    exec dd "if=${2:-$loop}" of=/dev/null bs=4k "count=$1" "skip=${3:-0}" iflag=direct status=none
}

do_writes()
{
    exec dd if=/dev/zero "of=${2:-$loop}" bs=4k "count=$1" "seek=${3:-0}" oflag=direct conv=notrunc status=none
}

# expect_dd NAME: just those I/Os, in order, each with the process that made it.
expect_dd()
{
    expect_counted "$1" "$1" "$(json "$1" 'len(samples)')" $TOTAL
    expect "$1: lost" "$(json "$1" 'dropped["samples_dropped"]')" 0
    # As often as the kernel ran no probe, a row is missing: the others must be as they should.
    expect "$1: rows" "$(json "$1" "[r for r in samples if (r['disk'], r['bytes'], r['comm'], r['tid'], r['flags'].split('-')[-1]) != ('$disk', 4096, 'dd', r['pid'], 'Read' if r['pid'] == $reader else 'Write') or r['pid'] not in ($reader, $writer)]")" '[]'
    expect "$1: sectors" "$(json "$1" "[r['sector'] for r in samples] == sorted(set(r['sector'] for r in samples)) and all(r['sector'] % 8 == 0 and 0 <= r['sector'] // 8 - (1000 if r['pid'] == $writer else 0) < $READS for r in samples)")" True
    expect "$1: queue time" "$(json "$1" "[r for r in samples if r['queue_ns'] is None]")" '[]'
    expect "$1: order" "$(json "$1" "sorted(samples, key=lambda r: r['time']) == samples")" True
}

make_loop 64
for scheduler in none mq-deadline bfq kyber; do
    queue scheduler $scheduler || {
        untested "scheduler $scheduler"
        continue
    }
    for queued in '' -Q; do
        [[ -n $queued && $scheduler == [bk]* ]] && continue
        name=dd_$scheduler$queued
        # shellcheck disable=SC2086
        start "$name" --slower 0us --format json -v -d "$disk" $queued
        reads_and_writes
        settle
        stop "$name"
        expect_dd "$name"
    done
done
expect "-Q: queue time is a part" "$(json "dd_none-Q" "[r for r in samples if r['queue_ns'] > r['latency_ns']]")" '[]'
queue scheduler none || true

# ---- text ----

start text --slower 0us -d "$disk"
reads_and_writes
settle
wait_for 20 has_lines text $((TOTAL - $(skipped text))) || true # without having been ended
before=$(lines text | wc -l)
stop text
expect_counted "text" text "$before" $TOTAL
expect "text: nothing came late" "$(lines text | wc -l)" "$before"
expect "text: header" "$(grep -c '^BEGAN ' "$(out_of text)")" 1
expect "text: rows" "$(lines text | grep -cvE "^[0-9:.]{15} $disk +[A-Za-z-]*(Read|Write) +[0-9]+ +4096 +[0-9]+ +[0-9]+ +($reader|$writer) dd +(/|-|[0-9])")" 0
expect "text: columns" "$(askew text)" ''
expect "text: closing line" "$(printed text)" "$before"

start milliseconds --slower 1ns -m -T -d "$disk"
reads_and_writes
settle
stop milliseconds
expect_counted "-m" milliseconds "$(lines milliseconds | wc -l)" $TOTAL
expect "-m: rows" "$(lines milliseconds | grep -cvE ' 4096 +[0-9]+\.[0-9]{3} +[0-9]+\.[0-9]{3} +[0-9]+ dd ')" 0

# ---- the threshold ----

start none --slower 3600s -v -d "$disk"
reads_and_writes
settle
stop none
expect "no I/O is that slow" "$(lines none)" ''
expect_match "none was sent" "$(cat "$(err_of none)")" ': 0 samples were sent by the kernel side'

start idle --slower 0us -d "$disk" 1 1
ends idle
expect "no I/O" "$(lines idle)" ''
expect "no I/O: stderr" "$(cat "$(err_of idle)")" "${tool##*/}: 0 samples of 0us or more printed, 0 dropped"

# The median as the threshold: all at or above it, and by far not all.
median=$(json dd_none 'sorted(r["latency_ns"] for r in samples)[len(samples) // 2]')
start half --slower "${median}ns" --format json -v -d "$disk"
reads_and_writes
settle
stop half
expect "half: none below" "$(json half "[r for r in samples if r['latency_ns'] < $median]")" '[]'
expect_true "half: not all" "$(json half 'len(samples)') < $TOTAL"

# ---- who ----

# Pages that were left dirty are written by a kernel thread: it is the submitter.
start writeback --slower 0us --format json -v -d "$disk"
dd if=/dev/zero of="$loop" bs=64k count=16 conv=notrunc status=none
sync "$loop" || sync
settle
stop writeback
expect "writeback: bytes" "$(json writeback "sum(r['bytes'] for r in samples if r['flags'].endswith('Write')) >= 16 * 65536")" True
expect "writeback: submitters" "$(json writeback "[r for r in samples if r['pid'] is None and r['flags'] != 'Flush']")" '[]'

# in_cgroup DIRECTORY COMMAND...
in_cgroup()
{
    echo "$BASHPID" >"$1/cgroup.procs"
    shift
    "$@"
}

v2=$(findmnt -nro TARGET -t cgroup2 | sed -n 1p) || v2=
blkio=$(findmnt -nro TARGET,OPTIONS -t cgroup | awk '$2 ~ /(^|,)blkio(,|$)/ && !found++ { print $1 }') || blkio=
odd="$v2/biolatency-test/a b"$'\x01'
if [[ -n $v2 ]]; then
    undo+=("rmdir '$odd' '$v2/biolatency-test' 2>/dev/null")
fi
if [[ -n $v2 ]] && mkdir -p "$odd" 2>/dev/null; then
    start cgroup --slower 0us --format json -v -d "$disk"
    start cgroup_text --slower 0us -d "$disk"
    (in_cgroup "$odd" do_reads 7)
    (in_cgroup "$v2/biolatency-test" do_reads 5)
    settle
    stop cgroup
    stop cgroup_text
    expect "cgroups" "$(json cgroup "sorted(set(r['cgroup'] for r in samples))")" "['/biolatency-test', '/biolatency-test/a b\\x01']"
    expect "cgroups in text" "$(lines cgroup_text | sed 's/.*dd  *//' | sort | uniq -c | tr -s ' ' | tr '\n' ';')" \
        ' 5 /biolatency-test; 7 /biolatency-test/a b\x01;'
else
    untested "cgroups: no cgroup2 is mounted, or none can be made"
fi
# controllers WORD...: the controllers are there for cgroups below the root of version 2, and gone again at the end.
controllers()
{
    local word
    for word; do
        grep -qw "$word" "$v2/cgroup.controllers" || return 1
        grep -qw "$word" "$v2/cgroup.subtree_control" && continue
        { echo "+$word" >"$v2/cgroup.subtree_control"; } 2>/dev/null || return 1
        undo=("echo '-$word' >'$v2/cgroup.subtree_control'" "${undo[@]}")
    done
}

# A file that somebody wrote is written back by a kernel thread, for the cgroup of who wrote it.
if [[ -d $odd ]] && controllers memory io && command -v mkfs.ext4 >/dev/null && mkfs.ext4 -qF "$loop" && mkdir "$work/mnt" &&
    mount "$loop" "$work/mnt" 2>/dev/null; then
    mounts+=("$work/mnt")
    sync -f "$work/mnt"
    start owner --slower 0us --format json -v -d "$disk"
    (in_cgroup "$v2/biolatency-test" exec dd if=/dev/zero "of=$work/mnt/file" bs=64k count=64 status=none)
    sync -f "$work/mnt"
    settle
    stop owner
    umount "$work/mnt"
    expect "writeback: owner" "$(json owner "sum(r['bytes'] for r in samples if r['cgroup'] == '/biolatency-test' and r['comm'].startswith('kworker')) >= 64 * 65536")" True
    expect "writeback: flags" "$(json owner "{r['flags'].split('-')[-1] for r in samples if r['cgroup'] == '/biolatency-test'}")" "{'Write'}"
else
    untested "the owner of writeback: cgroup2 has no io and memory controllers to give, or there is no ext4"
fi
if [[ -n $blkio ]] && mkdir "$blkio/biolatency-test" 2>/dev/null; then
    undo+=("rmdir '$blkio/biolatency-test'")
    start blkio --slower 0us --format json -v -d "$disk"
    (in_cgroup "$blkio/biolatency-test" do_reads 5)
    (do_reads 3)
    settle
    stop blkio
    expect "cgroups of version 1" "$(json blkio "[r['cgroup'] for r in samples if r['cgroup'] == '/biolatency-test'] == ['/biolatency-test'] * 5")" True
else
    untested "cgroups of version 1: no blkio is mounted"
fi

# ---- what gets lost is told ----

start lost --slower 0us --buffer-pages 1 --format json -v -d "$disk"
kill -STOP "${pid_of[lost]}"
reads_and_writes
settle
kill -CONT "${pid_of[lost]}"
stop lost
lost=$(json lost 'dropped["samples_dropped"]')
expect_true "lost" "$lost > 0"
expect_counted "lost and shown" lost $(($(json lost 'len(samples)') + lost)) $TOTAL
expect "lost: closing line" "$(printed lost)" "$(json lost 'len(samples)')"
expect_match "lost: closing line" "$(cat "$(err_of lost)")" " printed, $lost dropped"
expect_match "lost: stderr" "$(cat "$(err_of lost)")" ": $lost samples? (was|were) dropped"

# ---- its end ----

for signal in INT TERM HUP; do
    start "$signal" --slower 0us --format json -v -d "$disk"
    (do_reads 5)
    settle
    kill "-$signal" "${pid_of[$signal]}"
    ends "$signal"
    # Where the kernel ran no probe at an end, the program takes the request to be in flight still.
    in_flight=$(awk '/requests? (was|were) still in flight/ { print $2 }' "$(err_of "$signal")")
    expect "$signal: closing line" "$(printed "$signal")" "$(json "$signal" 'len(samples)')"
    expect "$signal: what was on its way to the output" "$(($(json "$signal" 'len(samples)') + in_flight))" 5
done

start timed --slower 0us --format json -v -d "$disk" 1 2
ends timed
expect "it lasts as long as it should" "$(json timed "2 <= end['seconds'] < 4")" True
start seconds --slower 0us --format json -v -d "$disk" 2
wait_for 30 is_ended "${pid_of[seconds]}" || wrong "--slower TIME 2: it goes on"
stop seconds
expect "--slower TIME 2" "$(json seconds "2 <= end['seconds'] < 4")" True

# Without the right to lock as much memory as one likes.
launcher=(setpriv '--bounding-set=-all,+bpf,+perfmon')
if "${launcher[@]}" true 2>/dev/null; then
    refused "memory that may not be locked" 1 'cannot open the perf buffer .*--buffer-pages' --slower 1s --buffer-pages 16384
    start capabilities --slower 0us --format json -v -d "$disk"
    (do_reads 5)
    settle
    stop capabilities
    # What leads from the id of a cgroup to its path is a right of its own.
    expect "capabilities: cgroups" "$(json capabilities "[r for r in samples if not r['cgroup'].isdigit()]")" '[]'
else
    untested "capabilities instead of root: setpriv cannot set them"
fi
launcher=()

# A reader that has gone is no error, and not waited for.
mkfifo "$work/gone"
head -c 1000 <"$work/gone" >/dev/null & # no child of the program, which is known by those that it has
# shellcheck disable=SC2016
launcher=(bash -c 'exec "${@:2}" >"$1"' bash "$work/gone")
launch gone --slower 0us -v -d "$disk"
wait_for 60 grep -q '^started in' "$(err_of gone)" || wrong "gone: does not start"
wait_for 60 has_settled "${pid_of[gone]}" || true
(do_reads $READS)
sleep 0.3
(do_reads $READS)
wait_for 20 is_ended "${pid_of[gone]}" || wrong "it goes on without a reader"
ends gone
launcher=(bash -c 'exec "$@" >/dev/full' bash)
launch full --slower 0us -d "$disk"
ends full 1
launcher=()
expect_match "full" "$(cat "$(err_of full)")" 'cannot write to standard output: No space left on device'
