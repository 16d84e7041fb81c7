#!/usr/bin/env python3
"""Reads an engine configuration and prints it the way a tool wants it.

  --format verilator   -GPc=8 -GPk=16 ...
  --format cmake       one Name=value list, separated by semicolons
  --format yosys       -set Pc 8 -set Pk 16 ...   (for chparam)
  --format iverilog    -PTOP.Pc=8 ...              (with --top)
  --format json        the configuration as one flat object
"""

import argparse
import json
import pathlib
import sys

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent


class ConfigError(Exception):
    """The configuration is wrong; the text names the key, what was found and what is expected."""


def one_of(*values):
    return lambda v: v in values, "one of " + ", ".join(map(str, values))


def between(low, high):
    return lambda v: low <= v <= high, f"{low}..{high}"


def power_of_two(low, high):
    return lambda v: low <= v <= high and v & (v - 1) == 0, f"a power of two in {low}..{high}"


# YAML key -> (module parameter, test, what is expected). Word addresses in commands have 16 bits.
PARAMETERS = {
    "array.pc": ("Pc", *one_of(2, 4, 8)),
    "array.pk": ("Pk", *one_of(8, 16, 32)),
    "lanes": ("Lanes", *one_of(1, 2, 4, 8)),
    "acc_bits": ("AccBits", *between(20, 32)),
    "activation_words": ("ActWords", *between(64, 65535)),
    "squeeze_words": ("SqueezeWords", *between(64, 65535)),
    "weight_words": ("WeightWords", *power_of_two(16, 32768)),
    "pool_words": ("PoolWords", *between(16, 65535)),
    "store_fifo_words": ("StoreFifoWords", *power_of_two(32, 32768)),
    "queue_commands": ("QueueCommands", *power_of_two(2, 64)),
    "read_outstanding": ("ReadOutstanding", *between(1, 32)),
}
TEXT_KEYS = ("name", "part")
NUMBER_KEYS = ("clock_mhz",)
# Copies of the engine side by side, which is no parameter of the module: one on each high-performance port of a
# Zynq-7000.
DEFAULTS = {"engines": 1}
MAX_ENGINES = 4


def flatten(document):
    """{'array': {'pc': 8}} -> {'array.pc': 8}."""
    flat = {}
    for key, value in document.items():
        if isinstance(value, dict):
            flat.update({f"{key}.{inner}": v for inner, v in value.items()})
        else:
            flat[key] = value
    return flat


def load(path):
    """Returns the checked configuration, flat; raises ConfigError."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ConfigError(f"{path}: {error}") from error
    if not isinstance(document, dict):
        raise ConfigError(f"{path}: expected a mapping of keys to values")
    flat = flatten(document)
    known = (*TEXT_KEYS, *PARAMETERS, *NUMBER_KEYS, *DEFAULTS)
    flat = {**DEFAULTS, **flat}
    for key in flat:
        if key not in known:
            raise ConfigError(f"{path}: unknown key '{key}'; known: {', '.join(known)}")
    for key in known:
        if key not in flat:
            raise ConfigError(f"{path}: key '{key}' is missing")
    for key, (_, accepts, expected) in PARAMETERS.items():
        value = flat[key]
        if not isinstance(value, int) or isinstance(value, bool) or not accepts(value):
            raise ConfigError(f"{path}: {key} is {value!r}; expected {expected}")
    accepts, expected = between(1, MAX_ENGINES)
    engines = flat["engines"]
    if not isinstance(engines, int) or isinstance(engines, bool) or not accepts(engines):
        raise ConfigError(f"{path}: engines is {engines!r}; expected {expected}")
    if not isinstance(flat["clock_mhz"], (int, float)) or not 1 <= flat["clock_mhz"] <= 1000:
        raise ConfigError(f"{path}: clock_mhz is {flat['clock_mhz']!r}; expected 1..1000")
    if flat["name"] != path.stem:
        raise ConfigError(f"{path}: name is {flat['name']!r}; expected '{path.stem}', as the file is called")
    return flat


def render(config, form, top):
    values = {parameter: config[key] for key, (parameter, _, _) in PARAMETERS.items()}
    if form == "verilator":
        return " ".join(f"-G{n}={v}" for n, v in values.items())
    if form == "cmake":
        return ";".join(f"{n}={v}" for n, v in values.items())
    if form == "yosys":
        return " ".join(f"-set {n} {v}" for n, v in values.items())
    if form == "iverilog":
        return " ".join(f"-P{top}.{n}={v}" for n, v in values.items())
    return json.dumps(config, indent=2)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("engine", help="a name in configs/engines, or a YAML file")
    parser.add_argument("--format", default="json", choices=("verilator", "cmake", "yosys", "iverilog", "json"))
    parser.add_argument("--top", default="fr_engine", help="module that has the parameters (iverilog)")
    options = parser.parse_args()
    path = pathlib.Path(options.engine)
    if path.suffix != ".yaml":
        path = ROOT / "configs" / "engines" / f"{options.engine}.yaml"
    try:
        config = load(path)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 2
    print(render(config, options.format, options.top))
    return 0


if __name__ == "__main__":
    sys.exit(main())
