#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The process that traces is small: the compiler is in another one, which is gone by then.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

LIMIT_KB=2048
LIMIT_SAMPLES_KB=2560 # with perf buffers

has_block()
{
    grep -q . <(tail -n +3 "$(out_of rss)")
}

# measure_memory LIMIT OPTIONS...: after a histogram was printed.
measure_memory()
{
    local limit=$1 rss libraries
    shift
    start rss "$@" 1
    wait_for 20 has_block || wrong "'$*' prints no histogram"
    rss=$(awk '/^VmRSS:/ { print $2 }' "/proc/${pid_of[rss]}/status")
    expect_true "VmRSS in kB with '$*'" "$rss > 0 && $rss < $limit"
    libraries=$(awk '$6 ~ /^\// && /\.so/ { print $6 }' "/proc/${pid_of[rss]}/maps" | sed 's,.*/,,' | sort -u)
    expect "libraries with '$*'" "$(grep -vE '^(libc|ld)[-.]' <<<"$libraries")" ''
    expect "children with '$*'" "$(compilers "${pid_of[rss]}")" ''
    stop rss
}

# All that is read with the maps: the disk needs a request for a histogram to be there.
if is_sanitized; then
    untested "memory: the program is built with a sanitizer"
else
    make_loop 16
    background trickle
    for options in "" -D -F "-D -F -e"; do
        # shellcheck disable=SC2086
        measure_memory $LIMIT_KB $options
    done
    measure_memory $LIMIT_SAMPLES_KB --slowest 3
fi

# ---- --ebpf ----

# program_text OPTIONS...: what --ebpf prints
program_text()
{
    "$tool" --ebpf "$@" 2>"$work/ebpf.err" || wrong "--ebpf $*: exit status $?"
    expect "--ebpf $*: stderr" "$(cat "$work/ebpf.err")" ''
}

text=$(program_text)
for word in '#define UNIT_NS 1000' '#define START_ENTRIES' '#define DIST_ENTRIES' 'BPF_HISTOGRAM(dist' 'completed(void *ctx, struct request'; do
    [[ $text == *"$word"* ]] || wrong "--ebpf lacks '$word'"
done
grep -qE '^#define BY_[A-Z]* [^0]' <<<"$text" && wrong "--ebpf groups without being asked"
text=$(program_text -DFm -e)
for word in '#define UNIT_NS 1000000' '#define BY_DISK 1' '#define BY_FLAGS 1' '#define WITH_SUM 1'; do
    [[ $text == *"$word"* ]] || wrong "--ebpf -DFme lacks '$word'"
done
make_loop 16
text=$(program_text -d "$disk")
[[ $text == *'#define FILTER_DEV 0x'* ]] || wrong "--ebpf -d lacks FILTER_DEV"
first=$disk
make_loop 16
text=$(program_text -d "$first,$disk")
[[ $text == *"// In the map targets: $first, disk 7:"*"// In the map targets: $disk, disk 7:"* ]] ||
    wrong "--ebpf -d with two disks does not tell them"
