# SPDX-License-Identifier: Apache-2.0
"""For situations.sh: takes docs/examples.md apart, and compares what commands print with what the page shows.

situations.py split PAGE DIRECTORY DISK: a directory block-NN for each ```console block, with the files title, load, commands
    (DISK in the place of the page's disks, one interval of a second), shown and options.
situations.py compare BLOCK: does BLOCK/got have the lines of BLOCK/shown, but for numbers, names of disks and how often?
"""
import os
import re
import sys

DISK = r"\b(loop\d+|vda\d*|sd[a-z]\d*|nvme\d+n\d+|zram\d+)\b"


def shorten(command, disk):
    command = re.sub(r"(biolatency-c(?: -[^|>]*?)?) \d+ (\d+)(?= *$| *[|>])",
                     r"\1 1 1", command)
    return re.sub(r"\bloop\d+\b", disk, command)


def split(page, directory, disk):
    title, load, number = "", None, 0
    inside, commands, shown = False, [], []
    for line in open(page, encoding="utf-8"):
        line = line.rstrip("\n")
        if line.startswith("## "):
            title = line[3:]
        elif line.startswith("<!-- test: "):
            load = line[len("<!-- test: "):-len(" -->")]
        elif line == "```console":
            assert load, f"{title}: a block without a load"
            inside, commands, shown = True, [], []
        elif line == "```" and inside:
            number += 1
            path = f"{directory}/block-{number:02}"
            os.mkdir(path)
            words = load.split("; ")
            for name, text in (("title", title), ("load", words[0]), ("options", " ".join(words[1:])),
                               ("commands", "\n".join(commands) + "\n"), ("shown", "\n".join(shown) + "\n")):
                with open(f"{path}/{name}", "w", encoding="utf-8") as file:
                    file.write(text)
            inside, load = False, None
        elif inside and line.startswith("# "):
            commands.append(shorten(line[2:], disk))
        elif inside:
            shown.append(line)


def shape(line):
    if re.fullmatch(r" +\d+ -> \d+ +: \d+ +\|[* ]+\|", line):
        return "a row of a histogram"
    if re.match(r"\d\d:\d\d:\d\d\.\d{6} .* /", line):
        return "a single I/O"
    if re.match(r"(default|-Q|--slowest|--attach [a-z-]+( -Q)?) +(BTF|headers|none) ", line):
        return "a mode: " + line[:27]
    if re.match(r"(?!mode )[A-Za-z][A-Za-z ]{14} ", line):
        return "a fact: " + line[:15]
    if line.startswith("no "):
        return None  # why a mode does not work: not everywhere
    if line.startswith("BEGAN "):
        line = " ".join(line.split())  # as wide as what is below it
    line = line.replace("NoMerge-", "")
    line = re.sub(DISK, "DISK", line)
    return re.sub(r"\d+", "N", line)


def shapes(path):
    return {shape(line.rstrip("\n")) for line in open(path, encoding="utf-8")} - {None, ""}


def compare(block):
    shown, got = shapes(block + "/shown"), shapes(block + "/got")
    may_be_empty = open(block + "/options", encoding="utf-8").read() == "may be empty"
    for line in sorted(got - shown):
        print(f"not on the page: {line}", file=sys.stderr)
    for line in sorted(shown - got):
        if not may_be_empty:
            print(f"not printed: {line}", file=sys.stderr)
    return not got - shown and (may_be_empty or not shown - got)


if sys.argv[1] == "split":
    split(*sys.argv[2:])
else:
    sys.exit(0 if compare(sys.argv[2]) else 1)
