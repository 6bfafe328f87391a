#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Requests for which block_io_done does not fire: see untimed.c, which is $1.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

make_loop 16
rc=0
"$tool" "$disk" || rc=$?
((rc != 77)) || skip "this kernel has no block_io_done, or no BTF"
expect "exit status" "$rc" 0
