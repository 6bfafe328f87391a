#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# However it ends, nothing stays behind: no programs, maps, links, kprobe events, files, mounts or processes.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

make_nullb behind completion_nsec=10000

# All that there is in the kernel and where the tool might leave something. Types only: ids go on rising.
traces()
{
    {
        bpftool prog list | awk '/^[0-9]+:/ { print "prog", $2, $4 }'
        bpftool map list | awk '/^[0-9]+:/ { print "map", $2, $4 }'
        bpftool link list 2>/dev/null | awk '/^[0-9]+:/ { print "link", $2 }'
        cat $tracefs/kprobe_events
        find /tmp /dev/shm /run/lock /var/tmp /root -xdev ! -path "$work*"
        pgrep -l biolatency || true
        cut -d' ' -f3-5 /proc/self/mountinfo
    } | sort
}

# Objects go when the kernel has had time to free them.
check_nothing()
{
    # shellcheck disable=SC2317 # called by wait_for
    as_before()
    {
        [[ $(traces) == "$clean" ]]
    }
    wait_for 20 as_before || wrong "$1: left behind: $(diff <(echo "$clean") <(traces))"
}

ls /sys/kernel/debug/tracing >/dev/null # mounts itself when it is first looked at
clean=$(traces)
for signal in INT TERM HUP; do
    start "$signal" -d "$disk"
    do_reads 3 "/dev/$disk"
    kill -$signal "${pid_of[$signal]}"
    ends "$signal"
    check_nothing "SIG$signal"
done
start counted -d "$disk" 1 1
ends counted
check_nothing "the last interval"

# From the fork to tracing takes some seconds here: ten moments of it, the last ones while it traces. Every third time
# the child that compiles is killed instead, and the tool must end by itself.
took_ms=$(sed -n 's/^started in \([0-9]*\) ms.*/\1/p' <(start timed -v -d "$disk" && stop timed && cat "$(err_of timed)"))
took_ms=${took_ms:-3000}
killed=0
for moment in 1 2 3 4 5 6 7 8 9 10; do
    mode=(-d "$disk")
    ((moment % 2)) || mode+=(-Q)
    launch "kill$moment" "${mode[@]}"
    sleep "$(awk -v t="$took_ms" -v m="$moment" -v r="$RANDOM" 'BEGIN { printf "%.3f", t / 1000 * (m / 8 + r / 327680) }')"
    pid=${pid_of[kill$moment]}
    victim=$pid
    ((moment % 3)) || victim=$(pgrep -P "$pid" -o || true)
    kill -KILL "${victim:-$pid}" 2>/dev/null && killed=$((killed + 1))
    if [[ $victim != "$pid" ]]; then
        # It was compiling: the tool tells and ends. Was it tracing already, it goes on.
        wait_for 20 is_ended "$pid" || kill -INT "$pid"
    fi
    wait "$pid" 2>/dev/null || true
    unset "pid_of[kill$moment]"
    check_nothing "SIGKILL at moment $moment"
done
result behind "3 signals, 1 end, $killed times SIGKILL: nothing left"

# Kernels before 4.17 have kprobes only as named events in tracefs. So has any kernel on which the other way is hidden.
if grep -q '^--attach kprobe *| *kprobe' "${0%/*}/../plans/$ROW"; then
    pmu=$(realpath /sys/bus/event_source/devices/kprobe)
    mount -t tmpfs none "$pmu"
    mounts+=("$pmu")
    clean=$(traces)
    start named --attach kprobe -d "$disk"
    expect "named events" "$(grep -c '^p:kprobes/.*_bcc_[0-9]* blk_' $tracefs/kprobe_events || true)" 2
    do_reads 53 "/dev/$disk"
    settle
    stop named
    expect "named events: counted" "$(text_sum named)" 53
    check_nothing "named events"
    for victim in tool child; do
        launch "named_$victim" --attach kprobe -v -d "$disk"
        pid=${pid_of[named_$victim]}
        if [[ $victim == tool ]]; then
            wait_for 60 is_tracing "named_$victim" || wrong "named_$victim does not start"
        else
            # The child is killed as soon as an event is there.
            wait_for 60 grep -q _bcc_ $tracefs/kprobe_events || wrong "no named event: $(cat "$(err_of "named_$victim")")"
            pid=$(pgrep -P "$pid" -o biolatency) || pid=${pid_of[named_$victim]}
        fi
        kill -KILL "$pid"
        [[ $victim == tool ]] || wait_for 20 is_ended "${pid_of[named_$victim]}" || kill -INT "${pid_of[named_$victim]}"
        wait "${pid_of[named_$victim]}" 2>/dev/null || true
        unset "pid_of[named_$victim]"
        check_nothing "named events, the $victim killed"
    done
    result behind "kprobes as named events (as before 4.17): 53 of 53; tool killed, child killed: nothing left"
fi
