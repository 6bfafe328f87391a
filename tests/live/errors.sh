#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What cannot be done is told in one line on stderr, with the exit status that docs promise. Lockdown is not tested: it
# cannot be lifted again without a reboot.
export KEPT='' # what fails here is compiling
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

make_loop 16

# Other users must reach the program, wherever it was built.
chmod 711 "$work"
cp "$tool" "$work/${tool##*/}"
tool=$work/${tool##*/}

# ---- permission ----

if command -v setpriv >/dev/null; then
    launcher=(setpriv --reuid nobody --regid nogroup --clear-groups)
    getent group nogroup >/dev/null || launcher=(setpriv --reuid nobody --regid nobody --clear-groups)
    nobody=("${launcher[@]}")
    refused "nobody" 1 'not permitted to trace: needs root, or CAP_BPF and CAP_PERFMON' 1 1
    refused "nobody, -d" 1 'not permitted' -d "$disk" 1 1
    launcher=("${nobody[@]}" --inh-caps +bpf --ambient-caps +bpf)
    refused "nobody with CAP_BPF only" 1 'not permitted to trace: needs root, or CAP_BPF and CAP_PERFMON' 1 1

    expect "nobody's --ebpf" "$("${nobody[@]}" "$tool" --ebpf | grep -c 'BPF_HISTOGRAM(dist, int')" 1

    launcher=("${nobody[@]}" --inh-caps "+bpf,+perfmon" --ambient-caps "+bpf,+perfmon")
    reads()
    {
        do_reads 97
    }
    find /tmp -maxdepth 1 -name 'bcc-*' >"$work/tmp.before"
    measure capable reads -d "$disk"
    expect "nobody with CAP_BPF and CAP_PERFMON" "$(text_sum capable)" 97
    expect "nobody with capabilities: stderr" "$(cat "$(err_of capable)")" ''
    measure capable_all reads -D -F -e -v --format json
    expect "nobody, all options" "$(json capable_all "sum(r['count'] for r in histograms if r['disk'] == '$disk')")" 97
    expect "what nobody left in /tmp" "$(find /tmp -maxdepth 1 -name 'bcc-*' | diff "$work/tmp.before" - || true)" ''

    # In a user namespace root is not root.
    launcher=("${nobody[@]}" unshare --user --map-root-user)
    if "${launcher[@]}" true 2>/dev/null; then
        refused "root of a user namespace" 1 'not permitted to trace: ' 1 1
    fi
    launcher=()
else
    untested "other users: setpriv is not installed"
fi

# ---- output that goes nowhere ----

for options in "1 1" "-j 1 1" "--format json 1 1" "--ebpf" "--help" "--version"; do
    rc=0
    # shellcheck disable=SC2086
    "$tool" $options >/dev/full 2>"$work/err" || rc=$?
    expect "/dev/full, $options: exit status" "$rc" 1
    expect "/dev/full, $options" "$(cat "$work/err")" "${tool##*/}: cannot write to standard output: No space left on device"
    rc=0
    # shellcheck disable=SC2086
    "$tool" $options >&- 2>"$work/err" || rc=$?
    expect "closed stdout, $options: exit status" "$rc" 1
    expect_match "closed stdout, $options" "$(cat "$work/err")" "^${tool##*/}: cannot write to standard output: [^"$'\n'"]*\$"
done

for options in "1" "-j 1" "--ebpf" "--help"; do
    set +e
    # shellcheck disable=SC2086
    timeout 60 "$tool" $options 2>"$work/err" | head -1 >/dev/null
    rc=${PIPESTATUS[0]}
    set -e
    expect "a reader that goes, $options: exit status" "$rc" 0
    expect "a reader that goes, $options: stderr" "$(cat "$work/err")" ''
done

# Everything closed: nothing of what is opened may land where output goes.
rc=0
"$tool" 1 1 <&- >&- 2>&- || rc=$?
expect "all closed: exit status" "$rc" 1
rc=0
"$tool" 1 1 <&- 2>&- >"$work/out" || rc=$?
expect "stdin and stderr closed: exit status" "$rc" 0
expect "stdin and stderr closed: stdout" "$(head -1 "$work/out")" 'Tracing block device I/O... Hit Ctrl-C to end.'

# ---- usage ----

for bad in 0 -1 abc 1.5 '' 1s 0x5 '1 2'; do
    refused "interval '$bad'" 2 "interval '$bad' is not a whole number" "$bad"
    refused "count '$bad'" 2 "count '$bad' is not a whole number" 1 "$bad"
done
refused "a long interval" 2 "interval '99999999999999999999' is not a whole number" 99999999999999999999
refused "three numbers" 2 'unrecognized arguments: 1' 1 1 1
refused "an unknown option" 2 'unrecognized arguments: --nonsense' --nonsense
refused "an unknown format" 2 "--format 'xml' is none of text, dict, json" --format xml
refused "an unknown kind" 2 "--attach 'fentry' is none of auto, kprobe, raw-tracepoint" --attach fentry
refused "no room" 2 "--max-requests '0' is not a whole number" --max-requests 0
refused "an ambiguous option" 2 'ambiguous option: --dis could match --disks, --disk' --dis

# ---- what the machine lacks ----

if [[ -e /sys/bus/event_source/devices/kprobe/type || -e /sys/kernel/tracing/kprobe_events ]]; then
    untested "a kernel without kprobes"
else
    refused "--attach kprobe" 1 'no way to see when requests complete: .*kprobe __blk_account_io_done: this kernel has no kprobes' --attach kprobe
    refused "--attach kprobe -Q" 1 'kprobe __blk_account_io_done: this kernel has no kprobes' --attach kprobe -Q
fi

if unshare --mount true 2>/dev/null; then
    launcher=(hiding)
    : >"$work/empty"
    mkdir "$work/nothing"
    library=libbcc.so.0
    path=$(ldconfig -p | awk -v name=$library '$1 == name && !found++ { print $NF }')
    if [[ -z $path ]]; then
        untested "without $library: ldconfig does not know where it is"
    else
        real=$(realpath "$path")
        hide="mount --bind '$work/empty' '$real'"
        refused "$library broken" 1 "libbcc cannot be opened: .*$library: file too short\$" 1 1
        mkdir -p "$work/overlay"
        hide="mount -t tmpfs tmpfs '$work/overlay' && mkdir '$work/overlay/upper' '$work/overlay/work' &&
            mount -t overlay -o 'lowerdir=${real%/*},upperdir=$work/overlay/upper,workdir=$work/overlay/work' overlay '${real%/*}' &&
            rm '${real%/*}/$library'"
        if hiding true 2>/dev/null; then
            refused "$library missing" 1 'libbcc cannot be opened: .*install it \(Debian: libbpfcc, Fedora: bcc\)' 1 1
        else
            untested "$library missing: no overlay file system"
        fi
    fi

    hide=:
    [[ ! -d /lib/modules ]] || hide="mount --bind '$work/nothing' /lib/modules"
    release=$(uname -r)
    refused "neither BTF nor headers" 1 "has no BTF .*headers are not here: (.*linux-headers-$release|.*install|.*add|.*-S linux)" --no-btf 1 1
    if grep -qx 'ID=debian' /etc/os-release 2>/dev/null; then
        refused "neither BTF nor headers, Debian" 1 "apt-get install linux-headers-$release\$" --no-btf 1 1
    fi
    if [[ -e /sys/kernel/btf/vmlinux ]]; then
        hide+="; mount --bind '$work/empty' /sys/kernel/btf/vmlinux"
        refused "a BTF file that is empty" 1 "has no BTF \(/sys/kernel/btf/vmlinux: .*\), and its headers are not here" 1 1
    fi
    launcher=()
else
    untested "without libbcc: unshare --mount is refused"
fi
untested "lockdown"
