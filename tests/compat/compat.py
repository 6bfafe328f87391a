#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Shows each difference of docs/compatibility.md on both sides: the real main program of biolatency.py over fake/bcc, which
traces nothing, and this program where that needs no tracing (elsewhere the live test that the document names has this side).

usage: compat.py PROGRAM RENDER_DRIVER [CASE]...      compat.py --list
Exit status 77: there is no biolatency.py here. Every release is tried that is installed, or in a root directory of ./check vm.
"""

import contextlib
import glob
import inspect
import io
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
INSTALLED = ["/usr/sbin/biolatency-bpfcc", "/usr/share/bcc/tools/biolatency"]
PACKAGES = "usr/lib/python3/dist-packages/bcc"
CACHE = os.environ.get("BIOLATENCY_VM_CACHE", "/var/cache/biolatency-vm")
GREETING = "Tracing block device I/O... Hit Ctrl-C to end.\n"
NEVER_ENDS = "never ends"
NEVER_ENDS_S = 1.0  # so long without an end
COMMAND_LINES = 600
MINUTE = "60"  # an interval in which a signal comes
failures = 0
told = {}  # (what was run, what it did): by which of the programs


def matches(text, wanted):
    return wanted is None or re.fullmatch(wanted, text, re.DOTALL) is not None


class Run:
    """What a command did."""

    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    def short(self):
        last = self.err.strip().rsplit("\n", 1)[-1]
        return "exit %s, stdout %.60r (%d bytes), stderr ...%.100r" % (self.status, self.out, len(self.out), last)


class Side:
    """One of the two programs: how to run it, and its name."""

    def __init__(self, name, command, environment=None, version=None):
        self.name, self.command, self.version = name, command, version
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON") and key != "COLUMNS"}
        self.environment = dict(inherited, LC_ALL="C.UTF-8", **(environment or {}))

    def start(self, *words, kernel=None, stdout=subprocess.PIPE, **more):
        environment = dict(self.environment, **more.pop("environment", {}))
        if kernel:
            environment["FAKE_BCC"] = json.dumps(kernel)
        return subprocess.Popen([*self.command, *words], stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE,
                                env=environment, cwd="/", **more)

    def run(self, *words, timeout_s=60, **more):
        return finish(self.start(*words, **more), timeout_s)

    def check(self, what, got, status, out=None, err=None):
        """A regular expression each for stdout and stderr."""
        global failures
        told.setdefault((what, got.short()), []).append(self.name)
        if got.status == status and matches(got.out, out) and matches(got.err, err):
            return
        failures += 1
        print("FAILED: %s, %s: wanted exit %s, stdout %r, stderr %r\n  stdout %r\n  stderr %r" %
              (self.name, what, status, out, err, got.out, got.err))

    def expect(self, words, status, out=None, err=None, **more):
        got = self.run(*words, **more)
        self.check(" ".join(words), got, status, out, err)
        return got

    def refuses(self, words, status, why):
        """One line on stderr, nothing else: of this program."""
        return self.expect(words, status, "", r"[^\n]+: [^\n]*(?:%s)[^\n]*\n" % why)


def its_sides():
    """biolatency.py's, oldest first, each release once."""
    places = [(path, "/" + PACKAGES) for path in INSTALLED]
    places += [(root + "/usr/sbin/biolatency-bpfcc", "%s/%s" % (root, PACKAGES)) for root in glob.glob(CACHE + "/*/root")]
    sides = {}
    for path, package in places:
        try:
            with open(package + "/version.py", encoding="utf-8") as file:
                words = re.search(r"'(\d+)\.(\d+)", file.read())
            with open(path, encoding="utf-8"):
                version = int(words.group(1)), int(words.group(2))
        except OSError:
            continue
        environment = {"REAL_BCC": package, "PYTHONPATH": HERE + "/fake", "PYTHONDONTWRITEBYTECODE": "1"}
        name = "biolatency.py %d.%d" % version
        sides.setdefault(version, Side(name, [sys.executable, path], environment, version))
    return [sides[version] for version in sorted(sides)]


def finish(process, timeout_s):
    try:
        out, err = process.communicate(timeout=timeout_s)
        status = process.returncode
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        status = NEVER_ENDS
    return Run(status, (out or b"").decode(), err.decode())


