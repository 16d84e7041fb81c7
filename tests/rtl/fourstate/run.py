#!/usr/bin/env python3
"""Runs the whole engine on a small network in Icarus Verilog, which knows X (fr_fourstate_bench.sv).

usage: run.py MAKE_CASE ENGINE      ENGINE: a name from configs/engines; exits with 77 when Icarus is not installed
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
SKIP = 77


def run(make_case, engine, rtl):
    """Exit code and messages of the case on the RTL in the folder `rtl`."""
    if shutil.which("iverilog") is None:
        return SKIP, "skipped: iverilog is not installed (see tools/packages.txt)"
    yaml = ROOT / "configs" / "engines" / f"{engine}.yaml"
    package = rtl / "fr_pkg.sv"  # must come first
    parameters = subprocess.run(
        [sys.executable, ROOT / "tools" / "engine_params.py", yaml, "--format", "iverilog", "--top", "fr_fourstate_bench"],
        check=True, capture_output=True, text=True).stdout.split()
    with tempfile.TemporaryDirectory() as folder:
        script, program = f"{folder}/script.hex", f"{folder}/bench.vvp"
        subprocess.run([make_case, yaml, script], check=True)
        built = subprocess.run(
            ["iverilog", "-g2012", f"-I{rtl}", "-o", program, "-s", "fr_fourstate_bench", *parameters,
             package, *(path for path in sorted(rtl.glob("*.sv")) if path != package),
             *sorted(HERE.glob("*.sv"))], capture_output=True, text=True, check=False)
        if built.returncode != 0:
            return 1, built.stdout + built.stderr
        done = subprocess.run(["vvp", "-N", program, f"+SCRIPT={script}"], capture_output=True, text=True, check=False)
    # An assertion in the RTL only prints; no message but the last two lines is expected.
    messages = [line for line in done.stdout.splitlines() if "$readmemh" not in line and "$finish" not in line]
    passed = done.returncode == 0 and len(messages) == 2 and messages[-1] == "PASSED"
    return 0 if passed else 1, done.stdout + done.stderr


def main():
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    code, text = run(*sys.argv[1:], ROOT / "rtl")
    print(text)
    return code


if __name__ == "__main__":
    sys.exit(main())
