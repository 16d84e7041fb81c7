"""The ledger of whole networks on the engine without RTL: it adds up, and no fused group but the first leaves more than a
fifth of the array idle.

Reproduce one network: fragua run --model squeezenet-1.0 --backend functional --ledger ledger.md
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

FRAGUA = sys.argv.pop(1)
LEAST = 0.80


class Ledger(unittest.TestCase):
    def groups(self, *arguments):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "run.json"
            command = [FRAGUA, "run", "--backend", "functional", "--quiet", "--json", str(path), *arguments]
            done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
            self.assertEqual(done.returncode, 0, " ".join(command) + "\n" + done.stderr)
            return json.loads(path.read_text(encoding="utf-8"))

    def check(self, *arguments):
        run = self.groups(*arguments)
        *groups, rest, total = run["groups"]
        self.assertGreaterEqual(len(groups), 10)
        self.assertEqual(total["cycles"], run["total_cycles"])
        for column in total:
            if column in ("name", "utilisation"):
                continue
            self.assertEqual(sum(line[column] for line in groups) + rest[column], total[column], column)
            if column != "cycles":
                self.assertGreaterEqual(min(line[column] for line in groups), 0, column)
        causes = [c for c in total if c not in ("name", "cycles", "utilisation", "ddr_bytes", "ddr_compulsory_bytes")]
        for line in run["groups"]:
            self.assertEqual(sum(line[cause] for cause in causes), line["cycles"], line["name"])
        low = {line["name"]: line["utilisation"] for line in groups[1:] if line["utilisation"] < LEAST}
        self.assertEqual(low, {})

    def test_squeezenet_11(self):
        self.check("--model", "squeezenet-1.1")

    def test_squeezenet_11_at_227(self):
        self.check("--model", "squeezenet-1.1", "--size", "227")

    def test_squeezenet_10(self):
        self.check("--model", "squeezenet-1.0")


if __name__ == "__main__":
    unittest.main()
