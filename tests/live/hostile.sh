#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Whoever can write to the current directory, the environment or /tmp has no say in what runs in the kernel.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

make_loop 16
chmod 711 "$work"

# plant DIRECTORY TEXT: it in every header that a compiler might look for there.
plant()
{
    local header
    mkdir -p "$1"
    chmod 1777 "$1"
    for header in abi.h linux/{types,bpf,kconfig,version,blk-mq,log2}.h asm/page.h uapi/linux/{ptrace,bpf,if_packet}.h \
        bcc/{proto,footer}.h bcc/virtual/{main.c,include/bcc/helpers.h}; do
        mkdir -p "$1/$(dirname "$header")" "$1/include/$(dirname "$header")" "$1/virtual/include/$(dirname "$header")"
        printf '%s\n' "$2" | tee "$1/$header" "$1/include/$header" >"$1/virtual/include/$header"
    done
    mkdir -p "$1/include/generated" "$1/arch/x86/include/generated" "$1/arch/arm64/include" "$1/build" "$1/source"
    printf '%s\n' "$2" | tee "$1/include/generated/autoconf.h" >"$1/compiler.h"
    chown -R nobody "$1"
}

loud=$work/loud quiet=$work/quiet
plant "$loud" '#error hostile'
plant "$quiet" '#define HIST_SUB_BITS 1
#define lock_xadd(p, n) (*(p) += 2 * (n))
#define bpf_ktime_get_ns() 0
#define FIRST_PASSTHROUGH_OP 0'

kheaders="/tmp/kheaders-$(uname -r)"
if [[ ! -e $kheaders ]]; then
    undo+=("rm -rf '$kheaders'")
    plant "$kheaders" '#error hostile'
else
    untested "$kheaders: there is one already"
fi

load()
{
    do_reads 61
    do_writes 31
}

# same WHAT: the last run, `hostile`, has the groups and the count of the one without an enemy, and says nothing else.
same()
{
    expect "$1: groups" "$(titles hostile)" "$(titles clean)"
    expect_counted "$1" hostile "$(text_sum hostile)" 92
    expect "$1: stderr" "$(grep -v 'the kernel ran no probe' "$(err_of hostile)" || true)" ''
}

measure clean load -D -F -d "$disk"
expect_counted "without" clean "$(text_sum clean)" 92
"$tool" --ebpf -DF >"$work/clean.ebpf"

for place in "$loud" "$quiet"; do
    cd "$place"
    launcher=(env "CPATH=$place:$place/include" "C_INCLUDE_PATH=$place:$place/include" "CPLUS_INCLUDE_PATH=$place"
        "TMPDIR=$place" "HOME=$place" ARCH=arm64 "BCC_KERNEL_SOURCE=$place" BCC_LINUX_VERSION_CODE=1 BCC_KERNEL_MODULES_SUFFIX=../hostile
        "BCC_PROBE_SEARCH_PATH=$place" CCC_OVERRIDE_OPTIONS='# +-DHIST_SUB_BITS=1' "CLANG_CONFIG_FILE_USER_DIR=$place" DEPENDENCIES_OUTPUT="$place/dependencies")
    measure hostile load -D -F -d "$disk"
    same "${place##*/}, all"
    "${launcher[@]}" "$tool" --ebpf -DF >"$work/hostile.ebpf" 2>"$work/hostile.err" || wrong "--ebpf: exit status $?"
    expect "${place##*/}, --ebpf" "$(cmp "$work/clean.ebpf" "$work/hostile.ebpf" 2>&1 || true)$(cat "$work/hostile.err")" ''
    for variable in "CPATH=$place" "C_INCLUDE_PATH=$place" ARCH=arm64 "BCC_KERNEL_SOURCE=$place" BCC_LINUX_VERSION_CODE=1 \
        BCC_KERNEL_MODULES_SUFFIX=../hostile "TMPDIR=$place"; do
        launcher=(env "$variable")
        measure hostile load -D -F -d "$disk"
        same "${place##*/}, $variable"
    done
    launcher=()
    measure hostile load -D -F -d "$disk"
    same "${place##*/}, the directory alone"

    # One who lacks the right to mount compiles in /tmp.
    if command -v setpriv >/dev/null && setpriv --reuid nobody --clear-groups test -x "$tool"; then
        launcher=(env "CPATH=$place" "TMPDIR=$place" "BCC_KERNEL_SOURCE=$place" ARCH=arm64
            setpriv --reuid nobody --clear-groups --inh-caps "+bpf,+perfmon" --ambient-caps "+bpf,+perfmon")
        measure hostile load -D -F -d "$disk"
        same "${place##*/}, nobody"
        launcher=()
    fi
done
[[ -e $loud/dependencies ]] && wrong "the compiler wrote where the environment told it to"

# ---- without BTF, kernel headers are needed: only such as nobody else can have written ----

why='BCC_KERNEL_SOURCE=[^ ]* is not a kernel source tree that only root can write to'
launcher=(env "BCC_KERNEL_SOURCE=$loud")
refused "another's headers" 1 "$why" --no-btf 1 1
chown -R root "$loud"
refused "headers in a directory that all can write to, with sticky bit" 1 "$why" --no-btf 1 1
chmod 0777 "$loud"
refused "headers in a directory that all can write to" 1 "$why" --no-btf 1 1
mkdir "$work/linked"
ln -s "$quiet" "$work/linked/tree"
launcher=(env "BCC_KERNEL_SOURCE=$work/linked/tree")
refused "a link to another's headers" 1 "$why" --no-btf 1 1
launcher=(env "BCC_KERNEL_SOURCE=$work/none")
refused "no headers" 1 "$why" --no-btf 1 1
launcher=()
if [[ ! -e /lib/modules/$(uname -r)/build ]]; then
    refused "only headers in /tmp" 1 'headers are not here' --no-btf 1 1
fi
