# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# biolatency-drop-in, in the scratch system of inside.sh, which sources this and has $deb, $drop_in, expect, wrong and run.
#
# Each step installs or removes, and compares: who answers to the names, and afterwards what was there before, byte for byte.

drop_in_names=(/usr/sbin/biolatency /usr/sbin/biolatency-bpfcc /usr/share/bcc/tools/biolatency)
sudo_path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
debs=/tmp/debs

# dpkg_does STATUS DPKG-ARGUMENT...
dpkg_does()
{
    local wanted=$1 rc=0
    shift
    dpkg "$@" >/tmp/dpkg.log 2>&1 || rc=$?
    [ $rc -eq "$wanted" ] || wrong "dpkg $*: exit status $rc, wanted $wanted: $(cat /tmp/dpkg.log)"
}

# ---- packages to install ----

# repack PACKAGE: the installed package as a file again, and PACKAGE-newer, with other bytes in its biolatency.
repack()
{
    local tree=$debs/$1 name
    mkdir -p "$tree/DEBIAN"
    dpkg -L "$1" | while read -r name; do [ ! -e "$name" ] || echo "$name"; done |
        tar -C / --no-recursion -cf - -T - 2>/dev/null | tar -C "$tree" -xf -
    dpkg -s "$1" | sed '/^Status:/d' >"$tree/DEBIAN/control"
    pack "$1"
    cp -a "$tree" "$tree-newer"
    for name in "$tree-newer"/usr/sbin/biolatency{,-bpfcc}; do
        [ ! -e "$name" ] || echo newer >>"$name"
    done
    pack_newer "$1-newer"
}

# pack NAME: $debs/NAME.deb of the tree $debs/NAME.
pack()
{
    (cd "$debs/$1" && find usr -type f -exec md5sum {} + >DEBIAN/md5sums)
    dpkg-deb --root-owner-group -Znone -b "$debs/$1" "$debs/$1.deb" >/dev/null
}

# pack_newer NAME: the same with a later version, also of the biolatency that it depends on.
pack_newer()
{
    sed -Ei 's/^(Version: .*|Depends: biolatency \(= .*)([^)])(\)?)$/\1\2+newer\3/' "$debs/$1/DEBIAN/control"
    pack "$1"
}

# stand_in NAME FILE: a package with this one file.
stand_in()
{
    mkdir -p "$debs/$1/DEBIAN" "$debs/$1/${2%/*}"
    printf 'Package: %s\nVersion: 1\nArchitecture: all\nMaintainer: nobody <nobody@example.org>\nDescription: stand-in\n' "$1" \
        >"$debs/$1/DEBIAN/control"
    printf '#!/bin/sh\necho %s\n' "$1" >"$debs/$1/$2"
    chmod 755 "$debs/$1/$2"
    pack "$1"
}

make_debs()
{
    repack bpfcc-tools
    repack libbpf-tools
    dpkg-deb -R "$deb" "$debs/biolatency-newer"
    dpkg-deb -R "$drop_in" "$debs/drop-in-newer"
    pack_newer biolatency-newer
    pack_newer drop-in-newer
    # bcc's own package has this path, and so has what `make install` of bcc puts there.
    stand_in bcc-tools usr/share/bcc/tools/biolatency
    stand_in clash usr/share/doc/biolatency-drop-in/copyright
}

# ---- comparing ----

# What has the names, or is put aside from them, with owner, mode, time and bytes; who diverts what; which packages there are.
state()
{
    local where=(/usr/sbin /usr/share/man /usr/share/doc/biolatency-drop-in /usr/share/bcc)
    dpkg-divert --list
    dpkg-query -W -f '${db:Status-Abbrev} ${Package} ${Version}\n' | sed '/^un/d'
    find "${where[@]}" \( -name '*biolatency*' -o -path '/usr/share/bcc*' \) -printf '%p %y %m %u:%g' \
        \( -type d -printf '\n' -o -printf ' %s %T@ %l\n' \) 2>/dev/null | sort || true # some may not be there
    find "${where[@]}" -type f -name '*biolatency*' -exec sha256sum {} + 2>/dev/null | sort || true
}

remember()
{
    state >/tmp/state
}

# same WHAT: the state is the one remembered.
same()
{
    expect "$1: what has changed" "$(state | diff /tmp/state - || true)" ''
}

# answers WHAT: the installed biolatency answers to all names, called by path or as sudo would.
answers()
{
    local name version
    version="biolatency $(dpkg-deb -f "$deb" Version)"
    for name in "${drop_in_names[@]}" /sbin/biolatency /sbin/biolatency-bpfcc biolatency biolatency-bpfcc; do
        expect "$1: $name" "$(env -i PATH=$sudo_path "$name" --version 2>&1)" "$version"
        expect "$1: $name" "$(env -i PATH=$sudo_path "$name" --help 2>&1 | head -1)" \
            "usage: ${name##*/} [OPTION]... [interval] [count]"
    done
    for name in biolatency biolatency-bpfcc; do
        gzip -dc /usr/share/man/man8/$name.8.gz | cmp -s - "$source/docs/biolatency.8" || wrong "$1: the manual page $name"
    done
}

