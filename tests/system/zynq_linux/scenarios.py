"""What the emulated board has to do. A scenario is a machine, as it is switched on, and what is done on it."""

import dataclasses
import pathlib
import re
import time

from image import Problem
from kit import BOARD
from machine import Machine

WHOLE = ("--model", "squeezenet-1.1")  # 224 x 224
SMALL = WHOLE + ("--size", "64")
TINY = WHOLE + ("--size", "32")
SUBMISSIONS = 50
# The guest's clock is the world's, in which the simulated engine is some hundred times slower than on the board.
PATIENCE_MS = 600000
RUN_LIMIT_S = 600
DOORBELL = "doorbell, TAIL"


class Board:
    """A machine that is on, with what scenarios do on it."""

    def __init__(self, kit, machine, say):
        self.kit = kit
        self.machine = machine
        self.say = say

    def command(self, network, *options, backend="linux"):
        words = ["fragua", "run", *network, "--backend", backend, "--quiet", *options]
        return " ".join(map(str, words))

    def compare(self, what, network, file):
        found = self.machine.console.fetch(file)
        expected = self.kit.golden(network)
        if len(found) != len(expected):
            raise Problem(f"{what}: {len(found)} bytes, golden has {len(expected)}")
        for place, (is_, should) in enumerate(zip(found, expected)):
            if is_ != should:
                wrong = sum(a != b for a, b in zip(found, expected))
                raise Problem(
                    f"{what}: differs from golden's at byte {place}: found {is_:#04x}, expected {should:#04x}; "
                    f"{wrong} of {len(expected)} bytes are wrong"
                )
        return len(found)

    def infer(self, what, network, *options, expect=(), never=(), backend="linux", patience_ms=PATIENCE_MS):
        """An inference in the guest, whose bytes have to be golden's; what it said."""
        begin = time.monotonic()
        if backend == "linux":
            options += ("--timeout", patience_ms)
        command = self.command(network, "--output", "/tmp/out.bin", *options, backend=backend)
        code, text = self.machine.run(f"rm -f /tmp/out.bin; {command}", RUN_LIMIT_S)
        if code != 0:
            raise Problem(f"{what}: exit code {code} of {command}\n{text}")
        self.look(what, text, expect, never)
        count = self.compare(what, network, "/tmp/out.bin")
        seconds = time.monotonic() - begin
        self.say(f"{what}: {count} bytes equal to golden's ({seconds:.1f} s)")
        return text, seconds

    @staticmethod
    def look(what, text, expect, never=()):
        for part in expect:
            if part not in text:
                raise Problem(f"{what}: did not say '{part}':\n{text}")
        for part in never:
            if part in text:
                raise Problem(f"{what}: said '{part}':\n{text}")

    def start(self, network, name):
        """An inference in the background that has rung the doorbell; the guest's number of the process."""
        rung = self.machine.serve_log().count(DOORBELL)
        command = self.command(network, "--output", f"/tmp/{name}.bin", "--timeout", PATIENCE_MS)
        code, text = self.machine.run(f"{command} >/tmp/{name}.log 2>&1 & echo $!", 30)
        if code != 0:
            raise Problem(f"{name} could not be started: {text}")
        self.machine.wait_for_server(DOORBELL, 120, rung + 1)
        return int(text)


CYCLES = "cycles from doorbell to interrupt"


def placements(board):
    """Every placement; the whole network on the fabric."""
    uio = "DMA memory: /dev/uio0 map1"
    text, seconds = board.infer("whole network on the fabric", WHOLE, expect=(CYCLES, uio))
    board.kit.figures["whole network on the fabric, command to bytes"] = f"{seconds:.1f} s"
    cycles = re.search(rf"(\d+) {CYCLES}", text)
    board.kit.figures["of it, engine cycles"] = cycles.group(1)
    board.infer("whole network mixed", WHOLE, "--placement", "mixed.yaml", expect=(CYCLES, uio))
    board.infer("on the ARM, 64 x 64", SMALL, "--placement", "arm", never=(CYCLES,))
    _, seconds = board.infer("whole network on the ARM without the engine", WHOLE, backend="arm")
    board.kit.figures["whole network on the ARM, command to bytes"] = f"{seconds:.1f} s"


def interrupts(board):
    """Submission after submission: each wakes the driver once, by the kernel, and none is lost."""

    def count():
        code, text = board.machine.run("grep -w fragua /proc/interrupts", 30)
        if code != 0:
            raise Problem("the guest's /proc/interrupts has no 'fragua'; its node's 'interrupts'?")
        return int(text.split()[1])

    before = count()
    board.infer(f"{SUBMISSIONS} inferences in a row, 32 x 32", TINY, "--batch", SUBMISSIONS, expect=(CYCLES,))
    came = count() - before
    if came != SUBMISSIONS:
        raise Problem(f"{SUBMISSIONS} submissions made {came} interrupts")
    board.say(f"{came} interrupts")


