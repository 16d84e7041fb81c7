"""What is asked about a mutant that the programs let live: the proofs of its module, and the four-state run.

Both read the RTL as text, with that one mistake in it. The linter is not asked: it may dislike how a mistake is
written rather than the mistake."""

import importlib.util
import shutil
import tempfile
import threading
import time
import pathlib

import generate
from suite import SOURCE, Verdict

FOUR_STATE_ENGINE = "tiny"
_ONE_AT_A_TIME = threading.Lock()


def _Load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def Judge(mutant, build):
    """Verdicts of the proofs that have the module, and of the four-state run, up to the first that kills."""
    prove = _Load(SOURCE / "tests/rtl/formal/prove.py")
    four_state = _Load(SOURCE / "tests/rtl/fourstate/run.py")
    verdicts = []
    with tempfile.TemporaryDirectory() as folder:
        rtl = pathlib.Path(folder)
        generate.Write(SOURCE / "rtl", rtl, [mutant], plain=True)
        for name, case in prove.CASES.items():
            if mutant["module"] not in case.blocks or shutil.which("yosys") is None:
                continue
            start = time.process_time()
            try:
                holds = prove.proves(case, {mutant["module"]: rtl / f"{mutant['module']}.sv"})
                outcome, detail = ("passed", "") if holds else ("proof", name)
            except RuntimeError as error:  # neither proved nor refuted
                outcome, detail = "inconclusive", str(error).strip().splitlines()[-1][:80]
            verdicts.append(Verdict(f"proof_{name}", outcome, detail, time.process_time() - start))
            if verdicts[-1].killed:
                return verdicts
        with _ONE_AT_A_TIME:
            start = time.monotonic()
            code, text = four_state.run(build / "tests/rtl/fourstate/fourstate_make_case", FOUR_STATE_ENGINE, rtl)
            outcome = {0: "passed", four_state.SKIP: "inconclusive"}.get(code, "four-state")
            detail = "" if code == 0 else (text.strip().splitlines() or ["no output"])[-1][:80]
            verdicts.append(Verdict("fourstate", outcome, detail, time.monotonic() - start))
    return verdicts
