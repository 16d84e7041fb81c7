#!/usr/bin/env python3
"""What slower memory costs: runs networks with the board's DDR latency multiplied and its bandwidth
divided, and writes the cycles as a Markdown table and the loss as a curve (SVG).

Example: tools/memory_sweep.py --fragua build/fragua --output sweep.md --svg sweep.svg
Exit code: 0, 1 when the loss at doubled latency and half the bandwidth reaches --limit, 2 for usage.
"""

import argparse
import sys

from fragua_command import check_folders, report_of, write

LATENCIES = (1, 2, 4)
BANDWIDTHS = (1, 0.5, 0.25)
CORNERS = ((1, 1), (4, 1), (2, 0.5), (1, 0.25), (4, 0.25))
NETWORKS = (("v1.1 @224", ("--model", "squeezenet-1.1")),
            ("v1.0 @227", ("--model", "squeezenet-1.0")))


def cycles_of(fragua, network, backend, latency, bandwidth):
    """Engine cycles of one run."""
    return report_of(fragua, [*network, "--backend", backend, "--ddr-latency", str(latency),
                              "--ddr-bandwidth", str(bandwidth)])["total_cycles"]


def sweep(fragua, rtl, report):
    """{(network, backend, latency, bandwidth): cycles}"""
    cycles = {}
    for name, network in NETWORKS:
        for bandwidth in BANDWIDTHS:
            for latency in LATENCIES:
                backends = ["functional"]
                if rtl and (latency, bandwidth) in CORNERS and network == NETWORKS[0][1]:
                    backends.append("rtl")
                for backend in backends:
                    key = (name, backend, latency, bandwidth)
                    cycles[key] = cycles_of(fragua, network, backend, latency, bandwidth)
                    report(f"{name}, {backend}, latency x {latency}, bandwidth x {bandwidth}: "
                           f"{cycles[key]} cycles")
    return cycles


def loss(cycles, name, latency, bandwidth, backend="functional"):
    """Per cent above the board as it is."""
    return 100 * (cycles[name, backend, latency, bandwidth] / cycles[name, backend, 1, 1] - 1)


def table(cycles):
    rtl = any(backend == "rtl" for _, backend, _, _ in cycles)
    names = [name for name, _ in NETWORKS]
    head = ["latency", "bandwidth"]
    for name in names:
        head += [f"{name}, cycles", "loss"]
    if rtl:
        head += [f"{names[0]} on RTL, cycles", "loss"]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for bandwidth in BANDWIDTHS:
        for latency in LATENCIES:
            row = [f"x {latency}", f"x {bandwidth}"]
            columns = [(name, "functional") for name in names] + [(names[0], "rtl")] * rtl
            for name, backend in columns:
                found = cycles.get((name, backend, latency, bandwidth))
                if found is None:
                    row += ["", ""]
                else:
                    row += [f"{found:,}", f"{loss(cycles, name, latency, bandwidth, backend):+.2f} %"]
            lines.append("| " + " | ".join(row) + " |")
    return "\n".join(lines) + "\n"


def svg(cycles):
    """Loss against bandwidth, a curve for every network and latency."""
    width, height, left, right, top, bottom = 740, 360, 60, 210, 40, 50
    worst = max(loss(cycles, name, latency, bandwidth)
                for name, _ in NETWORKS for latency in LATENCIES for bandwidth in BANDWIDTHS)
    scale = next(step for step in (1, 2, 5, 10, 20, 50, 100, 1000) if step >= worst)
    plot_width, plot_height = width - left - right, height - top - bottom

    def place(step, value):
        x = left + plot_width * step / (len(BANDWIDTHS) - 1)
        return x, top + plot_height * (1 - value / scale)

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
           'font-family="sans-serif" font-size="12">',
           f'<rect width="{width}" height="{height}" fill="white"/>',
           f'<text x="{left}" y="22" font-size="14">Cycles lost to slower memory (per cent)</text>']
    for tick in range(6):
        value = scale * tick / 5
        _, y = place(0, value)
        out.append(f'<line x1="{left}" y1="{y:.1f}" x2="{left + plot_width}" y2="{y:.1f}" '
                   'stroke="#ddd"/>')
        out.append(f'<text x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>')
    for step, bandwidth in enumerate(BANDWIDTHS):
        x, _ = place(step, 0)
        out.append(f'<text x="{x:.1f}" y="{height - bottom + 20}" text-anchor="middle">'
                   f'bandwidth x {bandwidth:g}</text>')
    colours = ("#1b6ca8", "#c4501b")
    dashes = ("", "6 3", "2 3")
    row = 0
    for (name, _), colour in zip(NETWORKS, colours):
        for latency, dash in zip(LATENCIES, dashes):
            points = [place(step, max(0, loss(cycles, name, latency, bandwidth)))
                      for step, bandwidth in enumerate(BANDWIDTHS)]
            style = f'fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"'
            text = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
            out.append(f'<polyline points="{text}" {style}/>')
            y = top + 14 + 20 * row
            x = width - right + 16
            out.append(f'<line x1="{x}" y1="{y}" x2="{x + 30}" y2="{y}" {style}/>')
            out.append(f'<text x="{x + 38}" y="{y + 4}">{name}, latency x {latency}</text>')
            row += 1
    out.append("</svg>")
    return "\n".join(out) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fragua", default="build/fragua", help="the command")
    parser.add_argument("--output", help="file for the table (default: standard output)")
    parser.add_argument("--svg", help="file for the curve")
    parser.add_argument("--rtl", action="store_true",
                        help="also run the corners of the first network on the Verilated engine")
    parser.add_argument("--limit", type=float, default=10,
                        help="loss in per cent at latency x 2, bandwidth x 0.5 (default: 10)")
    arguments = parser.parse_args()
    check_folders(parser, arguments.output, arguments.svg)
    cycles = sweep(arguments.fragua, arguments.rtl,
                   lambda line: print(line, file=sys.stderr, flush=True))
    if arguments.output:
        write(arguments.output, table(cycles))
    else:
        print(table(cycles), end="")
    if arguments.svg:
        write(arguments.svg, svg(cycles))
    for name, _ in NETWORKS:
        found = loss(cycles, name, 2, 0.5)
        if found >= arguments.limit:
            sys.exit(f"memory_sweep: {name} loses {found:.2f} % with doubled latency and half the "
                     f"bandwidth, the limit is {arguments.limit:g} %")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
