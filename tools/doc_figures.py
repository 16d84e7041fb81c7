#!/usr/bin/env python3
"""Keeps tables in the documents what a command prints.

A document marks a table with the command that makes it:
    <!-- figures: fragua run --ledger FILE -->
    ...the table...
    <!-- end of figures -->
`fragua` and FRAGUA stand for the command that was built, tools/NAME.py for that script, FILE for the
file whose text goes between the marks; words that begin with docs/ are further files the command
writes. Says what differs and exits with 1; `--update` rewrites it instead.

Example: tools/doc_figures.py --fragua build/fragua --update docs/ENGINE.md
"""

import argparse
import difflib
import os
import re
import sys
import tempfile

import fragua_command

BLOCK = re.compile(r"(<!-- figures: ([^\n]*?) -->\n)(.*?)(<!-- end of figures -->\n)", re.DOTALL)
COMMAND_SECONDS = 1800


def run(command, root, fragua):
    """The text of FILE, and {path: text} of further files."""
    with tempfile.TemporaryDirectory() as folder:
        table = os.path.join(folder, "FILE")
        others = {}
        words = []
        for word in command.split():
            if word in ("fragua", "FRAGUA"):
                word = fragua
            elif word == "FILE":
                word = table
            elif word.startswith("tools/"):
                words.append(sys.executable)
                word = os.path.join(root, word)
            elif word.startswith("docs/"):
                others[word] = os.path.join(folder, os.path.basename(word))
                word = others[word]
            words.append(word)
        print(f"doc_figures: {command}", file=sys.stderr, flush=True)
        fragua_command.run(words, command, COMMAND_SECONDS,
                           {"FRAGUA_CONFIGS": os.path.join(root, "configs"), **os.environ})
        if not os.path.isfile(table):
            sys.exit(f"doc_figures: {command}: wrote no FILE; name FILE where its output goes")
        return read(table), {name: read(path) for name, path in others.items()}


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("documents", nargs="+")
    parser.add_argument("--fragua", default="build/fragua", help="the command that was built")
    parser.add_argument("--root", default=os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                        help="the project's folder (default: that of this script)")
    parser.add_argument("--update", action="store_true", help="rewrite what differs")
    arguments = parser.parse_args()
    fragua = os.path.abspath(arguments.fragua)
    made = {}  # path -> text
    for document in arguments.documents:
        text = read(document)
        if text.count("<!-- figures:") != len(BLOCK.findall(text)) or not BLOCK.search(text):
            sys.exit(f"doc_figures: {document}: expected pairs of '<!-- figures: COMMAND -->' and "
                     f"'<!-- end of figures -->', each on a line of its own")

        def replaced(match):
            table, others = run(match[2], arguments.root, fragua)
            made.update({os.path.join(arguments.root, name): other
                         for name, other in others.items()})
            return match[1] + table + match[4]

        made[document] = BLOCK.sub(replaced, text)
    stale = [path for path, text in made.items()
             if not os.path.isfile(path) or read(path) != text]
    for path in stale:
        if arguments.update:
            fragua_command.write(path, made[path])
            print(f"doc_figures: {path} rewritten")
            continue
        before = read(path).splitlines() if os.path.isfile(path) else []
        print("\n".join(difflib.unified_diff(before, made[path].splitlines(), path,
                                             "what the commands print", n=0, lineterm="")))
    if stale and not arguments.update:
        sys.exit(f"doc_figures: {', '.join(stale)}: not what the commands print; run "
                 f"tools/doc_figures.py --fragua {arguments.fragua} --update "
                 f"{' '.join(arguments.documents)}")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
