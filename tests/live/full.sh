#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Where the map does not take all requests in flight, what was counted and what was not add up to what was done.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
need fio

make_loop 64
queue nomerges 2

load()
{
    do_fio --rw=randread --size=8M --offset_increment=8M
}

not_counted()
{
    sed -nE 's/^[^:]*: ([0-9]+) requests? (was|were) not counted: more were in flight.*\(--max-requests\)$/\1/p' "$(err_of "$1")"
}

for room in 1 4; do
    for options in "" "-Q" "-D -F"; do
        # shellcheck disable=SC2086
        measure text load --max-requests "$room" -d "$disk" $options
        lost=$(not_counted text)
        expect_true "--max-requests $room $options: some are lost" "${lost:-0} > 0"
        expect_counted "--max-requests $room $options: counted and not" text "$(($(text_sum text) + ${lost:-0}))" "$delta"
        expect "--max-requests $room $options: done" "$delta" 8192
        expect "--max-requests $room $options: lines on stderr" "$(grep -vcE 'the kernel (skipped|ran no probe)' "$(err_of text)")" 1
    done
    measure json load --format json -v --max-requests "$room" -d "$disk"
    lost=$(json json 'dropped["requests_map_full"]')
    expect_true "json: some are lost" "$lost > 0"
    expect_counted "json: counted and not" json "$(($(json json 'histograms[0]["count"]') + lost))" "$delta"
    expect "json: skipped" "$(json json 'sum(dropped[k] for k in ("probe_skipped", "completion_not_seen"))')" "$(skipped json)"
    expect "json and stderr" "$(not_counted json)" "$lost"
done

measure enough load -d "$disk"
expect_counted "with room: counted" enough "$(text_sum enough)" "$delta"
expect "with room: stderr" "$(grep -vE 'the kernel (skipped|ran no probe)' "$(err_of enough)" || true)" ''
