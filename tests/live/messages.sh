#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a broken machine makes the program say: one line that names what failed and why, and "install" only where something is
# missing.
export KEPT='' # what fails here is compiling
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
need strace

chmod 711 "$work"
cp "$tool" "$work/${tool##*/}"
tool=$work/${tool##*/}
mkdir "$work/nothing"
capable=(setpriv --reuid nobody --clear-groups --inh-caps "+bpf,+perfmon" --ambient-caps "+bpf,+perfmon")

# refused_without_install: the same as refused, and it sends nobody to a package manager.
refused_without_install()
{
    refused "$@"
    if grep -qE 'install|apt-get|dnf|has no BTF' "$work/refused.err"; then
        wrong "$1: it sends to a package manager: $(cat "$work/refused.err")"
    fi
}

# ---- limits ----

# Whatever a limit stops, it is one line with the reason; where it stops nothing, all works.
# limited WHAT REGEX ULIMIT-OPTION VALUE...
limited()
{
    local what=$1 regex=$2 option=$3 value refusals=0 rc
    shift 3
    for value; do
        rc=0
        bash -c 'ulimit "$1" "$2" && shift 2 && exec "$@"' bash "$option" "$value" "$tool" 1 1 >"$work/out" 2>"$work/err" || rc=$?
        ((rc != 0 && rc != 127)) || continue # 127: not even the C library could be opened
        refusals=$((refusals + 1))
        expect "$what $value: exit status" "$rc" 1
        expect "$what $value: lines" "$(wc -l <"$work/err")" 1
        expect_match "$what $value" "$(cat "$work/err")" "^${tool##*/}: .*$regex"
        ! grep -qE 'install|apt-get|has no BTF' "$work/err" || wrong "$what $value: $(cat "$work/err")"
    done
    ((refusals > 1)) || wrong "$what: no value was too low"
}

if is_sanitized; then
    untested "ulimit -v: a sanitizer needs it all"
else
    limited "ulimit -v" 'out of memory' -v 8000 20000 60000 100000 150000 200000 300000 1000000
fi
limited "ulimit -n" 'Too many open files.*ulimit -n' -n 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 30

# ---- what is not mounted, or empty ----

if unshare --mount true 2>/dev/null; then
    launcher=(hiding)
    hide='umount --recursive /sys'
    refused_without_install "/sys is not mounted" 1 ': mount -t sysfs sysfs /sys$' 1 1
    refused_without_install "/sys is not mounted, -d" 1 "no such disk 'nosuch': /sys is not mounted \\(mount -t sysfs sysfs /sys\\)\$" -d nosuch 1 1
    hide="mount --bind '$work/nothing' /dev"
    refused_without_install "/dev is empty" 1 'cannot open /dev/null: No such file or directory$' 1 1
    launcher=(hiding bash -c 'exec "$@" <&-' bash)
    refused_without_install "/dev is empty, and stdin is closed" 1 'cannot open /dev/null: No such file or directory$' 1 1
    hide='umount --recursive /proc || mount -t tmpfs tmpfs /proc'
    launcher=(hiding)
    rc=0
    hiding "$tool" 1 1 >"$work/out" 2>"$work/err" || rc=$?
    expect "/proc is not mounted: exit status ($(cat "$work/err"))" "$rc" 0

    # In /tmp of one who may not mount.
    for full in "size=8k:No space left on device" "nr_inodes=4:No space left on device" "ro:Read-only file system"; do
        hide="mount --bind '$work' /mnt && mount -t tmpfs -o ${full%%:*} tmpfs /tmp"
        launcher=(hiding "${capable[@]}")
        before=$tool tool=/mnt/${tool##*/}
        refused_without_install "/tmp with ${full%%:*}" 1 "cannot write to /tmp: ${full#*:}\$" 1 1
        tool=$before
    done
    hide=:
    launcher=()
else
    untested "what is not mounted: unshare --mount is refused"
fi

# ---- libraries that cannot be read ----

library=libbcc.so.0
path=$(ldconfig -p | awk -v name=$library '$1 == name && !found++ { print $NF }')
for error in "EIO:Input/output error" "ENOMEM:Cannot allocate memory" "EMFILE:Too many open files"; do
    # LeakSanitizer does not work below strace, which itself says where a link leads.
    # shellcheck disable=SC2016
    launcher=(bash -c 'strace -f -qqq -o /dev/null -P "$1" -e "inject=openat:error=$2" "${@:4}" 2>"$3"
        rc=$?
        grep -v "^strace: Requested path" "$3" >&2
        exit $rc' bash "$path" "${error%%:*}" "$work/raw" env ASAN_OPTIONS=detect_leaks=0)
    refused_without_install "$library, ${error%%:*}" 1 "libbcc cannot be opened: .*${error#*:}" 1 1
done
launcher=()

# ---- the process that compiles is killed ----

# kill_at SIGNAL CALL N: at the Nth such call of one process. The caller makes none of these so often.
kill_at()
{
    launcher=(env ASAN_OPTIONS=detect_leaks=0 strace -f -qqq -o /dev/null -e "inject=$2:signal=$1:when=$3")
}

killed='killed by signal 9 \(Killed\): out of memory\? It needs 100 MB$'
kill_at KILL mprotect 20
refused_without_install "killed while it opens libbcc" 1 "the process that compiles the probes was $killed" 1 1
kill_at KILL recvfrom 3
refused_without_install "killed after compiling" 1 "cannot open the BPF maps: the process that compiles the probes was $killed" 1 1
kill_at SEGV mprotect 20
refused_without_install "crashed" 1 'killed by signal 11 \(Segmentation fault\)$' 1 1
launcher=()

memory=$(findmnt -nro TARGET,OPTIONS -t cgroup | awk '$2 ~ /(^|,)memory(,|$)/ && !found++ { print $1 }')
limit=memory.limit_in_bytes
if [[ -z $memory ]]; then
    memory=$(findmnt -nro TARGET -t cgroup2 | sed -n 1p)
    limit=memory.max
fi
if [[ -n $memory ]] && mkdir "$memory/biolatency-test" 2>/dev/null && [[ -e $memory/biolatency-test/$limit ]] &&
    { echo $((10 << 20)) >"$memory/biolatency-test/$limit"; } 2>/dev/null && ! is_sanitized; then
    undo+=("rmdir '$memory/biolatency-test'")
    # shellcheck disable=SC2016
    launcher=(bash -c 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"' bash "$memory/biolatency-test")
    refused_without_install "a control group with 10 MB" 1 "$killed" 1 1
    launcher=()
else
    untested "a control group without memory: none can be made"
fi

# ---- waiting that fails ----

for options in "1 5" "--slower 1s 5"; do
    rc=0
    # shellcheck disable=SC2086
    ASAN_OPTIONS=detect_leaks=0 timeout 60 strace -f -qqq -o /dev/null -e inject=ppoll:error=ENOMEM "$tool" $options >"$work/out" 2>"$work/err" || rc=$?
    expect "ppoll fails, $options: exit status" "$rc" 1
    expect "ppoll fails, $options: stderr" "$(grep -c "^${tool##*/}: cannot wait: ppoll(2): Cannot allocate memory" "$work/err")" 1
done

# ---- permission ----

for launcher_words in "unshare --user --map-root-user" "setpriv --reuid nobody --clear-groups unshare --user --map-root-user"; do
    read -ra launcher <<<"$launcher_words"
    if "${launcher[@]}" true 2>/dev/null; then
        refused "$launcher_words" 1 'not permitted to trace: capabilities of a user namespace do not count: run it as root of the first one' 1 1
        facts=$("${launcher[@]}" "$tool" --check-kernel 2>/dev/null || true)
        expect "$launcher_words, --check-kernel" "$(grep -cE '^capabilities .*(user namespace)' <<<"$facts")" 1
    else
        untested "$launcher_words"
    fi
done
launcher=()
