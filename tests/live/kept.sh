#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Kept programs: the second run compiles nothing, and loads, counts and prints what the first did. What is not root's alone is not used.
export KEPT=1
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
need strace

[[ ${OWN_CACHE-} == there ]] || skip "no mount namespaces here"
! is_sanitized || export ASAN_OPTIONS=detect_leaks=0 # it does not work below strace
cache=/var/cache/biolatency
make_loop 16

load()
{
    do_reads 61
    do_writes 31
}

forget()
{
    rm -rf "$cache"
}

# origin NAME: what -v said: "kept" or "compiled", and why nothing was kept.
origin()
{
    sed -nE 's/^kept program of [0-9]{4}(-[0-9]{2}){2} [0-9:]{8}$/kept/p; s/^compiled in [0-9]+ ms/compiled/p' "$(err_of "$1")"
}

# What else -v said.
plain()
{
    grep -vE '^(compiled in|kept program|started in)' "$(err_of "$1")"
}

# named WHAT ID: the name of a map or a program
named()
{
    bpftool -j "$1" show id "$2" | python3 -c 'import json, sys; print(json.load(sys.stdin).get("name"))'
}

# The programs and maps that a run has, as the kernel tells of them.
objects()
{
    local file kind id
    for file in "/proc/${pid_of[$1]}/fdinfo"/*; do
        kind=$(sed -nE 's/^(map|prog)_id:.*/\1/p' "$file")
        if [[ -z $kind ]] || grep -q '^link_type' "$file"; then
            continue
        fi
        id=$(awk -v key="${kind}_id:" '$1 == key { print $2 }' "$file")
        echo "$(named "$kind" "$id") $(grep -E '^(map_(type|flags|extra)|(key|value)_size|max_entries|prog_(type|tag))' "$file" | tr -s '\n\t' ' ')"
    done | sort -u
}

# both_ways OPTIONS...: a run that compiles, and one that does not.
both_ways()
{
    local way
    forget
    for way in first second; do
        start $way -v -d "$disk" "$@"
        objects $way >"$work/$way.objects"
        load
        settle
        stop $way
    done
    expect "$*: first" "$(origin first)" compiled
    expect "$*: second" "$(origin second)" kept
    expect "$*: programs and maps" "$(diff "$work/first.objects" "$work/second.objects" || true)" ''
    expect_true "$*: programs and maps" "$(wc -l <"$work/first.objects") > 3"
    expect "$*: -v" "$(diff <(plain first) <(plain second) || true)" ''
    expect "$*: files" "$(find "$cache" -type f | wc -l)" 1
}

for options in "" -D "-D -F" "--by op" -e -Q -P -m; do
    # shellcheck disable=SC2086
    both_ways $options
    expect "$options: first" "$(text_sum first)" 92
    expect "$options: second" "$(text_sum second)" 92
    expect "$options: titles" "$(titles second)" "$(titles first)"
done
both_ways --slowest 100
for way in first second; do
    expect "--slowest, $way: samples" "$(grep -cE " $disk +[A-Z]" "$(out_of $way)")" 92
done
both_ways --slower 1ns --format json
for way in first second; do
    expect "--slower, $way: samples" "$(json $way 'len(samples)')" 92
done

# ---- what a run with a kept program does ----

# traced OPTIONS...: the calls that open, make and remove, and start processes.
traced()
{
    strace -f -qq -o "$work/trace" -e trace=clone,clone3,fork,vfork,execve,openat,unlink,unlinkat,rename,renameat,renameat2,mkdirat \
        "$tool" "$@" >"$work/traced" 2>&1 || wrong "$*: exit status $?"
}

kept_files()
{
    find "$cache" -type f -printf '%f %T@ %i\n' 2>&1 || true
}

forget
traced -D 1 1
expect_true "processes where nothing is kept: one compiles, two see to it that it is kept" "$(grep -cE '(clone3?|fork)\(' "$work/trace") == 3"
before=$(kept_files)
traced -D 1 1
expect "processes with a kept program" "$(grep -E '(clone3?|fork)\(' "$work/trace" || true)" ''
expect "libraries with a kept program" "$(grep -E 'openat.*lib(bcc|LLVM|clang|elf|bpf)' "$work/trace" || true)" ''
expect "changes with a kept program" "$(grep -E 'unlink|rename|mkdir|O_CREAT' "$work/trace" || true)" ''
traced --no-cache -D 1 1
expect_true "--no-cache: libbcc is opened" "$(grep -c 'openat.*/libbcc\.so\.0.* = [0-9]' "$work/trace") > 0"
expect "--no-cache: the directory is not" "$(grep -E '"(/var/cache/)?biolatency"' "$work/trace" | grep -v execve || true)" ''
expect "--no-cache: what is kept" "$(kept_files)" "$before"
forget
traced --no-cache -D 1 1
[[ ! -e $cache ]] || wrong "--no-cache makes the directory"

# ---- what is not used ----

