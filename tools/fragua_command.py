"""What the scripts beside this one share: a run of the fragua command as a report, and whole files."""

import json
import os
import subprocess
import sys
import tempfile

RUN_SECONDS = 900


def script():
    """The name that this program's messages begin with."""
    return os.path.splitext(os.path.basename(sys.argv[0]))[0]


def run(words, shown, seconds, environment=None):
    """Runs a program, called `shown` in messages; one that is not there, fails or takes too long ends this one."""
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=seconds,
                              env=environment)
    except FileNotFoundError:
        sys.exit(f"{script()}: {words[0]}: not found; build it, or name it with --fragua")
    except subprocess.TimeoutExpired:
        sys.exit(f"{script()}: {shown}: not done in {seconds} s")
    if done.returncode != 0:
        sys.exit(f"{script()}: {shown}: exit code {done.returncode}\n{done.stderr}")


def report_of(fragua, options):
    """The JSON report of `fragua run OPTIONS`."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "run.json")
        words = [fragua, "run", *options, "--quiet", "--json", path]
        run(words, " ".join(words), RUN_SECONDS)
        with open(path, encoding="utf-8") as file:
            return json.load(file)


def write(path, text):
    """The whole file or none."""
    with open(path + ".part", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(path + ".part", path)


def check_folders(parser, *paths):
    """Says before anything is run that a file cannot be written."""
    for path in paths:
        folder = os.path.dirname(path or "") or "."
        if not os.path.isdir(folder):
            parser.error(f"{path}: there is no folder {folder}")
