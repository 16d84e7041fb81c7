#!/usr/bin/env python3
"""Turns a Vivado .bit file into the .bin that Linux's fpga_manager takes on a Zynq-7000.

The header goes, and the bytes of every 32-bit word are reversed: the kernel's zynq-fpga driver looks for the sync word as
66 55 99 AA. Exit code 2 when the file is not such a .bit file or is for another part.

usage: bit_to_bin.py [--part xc7z010clg400-1] IN.bit OUT.bin
"""

import argparse
import os
import pathlib
import sys

SYNC = bytes.fromhex("AA995566")  # UG470, configuration packets
SYNC_WITHIN = 4096                # bytes of dummy and bus-width words before it


class BitError(Exception):
    """The file is not what is needed; the text says where and what to do."""


def parse(data):
    """Returns (fields by letter, configuration bytes): a length and that many bytes, 0001, then a letter, a 16-bit length and
    a text each for 'a' (design), 'b' (part), 'c' (date), 'd' (time); 'e' has a 32-bit length and the configuration."""
    def take(at, count, what):
        if at + count > len(data):
            raise BitError(f"ends at byte {len(data)} in the middle of {what}; write the .bit file again")
        return data[at:at + count], at + count

    raw, at = take(0, 2, "the header")
    _, at = take(at, int.from_bytes(raw, "big"), "the header")
    raw, at = take(at, 2, "the header")
    if raw != b"\x00\x01":
        raise BitError(f"byte {at - 2}: found {raw.hex()}, expected 0001; this is not a .bit file")
    fields = {}
    for letter in "abcd":
        raw, at = take(at, 1, f"field '{letter}'")
        if raw != letter.encode():
            raise BitError(f"byte {at - 1}: found {raw!r}, expected field '{letter}'; this is not a .bit file")
        raw, at = take(at, 2, f"field '{letter}'")
        raw, at = take(at, int.from_bytes(raw, "big"), f"field '{letter}'")
        fields[letter] = raw.rstrip(b"\0").decode("ascii", "replace")
    raw, at = take(at, 1, "field 'e'")
    if raw != b"e":
        raise BitError(f"byte {at - 1}: found {raw!r}, expected field 'e'; this is not a .bit file")
    raw, at = take(at, 4, "field 'e'")
    body, at = take(at, int.from_bytes(raw, "big"), "the configuration")
    if at != len(data):
        raise BitError(f"{len(data) - at} bytes behind the configuration; this is not a .bit file")
    return fields, body


def convert(data, part=""):
    """Returns the bytes of the .bin file; raises BitError."""
    fields, body = parse(data)
    found = fields["b"]
    # The header's part has no speed grade, and no "xc" in front.
    wanted = part.removeprefix("xc").split("-")[0]
    if wanted and found.removeprefix("xc").split("-")[0] != wanted:
        raise BitError(f"is for part '{found}', expected '{wanted}'; build it for the board you have")
    at = body.find(SYNC, 0, SYNC_WITHIN)
    if at < 0 or at % 4 != 0:
        raise BitError(f"no sync word AA995566 on a word boundary in the first {SYNC_WITHIN} bytes of the configuration; "
                       "is it encrypted or compressed by another tool?")
    if len(body) % 4 != 0:
        raise BitError(f"the configuration has {len(body)} bytes, expected whole 32-bit words")
    swapped = bytearray(len(body))
    for i in range(4):
        swapped[i::4] = body[3 - i::4]
    return bytes(swapped)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", default="", help="refuse a file for another part")
    parser.add_argument("bit", type=pathlib.Path)
    parser.add_argument("bin", type=pathlib.Path)
    options = parser.parse_args()
    temporary = options.bin.with_name(options.bin.name + f".{os.getpid()}.tmp")
    try:
        out = convert(options.bit.read_bytes(), options.part)
        temporary.write_bytes(out)
        temporary.replace(options.bin)
    except (BitError, OSError) as error:
        temporary.unlink(missing_ok=True)
        print(f"{options.bit}: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
