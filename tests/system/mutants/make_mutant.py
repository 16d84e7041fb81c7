#!/usr/bin/env python3
"""Makes a copy of the RTL with one mistake in it.

usage: make_mutant.py MUTANT.yaml RTL_FOLDER OUTPUT_FOLDER

MUTANT.yaml has the keys file, find, replace and why. The text `find` has to stand in the file exactly once:
RTL that has moved on makes this program fail, not the test pass.
"""

import pathlib
import sys

import yaml

KEYS = {"file", "find", "replace", "why"}


class MutantError(Exception):
    """The description does not fit the RTL; the text says what was found and what is expected."""


def mutated(description, rtl):
    """Name and text of the file with the mistake in it."""
    if set(description) != KEYS:
        raise MutantError(f"keys are {sorted(description)}, expected {sorted(KEYS)}")
    name = description["file"]
    text = (rtl / name).read_text(encoding="utf-8")
    count = text.count(description["find"])
    if count != 1:
        raise MutantError(f"'{description['find']}' stands {count} times in {name}, expected once: "
                          "the RTL has changed, choose the text anew")
    if description["find"] == description["replace"]:
        raise MutantError("find and replace are the same: there is no mistake in it")
    return name, text.replace(description["find"], description["replace"])


def main():
    path, rtl, output = (pathlib.Path(word) for word in sys.argv[1:4])
    try:
        name, text = mutated(yaml.safe_load(path.read_text(encoding="utf-8")), rtl)
    except (MutantError, OSError) as error:
        print(f"{path}: {error}", file=sys.stderr)
        return 1
    output.mkdir(parents=True, exist_ok=True)
    for source in sorted(rtl.glob("*.sv")) + sorted(rtl.glob("*.svh")):
        copy = text if source.name == name else source.read_text(encoding="utf-8")
        (output / source.name).write_text(copy, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
