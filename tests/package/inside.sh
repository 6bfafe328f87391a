#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# In a scratch system that may be spoilt (package.sh makes it): builds the packages and tries them: inside.sh SOURCE OUT
# shellcheck disable=SC2016
set -euo pipefail
source=$1 out=$2 failures=0 other='' kept=/var/cache/biolatency
# shellcheck source=../packages.sh
. "$source/tests/packages.sh"
# shellcheck source=drop-in.sh
. "$source/tests/package/drop-in.sh"

wrong()
{
    echo "FAILED: $*" >&2
    failures=$((failures + 1))
}

# expect WHAT GOT WANTED
expect()
{
    [ "$2" = "$3" ] || wrong "$1: got '$2', wanted '$3'"
}

# expect_in WHAT TEXT PATTERN: an extended regular expression that a line of the text matches.
expect_in()
{
    grep -qE -- "$3" <<<"$2" || wrong "$1: got '$2', wanted a line that matches '$3'"
}

# ---- building ----

# build DIRECTORY: all packages, in the same way from any directory.
build()
{
    if ! {
        CFLAGS="-ffile-prefix-map=$source=. -ffile-prefix-map=$1=build" \
            cmake -S "$source" -B "$1" -DCMAKE_INSTALL_PREFIX=/usr -DBUILD_TESTING=OFF &&
            cmake --build "$1" --parallel 2 && (cd "$1" && cpack -G DEB && cpack -G TGZ)
    } >"$1.log" 2>&1; then
        cat "$1.log" >&2
        exit 1
    fi
}