def real_networks(board):
    """Networks and pictures that none of us made, where they are at hand."""
    networks = board.kit.real_networks()
    for name, network, reference in networks:
        board.infer(name, network, expect=(CYCLES,))
        if reference and board.kit.golden(network) != reference:
            raise Problem(f"{name}: golden's bytes are not those of the reference vectors")
    if not networks:
        board.say(f"skipped: real networks and pictures; there is no {board.kit.data}/squeezenet")


def processes(board):
    """A process that is killed, and a second one."""
    number = board.start(WHOLE, "killed")
    board.machine.run(f"kill -9 {number}; wait {number}", 30)
    board.infer(
        "after a driver that was killed in mid-inference", SMALL, expect=("still at work for an earlier process",)
    )
    number = board.start(WHOLE, "first")
    # It must not be done before the second has asked.
    board.machine.run(f"kill -STOP {number}", 30)
    code, text = board.machine.run(board.command(SMALL, "--timeout", PATIENCE_MS), 60)
    if code != 1:
        raise Problem(f"a second process ended with {code}, expected 1:\n{text}")
    board.look("a second process", text, (f"/dev/uio0 is busy: process {number} (fragua) uses it",))
    board.say(f"a second process: told that process {number} has the engine")
    code, text = board.machine.run(f"kill -CONT {number}; wait {number}; code=$?; cat /tmp/first.log; test $code = 0", RUN_LIMIT_S)
    if code != 0:
        raise Problem(f"the first process failed:\n{text}")
    count = board.compare("the first process", WHOLE, "/tmp/first.bin")
    board.say(f"the first process, undisturbed: {count} bytes equal to golden's")


def registers(board):
    """Times of the port, as the board's own program measures them."""
    code, text = board.machine.run(
        "fragua calibrate --backend linux --seconds 0.02 --quiet --output /tmp/board.yaml", RUN_LIMIT_S
    )
    if code != 0:
        raise Problem(f"calibrate ended with {code}:\n{text}")
    for name, key in (("register read", "register_port.read_ns"), ("register write", "register_port.write_ns")):
        value = re.search(rf"^{key} +(\S+)$", text, re.MULTILINE)
        if not value:
            raise Problem(f"calibrate has measured no {key}:\n{text}")
        board.kit.figures[name] = f"{float(value.group(1)) / 1000:.1f} us"
    board.say("fragua calibrate: the port's times are measured")


def heap(board):
    """Memory from a CMA dma-heap, whose address the driver finds out itself."""
    expect = (CYCLES, "DMA memory: /dev/dma_heap/", "cached, synchronised as a whole")
    board.infer("memory from a dma-heap, 64 x 64", SMALL, "--dma", "heap", expect=expect)


def silence(board):
    """Two doorbells do not arrive: time-out, reset, again, the processor; then all is well."""
    expect = ("no answer from the engine", "reset, trying again", "run on the processor instead")
    board.infer("engine that does not answer", SMALL, expect=expect, never=(CYCLES,), patience_ms=1500)
    board.infer("the engine again", SMALL, expect=(CYCLES,), never=("no answer",))


def dead_bus(board):
    """A bus that never answers again: the watchdog, a reset that cannot end, the processor."""
    expect = ("engine error WATCHDOG", "did not reach reset", "run on the processor instead")
    board.infer("engine on a dead bus", SMALL, expect=expect)


def masked(board):
    """The line does not reach the processor: the driver says so, and the result is right."""
    expect = (CYCLES, "the engine has raised its interrupt and the kernel has not told of it")
    board.infer("interrupt that does not arrive", SMALL, expect=expect, patience_ms=20000)


@dataclasses.dataclass
class Scenario:
    """A machine and what is done on it, one after the other."""

    steps: tuple
    overlay: pathlib.Path = BOARD / "fragua-reserved.dtso"
    machine: dict = dataclasses.field(default_factory=dict)

    def play(self, kit, logs, say):
        with Machine(kit, logs, kit.tree(self.overlay), **self.machine) as machine:
            say(f"guest is up ({machine.boot_s:.1f} s)")
            kit.figures.setdefault("boot, QEMU's start to the first process", f"{machine.boot_s:.1f} s")
            for step in self.steps:
                step(Board(kit, machine, say))
        report = re.search(r"interrupts, answered after (\d+) us, at most (\d+) us", machine.qemu_log())
        if not report:
            raise Problem(f"QEMU ended without the bridge's report: {machine.qemu_log()}")
        kit.figures.setdefault("interrupt, line to the driver's first access", f"{report.group(1)} us")
        say("guest is off")


SCENARIOS = {
    "reserved": Scenario((registers, interrupts, placements, real_networks, processes)),
    # The heap's memory must lie in the window that the served engine's memory has.
    "heap": Scenario((heap,), BOARD / "fragua-heap.dtso", {"bootargs": "cma=64M@0x10000000"}),
    "silence": Scenario((silence,), machine={"backend": "functional", "faults": ("lost-doorbells:2",)}),
    "dead-bus": Scenario((dead_bus,), machine={"faults": ("reads-hang:40",)}),
    "masked": Scenario((masked,), machine={"mask": True}),
}
