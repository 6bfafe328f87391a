#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the renderers with bcc's own table.py and biolatency.py's flags_print, as installed here, byte for byte.

usage: oracle.py RENDER_DRIVER [SEED]. Exit status 77: what to compare with is not installed.
"""

import ast
import contextlib
import ctypes
import io
import itertools
import json
import os
import random
import subprocess
import sys
import time

BIOLATENCY = ["/usr/sbin/biolatency-bpfcc", "/usr/share/bcc/tools/biolatency"]
WHEN = 1795000000
FRAMES = 6000
LARGEST = 2 ** 64 - 1
SUB = 32  # slots for each power of two: probes/abi.h
MISSED = ["requests_map_full", "histogram_map_full", "no_start_time", "negative",
          "completion_not_seen", "in_flight_at_start"]  # abi.h's order
PERCENTILES = [("p50", 500), ("p90", 900), ("p99", 990), ("p99.9", 999), ("max", 1000)]
failures = {}  # kind: how many


def skip(reason):
    print("SKIP:", reason)
    sys.exit(77)


try:
    import bcc.table
except ImportError as problem:
    skip("no python3-bpfcc: %s" % problem)
if not hasattr(bcc.table, "_print_log2_hist"):
    skip("this bcc.table has no _print_log2_hist")


def fail(kind, got, want, why=""):
    failures[kind] = failures.get(kind, 0) + 1
    if failures[kind] <= 2:
        print("FAILED: %s %s\n  got:  %.1200r\n  want: %.1200r" % (kind, why, got, want))


# ---- slots, from their description in probes/abi.h ----

def slot_of(value):
    if value < SUB:
        return value
    e = value.bit_length() - 1
    return (e - 4) * SUB + ((value >> (e - 5)) & (SUB - 1))


def bounds(slot):
    if slot < SUB:
        return slot, slot
    e = slot // SUB + 4
    low = (SUB + slot % SUB) << (e - 5)
    return low, low + (1 << (e - 5)) - 1


def log2_slot(value):
    return max(1, value.bit_length())


# ---- random groups ----

class Group:
    def __init__(self, disk, flags, values, total=0):
        self.disk, self.flags, self.total = disk, flags, total
        self.values = sorted(values.items())
        self.count = sum(values.values())
        self.cells = {}
        for value, count in self.values:
            self.cells[slot_of(value)] = self.cells.get(slot_of(value), 0) + count

    def log2(self):
        vals = [0] * bcc.table.log2_index_max
        for value, count in self.values:
            vals[log2_slot(value)] += count
        return vals

    def words(self):
        words = ["x" + self.disk.encode().hex(), "x" + self.flags.encode().hex(), self.total, len(self.cells)]
        return words + [word for cell in sorted(self.cells.items()) for word in cell]


def random_value(rng, bits):
    return rng.getrandbits(rng.randint(0, bits)) if bits else 0


SHAPES = {
    "empty": lambda rng: {},
    "single": lambda rng: {random_value(rng, 64): rng.randint(1, 10 ** 6)},
    "first": lambda rng: {rng.randint(0, 1): rng.randint(1, 100)},
    "sparse": lambda rng: {random_value(rng, 64): rng.randint(1, 1000) for _ in range(rng.randint(1, 5))},
    "narrow": lambda rng: {random_value(rng, 32): rng.randint(1, 1000) for _ in range(rng.randint(1, 60))},
    "dense": lambda rng: {random_value(rng, 24): rng.randint(1, 10 ** 5) for _ in range(rng.randint(50, 300))},
    "wide": lambda rng: {random_value(rng, 64): rng.randint(1, 50) for _ in range(rng.randint(50, 300))},
    "border": lambda rng: {max(0, (1 << b) - rng.randint(0, 1)): rng.randint(1, 9)
                           for b in rng.sample(range(64), rng.randint(1, 20))},
    "columns": lambda rng: {random_value(rng, 40): 10 ** rng.randint(5, 10) - rng.randint(0, 1) for _ in range(8)},
    "huge": lambda rng: {random_value(rng, 36): rng.randint(1, 2 ** 53 // 12) for _ in range(rng.randint(1, 12))},
    "ratio": lambda rng: ratios(rng, 10 ** rng.randint(1, 6)),
    "huge ratio": lambda rng: ratios(rng, rng.randint(2 ** 48, 2 ** 53)),
}


def ratios(rng, largest):
    """Counts at and right next to the fractions where one more star is printed."""
    values = {2: largest}
    for i in range(2, 30):
        count = largest * rng.randint(1, 40) // 40 + rng.randint(-1, 1)
        values[1 << i] = min(max(count, 1), largest)
    return values


def random_groups(rng, shape, by_disk, by_flags):
    values = SHAPES[shape]
    if not by_disk and not by_flags:
        return [Group("", "", values(rng), rng.getrandbits(40))]
    groups = []
    for i in range(rng.randint(0, 5)):
        title = rng.choice(["Sync-Write", "Read", "NoWait-Idle-Read", "Unknown"])
        group = Group("sd%c%d" % (97 + i, i) if by_disk else "", "%s%d" % (title, i) if by_flags else "", values(rng))
        if group.count:
            groups.append(group)
    return groups


# ---- what bcc prints ----

def key_type(header):
    return type("Key", (ctypes.Structure,), {"_fields_": [(header, ctypes.c_char * 64), ("slot", ctypes.c_ulonglong)]})


class Table(bcc.table.TableBase):
    """A table with given contents in place of a map of the kernel."""

    def __init__(self, key, items):
        self.Key, self.pairs = key, items

    def items(self):
        return self.pairs

    def __len__(self):
        return len(self.pairs)

    def __iter__(self):
        return iter(key for key, _ in self.pairs)

    def __del__(self):
        pass


def table_of(groups, header):
    if not header:
        counts = groups[0].log2()
        return Table(ctypes.c_int, [(ctypes.c_int(i), ctypes.c_ulonglong(n)) for i, n in enumerate(counts)])
    key = key_type(header)
    return Table(key, [(key(getattr(group, header).encode(), slot), ctypes.c_ulonglong(n))
                       for group in groups for slot, n in enumerate(group.log2()) if n])


def bcc_output(form, groups, unit, header, timestamp):
    out = io.StringIO()
    table = table_of(groups, header)
    show = table.print_json_hist if form == "dict" else table.print_log2_hist
    with contextlib.redirect_stdout(out):
        print()
        if timestamp:
            print("%-8s\n" % time.strftime("%H:%M:%S", time.localtime(WHEN)), end="")
        show(unit, header or "disk", lambda name: name.decode())
    return out.getvalue()


def freeze_clock():
    bcc.table.strftime = lambda form: time.strftime(form, time.localtime(WHEN))


# ---- cases ----

class Case:
    def __init__(self, rng, form, number):
        self.form = form
        self.shape = list(SHAPES)[number % len(SHAPES)]
        self.unit = rng.choice(["usecs", "msecs"])
        self.by_disk, self.by_flags = rng.choice([(0, 0), (1, 0), (0, 1)] + ([(1, 1)] if form == "json" else []))
        self.timestamp = rng.randint(0, 1)
        self.seconds = rng.choice([0.0, 0.0004, 1.0, 0.9996, rng.uniform(0, 1e6)])
        self.missed = [rng.choice([0, rng.getrandbits(64)]) for _ in MISSED]
        self.skipped = rng.getrandbits(rng.randint(1, 64))
        self.groups = random_groups(rng, self.shape, self.by_disk, self.by_flags)

    def command(self):
        words = ["frame", self.form, self.unit, repr(self.seconds), self.by_disk, self.by_flags, self.timestamp, 0, 0]
        words += self.missed + [self.skipped, len(self.groups)]
        for group in self.groups:
            words += group.words()
        return " ".join(map(str, words))

    def check(self, got):
        if self.form == "json":
            check_json(self, got)
            return
        header = "disk" if self.by_disk else "flags" if self.by_flags else ""
        want = bcc_output(self.form, self.groups, self.unit, header, self.timestamp)
        if got != want:
            fail("%s, %s" % (self.form, self.shape), got, want, first_difference(got, want))
        if self.form == "dict":
            check_dicts(self, got)


def first_difference(got, want):
    for number, (a, b) in enumerate(zip(got.split("\n"), want.split("\n"))):
        if a != b:
            return "(first in line %d: %r, not %r)" % (number, a, b)
    return "(one is longer)"


def check_dicts(case, got):
    lines = [line for line in got.split("\n") if line.startswith("{")]
    if len(lines) != len(case.groups) or not all(isinstance(ast.literal_eval(line), dict) for line in lines):
        fail("dict, %s" % case.shape, got, "%d dictionaries" % len(case.groups))


# ---- JSON ----

def strict_loads(line):
    def refuse(what):
        raise ValueError("not RFC 8259: " + what)

    def pairs(items):
        if len(dict(items)) != len(items):
            raise ValueError("a key comes twice")
        return dict(items)

    return json.loads(line, parse_constant=refuse, object_pairs_hook=pairs)


def check_percentiles(case, group, percentiles):
    if list(percentiles) != [name for name, _ in PERCENTILES]:
        fail("json percentiles", percentiles, PERCENTILES)
    for name, per_mille in PERCENTILES:
        got = percentiles[name]
        if not group.count:
            if got is not None:
                fail("json, empty", got, None)
            continue
        rank = max(1, -(-group.count * per_mille // 1000))
        seen = itertools.accumulate(count for _, count in group.values)
        truth = next(value for (value, _), total in zip(group.values, seen) if total >= rank)
        # What was counted as `truth` took less than the unit above it. The largest number stays as it is.
        if not min(truth + 1, LARGEST) <= got <= min(truth + truth // 32 + 1, LARGEST):
            fail("json, %s, %s" % (case.shape, name), got, truth)


def compare_objects(kind, case, got, want):
    """None in want: not looked at here."""
    if list(got) != list(want):
        fail("json, keys of " + kind, list(got), list(want))
        return False
    for key in want:
        if want[key] is not None and got[key] != want[key]:
            fail("json, %s, %s, %s" % (kind, case.shape, key), got[key], want[key])
    if abs(got["seconds"] - case.seconds) > 0.00051:
        fail("json seconds", got["seconds"], case.seconds)
    return True


def wanted_time():
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(WHEN)) + ".123+05:45"


def check_interval(case, got):
    want = {"type": "interval", "version": 2, "time": wanted_time(), "seconds": None, "unit": case.unit}
    want["dropped"] = dict(zip(MISSED, case.missed), probe_skipped=case.skipped)
    compare_objects("interval", case, got, want)


def check_histogram(case, group, got):
    want = {"type": "histogram", "time": wanted_time(), "seconds": None}
    if case.by_disk:
        want["disk"] = group.disk
    if case.by_flags:
        want["flags"] = group.flags
    want.update({"unit": case.unit, "count": group.count, "sum": group.total, "percentiles": None})
    want["buckets"] = [[bounds(slot)[0], min(bounds(slot)[1] + 1, LARGEST), count] for slot, count in sorted(group.cells.items())]
    if not compare_objects("histogram", case, got, want):
        return
    if sum(count for _, _, count in got["buckets"]) != got["count"]:
        fail("json, buckets do not add up", got, group.count)
    check_percentiles(case, group, got["percentiles"])


def check_json(case, got):
    lines = got.split("\n")
    if lines.pop() != "" or len(lines) != 1 + len(case.groups):
        fail("json lines", got, 1 + len(case.groups))
        return
    check_interval(case, strict_loads(lines[0]))
    for line, group in zip(lines[1:], case.groups):
        check_histogram(case, group, strict_loads(line))


# ---- odd names ----

def odd_names():
    names = [bytes([c]) for c in range(1, 128)] + [b"a" + bytes([c]) + b"z" for c in range(1, 256)]
    names += [b"it's", b'say "hi"', b"'\"", b"\\", b"a\\'b\"", b"", b"\t\r\n", "\u00e9\u4e2d\U0001f4bd".encode()]
    names += [b"\xc0\xaf", b"\xe0\x80\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xf0\x8f\xbf\xbf", b"\xf5\x80\x80\x80",
              b"\xe4\xb8", b"\xf0\x9f\x92", b"\xc3", b"\xe4\xb8x", b"\xc2\x80", b"\xef\xbf\xbf", b"\xf4\x8f\xbf\xbf"]
    return names


def odd_command(form, name):
    return "frame %s usecs 1 1 0 0 0 0 %s 0 1 x%s x 0 1 5 1" % (form, " ".join("0" for _ in MISSED), name.hex())


def check_odd_json(name, got):
    line = got.decode("utf-8").split("\n", 1)[1]  # strict
    disk = strict_loads(line)["disk"]
    try:
        want = name.decode("utf-8")
    except UnicodeDecodeError:
        if "\ufffd" not in disk or disk.encode("utf-8", "replace") == name:
            fail("json, odd name", disk, name)
        return
    if disk != want:
        fail("json, odd name", disk, want)


def check_odd_dict(name, got):
    if any(c >= 0x80 for c in name):
        return  # printed as it came
    want = (", 'disk': %r}\n" % name.decode()).encode()
    if not got.endswith(want):
        fail("dict, odd name", got[-len(want) - 4:], want)


# ---- flags ----

def load_flags_print():
    """biolatency.py's tables and function, cut out of the installed file."""
    path = next((path for path in BIOLATENCY if os.path.exists(path)), None)
    if not path:
        return None
    with open(path, encoding="utf-8") as file:
        tree = ast.parse(file.read())

    def wanted(node):
        if isinstance(node, ast.Assign):
            return getattr(node.targets[0], "id", "").upper().startswith("REQ_")
        return isinstance(node, ast.FunctionDef) and node.name == "flags_print"

    scope = {}
    exec(compile(ast.Module([node for node in tree.body if wanted(node)], []), path, "exec"), scope)
    return scope


