#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The options of --help are those of the manual page, its synopsis and both completions: options.sh SOURCE-DIR PROGRAM
# An option that is added must be in all of them. The same for keys of the JSON output, words of titles and the manual page.
set -euo pipefail
export LC_ALL=C
source=$1 tool=$2 rc=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# "-h", "--help" and so on, one a line, sorted, of what is on stdin.
options()
{
    grep -oE '(^|[^-_a-zA-Z0-9])--?[a-zA-Z][a-z-]*' | sed -E 's/^[^-]//' | sort -u
}

same()
{
    diff "$work/help" "$work/$1" >"$work/diff" && return
    echo "the options of $1 are not those of --help (<: --help has it, >: $1 has it):" >&2
    grep '^[<>]' "$work/diff" >&2
    rc=1
}

"$tool" --help | sed -n '/^options:/,/^examples:/p' | grep -oE '^ +(-[a-zA-Z], )?--[a-z-]+' | options >"$work/help"
[ "$(wc -l <"$work/help")" -gt 20 ] || {
    echo "--help has no list of options" >&2
    exit 1
}

# The tags of the list of options: ".It Fl d Ar disk , Fl \-disk Ar disk"
sed -n '/^\.Sh OPTIONS/,/^\.Sh OUTPUT/s/^\.It //p' "$source/docs/biolatency.8" |
    grep -oE 'Fl [^ ]+' | sed -e 's/Fl /-/' -e 's/\\-/-/' | options >"$work/manual page"
same "manual page"

# The synopsis has each option once: a letter if it has one, else its name. -h is in ".Op Fl DeFh..."
sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESCRIPTION/p' "$source/docs/biolatency.8" | grep -oE 'Fl [^ ]+' |
    sed -e 's/Fl /-/' -e 's/\\-/-/' | while read -r word; do
    case $word in
    --*) echo "$word" ;;
    -*) grep -o '[a-zA-Z]' <<<"$word" | sed 's/^/-/' ;;
    esac
done | sort >"$work/synopsis"
"$tool" --help | sed -n '/^options:/,/^examples:/p' | sed -nE 's/^ +(-[a-zA-Z]), --.*/\1/p; s/^ +(--[a-z-]+).*/\1/p' |
    sort >"$work/once"
diff "$work/once" "$work/synopsis" >"$work/diff" || {
    echo "the synopsis of the manual page has not each option of --help once (<: --help has it, >: the synopsis has it):" >&2
    grep '^[<>]' "$work/diff" >&2
    rc=1
}

# What bash offers for "-".
bash -c '. "$1"; COMP_WORDS=(biolatency-c -); COMP_CWORD=1; _biolatency; printf "%s\n" "${COMPREPLY[@]}"' \
    bash "$source/completion/biolatency.bash" | options >"$work/bash completion"
same "bash completion"

# The specifications of _arguments: '(...)'{-d+,--disk=}'[...]' and '(- *)--version[...]'
sed -n '/^_arguments/,$p' "$source/completion/_biolatency-c" | sed -nE "s/^ *'?(\([^)]*\))?'?(\{[^}]*\})?'?([^[]*)\[.*/\2 \3/p" |
    options >"$work/zsh completion"
same "zsh completion"

# in_manual WORD FROM TO: between these sections the manual page has it in literal type.
in_manual()
{
    sed -n "/^\.S[hs] $2\$/,/^\.S[hs] $3\$/p" "$source/docs/biolatency.8" |
        grep -E "^\.(It )?Ql " | tr ' ' '\n' | grep -xF -- "$1" >/dev/null
}

# Every key of the JSON output, which the schema has, is in the manual page.
keys=$(python3 -c 'import json, sys
def keys(part):
    if isinstance(part, dict):
        yield from part.get("properties", {})
        part = part.values()
    if not isinstance(part, str):
        for inner in part if hasattr(part, "__iter__") else []:
            yield from keys(inner)
print(*sorted(set(keys(json.load(open(sys.argv[1]))))))' "$source/docs/biolatency.schema.json")
[ "$(wc -w <<<"$keys")" -gt 30 ] || {
    echo "docs/biolatency.schema.json: keys are not found any more" >&2
    rc=1
}
for key in $keys; do
    in_manual "$key" json Samples || {
        echo "the manual page does not tell of the key $key of the JSON output" >&2
        rc=1
    }
done

# Every word that titles have for operations and flags is in the manual page.
words=$(sed -nE '/rows\[FLAG_ROWS\] = \{/,/^\};/p; /default_ops\[\] = \{/,/^\};/p' "$source/src/kernel/flags.c" |
    grep -oE '"[A-Z][A-Za-z]*[a-z][A-Za-z]*"' | tr -d '"' | sort -u)
[ "$(wc -w <<<"$words")" -ge 22 ] || {
    echo "src/kernel/flags.c: words of titles are not found any more: $words" >&2
    rc=1
}
for word in $words; do
    in_manual "$word" Flags ENVIRONMENT || {
        echo "the manual page does not explain $word" >&2
        rc=1
    }
done
exit $rc
