#!/usr/bin/env python3
"""Line, branch and toggle coverage of the RTL under its tests and a campaign of random layers.

usage: run.py [--build DIR] [--layers N] [--list] [--report FILE]

Builds the tests of the RTL with Verilator's coverage counters in a folder of its own, runs them, and prints what each
module's points are and how many are reached after the first reset, whatever the state before it was: each program runs
twice, from a state of zeros and from one of ones, and a point counts when both reach it. A line, branch or bit never
reached and not explained in unreached.yaml is a failure, and so is an explanation of a point that is reached. Exit code
0, 1 for such a failure (or a test that fails), 2 for wrong usage, 130 when interrupted.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess
import sys

import points

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parents[1]
SHAPES = ("4x8x2", "8x16x8", "2x16x1", "8x32x8")
BENCHES = ("stream_test", "fetch_test", "load_store_test", "axi_ports_test", "regs_test",
           *(f"compute_{shape}_test" for shape in SHAPES), "frame_test", "engine_test")
LIMIT_S = 3600
STATES = (0, 1)


def Programs(arguments):
    for bench in BENCHES:
        yield bench, [f"tests/rtl/{bench}", "--gtest_brief=1"]
    yield "campaign", ["./campaign", "--engine", "tiny", "--layers", str(arguments.layers), "--seed", "1", "--quiet"]


def Build(build):
    subprocess.run(["cmake", "--preset", "release", "-S", SOURCE, "-B", build,
                    "-DFRAGUA_RTL_COVERAGE_KINDS=line;toggle", "-DFRAGUA_RTL_ENGINES=tiny"],
                   check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["cmake", "--build", build, "-j", str(os.cpu_count()), "--target", *BENCHES, "campaign"], check=True)


def Count(build, name, command, state, sources):
    """{Point: count} of one program whose models start with all bits `state`; None when it fails."""
    folder = build / f"coverage-{state}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    done = subprocess.run(command, cwd=build, timeout=LIMIT_S, capture_output=True, text=True, errors="replace", check=False,
                          env={**os.environ, "FRAGUA_COVERAGE_DIR": str(folder), "FRAGUA_COVERAGE_STATE": str(state)})
    if done.returncode != 0:
        print(f"{name} fails from a state of {state}s ({done.returncode}), so what it reaches does not count:\n"
              f"{(done.stdout + done.stderr)[-3000:]}", file=sys.stderr)
        return None
    files = sorted(folder.glob("*.dat"))
    if not files:
        print(f"{name} has left no coverage in {folder}", file=sys.stderr)
        return None
    # Verilator's own tool adds the files up far faster than Python reads them.
    merged = build / f"merged-{state}.dat"
    for first in range(0, len(files), 100):
        old = [merged] if first else []
        subprocess.run(["verilator_coverage", "--write", merged, *old, *files[first:first + 100]], check=True,
                       stdout=subprocess.DEVNULL)
    shutil.rmtree(folder)
    return points.Read(merged.read_text(encoding="utf-8"), sources)


def Collect(build, programs, sources):
    """{Point: count} of all programs together; None when one fails."""
    total = collections.Counter()
    with concurrent.futures.ThreadPoolExecutor(len(STATES)) as pool:
        for number, (name, command) in enumerate(programs, 1):
            print(f"[{number}/{len(programs)}] {name}", file=sys.stderr, flush=True)
            counts = list(pool.map(lambda state, n=name, c=command: Count(build, n, c, state, sources), STATES))
            if None in counts:
                return None
            total.update({point: min(count[point] for count in counts) for point in counts[0]})
    return total


def Table(total, explained):
    lines = ["| module | lines and branches | reached | toggles | reached | explained | open |",
             "|---|---|---|---|---|---|---|"]
    sums = collections.Counter()
    for module in sorted({p.module for p in total}):
        row = collections.Counter()
        for point, count in total.items():
            if point.module == module:
                kind = "toggle" if point.kind == "toggle" else "line"
                row[kind] += 1
                row[kind, "reached"] += count > 0
                row["explained"] += count == 0 and point in explained
                row["open"] += count == 0 and point not in explained
        sums.update(row)
        lines.append(_Row(f"`{module}`", row))
    return "\n".join([*lines, _Row("**all**", sums)])


def _Row(name, row):
    return (f"| {name} | {row['line']} | {row['line', 'reached']} | {row['toggle']} | {row['toggle', 'reached']} | "
            f"{row['explained']} | {row['open']} |")


def Arguments(given=None):
    parser = argparse.ArgumentParser(description="Line, branch and toggle coverage of the RTL.")
    parser.add_argument("--build", type=pathlib.Path, default=SOURCE / "build-coverage", help="folder to build in")
    parser.add_argument("--layers", type=int, default=400, help="random layers on the tiny engine")
    parser.add_argument("--list", action="store_true", help="print every point that is not reached")
    parser.add_argument("--report", type=pathlib.Path, help="JSON file for all points with their counts")
    arguments = parser.parse_args(given)
    if arguments.layers < 1:
        parser.error(f"--layers: found {arguments.layers}, expected at least 1")
    return arguments


def main():
    arguments = Arguments()
    build = arguments.build.resolve()
    sources = {p.stem: p.read_text(encoding="utf-8").splitlines() for p in (SOURCE / "rtl").glob("fr_*.sv")}
    try:
        explanations = points.Explanations(HERE / "unreached.yaml")
        Build(build)
        total = Collect(build, list(Programs(arguments)), sources)
    except SyntaxError as error:
        print(error, file=sys.stderr)
        return 1
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        print(f"stopped: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ninterrupted: nothing is reported", file=sys.stderr)
        return 130
    if total is None:
        return 1
    explained = {p for p, count in total.items() if explanations.Match(p, count)}
    unreached = sorted(p for p, count in total.items() if count == 0)
    print(Table(total, explained))
    if arguments.list:
        for title, wanted in (("explained", True), ("OPEN", False)):
            for line in points.Grouped(p for p in unreached if (p in explained) == wanted):
                print(f"{title:9} {line}")
    if arguments.report:
        temporary = arguments.report.with_suffix(".partial")
        temporary.write_text(json.dumps([{"point": str(p), "count": total[p]} for p in sorted(total)], indent=1) + "\n",
                             encoding="utf-8")
        temporary.replace(arguments.report)
    complaints = [f"not reached and not explained in unreached.yaml: {line}"
                  for line in points.Grouped(p for p in unreached if p not in explained)]
    complaints += explanations.Stale()
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
