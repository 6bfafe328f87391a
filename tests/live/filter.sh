#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# -d takes a disk by any of its names, or a partition, and refuses with a reason what has no requests.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

make_loop 64
third=$loop
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

# ---- several disks, of three that are busy ----

three_load()
{
    local pids=()
    do_reads 101 &
    pids+=($!)
    do_reads 53 "$other" &
    pids+=($!)
    do_writes 29 "$third"
    wait "${pids[@]}"
    settle
}

expect_sections()
{
    local name=$1 title
    shift
    expect "$name: sections" "$(titles "$name" | wc -l)" $#
    for title; do
        expect "$name: ${title%=*}" "$(text_sum "$name" "disk = ${title%=*}")" "${title#*=}"
    done
}

o=${other#/dev/} t=${third#/dev/}
measure two three_load -d "$disk,$o"
expect "two of three" "$(text_sum two)" 154
measure two_options three_load -d "$third" --disk="$disk"
expect "two of three, -d twice" "$(text_sum two_options)" 130
measure all_three three_load -D -d "$disk,$o,$t,$disk" -d "$loop"
expect_sections all_three "$disk=101" "$o=53" "$t=29"
measure two_flags three_load -D -F -Q -d "$o,$t"
expect "two of three, -DFQ" "$(text_sum two_flags)" 82
expect_match "two of three, -DFQ: titles" "$(titles two_flags | sed 's/,.*//' | sort -u | xargs)" "^disk = ($o disk = $t|$t disk = $o)\$"
measure two_slower three_load --slower 0ns -d "$o,$t"
expect "two of three, --slower" "$(grep -cE "^[0-9:.]+ ($o|$t) " "$(out_of two_slower)")" 82
expect "two of three, --slower: others" "$(grep -cE "^[0-9:.]+ $disk " "$(out_of two_slower)" || true)" 0
many=()
for _ in {1..65}; do
    many+=(-d "$disk")
done
refused "too many times" 2 'argument -d/--disk: given more than 64 times' "${many[@]}"
refused "one of two is not there" 1 "no such disk 'nosuch'; the disks are: .*$disk" -d "$disk,nosuch"

# A path with a comma is that path.
ln -s "$loop" "$work/one,two"
measure comma load -d "$work/one,two"
expect "a path with a comma" "$(text_sum comma)" 101

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
        expect_match "partition 2 -DFQ: title" "$(titles part2_disks)" "^disk = ${disk}p2, flags = [A-Za-z-]*Read\$"
        expect "partition 2 -D" "$(measure part2_title part_load -D -d "${disk}p2"; titles part2_title)" "disk = ${disk}p2"
        measure both part_load -D -d "${disk}p1,${disk}p2"
        expect_sections both "${disk}p1=154" "${disk}p2=211"
        measure both_json part_load -D --format json -v -d "${disk}p1" -d "${disk}p2"
        expect "both partitions, JSON" "$(json both_json '[(r["disk"], r["count"]) for r in histograms]')" \
            "[('${disk}p1', 154), ('${disk}p2', 211)]"
        measure both_dict part_load -D -j -v -d "${disk}p2,${disk}p1"
        expect "both partitions, dictionary" \
            "$(dict both_dict '[(r["disk"], sum(d["count"] for d in r["data"])) for r in rows]')" \
            "[('${disk}p1', 154), ('${disk}p2', 211)]"
        other_load()
        {
            part_load
            do_reads 67 "$other"
            do_reads 5 "$third"
        }
        measure mixed other_load -D -d "${disk}p2,$o"
        expect_sections mixed "${disk}p2=211" "$o=67"
        measure mixed_sum other_load -d "${disk}p2,$o"
        expect "a partition and another disk" "$(text_sum mixed_sum)" 278
        measure part_and_disk part_load -D -d "${disk}p2,$disk,${disk}p1"
        expect_sections part_and_disk "$disk=396"
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

# ---- what lies on a disk ----

# on_file_system FILE-SYSTEM DEVICE COMMAND-TO-MAKE-IT...: a directory and a file on it stand for the device.
on_file_system()
{
    local type=$1 device=$2 where=$work/mnt.$1 disk=${2#/dev/} path
    [[ $disk != *[0-9]p[0-9] ]] || disk=${disk%p[0-9]}
    shift 2
    mkdir "$where"
    if ! "$@" "$device" >"$work/mkfs" 2>&1 || ! mount "$device" "$where" 2>>"$work/mkfs"; then
        untested "a file on $type: $(tail -1 "$work/mkfs")"
        return
    fi
    mounts+=("$where")
    mkdir "$where/a directory"
    dd if=/dev/urandom of="$where/file" bs=4k count=64 status=none
    umount "$where"
    mount -o ro "$device" "$where" # now it writes nothing by itself
    for path in "$where/a directory" "$where/file"; do
        # shellcheck disable=SC2317
        path_load()
        {
            dd if="$where/file" of=/dev/null bs=4k count=37 iflag=direct status=none
            do_reads 53 "$other"
        }
        measure "path" path_load -D -d "$path"
        expect "$type, ${path##*/}: title" "$(titles path)" "disk = ${device#/dev/}"
        expect "$type, ${path##*/}: count" "$(text_sum path)" "$delta"
        expect_true "$type, ${path##*/}: $delta requests" "30 < delta && delta < 50"
        expect_match "$type, ${path##*/}: what it says" "$(cat "$(err_of path)")" \
            "^${tool##*/}: $path is on ${device#/dev/}: tracing ${device#/dev/}\$"
    done
    measure relative path_load -d "$(realpath --relative-to=. "$where")/."
    expect "$type, a relative path" "$(text_sum relative)" "$delta"
    umount "$where"
}

whole=$loop
on_file_system ext4 "$whole" mkfs.ext4 -q -F
# A btrfs gives its files a number that is no disk's, and may lie on two.
whole_disk=$disk
make_loop 128
pool=$loop pool_disk=$disk
make_loop 128
on_file_system btrfs "$pool" mkfs.btrfs -q -f
if [[ -d $work/mnt.btrfs ]] && mkfs.btrfs -q -f -d raid0 "$pool" "$loop" >"$work/mkfs" 2>&1 &&
    mount -o "device=$loop" "$pool" "$work/mnt.btrfs" 2>>"$work/mkfs"; then
    mounts+=("$work/mnt.btrfs")
    expect "a btrfs on two disks" "$("$tool" --ebpf -d "$work/mnt.btrfs" 2>&1 >/dev/null | sed 's/.*: tracing //; s/, /\n/' | sort)" \
        "$(printf '%s\n' "$pool_disk" "${loop#/dev/}" | sort)"
    umount "$work/mnt.btrfs"
else
    untested "a btrfs on two disks: $(tail -1 "$work/mkfs")"
fi
loop=$whole disk=$whole_disk
[[ ! -b ${loop}p1 ]] || on_file_system ext2 "${loop}p1" mkfs.ext2 -q -F

# ---- what is refused ----

refused "a character device" 1 'null is not a disk but a character device' -d null
refused "a character device by path" 1 '/dev/null is not a disk but a character device' -d /dev/null
refused "a file on tmpfs" 1 '/dev/shm is on tmpfs, which has no disk' -d /dev/shm
refused "a file in /proc" 1 '/proc/version is on proc, which has no disk' -d /proc/version
refused "a directory in /dev" 1 '/dev/pts is on devpts, which has no disk' -d pts
refused "nothing" 1 "no such disk 'nosuch'; the disks are: .*$disk" -d nosuch
hide='umount -l /sys'
launcher=(hiding)
refused "a name, without /sys" 1 "no such disk 'nosuch': /sys is not mounted \(mount -t sysfs sysfs /sys\)" -d nosuch
refused "a node, without /sys" 1 "cannot tell which disk '$loop' is: /sys is not mounted" -d "$loop"
launcher=()
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
        refused "device mapper" 1 "has no block requests of its own; trace what is under it: -d $disk" -d "$(realpath "/dev/mapper/$name")"
    else
        untested "device mapper: it refuses a linear target"
    fi
else
    untested "device mapper: this kernel or machine has none"
fi
