#!/usr/bin/env python3
"""Prints what the Vivado scripts of rtl/zybo need for a board and an engine, as Tcl: `array set kit {...}`.

Keys: board, part, board_file, engine, clock_mhz, base, bytes, irq_line, ddr_mib, parameters (name value ...), sources.
"""

import argparse
import pathlib
import sys

import yaml

import engine_params

ROOT = engine_params.ROOT
KIT = ROOT / "rtl" / "zybo" / "kit.yaml"
GP0 = (0x40000000, 0x80000000)  # what M_AXI_GP0 reaches
KEYS = {
    "registers": ("base", "bytes"),
    "interrupt": ("line", "spi"),
    "dma": ("udmabuf_bytes", "reserved_base", "reserved_bytes"),
}
BOARD_KEYS = ("part", "board_file", "engine", "ddr_mib")


def exact_keys(path, where, found, expected):
    if not isinstance(found, dict) or set(found) != set(expected):
        keys = ", ".join(map(str, found)) if isinstance(found, dict) else repr(found)
        raise engine_params.ConfigError(f"{path}: {where} has {keys}; expected exactly {', '.join(expected)}")


def load(path=KIT):
    """Returns the checked kit; raises ConfigError."""
    try:
        kit = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise engine_params.ConfigError(f"{path}: {error}") from error
    exact_keys(path, "the file", kit, (*KEYS, "boards"))
    for group, names in KEYS.items():
        exact_keys(path, group, kit[group], names)
        for name in names:
            if not isinstance(kit[group][name], int) or kit[group][name] < 0:
                raise engine_params.ConfigError(f"{path}: {group}.{name} is {kit[group][name]!r}; expected a number")
    base, size = kit["registers"]["base"], kit["registers"]["bytes"]
    if size < 4096 or size & (size - 1) or base % size or not GP0[0] <= base <= GP0[1] - size:
        raise engine_params.ConfigError(
            f"{path}: registers at 0x{base:08X}, 0x{size:X} bytes; expected a power of two >= 4096, aligned to itself, "
            f"in 0x{GP0[0]:08X}..0x{GP0[1] - 1:08X}")
    # The first eight lines of IRQ_F2P are SPI 29..36 of the device tree.
    line, spi = kit["interrupt"]["line"], kit["interrupt"]["spi"]
    if line > 7 or spi != 29 + line:
        raise engine_params.ConfigError(f"{path}: interrupt line {line} is SPI {29 + line}, found {spi}; lines 0..7")
    if not isinstance(kit["boards"], dict) or not kit["boards"]:
        raise engine_params.ConfigError(f"{path}: boards is {kit['boards']!r}; expected a mapping of names to boards")
    for name, board in kit["boards"].items():
        exact_keys(path, f"board {name}", board, BOARD_KEYS)
    return kit


def settings(kit, board_name, engine_name):
    """What Tcl needs, as a dictionary of text; raises ConfigError."""
    if board_name not in kit["boards"]:
        raise engine_params.ConfigError(f"no board '{board_name}' in {KIT}; there: {', '.join(kit['boards'])}")
    board = kit["boards"][board_name]
    name = engine_name or board["engine"]
    engine = engine_params.load(ROOT / "configs" / "engines" / f"{name}.yaml")
    if not board["part"].startswith(engine["part"]):
        raise engine_params.ConfigError(
            f"engine '{name}' is made for {engine['part']}, board '{board_name}' has {board['part']}; "
            f"choose another engine of configs/engines")
    parameters = [f"{p} {engine[key]}" for key, (p, _, _) in engine_params.PARAMETERS.items()]
    rtl = ROOT / "rtl"
    # The package first: every other file refers to it.
    sources = [rtl / "fr_pkg.sv", *(p for p in sorted(rtl.glob("fr_*.sv")) if p.stem != "fr_pkg"),
               *sorted(rtl.glob("fr_*.svh")), rtl / "zybo" / "fr_zybo.v"]
    return {
        "board": board_name, "part": board["part"], "board_file": board["board_file"], "ddr_mib": board["ddr_mib"],
        "engine": name, "clock_mhz": engine["clock_mhz"],
        "base": f"0x{kit['registers']['base']:08X}", "bytes": f"0x{kit['registers']['bytes']:X}",
        "irq_line": kit["interrupt"]["line"], "parameters": "{" + " ".join(parameters) + "}",
        "sources": "{" + " ".join("{" + str(p) + "}" for p in sources) + "}",
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("board", help="a board of rtl/zybo/kit.yaml")
    parser.add_argument("--engine", help="a name in configs/engines (default: the board's)")
    options = parser.parse_args()
    try:
        found = settings(load(), options.board, options.engine)
    except engine_params.ConfigError as error:
        print(error, file=sys.stderr)
        return 2
    print("array set kit {" + " ".join(f"{key} {value}" for key, value in found.items()) + "}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
