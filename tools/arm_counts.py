#!/usr/bin/env python3
"""Counts the instructions that the processor's kernels execute, operator by operator, under qemu-arm.

  tools/arm_counts.py --build BUILD [--network NAME --size N | --model FILE.tflite]
                      [--board FILE] [--fit] [--check PERCENT] [--json FILE]

BUILD is an armhf build of the tests (docs/ARM.md). A plug-in (tools/arm_counts/count_plugin.c, built
here) counts between the operators; times follow from the board's cycles per instruction. --fit
prints the board file's instruction figures as the counts give them; --check fails when the board
file predicts the instructions of a kind of kernel, or their sum, more than PERCENT off.
"""

import argparse
import collections
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIMIT_S = 900
# ncnn's published int8 benchmark of SqueezeNet v1.1 at 227 x 227 on a Cortex-A9 at 766 MHz, in ms.
NCNN_MHZ = 766
NCNN_MS = {1: 390.94, 2: 254.85}

Layer = collections.namedtuple("Layer", "name type kernel macs units outputs counts")


class Problem(Exception):
    """What is missing or went wrong, and what to do."""


def run(command, **options):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, **options)
    except FileNotFoundError:
        raise Problem(f"{command[0]} is not installed (see tools/packages.txt)") from None
    except subprocess.TimeoutExpired:
        raise Problem(f"{command[0]} has not ended within {LIMIT_S} s") from None
    if done.returncode != 0:
        raise Problem(f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stderr}")
    return done.stdout


def mark_address(program):
    for line in run(["arm-linux-gnueabihf-nm", str(program)]).splitlines():
        fields = line.split()
        if fields[-1] == "fragua_mark":
            return int(fields[0], 16) & ~1
    raise Problem(f"{program}: has no symbol fragua_mark; build its target arm_layers again")


def count(program, arguments):
    """Every operator with its counted instructions by class."""
    with tempfile.TemporaryDirectory() as folder:
        plugin = pathlib.Path(folder) / "libcount.so"
        run(["gcc", "-shared", "-fPIC", "-O2", "-o", str(plugin),
             str(ROOT / "tools/arm_counts/count_plugin.c")])
        out = pathlib.Path(folder) / "counts"
        text = run(["qemu-arm", "-plugin", f"{plugin},mark={mark_address(program):#x},out={out}",
                    str(program), *arguments])
        if not out.exists():
            raise Problem("qemu-arm ran without the plug-in; is it built with plug-ins?")
        marks = [[int(n) for n in line.split()] for line in out.read_text().splitlines()]
    rows = [line.split("\t") for line in text.splitlines()]
    if len(marks) != len(rows) + 1:
        raise Problem(f"{len(marks)} marks for {len(rows)} operators, expected one more")
    layers = []
    for row, before, after in zip(rows, marks, marks[1:]):
        counts = [b - a for a, b in zip(before, after)]
        layers.append(Layer(*row[:3], *map(int, row[3:]), counts))
    return layers


def milliseconds(layer, board):
    processor = board["processor"]
    if layer.kernel == "moves":
        return layer.outputs / processor["copy_bytes_per_ns"] / 1e6
    cpi = processor["kernels"][layer.kernel]["cycles_per_instruction"]
    return sum(layer.counts) * cpi / processor["clock_mhz"] / 1e3


def predicted(layer, board):
    figures = board["processor"]["kernels"][layer.kernel]
    return (layer.units * figures["instructions_per_unit"] +
            layer.outputs * figures["instructions_per_output"])


def print_table(layers, board):
    width = max(len(layer.name) for layer in layers)
    print(f"{'layer':<{width}} {'kernel':<15} {'MAC':>11} {'instructions':>12} {'per MAC':>7} "
          f"{'vector':>6} {'memory':>6} {'ms':>8}")
    for layer in layers:
        n = sum(layer.counts)
        core, core_memory, vector, vector_memory = layer.counts
        per_mac = f"{n / layer.macs:7.3f}" if layer.macs else f"{'-':>7}"
        print(f"{layer.name:<{width}} {layer.kernel:<15} {layer.macs:>11} {n:>12} {per_mac} "
              f"{(vector + vector_memory) / n:>6.0%} {(core_memory + vector_memory) / n:>6.0%} "
              f"{milliseconds(layer, board):>8.3f}")
    macs = sum(layer.macs for layer in layers)
    total = sum(sum(layer.counts) for layer in layers)
    ms = sum(milliseconds(layer, board) for layer in layers)
    mhz = board["processor"]["clock_mhz"]
    print(f"total: {total} instructions, {macs} MAC, {total / max(macs, 1):.3f} instructions per MAC, "
          f"{ms:.1f} ms predicted at {mhz} MHz on one thread")


