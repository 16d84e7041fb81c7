#!/usr/bin/env python3
"""Writes one C++ file that includes every source Verilator made: one compilation, cross-file inlining.

usage: join_verilated.py DIRECTORY PREFIX OUTPUT
"""

import pathlib
import sys


def main():
    directory, prefix, output = pathlib.Path(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3])
    names = (directory / f"{prefix}_classes.mk").read_text(encoding="utf-8").replace("\\\n", " ")
    sources = []
    for line in names.splitlines():
        variable, _, words = line.partition("+=")
        if variable.strip() in ("VM_CLASSES_FAST", "VM_CLASSES_SLOW", "VM_SUPPORT_FAST", "VM_SUPPORT_SLOW"):
            sources += words.split()
    if not sources:
        print(f"{directory}: {prefix}_classes.mk names no sources", file=sys.stderr)
        return 1
    text = "".join(f'#include "{source}.cpp"\n' for source in sources)
    if not output.exists() or output.read_text(encoding="utf-8") != text:
        output.write_text(text, encoding="utf-8")
    else:
        output.touch()
    return 0


if __name__ == "__main__":
    sys.exit(main())