# aside WHAT PACKAGE [-newer]: each file of the package that has one of the names is beside it, and none is changed.
aside()
{
    local name
    for name in "${drop_in_names[@]}"; do
        [ ! -e "$debs/$2$name" ] || cmp "$debs/$2${3-}$name" "$name.distrib" || wrong "$1: $name.distrib is not that of $2"
    done
    expect "$1: what $2 has changed" "$(dpkg -V "$2")" ''
}

# ---- the steps ----

# With theirs installed first.
drop_in_after()
{
    remember
    dpkg_does 0 -i "$drop_in"
    answers "after theirs"
    aside "after theirs" bpfcc-tools
    aside "after theirs" libbpf-tools
    expect "changed in biolatency-drop-in" "$(dpkg -V biolatency-drop-in)" ''
    dpkg_does 0 -i "$drop_in"
    answers "installed twice"
    dpkg_does 0 -i "$debs/drop-in-newer.deb" "$debs/biolatency-newer.deb"
    answers "a newer version of ours"
    dpkg_does 0 -i "$deb" "$drop_in"
    dpkg_does 0 -P biolatency-drop-in
    same "after theirs"
    dpkg_does 0 -i "$drop_in"
    dpkg_does 0 -i "$debs/bpfcc-tools.deb" "$debs/libbpf-tools.deb"
    answers "theirs again"
    dpkg_does 0 -P biolatency-drop-in
    same "theirs again"
}

# A newer version of theirs comes while ours is there; what it has is what is given back.
drop_in_theirs_newer()
{
    dpkg_does 0 -i "$debs/bpfcc-tools-newer.deb" "$debs/libbpf-tools-newer.deb"
    remember
    dpkg_does 0 -i "$debs/bpfcc-tools.deb" "$debs/libbpf-tools.deb" "$drop_in"
    dpkg_does 0 -i "$debs/bpfcc-tools-newer.deb" "$debs/libbpf-tools-newer.deb"
    answers "a newer version of theirs"
    aside "a newer version of theirs" bpfcc-tools -newer
    aside "a newer version of theirs" libbpf-tools -newer
    dpkg_does 0 -r biolatency-drop-in
    dpkg_does 0 -P biolatency-drop-in
    same "a newer version of theirs"
    dpkg_does 0 -i "$debs/bpfcc-tools.deb" "$debs/libbpf-tools.deb"
}

# With theirs installed after ours, and removed before it.
drop_in_before()
{
    remember
    dpkg_does 0 -P bpfcc-tools libbpf-tools
    state >/tmp/state-without
    dpkg_does 0 -i "$drop_in"
    answers "without theirs"
    dpkg_does 0 -i "$debs/bpfcc-tools.deb" "$debs/libbpf-tools.deb"
    answers "before theirs"
    dpkg_does 0 -r biolatency-drop-in
    dpkg_does 0 -P biolatency-drop-in
    same "before theirs"
    dpkg_does 0 -i "$drop_in"
    dpkg_does 0 -P bpfcc-tools libbpf-tools
    answers "theirs removed"
    dpkg_does 0 -P biolatency-drop-in
    expect "theirs removed: what has changed" "$(state | diff /tmp/state-without - || true)" ''
    dpkg_does 0 -i "$debs/bpfcc-tools.deb" "$debs/libbpf-tools.deb"
}

# A file of no package, and one of a package that comes later.
drop_in_bcc_itself()
{
    dpkg_does 0 -i "$drop_in" "$debs/bcc-tools.deb"
    answers "before bcc-tools"
    expect "bcc-tools" "$(/usr/share/bcc/tools/biolatency.distrib)" bcc-tools
    dpkg_does 0 -P biolatency-drop-in
    expect "bcc-tools" "$(/usr/share/bcc/tools/biolatency)" bcc-tools
    dpkg_does 0 -P bcc-tools
    mkdir -p /usr/share/bcc/tools
    printf '#!/bin/sh\necho of no package\n' >/usr/share/bcc/tools/biolatency
    remember
    dpkg_does 0 -i "$drop_in"
    answers "over a file of no package"
    dpkg_does 0 -P biolatency-drop-in
    same "a file of no package"
    rm -rf /usr/share/bcc
}

# dpkg_fault fail|kill AT OPERATION DPKG-ARGUMENT...: dpkg, while dpkg-divert at its call number AT with OPERATION fails, or kills
# dpkg, and so dpkg's exit status.
dpkg_fault()
{
    local how=$1 at=$2 operation=$3 rc=0 wanted=1
    [ "$how" = fail ] || wanted=137
    shift 3
    mkdir -p /tmp/fault
    cat >/tmp/fault/dpkg-divert <<FAULT
#!/bin/bash
case " \$* " in
*" $operation "*)
    echo >>/tmp/fault/calls
    if [ "\$(wc -l </tmp/fault/calls)" -eq $at ]; then
        [ $how = fail ] || kill -KILL "\$(awk '/^PPid/ { print \$2 }' /proc/\$PPID/status)"
        exit 2
    fi
    ;;
