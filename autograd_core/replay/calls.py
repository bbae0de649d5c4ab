"""What the lines of a text compute with: the rows of its language, functions called by name, and users' own texts."""

from __future__ import annotations

import functools
import itertools
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from autograd_core.primitives import Primitive
from autograd_core.primitives.texts import filled
from autograd_core.replay.code import Code
from autograd_core.replay.instructions import INSTRUCTIONS, OPAQUE, on_floats
from autograd_core.replay.language import Language


class Calls:
    """The formulas of instructions in a language, and what they call.

    Args:
        language: which.
        nodes: those of the program, whose primitives may have texts of their own.
        by_name: whether users' functions without a text are called by their names.

    Attributes:
        functions: the functions of the table that are called, by name.
        by_name: users' functions that are called, by name.
        headers: what users' texts need before all functions.
        taken: the names that numbers have.
        words: the names that users' texts use, which a number must not have.
    """

    def __init__(self, language: Language, nodes: Iterable[Any], by_name: bool) -> None:
        self.language = language
        self.functions: dict[str, Callable[..., Any]] = {}
        self.by_name: dict[str, Callable[..., Any]] = {}
        self.headers: list[str] = []
        self.taken: set[str] = set()
        self._may_be_by_name = by_name
        self._primitive_of: dict[Callable[..., Any], Primitive] = {
            op.forward: op for op in {node.op for node in nodes if node.op is not None}
        }
        texts = [op.texts[language.name] for op in self._primitive_of.values() if language.name in op.texts]
        self.words = set().union(*[text.words for text in texts])
        self._partials: dict[int, Callable[..., Any]] = {}

    def written(self, code: Code, operation: int, operands: Sequence[str], is_finite: bool = False) -> str | list[str]:
        """An instruction on operands given as texts: one formula, or a list with one for each of its results."""
        if operation >= OPAQUE:
            return self._of_user(code, operation, operands)
        name = INSTRUCTIONS[operation].name
        formula = self.language.formula(name, operands, is_finite)
        if formula is None:
            self.functions[name] = on_floats(operation)
            formula = self.language.call(name, operands)
        return formula

    def _of_user(self, code: Code, operation: int, operands: Sequence[str]) -> str | list[str]:
        """A function that could not be traced, by the text that its primitive has."""
        forward = code.opaque[operation - OPAQUE - operation % 2]
        primitive = self._primitive_of.get(forward)
        text = primitive.texts.get(self.language.name) if primitive else None
        if text is None:
            if not self._may_be_by_name:
                raise ValueError(_advice(primitive, self.language))
            return self.language.call(self._name_of(code, operation), operands)
        if text.header and text.header not in self.headers:
            self.headers.append(text.header)
        if operation % 2 == 0:
            return filled(text.forward, operands)
        out, *others = operands
        if len(text.partials) != len(others):
            raise ValueError(
                f"the text of {primitive} in {self.language.title} has {len(text.partials)} partials "
                f"for {len(others)} operands: give one for each"
            )
        return [
            self.language.number(0.0) if partial is None else filled(partial, others, out) for partial in text.partials
        ]

    def _name_of(self, code: Code, operation: int) -> str:
        """The name of a user's function; others of the same name are told apart by a number."""
        function = code.opaque[operation - OPAQUE]
        if operation % 2:
            function = self._partials.setdefault(operation, _with_numbers(function))
        name = re.sub(r"\W", "_", unicodedata.normalize("NFKC", getattr(function, "__name__", "")))
        if not name.isidentifier() or name in self.language.keywords or name.startswith(("d_", "__")):
            name = f"primitive_{name}" if f"primitive_{name}".isidentifier() else "primitive"
        reserved = {each.name for each in INSTRUCTIONS} | {"program", "inf", "nan"}
        for candidate in itertools.chain([name], (f"{name}_{number}" for number in itertools.count(2))):
            if self.by_name.get(candidate) is function:
                return candidate
            if candidate not in self.taken and candidate not in self.by_name and candidate not in reserved:
                self.by_name[candidate] = function
                return candidate
        raise AssertionError("there is always a next number")


def _advice(primitive: Primitive | None, language: Language) -> str:
    name = primitive.__name__ if primitive else "a primitive"
    return (
        f"{name}() has no text in {language.title}, and a replay cannot look into its functions: give one, as in "
        f'{name}.define_text("{language.name}", "value of {{0}}", ["derivative of {{0}} and {{out}}"])'
    )


def _with_numbers(partials: Callable[..., Any]) -> Callable[..., Any]:
    """A user's partials with 0 in place of None, which passes nothing on either."""

    @functools.wraps(partials)
    def numbers(*operands: float) -> list[float]:
        return [0.0 if partial is None else partial for partial in partials(*operands)]

    return numbers
