#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A disk that comes and goes while tracing is named in the output at the end.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

# loop_control ADD|REMOVE N
loop_control()
{
    python3 -c 'import fcntl, os, sys
fcntl.ioctl(os.open("/dev/loop-control", os.O_RDWR), {"ADD": 0x4C80, "REMOVE": 0x4C81}[sys.argv[1]], int(sys.argv[2]))' "$@" \
        2>"$work/control"
}

number=''
for try in 201 202 203 204 205; do
    [[ ! -e /sys/block/loop$try ]] && number=$try && break
done
[[ -n $number ]] || skip "loop201 to loop205 exist"
truncate -s 16M "$work/file"

# come_and_go NAME READS
come_and_go()
{
    loop_control ADD "$number" || skip "loop devices cannot be added: $(tail -1 "$work/control")"
    undo=("loop_control REMOVE $number")
    disk=loop$number loop=/dev/loop$number
    wait_for 5 test -b "$loop" || skip "no device node appears for $loop"
    losetup "$loop" "$work/file"
    loops=("$loop")
    do_reads "$1"
    settle
    losetup -d "$loop"
    wait_for 10 loop_control REMOVE "$number" || wrong "$loop cannot be removed"
    loops=() undo=()
    [[ ! -e /sys/block/$disk ]] || wrong "$disk is still there"
}

start disks -D
come_and_go 17
stop disks
expect "-D" "$(text_sum disks "disk = loop$number")" 17

# Twice under one name, and in a format for programs.
start json -DF --format json -v
come_and_go 17
come_and_go 19
stop json
expect "json" "$(json json "sum(r['count'] for r in histograms if r['disk'] == 'loop$number')")" 36
