#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The probe text compiles with what the headers of old kernels have, none of which is at hand as a package: in each mode, with
# each way to start, with the handlers that such a kernel uses. Whether it loads there is not seen here.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
tool=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
command -v clang >/dev/null || { echo "skipped: clang is not installed"; exit 77; }
"$tool" --ebpf >"$work/text.c" 2>"$work/log" || { echo "skipped: $(cat "$work/log")"; exit 77; }

# Of KERNEL: the handlers that are used there, and what plan.c says of its headers.
declare -A handlers=(
    [4.9]="ISSUE_KPROBE QUEUE_NEW_IO_KPROBE COMPLETE_KPROBE"
    [4.10]="ISSUE_KPROBE QUEUE_NEW_IO_KPROBE COMPLETE_KPROBE"
    [4.14]="ISSUE_KPROBE QUEUE_NEW_IO_KPROBE COMPLETE_KPROBE"
    [4.19]="ISSUE_RAW INSERT_RAW QUEUE_NEW_IO_KPROBE QUEUE_KPROBE COMPLETE_PART_RAW COMPLETE_UNACCOUNTED_RAW"
    [5.17]="ISSUE_RAW INSERT_RAW QUEUE_RAW MERGE_RAW COMPLETE_RAW COMPLETE_UNTIMED_RAW COMPLETE_UNACCOUNTED_RAW")
declare -A disk=([4.9]=REQUEST_HAS_RQ_DISK [4.10]=REQUEST_HAS_RQ_DISK [4.14]=REQUEST_HAS_RQ_DISK [4.19]=REQUEST_HAS_RQ_DISK [5.17]=NO_RQ_DISK)

# What --ebpf printed for this kernel, as it is for one whose types come from headers: no numbers from BTF, no handlers.
for_headers()
{
    sed -E "1,/SPDX/{
        /^#define (REQUEST|GENDISK)_[A-Z_]*_OFFSET /d
        /^#define (RQF_[A-Z_]*_MASK|FLAGS_MASK|HANDLE_[A-Z_]*|[A-Z]*_ARG|HAVE_PROBE_READ_KERNEL)( |\$)/d
        s/_OFFSET [0-9]+\$/_OFFSET -1/
        s/^(#define START_TIME_FROM_REQUEST).*/\1 $1/
        s/^(#define SEES_INSERT).*/\1 $1/
    }" "$work/text.c" >"$work/probe.c"
}

# compile KERNEL WHAT
compile()
{
    local words=() handler
    for handler in ${handlers[$1]}; do
        words+=("-DHANDLE_$handler")
    done
    clang -target bpf -O2 -Wall -Werror -Wno-unused-function -include "$here/prelude.h" -I "$here" -I "$here/$1" -DWITH_KERNEL_HEADERS \
        "-D${disk[$1]}" "${words[@]}" -D{QUEUE,INSERT,ISSUE,MERGE}_ARG=1 -c -emit-llvm -o /dev/null "$work/probe.c" 2>"$work/log" || {
        echo "FAILED: $1, $2:"
        cat "$work/log"
        exit 1
    }
}

for options in "" -Q -D -DFQ "--by op" "--slowest 3" "-Q --slowest 3" "--slower 1ms"; do
    # shellcheck disable=SC2086
    "$tool" --ebpf $options >"$work/text.c"
    for first in 0 1; do
        for_headers $first
        for kernel in "${!handlers[@]}"; do
            compile "$kernel" "$options"
        done
    done
done
