#!/usr/bin/env python3
"""Reports the worst path through logic alone of every module of an engine (no routing), as Yosys' `sta` sees it.

Needs Node.js and the npm package @yowasp/yosys (0.55 is known to work: Debian's Yosys 0.23 has no working `sta`), for
instance from `npm install --prefix FOLDER @yowasp/yosys@0.55`, then --modules FOLDER/node_modules or
FRAGUA_NODE_MODULES. Where they are missing this is said and the exit code is 77.

A path ends at the border of its module; --whole flattens the engine first and reports the one worst path through all of
them, which takes much longer. A path is named by the signals and source lines that survive synthesis, from its start.

usage: timing.py [--engine NAME] [--modules FOLDER] [--goal NANOSECONDS] [--whole]
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys

import engine_params

ROOT = pathlib.Path(__file__).resolve().parent.parent
RTL = ROOT / "rtl"
NOT_CHECKED = 77
LIMIT_S = 1500


def package(modules):
    """The folder of the package, or None."""
    places = [modules or os.environ.get("FRAGUA_NODE_MODULES")]
    npm = shutil.which("npm")
    if not places[0] and npm:
        done = subprocess.run([npm, "root", "-g"], capture_output=True, text=True, check=False)
        places.append(done.stdout.strip())
    for place in filter(None, places):
        folder = pathlib.Path(place) / "@yowasp" / "yosys"
        if (folder / "gen" / "bundle.js").exists():
            return folder
    return None


def script(config, whole):
    files = " ".join(sorted(p.name for p in RTL.glob("fr_*.sv") if p.name != "fr_pkg.sv"))
    sets = " ".join(f"-chparam {name} {config[key]}" for key, (name, _, _) in engine_params.PARAMETERS.items())
    # The last stage of synth_xilinx would throw away the timing arcs of the cells, so it ends before.
    return (f"read_verilog -sv -I. fr_pkg.sv; read_verilog -sv -defer -I. {files}; "
            f"hierarchy -check -top fr_engine {sets}; "
            f"synth_xilinx -family xc7 -top fr_engine -noiopad -noclkbuf -abc9 {'-flatten ' if whole else ''}"
            "-run begin:check; sta")


def worst_paths(log):
    """{module without parameters: (picoseconds, name) of its worst path, over all its parameters}."""
    worst = {}
    pattern = r"^Latest arrival time in '(?:\$paramod(?:\$[0-9a-f]+)?)?\\?(\w+).*' is (\d+):\n((?: +.*\n)*)"
    for name, time, lines in re.findall(pattern, log, re.MULTILINE):
        if int(time) >= worst.get(name, (0, ""))[0]:
            worst[name] = int(time), path_name(lines)
    return worst


def path_name(lines):
    """Signals and source lines on a path that `sta` printed from its end to its start."""
    names = []
    for line in reversed(lines.splitlines()):
        found = (re.search(r"fr_\w+\.sv:\d+", line)
                 or re.search(r"(?<=\\)[a-z]\w*(?:\.\w+)*(?: \[\d+\])?$|(?<= )u_\w+(?:\.\w+)*(?= \()", line))
        if found and found[0] not in names and found[0] != "clk_i":
            names.append(found[0])
    end = re.search(r"\((\w+\.\w+)\)", lines)
    return " -> ".join([*names, end[1] if end else "output"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", default="zybo-z7-10")
    parser.add_argument("--modules", help="the node_modules folder that holds @yowasp/yosys")
    parser.add_argument("--goal", type=float, default=4.0, help="nanoseconds; a longer path is a failure")
    parser.add_argument("--whole", action="store_true", help="one path through the flattened engine")
    options = parser.parse_args()

    node, folder = shutil.which("node"), package(options.modules)
    if not node or not folder:
        print(f"timing is not checked: {'the npm package @yowasp/yosys' if node else 'Node.js'} is not installed")
        return NOT_CHECKED
    try:
        config = engine_params.load(ROOT / "configs" / "engines" / f"{options.engine}.yaml")
    except engine_params.ConfigError as error:
        print(error, file=sys.stderr)
        return 2
    print("synthesising: some minutes", file=sys.stderr)
    try:
        done = subprocess.run([node, ROOT / "tools" / "timing.mjs", folder, RTL, script(config, options.whole)],
                              capture_output=True, text=True, check=False, timeout=LIMIT_S)
    except subprocess.TimeoutExpired:
        print(f"not finished within {LIMIT_S} s", file=sys.stderr)
        return 1
    worst = worst_paths(done.stdout)
    if done.returncode != 0 or not worst:
        print(done.stdout[-1000:] + done.stderr, file=sys.stderr)
        return 1
    if options.whole:
        worst = {"flattened engine": worst["fr_engine"]}
    for name, (time, path) in sorted(worst.items(), key=lambda item: -item[1][0]):
        late = "  LONGER THAN THE GOAL" if time > 1000 * options.goal else ""
        print(f"{name:20} {time / 1000:6.3f} ns  {path}{late}")
    return 1 if max(worst.values())[0] > 1000 * options.goal else 0


if __name__ == "__main__":
    sys.exit(main())
