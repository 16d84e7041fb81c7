#!/usr/bin/env python3
"""Cycles and DDR traffic of whole networks on the Verilated engine, as a Markdown table.

Example: tools/network_figures.py --fragua build/fragua --output networks.md
Exit code: 0, 1 when a run fails or differs from the golden model, 2 for usage.
"""

import argparse
import sys

from fragua_command import check_folders, report_of, write

NETWORKS = (("SqueezeNet v1.1 @224", ()),
            ("SqueezeNet v1.1 @227", ("--size", "227")),
            ("SqueezeNet v1.0 @227", ("--model", "squeezenet-1.0")),
            ("the same with bypass", ("--model", "squeezenet-1.0-bypass")),
            ("SqueezeNet v1.1 @224, 8 x 8 array", ("--engine", "zybo-8x8")))
HEAD = ("network", "command", "cycles", "of the array's peak", "at 100 MHz", "KB read", "KB written",
        "KB compulsory", "ratio")


def row(name, options, report):
    total = report["groups"][-1]
    kilobytes = [report[key] / 1024
                 for key in ("ddr_read_bytes", "ddr_write_bytes", "ddr_compulsory_bytes")]
    return [name, f"`{' '.join(('fragua', 'run', *options))}`", f"{report['total_cycles']:,}",
            f"{100 * total['utilisation']:.1f} %", f"{report['total_cycles'] / 1e5:.1f} ms",
            *(f"{each:.1f}" for each in kilobytes),
            f"{(kilobytes[0] + kilobytes[1]) / kilobytes[2]:.3f}"]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fragua", default="build/fragua", help="the command")
    parser.add_argument("--output", help="file for the table (default: standard output)")
    arguments = parser.parse_args()
    check_folders(parser, arguments.output)
    rows = [HEAD, ("---",) * len(HEAD)]
    for name, options in NETWORKS:
        rows.append(row(name, options, report_of(arguments.fragua, options)))
        print(f"{name}: {rows[-1][2]} cycles", file=sys.stderr, flush=True)
    text = "".join(f"| {' | '.join(each)} |\n" for each in rows)
    if arguments.output:
        write(arguments.output, text)
    else:
        print(text, end="")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
