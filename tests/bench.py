#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The measuring half of tests/bench, which see. usage: bench.py BIOLATENCY STUB-HEADERS WORK-DIR LOOP WHY-NO-COST TRACEFS

The peers take turns, run by run, so that what drifts on the machine hits all alike. Shown are medians and quartiles.
"""

import ctypes
import json
import os
import pty
import select
import signal
import statistics
import subprocess
import sys
import time

LIBBPF_TOOLS = "/usr/sbin/biolatency"
PYTHON = "/usr/bin/python3"
KEPT = "/var/cache/biolatency"  # programs that biolatency has compiled
STATS = "/proc/sys/kernel/bpf_stats_enabled"
DROP_CACHES = "/proc/sys/vm/drop_caches"

# Rounds, and the seconds after which a part stops with those that it has.
START_ROUNDS, START_PYTHON_EACH, START_SECONDS = 60, 5, 50
COLD_ROUNDS, COLD_SECONDS = 15, 60
MEMORY_ROUNDS, MEMORY_SECONDS = 5, 30
COST_ROUNDS, COST_SECONDS = 5, 75
MINIMUM_ROUNDS = 3
LINE_SECONDS = 20  # for the line "Tracing" to come
COST_MODES = [("plain", []), ("-D", ["-D"]), ("-F", ["-F"])]
COST_IOS = 60000

# Ours with what it has kept, and ours where all is compiled.
OURS, COMPILED, THEIRS, BCC = "biolatency", "biolatency --no-cache", "libbpf-tools", "python3 with bcc"

# The same text by bcc's Python: compiled, loaded and attached as src/trace/plan.c has it.
BCC_SCRIPT = """
import ctypes, sys
from bcc import BPF
with open(sys.argv[1]) as file:
    b = BPF(text=file.read())
for point in sys.argv[2:]:
    function, tracepoint = point.split("@")
    loaded = b.load_func(function, BPF.RAW_TRACEPOINT)
    if function == "on_complete_raw" and "on_complete_untimed_raw@block_rq_complete" in sys.argv:
        b["end_program"][ctypes.c_int(0)] = ctypes.c_int(loaded.fd)
    b.attach_raw_tracepoint(tracepoint, function)
print("Tracing", flush=True)
import time
time.sleep(3600)
"""
HANDLERS = [  # ends before starts
    ("HANDLE_COMPLETE_RAW", "on_complete_raw", "block_io_done"),
    ("HANDLE_COMPLETE_PART_RAW", "on_complete_part_raw", "block_rq_complete"),
    ("HANDLE_COMPLETE_UNTIMED_RAW", "on_complete_untimed_raw", "block_rq_complete"),
    ("HANDLE_COMPLETE_UNACCOUNTED_RAW", "on_complete_unaccounted_raw", "block_rq_complete"),
    ("HANDLE_MERGE_RAW", "on_merge_raw", "block_rq_merge"),
    ("HANDLE_ISSUE_RAW", "on_issue_raw", "block_rq_issue"),
]
SECOND_END = ("on_complete_unt", "on_complete_una")  # the kernel keeps 15 characters

libc = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
running = []  # pids to kill, whatever happens


class DidNotStart(Exception):
    pass


# ---- starting and ending what is measured ----


class Run:
    """A program on a terminal of its own, until its line "Tracing". `ms`: from exec to that line."""

    def __init__(self, argv, environment=None, while_waiting=None, before_exec=None):
        began_out, began_in = os.pipe()  # close-on-exec: what is read from it was written just before exec
        master, slave = pty.openpty()
        self.master = master
        self.pid = os.fork()
        if self.pid == 0:
            try:
                self._become(argv, environment, slave, began_in, before_exec)
            finally:
                os._exit(127)
        running.append(self.pid)
        os.close(slave)
        os.close(began_in)
        try:
            with os.fdopen(began_out) as began:
                text = began.read()
            ended = self._wait_for_line(while_waiting)
        except BaseException:
            self.end()
            raise
        self.ms = (ended - float(text)) * 1e3

    @staticmethod
    def _become(argv, environment, slave, began_in, before_exec):
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        os.setsid()
        for fd in range(3):
            os.dup2(slave, fd)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        path, environment = argv[0], {**os.environ, **(environment or {})}
        if before_exec:
            before_exec()
        os.write(began_in, repr(time.monotonic()).encode())
        os.execve(path, argv, environment)

    def _wait_for_line(self, while_waiting):
        output, deadline = b"", time.monotonic() + LINE_SECONDS
        while b"Tracing" not in output:
            left = deadline - time.monotonic()
            ready, _, _ = select.select([self.master], [], [], 0.003 if while_waiting else max(left, 0))
            if ready:
                try:
                    piece = os.read(self.master, 65536)
                except OSError:  # EIO: the other end is closed
                    piece = b""
                now = time.monotonic()
                output += piece
                if not piece:
                    lines = output.decode(errors="replace").split("\n")
                    last = [line.strip() for line in lines if line.strip()][-1:]
                    raise DidNotStart(last[0] if last else "it ended without a word")
            elif left <= 0:
                raise DidNotStart(f"no line \"Tracing\" within {LINE_SECONDS} s")
            if while_waiting:
                while_waiting(self.pid)
        return now

    def end(self):
        """SIGKILL: libbpf-tools' biolatency can miss a SIGINT that comes early. Waits until all of it has gone.

        Returns the bytes that it read from disks, it and all its children: the kernel adds them up as it reaps."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            os.kill(self.pid, signal.SIGKILL)
        blocks = os.wait4(self.pid, 0)[2].ru_inblock
        running.remove(self.pid)
        os.close(self.master)
        try:
            while True:
                blocks += os.wait4(-self.pid, 0)[2].ru_inblock  # its children, which came to this process
        except ChildProcessError:
            pass
        time.sleep(0.03)  # the kernel frees programs and maps a moment later
        return blocks * 512

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()


