# SPDX-License-Identifier: Apache-2.0
"""A bcc that traces nothing, for the main program of biolatency.py: it prints what FAKE_BCC says that the kernel counted.

REAL_BCC is the directory of the real package; its table.py does the printing. FAKE_BCC is a JSON object, all of it optional:
  functions, tracepoints  what the kernel has (names)
  refuses                 why the program cannot be loaded
  intervals               a list, for each interval an object: items, a list of [key, slot, count]; total and count, what -e has
  slow_s                  how long it takes to read the histogram
  ready                   a file that is made right before the first interval
"""

import ctypes
import json
import os
import re
import time

__path__.append(os.environ["REAL_BCC"])  # after this directory, which has libbcc.py

from . import table  # noqa: E402

KERNEL = {"functions": ["blk_mq_start_request", "blk_account_io_start", "blk_account_io_done"], "tracepoints": [],
          "refuses": None, "intervals": [], "slow_s": 0, "ready": None}
KERNEL.update(json.loads(os.environ.get("FAKE_BCC", "{}")))
KEYS = {  # of the histogram, by their names in the text of the program
    "disk_key_t": [("disk", ctypes.c_char * 32), ("slot", ctypes.c_ulonglong)],
    "disk_key_t by number": [("dev", ctypes.c_uint), ("__pad_1", ctypes.c_char * 4), ("slot", ctypes.c_ulonglong)],
    "flag_key_t": [("flags", ctypes.c_ulonglong), ("slot", ctypes.c_ulonglong)],
}


class Histogram(table.TableBase):
    def __init__(self, text):
        found = re.search(r"BPF_HISTOGRAM\(dist, (\w+)\)", text)
        name = found and found.group(1)
        if name == "disk_key_t" and "dev_t dev;" in text:
            name += " by number"
        self.Key = type("Key", (ctypes.Structure,), {"_fields_": KEYS[name]}) if name else ctypes.c_int
        self.interval = 0

    def now(self):
        """What was counted since it was cleared."""
        return KERNEL["intervals"][self.interval] if self.interval < len(KERNEL["intervals"]) else {}

    def make_key(self, key, slot):
        if self.Key is ctypes.c_int:
            return self.Key(slot)
        made = self.Key(key.encode() if isinstance(key, str) else key)
        made.slot = slot
        return made

    def items(self):
        time.sleep(KERNEL["slow_s"])
        return [(self.make_key(key, slot), ctypes.c_ulonglong(count)) for key, slot, count in self.now().get("items", [])]

    def __len__(self):
        return len(self.items())

    def clear(self):
        self.interval += 1

    def __del__(self):
        pass


class Extension:
    def __init__(self, histogram):
        self.histogram = histogram

    def __getitem__(self, index):
        now = self.histogram.now()
        return type("Value", (), {"total": now.get("total", 0), "count": now.get("count", 0)})

    def clear(self):
        pass


class BPF:
    def __init__(self, text):
        if KERNEL["refuses"]:
            raise Exception(KERNEL["refuses"])
        self.tables = {"dist": Histogram(text)}
        self.tables["extension"] = Extension(self.tables["dist"])

    @staticmethod
    def kernel_struct_has_field(struct, field):
        return 0

    @staticmethod
    def get_kprobe_functions(pattern):
        return [name for name in KERNEL["functions"] if re.fullmatch(pattern.decode(), name)]

    @staticmethod
    def tracepoint_exists(category, event):
        return event in KERNEL["tracepoints"]

    def attach_kprobe(self, event, fn_name):
        if event not in KERNEL["functions"]:
            raise Exception("Failed to attach BPF program %s to kprobe %s" % (fn_name, event))

    def attach_tracepoint(self, tp, fn_name):
        pass

    def get_table(self, name):
        if KERNEL["ready"]:
            with open(KERNEL["ready"], "w", encoding="utf-8"):
                pass
        return self.tables[name]
