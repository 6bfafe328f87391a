#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Many requests at once on both CPUs: starts and ends interrupt each other, and all are counted all the same, by the default
# and with -Q. One run at a time: the probes of another tool could make the kernel skip some of ours.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

make_nullb deep completion_nsec=20000 submit_queues=2
echo 2 >"/sys/block/$disk/queue/nomerges"

deep()
{
    fio --name=deep --filename="/dev/$disk" --rw=randread --bs=4k --direct=1 --ioengine=libaio --iodepth=32 --numjobs=2 \
        --number_ios=8000 --size=64M --group_reporting >"$work/fio.log" 2>&1 || wrong "fio: $(cat "$work/fio.log")"
}

for options in "" "-Q" "-D -F"; do
    # shellcheck disable=SC2086 # options are words
    measure "deep$options" deep -d "$disk" -v $options
    counted=$(text_sum "deep$options")
    expect "'$options': counted of $delta ($(cat "$(err_of "deep$options")"))" "$counted" "$delta"
    result deep "${options:-default}: $counted of $delta"
done
