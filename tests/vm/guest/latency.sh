#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A disk with a known completion time shows it: no request is shorter, the median is that time but for the timer's own
# lateness, and -Q shows the time in the queue as well.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

times_us=(100 1000 10000 100000)
counts=(400 200 60 20)
names=()
for time_us in "${times_us[@]}"; do
    make_nullb "t$time_us" completion_nsec=$((time_us * 1000))
    names+=("$disk")
done
start known -D --format json -v
late_us=()
for ((i = 0; i < ${#names[@]}; i++)); do
    # The timer beside it: what this machine adds to a sleep of that time, half of it before and half of it after.
    early=$("${tool%/*}/timer_error" "${times_us[i]}000" "${counts[i]}")
    do_reads "${counts[i]}" "/dev/${names[i]}"
    later=$("${tool%/*}/timer_error" "${times_us[i]}000" "${counts[i]}")
    late_us[i]=$((early > later ? early : later))
done
stop known
for ((i = 0; i < ${#names[@]}; i++)); do
    mine="[r for r in rows if r['disk'] == '${names[i]}'][0]"
    T=${times_us[i]}
    expect "$T us: count" "$(json known "$mine['count']")" "${counts[i]}"
    # A slot is an interval; the shortest request is in the one that holds T, or above.
    expect "$T us: none shorter" "$(json known "$mine['buckets'][0][1] >= $T")" True
    p50=$(json known "$mine['percentiles']['p50']")
    expect_true "$T us: the median $p50 is within 5 % and the timer's ${late_us[i]} us" "$p50 <= $T * 105 / 100 + ${late_us[i]}"
    # The power of two of the text output that most requests are in.
    expect "$T us: the mode" "$(json known "max(set(h.bit_length() for l, h, n in $mine['buckets']), key=lambda b: sum(n for l, h, n in $mine['buckets'] if h.bit_length() == b)) in (int($T).bit_length(), int($T * 1.05 + ${late_us[i]}).bit_length())")" True
    result latency "$T us: p50 $p50 us, a timer is ${late_us[i]} us late"
done

# N requests at a time for a disk that takes one at a time, T each: issued they take T, queued T, 2T ... NT.
T_US=50000
N=5
make_nullb queue completion_nsec=${T_US}000 hw_queue_depth=1
modprobe -q mq-deadline || true
echo mq-deadline >"/sys/block/$disk/queue/scheduler"
echo 64 >"/sys/block/$disk/queue/nr_requests"
echo 2 >"/sys/block/$disk/queue/nomerges"
start issued -d "$disk" --format json -v
start queued -Q -d "$disk" --format json -v
fio --name=q --filename="/dev/$disk" --rw=randread --bs=4k --direct=1 --ioengine=libaio --iodepth=$N --iodepth_batch=$N \
    --number_ios=$N --size=1M --randrepeat=1 --allow_file_create=0 >"$work/fio.log" 2>&1 || wrong "fio: $(cat "$work/fio.log")"
settle
stop issued
stop queued
LATE_US=$(("$("${tool%/*}/timer_error" ${T_US}000 20)" + T_US * 5 / 100))
expect "issued: count" "$(json issued 'rows[0]["count"]')" $N
expect "issued: T each ($(json issued 'rows[0]["buckets"]'))" \
    "$(json issued "all(h >= $T_US and l <= $T_US + $LATE_US for l, h, n in rows[0]['buckets'])")" True
expect "queued: T, 2T ... NT ($(json queued 'rows[0]["buckets"]'))" \
    "$(json queued "[h >= k * $T_US and l <= k * ($T_US + $LATE_US) for k, (l, h) in enumerate([(l, h) for l, h, n in rows[0]['buckets'] for i in range(n)], 1)]")" \
    "[$(for ((k = 1; k < N; k++)); do printf 'True, '; done)True]"
result latency "-Q: $N requests of $T_US us in a queue of one: $(json queued 'rows[0]["buckets"]')"
