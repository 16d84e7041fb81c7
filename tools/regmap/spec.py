"""Reads and checks configs/registers.yaml: every later step may trust what it gets from here."""

import dataclasses

import yaml

COMMAND_BITS = 512
WORD_BITS = 64
REGISTER_SPACE = 0x1000


class SpecError(Exception):
    """The YAML source is wrong; the text says where."""


@dataclasses.dataclass(frozen=True)
class Field:
    """Bits of a register (word is 0) or of a command."""

    name: str
    word: int
    high: int
    low: int
    doc: str
    signed: bool = False

    @property
    def width(self):
        return self.high - self.low + 1

    @property
    def lsb(self):
        return self.word * WORD_BITS + self.low


@dataclasses.dataclass(frozen=True)
class Register:
    name: str
    offset: int
    access: str
    doc: str
    reset: int | None
    fields: tuple


@dataclasses.dataclass(frozen=True)
class Command:
    name: str
    opcode: int
    unit: str
    doc: str
    flags: tuple  # of Field, in the header's FLAGS byte
    fields: tuple


@dataclasses.dataclass(frozen=True)
class Named:
    """A named number: an error code, a token bit, a stamp word."""

    name: str
    number: int
    doc: str
    value: int | None = None


@dataclasses.dataclass(frozen=True)
class Spec:
    version: tuple
    registers: tuple
    errors: tuple
    tokens: tuple
    token_max: int
    header: tuple
    commands: tuple
    stamp: tuple
    abi_hash: int

    def header_field(self, name):
        return next(f for f in self.header if f.name == name)


def _take(entry, where, required, optional=()):
    """Strict keys: an unknown or missing key is a mistake in the source."""
    for key in entry:
        if key not in required and key not in optional:
            raise SpecError(f"{where}: unknown key '{key}'; known: {', '.join((*required, *optional))}")
    for key in required:
        if key not in entry:
            raise SpecError(f"{where}: key '{key}' is missing")


def _check_unique(items, where, key):
    seen = {}
    for item in items:
        value = key(item)
        if value in seen:
            raise SpecError(f"{where}: {item.name} repeats {value} of {seen[value]}")
        seen[value] = item.name


def _check_overlap(fields, where, bits):
    owner = {}
    for field in fields:
        if not 0 <= field.low <= field.high:
            raise SpecError(f"{where}.{field.name}: bits {field.high}:{field.low} run backwards")
        if field.high >= min(WORD_BITS, bits) or field.lsb + field.width > bits:
            raise SpecError(f"{where}.{field.name}: bits beyond the end")
        for bit in range(field.lsb, field.lsb + field.width):
            if bit in owner:
                raise SpecError(f"{where}.{field.name} overlaps {owner[bit]} at bit {bit}")
            owner[bit] = field.name
    _check_unique(fields, where, lambda f: f.name)


def _register_field(entry, where):
    _take(entry, where, ("name", "bits", "doc"))
    high, _, low = str(entry["bits"]).partition(":")
    return Field(entry["name"], 0, int(high), int(low or high), entry["doc"])


def _command_field(entry, where):
    _take(entry, where, ("name", "at", "doc"), ("signed",))
    word, high, low = (int(x) for x in entry["at"].split(":"))
    return Field(entry["name"], word, high, low, entry["doc"], entry.get("signed", False))


def _register(entry):
    where = f"register {entry.get('name', '?')}"
    _take(entry, where, ("name", "offset", "access", "doc"), ("reset", "fields"))
    if entry["access"] not in ("ro", "rw", "w1c"):
        raise SpecError(f"{where}: access '{entry['access']}' is not ro, rw or w1c")
    if entry["offset"] % 4 or not 0 <= entry["offset"] < REGISTER_SPACE:
        raise SpecError(f"{where}: offset {entry['offset']:#x} is not a multiple of 4 below 4096")
    if entry["access"] != "ro" and "reset" not in entry:
        raise SpecError(f"{where}: a writable register states its reset value")
    fields = tuple(_register_field(f, where) for f in entry.get("fields", ()))
    _check_overlap(fields, where, 32)
    return Register(entry["name"], entry["offset"], entry["access"], entry["doc"],
                    entry.get("reset"), fields)


