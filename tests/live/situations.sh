#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The commands of docs/examples.md do what the page shows: they are run here on a loop device under the load that the page
# names in a comment above each block, for a second each, and must print lines of the same shapes, with the same titles.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
need fio jq
page=$(realpath "${0%/*}/../..")/docs/examples.md
[[ -r $page ]] || skip "docs/examples.md is not here"
helper=$(realpath "${0%/*}/situations.py")

make_loop 256
dd if=/dev/zero of="$loop" bs=1M count=256 oflag=direct status=none
settle
mkdir "$work/bin"
ln -s "$tool" "$work/bin/biolatency-c"

# fio_of NAME OPTIONS...: in the background, until the test stops it.
fio_of()
{
    local name=$1
    shift
    fio --name=situations --filename="$loop" --size=128M --runtime=60 --time_based --output="$work/$name.fio" "$@" &
    pid_of[$name]=$!
}

load()
{
    case $1 in
    'random reads') fio_of a --rw=randread --direct=1 --bs=4k --ioengine=libaio --iodepth=2 --rate_iops=500 ;;
    database) fio_of a --rw=write --bs=8k --fdatasync=1 --rate_iops=500 ;;
    read-ahead)
        fio_of a --rw=read --bs=64k --invalidate=1 --rate=20m
        fio_of b --offset=128M --rw=randread --direct=1 --bs=8k --rate_iops=200
        ;;
    neighbour)
        fio_of a --rw=write --direct=1 --bs=1M --ioengine=libaio --iodepth=64 --rate=100m
        fio_of b --rw=randread --direct=1 --bs=4k --ioengine=libaio --rate_iops=200
        ;;
    nothing) return ;;
    *) wrong "$page: no such load: $1" ;;
    esac
    wait_for 20 has_io "$(ios "$disk")" || wrong "$1: no I/O"
}

has_io()
{
    (($(ios "$disk") > $1 + 20))
}

unload()
{
    local name
    for name in a b; do
        [[ -n ${pid_of[$name]-} ]] || continue
        kill -INT "${pid_of[$name]}" 2>/dev/null || true
        wait "${pid_of[$name]}" 2>/dev/null || true
        unset "pid_of[$name]"
    done
    settle
}

cd "$work"
python3 "$helper" split "$page" "$work" "$disk"
n=0
for block in "$work"/block-*; do
    n=$((n + 1))
    load "$(cat "$block/load")"
    rc=0
    PATH=$work/bin:$PATH bash -euo pipefail "$block/commands" >"$block/got" 2>"$block/err" || rc=$?
    unload
    expect "$(cat "$block/title"): exit status ($(cat "$block/err"))" "$rc" 0
    python3 "$helper" compare "$block" || wrong "$(cat "$block/title"): not as the page shows"
done
expect_true "situations" "$(grep -c '^## ' "$page") >= 10"
expect_true "blocks run" "$n >= 10"
