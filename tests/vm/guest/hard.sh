#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What breaks tools of this kind: requests that complete in parts, are put back, fail, merge, flush, or are no I/O at all;
# disks without statistics, zoned, or taken away. Each case has a disk of its own and an exact count, and where the kernel's
# own events can prove that the case was one, they are counted too. Two runs watch all of it: from issue, and with -Q.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

declare -A before

# ---- the disks ----

add_scsi
partial=$disk
add_scsi
requeued=$disk
add_scsi
bad=$disk
add_scsi
discarded=$disk
add_scsi
removed=$disk

make_nullb merge completion_nsec=1000000000 hw_queue_depth=1
merged=$disk
use_scheduler "$merged"
echo 64 >"/sys/block/$merged/queue/nr_requests"

make_nullb flush memory_backed=1 cache_size=4 completion_nsec=10000
flushed=$disk
[[ ! -e $configfs/flush/fua ]] || { # what the device does by itself needs no flush
    echo 0 >$configfs/flush/power
    echo 0 >$configfs/flush/fua
    echo 1 >$configfs/flush/power
    wait_for 20 test -b "/dev/$flushed"
}

make_nullb quiet completion_nsec=10000
silent=$disk
echo none >"/sys/block/$silent/queue/scheduler"
echo 0 >"/sys/block/$silent/queue/iostats"
echo 0 2>/dev/null >"/sys/block/$silent/queue/wbt_lat_usec" || true

make_nullb zones zoned=1 zone_size=16 zone_nr_conv=2 memory_backed=1 completion_nsec=10000
zoned=$disk
# Zone append comes from file systems: btrfs, and where that knows no zones yet, zonefs.
zonefs_super()
{
    python3 -c 'import struct, sys, zlib
block = lambda crc: struct.pack("<II64s16sQIII", 0x5a4f4653, crc, b"", b"z" * 16, 0, 0, 0, 0o640).ljust(4096, b"\0")
sys.stdout.buffer.write(block(zlib.crc32(block(0)) ^ 0xffffffff))'
}
mkdir "$work/zones"
if [[ $(uname -r) == 5.10.* ]]; then
    zonefs_super | dd of="/dev/$zoned" bs=4k oflag=direct iflag=fullblock status=none
    mount -t zonefs "/dev/$zoned" "$work/zones" || wrong "zonefs cannot be mounted"
else
    mkfs.btrfs -q -f -O zoned -d single -m single "/dev/$zoned" >"$work/mkfs" 2>&1 || wrong "mkfs.btrfs: $(cat "$work/mkfs")"
    mount -t btrfs "/dev/$zoned" "$work/zones" || wrong "btrfs cannot be mounted: $(dmesg | tail -3)"
fi
mounts+=("$work/zones")
sync

disks=("$partial" "$requeued" "$bad" "$discarded" "$removed" "$merged" "$flushed" "$silent" "$zoned")
for disk in "${disks[@]}"; do
    settle
done

launch issued -D -F --format json -v
launch queued -Q -D -F --format json -v
await issued
await queued
watch_events block_rq_complete block_rq_requeue block_rq_issue
for disk in "${disks[@]}"; do
    before[$disk]=$(ios "$disk")
done
flushes_before=$(ios "$flushed" flushes)

# ---- the cases ----

scsi_option()
{
    echo "$2" >"$scsi_debug/$1"
}

# Every tenth read is cut in half by the device; the rest of it is issued again, further on.
scsi_option opts 0x100
scsi_option every_nth 10
dd "if=/dev/$partial" of=/dev/null bs=8k count=200 iflag=direct status=none

# Every tenth command is answered "host busy", is put back and issued again.
scsi_option opts 0x8000
dd "if=/dev/$requeued" of=/dev/null bs=4k count=200 iflag=direct status=none

# Ten reads over sectors that cannot be read (0x1234 and nine more): errors, some after good sectors.
scsi_option every_nth 0
scsi_option opts 2
for ((block = 578; block < 588; block++)); do
    dd "if=/dev/$bad" of=/dev/null bs=4k count=1 "skip=$block" iflag=direct status=none 2>/dev/null && continue
    failed_reads=$((${failed_reads:-0} + 1))
done
scsi_option opts 0

for at in 1M 4M 8M; do
    blkdiscard -f -o $at -l 1M "/dev/$discarded"
done
for i in 1 2 3 4 5; do
    sg_inq "/dev/$discarded" >/dev/null
done

# The disk is busy with one request; another waits for it outside the scheduler; a third keeps order. Then the first, the
# third and the second of three neighbours come, and are made one: a bio merges into a request, and that request with the next.
readers=()
for block in 1000 2000 3000 500 502 501; do
    do_reads 1 "/dev/$merged" $block &
    readers+=($!)
    sleep 0.05
done
wait "${readers[@]}"

for i in 1 2 3 4 5 6 7; do
    dd if=/dev/zero "of=/dev/$flushed" bs=4k count=1 seek=$i oflag=direct conv=fsync,notrunc status=none
    dd if=/dev/zero "of=/dev/$flushed" bs=4k count=1 seek=$((i + 100)) oflag=direct,dsync conv=notrunc status=none
done

do_reads 301 "/dev/$silent"

