#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# 997 reads and 499 writes on a disk of every kind give just these, in every grouping, and agree with the kernel's counters.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

READS=997
WRITES=499
PART_READS=97
BEHIND=8192 # block of 4 KiB, at 32 MiB: between the partitions

declare -A before
disks=()
make_nullb counts completion_nsec=10000
disks+=("$disk")
add_scsi
disks+=("$disk")
make_loop 64
disks+=("$disk")
virtio=$(disk_with_serial virtio)
nvme=$(disk_with_serial nvme)
disks+=("$virtio" "$nvme")

# Partitions of the virtio disk: the kernel is told, no table is written.
add_partition "/dev/$virtio" 1 2048 32768
add_partition "/dev/$virtio" 2 262144 65536
part=${virtio}1

launch all -D
launch both -D -F --format json -v
launch queued -Q -D --format json -v
launch op --by disk,op --format json -v
launch parts -D --format json -v -d "${virtio}2,$part"
launch part -d "$part"
launch other -d "${virtio}2"
for disk in "${disks[@]}"; do
    launch "$disk" -d "$disk"
done
for name in all both queued op parts part other "${disks[@]}"; do
    await "$name"
done
for disk in "${disks[@]}"; do
    before[$disk]=$(ios "$disk")
done
part_before=$(ios "$part")
for disk in "${disks[@]}"; do
    do_reads $READS "/dev/$disk" $BEHIND
    do_writes $WRITES "/dev/$disk" $BEHIND
done
do_reads $PART_READS "/dev/$part"
for disk in "${disks[@]}"; do
    settle
done
for name in all both queued op parts part other "${disks[@]}"; do
    stop "$name"
done

for disk in "${disks[@]}"; do
    more=0
    [[ $disk != "$virtio" ]] || more=$PART_READS
    wanted=$((READS + WRITES + more))
    expect "$disk: the kernel's count" $(($(ios "$disk") - before[$disk])) $wanted
    expect "$disk: -D" "$(text_sum all "disk = $disk")" $wanted
    expect "$disk: -d" "$(text_sum "$disk")" $wanted
    expect "$disk: -Q -D" "$(json queued "[r['count'] for r in histograms if r['disk'] == '$disk']")" "[$wanted]"
    expect "$disk: -D -F" "$(json both "sorted((r['flags'].split('-')[-1], r['count']) for r in histograms if r['disk'] == '$disk')")" \
        "[('Read', $((READS + more))), ('Write', $WRITES)]"
    expect "$disk: --by disk,op" "$(json op "[(r['op'], r['count']) for r in histograms if r['disk'] == '$disk']")" \
        "[('read', $((READS + more))), ('write', $WRITES)]"
    result counts "$disk: $wanted of $wanted"
done
expect "$part: the kernel's count" $(($(ios "$part") - part_before)) $PART_READS
expect "$part: -d" "$(text_sum part)" $PART_READS
expect "two partitions, each apart" "$(json parts "[(r['disk'], r['count']) for r in histograms]")" "[('$part', $PART_READS)]"
expect "the other partition" "$(text_sum other)" 0
expect "nothing missed" "$(json both 'sum(dropped.values()) - dropped["in_flight_at_start"]')" 0
result counts "partition: $PART_READS of $PART_READS"
