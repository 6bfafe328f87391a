#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The messages that docs/compatibility.md lists stand in the source, word for word, and it lists all of those that end a run.

messages.py SOURCE-DIR

A message of the page is a line "* `TEXT`: when" in its section. A word in capitals in TEXT stands for what varies.
"""
import glob
import re
import sys

SECTION = "## Messages on stderr"
COMPLETE = ("report.c", "session.c")  # all messages of these files are on the page
LITERAL = r'"(?:[^"\\\n]|\\.)*"'
TEXT = re.compile(rf"{LITERAL}(?:\s*(?:{LITERAL}|PRI\w+))*")
CONVERSION = re.compile(r"%(?:\.[\d*]+)?(?:PRI|ll|l|z)?[a-zA-Z]")
# What may stand for a conversion: a word in capitals, the forms of a plural, which disks, nothing.
VARIES = r"(?:[A-Z]+|s|was|were| on DISKS|)"


def literals(path):
    """The string literals of a C file, those that stand side by side as one."""
    text = re.sub(r"^\s*//.*$|^#.*$", "", open(path, encoding="utf-8").read(), flags=re.M)
    for match in TEXT.finditer(text):
        parts = re.findall(rf"{LITERAL}|PRI\w+", match.group())
        yield "".join(part[1:-1] if part[0] == '"' else "u" for part in parts)


def is_message(text):
    fixed = CONVERSION.sub("", text)
    return len(fixed) >= 8 and " " in fixed and "\\n" not in text


def pattern(text):
    parts = CONVERSION.split(text)
    return re.compile(VARIES.join(re.escape(part) for part in parts) + (r"[A-Z]+" if text.endswith(": ") else ""))


def main(source):
    page = open(f"{source}/docs/compatibility.md", encoding="utf-8").read()
    section = page.partition(f"\n{SECTION}\n")[2].partition("\n## ")[0]
    listed = re.findall(r"^ *\* `([^`]+)`", section, flags=re.M)
    known, wrong = {}, []
    for path in glob.glob(f"{source}/src/**/*.[ch]", recursive=True):
        for text in filter(is_message, literals(path)):
            known[text] = path
    for message in listed:
        if not any(pattern(text).fullmatch(message) for text in known):
            wrong.append(f"no message of src/ reads '{message}'")
    for text, path in known.items():
        if path.endswith(COMPLETE) and not any(pattern(text).fullmatch(message) for message in listed):
            wrong.append(f"it does not list '{text}' of {path}")
    if len(listed) < 20:
        wrong.append(f"only {len(listed)} messages are found below '{SECTION}'")
    for line in wrong:
        print(f"docs/compatibility.md: {line}", file=sys.stderr)
    return 1 if wrong else 0


sys.exit(main(sys.argv[1]))
