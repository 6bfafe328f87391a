# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the live tests share. Each test is a script that takes the path of the program as $1 and sources this file.
# Tests never look at absolute times: they wait for what the program says and for the kernel's own counters.
set -euo pipefail
export LC_ALL=C

# What was kept by other runs is not there: /var/cache is a file system of this script alone. With KEPT=1 it begins empty, so each second
# run of the same kind finds a kept program; without, it cannot be written to, so each run compiles.
if [[ -z ${OWN_CACHE-} && -d /var/cache ]] && unshare --mount true 2>/dev/null; then
    OWN_CACHE=wanted exec unshare --mount --propagation private "$0" "$@"
fi
if [[ ${OWN_CACHE-} == wanted ]]; then
    mount -t tmpfs -o "mode=0755,$([[ -n ${KEPT-} ]] && echo rw || echo ro)" tmpfs /var/cache
    export OWN_CACHE=there
fi

tool=$(realpath "$1")
work=$(mktemp -d)
failures=0
arguments=("$@") # of the script
lost_ends=0      # a run said that it missed some
loop='' disk='' # of the last make_loop: /dev/loop3, loop3
# shellcheck disable=SC2034 # of the last measure: requests that the kernel counted; used by the scripts
delta=0
launcher=()       # goes before the program in start()
declare -A pid_of # of runs, by their name
loops=() mounts=() undo=()

skip()
{
    echo "skipped: $*"
    exit 77
}

# A part that cannot be tested on this machine.
untested()
{
    echo "not tested here: $*"
}

wrong()
{
    echo "FAILED: $*" >&2
    failures=$((failures + 1))
}

# expect WHAT GOT WANTED
expect()
{
    [[ "$2" == "$3" ]] || wrong "$1: got '$2', wanted '$3'"
}

# expect_match WHAT GOT REGEX
expect_match()
{
    [[ "$2" =~ $3 ]] || wrong "$1: got '$2', wanted something that matches '$3'"
}

# expect_true WHAT EXPRESSION: an arithmetic expression of bash
expect_true()
{
    (($2)) || wrong "$1: not true: $2"
}

# Runs of one name overwrite what the last one said, so this is called after each.
look_for_lost_ends()
{
    if grep -qsE 'the kernel ran no probe|[ :][1-9][0-9]* requests? (was|were) still in flight' "$work"/*.err; then
        lost_ends=1
    fi
}

cleanup()
{
    local status=$? name item
    trap - EXIT ERR
    set +e
    if ((status != 0 && status != 77 && failures == 0)); then
        echo "FAILED: ended at ${failed_at:-a signal}" >&2
    fi
    look_for_lost_ends
    for name in "${!pid_of[@]}"; do
        kill -KILL "${pid_of[$name]}" 2>/dev/null
    done
    wait 2>/dev/null
    for item in "${undo[@]}"; do
        eval "$item"
    done
    for item in "${mounts[@]}"; do
        umount "$item" 2>/dev/null
    done
    for item in "${loops[@]}"; do
        losetup -d "$item" 2>/dev/null
    done
    rm -rf "$work"
    if ((status == 0 && failures > 0)); then
        status=1
    fi
    # The 6.18 kernel of one test machine runs no probe where certain threads are interrupted ("Ends that no probe saw" in
    # docs/design.md). The program reports that, or takes the request to be in flight still if its place is not used again, but a
    # count is then not the exact one that the test wants: once more, a few times at most.
    if ((status == 1 && lost_ends && ${ATTEMPT:-1} < 5)); then
        echo "the kernel ran no probe when some requests ended: once more" >&2
        ATTEMPT=$((${ATTEMPT:-1} + 1)) exec "$0" "${arguments[@]}"
    fi
    exit "$status"
}
trap cleanup EXIT
set -E
trap 'failed_at="${BASH_SOURCE[0]##*/}:$LINENO: $BASH_COMMAND"' ERR
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

need()
{
    local command
    for command; do
        command -v "$command" >/dev/null || skip "$command is not installed"
    done
}

# wait_for SECONDS COMMAND...: until it succeeds; false if it never does.
wait_for()
{
    local end=$((SECONDS + $1 + 1))
    shift
    until "$@"; do
        ((SECONDS < end)) || return 1
        sleep 0.02
    done
}

# ---- disks ----

