"""What came out of a campaign: tables, JSON, and what is wrong with it."""

import collections
import dataclasses
import pathlib

import yaml

import generate
import operators

LEAST_KILLED = 0.95
EXPLANATIONS = pathlib.Path(__file__).resolve().parent / "survivors.yaml"
_FIELDS = ("module", "operator", "original", "mutated", "seed", "equivalent", "why")


@dataclasses.dataclass
class Explanation:
    """Why a mutant lives."""

    seed: int  # of the campaign that makes it
    equivalent: bool  # no command stream, on no engine, can tell it from the original
    why: str


def Explained():
    """{(module, operator, original, mutated): Explanation} of survivors.yaml; raises SyntaxError with what is wrong in it."""
    entries = yaml.safe_load(EXPLANATIONS.read_text(encoding="utf-8")) or []
    result = {}
    for number, entry in enumerate(entries, 1):
        where = f"{EXPLANATIONS.name}, entry {number}"
        if not isinstance(entry, dict) or sorted(entry) != sorted(_FIELDS):
            raise SyntaxError(f"{where}: found {entry!r}, expected the fields {', '.join(_FIELDS)}")
        if len(str(entry["why"]).split()) < 5:
            raise SyntaxError(f"{where}: why: found {entry['why']!r}, expected a sentence that says why no test can tell")
        if not isinstance(entry["seed"], int) or not isinstance(entry["equivalent"], bool):
            raise SyntaxError(f"{where}: found seed {entry['seed']!r} and equivalent {entry['equivalent']!r}, expected a "
                              "number and true or false")
        result[_Key(entry)] = Explanation(entry["seed"], entry["equivalent"], entry["why"].strip())
    return result


def _Key(mutant):
    return tuple(mutant[field] or "" for field in ("module", "operator", "original", "mutated"))


def Killer(verdicts):
    return next((v for v in verdicts if v.killed), None)


def _Line(mutant):
    port = f" .{mutant['port']}" if mutant["port"] else ""
    return (f"{mutant['id']} {mutant['module']}.sv:{mutant['line']}{port} {mutant['operator']}: {mutant['original']}  =>  "
            f"{mutant['mutated'] or '(nothing)'}")


def One(mutant, verdicts, build):
    lines = [f"mutant {_Line(mutant)}"]
    for v in verdicts:
        lines.append(f"  {v.program}: {v.outcome} {v.detail} ({v.cpu_s:.1f} s)")
    lines.append(f"one test by hand: FRAGUA_MUTANT={mutant['id']} {build}/tests/rtl/..._test; as plain RTL: "
                 f"tests/mutation/generate.py --only {mutant['id']} --output DIR")
    return "\n".join(lines)


@dataclasses.dataclass
class Report:
    mutants: list
    results: dict  # id -> Verdicts
    explained: dict
    seed: int | None  # None when not all mutants of a seed were made

    def Killed(self):
        return [m for m in self.mutants if Killer(self.results[m["id"]])]

    def Survivors(self):
        return [m for m in self.mutants if not Killer(self.results[m["id"]])]

    def Rate(self):
        """(killed, those that are not equivalent)."""
        equivalent = sum(e.equivalent for m in self.Survivors() if (e := self.explained.get(_Key(m))))
        return len(self.Killed()), len(self.mutants) - equivalent

    def Markdown(self):
        lines = ["| operator | mistake | made | killed | survived | by |", "|---|---|---|---|---|---|"]
        total = collections.Counter()
        for name, meaning in operators.NAMES.items():
            mine = [m for m in self.mutants if m["operator"] == name]
            if mine:
                killers = [Killer(self.results[m["id"]]) for m in mine]
                how = collections.Counter(k.outcome for k in killers if k)
                total.update(how)
                killed = sum(how.values())
                lines.append(f"| {name} | {meaning} | {len(mine)} | {killed} | {len(mine) - killed} | "
                             f"{', '.join(f'{n} {o}' for o, n in how.most_common())} |")
        killed = len(self.Killed())
        lines.append(f"| **all** | | {len(self.mutants)} | {killed} | {len(self.mutants) - killed} | "
                     f"{', '.join(f'{n} {o}' for o, n in total.most_common())} |")
        lines += ["", "| means | mutants it had | killed first |", "|---|---|---|"]
        had, first = collections.Counter(), collections.Counter()
        for verdicts in self.results.values():
            had.update(v.program for v in verdicts)
            if Killer(verdicts):
                first[Killer(verdicts).program] += 1
        lines += [f"| `{program}` | {n} | {first[program]} |" for program, n in had.items()]
        modules = collections.Counter(m["module"] for m in self.mutants)
        lines += ["", f"{killed} of {len(self.mutants)} mutants in {len(modules)} modules killed "
                      f"({100 * killed / len(self.mutants):.1f} %)"]
        others = self.Rate()[1]
        if others < len(self.mutants):
            lines.append(f"of the {others} that are not equivalent: {killed} ({100 * killed / others:.1f} %)")
        for mutant in self.Survivors():
            explained = self.explained.get(_Key(mutant))
            lines.append(f"survivor {_Line(mutant)}\n    {explained.why if explained else 'NOT EXPLAINED'}")
        return "\n".join(lines)

    def Complaints(self, build):
        complaints = []
        number, others = self.Rate()
        if self.seed == generate.DEFAULT_SEED and number < LEAST_KILLED * len(self.mutants):
            complaints.append(f"killed {100 * number / len(self.mutants):.1f} % of the mutants, expected at least "
                              f"{100 * LEAST_KILLED:.0f} %")
        if number < LEAST_KILLED * others:
            complaints.append(f"killed {100 * number / others:.1f} % of the mutants that are not equivalent, expected at "
                              f"least {100 * LEAST_KILLED:.0f} %")
        for mutant in self.Survivors():
            if _Key(mutant) not in self.explained:
                complaints.append(f"not explained in {EXPLANATIONS.name}: survivor {_Line(mutant)}; write the test that "
                                  "kills it, or why none can")
            for v in self.results[mutant["id"]]:
                if v.outcome == "inconclusive":
                    complaints.append(f"mutant {mutant['id']}: {v.program} decided nothing ({v.detail}); give the wait "
                                      "in it a bound")
        killed = {_Key(m) for m in self.Killed()}
        complaints += [f"explained in {EXPLANATIONS.name} but killed: {key}; take the entry out"
                       for key in self.explained if key in killed]
        if self.seed is not None:
            made = {_Key(m) for m in self.mutants}
            complaints += [f"explained in {EXPLANATIONS.name} but not made: {key}; take the entry out"
                           for key, explained in self.explained.items()
                           if explained.seed == self.seed and key not in made]
        return complaints

    def Json(self, seed, count):
        return {
            "seed": seed, "count": count, "killed": len(self.Killed()),
            "mutants": [{**{k: m[k] for k in ("id", "module", "line", "operator", "kind", "port", "original", "mutated")},
                         "killed_by": (k.program if (k := Killer(self.results[m["id"]])) else None),
                         "verdicts": [dataclasses.asdict(v) for v in self.results[m["id"]]],
                         "why": getattr(self.explained.get(_Key(m)), "why", None)} for m in self.mutants]}
