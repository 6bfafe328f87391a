#!/usr/bin/env bash
# One check of the source text: lint.sh format|tidy|shell|manual|words|layers SOURCE-DIR BUILD-DIR
set -euo pipefail
what=$1 source=$2 build=$3
cd "$source"

need() {
    command -v "$1" >/dev/null || {
        echo "skipped: $1 is not installed"
        exit 77
    }
}

c_files() {
    find src examples tests -name '*.[ch]' | sort
}

shell_files() {
    echo run
    echo check
    echo .ci/run
    grep -rlE '^#!.*bash|shellcheck shell=bash' tests completion | sort
}

case $what in
format)
    need clang-format
    # Versions disagree in small things: Debian 12's decides.
    clang-format --version | grep 'version 14\.' >/dev/null || {
        echo "skipped: the format is that of clang-format 14, here is $(clang-format --version)"
        exit 77
    }
    c_files | xargs clang-format --dry-run --Werror probes/abi.h probes/examples/examples.h
    ;;
tidy)
    need clang-tidy
    find src examples -name '*.c' -print0 | sort -z | xargs -0 -n 4 -P 2 clang-tidy --quiet -p "$build" 2>/dev/null
    ;;
shell)
    need shellcheck
    shell_files | xargs shellcheck -x -P SCRIPTDIR
    ;;
manual)
    need mandoc
    found=0
    for page in docs/*.8; do
        [ -e "$page" ] || continue
        # Which other manuals are installed here says nothing of this one.
        ! mandoc -Tlint -Wstyle "$page" 2>&1 | grep -vE 'referenced manual not found|outdated mandoc.db' || found=1
    done
    exit $found
    ;;
words)
    # Lines that end in white space, and tabs in C.
    found=0
    while read -r file; do
        ! grep -nHE '[[:space:]]+$' "$file" || found=1
        case $file in *.[ch]) ! grep -nHP '\t' "$file" || found=1 ;; esac
    done < <(find . -type f -not -path './build*' -not -path './.git/*' -not -name LICENSE)
    exit $found
    ;;
layers)
    # Includes go downwards only, as docs/design.md has it: files of src/, and the beginnings of what they may include of ours.
    found=0
    while read -r files allowed; do
        # shellcheck disable=SC2086
        includes=$(cd src && grep -nE '^#include "' $files)
        ! grep -vE "#include \"(${allowed// /|})" <<<"$includes" || found=1
    done <<'END'
util/*.[ch] util/
bcc/*.[ch] [a-z_]+\.h"
kernel/*.[ch] kernel/ util/ probes/abi\.h"
model/*.[ch] model/ kernel/ util/ probes/abi\.h"
output/*.[ch] output/ model/ kernel/ util/ probes/abi\.h"
trace/*.[ch] trace/ model/ kernel/ bcc/bcc\.h" util/ probes/abi\.h" config\.h"
options.[ch] options\.h" model/
needs.[ch] needs\.h" options\.h" output/ model/
END
    exit $found
    ;;
*)
    echo "usage: lint.sh format|tidy|shell|manual|words|layers SOURCE-DIR BUILD-DIR" >&2
    exit 2
    ;;
esac