# make_loop MEBIBYTES: a loop device on a new file. Nobody else looks into it: udev keeps off devices that are locked.
make_loop()
{
    local file fd
    file=$(mktemp "$work/disk.XXXXXX")
    truncate -s "$1M" "$file"
    loop=$(losetup --find --show --direct-io=on "$file" 2>"$work/losetup") ||
        loop=$(losetup --find --show "$file" 2>"$work/losetup") || skip "no loop devices: $(cat "$work/losetup")"
    loops+=("$loop")
    disk=${loop#/dev/}
    echo 1 >"/sys/block/$disk/queue/iostats" # a test that was killed may have left it off
    exec {fd}<"$loop"
    flock -n "$fd" || true
    settle
}

# queue ATTRIBUTE VALUE: of the last loop device; the old value comes back at the end. False if it is refused.
queue()
{
    local file="/sys/block/$disk/queue/$1" before
    before=$(sed -E 's/.*\[(.*)\].*/\1/' "$file")
    { echo "$2" >"$file"; } 2>/dev/null || return 1
    undo+=("echo '$before' >'$file'")
}

# ios DISK [KIND]: requests that the kernel counted so far; KIND: reads, writes, discards or flushes only. It counts a
# flush without data twice: as a write of nothing, and as a flush.
ios()
{
    awk -v kind="${2-}" '
        BEGIN { field["reads"] = 1; field["writes"] = 5; field["discards"] = 12; field["flushes"] = 16 }
        { print kind == "" ? $1 + $5 + $12 + $16 : $field[kind] + 0 }' "/sys/class/block/$1/stat"
}

all_ios()
{
    cat /sys/block/*/stat | awk '{ n += $1 + $5 + $12 + $16 } END { printf "%d\n", n }'
}

is_idle()
{
    local reads writes
    read -r reads writes <"/sys/block/$disk/inflight"
    ((reads + writes == 0))
}

# Until the last request of the loop device has ended, which is a moment after those who wait for its data go on.
settle()
{
    wait_for 20 is_idle || wrong "$disk does not become idle"
}

# do_reads N [DEVICE [FIRST]], do_writes N [DEVICE [FIRST]]: N requests of 4 KiB from block FIRST on.
do_reads()
{
    dd "if=${2:-$loop}" of=/dev/null bs=4k "count=$1" "skip=${3:-0}" iflag=direct status=none
}

do_writes()
{
    dd if=/dev/zero "of=${2:-$loop}" bs=4k "count=$1" "seek=${3:-0}" oflag=direct conv=notrunc status=none
}

# do_fio RUN-NAME OPTIONS...: random I/O of 4 KiB, 4 jobs with 32 requests each.
do_fio()
{
    fio --name=live --filename="$loop" --direct=1 --bs=4k --ioengine=libaio --iodepth=32 --numjobs=4 --group_reporting \
        --output="$work/fio.log" "$@" || wrong "fio failed: $(cat "$work/fio.log")"
}

# background FUNCTION: until the test ends. The shell does not tell that it was killed.
background()
{
    "$1" &
    pid_of[$1]=$!
    disown
}

# Requests without end, for `background`.
trickle()
{
    while :; do
        do_reads 20
        sleep 0.2
    done
}

# ---- runs of the program ----

out_of()
{
    echo "$work/$1.out"
}

err_of()
{
    echo "$work/$1.err"
}

is_ended()
{
    local state
    state=$(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null) || return 0
    [[ -z $state || $state == Z ]]
}

# compilers PID: its child that compiles, if that is there. The watcher of named kprobe events (kernels before 4.17) is a
# child too, and lives as long as the program does, but it is in a session of its own.
compilers()
{
    local session
    session=$(ps -o sid= -p "$1" | tr -d ' ') || true
    [[ -z $session ]] || pgrep -P "$1" -s "$session" || true
}

# It ends the process that compiles after it has begun to wait for signals.
has_settled()
{
    [[ -z $(compilers "$1") ]]
}

# The greeting is printed when all is attached and signals are waited for; -v's last line a moment before.
is_tracing()
{
    grep -q '^Tracing' "$(out_of "$1")" && return 0
    grep -q '^started in' "$(err_of "$1")" && has_settled "${pid_of[$1]}" && return 0
    is_ended "${pid_of[$1]}"
}

# launch NAME OPTIONS...: starts the program in the background.
launch()
{
    local name=$1
    shift
    : >"$(out_of "$name")"
    : >"$(err_of "$name")"
    "${launcher[@]}" "$tool" "$@" >"$(out_of "$name")" 2>"$(err_of "$name")" &
    pid_of[$name]=$!
}

# example_has_begun NAME: one of the examples, or it has ended. They say so in different ways; once they wait for signals, the
# process that compiles is gone.
example_has_begun()
{
    is_ended "${pid_of[$1]}" && return 0
    grep -qsE '^(Tracing|Counting|TIME|TASK)' "$(out_of "$1")" "$(err_of "$1")" && has_settled "${pid_of[$1]}"
}

# await NAME: waits until it traces. Formats without a greeting need -v.
await()
{
    if ! wait_for 60 is_tracing "$1" || is_ended "${pid_of[$1]}"; then
        wrong "$1: does not start: $(cat "$(err_of "$1")")"
    fi
}

# start NAME OPTIONS...: both.
start()
{
    launch "$@"
    await "$1"
}

# ends NAME [STATUS]: waits for its end, and checks the exit status.
ends()
{
    local rc=0
    wait "${pid_of[$1]}" || rc=$?
    unset "pid_of[$1]"
    look_for_lost_ends
    expect "$1: exit status ($(cat "$(err_of "$1")"))" "$rc" "${2:-0}"
}

stop()
{
    kill -INT "${pid_of[$1]}" 2>/dev/null || true
    ends "$1"
}

# measure NAME COMMAND OPTIONS...: traces while COMMAND runs. Sets delta.
measure()
{
    local name=$1 load=$2 before
    shift 2
    start "$name" "$@"
    before=$(ios "$disk")
    $load
    settle
    stop "$name"
    # shellcheck disable=SC2034
    delta=$(($(ios "$disk") - before))
}

# hiding COMMAND...: in a mount namespace where `hide`, a shell command, has been run.
hide=:
hiding()
{
    # shellcheck disable=SC2016
    unshare --mount --propagation private bash -c 'eval "$1"; shift; exec "$@"' bash "$hide" "$@"
}

# refused WHAT STATUS REGEX OPTIONS...: one line on stderr that matches, nothing on stdout.
refused()
{
    local what=$1 status=$2 regex=$3 rc=0
    shift 3
    "${launcher[@]}" "$tool" "$@" >"$work/refused.out" 2>"$work/refused.err" || rc=$?
    expect "$what: exit status" "$rc" "$status"
    expect "$what: stdout" "$(cat "$work/refused.out")" ''
    expect "$what: lines on stderr" "$(wc -l <"$work/refused.err")" 1
    expect_match "$what: stderr" "$(cat "$work/refused.err")" "^${tool##*/}: .*$regex"
}

