#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Completion offers what the program takes: completion.sh SOURCE-DIR PROGRAM
# bash by calling its function, zsh (where it is installed) by pressing Tab in a terminal.
set -euo pipefail
export LC_ALL=C
source=$(realpath "$1") tool=$(realpath "$2") rc=0
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# expect WHAT GOT WANTED
expect()
{
    [ "$2" = "$3" ] || {
        echo "FAILED: $1: got '$2', wanted '$3'" >&2
        rc=1
    }
}

# in_bash WORD...: what bash offers for the last word, in a line.
in_bash()
{
    # shellcheck disable=SC2016
    bash -c '. "$1"; shift; COMP_WORDS=(biolatency-c "$@"); COMP_CWORD=$#; _biolatency; echo "${COMPREPLY[*]}"' \
        bash "$source/completion/biolatency.bash" "$@"
}

# Disks and partitions that -d takes, of those that have a size.
takes()
{
    local path name
    for path in /sys/class/block/*; do
        name=${path##*/}
        [ "$(cat "$path/size")" != 0 ] || continue
        ! "$tool" -d "$name" --ebpf >/dev/null 2>&1 || echo "$name"
    done | sort | xargs
}

disks=$(takes)
formats='text dict json' kinds='auto kprobe raw-tracepoint'
expect "bash: -d" "$(in_bash -d '' | tr ' ' '\n' | sort | xargs)" "$disks"
expect "bash: --disk=" "$(in_bash --disk = '' | tr ' ' '\n' | sort | xargs)" "$disks"
first=${disks%% *}
# What goes before each disk: FIRST,
after_comma()
{
    tr ' ' '\n' <<<"$disks" | sed "s|^|$first,|" | sort | xargs
}
expect "bash: -d with a comma" "$(in_bash -d "$first," | tr ' ' '\n' | sort | xargs)" "$(after_comma)"
expect "bash: -d after a comma" "$(in_bash -d "x,$first" | tr ' ' '\n' | grep -x "x,$first")" "x,$first"
expect "bash: a path after a comma" "$(in_bash -d "$first,/dev/nul")" "$first,/dev/null"
expect "bash: a relative path" "$(cd / && in_bash -d ./dev/nul)" ./dev/null
expect "bash: --format" "$(in_bash --format '')" "$formats"
expect "bash: --format=" "$(in_bash --format =)" "$formats"
expect "bash: --format=j" "$(in_bash -D --format = j)" json
expect "bash: --attach" "$(in_bash --attach '')" "$kinds"
expect "bash: --attach r" "$(in_bash --attach r)" raw-tracepoint
expect "bash: --max-requests" "$(in_bash --max-requests '')" ''
expect "bash: --per" "$(in_bash --per)" --percentiles
expect "bash: an interval" "$(in_bash '')" ''
expect "bash: a path" "$(in_bash -d /dev/nul)" /dev/null
for word in $formats; do
    "$tool" --format "$word" --ebpf >/dev/null || rc=1
done
# Other programs of the name biolatency keep their completion.
# shellcheck disable=SC2016
expect "bash: names" "$(PATH=/nowhere:$PATH bash -c '. "$1"; complete -p' bash "$source/completion/biolatency.bash")" \
    'complete -F _biolatency biolatency-c'

if command -v zsh >/dev/null; then
    # in_zsh LINE: what zsh lists after Tab, in a line.
    in_zsh()
    {
        zsh -f "$here/tab.zsh" "$source/completion" "biolatency-c $1" | sort -u | xargs
    }
    zsh -n "$source/completion/_biolatency-c" || rc=1
    expect "zsh: -d" "$(in_zsh '-d ')" "$(tr ' ' '\n' <<<"$disks" | sort -u | xargs)"
    expect "zsh: -d with a comma" "$(in_zsh "-d $first,")" "$(tr ' ' '\n' <<<"$disks" | sort -u | xargs)"
    expect "zsh: a second -d" "$(in_zsh "-d $first -d ")" "$(tr ' ' '\n' <<<"$disks" | sort -u | xargs)"
    expect "zsh: --format" "$(in_zsh '--format=')" 'dict json text'
    expect "zsh: --attach" "$(in_zsh '--attach=')" "$kinds"
    expect "zsh: options" "$(in_zsh '-')" "$(in_bash - | tr ' ' '\n' | sort -u | xargs)"
else
    echo "not tested here: zsh is not installed"
fi
exit $rc
