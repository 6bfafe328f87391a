#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# --slower and --slowest: each I/O of a known load by itself, with the process that made it, also where a scheduler hands
# it to the disk later and another does that; the slowest is the one that was made slow.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

READS=97
WRITES=53
make_nullb single completion_nsec=1000000
use_scheduler "$disk"
single=$disk
make_nullb lazy completion_nsec=300000000
lazy=$disk
disk=$single

launch all --slower 0us --format json -v -d "$disk"
launch queued -Q --slower 0us --format json -v -d "$disk"
launch slowest --slowest 3 --format json -v
await all
await queued
await slowest
dd "if=/dev/$disk" of=/dev/null bs=4k count=$READS iflag=direct status=none &
reader=$!
wait $reader
dd if=/dev/zero "of=/dev/$disk" bs=8k count=$WRITES seek=100 oflag=direct conv=notrunc status=none &
writer=$!
wait $writer
do_reads 1 "/dev/$lazy" 7
settle
for name in all queued slowest; do
    stop "$name"
done

for name in all queued; do
    expect "$name: I/Os" "$(json $name 'len(samples)')" $((READS + WRITES))
    expect "$name: reads of $reader" "$(json $name "sum(r['pid'] == $reader and r['comm'] == 'dd' and r['bytes'] == 4096 for r in samples)")" $READS
    expect "$name: writes of $writer" "$(json $name "sum(r['pid'] == $writer and r['comm'] == 'dd' and r['bytes'] == 8192 for r in samples)")" $WRITES
    expect "$name: sectors" "$(json $name "[r['sector'] for r in samples if r['pid'] == $writer] == [1600 + 16 * i for i in range($WRITES)]")" True
done
expect "the slowest" "$(json slowest '[(r["disk"], r["sector"]) for r in samples][0]')" "('$lazy', 56)"
result single "--slower: $((READS + WRITES)) of $((READS + WRITES)), -Q as well, each with its process; --slowest: found"