# ---- what it printed ----

# skipped NAME: probes that the kernel skipped because they were running on that CPU already, as told on stderr.
skipped()
{
    awk '/: the kernel skipped probes / { for (i = 1; i < NF; i++) if ($i == "probes") n += $(i + 1) }
        / not counted: the kernel ran no probe/ { n += $2 }
        END { printf "%d\n", n }' "$(err_of "$1")"
}

# expect_counted WHAT NAME COUNT DONE: all was counted, but for what the program says it may have missed.
expect_counted()
{
    local missing=$(($4 - $3))
    ((missing >= 0 && missing <= $(skipped "$2"))) || wrong "$1: counted $3 of $4 ($(cat "$(err_of "$2")"))"
}

# text_sum NAME [TITLE]: the counts of all histograms, or of those with the title "disk = sda".
text_sum()
{
    awk -v title="${2-}" '
        /^(disk|flags|op) = / { inside = $0 == title }
        / -> / && (inside || title == "") { n += $5 }
        END { printf "%d\n", n }' "$(out_of "$1")"
}

titles()
{
    grep -E '^(disk|flags|op) = ' "$(out_of "$1")" || true
}

json_rows=$(realpath "${BASH_SOURCE[0]%/*}")/json_rows.py
json_schema=$(realpath "${BASH_SOURCE[0]%/*}/../..")/docs/biolatency.schema.json # what all JSON is held to

# json NAME EXPRESSION: a Python expression over rows, intervals, histograms, samples, dropped, blocks, end: see json_rows.py.
# The output is as the schema wants, or that is told and nothing is printed.
json()
{
    python3 "$json_rows" "$json_schema" "$(out_of "$1")" "$2"
}

# askew NAME: lines of its table of samples whose columns are not where those of the header are.
askew()
{
    awk '/^BEGAN / { cgroup = index($0, "CGROUP"); latency = match($0, /LATENCY\([um]s\)/) + RLENGTH - 1; bytes = index($0, " BYTES ") + 5; next }
        cgroup && (substr($0, cgroup - 1, 2) !~ /^ [^ ]$/ || substr($0, latency, 2) !~ /^[0-9] $/ || substr($0, bytes, 2) !~ /^[0-9] $/)' \
        "$(out_of "$1")"
}

# The same as json for -j.
dict()
{
    python3 -c 'import ast, sys
rows = [ast.literal_eval(line) for line in open(sys.argv[1]) if line.strip()]
print(eval(sys.argv[2]))' "$(out_of "$1")" "$2"
}

is_sanitized()
{
    grep -q __asan_init "$tool"
}

[[ -x $tool ]] || skip "$tool is not there"
[[ $(id -u) == 0 ]] || skip "not root"
need losetup dd awk python3 flock pgrep ps bpftool
bpftool prog list >/dev/null 2>&1 || skip "this machine refuses bpf()"
[[ -e /dev/loop-control ]] || skip "no loop devices (/dev/loop-control)"
