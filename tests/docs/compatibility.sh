#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Each row of docs/compatibility.md names tests that exist, each case of unit_compat is in a row, and each option that biolatency.py
# does not have is named there: compatibility.sh SOURCE-DIR PROGRAM BUILD-DIR
set -euo pipefail
export LC_ALL=C
source=$1 tool=$2 build=$3 rc=0
page=$source/docs/compatibility.md
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

wrong()
{
    echo "docs/compatibility.md: $*" >&2
    rc=1
}

# "1: CELL|CELL|CELL|CELL" for each row of a table, with its line
rows()
{
    grep -n '^| ' "$page" | grep -vF '| biolatency.py | here | why | test |' | sed -E 's/^([0-9]+): *\| */\1: /; s/ *\| */|/g; s/\|$//'
}

# "unit_compat:help_text", one a line
words()
{
    # shellcheck disable=SC2016
    grep -oE '`[a-zA-Z_]+(:[a-z_]+)?`' <<<"$1" | tr -d '`' || true
}

(cd "$build" && ctest -N) | sed -nE 's/^ *Test *#[0-9]+: //p' >"$work/tests"
grep -qx unit_compat "$work/tests" || {
    echo "skipped: this build has no unit_compat"
    exit 77
}
python3 "$source/tests/compat/compat.py" --list | sort >"$work/cases"

exists()
{
    case $1 in
    unit_compat:*) grep -qx "${1#*:}" "$work/cases" ;;
    vm:*) [ -x "$source/tests/vm/guest/${1#*:}.sh" ] ;;
    *) grep -qx "$1" "$work/tests" ;;
    esac
}

n=0
while IFS= read -r row; do
    n=$((n + 1))
    [ "$(tr -cd '|' <<<"$row" | wc -c)" = 3 ] || wrong "line ${row%%:*} has not four cells"
    named=$(words "${row##*|}")
    [ -n "$named" ] || wrong "line ${row%%:*} names no test"
    for word in $named; do
        exists "$word" || wrong "line ${row%%:*}: there is no test $word"
    done
done < <(rows)
[ "$n" -gt 40 ] || wrong "only $n rows are found"

words "$(cat "$page")" | sed -n 's/^unit_compat://p' | sort -u >"$work/named"
while read -r name; do
    wrong "the case unit_compat:$name is nowhere"
done < <(comm -23 "$work/cases" "$work/named")
while read -r name; do
    wrong "there is no case unit_compat:$name"
done < <(comm -13 "$work/cases" "$work/named")

"$tool" --help | sed -nE '/^options:/,/^examples:/s/^ +(-[a-zA-Z], )?(--[a-z-]+).*/\2/p' |
    grep -vxE -- '--(help|timestamp|queued|milliseconds|disks|flags|extension|json|disk)' >"$work/new"
[ "$(wc -l <"$work/new")" -ge 10 ] || wrong "--help has no new options"
while read -r option; do
    grep -qF "\`$option\`" "$page" || wrong "it does not name the new option $option"
done <"$work/new"
exit $rc