class Both:
    """What a case has: `its`, the releases that have the options of today, and `ours`."""

    def __init__(self, program, driver):
        every = its_sides()
        self.old = [side for side in every if side.version < (0, 25)]  # without -d and -e
        self.its = [side for side in every if side.version >= (0, 25)]
        self.ours = Side("here", [program])
        self.driver = driver
        self.makes_text = self.ours.run("--ebpf").status == 0  # needs the types of the kernel

    def ours_accepts(self, *words, text=""):
        """Without tracing: --ebpf comes after all has been looked at. `text`: what it must print."""
        if self.makes_text:
            self.ours.expect(["--ebpf", *words], 0, ".*(?:%s).*" % text, "")
        else:
            print("  not tested here: %s, as this kernel has no BTF" % (words,))

    def render(self, command):
        run = subprocess.run([self.driver], input=command + "\n", stdout=subprocess.PIPE, text=True, check=True)
        return Run(run.returncode, run.stdout.replace("\x1e\n", ""), "")


def python_error(name):
    return r"Traceback .*\n%s: .*" % name


def block(*items, **more):
    return {"intervals": [dict(items=[list(item) for item in items], **more)]}


def disk_keys(side, *names_and_numbers):
    """Each release has its own key for a disk."""
    return [name if side.version < (0, 28) else number for name, number in names_and_numbers]


# ---- the command line ----

def help_text(both):
    for side in both.its:
        got = side.expect(["-h"], 0, r"usage: \S+ \[-h\] \[-T\] .*Summarize block device I/O latency as a histogram.*-d sdc +# Trace sdc only\n", "")
        wide = side.run("-h", environment={"COLUMNS": "200"})
        side.check("-h, COLUMNS=200", wide, 0, r"usage: [^\n]*\[count\]\n.*", "")
        assert wide.out != got.out
    got = both.ours.expect(["-h"], 0, r"usage: \S+ \[OPTION\]\.\.\. \[interval\] \[count\]\n.*", "")
    assert both.ours.run("-h", environment={"COLUMNS": "200"}).out == got.out


def usage_errors(both):
    for words in (["-x"], ["--dis"], ["--e"], ["-T5"], ["-d"], ["-d", "-x"], ["1", "1", "1"], ["--json=1"]):
        for side in both.its:
            got = side.expect(words, 2, "", r"usage: .*\n\S+: error: [^\n]+\n")
            why = got.err.rstrip("\n").split(": error: ")[1]
        both.ours.expect(words, 2, "", r"[^\n:]+: %s \(--help shows all options\)\n" % re.escape(why))


def option_between_numbers(both):
    refuses = sys.version_info < (3, 13, 1)
    for words in (["1", "-m", "5"], ["-m", "1", "-T", "5"]):
        for side in both.its:
            if refuses:
                side.expect(words, 2, "", r"usage: .*unrecognized arguments: 5\n")
            else:
                side.expect(["--ebpf", *words], 0, r".*delta /= 1000000;.*")
        both.ours_accepts(*words, text=r"#define UNIT_NS 1000000\n")


def new_options(both):
    lines = both.ours.run("-h").out.split("\noptions:\n")[1].split("\n\n")[0].split("\n")
    options = [(line.split()[0], line) for line in lines if line.lstrip().startswith("-")]
    news = [option.rstrip(",") for option, _ in options if option[:2] not in [*("-" + letter for letter in "hTQmDFejd")]]
    assert {"-P", "--format", "--slowest", "--slower", "--version"} <= set(news), news
    for side in both.its:
        for option in news:
            side.expect([option], 2, "", r"usage: .*unrecognized arguments: %s\n" % option)
    both.ours.expect(["--version"], 0, r"biolatency [^\n]+\n", "")
    both.ours_accepts("-P", "--format", "json", "-v")


def old_names_first(both):
    """A prefix that means one of its options means it here too, whatever was added."""
    words = [word for name in ("timestamp", "queued", "milliseconds", "disks", "flags", "extension", "json", "ebpf")
             for word in ("--" + name[:n] for n in range(1, len(name) + 1))]
    for word in words:
        statuses = {side.run(word, "--ebpf").status for side in both.its}
        if both.makes_text:
            statuses.add(both.ours.run(word, "--ebpf").status)
        if len(statuses) != 1:
            raise AssertionError("%s: exit statuses %s" % (word, statuses))
    print("  %d prefixes: accepted or refused by both" % len(words))


