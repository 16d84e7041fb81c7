#!/usr/bin/env python3
"""Runs the tests of the RTL on mutants of it: does any test notice the mistake?

usage: run.py [--build DIR] [--seed N] [--count N] [--modules MODULE...] [--jobs N] [--report FILE]
       run.py --only ID [...]     what every test says of this one mutant

Everything follows from --seed and --count. The exit code is 0 when at least 95 % of the mutants that are not equivalent
to the original are killed, of the default campaign 95 % of all, and every survivor is explained in survivors.yaml; 1 when
not (or when a test fails without a mutant), 2 for wrong usage, 130 when interrupted.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import threading
import time

import generate
import report
import second
import suite


class Progress:
    """A bar on a terminal, else a line now and then."""

    def __init__(self, total, what):
        self.total, self.what, self.done, self.killed, self.start = total, what, 0, 0, time.monotonic()
        self.bar = sys.stderr.isatty()
        self.lock = threading.Lock()

    def Step(self, killed):
        with self.lock:
            self.done += 1
            self.killed += killed
            if not self.bar and self.done % 10 and self.done != self.total:
                return
            filled = 30 * self.done // self.total
            line = (f"{self.what} [{'#' * filled}{'.' * (30 - filled)}] {self.done}/{self.total}, {self.killed} killed, "
                    f"{time.monotonic() - self.start:.0f} s")
            print(f"\r{line}" if self.bar else line, end="" if self.bar and self.done < self.total else "\n",
                  file=sys.stderr, flush=True)


def Judge(runner, programs, present, mutant, all_of_them):
    """Verdicts of the programs on one mutant, up to the first that kills it."""
    verdicts = []
    for program in programs:
        if mutant["id"] not in present[program.name]:
            continue
        verdicts.append(runner.Run(program, mutant["id"]))
        if verdicts[-1].killed and not all_of_them:
            break
    return verdicts


def Control(runner, programs, ids, what):
    """The tests have to pass with no mutant awake; also with a number that no mutant has."""
    good = True
    for program in programs:
        for number in ids:
            verdict = runner.Baseline(program) if number == 0 else runner.Run(program, number)
            if verdict.outcome != "passed":
                print(f"{what}: {program.name} fails without a mutant ({verdict.outcome}: {verdict.detail}); repeat: "
                      f"{runner.build / program.command}", file=sys.stderr)
                good = False
    return good


def Campaign(arguments, runner, mutants, programs):
    present = {program.name: suite.Present(runner.build, program) for program in programs}
    asleep = {m["id"] for m in mutants} - set().union(*present.values())
    if not Control(runner, programs, (0, 0xFFFF), "before"):
        return None
    if asleep:
        # Survivors, unless a proof or the four-state run notices them, and to be explained like all of them.
        print(f"without effect in any model, so that Verilator has left them out: mutants {sorted(asleep)}", file=sys.stderr)
    progress = Progress(len(mutants), "mutants")
    results = {}

    def One(mutant):
        verdicts = Judge(runner, programs, present, mutant, arguments.only is not None)
        if not any(v.killed for v in verdicts):
            verdicts += second.Judge(mutant, arguments.build)
        progress.Step(any(v.killed for v in verdicts))
        return verdicts

    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        waiting = {pool.submit(One, m): m for m in mutants}
        try:
            for done in concurrent.futures.as_completed(waiting):
                results[waiting[done]["id"]] = done.result()
        except (KeyboardInterrupt, Exception):
            runner.Stop()
            pool.shutdown(cancel_futures=True)
            raise
    if not Control(runner, programs, (0,), "after"):
        return None
    return results


def Arguments(given=None):
    parser = argparse.ArgumentParser(description="Runs the tests of the RTL on mutants of it.")
    parser.add_argument("--build", type=pathlib.Path, default=suite.SOURCE / "build-mutation", help="folder to build in")
    parser.add_argument("--seed", type=int, default=generate.DEFAULT_SEED)
    parser.add_argument("--count", type=int, default=generate.DEFAULT_COUNT)
    parser.add_argument("--only", type=int, metavar="ID", help="this mutant, and all tests that have it")
    parser.add_argument("--modules", nargs="+", metavar="MODULE", help="choose among mutants of these modules")
    parser.add_argument("--everyday", action="store_true", help="the two benches that the everyday build has in DIR")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--report", type=pathlib.Path, help="JSON file for everything that was found")
    arguments = parser.parse_args(given)
    arguments.build = arguments.build.resolve()
    if arguments.count < 1 or arguments.jobs < 1:
        parser.error("--count and --jobs: at least 1")
    return parser, arguments


def Select(parser, arguments):
    """All mutants of the build, and those to judge."""
    try:
        every = generate.Choose(generate.Candidates(suite.SOURCE / "rtl", arguments.modules), arguments.seed,
                                arguments.count)
    except KeyError as error:
        parser.error(f"--modules: {error.args[0]}")
    chosen = every
    if arguments.only is not None:
        chosen = [m for m in every if m["id"] == arguments.only]
        if not chosen:
            parser.error(f"--only: found {arguments.only}, expected 1..{len(every)} (--count, --seed choose others)")
    return every, chosen


def main():
    parser, arguments = Arguments()
    every, mutants = Select(parser, arguments)
    programs = suite.EVERYDAY if arguments.everyday else suite.PROGRAMS
    runner = suite.Runner(arguments.build)
    try:
        if not arguments.everyday:
            rtl = arguments.build / "rtl"
            rtl.mkdir(parents=True, exist_ok=True)
            generate.Write(suite.SOURCE / "rtl", rtl, every)
            suite.Build(arguments.build, rtl, programs)
        results = Campaign(arguments, runner, mutants, programs)
    except subprocess.CalledProcessError as error:
        print(f"the build failed: {error}", file=sys.stderr)
        return 1
    except (RuntimeError, FileNotFoundError) as error:
        print(f"stopped, nothing is reported: {error}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, suite.Interrupted):
        runner.Stop()
        raise KeyboardInterrupt from None
    if results is None:
        return 1
    if arguments.only is not None:
        print(report.One(mutants[0], results[arguments.only], arguments.build))
        return 0
    whole = arguments.count == generate.DEFAULT_COUNT and not arguments.modules
    found = report.Report(mutants, results, report.Explained(), arguments.seed if whole else None)
    print(found.Markdown())
    if arguments.report:
        temporary = arguments.report.with_suffix(".partial")
        temporary.write_text(json.dumps(found.Json(arguments.seed, arguments.count), indent=1) + "\n", encoding="utf-8")
        temporary.replace(arguments.report)
    complaints = found.Complaints(arguments.build)
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("\ninterrupted: nothing is reported", file=sys.stderr)
        sys.exit(130)
