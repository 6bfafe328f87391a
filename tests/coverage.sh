#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Prints which part of each source file ran in a build with --coverage: coverage.sh SOURCE-DIR BUILD-DIR
# gcov, which comes with gcc, counts; this adds up. A branch counts when it was taken at least once. The process that
# compiles ends without a word to gcov, so src/bcc/child.c looks worse than it is.
set -euo pipefail
export LC_ALL=C
source=$(realpath "$1") build=$(realpath "$2")

# The notes of the program and the examples (.gcno), also of what never ran. Objects of tests are left out.
notes() {
    find "$build/src" "$build/examples" -path '*/tests/*' -prune -o -name '*.gcno' -print | sort
}

# gcov's words of each file, as a table.
table() {
    awk -F"[:'%]" '
        function row(name, lines, ran, branches, taken) {
            printf "%-28s %6.1f %% of %5d lines  ", name, lines ? 100 * ran / lines : 100, lines
            printf "%6.1f %% of %5d branches\n", branches ? 100 * taken / branches : 100, branches
        }
        function close_file() {
            if (file ~ /^(src|examples)\/.*\.c$/) {
                row(file, lines, ran, branches, taken)
                all_lines += lines; all_ran += ran; all_branches += branches; all_taken += taken; n++
            }
            file = ""; lines = ran = branches = taken = 0
        }
        function total() { split($0, words, " of "); return words[2] }
        /^File / { close_file(); file = $2 }
        /^Lines executed/ && file && !lines { lines = total(); ran = $2 * lines / 100 }
        /^Taken at least once/ { branches = total(); taken = $2 * branches / 100 }
        /^$/ { close_file() }
        END { close_file(); row("all " n " files", all_lines, all_ran, all_branches, all_taken); exit !n }'
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
notes >list
[ -s list ] || {
    echo "coverage.sh: $build was not built with --coverage" >&2
    exit 1
}
xargs gcov --no-output --branch-probabilities --relative-only --source-prefix "$source" <list 2>gcov.err | table || {
    cat gcov.err >&2
    exit 1
}
