#!/usr/bin/env python3
"""Synthesises an engine with `fragua synth` and holds the result against synth_baseline.yaml.

A resource that has grown by more than 5 % fails, and so does everything `fragua synth` itself objects to. After a
change that is worth its area, write the new figures with --update.

usage: synth_test.py --fragua EXECUTABLE --engine NAME [--update]
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
BASELINE = pathlib.Path(__file__).resolve().parent / "synth_baseline.yaml"
RESOURCES = ("lut", "ff", "dsp48e1", "ramb18_equivalents")
GROWTH = 0.05

# What an engine must keep beyond fitting its part: room on the smallest part for the rest of a design.
BUDGETS = {
    "zybo-z7-10": {"dsp48e1": 80, "ramb18_equivalents": 2 * 56, "lut": 12000, "latches": 0},
    "tiny": {"dsp48e1": 20},
}

HEADER = """# Area of every engine in configs/engines, as `fragua synth` counts it (Yosys 0.23).
# Written by tests/rtl/synth_test.py --update; the test fails when one has grown by more than 5 %.
"""


def compare(engine, total, baseline):
    """The list of complaints about `total`, {} resources."""
    complaints = []
    for resource, most in BUDGETS.get(engine, {}).items():
        if total[resource] > most:
            complaints.append(f"{resource} is {total[resource]}; the budget is {most}")
    if engine not in baseline:
        complaints.append(f"{BASELINE.name} does not have this engine; add it with --update")
        return complaints
    for resource in RESOURCES:
        before = baseline[engine][resource]
        if total[resource] > before * (1 + GROWTH):
            complaints.append(f"{resource} has grown from {before} to {total[resource]}, more than {GROWTH:.0%}")
    return complaints


def update(engine, total, baseline):
    baseline[engine] = {resource: total[resource] for resource in RESOURCES}
    text = HEADER + yaml.safe_dump(baseline, sort_keys=True)
    scratch = BASELINE.with_suffix(".new")
    scratch.write_text(text, encoding="utf-8")
    scratch.replace(BASELINE)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fragua", required=True)
    parser.add_argument("--engine", required=True)
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--json", help="take this report of `fragua synth` instead of synthesising")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        report_path = pathlib.Path(options.json or pathlib.Path(folder) / "report.json")
        if not options.json:
            done = subprocess.run([options.fragua, "synth", "--engine", options.engine, "--json", report_path],
                                  env={"FRAGUA_CONFIGS": str(ROOT / "configs"), "PATH": "/usr/bin:/bin"}, check=False)
            if not report_path.exists():
                print(f"fragua synth ended with {done.returncode} and wrote no report")
                return 1
        report = json.loads(report_path.read_text(encoding="utf-8"))
    baseline = {}
    if BASELINE.exists():
        baseline = yaml.safe_load(BASELINE.read_text(encoding="utf-8")) or {}
    if options.update:
        update(options.engine, report["total"], baseline)
        return 0
    complaints = list(report["objections"]) + compare(options.engine, report["total"], baseline)
    for complaint in complaints:
        print(f"{options.engine}: {complaint}")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
