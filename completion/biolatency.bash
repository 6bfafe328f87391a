# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Completion of biolatency's options, formats, kinds of probe, disks and partitions for bash.

# Disks and partitions whose I/O can be traced: those that have a size, and requests.
_biolatency_disks()
{
    local path disk scheduler
    for path in /sys/class/block/*; do
        disk=$path
        [[ ! -e $path/partition ]] || disk=$path/..
        [[ $(<"$path/size") != 0 ]] || continue
        if [[ ! -d $disk/mq ]]; then
            read -r scheduler <"$disk/queue/scheduler" || continue
            [[ $scheduler != none ]] || continue
        fi
        echo "${path##*/}"
    done 2>/dev/null
}

_biolatency()
{
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} words=''
    local options='-h --help -T --timestamp -Q --queued -m --milliseconds -D --disks -F --flags -e --extension
        -j --json -d --disk --by -P --percentiles --format --attach --slowest --slower
        --buffer-pages --max-requests --no-cache --prepare -v --verbose --check-kernel --version'
    # "--format=json" comes as three words.
    if [[ $word == = ]]; then
        word=''
    elif [[ $before == = ]]; then
        before=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    COMPREPLY=()
    case $before in
    -d | --disk)
        # Several with commas between: what comes before the last one stays as it is.
        local given=''
        [[ $word != *,* ]] || given=${word%,*},
        word=${word##*,}
        if [[ $word == */* ]]; then
            mapfile -t COMPREPLY < <(compgen -f -P "$given" -- "$word")
        else
            mapfile -t COMPREPLY < <(compgen -W "$(_biolatency_disks)" -P "$given" -- "$word")
        fi
        return
        ;;
    --by) words='disk flags op disk,flags disk,op' ;;
    --format) words='text dict json' ;;
    --attach) words='auto kprobe raw-tracepoint' ;;
    --max-requests | --buffer-pages | --slowest | --slower) return ;;
    *) [[ $word != -* ]] || words=$options ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}

complete -F _biolatency biolatency-c
# The other names are other programs', unless they lead here.
for _biolatency_name in biolatency biolatency-bpfcc; do
    if [[ $(realpath "$(type -P $_biolatency_name)" 2>/dev/null) == */biolatency-c ]]; then
        complete -F _biolatency $_biolatency_name
    fi
done
unset _biolatency_name
