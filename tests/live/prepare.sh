#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# --prepare: after it the common modes compile nothing. What it says, what it leaves attached, how it fails.
export KEPT=1
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
need strace

[[ ${OWN_CACHE-} == there ]] || skip "no mount namespaces here"
! is_sanitized || export ASAN_OPTIONS=detect_leaks=0 # it does not work below strace
cache=/var/cache/biolatency
modes=$'default\n-Q\n-D\n-DQ\n-F\n-FQ\n-DF\n-DFQ\n--slowest\n--slower'

kept_files()
{
    find "$cache" -type f -printf '%f %T@ %i\n' 2>&1 | sort || true
}

# prepares STATUS OPTION...: what it says goes to $work/said.
prepares()
{
    local wanted=$1 rc=0
    shift
    "$tool" --prepare "$@" >"$work/said.out" 2>"$work/said" || rc=$?
    expect "--prepare $*: exit status ($(cat "$work/said"))" "$rc" "$wanted"
    expect "--prepare $*: standard output" "$(cat "$work/said.out")" ''
}

# ---- what it does ----

prepares 0
expect "without -v" "$(cat "$work/said")" ''
expect "files" "$(kept_files | wc -l)" 10
rm -r "$cache"
strace -f -qq -o "$work/trace" -e trace=bpf,perf_event_open "$tool" --prepare -v >/dev/null 2>"$work/said" || wrong "--prepare -v"
expect "-v" "$(sed -nE 's/^(.*): compiled in [0-9]+ ms$/\1/p' "$work/said")" "$modes"
expect "-v: other lines" "$(grep -vcE ': compiled in [0-9]+ ms$' "$work/said" || true)" 0
expect_true "programs are loaded" "$(grep -c 'BPF_PROG_LOAD.*= [0-9]' "$work/trace") >= 20"
expect "what it attaches" "$(grep -E 'BPF_RAW_TRACEPOINT_OPEN|BPF_LINK_CREATE|perf_event_open' "$work/trace" || true)" ''

before=$(kept_files)
prepares 0 -v
expect "the second time" "$(sed -nE 's/^(.*): kept program of .*/\1/p' "$work/said")" "$modes"
expect "the second time: files" "$(kept_files)" "$before"

# A start that compiles would add a file, as it is root's.
for options in "" -Q -D -DQ -F -FQ -DF -DFQ "--by disk,flags" "--slowest 3" "--slowest 1000" "--slower 1ms" "--slower 1h" "-T" "-P"; do
    # shellcheck disable=SC2086
    "$tool" ${options/1h/3600s} 1 1 >/dev/null 2>&1 || wrong "$options: exit status $?"
    expect "$options: what is compiled" "$(kept_files | diff <(echo "$before") - || true)" ''
done

# Other options that are given hold for each mode.
prepares 0 -m
expect "-m: files" "$(kept_files | wc -l)" 20
before=$(kept_files)
"$tool" -m -DQ 1 1 >/dev/null 2>&1 || wrong "-m -DQ: exit status $?"
expect "-m: what is compiled" "$(kept_files)" "$before"

# ---- how it fails: one line ----

fails()
{
    expect "$1: lines" "$(wc -l <"$work/said")" 1
    expect_match "$1" "$(cat "$work/said")" "^${tool##*/}: $2"
}

rm -r "$cache"
mkdir "$cache"
mount -t tmpfs -o ro,mode=755 tmpfs "$cache"
prepares 1
umount "$cache"
fails "it cannot be kept" "default: compiled in [0-9]+ ms, not kept: $cache: Read-only file system\$"
prepares 2 --no-cache
fails "--no-cache" "--prepare: not with --no-cache, as"
prepares 1 -d nosuchdisk
fails "a disk that is not there" "no such disk 'nosuchdisk'"
if command -v setpriv >/dev/null; then
    rc=0
    setpriv --bounding-set -all --inh-caps -all "$tool" --prepare 2>"$work/said" || rc=$?
    expect "not permitted: exit status" "$rc" 1
    fails "not permitted" "not permitted to trace: needs root"
else
    untested "one who may not trace"
fi
expect "what is kept after failures" "$(kept_files)" ''
