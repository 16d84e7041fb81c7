"""The mistakes: each operator takes a site and yields (name, text of the site with the mistake in it).

A replacement is an expression for a condition or a port, a whole statement for an assignment ("" = the statement is
gone). No operator knows the module it works in.
"""

import re

# What each name in a report means, in the order of the table.
NAMES = {
    "arithmetic": "+ for -, - for +",
    "bound": "< for <=, >= for >, and back",
    "equality": "== for !=, and back",
    "logic": "&& for ||, & for |, and back",
    "negation": "a negation dropped, a condition inverted",
    "swap": "operands of - and of comparisons, branches of ?:, neighbours in a concatenation",
    "constant": "a literal one more or one less",
    "field": "the bit beside the selected one",
    "shift": "left for right, logical for arithmetic",
    "sign": "$signed() dropped, a sign bit replaced by 0",
    "enable": "a condition that always holds",
    "event": "a condition that never holds: a lost valid, ready, token",
    "reset": "a reset without effect, or to the wrong value",
    "update": "an assignment left out",
    "stuck": "a bit stuck at 0 or 1",
}

_ALTERNATIVES = {
    "+": ("arithmetic", "-"), "-": ("arithmetic", "+"),
    "<": ("bound", "<="), "<=": ("bound", "<"), ">": ("bound", ">="), ">=": ("bound", ">"),
    "==": ("equality", "!="), "!=": ("equality", "=="),
    "&&": ("logic", "||"), "||": ("logic", "&&"), "&": ("logic", "|"), "|": ("logic", "&"),
    "<<": ("shift", ">>"), ">>": ("shift", "<<"), ">>>": ("shift", ">>"),
}
_BINARY_BEFORE = ("number", "name")
# Operators that bind less tightly than a comparison, or than - and +: where their operands end.
_ENDS = {"?", ":", ",", "&&", "||", "&", "|", "^"}
_COMPARISONS = {"<", "<=", ">", ">="}
_ENDS_OF_SUM = _ENDS | _COMPARISONS | {"==", "!=", "<<", ">>", ">>>"}
_PAIRS = {"(": ")", "[": "]", "{": "}"}


class Expression:
    """The tokens of one site with their bracket structure."""

    def __init__(self, text, site):
        self.text = text
        self.tokens = site.expression
        self.match = {}
        self.depth_bracket = []  # inside [ ]: known at elaboration, for the most part
        opened = []
        for i, token in enumerate(self.tokens):
            self.depth_bracket.append(any(self.tokens[o].text == "[" for o in opened))
            if token.text in _PAIRS:
                opened.append(i)
            elif token.text in _PAIRS.values():
                o = opened.pop()
                self.match[o], self.match[i] = i, o

    def Text(self, first=0, last=None):
        """Tokens first..last, the last not included."""
        last = len(self.tokens) if last is None else last
        return self.text[self.tokens[first].start:self.tokens[last - 1].end] if first < last else ""

    def With(self, *changes):
        """The expression with (first, last, new text) of `changes`, which do not overlap, from left to right."""
        start = self.tokens[0].start
        result = ""
        for first, last, new in changes:
            result += self.text[start:self.tokens[first].start] + new
            start = self.tokens[last - 1].end
        return result + self.text[start:self.tokens[-1].end]

    def Binary(self, i):
        before = self.tokens[i - 1] if i else None
        return before is not None and (before.kind in _BINARY_BEFORE or before.text in (")", "]", "}"))

    def Left(self, i, ends):
        """First token of the operand on the left of i."""
        j = i
        while j > 0:
            previous = self.tokens[j - 1].text
            if previous in ends or previous in _PAIRS:
                break
            j = self.match[j - 1] if previous in _PAIRS.values() else j - 1
        return j

    def Right(self, i, ends):
        """One past the last token of the operand on the right of i."""
        j = i + 1
        while j < len(self.tokens):
            text = self.tokens[j].text
            if text in ends or text in _PAIRS.values():
                break
            j = self.match[j] + 1 if text in _PAIRS else j + 1
        return j


