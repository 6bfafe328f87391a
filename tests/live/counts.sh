#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A known number of requests gives that number, in every grouping and format, and agrees with the kernel's own counters.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

READS=997
WRITES=499
TOTAL=$((READS + WRITES))

reads_and_writes()
{
    do_reads $READS
    do_writes $WRITES
}

# titled NAME REGEX: the one title that matches.
titled()
{
    local found
    found=$(titles "$1" | grep -E "$2" || true)
    [[ $(wc -l <<<"$found") == 1 && -n $found ]] || wrong "$1: not one title matches '$2': $(titles "$1" | tr '\n' ';')"
    head -1 <<<"$found"
}

make_loop 64

# ---- text ----

measure plain reads_and_writes -d "$disk"
expect "plain" "$(text_sum plain)" $TOTAL
expect "plain, kernel" "$delta" $TOTAL

before=$(all_ios)
measure all reads_and_writes
done=$(($(all_ios) - before)) # other disks may have I/O of their own
expect_true "all disks" "$(text_sum all) >= $TOTAL && $(text_sum all) <= $done"

measure disks reads_and_writes -D
expect "-D" "$(text_sum disks "disk = $disk")" $TOTAL

measure flags reads_and_writes -F -d "$disk"
expect "-F: sections" "$(titles flags | wc -l)" 2
expect "-F: reads" "$(text_sum flags "$(titled flags '^flags = (Sync-)?Read$')")" $READS
expect "-F: writes" "$(text_sum flags "$(titled flags '^flags = (Idle-)?Sync-Write$')")" $WRITES

measure both reads_and_writes -D -F
expect "-DF: reads" "$(text_sum both "$(titled both "^disk = $disk, flags = (Sync-)?Read\$")")" $READS
expect "-DF: writes" "$(text_sum both "$(titled both "^disk = $disk, flags = (Idle-)?Sync-Write\$")")" $WRITES

for options in "--by op" "--by op -Q" "--by op -j -v"; do
    # shellcheck disable=SC2086
    measure op reads_and_writes $options -d "$disk"
    if [[ $options == *-j* ]]; then
        expect "$options: sections" "$(dict op "[r['op'] for r in rows]")" "['read', 'write']"
        reads=$(dict op "sum(d['count'] for r in rows if r['op'] == 'read' for d in r['data'])")
    else
        expect "$options: sections" "$(titles op | tr '\n' ';')" 'op = read;op = write;'
        reads=$(text_sum op "op = read")
    fi
    expect_counted "$options: reads" op "$reads" $READS
done
measure all_three reads_and_writes -DF --by op --format json -v
expect "-DF --by op: sections" "$(json all_three "sorted((h['op'], h['flags'].split('-')[-1].lower()) for h in histograms if h['disk'] == '$disk')")" \
    "[('read', 'read'), ('write', 'write')]"
expect_counted "-DF --by op" all_three "$(json all_three "sum(h['count'] for h in histograms if h['disk'] == '$disk')")" $TOTAL

measure queued reads_and_writes -Q -d "$disk"
expect "-Q" "$(text_sum queued)" $TOTAL

measure ms reads_and_writes -m -d "$disk"
expect "-m" "$(text_sum ms)" $TOTAL
expect_match "-m: unit" "$(cat "$(out_of ms)")" 'msecs  '

measure extension reads_and_writes -e -d "$disk"
expect "-e" "$(text_sum extension)" $TOTAL
line=$(grep '^avg = ' "$(out_of extension)")
if [[ $line =~ ^avg\ =\ ([0-9]+)\ usecs,\ total:\ ([0-9]+)\ usecs,\ count:\ ([0-9]+)$ ]]; then
    avg=${BASH_REMATCH[1]} total=${BASH_REMATCH[2]} count=${BASH_REMATCH[3]}
    expect "-e: count" "$count" $TOTAL
    expect "-e: avg" "$avg" $((total / count))
    low=$(awk '/ -> / { n += $1 * $5 } END { printf "%d\n", n }' "$(out_of extension)")
    high=$(awk '/ -> / { n += $3 * $5 } END { printf "%d\n", n }' "$(out_of extension)")
    expect_true "-e: total lies in the histogram" "$low <= $total && $total <= $high"