def ebpf_text(both):
    for side in both.its:
        side.expect(["--ebpf"], 0, r".*BPF_HASH\(start, struct .*delta /= 1000;.*", "")
    both.ours_accepts(text="#define UNIT_NS 1000\n.*BPF_HASH")


def ebpf_looks_at_numbers(both):
    for side in both.its:
        side.expect(["--ebpf", "abc"], 0, r".*BPF_HASH.*", "")
    both.ours.refuses(["--ebpf", "abc"], 2, "interval 'abc' is not a whole number")


def older_than_disk(both):
    """Before 0.25."""
    for side in both.old:
        side.expect(["-d", "sda"], 2, "", r".*unrecognized arguments: -d sda\n" if sys.version_info >= (3, 13, 1) else None)
        side.expect(["-e"], 2, "", r".*unrecognized arguments: -e\n")
        side.expect(["--disk", "0", "1"], 0, r".*\ndisk = b'sda'\n.*", "", kernel=block(("sda", 3, 1)))
        side.expect(["-j", "--dis", "0", "1"], 0, r"\n\{.*'Bucket ptr': b'sda'\}\n", "", kernel=block(("sda", 3, 1)))
    if not both.old:
        print("  not tested here: there is no release before 0.25")
    both.ours.refuses(["--disk", "0", "1"], 1, "no such disk '0'")
    both.ours.refuses(["--dis", "1", "1"], 2, "ambiguous option")


def random_words(both):
    """Whatever one accepts as a command line, the other does; the numbers are looked at later, and have cases of their own."""
    vocabulary = ["-T", "-m", "-D", "-F", "-e", "-j", "-Q", "-mT", "-jD", "--milli", "--ti", "--dis", "--disks", "--disk=null",
                  "--e", "--ext", "--fl", "--", "-", "-x", "-mx", "-m=", "-m=T", "-h", "-mh", "--js=1", "-T5", "1", "5", " 5 ",
                  "+5", "1_0", "-1", "1 1", "-1 1", "--no such", "", "-d", "-dnull", "-d=null", "--disk", "null"]
    rng, apart = random.Random(1), 0
    parse = parser_of(both.its[-1])
    for _ in range(COMMAND_LINES):
        words = [rng.choice(vocabulary) for _ in range(rng.randint(1, 5))]
        its, ours = parse(words), both.ours.run("--ebpf", *words)
        if numbers_stand_apart(its):
            apart += 1
        elif (its.status == 2) != (ours.status == 2 and not re.match(r"[^:]+: (interval|count) '", ours.err)):
            raise AssertionError("%r: biolatency.py says %r, here %r" % (words, its.err, ours.err))
    print("  %d command lines: the same usage errors; in %d more numbers stand apart" % (COMMAND_LINES - apart, apart))
    assert apart < COMMAND_LINES / 3


def numbers_stand_apart(its):
    """Then Python before 3.13.1 refuses the second: option_between_numbers."""
    unknown = its.err.partition("unrecognized arguments: ")[2]
    return sys.version_info < (3, 13, 1) and its.status == 2 and unknown and not re.search(r"(^| )-(x|-no-)", unknown)


def parser_of(side):
    """Its parser in this process: to start Python for each command line would take long."""
    with open(side.command[1], encoding="utf-8") as file:
        source = file.read().replace("from bcc import BPF", "")
    end = "\nargs = parser.parse_args()\n"
    code = compile(source[:source.index(end)] + end, side.command[1], "exec")

    def parse(words):
        out, err = io.StringIO(), io.StringIO()
        sys.argv, saved = ["biolatency", *words], sys.argv
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                exec(code, {"__name__": "__main__"})
        except SystemExit as left:
            return Run(left.code, out.getvalue(), err.getvalue())
        finally:
            sys.argv = saved
        return Run(0, out.getvalue(), err.getvalue())

    return parse


# ---- checks and exit status ----

