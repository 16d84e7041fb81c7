#!/usr/bin/env python3
"""The reading of coverage points and their explanations: what is counted, what fails, what is stale."""

import base64
import contextlib
import io
import pathlib
import tempfile
import unittest

import points
import run

SOURCES = {"fr_x": ["module fr_x;", "  if (a) b <= c;  if (d)   e <= f;", "endmodule"]}


def Record(page, name, count, *, module="fr_x", line=2, column=3):
    fields = {"f": f"/somewhere/{module}.sv", "l": line, "n": column, "page": f"v_{page}/{module}", "o": name, "h": "TOP.x"}
    return "C '" + "".join(f"\x01{k}\x02{v}" for k, v in fields.items()) + f"' {count}\n"


def Explained(folder, text):
    path = pathlib.Path(folder) / "unreached.yaml"
    path.write_text(text, encoding="utf-8")
    return points.Explanations(path)


class Points(unittest.TestCase):
    def test_are_added_up_over_instances_and_named_by_what_stands_there(self):
        counts = points.Read("# SystemC::Coverage-3\n" + Record("toggle", "a[3]", 0) + Record("toggle", "a[3]", 2)
                             + Record("branch", "if", 0) + Record("branch", "if", 1, column=19)
                             + Record("line", "block", 5, module="bench"), SOURCES)
        self.assertEqual({str(p): n for p, n in counts.items()}, {
            "fr_x.sv:2 toggle a[3]": 2,
            'fr_x.sv:2 branch if at 3 of "if (a) b <= c; if (d) e <= f;"': 0,
            'fr_x.sv:2 branch if at 19 of "if (a) b <= c; if (d) e <= f;"': 1})

    def test_of_equal_lines_are_two(self):
        sources = {"fr_x": ["if (a) begin", "end", "  if (a)  begin"]}
        counts = points.Read(Record("branch", "if", 0, line=1) + Record("branch", "if", 4, line=3), sources)
        self.assertEqual({str(p): n for p, n in counts.items()}, {
            'fr_x.sv:1 branch if at 3 of "if (a) begin"': 0, 'fr_x.sv:3 branch if at 3 of "if (a) begin" #2': 4})

    def test_leave_out_memories(self):
        self.assertEqual(points.Read(Record("toggle", "mem[3][5]", 2), SOURCES), {})

    def test_keep_their_names_when_lines_move(self):
        moved = {"fr_x": ["", *SOURCES["fr_x"]]}
        self.assertEqual(points.Read(Record("branch", "if", 1), SOURCES), points.Read(Record("branch", "if", 1, line=3), moved))


class Explanations(unittest.TestCase):
    entry = "- {module: fr_x, kind: toggle, name: a, bits: '3:1,0', why: the four low bits never move}\n"

    def Match(self, *counted):
        with tempfile.TemporaryDirectory() as folder:
            explanations = Explained(folder, self.entry)
            found = [explanations.Match(points.Point("fr_x", "toggle", name, 2), count) for name, count in counted]
            return found, list(explanations.Stale())

    def test_speak_of_the_points_they_name(self):
        found, stale = self.Match(*((f"a[{bit}]", 0) for bit in range(5)), ("ba[3]", 0))
        self.assertEqual((found, stale), ([True] * 4 + [False] * 2, []))

    def test_are_stale_when_a_point_of_theirs_is_reached(self):
        _, stale = self.Match(("a[3]", 0), ("a[2]", 7))
        self.assertRegex(stale[0], r"entry 1 .*1 of its points are reached: fr_x.sv:2 toggle a\[2\];")

    def test_are_stale_when_there_is_no_such_bit(self):
        _, stale = self.Match(("a[0]", 0), ("a[1]", 0), ("a[3]", 0))
        self.assertRegex(stale[0], r"no signal of it has the bits \[2\]")

    def test_are_stale_when_there_is_no_such_point(self):
        _, stale = self.Match(("b", 0))
        self.assertRegex(stale[0], "there is no such point")

    def test_have_to_be_complete(self):
        with tempfile.TemporaryDirectory() as folder:
            for text, message in (("- {module: a}", "entry 1: found"),
                                  ("- {module: a, kind: toggle, name: b, why: unused}", "expected a sentence"),
                                  ("- {module: a, kind: toggle, name: '(', why: one two three four five}", "regular expr"),
                                  ("- {module: a, kind: toggle, name: b, bits: '1:2', why: one two three four five}", "bits: found"),
                                  ("- {module: a, kind: toggle, name: b, bits: 7:4, why: one two three four five}", "bits: found 424"),
                                  ("- {module: a, kind: toggle, name: b, bits: x, why: one two three four five}", "bits: ")):
                with self.assertRaisesRegex(SyntaxError, message):
                    Explained(folder, text)

    def test_those_that_are_committed_can_be_read(self):
        points.Explanations(run.HERE / "unreached.yaml")


class Lists(unittest.TestCase):
    def test_name_the_bits_of_a_signal_in_one_line(self):
        found = [points.Point("fr_x", "toggle", f"a[{bit}]", 3) for bit in (0, 4, 5, 6, 31)]
        found += [points.Point("fr_x", "toggle", "b", 4), points.Point("fr_x", "line", 'if at 3 of "if (a[7])"', 5)]
        self.assertEqual(sorted(points.Grouped(found)), ['fr_x.sv:3 toggle a[31,6:4,0]', "fr_x.sv:4 toggle b",
                                                         'fr_x.sv:5 line if at 3 of "if (a[7])"'])


class Table(unittest.TestCase):
    def test_counts_reached_explained_and_open(self):
        total = {points.Point("fr_x", "toggle", f"a[{i}]", 2): i % 2 for i in range(4)}
        total[points.Point("fr_x", "branch", "if", 2)] = 0
        explained = {points.Point("fr_x", "toggle", "a[0]", 2)}
        self.assertIn("| `fr_x` | 1 | 0 | 4 | 2 | 1 | 2 |", run.Table(total, explained))


class Programs(unittest.TestCase):
    def Collect(self, command):
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stderr(io.StringIO()) as said:
            return run.Collect(pathlib.Path(folder), [("case", command)], SOURCES), said.getvalue()

    def test_that_fail_count_for_nothing(self):
        total, said = self.Collect(["false"])
        self.assertIsNone(total)
        self.assertIn("case fails from a state of 0s (1)", said)

    def test_count_what_they_reach_from_either_state(self):
        def Writes(state):
            record = Record("toggle", "a[0]", 2 * state) + Record("toggle", "a[1]", 3 - state)
            text = base64.b64encode(f"# SystemC::Coverage-3\n{record}".encode()).decode()
            return f"echo {text} | base64 -d > $FRAGUA_COVERAGE_DIR/x.dat"
        script = f'if [ "$FRAGUA_COVERAGE_STATE" = 1 ]; then {Writes(1)}; else {Writes(0)}; fi'
        total, said = self.Collect(["sh", "-c", script])
        self.assertEqual({p.name: n for p, n in total.items()}, {"a[0]": 0, "a[1]": 2}, said)

    def test_have_to_leave_their_counts(self):
        total, said = self.Collect(["true"])
        self.assertIsNone(total)
        self.assertIn("left no coverage", said)

    def test_wrong_usage_is_2(self):
        with self.assertRaises(SystemExit) as end, contextlib.redirect_stderr(io.StringIO()):
            run.Arguments(["--layers", "0"])
        self.assertEqual(end.exception.code, 2)


if __name__ == "__main__":
    unittest.main()
