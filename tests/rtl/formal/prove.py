#!/usr/bin/env python3
"""Proves with Yosys what the small blocks of the engine promise (fr_*_proof.sv), and that each proof rejects blocks with a
mistake. Every proof holds for all time: by k-induction, or by reachability, where ABC finds the invariant itself (pdr)
and checks it.

usage: prove.py [CASE...]
"""

import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
RTL = ROOT / "rtl"
PROOFS = pathlib.Path(__file__).resolve().parent


class Case:
    """One proof: its bench, the blocks in it, and mistakes (file, text, replacement) that it must find."""

    def __init__(self, bench, blocks, mistakes, *, parameters="", steps=None, inner=False):
        self.bench = bench
        self.blocks = blocks
        self.mistakes = mistakes
        self.parameters = parameters
        self.steps = steps  # longest induction; None: by reachability
        self.inner = inner  # prove the assertions inside the blocks, too; others say what a block needs of its surroundings


CASES = {
    "skid": Case("fr_stream_proof", ["fr_skid", "fr_fifo"], [
        ("fr_skid", "spare_valid_q ? spare_data_q : in_data_i", "in_data_i"),
    ], parameters="-chparam UseFifo 0", inner=True),
    "fifo": Case("fr_stream_proof", ["fr_skid", "fr_fifo"], [
        ("fr_fifo", "&& (!valid_q || pop_ready_i)", ""),
    ], parameters="-chparam UseFifo 1", inner=True),
    "tokens": Case("fr_tokens_proof", ["fr_tokens"], [
        ("fr_tokens", "post_i[t] && !take_i[t] && count_q == 8'(fr_pkg::TOKEN_MAX)", "1'b0"),
        ("fr_tokens", "count_q != '0", "1'b1"),
    ], inner=True),
    "bursts": Case("fr_bursts_proof", ["fr_bursts"], [
        ("fr_bursts", "5'd16 - {1'b0, word_q[3:0]}", "5'd16"),
        ("fr_bursts", "left_q - {19'd0, beats}", "left_q - {19'd0, room}"),
        ("fr_bursts", "word_q + {24'd0, beats}", "word_q + 29'd16"),
        ("fr_bursts", "left_q != '0 && (!burst_valid_q || burst_ready_i)", "left_q != '0"),
        ("fr_bursts", "else if (burst_ready_i) burst_valid_q", "else if (left_q == '0) burst_valid_q"),
    ], steps=4),
    "window": Case("fr_window_proof", ["fr_fetch", "fr_bursts", "fr_axi_reader", "fr_axi_writer", "fr_fifo", "fr_skid"], [
        ("fr_axi_reader", "can_issue && in_window &&", "can_issue &&"),
        ("fr_axi_writer", "can_issue && in_window;", "can_issue;"),
        ("fr_axi_reader", "(!ar_valid_q || m_axi_arready)", "1'b1"),
        ("fr_axi_writer", "burst_addr_i[31:12] < window_limit_i", "burst_addr_i[31:12] <= window_limit_i"),
        ("fr_bursts", "5'd16 - {1'b0, word_q[3:0]}", "5'd16"),
        ("fr_fetch", "{command_q, 6'd0}", "{command_q, ring_base_i[5:0]}"),
    ], steps=7),
    "regs": Case("fr_regs_proof", ["fr_regs", "fr_regs_read"], [
        ("fr_regs", "aw_held_q && w_held_q && !b_valid_q", "aw_held_q && !b_valid_q"),
        ("fr_regs", "else if (s_axi_bready) b_valid_q", "else b_valid_q"),
        ("fr_regs", "!ar_held_q && !r_valid_q", "!ar_held_q"),
        ("fr_regs", "{{8{w_strb_q[3]}},", "{{8{w_strb_q[2]}},"),
    ], inner=True),
}


LIMIT_S = 300


def run(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=2 * LIMIT_S)
    return done.returncode, done.stderr + done.stdout


def proves(case, replaced):
    """Whether the proof holds with the files in `replaced` (block -> path) in place of the RTL's."""
    files = " ".join(str(replaced.get(block, RTL / f"{block}.sv")) for block in case.blocks)
    flavour = "-formal" if case.inner else "-D SYNTHESIS"
    script = (
        f"read_verilog -sv {RTL}/fr_pkg.sv; read_verilog -sv {flavour} -I{RTL} {files}; "
        f"read_verilog -sv -formal {PROOFS}/{case.bench}.sv; "
        f"hierarchy -check -top {case.bench} {case.parameters}; prep -top {case.bench} -flatten; "
        "memory_map; async2sync; chformal -early; opt_clean; select -assert-min 2 t:$assert; ")
    if case.steps:
        code, text = run(["yosys", "-q", "-p", script + "sat -verify -prove-asserts -set-assumes -tempinduct -seq 1 "
                                                        f"-maxsteps {case.steps}"])
        holds, fails = code == 0, "proof did fail" in text
    else:
        with tempfile.TemporaryDirectory() as folder:
            circuit = f"{folder}/circuit.aig"
            code, text = run(["yosys", "-q", "-p", script + "setundef -anyseq; dffunmap; techmap; abc -g AND -fast; "
                                                            f"opt_clean; write_aiger -zinit {circuit}"])
            if code == 0:
                _, text = run(["yosys-abc", "-c", f"read_aiger {circuit}; fold; strash; orpos; pdr -T {LIMIT_S}"])
        holds, fails = "Property proved" in text, "was asserted in frame" in text
    if holds == fails:
        raise RuntimeError(text)
    return holds


def main():
    good = True
    for name in sys.argv[1:] or CASES:
        case = CASES[name]
        if not proves(case, {}):
            print(f"{name}: the proof fails")
            good = False
        for block, text, replacement in case.mistakes:
            source = (RTL / f"{block}.sv").read_text(encoding="utf-8")
            if source.count(text) != 1:
                print(f"{name}: the mistake to make is not in {block}; adapt this script: {text}")
                good = False
                continue
            with tempfile.TemporaryDirectory() as folder:
                broken = pathlib.Path(folder) / f"{block}.sv"
                broken.write_text(source.replace(text, replacement), encoding="utf-8")
                if proves(case, {block: broken}):
                    print(f"{name}: the proof accepts {block} with {replacement or 'nothing'} for {text}")
                    good = False
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
