# SPDX-License-Identifier: Apache-2.0
"""Makes docs/kernels.md from what the guests found: table.py OUT NAME... reads OUT/NAME/results.txt."""
import datetime
import sys

TESTS = [
    ("counts", "997 reads and 499 writes on a disk of every kind, in every grouping",
     "counted by this program, of what was done (and what the kernel's own counters say)"),
    ("latency", "Disks with a known completion time", "median found"),
    ("hard", "Requests in parts, put back, failing, merging, flushing, and disks taken away",
     "counted from issue, and with -Q"),
    ("deep", "A deep queue on two CPUs", "counted, of what the kernel counted"),
    ("single", "Single I/Os: --slower, --slowest", "found"),
    ("ways", "The examples: hello_world, hello_perf_output, clone_count", "found"),
    ("many", "200 disks under load, -D", "found"),
    ("behind", "Left behind after any end", "found"),
    ("against", "Beside Debian's biolatency.py", "found"),
    ("lockdown", "Lockdown", "found"),
]

HEAD = """# Kernels

Made by `./check vm` on {date} from what its virtual machines (x86-64, QEMU) found; not written by hand. Debian's own
kernels with Debian's own libbcc; the program is built against each. What each test does is in `tests/vm/guest/`.

| machine | kernel and libbcc | verdict |
|---|---|---|
"""

MODES = """
## Modes and the probes that they use

Each mode traced the same 101 reads and 53 writes, and must count them all. Options: none is the default, from issue to
end; `--no-btf` leaves the kernel's BTF aside and takes its headers. Which probes are expected where is in
`tests/vm/plans/`; a run with others fails.

| machine | options | probes | counted |
|---|---|---|---|
"""

TAIL = """
## Not run

* Kernels before 5.10, and those between the ones above. The choice of probes for recorded kernels from 4.9 to 7.3 is tested
  without them (`tests/plan`). What 4.9 to 4.20 need (legacy queues, kprobes as named events, kernel headers, locked
  memory) was written from those kernels' sources and has not run on them.
* Other machines than x86-64.
* Disks that QEMU and these kernels do not have: real hardware, multipath, RBD, ublk.
"""


def read(path):
    kernel, verdict, rows = "", "did not end", []
    with open(path, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            line = line.rstrip("\n")
            if line.startswith("kernel "):
                kernel = line[len("kernel "):]
            elif line.startswith("verdict "):
                verdict = {"ok": "passed"}.get(line[len("verdict "):], "failed")
            elif line.startswith("result|"):
                rows.append(line.split("|")[1:])
    return kernel, verdict, rows


def probes(text):
    return text.replace("raw:", "raw tracepoint ").replace(" raw tracepoint", ", raw tracepoint").replace(
        " kprobe:", ", kprobe:").replace("kprobe:", "kprobe ")


def main():
    found = {name: read(f"{sys.argv[1]}/{name}/results.txt") for name in sys.argv[2:]}
    print(HEAD.format(date=datetime.date.today()), end="")
    for name, (kernel, verdict, _) in found.items():
        print(f"| {name} | {kernel} | {verdict} |")
    print(MODES, end="")
    for name, (_, _, rows) in found.items():
        for test, *fields in rows:
            if test == "attach":
                options, points, counted = fields
                print(f"| {name} | {f'`{options}`' if options else ''} | {probes(points)} | {counted} |")
    for test, title, what in TESTS:
        print(f"\n## {title}\n\n| machine | {what} |\n|---|---|")
        for name, (_, _, rows) in found.items():
            for kind, *fields in rows:
                if kind == test:
                    print(f"| {name} | {' '.join(fields)} |")
    print(TAIL, end="")


main()