def bad_interval(both):
    for word, error in (("abc", "ValueError"), ("1.5", "ValueError"), ("", "ValueError"), ("-1", "ValueError"), ("0x5", "ValueError"),
                        ("1s", "ValueError"), ("9223372037", "OverflowError")):
        for side in both.its:
            side.expect([word], 1, re.escape(GREETING), python_error(error))
            side.expect(["-j", word], 1, "", python_error(error))
        both.ours.refuses([word], 2, "interval '%s' is not a whole number" % re.escape(word))


def bad_count(both):
    for word in ("abc", "1.5", ""):
        for side in both.its:
            side.expect(["1", word], 1, "", python_error("ValueError"))
        both.ours.refuses(["1", word], 2, "count '%s' is not a whole number" % re.escape(word))


def zero_interval(both):
    for side in both.its:
        began_s = time.monotonic()
        side.expect(["0", "3"], 0, re.escape(GREETING) + "\n\n\n", "")
        assert time.monotonic() - began_s < 10
        side.expect(["0"], NEVER_ENDS, timeout_s=NEVER_ENDS_S)
    both.ours.refuses(["0", "3"], 2, "interval '0' is not a whole number")


def zero_count(both):
    for word in ("0", "-1"):
        for side in both.its:
            side.expect(["0", word], NEVER_ENDS, timeout_s=NEVER_ENDS_S)
        both.ours.refuses(["1", word], 2, "count '%s' is not a whole number" % word)


def other_digits(both):
    long = "0" * 4300 + "3"
    three = re.escape(GREETING) + "\n\n\n"
    for side in both.its:
        side.expect(["0", "\u0663"], 0, three, "")
        side.expect(["0", "\u00a03"], 0, three, "")
        if sys.version_info >= (3, 11):
            side.check("0 000...3", side.run("0", long), 1, "", python_error("ValueError"))
    both.ours.refuses(["1", "\u0663"], 2, "is not a whole number")
    both.ours.refuses(["1", "\u00a03"], 2, "is not a whole number")
    if both.makes_text:
        both.ours.check("1 000...3", both.ours.run("--ebpf", "1", long), 0, None, "")


def order_of_checks(both):
    for side in both.its:
        side.expect(["abc", "-d", "nosuch"], 1, "no such disk 'nosuch'\n", "")
    both.ours.refuses(["abc", "-d", "nosuch"], 2, "interval 'abc' is not a whole number")


def no_such_disk(both):
    for side in both.its:
        side.expect(["-d", "nosuch"], 1, "no such disk 'nosuch'\n", "")
    both.ours.refuses(["-d", "nosuch"], 1, "no such disk 'nosuch'")


def not_a_disk(both):
    with tempfile.NamedTemporaryFile() as file:
        for word in ("null", "/dev/null", file.name, "/tmp", ""):
            for side in both.its:
                side.expect(["-d", word, "0", "1"], 0, re.escape(GREETING) + "\n", "")
    for word in ("null", "/dev/null", ""):
        both.ours.refuses(["-d", word], 1, "is not a disk but|no such disk ''")


def disk_and_flags(both):
    message = r"ERROR: can only use -D or -F\. Exiting\.\n"
    for side in both.its:
        status = 1 if side.version >= (0, 36) else 0
        side.expect(["-D", "-F"], status, message, "")
        side.expect(["-DF", "-d", "nosuch"], status, message, "")
    both.ours_accepts("-D", "-F", text="#define BY_DISK.*#define BY_FLAGS|#define BY_FLAGS.*#define BY_DISK")
    both.ours.refuses(["-DF", "-d", "nosuch"], 1, "no such disk 'nosuch'")


NEW_KERNEL = {"functions": ["blk_mq_start_request"], "tracepoints": ["block_io_start", "block_io_done", "block_rq_complete"]}


def flags_without_functions(both):
    """A kernel of today: the functions that accounted are inlined, there are tracepoints."""
    for side in both.its:
        if side.version >= (0, 36):
            side.expect(["-F", "0", "1"], 1, r"ERROR: blk_account_io_start/done probes not available\. Can't use -F\.\n", "",
                        kernel=NEW_KERNEL)
            side.expect(["0", "1"], 0, re.escape(GREETING) + "\n", "", kernel=NEW_KERNEL)
        elif side.version < (0, 28):
            side.expect(["0", "1"], 1, "", python_error("Exception"), kernel=NEW_KERNEL)
    both.ours_accepts("-F", text="#define BY_FLAGS")


