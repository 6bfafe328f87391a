#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# 200 disks with -D under load: no request of any is lost (biolatency.py keeps 64 pairs of disk and bucket).
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

DISKS=200
READS=7

modprobe -r scsi_debug 2>/dev/null || true
modprobe scsi_debug num_tgts=10 max_luns=20 dev_size_mb=8 delay=0
undo+=("modprobe -r scsi_debug")
all_there()
{
    (($(scsi_disks | wc -l) == DISKS))
}
wait_for 120 all_there || wrong "only $(scsi_disks | wc -l) disks come"
mapfile -t disks < <(scsi_disks)
all_idle()
{
    [[ -z $(awk '$1 + $2 { print FILENAME }' /sys/block/sd*/inflight) ]]
}
wait_for 60 all_idle

start many -D --format json -v
declare -A before
for disk in "${disks[@]}"; do
    before[$disk]=$(ios "$disk")
done
reads_of()
{
    local disk
    for disk; do
        do_reads $READS "/dev/$disk"
    done
}
reads_of "${disks[@]:0:100}" &
first=$!
reads_of "${disks[@]:100}"
wait $first
wait_for 60 all_idle
stop many
counted=$(json many 'sum(r["count"] == '$READS' for r in histograms if r["disk"].startswith("sd"))')
expect "disks with all their requests" "$counted" $DISKS
for disk in "${disks[@]}"; do
    [[ $(($(ios "$disk") - before[$disk])) == "$READS" ]] || wrong "$disk: the kernel counted other than $READS"
done
expect "nothing missed" "$(json many 'sum(dropped.values()) - dropped["in_flight_at_start"]')" 0
result many "$counted of $DISKS disks complete, $(json many 'sum(r["count"] for r in histograms if r["disk"].startswith("sd"))') of $((DISKS * READS)) requests"