def print_ncnn(layers, board):
    mhz = board["processor"]["clock_mhz"]
    ms = sum(milliseconds(layer, board) for layer in layers)
    total = sum(sum(layer.counts) for layer in layers)
    print(f"ncnn, published, Cortex-A9 at {NCNN_MHZ} MHz: {NCNN_MS[1]} ms on one thread, "
          f"{NCNN_MS[2]} ms on two; scaled to {mhz} MHz: {NCNN_MS[1] * NCNN_MHZ / mhz:.1f} and "
          f"{NCNN_MS[2] * NCNN_MHZ / mhz:.1f} ms")
    print(f"predicted / ncnn on one thread: {ms / (NCNN_MS[1] * NCNN_MHZ / mhz):.2f}; at ncnn's "
          f"time these counts would need {NCNN_MS[1] * NCNN_MHZ * 1e3 / total:.2f} cycles per "
          "instruction")


def fit(layers):
    """Per unit and per output by least squares of the relative error, neither negative."""
    scaled = [(layer.units / sum(layer.counts), layer.outputs / sum(layer.counts))
              for layer in layers]
    uu = sum(u * u for u, _ in scaled)
    uo = sum(u * o for u, o in scaled)
    oo = sum(o * o for _, o in scaled)
    u1 = sum(u for u, _ in scaled)
    o1 = sum(o for _, o in scaled)
    determinant = uu * oo - uo * uo
    if len(scaled) > 1 and determinant > 1e-6 * uu * oo:
        per_unit = (u1 * oo - o1 * uo) / determinant
        per_output = (o1 * uu - u1 * uo) / determinant
        if per_unit > 0 and per_output > 0:
            return per_unit, per_output
    return u1 / uu, 0.0


def by_kernel(layers):
    kinds = collections.defaultdict(list)
    for layer in layers:
        if layer.kernel != "moves" and sum(layer.counts) > 0:
            kinds[layer.kernel].append(layer)
    return kinds


def print_fit(layers):
    for kind, members in by_kernel(layers).items():
        per_unit, per_output = fit(members)
        worst = max(abs((m.units * per_unit + m.outputs * per_output) / sum(m.counts) - 1)
                    for m in members)
        print(f"{kind}: {{instructions_per_unit: {per_unit:.3f}, instructions_per_output: "
              f"{per_output:.2f}}}  # {len(members)} operators, worst {worst:.0%} off")


def check(layers, board, percent):
    """True when the board file's figures stand for what was counted."""
    good = True
    sums = []
    for kind, members in by_kernel(layers).items():
        sums.append((kind, sum(predicted(m, board) for m in members),
                     sum(sum(m.counts) for m in members)))
    sums.append(("all kernels", sum(s[1] for s in sums), sum(s[2] for s in sums)))
    for kind, expected, found in sums:
        off = 100 * (expected / found - 1)
        within = abs(off) <= percent
        good = good and within
        print(f"{kind}: {found} counted, {expected:.0f} by the board file, {off:+.1f} %"
              f"{'' if within else f', more than {percent} % off: run with --fit'}")
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True, help="folder of an armhf build of the tests")
    parser.add_argument("--network", default="squeezenet-1.1", help="a built-in network")
    parser.add_argument("--size", type=int, default=227, help="its input's height and width")
    parser.add_argument("--model", action="append", default=[],
                        help=".tflite instead; several are joined for --fit and --check")
    parser.add_argument("--board", default=str(ROOT / "configs/boards/zybo.yaml"))
    parser.add_argument("--fit", action="store_true", help="print instructions per unit and output")
    parser.add_argument("--check", type=float, metavar="PERCENT")
    parser.add_argument("--json", help="write the counts as JSON")
    options = parser.parse_args()
    program = pathlib.Path(options.build) / "arm_counts/arm_layers"
    if not program.is_file():
        raise Problem(f"{program}: not there; build the target arm_layers (docs/ARM.md)")
    board = yaml.safe_load(pathlib.Path(options.board).read_text())
    layers = []
    networks = [[model] for model in options.model] or [
        [str(ROOT / f"configs/networks/{options.network}.yaml"), str(options.size)]]
    for arguments in networks:
        if not os.path.isfile(arguments[0]):
            raise Problem(f"{arguments[0]}: no such network")
        found = count(program, arguments)
        print(f"\n{pathlib.Path(arguments[0]).name} {' '.join(arguments[1:])}")
        print_table(found, board)
        if options.network == "squeezenet-1.1" and options.size == 227 and not options.model:
            print_ncnn(found, board)
        layers += found
    if options.fit:
        print_fit(layers)
    if options.json:
        part = f"{options.json}.part"
        pathlib.Path(part).write_text(json.dumps([layer._asdict() for layer in layers], indent=1))
        os.replace(part, options.json)
    if options.check is not None and not check(layers, board, options.check):
        return 1
    return 0


if __name__ == "__main__":
    try:
        if shutil.which("qemu-arm") is None:
            raise Problem("qemu-arm is not installed (see tools/packages.txt)")
        sys.exit(main())
    except Problem as problem:
        print(f"arm_counts: {problem}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
