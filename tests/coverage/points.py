"""Coverage points of the RTL as Verilator counts them: read, added up, named so that a name survives other edits.

A point is named by module, kind and what stands there: `toggle level_q[4]`, `if/else of "if (push) mem[..."`. The same
point of several instances, engines and tests is one point; it is reached when any of them reaches it. A bit is a point:
it is reached when it has changed.
"""

import collections
import dataclasses
import pathlib
import re

import yaml

_RECORD = re.compile(r"^C '(.*)' (\d+)$", re.MULTILINE)
_BIT = re.compile(r"(.*)\[(\d+)\]")
_FIELDS = {"module", "kind", "name", "why"}


@dataclasses.dataclass(frozen=True, order=True)
class Point:
    module: str
    kind: str  # "toggle", "line", "branch"
    name: str
    line: int = dataclasses.field(compare=False)

    def __str__(self):
        return f"{self.module}.sv:{self.line} {self.kind} {self.name}"

    def Signal(self):
        """(name, bit) of a toggle; the bit is None for a signal that has only one."""
        bit = _BIT.fullmatch(self.name) if self.kind == "toggle" else None
        return (bit[1], int(bit[2])) if bit else (self.name, None)


def Read(text, sources):
    """{Point: count} of one file that Verilator has written; `sources` are the lines of each module."""
    counts = collections.Counter()
    labels = {module: _Labels(lines) for module, lines in sources.items()}
    for record, count in _RECORD.findall(text):
        fields = dict(part.split("\x02", 1) for part in record.split("\x01") if part)
        module = pathlib.PurePath(fields["f"]).stem
        if module not in sources:
            continue  # a bench
        if fields["o"].count("[") > 1:
            continue  # a word of a memory
        line = int(fields["l"])
        page = fields["page"].split("/")[0]
        kind = page.removeprefix("v_")
        if kind == "toggle":
            name = fields["o"]
        else:
            # Two conditions on one line are told apart by their column.
            name = f"{fields['o']} at {fields['n']} of {labels[module][line - 1]}"
        counts[Point(module, kind, name, line)] += int(count)
    return counts


def Bits(text):
    """{31, 30, 2} of "31:30,2"."""
    bits = set()
    if not isinstance(text, str):  # YAML reads 7:4 as a number to the base of 60
        raise ValueError(f"found {text!r}, expected a text as in '31:12,0'")
    for part in text.split(","):
        ends = [int(end) for end in part.split(":")]
        if len(ends) > 2 or ends[0] < ends[-1]:
            raise ValueError(f"found {text!r}, expected bits as in 31:12,0")
        bits.update(range(ends[-1], ends[0] + 1))
    return bits


def Grouped(found):
    """The points as text, the bits of one signal in one line: `fr_x.sv:3 toggle a[7:4,0]`."""
    signals = collections.defaultdict(list)
    for point in sorted(found):
        name, bit = point.Signal()
        signals[point.module, point.line, point.kind, name].append(bit)
    for (module, line, kind, name), bits in signals.items():
        ranges = []
        for bit in sorted((b for b in bits if b is not None), reverse=True):
            if ranges and ranges[-1][1] == bit + 1:
                ranges[-1][1] = bit
            else:
                ranges.append([bit, bit])
        inside = ",".join(f"{high}:{low}" if high != low else str(high) for high, low in ranges)
        yield f"{module}.sv:{line} {kind} {name}" + (f"[{inside}]" if inside else "")


def _Labels(lines):
    """The lines as points name them: blanks squeezed, equal ones told apart by their number among them."""
    seen = collections.Counter()
    labels = []
    for line in lines:
        text = re.sub(r"\s+", " ", line).strip()
        seen[text] += 1
        labels.append(f'"{text}"' + (f" #{seen[text]}" if seen[text] > 1 else ""))
    return labels


class Explanations:
    """unreached.yaml: why a point cannot be, or need not be, reached."""

    def __init__(self, path):
        self.path = path
        self.entries = []
        for number, entry in enumerate(yaml.safe_load(path.read_text(encoding="utf-8")) or [], 1):
            where = f"{path.name}, entry {number}"
            if not isinstance(entry, dict) or set(entry) - {"bits"} != _FIELDS:
                raise SyntaxError(f"{where}: found {entry!r}, expected the fields module, kind, name, why and perhaps bits")
            if len(str(entry["why"]).split()) < 5:
                raise SyntaxError(f"{where}: why: found {entry['why']!r}, expected a sentence")
            try:
                patterns = [re.compile(entry[field]) for field in ("module", "kind", "name")]
                bits = Bits(entry["bits"]) if "bits" in entry else None
            except re.error as error:
                raise SyntaxError(f"{where}: {error}; module, kind and name are regular expressions") from error
            except ValueError as error:
                raise SyntaxError(f"{where}: bits: {error}") from error
            self.entries.append((entry, *patterns, bits))
        self.used = collections.Counter()
        self.bits = collections.defaultdict(set)  # that were found
        self.hit = collections.defaultdict(list)

    def Match(self, point, count):
        """Whether an entry speaks of the point; notes entries that speak of a point that is reached."""
        found = False
        signal, bit = point.Signal()
        for i, (_, module, kind, name, bits) in enumerate(self.entries):
            if (module.fullmatch(point.module) and kind.fullmatch(point.kind) and name.fullmatch(signal)
                    and (bits is None or bit in bits)):
                found = True
                self.used[i] += 1
                self.bits[i].add(bit)
                if count:
                    self.hit[i].append(point)
        return found

    def Stale(self):
        """Entries that explain nothing, or what is reached all the same."""
        for i, (entry, _, _, _, bits) in enumerate(self.entries):
            label = (f"{self.path.name}, entry {i + 1} ({entry['module']} {entry['kind']} {entry['name']}"
                     + (f"[{entry['bits']}])" if "bits" in entry else ")"))
            absent = (bits or set()) - self.bits[i]
            if not self.used[i]:
                yield f"{label}: there is no such point; take it out"
            elif self.hit[i]:
                yield (f"{label}: {len(self.hit[i])} of its points are reached: {', '.join(Grouped(self.hit[i]))}; "
                       "narrow it or take it out")
            elif absent:
                yield f"{label}: no signal of it has the bits {sorted(absent)}; narrow it"
