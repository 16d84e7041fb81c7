"""Coverage points of the RTL as Verilator counts them: read, added up, named so that a name survives other edits.

A point is named by module, kind and what stands there: `toggle level_q[4]`, `if/else of "if (push) mem[..."`. The same
point of several instances, engines and tests is one point; it is reached when any of them reaches it.
"""

import collections
import dataclasses
import pathlib
import re

import yaml

_RECORD = re.compile(r"^C '(.*)' (\d+)$", re.MULTILINE)


@dataclasses.dataclass(frozen=True, order=True)
class Point:
    module: str
    kind: str  # "toggle", "line", "branch"
    name: str
    line: int = dataclasses.field(compare=False)

    def __str__(self):
        return f"{self.module}.sv:{self.line} {self.kind} {self.name}"


def Read(text, sources):
    """{Point: count} of one file that Verilator has written; `sources` are the lines of each module."""
    counts = collections.Counter()
    for record, count in _RECORD.findall(text):
        fields = dict(part.split("\x02", 1) for part in record.split("\x01") if part)
        module = pathlib.PurePath(fields["f"]).stem
        if module not in sources:
            continue  # a bench
        line = int(fields["l"])
        page = fields["page"].split("/")[0]
        kind = page.removeprefix("v_")
        if kind == "toggle":
            name = fields["o"]
        else:
            # Two conditions on one line are told apart by their column.
            source = re.sub(r"\s+", " ", sources[module][line - 1]).strip()
            name = f"{fields['o']} at {fields['n']} of \"{source}\""
        counts[Point(module, kind, name, line)] += int(count)
    return counts


class Explanations:
    """unreached.yaml: why a point cannot be, or need not be, reached."""

    def __init__(self, path):
        self.path = path
        self.entries = []
        for number, entry in enumerate(yaml.safe_load(path.read_text(encoding="utf-8")) or [], 1):
            where = f"{path.name}, entry {number}"
            if not isinstance(entry, dict) or sorted(entry) != ["kind", "module", "name", "why"]:
                raise SyntaxError(f"{where}: found {entry!r}, expected the fields module, kind, name, why")
            if len(str(entry["why"]).split()) < 5:
                raise SyntaxError(f"{where}: why: found {entry['why']!r}, expected a sentence")
            try:
                self.entries.append((entry, re.compile(entry["module"]), re.compile(entry["kind"]), re.compile(entry["name"])))
            except re.error as error:
                raise SyntaxError(f"{where}: {error}; module, kind and name are regular expressions") from error
        self.used = collections.Counter()
        self.hit = collections.defaultdict(list)

    def Match(self, point, count):
        """Whether an entry speaks of the point; notes entries that speak of a point that is reached."""
        found = False
        for i, (_, module, kind, name) in enumerate(self.entries):
            if module.fullmatch(point.module) and kind.fullmatch(point.kind) and name.fullmatch(point.name):
                found = True
                self.used[i] += 1
                if count:
                    self.hit[i].append(point)
        return found

    def Stale(self):
        """Entries that explain nothing, or what is reached all the same."""
        for i, (entry, *_) in enumerate(self.entries):
            label = f"{self.path.name}, entry {i + 1} ({entry['module']} {entry['kind']} {entry['name']})"
            if not self.used[i]:
                yield f"{label}: there is no such point; take it out"
            elif self.hit[i]:
                yield (f"{label}: {len(self.hit[i])} of its points are reached, the first is {self.hit[i][0]}; "
                       "narrow it or take it out")
