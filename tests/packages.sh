# shellcheck shell=bash
# Debian packages that building and testing need, and how to get them. Sourced by run and check.

# shellcheck disable=SC2034 # used by those that source this
build_packages=(cmake make gcc libc6-dev libbpfcc-dev libbpfcc)

# shellcheck disable=SC2034
test_packages=(libcmocka-dev clang clang-format clang-tidy shellcheck mandoc valgrind fio python3 python3-bpfcc bpfcc-tools
    python3-jsonschema libbpf-tools bpftool util-linux fdisk libcap2-bin e2fsprogs btrfs-progs dmsetup procps psmisc jq zsh bpftrace
    strace)

# shellcheck disable=SC2034 # to make packages and try them
package_packages=(dpkg-dev lintian file binutils gzip bash-completion bpfcc-tools libbpf-tools)

# For the virtual machines, which have all else inside.
# shellcheck disable=SC2034
vm_packages=(qemu-system-x86 mmdebstrap e2fsprogs fdisk util-linux python3)

installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# Installs those that are missing. Elsewhere than on Debian it leaves the machine alone: the build will tell what it lacks.
need_packages() {
    local package missing=()
    command -v dpkg-query >/dev/null && command -v apt-get >/dev/null || return 0
    for package in "$@"; do
        installed "$package" || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    if [ "$(id -u)" -ne 0 ]; then
        echo "${0##*/}: needs these packages, run as root to install them: ${missing[*]}" >&2
        return 1
    fi
    echo "${0##*/}: installing ${missing[*]}" >&2
    apt-get update -qq >&2 || true # old lists may do
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null >&2
}

# The run-time half of clang's sanitizers and libFuzzer is a package of its own, with the version in its name.
need_clang_runtime() {
    local version
    command -v clang >/dev/null || return 0
    version=$(clang -dumpversion)
    need_packages "libclang-rt-${version%%.*}-dev"
}
