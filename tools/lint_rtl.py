#!/usr/bin/env python3
"""Lints every module of rtl/ alone, at every engine of configs/engines, in Verilator, Icarus and Yosys.

A message of any kind is a finding; exits with 1 when there is one. Waivers stand, with reasons, in rtl/fr_lint.vlt
(Verilator) and in ACCEPTED below (Icarus).

usage: lint_rtl.py [--engine NAME]... [MODULE...]
"""

import argparse
import concurrent.futures
import pathlib
import re
import subprocess
import sys

import engine_params

ROOT = pathlib.Path(__file__).resolve().parent.parent
RTL = ROOT / "rtl"
PACKAGE = RTL / "fr_pkg.sv"

# Icarus 11 takes `unique case` for a plain case, which simulates the same as long as Verilator's checks hold.
ACCEPTED = re.compile(r"sorry: Case unique/unique0 qualities are ignored")


def modules():
    return [path for path in sorted(RTL.glob("fr_*.sv")) if path != PACKAGE]


def closure(path):
    """The module and everything below it, itself first."""
    by_name = {p.stem: p for p in modules()}
    found = [path]
    for file in found:
        for name in re.findall(r"^\s*(fr_\w+)\s*(?:#|\w+\s*\()", file.read_text(encoding="utf-8"), re.MULTILINE):
            if name in by_name and by_name[name] not in found:
                found.append(by_name[name])
    return [str(p) for p in found]


def parameters_of(path, config):
    """The engine's parameters that this module declares."""
    declared = set(re.findall(r"^\s*parameter\s+int\s+(\w+)", path.read_text(encoding="utf-8"), re.MULTILINE))
    values = {name: config[key] for key, (name, _, _) in engine_params.PARAMETERS.items()}
    return {name: value for name, value in values.items() if name in declared}


def run(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=RTL)
    lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip() and not ACCEPTED.search(line)]
    if done.returncode != 0 and not lines:
        lines = [f"exit code {done.returncode}"]
    return lines


def verilator(path, parameters):
    return run(["verilator", "--lint-only", "-Wall", "-Wpedantic", "--assert", "-y", ".", "-I.",
                *(f"-G{n}={v}" for n, v in parameters.items()), "--top-module", path.stem,
                *sorted(str(p) for p in RTL.glob("*.vlt")), str(PACKAGE), str(path)])


def icarus(path, parameters):
    return run(["iverilog", "-g2012", "-Wall", "-Wno-timescale", "-I.", "-o", "/dev/null", "-s", path.stem,
                *(f"-P{path.stem}.{n}={v}" for n, v in parameters.items()),
                str(PACKAGE), *closure(path)])


def yosys(path, parameters):
    sets = " ".join(f"-chparam {n} {v}" for n, v in parameters.items())
    files = " ".join(closure(path))
    return run(["yosys", "-q", "-p", f"read_verilog -sv -I. {PACKAGE}; read_verilog -sv -defer -I. {files}; "
                f"hierarchy -check -top {path.stem} {sets}; proc; check -assert"])


TOOLS = {"verilator": verilator, "icarus": icarus, "yosys": yosys}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("module", nargs="*", help="only these modules (default: all)")
    parser.add_argument("--engine", action="append", help="only these engines (default: all of configs/engines)")
    parser.add_argument("--tool", action="append", choices=sorted(TOOLS), help="only these tools (default: all)")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()

    chosen = [p for p in modules() if not options.module or p.stem in options.module]
    engines = options.engine or sorted(p.stem for p in (ROOT / "configs" / "engines").glob("*.yaml"))
    jobs = {}
    for engine in engines:
        config = engine_params.load(ROOT / "configs" / "engines" / f"{engine}.yaml")
        for path in chosen:
            parameters = parameters_of(path, config)
            for tool in options.tool or TOOLS:
                # The same module with the same parameters need not be read twice.
                jobs.setdefault((tool, path, tuple(parameters.items())), engine)

    findings = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        results = pool.map(lambda job: TOOLS[job[0]](job[1], dict(job[2])), jobs)
        for (tool, path, _), engine, lines in zip(jobs, jobs.values(), results):
            if lines:
                findings += 1
                print(f"{path.name}, engine {engine}, {tool}:")
                print("\n".join(f"  {line}" for line in lines))
    print(f"{len(jobs)} runs, {findings} with findings")
    return 1 if findings or not jobs else 0


if __name__ == "__main__":
    sys.exit(main())