def cannot_load(both):
    for side in both.its:
        side.expect(["1", "1"], 1, "", r"Traceback .*\nException: Failed to compile BPF module <text>\n",
                    kernel={"refuses": "Failed to compile BPF module <text>"})
    if os.getuid() != 0:
        both.ours.refuses(["1", "1"], 1, "not permitted to trace")


# ---- stdout ----

def order_of_sections(both):
    for side in both.its:
        # Unknown numbers of disks are "?" since 0.28: flags then, which both have.
        side.expect(["-F", "0", "1"], 0, r".*flags = Write\n.*flags = Read\n.*flags = Discard\n.*", "",
                    kernel=block((1, 3, 1), (0, 3, 1), (3, 3, 1)))


def equal_titles(both):
    sync_write, preflush = 1 | 1 << 11, 1 << 18
    for side in both.its:
        side.expect(["-F", "0", "1"], 0, r".*\nflags = Sync-Write\n.*\nflags = Sync-Write\n.*", "",
                    kernel=block((sync_write, 3, 1), (sync_write | preflush, 3, 1)))
    both.ours.check("title", both.render("title %d" % (sync_write | preflush)), 0, "Preflush-Sync-Write\n")


def unknown_operations(both):
    for side in both.its:
        side.expect(["-F", "0", "1"], 0, r".*\nflags = WriteSame\n.*\nflags = Unknown\n.*", "",
                    kernel=block((7, 3, 1), (17, 3, 1)))


def unknown_disk(both):
    for side in both.its:
        keys = disk_keys(side, ("", 4095 << 20))
        title = re.escape(disk_keys(side, ("<unknown>", "?"))[0])
        side.expect(["-D", "0", "1"], 0, r".*\ndisk = %s\n.*" % title, "", kernel=block((keys[0], 3, 1)))
        if side.version >= (0, 28):
            side.expect(["-D", "0", "1"], 0, r".*\ndisk = \?\n.*\ndisk = \?\n.*", "",
                        kernel=block((4095 << 20, 3, 1), (4094 << 20, 3, 1)))


def large_totals(both):
    total = 2 ** 53 + 1
    line = "\navg = %d usecs, total: %d usecs, count: 1\n\n"
    for side in both.its:
        side.expect(["-e", "0", "1"], 0, ".*" + re.escape(line % (total - 1, total)), "",
                    kernel=block((0, 54, 1), total=total, count=1))
    got = both.render("frame text usecs 1 0 0 0 1 0 0 0 0 0 0 0 0 1 x x %d 1 5 1" % total)
    both.ours.check("-e, a total of 2^53 + 1", got, 0, ".*" + re.escape(line % (total, total)))


def late_in_a_pipe(both):
    for side in both.its[-1:]:
        process = side.start("1", "2")
        time.sleep(1.6)
        os.set_blocking(process.stdout.fileno(), False)
        early = process.stdout.read()
        os.set_blocking(process.stdout.fileno(), True)
        out, err = process.communicate()
        assert early is None, early
        side.check("1 2, into a pipe", Run(process.returncode, out.decode(), err.decode()), 0, re.escape(GREETING) + "\n\n")


def drift(both):
    for side in both.its[-1:]:
        began_s = time.monotonic()
        side.expect(["1", "2"], 0, kernel={"slow_s": 0.4})
        took_s = time.monotonic() - began_s
        print("  two intervals of 1 s, 0.4 s to print each: %.1f s" % took_s)
        assert took_s >= 2.8


# ---- signals, and where the output goes ----

def signalled(side, number, *words, kernel=None, unbuffered="", **more):
    """Sends it in the first interval."""
    with tempfile.TemporaryDirectory() as directory:
        ready = directory + "/ready"
        process = side.start(*words, kernel=dict(kernel or {}, ready=ready), environment={"PYTHONUNBUFFERED": unbuffered}, **more)
        while not os.path.exists(ready) and process.poll() is None:
            time.sleep(0.02)
    time.sleep(0.3)  # it says nothing when its sleep begins
    process.send_signal(number)
    return finish(process, NEVER_ENDS_S)


