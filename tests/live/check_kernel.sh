#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# --check-kernel says what is true of this machine: its facts are those that other tools tell, a mode that it calls working
# works, and exit 1 means that the default does not.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

# Other users must reach the program, wherever it was built.
chmod 711 "$work"
cp "$tool" "$work/${tool##*/}"
tool=$work/${tool##*/}

# check NAME STATUS: runs it; its output is in out_of NAME and err_of NAME.
check()
{
    local rc=0
    "${launcher[@]}" "$tool" --check-kernel >"$(out_of "$1")" 2>"$(err_of "$1")" || rc=$?
    expect "$1: exit status ($(cat "$(err_of "$1")"))" "$rc" "$2"
}

fact()
{
    sed -n "/^$2  */{s///p;q}" "$(out_of "$1")"
}

links()
{
    bpftool prog list | grep -c raw_tracepoint || true
}

before=$(links)
check root 0
expect "stderr" "$(cat "$(err_of root)")" ''
# The kernel frees them a moment after the program has ended.
has_links()
{
    (($(links) <= $1))
}
wait_for 20 has_links "$before" || wrong "programs left: $(links), wanted $before"
expect_match "kernel" "$(fact root kernel)" "^$(uname -r), $(uname -m), "
expect_match "libbcc" "$(fact root libbcc)" '^/.*/libbcc\.so\.0\.[0-9.]+$'
expect_true "libbcc is a file" "$([[ -f $(fact root libbcc) ]] && echo 1)"
effective=$(awk '/^CapEff/ { print $2 }' /proc/self/status)
expect "capabilities" "$(fact root capabilities)" "$effective, enough"
if [[ -e /sys/kernel/btf/vmlinux ]]; then
    expect "BTF" "$(fact root BTF)" "yes, $(($(stat -c %s /sys/kernel/btf/vmlinux) / 1024)) kB"
fi
if [[ -e /sys/kernel/security/lockdown ]]; then
    expect "lockdown" "$(fact root lockdown)" "$(sed 's/.*\[\(.*\)\].*/\1/' /sys/kernel/security/lockdown)"
else
    expect_match "lockdown" "$(fact root lockdown)" '^no \('
fi
expect_match "disks" "$(fact root disks)" "^$(find /sys/block -mindepth 1 -maxdepth 1 | wc -l), with up to [0-9]+ requests in flight; "

# What it says of each mode is what the mode does.
grep -m 7 -E '^(default|-Q|--attach|--slowest)' "$(out_of root)" >"$work/modes"
expect "modes" "$(wc -l <"$work/modes")" 7
while read -r line; do
    options=$(sed -E 's/^default//; s/  .*//; s/--slowest/& 10/' <<<"$line")
    result=$(awk '{ for (i = 1; i < NF; i++) if ($i == "BTF" || $i == "headers") { print $(i + 1); exit } }' <<<"$line")
    rc=0
    # shellcheck disable=SC2086
    "$tool" $options 1 1 >"$work/mode.out" 2>"$work/mode.err" || rc=$?
    case $result in
    yes,) expect "'$options' is said to work: exit status ($(cat "$work/mode.err"))" "$rc" 0 ;;
    no) expect "'$options' is said not to work: exit status" "$rc" 1 ;;
    *) untested "'$options': it says '$result'" ;;
    esac
done <"$work/modes"

# ---- what is not there ----

if command -v setpriv >/dev/null; then
    group=nogroup
    getent group $group >/dev/null || group=nobody
    nobody=(setpriv --reuid nobody --regid "$group" --clear-groups)
    launcher=("${nobody[@]}")
    check nobody 1
    expect "nobody: stderr" "$(cat "$(err_of nobody)")" \
        "${tool##*/}: the default mode does not work: not permitted to trace: needs root, or CAP_BPF and CAP_PERFMON"
    expect_match "nobody: capabilities" "$(fact nobody capabilities)" '^0000000000000000, needs root'
    expect_match "nobody: default" "$(grep '^default' "$(out_of nobody)")" ' (BTF|none) +no '
    launcher=("${nobody[@]}" --inh-caps "+bpf,+perfmon" --ambient-caps "+bpf,+perfmon")
    if [[ -e /sys/kernel/btf/vmlinux ]]; then
        check capable 0
        expect_match "two capabilities: default" "$(grep '^default' "$(out_of capable)")" ' BTF +yes, '
    fi
    launcher=()
else
    untested "other users: setpriv is not installed"
fi

if unshare --mount true 2>/dev/null; then
    launcher=(hiding)
    : >"$work/empty"
    mkdir "$work/nothing"
    library=$(fact root libbcc)
    hide="mount --bind '$work/empty' '$library'"
    check broken 1
    expect_match "libbcc broken: fact" "$(fact broken libbcc)" '^cannot be opened: .*libbcc'
    expect_match "libbcc broken: stderr" "$(cat "$(err_of broken)")" \
        'the default mode does not work: libbcc cannot be opened: .*file too short'

    hide=:
    [[ ! -d /lib/modules ]] || hide="mount --bind '$work/nothing' /lib/modules"
    if [[ -e /sys/kernel/btf/vmlinux ]]; then
        hide+="; mount --bind '$work/empty' /sys/kernel/btf/vmlinux"
    fi
    check bare 1
    expect_match "neither BTF nor headers: fact" "$(fact bare 'kernel headers')" '^no; .*(install|add|-S linux)'
    expect_match "neither BTF nor headers: stderr" "$(cat "$(err_of bare)")" \
        'the default mode does not work: kernel .* has no BTF \(.*\), and its headers are not here'
    launcher=()
else
    untested "without libbcc: unshare --mount is refused"
fi

rc=0
"$tool" --check-kernel >/dev/full 2>"$work/full.err" || rc=$?
expect "/dev/full: exit status" "$rc" 1
expect "/dev/full" "$(cat "$work/full.err")" "${tool##*/}: cannot write to standard output: No space left on device"
untested "lockdown"