def command(argv):
    return subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          check=False, preexec_fn=lambda: libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL))


# ---- numbers and tables ----


def quartiles(values):
    if len(values) < 2:
        return values[0], values[0]
    first, _, third = statistics.quantiles(values, n=4, method="inclusive")
    return first, third


def spread(values, digits):
    """Cells: runs, median, quartiles."""
    first, third = quartiles(values)
    return [str(len(values)), f"{statistics.median(values):.{digits}f}", f"{first:.{digits}f}", f"{third:.{digits}f}"]


def table(head, rows):
    """The first column is words, set left, the others numbers, set right."""
    rows = [head] + rows
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    for row in rows:
        cells = [row[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
        print("  " + "  ".join(cells).rstrip())
    sys.stdout.flush()


def ratio_row(title, ours, theirs, target=None):
    """Of the medians of the rounds that have both; the quartiles are of the ratios round by round."""
    both = [i for i in ours if i in theirs]
    value = statistics.median([ours[i] for i in both]) / statistics.median([theirs[i] for i in both])
    first, third = quartiles([ours[i] / theirs[i] for i in both])
    row = [title, f"{value:.2f}", f"{first:.2f}", f"{third:.2f}"]
    if target:
        words, limit = target
        row += [words, "met" if value <= limit else "MISSED"]
    return row


def limit_row(title, values, limit):
    median = statistics.median(values.values())
    return [title, f"{median:.0f}", f"at most {limit}", "met" if median <= limit else "MISSED"]


def say(text):
    print(text, flush=True)


# ---- the peers ----


class Peer:
    def __init__(self, name, argv, environment=None):
        self.name, self.argv, self.environment = name, argv, environment

    def run(self, options=(), while_waiting=None, before_exec=None):
        return Run(self.argv + list(options), self.environment, while_waiting, before_exec)


def bcc_peer(tool, headers, work):
    got = command([tool, "--ebpf"])
    if got.returncode:
        raise DidNotStart("no text from --ebpf: " + got.stderr.strip())
    defines = {line.split()[1] for line in got.stdout.splitlines() if line.startswith("#define ")}
    points = [f"{function}@{tracepoint}" for define, function, tracepoint in HANDLERS if define in defines]
    if "WITH_KERNEL_HEADERS" in defines:
        raise DidNotStart("the kernel has no BTF, so the stub headers do not do")
    if any(define.startswith("HANDLE_") and define.endswith("_KPROBE") for define in defines):
        raise DidNotStart("the plan for this kernel has kprobes, the peer has raw tracepoints only")
    path = os.path.join(work, "biolatency.bpf.c")
    with open(path, "w", encoding="utf-8") as file:
        file.write(got.stdout)
    return Peer(BCC, [PYTHON, "-c", BCC_SCRIPT, path] + points, {"BCC_KERNEL_SOURCE": os.path.realpath(headers)})


def find_peers(tool, headers, work):
    """Those that run here. The first run of each is for this and for the caches; it is not counted."""
    peers = []
    kept = command([tool, "--prepare"])
    if kept.returncode:
        say("biolatency compiles at each start here: " + kept.stderr.strip())
    makers = [
        (OURS, lambda: Peer(OURS, [tool])),
        (COMPILED, lambda: Peer(COMPILED, [tool, "--no-cache"])),
        (THEIRS, lambda: Peer(THEIRS, [LIBBPF_TOOLS])),
        (BCC, lambda: bcc_peer(tool, headers, work)),
    ]
    for name, make in makers:
        try:
            peer = make()
            if not os.path.exists(peer.argv[0]):
                raise DidNotStart(f"{peer.argv[0]} is not there")
            peer.run().end()
            peers.append(peer)
        except DidNotStart as why:
            say(f"not measured: {name}: {why}")
    return {peer.name: peer for peer in peers}


def turns(peers, i):
    """Who begins changes round by round."""
    order = list(peers)
    return order if i % 2 == 0 else order[::-1]


# ---- the parts ----


def measure_start(peers):
    say("\nStart-up: ms from exec to the line \"Tracing\" on a terminal")
    ms = {name: {} for name in peers}
    end = time.monotonic() + START_SECONDS
    for i in range(START_ROUNDS):
        if time.monotonic() > end and i >= MINIMUM_ROUNDS:
            break
        for name in turns(peers, i):
            if name == BCC and i % START_PYTHON_EACH:
                continue
            with peers[name].run() as run:
                ms[name][i] = run.ms
    table(["", "runs", "median", "quartile 1", "quartile 3"],
          [[name] + spread(list(of.values()), 1) for name, of in ms.items()])
    targets = [(OURS, THEIRS, ("at most 0.7", 0.7)), (COMPILED, THEIRS, ("at most 2.05", 2.05)),
               (COMPILED, BCC, ("at most 1/3", 1 / 3))]
    rows = [ratio_row(f"{one} / {other}", ms[one], ms[other], target) for one, other, target in targets
            if one in ms and other in ms]
    if rows:
        table(["", "ratio", "quartile 1", "quartile 3", "target", ""], rows)


def status_kb(pid, field):
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
        for line in file:
            if line.startswith(field + ":"):
                return int(line.split()[1])
    return 0


# ---- cold starts ----


class ReadRequests:
    """Counts the requests with which a process and its children read from disks, by the kernel's event block_getrq: it comes
    once a request, in the context of who submits. In an instance of tracefs, so that nobody else's tracing notices."""

    def __init__(self, tracefs):
        self.path = os.path.join(tracefs, "instances", f"biolatency-bench-{os.getpid()}")
        os.mkdir(self.path)
        self._write("options/event-fork", "1")
        self._write("events/block/block_getrq/filter", 'rwbs ~ "R*"')

    def _write(self, name, text):
        with open(os.path.join(self.path, name), "w", encoding="ascii") as file:
            file.write(text)

    def follow(self):
        """In the process that is about to become what is measured. Without a process to follow, the kernel follows all."""
        self._write("set_event_pid", str(os.getpid()))
        self._write("trace", "")
        self._write("events/block/block_getrq/enable", "1")

    def stop(self):
        self._write("events/block/block_getrq/enable", "0")

    def count(self):
        self.stop()
        with open(os.path.join(self.path, "trace"), encoding="ascii", errors="replace") as file:
            return sum("block_getrq:" in line for line in file)

    def close(self):
        self.stop()
        os.rmdir(self.path)


def drop_caches():
    os.sync()  # what is dirty stays
    with open(DROP_CACHES, "w", encoding="ascii") as file:
        file.write("3")


class MappedFiles:
    """The files that a process and its children map, seen while its line is waited for; and those that it reads besides."""

    def __init__(self):
        self.paths = {os.path.join(KEPT, name) for name in os.listdir(KEPT)} if os.path.isdir(KEPT) else set()

    def __call__(self, pid):
        for process in [pid] + children_of(pid):
            try:
                with open(f"/proc/{process}/maps", encoding="ascii", errors="replace") as file:
                    self.paths |= {line.split(maxsplit=5)[5].rstrip("\n") for line in file if " /" in line}
            except OSError:
                pass

    def evict(self):
        for path in self.paths:
            try:
                fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            except OSError:
                continue
            os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(fd)


def find_eviction(peers):
    """How the page cache is emptied here: words, and a function."""
    try:
        drop_caches()
        return "but for what other processes map", drop_caches
    except OSError:
        files = MappedFiles()
        for peer in peers.values():
            peer.run(while_waiting=files).end()
        return f"of the programs' own files only, as {DROP_CACHES} cannot be written", files.evict


def cold_start(peer, evict, requests):
    """{measure: number} of one start."""
    evict()
    run = peer.run(before_exec=requests.follow if requests else None)
    bytes_read = run.end()
    measures = {"ms": run.ms, "kB read": bytes_read / 1024}
    if requests:
        measures["requests"] = requests.count()
    return measures


def cold_tables(of):
    """of: {(peer, measure): {round: number}}."""
    table(["", "starts", "median", "quartile 1", "quartile 3"],
          [[f"{name}, {measure}"] + spread(list(values.values()), int(measure == "ms"))
           for (name, measure), values in of.items()])
    if (OURS, "ms") in of and (THEIRS, "ms") in of:
        table(["", "ratio", "quartile 1", "quartile 3", "target", ""],
              [ratio_row(f"{OURS} / {THEIRS}, ms", of[OURS, "ms"], of[THEIRS, "ms"], ("at most 1.2", 1.2))])
    rows = [limit_row(f"{OURS}, {measure}", of[OURS, measure], limit)
            for measure, limit in (("kB read", 3000), ("requests", 60)) if (OURS, measure) in of]
    if rows:
        table(["", "median", "target", ""], rows)


def measure_cold(peers, tracefs):
    peers = {name: peer for name, peer in peers.items() if name != BCC}
    how, evict = find_eviction(peers)
    try:
        requests = ReadRequests(tracefs)
    except OSError as why:
        requests = None
        say(f"not measured: requests of a cold start: {why}")
    try:
        say("\nCold start: until the line \"Tracing\", with all children; the page cache is emptied before each (" + how + ")")
        of, end = {}, time.monotonic() + COLD_SECONDS
        for i in range(COLD_ROUNDS):
            if time.monotonic() > end and i >= MINIMUM_ROUNDS:
                break
            for name in turns(peers, i):
                for measure, number in cold_start(peers[name], evict, requests).items():
                    of.setdefault((name, measure), {})[i] = number
    finally:
        if requests:
            requests.close()
    if not any(number for (_, measure), values in of.items() for number in values.values() if measure == "kB read"):
        raise DidNotStart("what is evicted does not come from a disk again")
    cold_tables({key: of[key] for key in sorted(of)})


# ---- memory ----


def is_child(entry, pid):
    try:
        with open(f"/proc/{entry}/stat", "rb") as file:
            return int(file.read().rsplit(b")", 1)[1].split()[1]) == pid
    except OSError:
        return False


def children_of(pid):
    return [int(entry) for entry in os.listdir("/proc") if entry.isdigit() and is_child(entry, pid)]


class CompilerWatch:
    """The highest VmHWM seen of a child of the process, while its line is waited for."""

    def __init__(self):
        self.kb, self.children = 0, []

    def __call__(self, pid):
        if not self.children:
            self.children = children_of(pid)
        for child in self.children:
            try:
                self.kb = max(self.kb, status_kb(child, "VmHWM"))
            except OSError:
                pass


def measure_memory(peers):
    say("\nMemory of the tracing process, after it has printed its first histogram: kB")
    kb = {name: {"VmRSS": {}, "VmHWM": {}} for name in peers}
    compiler = {}
    end = time.monotonic() + MEMORY_SECONDS
    for i in range(MEMORY_ROUNDS):
        if time.monotonic() > end and i >= MINIMUM_ROUNDS:
            break
        for name in turns(peers, i):
            watch = CompilerWatch() if name == COMPILED else None
            with peers[name].run([] if name == BCC else ["1"], watch) as run:
                time.sleep(1.5)
                for field, of in kb[name].items():
                    of[i] = status_kb(run.pid, field)
            if watch and watch.kb:
                compiler[i] = watch.kb
    table(["", "runs", "median", "quartile 1", "quartile 3"],
          [[f"{name}, {field}"] + spread(list(of.values()), 0) for name, fields in kb.items()
           for field, of in fields.items()])
    if OURS in kb:
        rows = [ratio_row(f"{OURS} / {peer}, {field}", kb[OURS][field], kb[peer][field])
                for peer in kb if peer not in (OURS, COMPILED) for field in ("VmRSS", "VmHWM")]
        if rows:
            table(["", "ratio", "quartile 1", "quartile 3"], rows)
        table(["", "median", "target", ""], [limit_row(f"{OURS}, VmRSS", kb[OURS]["VmRSS"], 2047)])
    if compiler:
        runs, median, _, _ = spread(list(compiler.values()), 0)
        say(f"  {COMPILED} compiles in a child that is gone by then: VmHWM of it at least {median} kB"
            f" (looked at every few ms, {runs} runs)")


def bpf_programs():
    got = command(["bpftool", "prog", "show", "--json"])
    if got.returncode:
        raise DidNotStart("bpftool prog show: " + (got.stderr.strip() or got.stdout.strip()))
    return {program["id"]: program for program in json.loads(got.stdout or "[]")}


def held_programs(pid):
    """Ids of the programs that the process has open, itself or by a link."""
    held = set()
    for entry in os.listdir(f"/proc/{pid}/fdinfo"):
        try:
            with open(f"/proc/{pid}/fdinfo/{entry}", encoding="ascii", errors="replace") as file:
                held |= {int(line.split()[1]) for line in file if line.startswith("prog_id:")}
        except OSError:
            pass
    return held


def fio(loop):
    got = command(["fio", "--name=bench", f"--filename={loop}", "--rw=randread", "--bs=4k", "--iodepth=16",
                   "--ioengine=libaio", "--direct=1", "--thread", f"--number_ios={COST_IOS}", "--output-format=json"])
    if got.returncode:
        raise DidNotStart("fio: " + (got.stderr.strip().splitlines() or ["it failed"])[-1])


def cost_of_run(peer, options, loop):
    """{program: (run_time_ns, run_cnt)}, and the requests: how often the start program ran."""
    before = bpf_programs()
    with peer.run(options) as run:
        fio(loop)
        time.sleep(0.05)
        held = held_programs(run.pid)
        now = bpf_programs()
    costs = {}
    for number, program in now.items():
        if number not in before and (not held or number in held) and program.get("run_cnt"):
            costs[program.get("name", str(number))] = (program.get("run_time_ns", 0), program["run_cnt"])
    starts = [cnt for name, (_, cnt) in costs.items() if name.startswith("start") or "issue" in name]
    if not starts:
        raise DidNotStart(f"{peer.name}: no program that ran at the start of requests")
    return costs, max(starts)


def cost_rows(mode, runs):
    """runs: {peer: [(costs, requests)]}. Rows of the table, and {peer: {round: ns a request in sum}}."""
    rows, sums = [], {}
    for name, of in runs.items():
        for program in dict.fromkeys(program for costs, _ in of for program in costs):
            seen = [(*costs[program], n) for costs, n in of if program in costs]
            rows.append([f"{mode}  {name}  {program}", str(len(seen)),
                         f"{statistics.median([ns / cnt for ns, cnt, _ in seen]):.0f}",
                         f"{statistics.median([cnt / n for _, cnt, n in seen]):.2f}"]
                        + spread([ns / n for ns, _, n in seen], 0)[1:] + [""])
        sums[name] = {i: sum(ns for ns, _ in costs.values()) / n for i, (costs, n) in enumerate(of)}
        runs_cell, *sum_cells = spread(list(sums[name].values()), 0)
        rows.append([f"{mode}  {name}  in sum", runs_cell, "", ""] + sum_cells
                    + [f"{statistics.median([n for _, n in of]):.0f}"])
    return rows, sums


def second_end_row(mode, of):
    shares = [(sum(ns for program, (ns, _) in costs.items() if program.startswith(SECOND_END)) / n,
               sum(ns for ns, _ in costs.values()) / n) for costs, n in of]
    if not any(ns for ns, _ in shares):
        return None
    return ([f"{mode}  second end event of biolatency"] + spread([ns for ns, _ in shares], 0)
            + [f"{statistics.median([100 * ns / total for ns, total in shares]):.0f} %"])


def measure_cost(peers, loop):
    say(f"\nTime in the kernel's BPF programs: ns, by kernel.bpf_stats_enabled; fio: {COST_IOS} random reads of 4 kB"
        " on a loop device, 16 at a time")
    peers = {name: peer for name, peer in peers.items() if name not in (BCC, COMPILED)}
    runs = {mode: {name: [] for name in peers} for mode, _ in COST_MODES}
    with open(STATS, "w", encoding="ascii") as file:  # tests/bench puts it back
        file.write("1")
    fio(loop)  # for the caches
    end = time.monotonic() + COST_SECONDS
    for i in range(COST_ROUNDS):
        if time.monotonic() > end and i >= MINIMUM_ROUNDS:
            break
        for mode, options in COST_MODES:
            for name in turns(peers, i):
                runs[mode][name].append(cost_of_run(peers[name], options, loop))
    rows, ratios, seconds = [], [], []
    for mode, _ in COST_MODES:
        mode_rows, sums = cost_rows(mode, runs[mode])
        rows += mode_rows
        if OURS in sums and THEIRS in sums:
            ratios.append(ratio_row(f"{mode}  {OURS} / {THEIRS}, ns a request", sums[OURS], sums[THEIRS]))
        if OURS in sums:
            seconds.append(second_end_row(mode, runs[mode][OURS]))
    table(["", "rounds", "ns a run", "runs a request", "ns a request", "quartile 1", "quartile 3", "requests"], rows)
    say("  (programs that did not run are left out)")
    if ratios:
        table(["", "ratio", "quartile 1", "quartile 3"], ratios)
    seconds = [row for row in seconds if row]
    if seconds:
        table(["", "rounds", "ns a request", "quartile 1", "quartile 3", "of the sum"], seconds)


def leave(number, _):
    for other in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(other, signal.SIG_IGN)
    sys.exit(128 + number)


def main():
    tool, headers, work, loop, no_cost, tracefs = sys.argv[1:]
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)  # of the shell that cleans up
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)
    began = time.monotonic()
    system = os.uname()
    say(f"Linux {system.release} {system.machine}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.2f}.\n"
        "Peers take turns; ratios are of the medians of the rounds that both ran in, their quartiles are of rounds.")
    try:
        peers = find_peers(tool, headers, work)
        if not peers:
            say("not measured: anything: none of the programs can trace here")
            return 1
        parts = [("start-up", lambda: measure_start(peers)), ("cold start", lambda: measure_cold(peers, tracefs)),
                 ("memory", lambda: measure_memory(peers))]
        if no_cost:
            parts.append(("cost per I/O", lambda: say(f"\nnot measured: cost per I/O: {no_cost}")))
        else:
            parts.append(("cost per I/O", lambda: measure_cost(peers, loop)))
        for name, part in parts:
            try:
                part()
            except (DidNotStart, OSError) as why:
                say(f"not measured: {name}: {why}")
        say(f"\nThis took {time.monotonic() - began:.0f} s.")
        return 0 if OURS in peers else 1
    finally:
        for pid in list(running):
            try:
                os.killpg(pid, signal.SIGKILL)
            except OSError:
                pass


if __name__ == "__main__":
    sys.exit(main())
