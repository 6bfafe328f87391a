#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Signals end the program with its last block and status 0. However it ends, killed included, nothing of it stays.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

make_loop 16

# ---- what is left ----

# Ids of BPF programs, maps and links. bpftool tells who holds them, so those of other processes that live are left out.
bpf_objects()
{
    python3 - <<'END'
import json, os, subprocess
for kind in 'prog', 'map', 'link':
    text = subprocess.run(['bpftool', '-j', kind, 'list'], capture_output=True, text=True).stdout
    for item in json.loads(text or '[]'):
        if not any(os.path.exists('/proc/%d' % holder['pid']) for holder in item.get('pids', [])):
            print(kind, item['id'], item.get('name', item.get('tp_name', '')))
END
}

# Other programs make files too: only those that it, libbcc or LLVM may have made, and all of a user who has no others.
files()
{
    find /tmp /run /dev/shm -maxdepth 1 -mindepth 1 -newer "$work/born" ! -path "$work" \
        \( -name 'bcc*' -o -name 'biolatency*' -o -name 'libbcc*' -o -name 'headers*' -o -name 'kheaders*' -o -user nobody \) | sort
}

processes()
{
    pgrep -f "^$tool " || true
}

new_objects()
{
    bpf_objects | sort | comm -13 "$work/objects.before" -
}

# Kernel objects go a moment after the last file descriptor.
is_clean()
{
    [[ -z $(new_objects) && -z $(processes) && -z $(files) ]]
}

expect_clean()
{
    wait_for 20 is_clean || wrong "$1 leaves: $(new_objects) $(processes) $(files)"
    expect "$1: mounts" "$(diff "$work/mounts.before" /proc/self/mounts || true)" ''
}

cp "$tool" "$work/traced-by-signals" # a name of its own, for pgrep
chmod 711 "$work"
tool=$work/traced-by-signals
touch "$work/born"
sleep 0.05
bpf_objects | sort >"$work/objects.before"
cat /proc/self/mounts >"$work/mounts.before"

# ---- the last block ----

for signal in INT TERM HUP; do
    for options in "-v" "-v 1" "-v -D -j" "-v -F --format json"; do
        # shellcheck disable=SC2086
        start last -d "$disk" $options
        do_reads 41
        settle
        kill "-$signal" "${pid_of[last]}"
        ends last
        case $options in
        *json) expect "$signal $options" "$(json last 'sum(r["count"] for r in histograms)')" 41 ;;
        *-j) expect "$signal $options" "$(dict last 'sum(d["count"] for r in rows for d in r["data"])')" 41 ;;
        *) expect "$signal $options" "$(text_sum last)" 41 ;;
        esac
    done
done
expect_clean "a signal"

# INT as a shell leaves it for what it starts in the background, and as a parent may have left all.
launcher=(bash -c 'trap "" INT; exec "$@"' bash)
start ignored -d "$disk"
do_reads 41
settle
stop ignored
expect "INT inherited as ignored" "$(text_sum ignored)" 41
launcher=(bash -c 'trap "" INT TERM CHLD PIPE; exec "$@"' bash)
start ignored -d "$disk"
kill -TERM "${pid_of[ignored]}"
ends ignored
launcher=()

launcher=(nohup)
start hup -d "$disk"
do_reads 41
kill -HUP "${pid_of[hup]}"
sleep 0.3
is_ended "${pid_of[hup]}" && wrong "nohup: HUP ends it"
do_reads 41
settle
stop hup
expect "nohup" "$(text_sum hup)" 82
launcher=()

# ---- at any moment ----

# A tenth of a second covers the start. Statuses: 0 the last block was printed, 1 the child is gone, 128 + n killed.
# hit SIGNAL PID: false if it is gone already
hit()
{
    kill "-$1" "$2" 2>/dev/null
}

# The same for INT, which a shell has ignored in what it starts with "&": if it comes before the program has taken that back,
# it is lost.
hit_int()
{
    hit INT "$1"
    wait_for 3 is_ended "$1" || hit INT "$1"
}

kill_children()
{
    local child
    for child in $(pgrep -P "$1" || true); do
        hit KILL "$child" || true
    done
}

# ended_by NAME WHAT STATUS...: one of these
ended_by()
{
    local name=$1 what=$2 rc=0 status
    shift 2
    wait "${pid_of[$name]}" 2>/dev/null || rc=$?
    unset "pid_of[$name]"
    for status; do
        ((rc != status)) || return 0
    done
    wrong "$what: exit status $rc, wanted $*: $(cat "$(err_of "$name")")"
}

