#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# -Q counts the same requests as the default, and none as shorter: queueing comes before issuing.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
need fio

make_loop 64
queue scheduler mq-deadline || untested "a scheduler: no mq-deadline"

compare()
{
    # -Q is started later: at the same event its probe runs after that of the other, so its clock is never behind.
    start issued --format json -v -d "$disk"
    start queued -Q --format json -v -d "$disk"
    "$@"
    settle
    stop queued
    stop issued
    expect "$1: count" "$(json queued 'histograms[0]["count"]')" "$(json issued 'histograms[0]["count"]')"
    expect_true "$1: there is I/O" "$(json issued 'histograms[0]["count"]') > 0"
    expect_true "$1: sum" "$(json queued 'histograms[0]["sum"]') >= $(json issued 'histograms[0]["sum"]')"
    expect "$1: not counted" "$(json queued 'sum(dropped.values())') $(json issued 'sum(dropped.values())')" "0 0"
}

random_mix()
{
    do_fio --rw=randrw --size=8M --offset_increment=8M
}

sequential()
{
    do_fio --rw=read --size=8M --offset_increment=8M # neighbours: many merges
}

compare do_reads 997
compare random_mix
compare sequential
