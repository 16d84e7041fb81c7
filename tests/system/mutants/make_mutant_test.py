#!/usr/bin/env python3
"""The mistakes fit the RTL as it is, and a description that does not is refused."""

import pathlib
import unittest

import yaml

from make_mutant import MutantError, mutated

FOLDER = pathlib.Path(__file__).resolve().parent
RTL = FOLDER.parents[2] / "rtl"


class MakeMutantTest(unittest.TestCase):
    def test_every_mistake_changes_one_place(self):
        paths = sorted(FOLDER.glob("*.yaml"))
        self.assertGreaterEqual(len(paths), 3)
        for path in paths:
            with self.subTest(path.name):
                name, text = mutated(yaml.safe_load(path.read_text(encoding="utf-8")), RTL)
                self.assertNotEqual(text, (RTL / name).read_text(encoding="utf-8"))

    def test_text_that_is_gone_or_not_unique_is_refused(self):
        good = {"file": "fr_array.sv", "replace": "", "why": "x"}
        for text in ["no such text", "logic"]:
            with self.assertRaisesRegex(MutantError, "stands .* times in fr_array.sv"):
                mutated({**good, "find": text}, RTL)

    def test_a_replacement_that_changes_nothing_is_refused(self):
        text = "module fr_array"
        with self.assertRaisesRegex(MutantError, "no mistake"):
            mutated({"file": "fr_array.sv", "find": text, "replace": text, "why": "x"}, RTL)

    def test_unknown_keys_are_refused(self):
        with self.assertRaisesRegex(MutantError, "expected"):
            mutated({"file": "fr_array.sv"}, RTL)


if __name__ == "__main__":
    unittest.main()