else
    wrong "-e: '$line'"
fi

measure percentiles reads_and_writes -P -d "$disk"
expect "-P" "$(text_sum percentiles)" $TOTAL
expect_match "-P" "$(cat "$(out_of percentiles)")" '     p50 [=<] [1-9][0-9]*, p90 [=<] [1-9][0-9]*, p99 [=<] [1-9][0-9]*, p99.9 [=<] [1-9][0-9]*, max [=<] [1-9][0-9]* usecs'

# A request takes less than some whole millisecond, and more than none.
measure percentiles_ms reads_and_writes -mP -d "$disk"
expect_match "-mP" "$(cat "$(out_of percentiles_ms)")" '     p50 < [1-9][0-9]*, p90 < [1-9][0-9]*, p99 < [1-9][0-9]*, p99.9 < [1-9][0-9]*, max < [1-9][0-9]* msecs'

# ---- for programs ----

measure json reads_and_writes --format json -v -d "$disk"
expect "json: rows" "$(json json '[r["type"] for r in rows]')" "['interval', 'histogram']"
expect "json: count" "$(json json 'histograms[0]["count"]')" $TOTAL
expect "json: buckets" "$(json json 'sum(n for low, high, n in histograms[0]["buckets"])')" $TOTAL
expect "json: sum" "$(json json 'sum(low * n for low, high, n in histograms[0]["buckets"]) <= histograms[0]["sum"] <= sum((high - 1) * n for low, high, n in histograms[0]["buckets"])')" True
expect "json: percentiles" "$(json json 'list(histograms[0]["percentiles"])')" "['p50', 'p90', 'p99', 'p99.9', 'max']"
expect "json: percentiles rise" "$(json json 'list(histograms[0]["percentiles"].values()) == sorted(histograms[0]["percentiles"].values())')" True
expect "json: max" "$(json json 'histograms[0]["percentiles"]["max"] == histograms[0]["buckets"][-1][1]')" True
expect "json: dropped" "$(json json 'sum(dropped.values())')" 0

measure json_both reads_and_writes --format json -v -DF
expect "json -DF" "$(json json_both "sorted(r['count'] for r in histograms if r['disk'] == '$disk')")" "[$WRITES, $READS]"

measure dict reads_and_writes -j -v -d "$disk"
expect "-j" "$(dict dict 'sum(d["count"] for r in rows for d in r["data"])')" $TOTAL

measure dict_disks reads_and_writes -j -v -D
expect "-j -D" "$(dict dict_disks "[sum(d['count'] for d in r['data']) for r in rows if r['disk'] == '$disk']")" "[$TOTAL]"

# ---- flushes and discards ----

flushing_writes()
{
    local i
    for i in 1 2 3 4 5 6 7; do
        dd if=/dev/zero of="$loop" bs=4k count=1 oflag=direct conv=fsync,notrunc status=none
    done
}

if [[ $(cat "/sys/block/$disk/queue/write_cache") == "write back" ]]; then
    before=$(ios "$disk" flushes)
    measure flush flushing_writes -F -d "$disk"
    expect "flush: writes" "$(text_sum flush "$(titled flush 'Write$')")" 7
    expect "flush: flushes" "$(text_sum flush "$(titled flush 'Flush$')")" 7
    expect "flush: flushes, kernel" "$(($(ios "$disk" flushes) - before))" 7
    expect "flush: all" "$(text_sum flush)" 14
    measure flush_queued flushing_writes -Q -F -d "$disk"
    # With -Q the request that asks for the flush is timed: a write of nothing with a flush before it.
    expect "flush -Q: writes" "$(text_sum flush_queued "$(titled flush_queued '(= |Idle-)Sync-Write$')")" 7
    expect "flush -Q: flushes" "$(text_sum flush_queued "$(titled flush_queued 'Preflush-')")" 7
else
    untested "flushes: $disk has no write cache to flush"
fi

discards()
{
    local at
    for at in 1M 4M 8M; do
        blkdiscard -f -o $at -l 1M "$loop" 2>/dev/null
    done
}

