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
# lateness T_US N: what this machine adds to sleeps of that time, beside the load: the same timers, the same noise.
lateness()
{
    timer_error "${1}000" "$2"
}
for ((i = 0; i < ${#names[@]}; i++)); do
    lateness "${times_us[i]}" "${counts[i]}" >"$work/late" &
    do_reads "${counts[i]}" "/dev/${names[i]}"
    wait $!
    late_us[i]=$(cat "$work/late")
done
stop known
for ((i = 0; i < ${#names[@]}; i++)); do
    mine="[r for r in histograms if r['disk'] == '${names[i]}'][0]"
    T=${times_us[i]}
    expect "$T us: count" "$(json known "${mine}['count']")" "${counts[i]}"
    # A slot is an interval; the shortest request is in the one that holds T, or above.
    expect "$T us: none shorter" "$(json known "${mine}['buckets'][0][1] > $T")" True
    p50=$(json known "${mine}['percentiles']['p50']")
    expect_true "$T us: the median $p50 is within 5 % and the timer's ${late_us[i]} us" "$p50 <= $T * 105 / 100 + ${late_us[i]}"
    # The power of two, as in the text output, that most requests are in.
    mode=$(json known "__import__('collections').Counter((high - 1).bit_length() for low, high, n in ${mine}['buckets'] for i in range(n)).most_common(1)[0][0]")
    highest=$(json known "int($T * 1.05 + ${late_us[i]}).bit_length()")
    expect_true "$T us: the mode, in bits" "$mode >= $(json known "($T).bit_length()") && $mode <= $highest"
    result latency "$T us: $p50 us; a timer is ${late_us[i]} us late"
done

# N requests at a time for a disk that takes one at a time, T each: issued they take T, queued T, 2T ... NT.
T_US=50000
N=5
make_nullb queue completion_nsec=${T_US}000 hw_queue_depth=1
use_scheduler "$disk"
echo 64 >"/sys/block/$disk/queue/nr_requests"
echo 2 >"/sys/block/$disk/queue/nomerges"
start issued -d "$disk" --format json -v
start queued -Q -d "$disk" --format json -v
lateness $T_US $N >"$work/late" &
timer=$!
fio --name=q --filename="/dev/$disk" --rw=randread --bs=4k --direct=1 --ioengine=libaio --iodepth=$N --iodepth_batch=$N \
    --number_ios=$N --size=1M --randrepeat=1 --allow_file_create=0 >"$work/fio.log" 2>&1 || wrong "fio: $(cat "$work/fio.log")"
wait $timer
settle
stop issued
stop queued
late=$(cat "$work/late")
expect "issued: count" "$(json issued 'histograms[0]["count"]')" $N
issued=$(json issued 'histograms[0]["buckets"]')
queued=$(json queued 'histograms[0]["buckets"]')
expect "issued: none shorter ($issued)" "$(json issued "all(h > $T_US for l, h, n in histograms[0]['buckets'])")" True
p50=$(json issued 'histograms[0]["percentiles"]["p50"]')
expect_true "issued: the median $p50 is within 5 % and the timer's $late us" "$p50 <= $T_US * 105 / 100 + $late"
# The k-th in the queue waits for k - 1 others: never less than k T, and no more than the issued times say.
expect "queued: T, 2T ... NT ($queued; issued $issued)" \
    "$(json queued "[h > k * $T_US and l <= k * $(json issued "histograms[0]['buckets'][-1][1]") + $late + $T_US // 10 for k, (l, h) in enumerate([(l, h) for l, h, n in histograms[0]['buckets'] for i in range(n)], 1)]")" \
    "[$(for ((k = 1; k < N; k++)); do printf 'True, '; done)True]"
result latency "-Q: $N requests of $T_US us in a queue of one: $queued"