if [[ -d $work/zones/seq ]]; then
    dd if=/dev/zero "of=$work/zones/seq/0" bs=64k count=20 oflag=direct,append conv=notrunc status=none
else
    dd if=/dev/zero "of=$work/zones/file" bs=64k count=20 oflag=direct status=none
    sync
fi

# Three seconds and more for each command; the disk is taken away while five are in flight.
scsi_option delay 1000 # jiffies
readers=()
for i in 1 2 3 4 5; do
    do_reads 1 "/dev/$removed" $((i * 100)) 2>/dev/null &
    readers+=($!)
done
# shellcheck disable=SC2317 # called by wait_for
five_in_flight()
{
    (($(awk '{ print $1 + $2 }' "/sys/block/$removed/inflight") == 5))
}
wait_for 20 five_in_flight || wrong "no five requests in flight"
echo 1 >"/sys/block/$removed/device/delete"
wait "${readers[@]}" || true
scsi_option delay 0

for disk in "$partial" "$requeued" "$bad" "$discarded" "$merged" "$flushed" "$silent" "$zoned"; do
    settle
done
stop issued
stop queued
kernel=$(($(ios "$zoned") - before[$zoned]))
umount "$work/zones"

# ---- what came of it ----

# counted RUN DISK [OPERATION]
counted()
{
    json "$1" "sum(r['count'] for r in histograms if r['disk'] == '$2' and r['flags'].split('-')[-1].startswith('${3-}'))"
}

# case_is NAME DISK WANTED [OPERATION]: both runs counted that many.
case_is()
{
    expect "$1: from issue" "$(counted issued "$2" "${4-}")" "$3"
    expect "$1: -Q" "$(counted queued "$2" "${4-}")" "$3"
    result hard "$1: $(counted issued "$2" "${4-}") and $(counted queued "$2" "${4-}") of $3"
}

kernel_counts()
{
    expect "$1: the kernel's count" $(($(ios "$2") - before[$2])) "$3"
}

case_is "completed in parts" "$partial" 200
kernel_counts "completed in parts" "$partial" 200
expect_true "there were parts" "$(events_of "$partial" block_rq_complete) > 200"

case_is "put back and issued again" "$requeued" 200
kernel_counts "put back" "$requeued" 200
expect_true "some were put back" "$(events_of "$requeued" block_rq_issue) > 200"

case_is "medium errors" "$bad" 10
expect_true "some reads failed" "${failed_reads:-0} >= 2"

case_is "discards" "$discarded" 3 Discard
# sg_inq's commands are no I/O; opening the disk makes the kernel read ahead, which is.
for run in issued queued; do
    expect "$run: no passthrough" \
        "$(json $run "sorted(set(r['flags'].split('-')[-1] for r in histograms if r['disk'] == '$discarded') - {'Read'})")" "['Discard']"
done
result hard "5 passthrough commands: none counted"

case_is "merged requests" "$merged" 4
kernel_counts "merged requests" "$merged" 4
expect "two merges" "$(awk '{ print $2 }' "/sys/block/$merged/stat")" 2

# Without -Q the flushes that the device sees: after a write with FUA too, if it cannot do that by itself. With -Q those that
# asked: 7 writes, 7 writes with FUA, and 14 of nothing that want a flush, as fsync ends both.
flushes=$((14 + ($(cat "/sys/block/$flushed/queue/fua") ? 0 : 7)))
expect "flushes: the kernel's count" $(($(ios "$flushed" flushes) - flushes_before)) $flushes
expect "flush and FUA: writes" "$(counted issued "$flushed" Write)" 14
expect "flush and FUA: flushes" "$(counted issued "$flushed" Flush)" $flushes
expect "flush and FUA, -Q" "$(counted queued "$flushed" Write) $(counted queued "$flushed")" "28 28"
result hard "flush and FUA: $(counted issued "$flushed") of $((14 + flushes)), -Q $(counted queued "$flushed") of 28"

expect "no statistics" "$(counted issued "$silent")" 301
no_time=$(json queued 'dropped["no_start_time"]')
if [[ $(plan_of queued) == raw:block_rq_complete ]]; then
    expect "no statistics, -Q, told as not counted" "$(counted queued "$silent") $no_time" "0 301"
else
    expect "no statistics, -Q" "$(counted queued "$silent") $no_time" "301 0"
fi
result hard "iostats off, no scheduler: $(counted issued "$silent") and $(counted queued "$silent") of 301, told as not counted: $no_time"

flushes=$(counted issued "$zoned" Flush)
appends=$(counted issued "$zoned" ZoneAppend)
expect_true "zone append: all ($(counted issued "$zoned") and $flushes flushes of $kernel)" \
    "$(counted issued "$zoned") <= $kernel && $(counted issued "$zoned") >= $kernel - $flushes"
expect "zone append" "$appends" 20
expect "zone append, -Q" "$(counted queued "$zoned" ZoneAppend)" "$appends"
result hard "zone append: $appends"

case_is "disk removed with five in flight" "$removed" 5

for run in issued queued; do
    ((failures == 0)) || json $run '[(r["disk"], r["flags"], r["count"]) for r in histograms]'
    expect "$run: missed" "$(json $run 'sum(v for k, v in dropped.items() if k not in ("in_flight_at_start", "no_start_time"))')" 0
done
