#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# -d takes a disk by any of its names, or a partition, and refuses with a reason what has no requests.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

make_loop 64
other=$loop
make_loop 64

load()
{
    do_reads 101
    do_reads 53 "$other"
}

measure name load -d "$disk"
expect "by name" "$(text_sum name)" 101
measure path load -d "$loop"
expect "by path" "$(text_sum path)" 101
ln -s "$loop" "$work/link"
measure link load -d "$work/link"
expect "by symbolic link" "$(text_sum link)" 101
measure section load -D -d "$disk"
expect "-D: sections" "$(titles section)" "disk = $disk"

# ---- partitions ----

part_load()
{
    do_reads 101 "${loop}p1"
    do_writes 53 "${loop}p1"
    do_reads 211 "${loop}p2"
    do_reads 31 "$loop" 15000 # behind both
}

if command -v addpart >/dev/null && addpart "$loop" 1 2048 32768 2>/dev/null; then
    undo+=("delpart '$loop' 1")
    addpart "$loop" 2 34816 32768
    undo+=("delpart '$loop' 2")
    if wait_for 5 test -b "${loop}p2"; then
        measure part1 part_load -d "${disk}p1"
        expect "partition 1" "$(text_sum part1)" 154
        measure part2 part_load -d "${loop}p2"
        expect "partition 2" "$(text_sum part2)" 211
        measure part2_disks part_load -D -F -Q -d "${disk}p2"
        expect "partition 2 -DFQ" "$(text_sum part2_disks)" 211
        expect_match "partition 2 -DFQ: title" "$(titles part2_disks)" "^disk = $disk, flags = [A-Za-z-]*Read\$"
        measure whole part_load -d "$disk"
        expect "the whole disk" "$(text_sum whole)" 396
        if [[ -d ${0%/*}/../../completion ]]; then
            offered=$(bash -c '. "$1"; _biolatency_disks' bash "${0%/*}/../../completion/biolatency.bash" | grep "^$disk" | xargs)
            expect "disks that bash completes" "$offered" "$disk ${disk}p1 ${disk}p2"
            "${0%/*}/../docs/completion.sh" "${0%/*}/../.." "$tool" || wrong "completion of disks and partitions"
        else
            untested "completion of disks and partitions: its files are not here"
        fi
    else
        untested "partitions: no device node appears for them"
    fi
else
    untested "partitions: addpart does not work on $loop"
fi

# ---- what is refused ----

refused "a character device" 1 'null is not a disk but a character device' -d null
refused "a character device by path" 1 '/dev/null is not a disk but a character device' -d /dev/null
refused "a plain file" 1 "$work/link2 is not a disk but a file" -d "$(
    touch "$work/link2"
    echo "$work/link2"
)"
refused "a directory" 1 "$work is not a disk but a directory" -d "$work"
refused "nothing" 1 "no such disk 'nosuch'" -d nosuch
refused "nothing, with --ebpf" 1 "no such disk 'nosuch'" --ebpf -d nosuch
refused "a path to nothing" 1 "no such disk '/dev/no/such'" -d /dev/no/such
refused "an empty name" 1 "no such disk ''" -d ''

if [[ -b /dev/zram0 ]]; then
    refused "zram" 1 'zram0 has no block requests: its driver takes I/O without them' -d zram0
else
    untested "zram: there is none"
fi

if command -v dmsetup >/dev/null && dmsetup version >/dev/null 2>&1; then
    name="biolatency-test-$$"
    if echo "0 65536 linear $loop 0" | dmsetup create "$name" 2>/dev/null; then
        undo+=("dmsetup remove --retry '$name'")
        refused "device mapper" 1 "has no block requests of its own; trace what is under it: $disk" -d "$(realpath "/dev/mapper/$name")"
    else
        untested "device mapper: it refuses a linear target"
    fi
else
    untested "device mapper: this kernel or machine has none"
fi
