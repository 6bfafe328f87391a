#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# docs/passing-messages.md: its commands run, and print what it shows.
# shellcheck source-path=SCRIPTDIR source=examples.sh
. "${0%/*}/examples.sh"
with_tracefs

page=$(realpath "${0%/*}/../../docs/passing-messages.md")
build=$(realpath "${tool%/*}/..")
timeout 0.3 cat /sys/kernel/tracing/trace_pipe >/dev/null || true # lines of others that are there already
cd "$work"
/usr/bin/python3 "${arguments[2]}" "$page" "$build" || wrong "the page is not as it is"
