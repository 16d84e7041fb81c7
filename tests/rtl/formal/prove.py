#!/usr/bin/env python3
"""Proves with Yosys that fr_skid and fr_fifo keep fr_stream_proof.sv for every input sequence of STEPS cycles, and that the
proof rejects a broken stage."""

import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
RTL = ROOT / "rtl"
STEPS = 12

# stage, fr_stream_proof.UseFifo, and one mistake the proof must find: (text, replacement)
CASES = [
    ("fr_skid", 0, ("spare_valid_q ? spare_data_q : in_data_i", "in_data_i")),
    ("fr_fifo", 1, ("&& (!valid_q || pop_ready_i)", "")),
]


def proves(use_fifo, skid, fifo):
    script = (
        f"read_verilog -sv -formal -I{RTL} {fifo} {skid} {ROOT}/tests/rtl/formal/fr_stream_proof.sv; "
        f"hierarchy -check -top fr_stream_proof -chparam UseFifo {use_fifo}; prep -top fr_stream_proof -flatten; "
        "memory_map; async2sync; chformal -early; opt_clean; "
        "select -assert-min 3 t:$assert; "
        f"sat -verify -prove-asserts -set-assumes -tempinduct -tempinduct-baseonly -seq 1 -maxsteps {STEPS}")
    done = subprocess.run(["yosys", "-q", "-p", script], capture_output=True, text=True, check=False)
    refuted = "proof did fail" in done.stderr + done.stdout
    if done.returncode != 0 and not refuted:
        raise RuntimeError(done.stderr + done.stdout)
    return not refuted


def main():
    good = True
    for stage, use_fifo, (text, replacement) in CASES:
        files = {"fr_skid": RTL / "fr_skid.sv", "fr_fifo": RTL / "fr_fifo.sv"}
        if not proves(use_fifo, files["fr_skid"], files["fr_fifo"]):
            print(f"{stage}: the proof fails")
            good = False
        source = files[stage].read_text(encoding="utf-8")
        if source.count(text) != 1:
            print(f"{stage}: the mistake to make is not there; adapt this script")
            good = False
            continue
        with tempfile.TemporaryDirectory() as folder:
            files[stage] = pathlib.Path(folder) / f"{stage}.sv"
            files[stage].write_text(source.replace(text, replacement), encoding="utf-8")
            if proves(use_fifo, files["fr_skid"], files["fr_fifo"]):
                print(f"{stage}: the proof accepts a broken stage")
                good = False
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
