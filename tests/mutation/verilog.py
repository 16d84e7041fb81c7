"""Where a mutation can be made in a SystemVerilog file of this project's subset (docs of the style: one module per
file, ANSI ports, always_comb / always_ff / assign / functions / generate blocks).

Sites(text) walks the file and yields every place whose meaning is decided at run time: the right-hand side of an
assignment, the condition of an `if` in a procedure, an input expression of an instance. Everything that has to be
known at elaboration (parameters, declarations, loop headers, generate conditions, case labels) is stepped over.
"""

import dataclasses
import re

_TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/|\(\*.*?\*\))
      | (?P<string>"(?:[^"\\]|\\.)*")
      | (?P<directive>`\w+)
      | (?P<number>\d*'[sS]?[bBoOdDhH][0-9a-fA-F_xXzZ?]+|'[01]|\d+)
      | (?P<name>[$\w]+)
      | (?P<op><<<|>>>|<<|>>|<=|>=|==|!=|&&|\|\||\+:|-:|::|[-+*/%<>=!~&|^?:;,.(){}\[\]'@\#])
      | (?P<space>\s+)""",
    re.VERBOSE | re.DOTALL)
_OPEN = {"(": ")", "[": "]", "{": "}"}


@dataclasses.dataclass(frozen=True)
class Token:
    text: str
    start: int
    end: int
    kind: str


@dataclasses.dataclass(frozen=True)
class Site:
    """Text positions: [start, end) is what is replaced, [first, last) the tokens of the expression in it."""
    kind: str  # "assign", "blocking", "nonblocking", "condition", "port"
    start: int
    end: int
    target: str  # what is assigned, or the port; "" for a condition
    expression: tuple  # Tokens
    resets: bool = False  # the statement stands in the branch that a reset takes
    module: str = ""  # of a port: whose


def Tokens(text):
    tokens = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if not match:
            line = text.count("\n", 0, at) + 1
            raise SyntaxError(f"line {line}: found {text[at:at + 20]!r}, expected a token of the subset in STYLE")
        if match.lastgroup not in ("comment", "space"):
            tokens.append(Token(match.group(), at, match.end(), match.lastgroup))
        at = match.end()
    return tokens


class _Walker:
    """One pass over the tokens of a file, from left to right."""

    def __init__(self, text, inputs):
        self.text = text
        self.tokens = Tokens(text)
        self.at = 0
        self.inputs = inputs
        self.sites = []

    def Look(self, offset=0):
        at = self.at + offset
        return self.tokens[at].text if at < len(self.tokens) else ""

    def Take(self, expected=None):
        if self.at >= len(self.tokens):
            raise SyntaxError(f"the file ends where {expected or 'more'} was expected")
        token = self.tokens[self.at]
        if expected is not None and token.text != expected:
            line = self.text.count("\n", 0, token.start) + 1
            raise SyntaxError(f"line {line}: found {token.text!r}, expected {expected!r}")
        self.at += 1
        return token

    def Group(self):
        """A bracketed group; its inner tokens."""
        first = self.at + 1
        closing = [_OPEN[self.Take().text]]
        while closing:
            text = self.Take().text
            if text in _OPEN:
                closing.append(_OPEN[text])
            elif text == closing[-1]:
                closing.pop()
        return tuple(self.tokens[first:self.at - 1])

    def Until(self, *ends):
        """Tokens up to one of `ends` outside all brackets, which is not taken."""
        first = self.at
        while self.Look() not in ends:
            if self.Look() in _OPEN:
                self.Group()
            else:
                self.Take()
        return tuple(self.tokens[first:self.at])

    def Label(self):
        if self.Look() == ":":
            self.Take()
            self.Take()

    # Module level.
    def Module(self):
        while self.Look() != "module":
            if self.at >= len(self.tokens):
                return  # a package or a header
            self.Take()
        self.Until(";")
        self.Take(";")
        while self.Look() != "endmodule":
            self.Item()

    def Item(self):
        text = self.Look()
        if text == "assign":
            start = self.Take().start
            target = self.Until("=")
            self.Take("=")
            expression = self.Until(";")
            self.Add("assign", start, self.Take(";").end, target, expression)
        elif text in ("always_comb", "always_ff", "always"):
            self.Take()
            if self.Look() == "@":
                self.Take()
                self.Group()
            self.Statement(False)
        elif text == "initial":
            self.Take()
            self.Skip()
        elif text == "function":
            self.Until(";")
            self.Take()
            while self.Look() != "endfunction":
                if self.Look() in ("logic", "int"):
                    self.Until(";")
                    self.Take()
                else:
                    self.Statement(False)
            self.Take()
        elif text in ("begin", "end", "else", "generate", "endgenerate", ";"):
            self.Take()
            self.Label() if text == "begin" else None
        elif text in ("for", "if"):
            self.Take()
            self.Group()
        elif self.tokens[self.at].kind == "directive":
            self.Take()
            if self.Look() == "(":
                self.Group()
        elif text in self.inputs:
            self.Instance(text)
        else:  # declarations
            self.Until(";")
            self.Take(";")

    def Instance(self, module):
        self.Take()
        if self.Look() == "#":
            self.Take()
            self.Group()
        self.Take()
        self.Take("(")
        while self.Look() != ")":
            if self.Look() == ",":
                self.Take()
                continue
            self.Take(".")
            port = self.Take().text
            if self.Look() != "(":
                continue
            first = self.at
            inner = self.Group()
            if inner and port in self.inputs[module]:
                self.sites.append(Site("port", self.tokens[first].end, self.tokens[self.at - 1].start, port, inner,
                                       module=module))
        self.Take(")")
        self.Take(";")

    # Procedures.
    def Skip(self):
        """A statement in which nothing is looked for."""
        kept = len(self.sites)
        self.Statement(False)
        del self.sites[kept:]

    def Statement(self, resets):
        text = self.Look()
        if text == "begin":
            self.Take()
            self.Label()
            while self.Look() != "end":
                if self.Look() == "logic":
                    self.Until(";")
                    self.Take()
                else:
                    self.Statement(resets)
            self.Take()
        elif text == "if":
            self.If(resets)
        elif text in ("unique", "case", "casez"):
            self.Case(resets)
        elif text == "for":
            self.Take()
            self.Group()
            self.Statement(resets)
        elif text == ";":
            self.Take()
        elif text.startswith("$"):
            self.Until(";")
            self.Take()
        else:
            start = self.tokens[self.at].start
            target = self.Until("=", "<=")
            kind = "blocking" if self.Take().text == "=" else "nonblocking"
            expression = self.Until(";")
            self.Add(kind, start, self.Take(";").end, target, expression, resets)

    def If(self, resets):
        self.Take()
        first = self.at
        condition = self.Group()
        site = len(self.sites)
        reset = [t.text for t in condition[:2]] == ["!", "rst_ni"]
        self.Statement(resets or reset)
        self.sites.insert(site, Site("condition", self.tokens[first].end, condition[-1].end, "", condition, reset))
        if self.Look() == "else":
            self.Take()
            self.Statement(resets)

    def Case(self, resets):
        if self.Look() == "unique":
            self.Take()
        self.Take()
        self.Group()
        while self.Look() != "endcase":
            if self.Look() == "default":
                self.Take()
            else:
                self.Until(":")
            self.Take(":")
            self.Statement(resets)
        self.Take()

    def Add(self, kind, start, end, target, expression, resets=False):
        name = self.text[target[0].start:target[-1].end]
        self.sites.append(Site(kind, start, end, name, expression, resets))


def InputPorts(texts):
    """{module: names of its input ports} of all files."""
    ports = {}
    for text in texts:
        module = re.search(r"^module (\w+)", text, re.MULTILINE)
        if module:
            header = text[module.start():text.index(");", module.end())]
            ports[module.group(1)] = set(re.findall(r"^\s*input\s+logic(?:\s+signed)?\s*(?:\[[^\]]*\])?\s*(\w+)",
                                                    header, re.MULTILINE))
    return ports


def Widths(text):
    """{name: bits, or None where a parameter decides} of the declarations of one file."""
    widths = {}
    for match in re.finditer(r"\blogic(?:\s+signed)?\s*(\[[^\]]*\])?\s*((?:\w+\s*,\s*)*\w+)\s*(?=[;,)\n]|//)", text):
        numbers = re.fullmatch(r"\[\s*(\d+)\s*:\s*0\s*\]", match.group(1) or "[0:0]")
        for name in re.split(r"\s*,\s*", match.group(2)):
            if name not in widths:
                widths[name] = int(numbers.group(1)) + 1 if numbers else None
    return widths


def Sites(text, inputs):
    """All sites of one file; `inputs` as InputPorts() gives them."""
    walker = _Walker(text, inputs)
    walker.Module()
    return walker.sites
