"""doc_figures.py, memory_sweep.py and network_figures.py with a stand-in for the command, so that what they refuse can be seen."""

import os
import pathlib
import stat
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]

# Cycles grow with what memory takes away; LOSS scales it.
STAND_IN = """#!{python}
import json, os, sys
a = dict(zip(sys.argv[2::1], sys.argv[3::1]))
if os.environ.get("FAIL"):
    sys.exit("broken")
if "--ledger" in a:
    open(a["--ledger"], "w").write("made of " + a["--model"] + "\\n")
if "--json" in a:
    slow = float(a.get("--ddr-latency", 1)) / float(a.get("--ddr-bandwidth", 1)) - 1
    cycles = int(1000000 * (1 + float(os.environ.get("LOSS", "0.01")) * slow))
    json.dump({{"total_cycles": cycles, "groups": [{{"utilisation": 0.1}}, {{"utilisation": 0.954}}],
               "ddr_read_bytes": 3 * 1024, "ddr_write_bytes": 1024, "ddr_compulsory_bytes": 3200}},
              open(a["--json"], "w"))
"""


class WithStandIn(unittest.TestCase):
    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self.scratch.name)
        self.fragua = self.folder / "fragua"
        self.fragua.write_text(STAND_IN.format(python=sys.executable), encoding="utf-8")
        self.fragua.chmod(self.fragua.stat().st_mode | stat.S_IXUSR)

    def tearDown(self):
        self.scratch.cleanup()

    def tool(self, name, *arguments, **environment):
        return subprocess.run([sys.executable, str(ROOT / "tools" / name), "--fragua", str(self.fragua), *arguments],
                              capture_output=True, text=True, check=False, timeout=60,
                              env={**os.environ, **environment})


class DocFigures(WithStandIn):
    def setUp(self):
        super().setUp()
        self.page = self.folder / "page.md"
        self.write("fragua run --model net --ledger FILE", "old\n")

    def write(self, command, table):
        self.page.write_text(f"before\n<!-- figures: {command} -->\n{table}<!-- end of figures -->\nafter\n",
                             encoding="utf-8")

    def test_says_what_differs_and_leaves_it(self):
        done = self.tool("doc_figures.py", str(self.page))
        self.assertEqual(done.returncode, 1)
        self.assertIn("-old", done.stdout)
        self.assertIn("+made of net", done.stdout)
        self.assertIn("--update", done.stderr)
        self.assertIn("old", self.page.read_text(encoding="utf-8"))

    def test_updates_and_is_content_then(self):
        self.assertEqual(self.tool("doc_figures.py", "--update", str(self.page)).returncode, 0)
        text = self.page.read_text(encoding="utf-8")
        self.assertTrue(text.startswith("before\n<!-- figures: fragua run --model net --ledger FILE -->\nmade of net\n"))
        self.assertTrue(text.endswith("<!-- end of figures -->\nafter\n"))
        self.assertEqual(self.tool("doc_figures.py", str(self.page)).returncode, 0)

    def test_a_command_that_fails_changes_nothing(self):
        done = self.tool("doc_figures.py", "--update", str(self.page), FAIL="1")
        self.assertEqual(done.returncode, 1)
        self.assertIn("broken", done.stderr)
        self.assertIn("old", self.page.read_text(encoding="utf-8"))

    def test_refuses_a_command_that_writes_no_file_and_a_mark_without_end(self):
        self.write("fragua run --model net", "old\n")
        self.assertIn("wrote no FILE", self.tool("doc_figures.py", str(self.page)).stderr)
        self.page.write_text("<!-- figures: fragua run -->\n", encoding="utf-8")
        self.assertIn("expected pairs", self.tool("doc_figures.py", str(self.page)).stderr)

    def test_further_files_are_held_against_the_command_too(self):
        root = self.folder / "root"
        (root / "docs").mkdir(parents=True)
        (root / "tools").symlink_to(ROOT / "tools")
        self.write("tools/memory_sweep.py --fragua FRAGUA --output FILE --svg docs/memory.svg", "")
        self.assertEqual(self.tool("doc_figures.py", "--root", str(root), "--update", str(self.page)).returncode, 0)
        self.assertEqual(self.tool("doc_figures.py", "--root", str(root), str(self.page)).returncode, 0)
        (root / "docs" / "memory.svg").write_text("another", encoding="utf-8")
        done = self.tool("doc_figures.py", "--root", str(root), str(self.page))
        self.assertEqual(done.returncode, 1)
        self.assertIn("memory.svg", done.stderr)


class MemorySweep(WithStandIn):
    def test_table_and_curve(self):
        curve = self.folder / "memory.svg"
        done = self.tool("memory_sweep.py", "--rtl", "--svg", str(curve))
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = done.stdout.splitlines()
        self.assertEqual(len(lines), 2 + 9)
        self.assertEqual(lines[2], "| x 1 | x 1 | 1,000,000 | +0.00 % | 1,000,000 | +0.00 % | 1,000,000 | +0.00 % |")
        self.assertIn("| x 2 | x 0.5 | 1,030,000 | +3.00 % |", done.stdout)
        self.assertEqual(curve.read_text(encoding="utf-8").count("<polyline"), 6)

    def test_fails_where_the_loss_reaches_the_limit(self):
        done = self.tool("memory_sweep.py", LOSS="0.04")
        self.assertEqual(done.returncode, 1)
        self.assertIn("loses 12.00 %", done.stderr)

    def test_a_run_that_fails_ends_the_sweep(self):
        done = self.tool("memory_sweep.py", FAIL="1")
        self.assertEqual(done.returncode, 1)
        self.assertIn("broken", done.stderr)


class NetworkFigures(WithStandIn):
    def test_a_row_for_every_network(self):
        done = self.tool("network_figures.py")
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = done.stdout.splitlines()
        self.assertEqual(len(lines), 2 + 5)
        self.assertEqual(lines[2], "| SqueezeNet v1.1 @224 | `fragua run` | 1,000,000 | 95.4 % | 10.0 ms | "
                                   "3.0 | 1.0 | 3.1 | 1.280 |")

    def test_a_run_that_fails_leaves_no_table(self):
        table = self.folder / "table.md"
        done = self.tool("network_figures.py", "--output", str(table), FAIL="1")
        self.assertEqual(done.returncode, 1)
        self.assertIn("network_figures: ", done.stderr)
        self.assertIn("broken", done.stderr)
        self.assertFalse(table.exists())

    def test_a_folder_that_is_not_there_is_said_first(self):
        done = self.tool("network_figures.py", "--output", str(self.folder / "no" / "table.md"))
        self.assertEqual(done.returncode, 2)
        self.assertIn("there is no folder", done.stderr)


if __name__ == "__main__":
    unittest.main()
