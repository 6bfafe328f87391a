# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Roots and disk images of the rows, made once from Debian's packages and kept in a cache. Sourced by vm.
#
# CACHE/NAME/root    the unpacked system, in which the tool is built
# CACHE/NAME/disk    the same as an ext4 image, booted with all writes thrown away
# CACHE/NAME/key     what it was made from; a row or a package list that changes makes it anew
# A directory gets its name when it is complete, so an interrupted build leaves nothing that looks finished.

cache=${BIOLATENCY_VM_CACHE:-/var/cache/biolatency-vm}

image_packages=(gcc libc6-dev cmake make libbpfcc-dev libbpfcc python3-bpfcc bpfcc-tools bpftool kmod util-linux mount
    procps e2fsprogs fio sg3-utils btrfs-progs libcap2-bin)

# The first process of the guest: only as much as is needed to get at the tests, which come on a disk of their own.
# shellcheck disable=SC2016 # expanded in the guest
image_init='#!/bin/bash
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C
mount -t proc proc /proc
mount -t sysfs sys /sys
mountpoint -q /dev || mount -t devtmpfs dev /dev
modprobe -a virtio_pci virtio_blk
for disk in /sys/block/vd*; do
    if [ "$(cat "$disk/serial")" = tests ]; then
        mkdir -p /run /t && mount -t tmpfs run /run && mkdir /run/t && mount -o ro "/dev/${disk##*/}" /t
    fi
done
exec /bin/bash /t/tests/vm/guest/init
'

# Where packages come from: what this machine itself uses, or VM_MIRROR and VM_SECURITY_MIRROR.
image_mirror() { # main|security
    local given=${VM_MIRROR:-} not=-v found
    if [ "$1" = security ]; then
        given=${VM_SECURITY_MIRROR:-} not=
    fi
    # Without lists of packages apt names no places.
    [ -n "$given" ] || [ -n "$(apt-get indextargets)" ] || apt-get update -qq >&2 || true
    # shellcheck disable=SC2016 # apt expands it
    found=${given:-$(apt-get indextargets --format '$(REPO_URI)' | grep -m1 -i $not security || true)}
    [ -n "$found" ] || {
        echo "vm: no Debian mirror for '$1' in this machine's apt sources: set VM_MIRROR and VM_SECURITY_MIRROR" >&2
        return 1
    }
    echo "${found%/}"
}

image_sources() { # SUITE ARCHIVES
    local archive uri
    for archive in ${2//,/ }; do
        if [ "$archive" = security ]; then
            uri=$(image_mirror security) && echo "deb $uri $1-security main"
        else
            uri=$(image_mirror main) || return 1
            case $archive in
            main) echo "deb $uri $1 main" ;;
            updates) echo "deb $uri $1-updates main" ;;
            *) echo "deb $uri $archive main" ;;
            esac
        fi || return 1
    done
}

image_key() { # NAME SUITE ARCHIVES KERNEL
    echo "$* ${image_packages[*]} $image_init $(declare -f image_disk)" | sha256sum | cut -d' ' -f1
}

# A partition table, so that the root can be named by what it is (PARTUUID): disks come in no certain order.
image_part=b1010000-01

image_disk() { # DIRECTORY LABEL
    local mib=$(($(du -sm "$1/root" | cut -f1) * 5 / 4 + 600))
    truncate -s $((mib + 1))M "$1/disk"
    printf 'label: dos\nlabel-id: 0x%s\n1MiB\n' "${image_part%-*}" | sfdisk -q "$1/disk" &&
        mke2fs -q -F -t ext4 -L "$2" -E offset=1048576 -d "$1/root" "$1/disk" ${mib}M
}

# The kernel is installed without an initial ramdisk: what it boots from is built in. A mirror that is behind will do.
image_build() { # NAME SUITE ARCHIVES KERNEL
    local new=$cache/.new-$1 from='' sources packages
    [ "$4" = - ] || from=/$4
    sources=$(image_sources "$2" "$3") || return 1
    packages=$(IFS=, && echo "${image_packages[*]}")
    rm -rf "$new"
    mkdir -p "$new"
    INITRD=No mmdebstrap --mode=root --variant=essential --keyring=/usr/share/keyrings \
        --include="$packages,linux-image-cloud-amd64$from,linux-headers-cloud-amd64$from" \
        --aptopt='Acquire::Languages "none"' --aptopt='Acquire::Retries "3"' \
        --aptopt='Acquire::Check-Valid-Until "false"' --dpkgopt=force-unsafe-io \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
        "$2" "$new/root" - <<<"$sources" >"$new/log" 2>&1 || {
        tail -20 "$new/log" >&2
        echo "vm: $1: its packages could not be installed ($new/log)" >&2
        return 1
    }
    rm -rf "$new"/root/var/cache/apt "$new"/root/var/lib/apt/lists
    mkdir -p "$new/root/t"
    echo "$image_init" >"$new/root/first"
    chmod 755 "$new/root/first"
    image_disk "$new" "$1" || return 1
    cp "$new"/root/boot/vmlinuz-* "$new/kernel" || return 1
    image_key "$@" >"$new/key"
    rm -rf "${cache:?}/$1"
    mv "$new" "$cache/$1"
}

# Makes the image of a row unless it is there.
image_need() { # NAME SUITE ARCHIVES KERNEL
    mkdir -p "$cache"
    (
        flock 9
        [ "$(cat "$cache/$1/key" 2>/dev/null)" = "$(image_key "$@")" ] || image_build "$@"
    ) 9>"$cache/.lock-$1"
}