def flag_cases(scope):
    bits = [scope[name] for name in ("REQ_SYNC", "REQ_META", "REQ_PRIO", "REQ_NOMERGE", "REQ_IDLE", "REQ_FUA", "REQ_RAHEAD",
                                     "REQ_BACKGROUND", "REQ_NOWAIT")]
    sets = [sum(bit for i, bit in enumerate(bits) if chosen >> i & 1) for chosen in range(1 << len(bits))]
    ops = sorted(set(scope["req_opf"]) | {4, 8, 10, 13, 34, 63, 64, 255})
    return [chosen | op for chosen in sets for op in ops]


# ---- run ----

def drive(driver, commands):
    run = subprocess.run([driver], input="".join(command + "\n" for command in commands).encode(), stdout=subprocess.PIPE)
    if run.returncode:
        sys.exit("the driver ended with %d" % run.returncode)
    answers = run.stdout.split(b"\x1e\n")
    if len(answers) != len(commands) + 1 or answers.pop():
        sys.exit("%d commands, %d answers" % (len(commands), len(answers)))
    return answers


def check_frames(driver, rng):
    cases = [Case(rng, form, number) for number in range(FRAMES // 3) for form in ("text", "dict", "json")]
    for case, got in zip(cases, drive(driver, [case.command() for case in cases])):
        case.check(got.decode())
    print("%d frames, %d histograms" % (len(cases), sum(len(case.groups) for case in cases)))


def check_odd(driver):
    names = [name for name in odd_names() if b"\x1e" not in name]
    for form, check in (("json", check_odd_json), ("dict", check_odd_dict)):
        for name, got in zip(names, drive(driver, [odd_command(form, name) for name in names])):
            check(name, got)
    print("%d odd names" % len(names))


def check_flags(driver):
    scope = load_flags_print()
    if not scope:
        print("flags left out: none of", *BIOLATENCY)
        return
    cases = flag_cases(scope)
    for flags, got in zip(cases, drive(driver, ["title %d" % flags for flags in cases])):
        want = scope["flags_print"](flags) + "\n"
        if got.decode() != want:
            fail("flags title", got, want, "(%#x)" % flags)
    print("%d flag sets" % len(cases))


def main():
    driver, seed = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1
    os.environ["TZ"] = "XXX-5:45"
    time.tzset()
    freeze_clock()
    check_frames(driver, random.Random(seed))
    check_odd(driver)
    check_flags(driver)
    if failures:
        sys.exit("differences: %s" % failures)


if __name__ == "__main__":
    main()
