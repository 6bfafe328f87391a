#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the documents for contributors name is there: files, links, and "`NAME` of `FILE`".

paths.py SOURCE-DIR
"""
import glob
import os
import re
import sys

FOLDERS = r"(?:src|tests|probes|docs|examples|cmake|packaging|completion)"
PATH = re.compile(rf"`(?:\./)?({FOLDERS}/[\w./*-]*)`")
LINK = re.compile(r"\]\(([^)#:]+)\)")
NAMED = re.compile(rf"`([\w.]+)(?:\[\]|\(\))?` of `({FOLDERS}/[\w./-]+)`")


def wrong(source, page):
    text = open(f"{source}/{page}", encoding="utf-8").read()
    for path in PATH.findall(text):
        if "NAME" not in path and not glob.glob(f"{source}/{path}"):
            yield f"{page}: there is no {path}"
    for link in LINK.findall(text):
        if not os.path.exists(os.path.join(source, os.path.dirname(page), link)):
            yield f"{page}: the link {link} leads nowhere"
    for name, path in NAMED.findall(text):
        if os.path.isfile(f"{source}/{path}"):
            with open(f"{source}/{path}", encoding="utf-8") as file:
                if not re.search(rf"\b{re.escape(name)}\b", file.read()):
                    yield f"{page}: {path} has no {name}"


def main(source):
    pages = [os.path.relpath(path, source) for path in glob.glob(f"{source}/*.md") + glob.glob(f"{source}/docs/*.md")]
    lines = [line for page in sorted(pages) for line in wrong(source, page)]
    if len(pages) < 8:
        lines.append(f"only {len(pages)} pages are found")
    print(*lines, sep="\n", file=sys.stderr)
    return 1 if lines else 0


sys.exit(main(sys.argv[1]))