random_moment()
{
    sleep "0.$(printf '%03d' $((RANDOM % 130)))"
}

kill_at_random()
{
    local i
    for ((i = 0; i < 10; i++)); do
        launch moment -D
        random_moment
        hit_int "${pid_of[moment]}"
        ended_by moment "INT" 0 130
        launch moment -D
        random_moment
        hit TERM "${pid_of[moment]}"
        ended_by moment "TERM" 0 143
        launch moment -D
        random_moment
        hit KILL "${pid_of[moment]}"
        ended_by moment "KILL" 137
        launch moment -D
        random_moment
        kill_children "${pid_of[moment]}"
        # It ends by itself, in one line, if it still needed the child; else it goes on and takes the signal.
        sleep 0.3
        hit_int "${pid_of[moment]}" || true
        ended_by moment "KILL of the child" 0 1
        [[ $(wc -l <"$(err_of moment)") -le 1 ]] || wrong "KILL of the child: $(cat "$(err_of moment)")"
        # Both at once.
        launch moment -D
        random_moment
        # shellcheck disable=SC2046
        kill -KILL "${pid_of[moment]}" $(pgrep -P "${pid_of[moment]}" || true) 2>/dev/null || true
        ended_by moment "KILL of both" 137
    done
}

# Without CAP_SYS_ADMIN there is a directory in /tmp for a while. Only if both are killed at once may it stay.
kill_nobody_at_random()
{
    local i signal
    for ((i = 0; i < 10; i++)); do
        for signal in INT HUP KILL; do
            launch moment -D
            random_moment
            case $signal in
            INT) hit_int "${pid_of[moment]}" || true ;;
            *) hit $signal "${pid_of[moment]}" || true ;;
            esac
            ended_by moment "nobody, $signal" 0 129 130 137
        done
        launch moment -D
        random_moment
        kill_children "${pid_of[moment]}"
        sleep 0.3
        hit_int "${pid_of[moment]}" || true
        ended_by moment "nobody, KILL of the child" 0 1 130
    done
}

# quietly FUNCTION: without what the shell tells of each job that is killed
quietly()
{
    local before=$failures
    exec 3>&2 2>"$work/log"
    "$1"
    exec 2>&3 3>&-
    ((failures == before)) || grep FAILED "$work/log" >&2
}

quietly kill_at_random
expect_clean "root, at random moments"
if command -v setpriv >/dev/null; then
    launcher=(setpriv --reuid nobody --clear-groups --inh-caps "+bpf,+perfmon" --ambient-caps "+bpf,+perfmon")
    quietly kill_nobody_at_random
    launcher=()
    expect_clean "nobody, at random moments"
    find /tmp -maxdepth 1 -name 'bcc-??????' -user nobody -newer "$work/born" -exec rm -r {} +
fi

# ---- time ----

# Blocks come out as they are made: through a pipe the first is here before the second is due.
mkfifo "$work/pipe"
"$tool" -d "$disk" 1 5 >"$work/pipe" 2>"$work/pipe.err" &
pid_of[pipe]=$!
blocks=0 arrivals=()
exec 4<"$work/pipe"
while read -r line <&4; do
    if [[ $line == Tracing* ]]; then
        began=$EPOCHREALTIME
    elif [[ -z $line ]]; then
        blocks=$((blocks + 1))
        arrivals+=("$(awk -v a="$began" -v b="$EPOCHREALTIME" 'BEGIN { printf "%d", (b - a) * 1000 }')")
    fi
done
exec 4<&-
took=$(awk -v a="$began" -v b="$EPOCHREALTIME" 'BEGIN { printf "%d", (b - a) * 1000 }')
ends pipe
sleep_began=$EPOCHREALTIME
sleep 5
slept=$(awk -v a="$sleep_began" -v b="$EPOCHREALTIME" 'BEGIN { printf "%d", (b - a) * 1000 }')
expect "1 5: blocks" "$blocks" 5
# Five intervals take as long as one sleep of five, and less than one interval more: they do not drift.
expect_true "1 5: the time of 5 seconds" "$took * 100 >= $slept * 95 && $took < $slept + $slept / 5"
expect_true "1 5: the first block comes by itself" "${arrivals[0]} * 2 < ${arrivals[4]}"
expect_true "1 5: each block comes in its time" "${arrivals[3]} < ${arrivals[4]} && ${arrivals[2]} < ${arrivals[3]}"
