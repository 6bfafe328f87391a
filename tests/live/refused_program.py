#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes of a kept program one that the verifier refuses, with a checksum that is right: refused_program.py FILE"""
import struct
import sys

HEADER, MAP, FUNCTION, INSTRUCTION = 56, 88, 88, 8  # sizes; see src/bcc/kept_file.h

with open(sys.argv[1], "rb") as file:
    data = bytearray(file.read())
_, key_size, n_maps, n_functions, n_instructions, _ = struct.unpack_from("=6I", data, 16)
first = HEADER + n_maps * MAP + n_functions * FUNCTION
assert len(data) == first + n_instructions * INSTRUCTION + key_size, "not a kept program"
data[first:first + INSTRUCTION] = struct.pack("=BBhi", 0xbf, 0x90, 0, 0)  # r0 = r9, which holds nothing yet
data[8:16] = bytes(8)
checksum = 0xcbf29ce484222325
for byte in data:
    checksum = (checksum ^ byte) * 0x100000001b3 % (1 << 64)
data[8:16] = struct.pack("=Q", checksum)
with open(sys.argv[1], "r+b") as file:
    file.write(data)
