#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Lockdown: with integrity (as under Secure Boot) all works; with confidentiality the refusal is told. There is no way
# back from lockdown: this test is a guest's last.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

state=/sys/kernel/security/lockdown
[[ -w $state ]] || wrong "this kernel has no lockdown"
make_nullb lockdown completion_nsec=10000

echo integrity >$state
expect_match "lockdown" "$(cat $state)" '\[integrity\]'
start integrity -F -d "$disk"
do_reads 101 "/dev/$disk"
settle
stop integrity
expect "integrity" "$(text_sum integrity)" 101
result lockdown "integrity: 101 of 101"

echo confidentiality >$state
refused "confidentiality" 1 'confidentiality' -d "$disk"
result lockdown "confidentiality: $(cut -c1-400 "$work/refused.err")"
