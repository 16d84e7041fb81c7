#!/usr/bin/env python3
"""The board's Linux in QEMU, its driver unchanged, against the Verilated engine in another process.

  run.py --fragua FILE --bridge FILE --kernel FOLDER --armhf FILE --busybox FILE --work FOLDER
         [--scenario NAME]... [--data FOLDER] [--spoil] [--shell]

run.sh builds all of these and calls it. --spoil inverts a bit of every expected output, to see the
test fail; --shell gives the guest's console to you. Logs of the last machine stay in WORK/logs. Exit
codes: 0 good, 1 failed, 2 usage, 77 a program is missing, 130 interrupted.
"""

import argparse
import fcntl
import os
import pathlib
import shutil
import signal
import sys
import time

from image import Problem
from kit import Kit
from machine import Machine
from scenarios import SCENARIOS

TAIL_LINES = 40
BEGIN = time.monotonic()


def say(text):
    print(f"[{time.monotonic() - BEGIN:6.1f} s] {text}", flush=True)


def show_logs(folder):
    """The end of what everybody said last."""
    for log in sorted(folder.glob("*.log")):
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
        print(f"--- {log}, last {min(len(lines), TAIL_LINES)} of {len(lines)} lines")
        print("\n".join(lines[-TAIL_LINES:]))


def shell(kit, logs):
    """The console for a person, until the guest's shell ends."""
    scenario = SCENARIOS["reserved"]
    machine = Machine(kit, logs, kit.tree(scenario.overlay), bootargs="fragua.shell")
    with machine.interactive() as qemu:
        print("Ctrl-A X ends QEMU.", flush=True)
        return qemu.wait()


def prepare(options):
    """An empty folder of work, apart from the logs, and what the guest starts from."""
    options.work.parent.mkdir(parents=True, exist_ok=True)
    lock = open(options.work.with_suffix(".lock"), "w", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(f"error: another run works in {options.work}; wait for it")
    shutil.rmtree(options.work, ignore_errors=True)
    logs = options.work / "logs"
    logs.mkdir(parents=True)
    kit = Kit(
        fragua=options.fragua,
        bridge=options.bridge,
        kernel=options.kernel,
        work=options.work,
        root=options.work / "root.cpio",
        data=options.data,
        spoil=options.spoil,
    )
    kit.fill(options.armhf, options.busybox)
    return kit, logs, lock


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("fragua", "bridge", "kernel", "armhf", "busybox", "work"):
        parser.add_argument(f"--{name}", type=lambda text: pathlib.Path(text).resolve(), required=True)
    root = pathlib.Path(__file__).resolve().parents[3]
    data = pathlib.Path(os.environ.get("FRAGUA_DATA", root / "../shared/data"))
    parser.add_argument("--data", type=pathlib.Path, default=data)
    parser.add_argument("--scenario", action="append", choices=SCENARIOS, default=[])
    parser.add_argument("--spoil", action="store_true")
    parser.add_argument("--shell", action="store_true")
    options = parser.parse_args()
    options.data = options.data.resolve()
    for name in ("fragua", "bridge", "armhf", "busybox"):
        if not getattr(options, name).is_file():
            parser.error(f"--{name} {getattr(options, name)}: there is no such file; run.sh builds it")
    return options


def main():
    options = parse()
    for tool in ("qemu-system-arm", "dtc", "fdtoverlay"):
        if shutil.which(tool) is None:
            print(f"skipped: {tool} is not installed (see tools/packages.txt)")
            return 77
    if not (options.kernel / "zImage").is_file():
        print(f"skipped: there is no kernel in {options.kernel}; kernel.sh says why")
        return 77
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    playing = ""
    try:
        kit, logs, _lock = prepare(options)
        if options.shell:
            return shell(kit, logs)
        say("root file system and golden model are ready")
        for name in options.scenario or SCENARIOS:
            playing = f"; again: tests/system/zynq_linux/run.sh --scenario {name}"
            say(f"scenario {name}")
            SCENARIOS[name].play(kit, logs, lambda text: say(f"  {text}"))
    except KeyboardInterrupt:
        print("interrupted")
        return 130
    except Problem as problem:
        show_logs(options.work / "logs")
        print(f"FAILED after {time.monotonic() - BEGIN:.0f} s: {problem}{playing}")
        return 1
    print()
    for name, figure in kit.figures.items():
        print(f"{name:<56} {figure}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
