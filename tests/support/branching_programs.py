"""Random functions in which Python decides: branches, loops that end by a tolerance, sorting, containers in containers.

They are texts, so that a failure can be read and tried. Their arguments come from a few round numbers, so that
comparisons come out either way, and equal.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random
from typing import Any

import autograd_core as ag

NUMBERS = (-2.0, -1.0, -0.5, -0.0, 0.0, 0.25, 0.5, 1.0, 1.5, 3.0)

_UNARY = ("ag.sin({})", "ag.tanh({})", "ag.exp(-abs({}))", "{} * {}", "abs({})", "ag.relu({})", "-{}",
          "ag.sqrt(abs({}) + 0.5)")  # fmt: skip
_BINARY = ("{} + {}", "{} - {}", "{} * {}", "{} / (abs({} * {}) + 1.0)", "ag.maximum({}, {})",
           "ag.hypot({}, {})", "max({}, {})", "min({}, {})")  # fmt: skip
_COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")

FORMS: dict[str, Callable[[Random], tuple[Any, ...]]] = {
    "number": lambda random: (random.choice(NUMBERS),),
    "list": lambda random: ([random.choice(NUMBERS) for _ in range(4)],),
    "nested": lambda random: ({"a": random.choice(NUMBERS), "b": [random.choice(NUMBERS), (random.choice(NUMBERS),)]},),
    "two": lambda random: (random.choice(NUMBERS), random.choice(NUMBERS)),
    "flag": lambda random: (random.choice(NUMBERS), random.choice([True, False])),
    "count": lambda random: ([random.choice(NUMBERS) for _ in range(3)], random.choice([1, 2, 3])),
}  # fmt: skip
_OPENINGS = {
    "number": ("x", ["x"]),
    "list": ("v", ["v[0]", "v[1]", "v[2]", "v[3]"]),
    "nested": ("p", ["p['a']", "p['b'][0]", "p['b'][1][0]"]),
    "two": ("x, y", ["x", "y"]),
    "flag": ("x, flag", ["x"]),
    "count": ("v, n", ["v[0]", "v[1]", "v[2]"]),
}


def random_function(random: Random) -> tuple[str, Callable[..., Any], str]:
    """A text, the function that it defines, and which of ``FORMS`` its arguments have."""
    form = random.choice(sorted(FORMS))
    arguments, numbers = _OPENINGS[form]
    writer = _Writer(random, numbers)
    lines = [line for _ in range(random.randint(1, 4)) for line in writer.statement(depth=0)]
    if form == "flag":
        lines += [f"s = {writer.expression()}", "if flag:", "    s = s * 2.0 - x", "else:", "    s = s + x * x"]
        writer.names.append("s")
    if form == "count":
        lines += ["s = v[0]", "for i in range(n):", f"    s = s * 0.5 + {writer.expression()} * (i + 1.0)"]
        writer.names.append("s")
    body = "".join(f"    {line}\n" for line in [*lines, f"return {writer.result()}"])
    text = f"def f({arguments}):\n{body}"
    namespace: dict[str, Any] = {"ag": ag, "math": math}
    exec(text, namespace)
    return text, namespace["f"], form


class _Writer:
    def __init__(self, random: Random, numbers: list[str]) -> None:
        self.random = random
        self.names = list(numbers)
        self._count = 0

    def new_name(self) -> str:
        self._count += 1
        return f"t{self._count}"

    def operand(self) -> str:
        return self.random.choice([*self.names, *self.names, repr(self.random.choice(NUMBERS[5:]))])

    def expression(self) -> str:
        pattern = self.random.choice(self.random.choice((_UNARY, _BINARY)))
        operands = [f"({self.operand()})" for _ in range(pattern.count("{}"))]
        return pattern.format(*operands)

    def condition(self) -> str:
        comparison = f"{self.random.choice(self.names)} {self.random.choice(_COMPARISONS)} {self.operand()}"
        kind = self.random.random()
        if kind < 0.15:
            return f"{comparison} and {self.random.choice(self.names)} < {self.operand()}"
        return f"not ({comparison})" if kind < 0.25 else comparison

    def statement(self, depth: int) -> list[str]:
        kinds = [self.assignment, self.branch, self.loop, self.sorting, self.search]
        return self.random.choice(kinds[: 1 if depth > 1 else None])(depth)

    def assignment(self, depth: int) -> list[str]:
        expression, name = self.expression(), self.new_name()
        self.names.append(name)
        return [f"{name} = {expression}"]

    def branch(self, depth: int) -> list[str]:
        condition, name = self.condition(), self.new_name()
        lines = [f"if {condition}:"]
        for opening in ("", "else:"):
            known = list(self.names)
            inner = [*self.statement(depth + 1), f"{name} = {self.expression()}"]
            self.names = known
            lines += [opening] if opening else []
            lines += [f"    {line}" for line in inner]
        self.names.append(name)
        return lines

    def loop(self, depth: int) -> list[str]:
        """Newton's method for a square root, which ends where it has settled."""
        name, of = self.new_name(), self.operand()
        self.names.append(name)
        tolerance = self.random.choice(("1e-3", "1e-9"))
        return [
            f"a = abs({of}) + 0.5",
            f"{name} = a",
            f"while abs({name} * {name} - a) > {tolerance}:",
            f"    {name} = ({name} + a / {name}) / 2.0",
        ]

    def sorting(self, depth: int) -> list[str]:
        name = self.new_name()
        members = ", ".join(self.operand() for _ in range(3))
        self.names += [f"{name}[0]", f"{name}[-1]"]
        return [f"{name} = sorted([{members}], reverse={self.random.random() < 0.5})"]

    def search(self, depth: int) -> list[str]:
        """The sum of those that are above another."""
        name, bound = self.new_name(), self.operand()
        members = ", ".join(self.operand() for _ in range(3))
        self.names.append(name)
        return [
            f"{name} = 0.5",
            f"for each in [{members}]:",
            f"    if each > {bound}:",
            f"        {name} = {name} + each * each",
        ]

    def result(self) -> str:
        return " + ".join(f"{self.expression()} * {self.random.choice(self.names)}" for _ in range(2))