def _Operators(e):
    for i, token in enumerate(e.tokens):
        if e.depth_bracket[i] or token.text not in _ALTERNATIVES or not e.Binary(i):
            continue
        name, other = _ALTERNATIVES[token.text]
        yield name, e.With((i, i + 1, other))
        ends = _ENDS | {"==", "!="} if token.text in _COMPARISONS else _ENDS_OF_SUM | {"+", "-"}
        if token.text == "-" or token.text in _COMPARISONS:
            left, right = e.Left(i, ends - {"+", "-"} if token.text == "-" else ends), e.Right(i, ends)
            # The count of a replication, as in {A - 1{x}}: the braces behind it are none of its operands.
            if any(t.text == "{" for t in e.tokens[i + 2:right]):
                continue
            yield "swap", e.With((left, right, f"{e.Text(i + 1, right)} {token.text} {e.Text(left, i)}"))


def _Unary(e):
    for i, token in enumerate(e.tokens):
        if token.text in ("!", "~") and not e.depth_bracket[i]:
            yield "negation", e.With((i, i + 1, ""))
        if token.text == "$signed":
            yield "sign", e.With((i, i + 1, ""))


def _Ternaries(e):
    for i, token in enumerate(e.tokens):
        if token.text != "?" or e.depth_bracket[i]:
            continue
        nested, j = 0, i + 1
        while nested or e.tokens[j].text != ":":
            text = e.tokens[j].text
            nested += {"?": 1, ":": -1}.get(text, 0)
            j = e.match[j] + 1 if text in _PAIRS else j + 1
        # The other branch reaches to the end of what encloses the choice.
        end = j + 1
        while end < len(e.tokens) and e.tokens[end].text not in (",", ")", "}", "]"):
            end = e.match[end] + 1 if e.tokens[end].text in _PAIRS else end + 1
        yield "swap", e.With((i + 1, end, f"({e.Text(j + 1, end)}) : ({e.Text(i + 1, j)})"))


def _Concatenations(e):
    for i, token in enumerate(e.tokens):
        if token.text != "{" or e.depth_bracket[i]:
            continue
        close, starts, j = e.match[i], [i + 1], i + 1
        replication = False
        while j < close:
            replication = replication or e.tokens[j].text == "{" and j != starts[-1]
            if e.tokens[j].text == ",":
                starts.append(j + 1)
            j = e.match[j] + 1 if e.tokens[j].text in _PAIRS else j + 1
        ends = [s - 1 for s in starts[1:]] + [close]
        parts = [e.Text(a, b) for a, b in zip(starts, ends)]
        for k in range(len(parts) - 1):
            if parts[k] != parts[k + 1]:
                yield "swap", e.With((starts[k], ends[k + 1], f"{parts[k + 1]}, {parts[k]}"))
        if len(parts) > 1 and (bit := _SignOf(parts[0], parts[1])):
            yield "sign", e.With((starts[0], ends[0], parts[0].replace(bit, "1'b0")))


def _SignOf(first, second):
    """The bit in `first` that extends the sign of `second`, as in {x[7], x} and {{24{x[7]}}, x[7:0]}."""
    match = re.fullmatch(r"(\{[^{}]*\{)?((\w+)\[([^\[\]]*)\])(\}\})?", first)
    if not match:
        return None
    replicated, bit, name, index = match.group(1, 2, 3, 4)
    extends = second == name or second.startswith(f"{name}[{index}:") or replicated and second.startswith(f"{name}[")
    return bit if extends else None


