"""Runs rtl/zybo/build.tcl in tclsh with a stand-in for Vivado, and reads what it did."""

import os
import pathlib
import re
import subprocess
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[3]
BUILD = ROOT / "rtl" / "zybo" / "build.tcl"


def tcl_list(text):
    """The words of a Tcl list that has no backslashes."""
    words, at = [], 0
    while at < len(text):
        if text[at].isspace():
            at += 1
        elif text[at] == "{":
            depth, end = 1, at + 1
            while depth:
                depth += {"{": 1, "}": -1}.get(text[end], 0)
                end += 1
            words.append(text[at + 1:end - 1])
            at = end
        else:
            end = re.compile(r"\s|$").search(text, at).start()
            words.append(text[at:end])
            at = end
    return words


def bit_file(part):
    """A small .bit file in the form Vivado writes, for the part (7z010clg400)."""
    def text(value):
        return len(value + "\0").to_bytes(2, "big") + value.encode() + b"\0"
    body = b"\xff" * 32 + bytes.fromhex("000000BB11220044") + b"\xff" * 8 + bytes.fromhex("AA99556620000000")
    header = (9).to_bytes(2, "big") + b"\x0f\xf0" * 4 + b"\0" + b"\0\x01"
    fields = b"".join(k + text(v) for k, v in
                      ((b"a", "system_wrapper;Version=2019.1"), (b"b", part), (b"c", "2020/01/01"), (b"d", "00:00:00")))
    return header + fields + b"e" + len(body).to_bytes(4, "big") + body


def run(board, *more, given="", build=BUILD, bit_part=None):
    """Returns (exit code, calls as lists, output text, names of the files written)."""
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        runs = place / "runs"
        runs.mkdir()
        part = bit_part or ("7z020clg400" if board.endswith("20") else "7z010clg400")
        (runs / "system_wrapper.bit").write_bytes(bit_file(part))
        log = place / "calls"
        start = place / "start.tcl"
        start.write_text(f"set argv [linsert $argv 0 stub]\nsource {{{HERE / 'vivado_stub.tcl'}}}\nsource {{{build}}}\n",
                         encoding="utf-8")
        environment = dict(os.environ, FRAGUA_STUB_LOG=str(log), FRAGUA_STUB_RUNS=str(runs), FRAGUA_STUB_GIVEN=given)
        done = subprocess.run(["tclsh", str(start), board, str(place / "out"), *more], capture_output=True, text=True,
                              check=False, env=environment, timeout=60)
        calls = [tcl_list(line) for line in log.read_text(encoding="utf-8").splitlines()] if log.exists() else []
        files = sorted(p.name for p in (place / "out").rglob("*") if p.is_file())
        return done.returncode, calls, done.stdout + done.stderr, files
