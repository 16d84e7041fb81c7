#!/usr/bin/env python3
"""Generates everything that is said twice about registers and commands from configs/registers.yaml.

Without arguments writes the four outputs; with --check compares them with what is there and exits with 1
when one differs.
"""

import argparse
import difflib
import os
import pathlib
import sys

from regmap import emit_cpp, emit_docs, emit_sv, spec

ROOT = pathlib.Path(__file__).resolve().parent.parent
OUTPUTS = {
    "rtl/fr_pkg.sv": emit_sv.emit,
    "driver/include/fragua/driver/registers.h": emit_cpp.emit,
    "docs/REGISTERS.md": emit_docs.registers,
    "docs/COMMANDS.md": emit_docs.commands,
}


def write(path, text):
    """Whole or not at all: a generator that is interrupted leaves the old file."""
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, path)


def differs(path, text):
    """Prints how the file at `path` differs from `text`; True when it does."""
    found = path.read_text(encoding="utf-8") if path.exists() else ""
    if found == text:
        return False
    name = str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
    sys.stdout.writelines(difflib.unified_diff(
        found.splitlines(keepends=True), text.splitlines(keepends=True), name, "generated"))
    print(f"{name} does not match its source; run tools/gen_registers.py")
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    parser.add_argument("--source", type=pathlib.Path, default=ROOT / "configs" / "registers.yaml")
    parser.add_argument("--root", type=pathlib.Path, default=ROOT, help="where the outputs live")
    options = parser.parse_args()
    try:
        loaded = spec.load(options.source)
    except (spec.SpecError, OSError, ValueError) as error:
        print(f"{options.source}: {error}", file=sys.stderr)
        return 2
    texts = {options.root / name: emit(loaded) for name, emit in OUTPUTS.items()}
    if options.check:
        return 1 if any([differs(path, text) for path, text in texts.items()]) else 0
    for path, text in texts.items():
        write(path, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