def _Constants(e):
    for i, token in enumerate(e.tokens):
        after = e.tokens[i + 1].text if i + 1 < len(e.tokens) else ""
        before = e.tokens[i - 1].text if i else ""
        if token.kind != "number" or e.depth_bracket[i] or after in ("'", "{"):
            continue
        if token.text in ("'0", "'1"):
            if len(e.tokens) == 1:
                continue  # "stuck" or "reset"
            yield "constant", e.With((i, i + 1, "'1" if token.text == "'0" else "'0"))
            continue
        match = re.fullmatch(r"(?:(\d+)'[sS]?([bodhBODH]))?([0-9a-fA-F_]+)", token.text)
        if not match or before == "'":
            continue
        base = {"b": 2, "o": 8, "d": 10, "h": 16, "": 10}[(match.group(2) or "").lower()]
        value, bits = int(match.group(3).replace("_", ""), base), int(match.group(1) or 32)
        for changed in (value + 1, value - 1):
            if 0 <= changed < 1 << bits:
                radix = "b" if bits == 1 else "d"
                yield "constant", e.With((i, i + 1, f"{bits}'{radix}{changed}" if match.group(1) else str(changed)))


def _Names(e):
    """Constants of the package; state names of an enumeration are left alone, they have no neighbours."""
    for i, token in enumerate(e.tokens):
        if token.text == "fr_pkg" and not e.depth_bracket[i]:
            after = e.tokens[i + 3].text if i + 3 < len(e.tokens) else ""
            if after != "[":
                yield "constant", e.With((i, i + 3, f"({e.Text(i, i + 3)} + 1)"))


def _Fields(e):
    """x[base +: w] and x[bit]: one bit further up. Names of generate blocks are no vectors."""
    for i, token in enumerate(e.tokens):
        if token.text != "[" or e.depth_bracket[i] or e.tokens[i - 1].text.startswith("g_"):
            continue
        close = e.match[i]
        j = i + 1
        while j < close and e.tokens[j].text not in ("+:", "-:", ":"):
            j = e.match[j] + 1 if e.tokens[j].text in _PAIRS else j + 1
        if j < close and e.tokens[j].text == ":":
            continue
        after = e.tokens[close + 1].text if close + 1 < len(e.tokens) else ""
        if after != ".":
            yield "field", e.With((i + 1, j, f"({e.Text(i + 1, j)}) + 1"))


def _Stuck(e, width):
    """Bit 0 or the top bit of what is assigned; None: more than one bit, how many a parameter decides."""
    if width == 1:
        yield "stuck", "1'b0"
        yield "stuck", "1'b1"
        return
    if len(e.tokens) == 1 and e.tokens[0].kind == "number" or re.fullmatch(r"fr_pkg::\w+", e.Text()):
        return  # a constant has that bit already, or "constant" changes it
    for bit in sorted({0, (width or 1) - 1}):
        if bit or not re.search(r"\d'b0+\}$", e.Text()):  # {address, 3'b000} has that 0 already
            yield "stuck", f"({e.Text()}) & ~({width or 32}'d1 << {bit})"
        yield "stuck", f"({e.Text()}) | ({width or 32}'d1 << {bit})"


def Mutate(text, site, width):
    """(operator, replacement) of every mistake that fits; `width` of what is assigned, None if unknown."""
    e = Expression(text, site)
    expressions = [*_Operators(e), *_Unary(e), *_Ternaries(e), *_Concatenations(e), *_Constants(e), *_Names(e),
                   *_Fields(e)]
    if site.kind == "condition":
        yield from expressions
        if site.resets:
            yield "reset", "1'b0"
            return
        yield "negation", f"!({e.Text()})"
        yield "event", "1'b0"
        yield "enable", "1'b1"
    elif site.kind == "port":
        yield from expressions
        if site.target == "rst_ni":
            yield "reset", "1'b1"
        elif site.target != "clk_i":
            yield from _Stuck(e, width)
    else:
        assign = {"assign": "=", "blocking": "=", "nonblocking": "<="}[site.kind]
        if site.resets:
            yield "reset", ""
            inverse = {"'0": "'1", "1'b0": "1'b1", "1'b1": "1'b0"}.get(e.Text())
            if inverse:
                yield "reset", f"{site.target} {assign} {inverse};"
            return
        stuck = [] if "$signed" in e.Text() else _Stuck(e, width if re.fullmatch(r"\w+", site.target) else None)
        for name, changed in [*expressions, *stuck]:
            yield name, f"{site.target} {assign} {changed};"
        if site.kind == "nonblocking":
            yield "update", ""