# The same source makes the same bytes.
build_twice()
{
    local file
    SOURCE_DATE_EPOCH=$(date -d "$(dpkg-parsechangelog -l "$source/packaging/changelog" -S Date)" +%s)
    export SOURCE_DATE_EPOCH
    build /tmp/build-one
    sleep 1.1 # another second
    build /tmp/other/build-two
    deb=$(echo /tmp/build-one/biolatency_*.deb) drop_in=$(echo /tmp/build-one/biolatency-drop-in_*.deb)
    tgz=$(echo /tmp/build-one/*.tar.gz)
    expect "packages made" "$(find /tmp/build-one -maxdepth 1 -name '*.deb' -o -maxdepth 1 -name '*.tar.gz' | wc -l)" 3
    for file in "$deb" "$drop_in"; do
        cmp "$file" "/tmp/other/build-two/${file##*/}" || wrong "a second build of ${file##*/} has other bytes"
    done
    cp "$deb" "$drop_in" "$tgz" "$out"
}

# ---- what is in them ----

check_fields()
{
    local depends
    expect "package" "$(dpkg-deb -f "$deb" Package)" biolatency
    expect "version" "$(dpkg-deb -f "$deb" Version)" "$(dpkg-parsechangelog -l "$source/packaging/changelog" -S Version)"
    expect "architecture" "$(dpkg-deb -f "$deb" Architecture)" "$(dpkg --print-architecture)"
    depends=$(dpkg-deb -f "$deb" Depends | sed 's/, /\n/g' | sort)
    expect_in "depends" "$depends" '^libbpfcc \(>= 0\.18\)$'
    expect_in "depends" "$depends" '^libc6 \(>= 2\.[0-9]+\)$'
    expect "number of dependencies ($depends)" "$(wc -l <<<"$depends")" 2
}

check_files()
{
    sed "s/^/\//" >"/tmp/wanted" <<'FILES'
usr/lib/biolatency/bin/biolatency
usr/lib/biolatency/bin/biolatency-bpfcc
usr/lib/systemd/system/biolatency-prepare.service
usr/sbin/biolatency-c
usr/share/bash-completion/completions/biolatency-c
usr/share/biolatency/biolatency.schema.json
usr/share/doc/biolatency/CHANGELOG.md
usr/share/doc/biolatency/CONTRIBUTING.md
usr/share/doc/biolatency/README.md
usr/share/doc/biolatency/SECURITY.md
usr/share/doc/biolatency/changelog.gz
usr/share/doc/biolatency/copyright
usr/share/doc/biolatency/docs/compatibility.md
usr/share/doc/biolatency/docs/design.md
usr/share/doc/biolatency/docs/examples.md
usr/share/man/man8/biolatency-c.8.gz
usr/share/zsh/vendor-completions/_biolatency-c
FILES
    # Other pages of docs/ come with it.
    dpkg-deb -c "$deb" | awk '$1 !~ /^d/ { sub(/^\./, "", $6); print $6 }' | sort >/tmp/files
    expect "files missing" "$(comm -13 /tmp/files /tmp/wanted | xargs)" ''
    expect "files too many" "$(comm -23 /tmp/files /tmp/wanted | grep -v '^/usr/share/doc/biolatency/docs/[a-z-]*\.md$' | xargs)" ''
}

check_lint()
{
    # Warnings of lintian's own tools go elsewhere. Without systemd nothing need run at boot: the first use does what the unit does.
    lintian --allow-root --no-cfg --profile debian --display-info --fail-on error,warning,info --tag-display-limit 0 \
        --suppress-tags package-supports-alternative-init-but-no-init.d-script "$deb" "$drop_in" ||
        wrong "lintian"
}

check_binary()
{
    local headers dynamic symbols
    headers=$(readelf -hlW /usr/sbin/biolatency-c) dynamic=$(readelf -dW /usr/sbin/biolatency-c)
    symbols=$(readelf --dyn-syms -W /usr/sbin/biolatency-c)
    expect_in "position independent" "$headers" 'Type: +DYN'
    expect_in "relocations are read-only" "$headers" 'GNU_RELRO'
    expect_in "bound at start" "$dynamic" 'NOW'
    expect_in "stack protector" "$symbols" '__stack_chk_fail'
    expect_in "fortified" "$symbols" '__[a-z]+_chk'
    expect "path of libraries" "$(grep -cE 'RPATH|RUNPATH' <<<"$dynamic")" 0
    expect "stripped" "$(readelf -SW /usr/sbin/biolatency-c | grep -c '\.symtab')" 0
    expect "libraries" "$(grep -c 'NEEDED.*bcc' <<<"$dynamic")" 0
}

# ---- installing ----

# All files where a package may put some, but for those that dpkg and its kin keep their own state in.
all_files()
{
    find /etc /usr /opt /srv /var -xdev \( -path /var/tmp -o -path /var/lib/dpkg -o -path /var/log -o -path /var/cache \) -prune \
        -o -print 2>/dev/null | sort
}

# run STATUS WORD...: how the program ends.
run()
{
    local wanted=$1 rc=0
    shift
    "$@" >/tmp/run.out 2>/tmp/run.err || rc=$?
    expect "$*: exit status ($(cat /tmp/run.err))" "$rc" "$wanted"
}

check_names()
{
    local name
    expect "who has other names" "$(dpkg -L libbpf-tools bpfcc-tools | grep -cE '^/usr/sbin/biolatency(|-libbpf|-bpfcc)$')" 2
    expect "what libbpf-tools and bpfcc-tools have changed" "$(dpkg -V libbpf-tools bpfcc-tools | grep -v '^??5?????? c' || true)" ''
    expect "biolatency" "$(command -v biolatency)" "$other"
    for name in biolatency biolatency-bpfcc biolatency-c; do
        run 0 env PATH="/usr/lib/biolatency/bin:$PATH" $name --version
        expect "$name --version" "$(cat /tmp/run.out)" "biolatency $(dpkg-deb -f "$deb" Version)"
        run 0 env PATH="/usr/lib/biolatency/bin:$PATH" $name --help
        expect "$name --help" "$(head -1 /tmp/run.out)" "usage: $name [OPTION]... [interval] [count]"
        run 2 env PATH="/usr/lib/biolatency/bin:$PATH" $name --nonsense
        expect "$name --nonsense" "$(cut -d: -f1 /tmp/run.err)" "$name"
    done
}

check_completion()
{
    [ -e /usr/share/bash-completion/bash_completion ] || return 0
    expect "completion" "$(bash -c '. /usr/share/bash-completion/bash_completion
        { _completion_loader biolatency-c || _comp_load biolatency-c; } 2>/dev/null
        complete -p biolatency-c')" 'complete -F _biolatency biolatency-c'
    expect "completion of the other names" "$(PATH=/usr/lib/biolatency/bin:$PATH bash -c '
        . /usr/share/bash-completion/completions/biolatency-c; complete -p | sort' | wc -l)" 3
}

# This kernel may be another system's; what works must be what the program says.
check_tracing()
{
    local rc=0
    biolatency-c --check-kernel >/tmp/check.out 2>/tmp/check.err || rc=$?
    run $rc biolatency-c 1 1
    [ $rc -ne 0 ] || expect "tracing" "$(head -1 /tmp/run.out)" 'Tracing block device I/O... Hit Ctrl-C to end.'
    grep -E '^(libbcc|default)' /tmp/check.out
}

check_unit()
{
    local unit=/usr/lib/systemd/system/biolatency-prepare.service program
    expect "enabled" "$(readlink /etc/systemd/system/*.wants/biolatency-prepare.service | sed 's|^/usr||')" "${unit#/usr}"
    program=$(sed -n 's/^ExecStart=-\([^ ]*\) --prepare$/\1/p' $unit)
    expect "the program of the unit" "$program" /usr/sbin/biolatency-c
    expect "the directory of the unit" "$(sed -n 's/^CacheDirectory=//p' $unit)" "${kept#/var/cache/}"
    command -v systemd-analyze >/dev/null || return 0
    run 0 systemd-analyze verify --man=no $unit
    expect "what systemd-analyze says of the unit" "$(cat /tmp/run.out /tmp/run.err)" ''
}

# dpkg_in WORD...: a dpkg that finds itself in no chroot, as its first process has the same root. The WORDs go before it.
dpkg_in()
{
    run 0 unshare --mount --pid --fork --mount-proc "$@"
    expect "$*: what is said of programs" "$(grep -E 'biolatency(-c)?: ' /tmp/run.out /tmp/run.err || true)" ''
}

# What is compiled when it is installed: nothing in a chroot, or where it is refused; else all modes. The directory goes with the package.
check_kept()
{
    local wanted=10 way
    rm -rf $kept # the machine's
    dpkg_does 0 -i "$deb"
    [ ! -e $kept ] || wrong "something is kept in a chroot"
    biolatency-c --check-kernel >/dev/null 2>&1 || wanted=0
    for way in -r -P; do
        rm -rf $kept
        dpkg_in setpriv --bounding-set -bpf,-perfmon,-sys_admin dpkg -i "$deb"
        expect "kept where it is refused" "$(find $kept -type f 2>/dev/null | wc -l)" 0
        dpkg_in dpkg -i "$deb"
        expect "kept" "$(find $kept -type f 2>/dev/null | wc -l)" $wanted
        run $((wanted ? 0 : 1)) biolatency-c -DQ 1 1
        expect "kept after a start" "$(find $kept -type f 2>/dev/null | wc -l)" $wanted
        dpkg_does 0 $way biolatency
        [ ! -e $kept ] || wrong "dpkg $way leaves $kept"
    done
    dpkg_in dpkg -i "$deb"
    dpkg_does 0 -r biolatency
    mkdir $kept
    dpkg_does 0 -P biolatency
    [ ! -e $kept ] || wrong "dpkg -P after -r leaves $kept"
}

check_installed()
{
    other=$(command -v biolatency || true) # libbpf-tools' in Debian 12
    all_files >/tmp/before
    dpkg -i "$deb" >/tmp/dpkg.log 2>&1 || {
        cat /tmp/dpkg.log >&2
        wrong "dpkg -i"
        return
    }
    expect "what dpkg finds changed" "$(dpkg -V biolatency)" ''
    check_binary
    check_unit
    check_names
    check_completion
    check_tracing
    gzip -dc /usr/share/man/man8/biolatency-c.8.gz | cmp - "$source/docs/biolatency.8" || wrong "the manual page"
    dpkg -i "$deb" >/tmp/dpkg.log 2>&1 || wrong "dpkg -i, again: $(cat /tmp/dpkg.log)"
    dpkg -P biolatency >/tmp/dpkg.log 2>&1 || wrong "dpkg -P: $(cat /tmp/dpkg.log)"
    all_files >/tmp/after
    expect "what is left after removing" "$(diff /tmp/before /tmp/after || true)" ''
}

# Without libbpfcc it is unpacked and not configured.
check_dependency()
{
    local rc=0
    mkdir -p /tmp/empty/var/lib/dpkg/{info,updates,triggers} /tmp/empty/tmp
    : >/tmp/empty/var/lib/dpkg/status
    : >/tmp/empty/var/lib/dpkg/available
    dpkg --root=/tmp/empty --force-script-chrootless -i "$deb" >/tmp/dpkg.log 2>&1 || rc=$?
    expect "dpkg -i in an empty root" "$rc" 1
    expect_in "dpkg -i in an empty root" "$(cat /tmp/dpkg.log)" 'biolatency depends on libbpfcc \(>= 0\.18\)'
}

# The tar.gz runs from any directory.
check_tar()
{
    local top
    mkdir -p /tmp/unpacked
    tar -C /tmp/unpacked -xf "$tgz"
    top=$(echo /tmp/unpacked/*)
    # All but the unit, which names a path.
    expect "tar.gz: files" "$(find "$top" ! -type d ! -name LICENSE | wc -l)" "$(grep -cv '\.service$' /tmp/files)"
    expect "tar.gz: owners" "$(tar -tvf "$tgz" | awk '{ print $2 }' | sort -u)" root/root
    run 0 "$top/lib/biolatency/bin/biolatency" --version
    [ -f "$top/share/man/man8/biolatency-c.8" ] || wrong "tar.gz: no manual page"
    DESTDIR=/tmp/installed cmake --install /tmp/build-one --prefix /usr/local >/dev/null
    run 0 /tmp/installed/usr/local/lib/biolatency/bin/biolatency-bpfcc --version
}

need_packages "${build_packages[@]}" "${package_packages[@]}"
mkdir -p /tmp/other
build_twice
check_fields
check_files
check_drop_in_fields
check_lint
check_installed
check_kept
check_drop_in
check_dependency
check_tar
[ $failures -eq 0 ]