# What the run that follows it needs. -v is a part of that: it has more counted.
keep_one()
{
    "$tool" -v -D -d "$disk" 1 1 >/dev/null 2>&1
}

forget
keep_one
measure sound load -v -D -d "$disk"
expect "nothing spoiled" "$(origin sound), $(text_sum sound)" "kept, 92"

# spoiled COMMAND [WHY]: after COMMAND it is compiled, and counts; the reason why it is not kept then. Without WHY it is kept again.
spoiled()
{
    local file
    forget
    keep_one
    file=$(find "$cache" -type f)
    [[ -s $file ]] || wrong "$1: nothing was kept"
    eval "$1"
    measure spoiled load -v -D -d "$disk"
    expect "$1" "$(origin spoiled)" "compiled${2:+, not kept: $2}"
    expect "$1: count" "$(text_sum spoiled)" 92
    if [[ -z ${2-} ]]; then
        measure again load -v -D -d "$disk"
        expect "$1: once more" "$(origin again), $(text_sum again)" "kept, 92"
    fi
}

# shellcheck disable=SC2016
for command in 'chown nobody $file' 'chmod 664 $file' 'chmod 602 $file' 'mv $file $work/file && ln -s $work/file $file' \
    'truncate -s -1 $file' 'truncate -s +1 $file' ': >$file' 'printf x | dd of=$file bs=1 seek=1000 conv=notrunc status=none'; do
    spoiled "$command"
done
spoiled "chown nobody $cache" "$cache: it does not belong to root"
spoiled "chmod 1777 $cache" "$cache: others than root may write to it"
spoiled "mv $cache $work/cache && ln -s $work/cache $cache" "$cache: Not a directory"
spoiled 'chmod 1777 /var/cache' "/var/cache: others than root may write to it"
chmod 755 /var/cache
spoiled "forget && mkdir $cache && mount -t tmpfs -o size=20k,mode=755 tmpfs $cache" "$cache: No space left on device"
umount "$cache"
spoiled "forget && mkdir $cache && mount -t tmpfs -o ro,mode=755 tmpfs $cache" "$cache: Read-only file system"
umount "$cache"
spoiled 'launcher=(env LD_LIBRARY_PATH=/nowhere)' "LD_LIBRARY_PATH is set"
launcher=()

# A program that the kernel refuses: all is right but an instruction, and the sum.
# shellcheck disable=SC2016
spoiled 'python3 "${0%/*}/refused_program.py" "$file"'

# ---- a disk that hangs ----

# Where the cache is on it, tracing goes on and a signal ends it all the same.
make_loop 32
if command -v mkfs.ext4 fsfreeze >/dev/null && mkfs.ext4 -q "$loop" && mkdir "$work/hangs" && mount "$loop" "$work/hangs" 2>"$work/mount" &&
    mkdir "$work/hangs/cache" && mount --bind "$work/hangs" /var/cache; then
    mounts+=("$work/hangs" /var/cache)
    fsfreeze -f "$work/hangs"
    undo+=("fsfreeze -u '$work/hangs' 2>/dev/null")
    for options in -D "-D -v"; do
        # shellcheck disable=SC2086
        start hangs $options -d "$disk" 1 3
        wait_for 20 grep -q . "$(out_of hangs)" || wrong "hangs, $options: no interval"
        stop hangs
    done
    expect "hangs: origin" "$(origin hangs)" "compiled, not kept: it is still being written"
    fsfreeze -u "$work/hangs"
    wait_for 20 test -e "$work/hangs/biolatency" || wrong "hangs: nothing was written after that"
    wait_for 20 umount /var/cache || wrong "hangs: somebody still writes"
else
    untested "a disk that hangs: no ext4"
fi
make_loop 16

# ---- two at once; one who is not root ----

forget
for way in first second; do
    launch $way -v -D -d "$disk"
done
for way in first second; do
    await $way
    stop $way
done
expect "two at once: files" "$(find "$cache" -type f | wc -l)" 1
measure third load -v -D -d "$disk"
expect "two at once: the third" "$(origin third), $(text_sum third)" "kept, 92"

if command -v setpriv >/dev/null; then
    chmod 711 "$work"
    cp "$tool" "$work/${tool##*/}"
    tool=$work/${tool##*/}
    nobody=(setpriv --reuid nobody --clear-groups --inh-caps "+bpf,+perfmon" --ambient-caps "+bpf,+perfmon")
    launcher=("${nobody[@]}")
    before=$(kept_files)
    measure nobody load -v -D -d "$disk"
    expect "nobody, nothing kept" "$(origin nobody), $(text_sum nobody)" "compiled, not kept: only root keeps programs, 92"
    expect "nobody: files" "$(kept_files)" "$before"
    launcher=()
    keep_one
    launcher=("${nobody[@]}")
    measure nobody load -v -D -d "$disk"
    expect "nobody, kept by root" "$(origin nobody), $(text_sum nobody)" "kept, 92"
else
    untested "one who is not root"
fi