def _command(entry, header):
    where = f"command {entry.get('name', '?')}"
    _take(entry, where, ("name", "opcode", "unit", "doc", "fields"), ("flags",))
    flags_byte = next(f for f in header if f.name == "FLAGS")
    flags = []
    for flag in entry.get("flags", ()):
        _take(flag, where, ("name", "bit", "doc"))
        if not 0 <= flag["bit"] < flags_byte.width:
            raise SpecError(f"{where}: flag {flag['name']} does not fit the FLAGS byte")
        bit = flags_byte.low + flag["bit"]
        flags.append(Field(flag["name"], flags_byte.word, bit, bit, flag["doc"]))
    fields = tuple(_command_field(f, where) for f in entry["fields"])
    _check_overlap((*header, *fields), where, COMMAND_BITS)
    _check_overlap(flags, where, COMMAND_BITS)
    return Command(entry["name"], entry["opcode"], entry["unit"], entry["doc"], tuple(flags), fields)


def _named(entries, where, key):
    items = []
    for entry in entries:
        _take(entry, where, ("name", key), ("doc", "value") if key == "word" else ("doc",))
        items.append(Named(entry["name"], entry[key], entry.get("doc", ""), entry.get("value")))
    _check_unique(items, where, lambda i: i.name)
    _check_unique(items, where, lambda i: i.number)
    return tuple(items)


def _fnv1a(text):
    value = 0x811C9DC5
    for byte in text.encode():
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


def _meaning(version, registers, errors, tokens, token_max, header, commands, stamp):
    """Names and numbers in order, one per line: what both sides must agree on. Prose is left out."""

    def bits(field):
        return f"{field.name}={field.lsb}+{field.width}{'s' if field.signed else ''}"

    lines = [f"version {version[0]}.{version[1]}", f"token_max {token_max}"]
    for r in registers:
        lines.append(f"register {r.name} {r.offset} {r.access} {r.reset} " + " ".join(map(bits, r.fields)))
    for kind, items in (("error", errors), ("token", tokens), ("stamp", stamp)):
        lines += [f"{kind} {i.name} {i.number} {i.value}" for i in items]
    lines.append("header " + " ".join(map(bits, header)))
    for c in commands:
        lines.append(f"command {c.name} {c.opcode} {c.unit} " + " ".join(map(bits, (*c.flags, *c.fields))))
    return "\n".join(lines)


def load(path):
    """Returns the checked Spec; raises SpecError naming what is wrong."""
    with open(path, encoding="utf-8") as file:
        doc = yaml.safe_load(file)
    _take(doc, "top level", ("version", "registers", "errors", "tokens", "token_max", "command_bytes",
                             "header", "commands", "stamp"))
    if doc["command_bytes"] * 8 != COMMAND_BITS:
        raise SpecError(f"command_bytes: this generator knows {COMMAND_BITS // 8}-byte commands only")
    registers = tuple(_register(r) for r in doc["registers"])
    _check_unique(registers, "registers", lambda r: r.name)
    _check_unique(registers, "registers", lambda r: r.offset)
    header = tuple(_command_field(f, "header") for f in doc["header"])
    _check_overlap(header, "header", WORD_BITS)
    commands = tuple(_command(c, header) for c in doc["commands"])
    _check_unique(commands, "commands", lambda c: c.name)
    _check_unique(commands, "commands", lambda c: c.opcode)
    version = (doc["version"]["major"], doc["version"]["minor"])
    errors = _named(doc["errors"], "errors", "value")
    tokens = _named(doc["tokens"], "tokens", "bit")
    stamp = _named(doc["stamp"], "stamp", "word")
    parts = (version, registers, errors, tokens, doc["token_max"], header, commands, stamp)
    return Spec(*parts, abi_hash=_fnv1a(_meaning(*parts)))
