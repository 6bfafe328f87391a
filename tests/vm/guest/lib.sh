# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the tests in a guest share, on top of the live tests' own: disks of every kind, and results for the support table.
# shellcheck source-path=SCRIPTDIR source=../../live/lib.sh
. "${0%/*}/../../live/lib.sh"

# The guests have no python3-jsonschema: the live tests hold the same objects to the schema.
# shellcheck disable=SC2034 # used by json
json_schema=''

configfs=/sys/kernel/config/nullb
scsi_debug=/sys/bus/pseudo/drivers/scsi_debug
tracefs=/sys/kernel/tracing

# result FIELD...: a line of the support table (table.py). They count if the test passes: at its end they go where the host reads
# them.
result()
{
    local IFS='|'
    echo "result|$*" >>"$work/results"
}
# shellcheck disable=SC2016 # expanded by cleanup
undo+=('((status || failures)) || cat "$work/results" >>"$RESULTS" 2>/dev/null')

# make_nullb NAME ATTRIBUTE=VALUE...: a null_blk disk that completes by timer; sets disk to its name.
# The kernel numbers them, up to 5.18; since then they have the name of their directory.
make_nullb()
{
    local dir=$configfs/$1 setting
    shift
    [[ -d $configfs ]] || modprobe null_blk nr_devices=0
    mkdir "$dir"
    for setting in size=256 blocksize=512 queue_mode=2 irqmode=2 submit_queues=1 hw_queue_depth=64 "$@"; do
        echo "${setting#*=}" 2>/dev/null >"$dir/${setting%%=*}" || return 1
    done
    echo 1 >"$dir/power"
    disk=${dir##*/}
    [[ -d /sys/block/$disk ]] || disk=nullb$(cat "$dir/index")
    wait_for 20 test -b "/dev/$disk" || wrong "$disk does not come"
    undo+=("echo 0 >$dir/power; rmdir $dir")
}

# Names of those that are there.
scsi_disks()
{
    local dir
    for dir in /sys/block/sd*; do
        [[ ! -e $dir ]] || echo "${dir##*/}"
    done
}

# add_scsi NAME=VALUE...: sets attributes of scsi_debug, then adds a host with one disk; sets disk.
add_scsi()
{
    local setting before now
    [[ -d $scsi_debug ]] || modprobe scsi_debug add_host=0 dev_size_mb=64 delay=0 lbpu=1 lbpws=1
    for setting; do
        echo "${setting#*=}" >"$scsi_debug/${setting%%=*}"
    done
    before=$(scsi_disks | sort)
    echo 1 >$scsi_debug/add_host
    # shellcheck disable=SC2317 # called by wait_for
    new_disk()
    {
        now=$(scsi_disks | sort | comm -13 <(echo "$before") - | sed -n 1p)
        [[ -n $now && -b /dev/$now && $(cat "/sys/block/$now/size") -gt 0 ]]
    }
    wait_for 60 new_disk || wrong "no new scsi_debug disk"
    disk=$now
    undo+=("echo -1 >$scsi_debug/add_host")
    settle
}

# add_partition DEVICE NUMBER FIRST-SECTOR SECTORS: tells the kernel (BLKPG), writes no table. addpart of util-linux does the
# same, but is not everywhere.
add_partition()
{
    python3 -c 'import ctypes, fcntl, struct, sys
number, first, sectors = map(int, sys.argv[2:])
partition = ctypes.create_string_buffer(struct.pack("qqi64s64s4x", first * 512, sectors * 512, number, b"", b""))
with open(sys.argv[1], "rb") as disk:
    fcntl.ioctl(disk, 0x1269, struct.pack("iii4xP", 1, 0, len(partition), ctypes.addressof(partition)))' "$@"
}

# disk_with_serial SERIAL: a disk that QEMU made.
disk_with_serial()
{
    grep -ls "^$1 *$" /sys/block/vd*/serial /sys/block/nvme*/device/serial | sed -n 1p | cut -d/ -f4
}

# use_scheduler DISK: mq-deadline
use_scheduler()
{
    modprobe -q mq-deadline || true # it may be built in
    echo mq-deadline >"/sys/block/$1/queue/scheduler"
}

# watch_events EVENT...: the kernel's own events of these names are recorded from now on, for events_of to count.
watch_events()
{
    local event
    mkdir -p $tracefs/instances/watch
    echo 8192 >$tracefs/instances/watch/buffer_size_kb
    echo >$tracefs/instances/watch/trace
    for event; do
        echo 1 >"$tracefs/instances/watch/events/block/$event/enable"
    done
}

# events_of DISK EVENT: how many of them there were for that disk.
events_of()
{
    local numbers
    numbers=$(tr : , <"/sys/block/$1/dev")
    grep -c " $2: $numbers " $tracefs/instances/watch/trace || true
}

unwatch_events()
{
    [[ -d $tracefs/instances/watch ]] || return 0
    echo 0 >$tracefs/instances/watch/events/enable
    rmdir $tracefs/instances/watch
}
undo+=(unwatch_events)

# plan_of NAME: the probes that -v tells, as "kind:target ...", sorted.
plan_of()
{
    sed -nE 's/^raw tracepoint ([^:]*): .*/raw:\1/p; s/^kprobe ([^:]*): .*/kprobe:\1/p' "$(err_of "$1")" | sort -u |
        tr '\n' ' ' | sed 's/ $//'
}
