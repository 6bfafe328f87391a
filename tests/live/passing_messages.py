#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the commands of docs/passing-messages.md and compares the shape of what they print with what the page shows.

usage: passing_messages.py PAGE BUILD-DIRECTORY. A block of the page that begins with "# COMMAND" is one; what follows in it is what
it prints. The shape of a line: all numbers are alike, spaces are one, flags of the trace pipe too. Lines of other processes may
come in between.
"""

import os
import re
import signal
import subprocess
import sys
import time


def blocks(page):
    """Pairs of a command and the lines below it."""
    for block in re.findall(r"^```\n# (.*?)^```$", page, re.M | re.S):
        command, _, output = block.partition("\n")
        yield command, output.splitlines()


def shape(line):
    line = re.sub(r"-?[0-9]+", "9", re.sub(r" +", " ", line.strip()))
    return re.sub(r" [^ ]+ (9\.9:? )", r" FLAGS \1", line)


def is_ready(text):
    return re.search(r"^(Counting|TIME|TASK)", text, re.M) or re.search(r"^Tracing", text, re.M)


def run_beside(command, workload):
    """What the command prints while the workload runs, until SIGINT."""
    argv = command.split()
    if argv[0].endswith("bench_messages"):
        argv[1:] = ["0.3"]  # the page has a longer run
        return subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True).stdout
    path = "output"
    with open(path, "w", encoding="utf-8") as output:
        with subprocess.Popen(argv, stdout=output, stderr=subprocess.STDOUT) as program:
            deadline = time.monotonic() + 60
            while not is_ready(open(path, encoding="utf-8", errors="replace").read()):
                if program.poll() is not None or time.monotonic() > deadline:
                    break
                time.sleep(0.05)
            time.sleep(0.3)  # those whose first line is a greeting on stderr
            subprocess.run(["bash", "-c", workload], check=True)
            time.sleep(0.5)
            program.send_signal(signal.SIGINT)
            if program.wait() != 0:
                print(f"FAILED: {command}: exit status {program.returncode}")
    with open(path, encoding="utf-8", errors="replace") as output:
        return output.read()


def missing(shown, got):
    """The lines shown that did not come, each as often as it is shown."""
    left = [shape(line) for line in got.splitlines()]
    for line in shown:
        if shape(line) in left:
            left.remove(shape(line))
        else:
            yield line


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        page = file.read()
    os.symlink(sys.argv[2], "build")
    workload, failures, n = None, 0, 0
    for command, shown in blocks(page):
        if not command.startswith("build/"):
            workload = command
            continue
        n += 1
        got = run_beside(command, workload)
        for line in missing(shown, got):
            failures += 1
            print(f"FAILED: {command}: no line like '{line}' in:\n{got[:2000]}")
    if n < 5 or not workload:
        failures += 1
        print(f"FAILED: {n} commands and the workload '{workload}' found in the page")
    return failures > 0


sys.exit(main())
