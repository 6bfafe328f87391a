#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the Debian package and the tar.gz and tries them, here and in other releases: package.sh OUT-DIRECTORY [ROOT]...
# ROOT is the root directory of an installed Debian (as debootstrap makes it); none means /.
#
# All happens on an overlay: the machine and the roots stay as they are. The mounts are in a namespace of this script, and go
# with it, however it ends. What is built goes to OUT-DIRECTORY/NAME-OF-THE-RELEASE/.
set -euo pipefail
export LC_ALL=C
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source=$(realpath "$here/../..")

skip()
{
    echo "skipped: $*"
    exit 77
}

# Once in the namespace: on_overlay ROOT WORK. WORK is a directory that is removed outside.
on_overlay()
{
    local root=$1 work=$2 merged=$2/merged mount
    # The layers may not lie one in another: those over / are in memory. They are small, as / has all packages already.
    [ "$root" != / ] || mount -t tmpfs -o size=1g,mode=0755 tmpfs "$work/layers"
    mkdir "$work/layers/upper" "$work/layers/work"
    mount -t overlay -o "lowerdir=$root,upperdir=$work/layers/upper,workdir=$work/layers/work" overlay "$merged" || return 78
    for mount in proc sys dev; do
        mount --rbind "/$mount" "$merged/$mount"
    done
    mount -t tmpfs tmpfs "$merged/run"
    mount -t tmpfs -o mode=1777 tmpfs "$merged/tmp"
    rm -f "$merged/etc/resolv.conf"
    cp -L /etc/resolv.conf "$merged/etc/resolv.conf" 2>/dev/null || true
    printf '#!/bin/sh\nexit 101\n' >"$merged/usr/sbin/policy-rc.d" # starts no service
    chmod 755 "$merged/usr/sbin/policy-rc.d"
    mkdir -p "$merged/tmp/source" "$merged/tmp/out"
    tar -C "$source" --exclude='./build*' --exclude=./.git -cf - . | tar -C "$merged/tmp/source" --no-same-owner -xf -
    mount --bind "$work/out" "$merged/tmp/out"
    env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C HOME=/root DEBIAN_FRONTEND=noninteractive \
        chroot "$merged" /tmp/source/tests/package/inside.sh /tmp/source /tmp/out
}

if [ "${1-}" = --on-overlay ]; then
    on_overlay "$2" "$3"
    exit
fi

[ $# -ge 1 ] || {
    echo "usage: package.sh OUT-DIRECTORY [ROOT]..." >&2
    exit 2
}
out=$1
shift
[ "$(id -u)" -eq 0 ] || skip "not root"
command -v dpkg >/dev/null || skip "not a Debian"
unshare --mount true 2>/dev/null || skip "unshare --mount is refused"
grep -qw overlay /proc/filesystems || skip "no overlay file system"

work=''
trap '[ -z "$work" ] || rm -rf --one-file-system "$work"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

for root in "${@:-/}"; do
    root=$(realpath "$root")
    name=$(sed -n 's/^VERSION_CODENAME=//p' "$root/etc/os-release")
    work=$(mktemp -d "${TMPDIR:-/tmp}/biolatency-package-XXXXXX")
    mkdir "$work/layers" "$work/merged" "$work/out"
    echo "== ${name:-unnamed}: $root =="
    rc=0
    unshare --mount --propagation private "$here/package.sh" --on-overlay "$root" "$work" || rc=$?
    mkdir -p "$out/${name:-unnamed}"
    cp "$work"/out/* "$out/${name:-unnamed}/" 2>/dev/null || true
    rm -rf --one-file-system "$work"
    work=''
    [ $rc -ne 78 ] || skip "no overlay over $root"
    [ $rc -eq 0 ] || exit $rc
done