if [[ $(cat "/sys/block/$disk/queue/discard_max_bytes") != 0 ]]; then
    before=$(ios "$disk" discards)
    measure discard discards -F -d "$disk"
    expect "discards" "$(text_sum discard "$(titled discard 'Discard$')")" 3
    expect "discards, kernel" "$(($(ios "$disk" discards) - before))" 3
else
    untested "discards: $disk does not take them"
fi

file_system_load()
{
    local i
    for i in 1 2 3 4 5; do
        dd if=/dev/urandom of="$work/mnt/file$i" bs=64k count=8 conv=fsync status=none
    done
    sync -f "$work/mnt"
}

# Nothing is written but what the load wants: no tables made later, no commit each five seconds.
if command -v mkfs.ext4 >/dev/null && mkfs.ext4 -q -E lazy_itable_init=0,lazy_journal_init=0 "$loop" && mkdir "$work/mnt" &&
    mount -o commit=300,noinit_itable "$loop" "$work/mnt" 2>/dev/null; then
    mounts+=("$work/mnt")
    sync -f "$work/mnt"
    before=$(ios "$disk" flushes)
    measure file_system file_system_load -F -d "$disk"
    flushes=$(text_sum file_system "$(titled file_system '(-|= )Flush$')")
    expect "file system: flushes" "$flushes" "$(($(ios "$disk" flushes) - before))"
    # Between those two lie the flushes without data, if there are any.
    expect_true "file system: all" "$(text_sum file_system) <= $delta && $(text_sum file_system) >= $delta - $flushes"
    umount "$work/mnt"
else
    untested "a file system: mkfs.ext4 or mount refused"
fi

# ---- parallel load ----

if command -v fio >/dev/null; then
    random_reads()
    {
        do_fio --rw=randread --size=8M --offset_increment=8M
    }
    mixed()
    {
        do_fio --rw=randrw --size=8M --offset_increment=8M
    }
    measure merging mixed -d "$disk" # neighbours may be merged into one request
    expect_counted "fio, with merges" merging "$(text_sum merging)" "$delta"
    measure merging_queued mixed -Q -d "$disk"
    expect_counted "fio, with merges, -Q" merging_queued "$(text_sum merging_queued)" "$delta"
    queue nomerges 2
    measure parallel random_reads -d "$disk"
    expect_counted "fio" parallel "$(text_sum parallel)" 8192
    expect "fio, kernel" "$delta" 8192
    measure parallel_both mixed -D -F -e
    expect_counted "fio -DF" parallel_both "$(text_sum parallel_both "$(titled parallel_both "$disk, .*Read\$")")" "$(awk '/issued rwts/ { split($3, n, /[=,]/); print n[2] }' "$work/fio.log")"
    expect_counted "fio -DF, all" parallel_both "$(awk -v d="disk = $disk," 'index($0, "disk = ") == 1 { inside = index($0, d) == 1 } inside && / -> / { n += $5 } END { print n + 0 }' "$(out_of parallel_both)")" 8192

    # Nothing is lost or counted twice between one interval and the next.
    start intervals -d "$disk" 1 5
    before=$(ios "$disk")
    do_fio --rw=randread --size=8M --offset_increment=8M --time_based --runtime=3
    settle
    delta=$(($(ios "$disk") - before))
    if is_ended "${pid_of[intervals]}"; then
        untested "intervals: this machine was too slow"
        wait "${pid_of[intervals]}" || true
    else
        ends intervals
        expect_counted "intervals" intervals "$(text_sum intervals)" "$delta"
        expect "intervals: histograms" "$(($(grep -c usecs "$(out_of intervals)") >= 3))" 1
        expect "intervals: blocks" "$(grep -c '^$' "$(out_of intervals)")" 5
    fi
else
    untested "parallel load: fio is not installed"
fi

# ---- requests that are not accounted ----

# Their memory has the time of an earlier use, and a write with a flush completes twice: none of that was there before tracing.
make_loop 16
do_reads 40
queue iostats 0 || untested "requests that are not accounted"
start unaccounted -v -d "$disk"
dd if=/dev/zero "of=$loop" bs=4k count=20 oflag=direct,dsync conv=notrunc status=none
settle
stop unaccounted
expect "not accounted: not counted" "$(grep -c 'in flight when tracing began' "$(err_of unaccounted)" || true)" 0
