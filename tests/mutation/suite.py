"""The tests that mutants are run against: the programs of the everyday build, compiled from the RTL with the mutants
asleep in it. Cheap ones first; each is only asked about mutants that are in its models."""

import dataclasses
import os
import pathlib
import re
import resource
import signal
import subprocess
import threading

import generate

SOURCE = generate.SOURCE
SHAPES = ("4x8x2", "8x16x8", "2x16x1", "8x16x4", "8x8x8", "8x32x8")
CPU_FACTOR = 5  # a mutant may take so many times what the original takes,
CPU_FLOOR_S = 30  # and never less than this
WALL_FACTOR = 20  # only against a program that sleeps
# The first failure ends the program: what goes wrong in every cycle would be told a million times.
GTEST = ("--gtest_throw_on_failure", "--gtest_color=no")


@dataclasses.dataclass(frozen=True)
class Program:
    name: str
    path: str  # in the build folder
    models: tuple  # folders of its models, in the build folder
    arguments: tuple = ()

    @property
    def command(self):
        return " ".join([self.path, *self.arguments])


def _Bench(name, *models):
    return Program(name, f"tests/rtl/{name}", tuple(f"tests/rtl/{m}.dir" for m in models),
                   GTEST)


PROGRAMS = (
    _Bench("stream_test", "rtl_fifo", "rtl_skid"),
    _Bench("fetch_test", "rtl_fetch", "rtl_command_queue", "rtl_tokens", "rtl_watchdog", "rtl_counters"),
    _Bench("load_store_test", "rtl_load", "rtl_store"),
    _Bench("axi_ports_test", "rtl_axi_reader", "rtl_axi_writer"),
    _Bench("regs_test", "rtl_regs"),
    *(_Bench(f"compute_{shape}_test", f"rtl_compute_{shape}") for shape in SHAPES),
    _Bench("frame_test", "rtl_frame"),
    _Bench("engine_test", "rtl_engine"),
    Program("campaign", "campaign", ("sim/fragua_rtl_tiny.dir",),
            ("--engine", "tiny", "--layers", "300", "--seed", "1", "--quiet")),
)
# Part of the everyday build (CMakeLists.txt here): small models, so that all this is used every day.
EVERYDAY = (Program("stream_test", "tests/mutation/mutants_stream_test",
                    ("tests/mutation/mutants_fifo.dir", "tests/mutation/mutants_skid.dir"),
                    GTEST),)


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What one program said of one mutant."""
    program: str
    outcome: str  # "passed", "comparison", "assertion", "time-out", "crash", "inconclusive"
    detail: str
    cpu_s: float

    @property
    def killed(self):
        return self.outcome not in ("passed", "inconclusive")


class Interrupted(Exception):
    pass


def Build(build, rtl, programs, engines=("tiny",)):
    """Configures and builds the programs from the RTL in `rtl`. Raises CalledProcessError when that fails."""
    subprocess.run(
        ["cmake", "--preset", "release", "-S", SOURCE, "-B", build, f"-DFRAGUA_RTL_DIR={rtl}",
         f"-DFRAGUA_RTL_ENGINES={';'.join(engines)}",
         # How a mistake is written may offend the linter; whether it is found must not depend on that.
         "-DFRAGUA_VERILATOR_FLAGS=-Wno-fatal;-Wno-lint;-Wno-style;-Wno-SELRANGE"],
        check=True, stdout=subprocess.DEVNULL)
    targets = [pathlib.PurePath(p.path).name for p in programs]
    subprocess.run(["cmake", "--build", build, "-j", str(os.cpu_count()), "--target", *targets, "fourstate_make_case"],
                   check=True)


def Present(build, program):
    """Numbers of the mutants that the compiled models of a program can wake."""
    found = set()
    for folder in program.models:
        sources = list((build / folder).glob("*.cpp"))
        if not sources:
            raise FileNotFoundError(f"{build / folder} has no model of {program.name}; build it first")
        for source in sources:
            for match in re.findall(r"0x([0-9a-f]{8})U", source.read_text(encoding="utf-8")):
                number = int(match, 16) - generate.ID_BASE
                if 0 < number < 0x10000:
                    found.add(number)
    return found


class Runner:
    """Runs programs with one mutant awake, within a limit of processor time taken from the original's."""

    def __init__(self, build):
        self.build = build
        self.limits = {}
        self.running = set()
        self.lock = threading.Lock()
        self.stopped = False

    def Stop(self):
        with self.lock:
            self.stopped = True
            for process in self.running:
                os.killpg(process.pid, signal.SIGKILL)

    def Baseline(self, program):
        """The program without a mutant; its time is the measure for all others."""
        verdict = self.Run(program, 0)
        self.limits[program.name] = max(CPU_FLOOR_S, CPU_FACTOR * verdict.cpu_s)
        return verdict

    def Run(self, program, mutant):
        limit = self.limits.get(program.name, 600)

        def Limit():
            resource.setrlimit(resource.RLIMIT_CPU, (int(limit) + 1, int(limit) + 2))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

        with self.lock:
            if self.stopped:
                raise Interrupted
            process = subprocess.Popen([self.build / program.path, *program.arguments], preexec_fn=Limit,
                                       env={**os.environ, "FRAGUA_MUTANT": str(mutant)}, cwd=self.build, text=True,
                                       errors="replace", stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                       start_new_session=True)
            self.running.add(process)
        timer = threading.Timer(limit * WALL_FACTOR, os.killpg, (process.pid, signal.SIGKILL))
        timer.start()
        try:
            text = process.stdout.read()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        finally:
            timer.cancel()
            with self.lock:
                self.running.discard(process)
        if self.stopped:
            raise Interrupted
        return Classify(program, process.returncode, text, usage.ru_utime + usage.ru_stime)


def Classify(program, code, text, cpu_s):
    """How a run ended. Only what a test says about the RTL kills; a limit from outside decides nothing."""
    if code == 0:
        return Verdict(program.name, "passed", "", cpu_s)
    if code in (-signal.SIGXCPU, -signal.SIGKILL):
        return Verdict(program.name, "inconclusive", f"stopped after {cpu_s:.0f} s of processor time", cpu_s)
    test = re.search(r"\[  FAILED  \] ([^\s,]+)", text) or re.search(r"\[ RUN      \] (\S+)(?!.*\[ RUN)", text, re.DOTALL)
    name = test.group(1) if test else ""
    error = re.search(r"%Error: (\S+?\.sv):\d+: (.*)", text)
    if re.search(r"no end after \d+|[Dd]id not converge|did not finish within|nothing came within|no answer within", text):
        return Verdict(program.name, "time-out", name, cpu_s)
    if error:
        return Verdict(program.name, "assertion", error.group(2).rsplit(".", 1)[-1], cpu_s)
    if name and ": Failure\n" in text or code == 1 and "again: build/campaign" in text:
        failure = re.search(r"^(sequence \d+: .*)$", text, re.MULTILINE)
        return Verdict(program.name, "comparison", name or failure.group(1)[:80], cpu_s)
    if name and (code < 0 or code == 1 and "C++ exception" in text):
        return Verdict(program.name, "crash", f"{name}, {signal.Signals(-code).name if code < 0 else 'exception'}", cpu_s)
    raise RuntimeError(f"{program.command} ended with {code} and names no test that failed:\n{text[-2000:]}")