def last_block(both):
    for side in both.its:
        for number in (signal.SIGTERM, signal.SIGHUP):
            side.check("%s, into a pipe" % number.name, signalled(side, number, MINUTE), -number, "", "")
        side.check("SIGTERM, unbuffered", signalled(side, signal.SIGTERM, MINUTE, unbuffered="1"), -signal.SIGTERM,
                   re.escape(GREETING), "")
        # The same here: see live_signals.
        side.check("SIGINT", signalled(side, signal.SIGINT, MINUTE, kernel=block((0, 3, 7))), 0,
                   re.escape(GREETING) + r"\n     usecs  .*: 7 .*", "")


def interrupt_ignored(both):
    def ignore():
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    for side in both.its:
        side.check("SIGINT, ignored by the caller", signalled(side, signal.SIGINT, MINUTE, preexec_fn=ignore), NEVER_ENDS)


def interrupt_while_printing(both):
    for side in both.its:
        side.check("SIGINT while it reads", signalled(side, signal.SIGINT, "0", "1", kernel={"slow_s": 10}), -signal.SIGINT, None,
                   python_error("KeyboardInterrupt").replace(": ", ".?"))


def closed_pipe(both):
    for side in (*both.its, both.ours):
        reading, writing = os.pipe()
        os.close(reading)
        words = ["--ebpf"] if side in both.its else ["--help"]
        got = side.run(*words, stdout=writing)
        os.close(writing)
        if side in both.its:
            side.check("into a closed pipe", got, 120, "", r".*BrokenPipeError.*")
        else:
            side.check("into a closed pipe", got, 0, "", "")


def full_output(both):
    with open("/dev/full", "wb") as full:
        for side in both.its:
            side.check(">/dev/full", side.run("--ebpf", stdout=full), 120, "", r".*No space left on device.*")
        both.ours.check(">/dev/full", both.ours.run("--help", stdout=full), 1, "", r"[^\n]*: cannot write to standard output: [^\n]*\n")


def no_output(both):
    def close():
        os.close(1)
    for side in both.its:
        side.check(">&-", side.run("0", "1", stdout=None, preexec_fn=close), 0, "", "")
    both.ours.check(">&-", both.ours.run("--help", stdout=None, preexec_fn=close), 1, "",
                    r"[^\n]*: cannot write to standard output: [^\n]*\n")


CASES = [help_text, usage_errors, option_between_numbers, new_options, old_names_first, ebpf_text, ebpf_looks_at_numbers,
         older_than_disk, random_words, bad_interval, bad_count, zero_interval, zero_count, other_digits, order_of_checks,
         no_such_disk, not_a_disk, disk_and_flags, flags_without_functions, cannot_load, order_of_sections, equal_titles,
         unknown_operations, unknown_disk, large_totals, late_in_a_pipe, drift, last_block, interrupt_ignored,
         interrupt_while_printing, closed_pipe, full_output, no_output]


def tell():
    for (what, did), names in told.items():
        print("  %-26s %-24s %s" % (names[0] + ", ".join(["", *(name.split()[-1] for name in names[1:])]), what[:60], did))
    told.clear()


def run_case(case, both):
    global failures
    print(case.__name__)
    try:
        case(both)
    except AssertionError as problem:
        failures += 1
        line = inspect.trace()[-1].lineno
        print("FAILED: %s, line %d: %s" % (case.__name__, line, problem))
    tell()


def main():
    if sys.argv[1:] == ["--list"]:
        print("\n".join(case.__name__ for case in CASES))
        return
    both = Both(*map(os.path.realpath, sys.argv[1:3]))
    if not both.its:
        print("SKIP: no biolatency.py here (Debian: bpfcc-tools, python3-bpfcc)")
        sys.exit(77)
    print("%s; Python %s" % (", ".join(side.name for side in both.old + both.its), sys.version.split()[0]))
    for case in CASES:
        if not sys.argv[3:] or case.__name__ in sys.argv[3:]:
            run_case(case, both)
    if failures:
        sys.exit("%d failed" % failures)


if __name__ == "__main__":
    main()