esac
exec /usr/bin/dpkg-divert "\$@"
FAULT
    chmod 755 /tmp/fault/dpkg-divert
    rm -f /tmp/fault/calls
    { PATH=/tmp/fault:$PATH dpkg "$@" >/tmp/dpkg.log 2>&1 || rc=$?; } 2>/dev/null # the shell tells that it was killed
    expect "dpkg $*, $how at $operation $at: exit status" "$rc" "$wanted"
    expect "dpkg-divert $operation was called" "$(wc -l </tmp/fault/calls)" "$at"
}

# An installation that fails has changed nothing; one that was killed can be repeated, and then removed.
drop_in_faults()
{
    local at
    remember
    for at in 1 2 3 4 5; do
        dpkg_fault fail $at --add -i "$drop_in"
        same "dpkg-divert fails at $at"
    done
    for at in 1 3 5; do
        dpkg_fault kill $at --add -i "$drop_in"
        dpkg_does 0 -i "$drop_in"
        answers "dpkg was killed at $at"
        dpkg_fault kill $at --remove -P biolatency-drop-in
        dpkg_does 0 -P biolatency-drop-in
        dpkg_does 0 --configure -a # man-db's trigger waits for that
        same "dpkg was killed at $at"
    done
    dpkg_does 0 -i "$drop_in"
    dpkg_fault fail 2 --remove -r biolatency-drop-in
    dpkg_does 0 -P biolatency-drop-in
    same "dpkg-divert failed while removing"
}

# Unpacking fails after the diversions are there; the administrator diverts a name already.
drop_in_refused()
{
    dpkg_does 0 -i "$debs/clash.deb"
    remember
    dpkg_does 1 -i "$drop_in"
    expect_in "clash" "$(cat /tmp/dpkg.log)" 'trying to overwrite'
    same "unpacking failed"
    dpkg_does 0 -P clash
    dpkg-divert --quiet --local --rename --divert /usr/sbin/mine --add /usr/sbin/biolatency-bpfcc
    remember
    dpkg_does 1 -i "$drop_in"
    expect_in "the administrator's diversion" "$(cat /tmp/dpkg.log)" 'clashes with'
    same "the administrator's diversion"
    dpkg-divert --quiet --local --rename --remove /usr/sbin/biolatency-bpfcc
}

# Without biolatency it is unpacked, not configured, and can go again.
drop_in_alone()
{
    dpkg_does 0 -P biolatency
    remember
    dpkg_does 1 -i "$drop_in"
    expect_in "without biolatency" "$(cat /tmp/dpkg.log)" 'biolatency-drop-in depends on biolatency \(= '
    dpkg_does 0 -P biolatency-drop-in
    same "without biolatency"
    dpkg_does 1 -i "$drop_in"
    dpkg_does 0 -i "$deb"
    dpkg_does 0 --configure biolatency-drop-in
    answers "biolatency came later"
    dpkg_does 1 -P biolatency
    dpkg_does 0 -P biolatency biolatency-drop-in
    same "biolatency came later"
}

check_drop_in_fields()
{
    expect "package" "$(dpkg-deb -f "$drop_in" Package)" biolatency-drop-in
    expect "version" "$(dpkg-deb -f "$drop_in" Version)" "$(dpkg-deb -f "$deb" Version)"
    expect "architecture" "$(dpkg-deb -f "$drop_in" Architecture)" all
    expect "depends" "$(dpkg-deb -f "$drop_in" Depends)" "biolatency (= $(dpkg-deb -f "$deb" Version))"
    expect "files" "$(dpkg-deb -c "$drop_in" | awk '$1 !~ /^d/ { sub(/^\./, "", $6); print $6 }' | sort | xargs)" \
        "$(printf '%s\n' "${drop_in_names[@]}" /usr/share/man/man8/biolatency{,-bpfcc}.8.gz \
            /usr/share/doc/biolatency-drop-in/{changelog.gz,copyright} | sort | xargs)"
}

check_drop_in()
{
    make_debs
    # What the installed packages lost when they were repacked (documents that a slim system leaves out) is lost before.
    dpkg_does 0 -i "$debs/bpfcc-tools.deb" "$debs/libbpf-tools.deb" "$deb"
    all_files >/tmp/before
    drop_in_after
    drop_in_theirs_newer
    drop_in_before
    drop_in_bcc_itself
    drop_in_faults
    drop_in_refused
    drop_in_alone
    dpkg_does 0 -i "$deb"
    all_files >/tmp/after
    expect "what is left of biolatency-drop-in" "$(diff /tmp/before /tmp/after || true)" ''
    dpkg_does 0 -P biolatency
}
