# SPDX-License-Identifier: Apache-2.0
"""Reads output of --format json and holds it to its schema and to its order.

usage: json_rows.py SCHEMA FILE [EXPRESSION]

SCHEMA: docs/biolatency.schema.json; '' where it cannot be held to it. FILE: one object a line; '-': lines of stdin that are in no
order. EXPRESSION: Python, printed; it sees

    rows        all objects          intervals, histograms, samples: those of that type
    dropped     the sums of all "dropped"
    blocks      for each interval (interval, [histogram ...], [sample ...])
    end         the last object of --slower, else None
    is_top(histogram, samples)  these samples, the slowest first, are the top of that histogram of microseconds
"""
import collections
import json
import sys


class Refused(Exception):
    pass


def refuse(what):
    raise Refused(what)


def strict_loads(line):
    def pairs(items):
        if len(dict(items)) != len(items):
            raise ValueError("a key comes twice")
        return dict(items)

    def constant(what):
        raise ValueError("not RFC 8259: " + what)

    return json.loads(line, parse_constant=constant, object_pairs_hook=pairs)


def validate(rows, schema):
    try:
        import jsonschema
    except ImportError:
        refuse("not compared with its schema: python3-jsonschema is not installed")
    with open(schema, encoding="utf-8") as file:
        validator = jsonschema.Draft7Validator(json.load(file))
    kinds = validator.schema["definitions"]
    for number, row in enumerate(rows, 1):
        if validator.is_valid(row):
            continue
        kind = kinds.get(row.get("type") if isinstance(row, dict) else None)
        problems = validator.evolve(schema={**validator.schema, "oneOf": [kind]}).iter_errors(row) if kind else []
        why = [context.message for problem in problems for context in problem.context or [problem]]
        refuse("line %d is not as its schema wants: %.500s: %s" % (number, row, why or "no such type"))


def blocks_of(rows):
    """Each interval, its histograms, then its samples."""
    blocks = []
    for row in rows:
        if row["type"] == "interval":
            blocks.append((row, [], []))
        elif not blocks:
            refuse("%s comes before the first interval" % row["type"])
        elif row["type"] == "histogram":
            if blocks[-1][2]:
                refuse("a histogram comes after a sample")
            if any(row[key] != blocks[-1][0][key] for key in ("time", "seconds", "unit")):
                refuse("a histogram is of another interval than the one before it")
            blocks[-1][1].append(row)
        else:
            blocks[-1][2].append(row)
    return blocks


def stream_of(rows):
    """Samples, and an end that knows how many."""
    end = rows[-1]
    if [row["type"] for row in rows] != ["sample"] * (len(rows) - 1) + ["end"]:
        refuse("not samples and an end")
    if end["samples"] != len(rows) - 1:
        refuse("the end says %d samples, there are %d" % (end["samples"], len(rows) - 1))
    return end


def is_top(histogram, samples):
    slots = [slot for slot in reversed(histogram["buckets"]) for _ in range(min(slot[2], len(samples)))]
    taken = [sample["latency_ns"] // 1000 for sample in samples]
    return taken == sorted(taken, reverse=True) and all(slot[0] <= us < slot[1] for us, slot in zip(taken, slots))


def names(rows):
    of = collections.defaultdict(list)
    for row in rows:
        of[row["type"]].append(row)
    dropped = collections.Counter()
    for row in of["interval"] + of["end"]:
        for reason, n in row["dropped"].items():
            dropped[reason] += n
    streams = bool(rows) and rows[-1]["type"] == "end"
    return {"rows": rows, "intervals": of["interval"], "histograms": of["histogram"], "samples": of["sample"],
            "dropped": dropped, "is_top": is_top, "blocks": [] if streams else blocks_of(rows), "end": stream_of(rows) if streams else None}


def main():
    schema, path, *expression = sys.argv[1:]
    with (sys.stdin if path == "-" else open(path, encoding="utf-8")) as file:
        rows = [strict_loads(line) for line in file]
    if schema:
        validate(rows, schema)
    if path == "-":
        if not rows:
            refuse("no lines")
        print("%d lines are as the schema wants" % len(rows))
        return
    scope = names(rows)
    if expression:
        print(eval(expression[0], scope))


if __name__ == "__main__":
    try:
        main()
    except Refused as problem:
        sys.exit("json_rows.py: %s: %s" % (sys.argv[2], problem))
