#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# --slowest: after each histogram the slowest I/Os of just that interval, none forgotten, and hardly more than those leave
# the kernel.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

# blocks NAME EXPRESSION: a Python expression over blocks, as (histogram, [its slowest I/Os]) each, and is_top.
blocks()
{
    json "$1" "(lambda blocks: $2)([(histogram, ios) for interval, (histogram,), ios in blocks])"
}

sent()
{
    awk '/samples? (was|were) sent by the kernel side/ { print $2 }' "$(err_of "$1")"
}

has_blocks()
{
    (($(grep -c '"percentiles"' "$(out_of "$1")") >= $2))
}

make_loop 64

# ---- one interval ----

one_by_one()
{
    do_reads 499
    do_writes 251
}

measure few one_by_one --slowest 5 --format json -v -d "$disk"
expect "five" "$(blocks few '[(len(ios), is_top(h, ios)) for h, ios in blocks]')" '[(5, True)]'
expect_counted "five: histogram" few "$(blocks few 'blocks[0][0]["count"]')" 750
expect "five: lost" "$(blocks few 'dropped["samples_dropped"]')" 0

# All of them, if there are not more.
measure all one_by_one --slowest 1000 -Q --format json -v -d "$disk"
expect "all" "$(blocks all '[is_top(h, ios) and len(ios) == h["count"] for h, ios in blocks]')" '[True]'
expect "all: once" "$(blocks all 'len({(io["sector"], io["flags"]) for io in blocks[0][1]}) == len(blocks[0][1])')" True
expect "all: sum" "$(blocks all 'blocks[0][0]["sum"] == sum(io["latency_ns"] // 1000 for io in blocks[0][1])')" True

# Two that look at the same I/Os have clocks of their own: the slowest of the one are among the slower of the other.
start stream --slower 0us --format json -v -d "$disk"
measure beside one_by_one --slowest 1 --format json -v -d "$disk"
stop stream
expect "the slowest in the stream" "$(python3 -c 'import json, sys
rows = [json.loads(line) for line in open(sys.argv[1])]
slowest = [json.loads(line) for line in open(sys.argv[2])][-1]
print([row["pid"] == slowest["pid"] for row in rows if row["type"] == "sample" and row.get("sector") == slowest["sector"] and row["flags"] == slowest["flags"]])' \
    "$(out_of stream)" "$(out_of beside)")" '[True]'

start off --slowest 0 --format json -v -d "$disk"
do_reads 5
settle
stop off
expect "off" "$(json off '[row["type"] for row in rows]')" "['interval', 'histogram']"
expect "off: dropped" "$(json off '"samples_dropped" in dropped')" False

# ---- text ----

start idle --slowest 5 -d "$disk" 1 1
ends idle
expect "idle" "$(cat "$(out_of idle)")" 'Tracing block device I/O... Hit Ctrl-C to end.'
expect "idle: stderr" "$(cat "$(err_of idle)")" "${tool##*/}: no I/O in 1 s on $disk"
measure text one_by_one --slowest 5 -m -D -d "$disk"
expect "text: after the histogram" "$(sed -n '/^BEGAN .*LATENCY(ms)/,$p' "$(out_of text)" |
    grep -cE "^[0-9:.]{15} $disk +[A-Za-z-]+ +[0-9]+ +4096 +[0-9]+\.[0-9]{3} +[0-9]+\.[0-9]{3} +[0-9]+ dd ")" 5
expect "text: columns" "$(askew text)" ''
expect "text: lines after it" "$(sed '1,/^BEGAN/d' "$(out_of text)" | wc -l)" 5

# ---- parallel load: the threshold rises ----

if command -v fio >/dev/null; then
    many()
    {
        do_fio --rw=randrw --size=16M --io_size=64M --offset_increment=16M --norandommap
    }
    queue nomerges 2
    measure parallel many --slowest 10 --buffer-pages 4 --format json -v -d "$disk"
    expect "parallel" "$(blocks parallel '[(len(ios), is_top(h, ios)) for h, ios in blocks]')" '[(10, True)]'
    expect_counted "parallel: histogram" parallel "$(blocks parallel 'blocks[0][0]["count"]')" "$delta"
    expect_true "few of them were sent" "$(sent parallel) * 4 < $delta"

    # None is lost and none is told twice between one interval and the next, however many there are.
    slow_many()
    {
        do_fio --rw=randread --size=16M --offset_increment=16M --numjobs=1 --iodepth=2 --rate_iops=300 --time_based --runtime=4
    }
    start intervals --slowest 1000 --format json -v -d "$disk" 1 30
    before=$(ios "$disk")
    slow_many
    settle
    stop intervals
    delta=$(($(ios "$disk") - before))
    expect_counted "intervals" intervals "$(blocks intervals 'sum(len(ios) for h, ios in blocks)')" "$delta"
    expect "intervals: once" "$(blocks intervals 'len({(io["time"], io["sector"], io["latency_ns"]) for h, ios in blocks for io in ios}) == sum(len(ios) for h, ios in blocks)')" True
    expect_true "intervals: several" "$(blocks intervals 'sum(1 for h, ios in blocks if ios)') >= 3"
    expect "intervals: the time is within" "$(blocks intervals 'all(io["time"] <= h["time"][:23] + "999" + h["time"][23:] for h, ios in blocks for io in ios)')" True
else
    untested "parallel load: fio is not installed"
fi

# ---- a new interval begins with nothing ----

large_reads()
{
    dd "if=$loop" of=/dev/null bs=4M count=8 iflag=direct status=none
}
start reset --slowest 3 --format json -v -d "$disk" 3 3
large_reads
settle
wait_for 20 has_blocks reset 1 || wrong "no first block"
do_reads 11
settle
wait_for 20 has_blocks reset 2 || wrong "no second block"
ends reset
if [[ $(blocks reset '[h["count"] > 0 for h, ios in blocks]') == '[True, True, False]' ]]; then
    expect "new intervals" "$(blocks reset '[(len(ios), is_top(h, ios)) for h, ios in blocks]')" '[(3, True), (3, True), (0, True)]'
    expect "new intervals: sizes" "$(blocks reset '{io["bytes"] for io in blocks[1][1]}')" '{4096}'
else
    untested "new intervals: this machine was too slow"
fi

# ---- a cgroup that is gone is still named ----

v2=$(findmnt -nro TARGET -t cgroup2 | sed -n 1p) || v2=
if [[ -n $v2 ]] && mkdir "$v2/biolatency-gone" 2>/dev/null; then
    start gone --slowest 3 --format json -v -d "$disk"
    (echo "$BASHPID" >"$v2/biolatency-gone/cgroup.procs" && do_reads 3)
    settle
    sleep 0.5 # it looks at least ten times a second
    rmdir "$v2/biolatency-gone"
    stop gone
    expect "gone" "$(blocks gone '{io["cgroup"] for h, ios in blocks for io in ios}')" "{'/biolatency-gone'}"
else
    untested "a cgroup that is gone: no cgroup2 is mounted, or none can be made"
fi
