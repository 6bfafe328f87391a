#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A reader that has stopped does not keep a signal from ending the program: the first one within a second or so, or with the last
# block if the reader goes on meanwhile; a second one at once. Nothing is left behind.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

make_loop 16
mkfifo "$work/pipe"
cp "$tool" "$work/blocked-tool"
tool=$work/blocked-tool

# blocked NAME OPTIONS...: a run whose pipe is full and is read by nobody (descriptor 5 holds it open). What it prints comes every
# second, so the pipe is filled before.
blocked()
{
    local name=$1
    shift
    exec 5<>"$work/pipe"
    python3 -c 'import os, sys
fd = os.open(sys.argv[1], os.O_WRONLY | os.O_NONBLOCK)
try:
    while True:
        os.write(fd, b"#" * 1000)
except BlockingIOError:
    pass
try:
    while True:
        os.write(fd, b"#")
except BlockingIOError:
    pass' "$work/pipe"
    : >"$(err_of "$name")"
    "$tool" -d "$disk" "$@" >"$work/pipe" 2>"$(err_of "$name")" 5<&- &
    pid_of[$name]=$!
    wait_for 60 waits_for_reader "$name" || wrong "$name: does not wait for its reader"
}

# It sleeps, and takes the signals: that is before its first line is out, or between two blocks.
waits_for_reader()
{
    grep -q '^State:.S' "/proc/${pid_of[$1]}/status" &&
        [[ -n $(find "/proc/${pid_of[$1]}/fd" -lname '*signalfd*' 2>/dev/null) ]]
}

took_ms()
{
    awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN { printf "%d", (b - a) * 1000 }'
}

# The last second: how long a sleep of one takes here, to compare with.
began=$EPOCHREALTIME
sleep 1
second=$(took_ms "$began")

for signal in INT TERM HUP; do
    for options in "1" "-v --format json 1" "--slower 0us"; do
        [[ $signal == INT || $options == 1 ]] || continue
        # shellcheck disable=SC2086
        blocked one $options
        began=$EPOCHREALTIME
        kill "-$signal" "${pid_of[one]}"
        wait_for 20 is_ended "${pid_of[one]}" || wrong "$signal, $options: goes on"
        took=$(took_ms "$began")
        ends one 1
        expect_match "$signal, $options: stderr" "$(tail -n +1 "$(err_of one)")" 'ended by a signal while nobody read standard output'
        expect_true "$signal, $options: within a second" "$took < $second * 3"
        exec 5<&-

        # shellcheck disable=SC2086
        blocked two $options
        began=$EPOCHREALTIME
        kill "-$signal" "${pid_of[two]}"
        sleep 0.1
        kill "-$signal" "${pid_of[two]}"
        wait_for 20 is_ended "${pid_of[two]}" || wrong "$signal twice, $options: goes on"
        took=$(took_ms "$began")
        ends two 1
        expect_true "$signal twice, $options: at once" "$took < $second * 8 / 10"
        exec 5<&-
    done
done

# A reader that goes on in time gets all, the last block as well.
blocked late -v
kill -INT "${pid_of[late]}"
sleep 0.2
timeout 10 cat <&5 >"$work/late.all" 5<&- &
cat_pid=$!
ends late 0
exec 5<&-
wait "$cat_pid" || true
expect "late reader" "$(tr -d '#' <"$work/late.all" | head -1)" 'Tracing block device I/O... Hit Ctrl-C to end.'

# The descriptor that all share stays as it was: nobody else finds his writes refused.
blocked shared 1
expect "flags of the shared pipe" "$(python3 -c 'import fcntl, os, sys; print(fcntl.fcntl(5, fcntl.F_GETFL) & os.O_NONBLOCK)')" 0
kill -INT "${pid_of[shared]}"
kill -INT "${pid_of[shared]}"
wait "${pid_of[shared]}" || true
unset "pid_of[shared]"
exec 5<&-

# stderr goes into the same full pipe: the last words are left out.
exec 5<>"$work/pipe"
"$tool" -d "$disk" 1 >"$work/pipe" 2>&1 5<&- &
pid_of[both]=$!
wait_for 60 waits_for_reader both || wrong "both: does not start"
python3 -c 'import os, sys
fd = os.open(sys.argv[1], os.O_WRONLY | os.O_NONBLOCK)
try:
    while True:
        os.write(fd, b"#")
except BlockingIOError:
    pass' "$work/pipe"
sleep 1.2
kill -INT "${pid_of[both]}"
sleep 0.2
kill -INT "${pid_of[both]}"
wait_for 10 is_ended "${pid_of[both]}" || wrong "stderr in the same pipe: goes on"
wait "${pid_of[both]}" || true
unset "pid_of[both]"
exec 5<&-

# A socket, and a terminal whose screen is stopped.
python3 - "$tool" "$disk" <<'END' || failures=$((failures + 1))
import os, pty, signal, socket, subprocess, sys, termios, time
tool, disk = sys.argv[1:]

def check(what, out, fill, resume=None):
    fill(out)
    run = subprocess.Popen([tool, '-d', disk, '1'], stdout=out, stderr=subprocess.PIPE)
    deadline = time.time() + 60
    fds = '/proc/%d/fd/' % run.pid
    while time.time() < deadline and not any('signalfd' in os.readlink(fds + fd) for fd in os.listdir(fds)):
        time.sleep(0.02)
    time.sleep(0.3)
    began = time.time()
    run.send_signal(signal.SIGINT)
    try:
        status = run.wait(20)
    except subprocess.TimeoutExpired:
        run.kill()
        print('FAILED:', what, 'goes on', file=sys.stderr)
        return 1
    err = run.stderr.read().decode()
    if status != 1 or 'while nobody read' not in err or time.time() - began > 5:
        print('FAILED:', what, status, err, time.time() - began, file=sys.stderr)
        return 1
    return 0

# What is written to a terminal is moved on by the kernel, a moment later, as long as there is room.
def fill(fd):
    os.set_blocking(fd, False)
    for size in 256, 1, 1, 1:
        time.sleep(0.1)
        try:
            while True:
                os.write(fd, b'#' * size)
        except BlockingIOError:
            pass
    os.set_blocking(fd, True)

mine, other = socket.socketpair()
bad = check('a socket', mine.fileno(), fill)
master, slave = pty.openpty()
bad += check('a terminal', slave, fill)
master, slave = pty.openpty()
bad += check('a terminal that is stopped', slave, lambda fd: termios.tcflow(fd, termios.TCOOFF))
sys.exit(bad > 0)
END

[[ -z $(pgrep -f "^$tool" || true) ]] || wrong "a process is left"
