"""A program as text: straight-line code, one line for each number, in a language that a table of rows describes."""

from __future__ import annotations

import functools
import itertools
import linecache
import math
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_core.replay.code import Code, Slots, needed
from autograd_core.replay.instructions import INSTRUCTIONS, OPAQUE, SPOILT, on_floats
from autograd_core.replay.language import Language

MOST_IN_PLACE = 8  # operands of a local derivative that is written where it is used, with those of its own operands

_PREFIXES = ("d_", "__")  # of gradients, and of Python's own names
_file_numbers = itertools.count(1)


@dataclass(frozen=True)
class Text:
    """What was written.

    Attributes:
        text: the program.
        functions: the functions that it calls, by name.
    """

    text: str
    functions: Mapping[str, Callable[..., Any]]


def text_of(program: Any, code: Code, language: Language) -> Text:
    """The text of a program, with the gradients of all inputs and parameters.

    Args:
        program: a :class:`~autograd_core.replay.program.Program`, whose labels become names and comments.
        code: its instructions.
        language: which it is written in.
    """
    leaves = code.adjoint_of[code.inputs.start : code.parameters.stop]
    writer = _Writer(needed(code, np.concatenate([code.outputs, leaves])), language)
    writer.name_nodes(program)
    writer.name_leaves()
    return writer.text(leaves)


def plain_text(code: Code, gradients: Slots, language: Language) -> Text:
    """The text of instructions without names of nodes, with the adjoints in these slots as its gradients."""
    writer = _Writer(code, language)
    writer.name_leaves()
    return writer.text(gradients)


def as_function(text: Text) -> Callable[..., Any]:
    """A text in Python as a function, whose lines debuggers find in ``linecache``."""
    file = f"<replayed program {next(_file_numbers)}>"
    linecache.cache[file] = (len(text.text), None, text.text.splitlines(keepends=True), file)
    namespace: dict[str, Any] = {"inf": math.inf, "nan": math.nan, **text.functions}
    exec(compile(text.text, file, "exec"), namespace)
    function: Callable[..., Any] = namespace["program"]
    return function


class _Writer:
    """Writes the lines of a program.

    Attributes:
        texts: of each slot, its name or its number; of a local derivative that is used once, its formula.
        labels: of the slots of nodes.
        functions: those that are called, by name.
    """

    def __init__(self, code: Code, language: Language) -> None:
        self.code, self.language = code, language
        self.texts = [""] * code.n_slots
        self.texts[: len(code.constants)] = map(language.number, code.constants.tolist())
        self.labels: dict[int, str] = {}
        self.functions: dict[str, Callable[..., Any]] = {}
        self._taken = {*language.keywords, *[each.name for each in INSTRUCTIONS], "program", "inf", "nan"}
        self._partials: dict[int, Callable[..., Any]] = {}
        self._sizes: dict[int, int] = {}  # of what is written in place, how many operands it names
        self._uses = np.bincount(code.operands, minlength=code.n_slots)

    # -- names --

    def name_nodes(self, program: Any) -> None:
        """Name nodes by their labels where those can be names, and otherwise by a letter and a number."""
        code = self.code
        leaves = zip(range(code.inputs.start, code.parameters.stop), [*program.inputs, *program.parameters])
        for slot, node in itertools.chain(leaves, zip(code.slot_of.tolist(), program.nodes)):
            if self.texts[slot]:
                continue  # a constant, or another node that computes the same
            name = _as_name(node.label)
            if not name.isidentifier() or name in self._taken or name.startswith(_PREFIXES):
                letter = "x" if slot < code.inputs.stop else "p" if slot < code.parameters.stop else "v"
                name = f"{letter}{slot - len(code.constants)}"
            self.texts[slot] = self._unused(name)
            if node.label:
                self.labels[slot] = node.label
        spoilt = np.flatnonzero(code.codes == SPOILT)
        nodes_spoilt = code.operands[code.starts[spoilt] + 1] if len(spoilt) else spoilt
        gradients = zip(range(code.n_slots - 1, -1, -1), code.adjoint_of[::-1].tolist())
        for slot, gradient in itertools.chain(gradients, zip(nodes_spoilt.tolist(), code.results[spoilt].tolist())):
            if gradient >= 0 and self.texts[slot] and not self.texts[gradient]:
                self.texts[gradient] = self._unused(f"d_{self.texts[slot]}")

    def name_leaves(self) -> None:
        """Name inputs and parameters that have no name yet."""
        for slot in range(self.code.inputs.start, self.code.parameters.stop):
            if not self.texts[slot]:
                self.texts[slot] = self._unused(f"{'x' if slot < self.code.inputs.stop else 'p'}{slot}")

    def _unused(self, name: str) -> str:
        while name in self._taken:
            name += "_"
        self._taken.add(name)
        return name

    def _name(self, slot: int) -> str:
        if not self.texts[slot]:
            self.texts[slot] = self._unused(f"t{slot}")
        return self.texts[slot]

    def _called(self, code: int) -> str:
        """The name of an instruction's function; users' functions of the same name are told apart by a number."""
        if code < OPAQUE:
            self.functions[INSTRUCTIONS[code].name] = on_floats(code)
            return INSTRUCTIONS[code].name
        function = self.code.opaque[code - OPAQUE]
        if code % 2:
            function = self._partials.setdefault(code, _with_numbers(function))
        name = _as_name(getattr(function, "__name__", ""))
        if not name.isidentifier() or name in self.language.keywords or name.startswith(_PREFIXES):
            name = f"primitive_{name}" if f"primitive_{name}".isidentifier() else "primitive"
        for candidate in itertools.chain([name], (f"{name}_{number}" for number in itertools.count(2))):
            if self.functions.get(candidate) is function:
                return candidate
            if candidate not in self._taken and candidate not in self.functions:
                self.functions[candidate] = function
                return candidate
        raise AssertionError("there is always a next number")

    # -- lines --

    def text(self, leaves: Slots) -> Text:
        """All lines."""
        code, language = self.code, self.language
        forward = [line for i in np.flatnonzero(code.is_value).tolist() for line in self._lines(i)]
        backward = [line for i in self._backward() for line in self._lines(i)]
        gradients = [self.texts[slot] if slot >= 0 else language.number(0.0) for slot in leaves]
        arguments = self.texts[code.inputs.start : code.parameters.stop]
        lines = [f"    {language.comment} forward: the number of each node", *forward]
        if backward:
            lines += ["", f"    {language.comment} backward: d_v is the derivative of the output with respect to v"]
        lines += [*backward, *language.footer([self.texts[slot] for slot in code.outputs], gradients)]
        return Text("\n".join([*language.header(arguments, self.functions), *lines]) + "\n", self.functions)

    def _backward(self) -> Iterator[int]:
        """The instructions of the backward pass, each after the local derivatives that it is the first to use."""
        code = self.code
        local = np.flatnonzero(~code.is_value & ~code.is_backward).tolist()
        waiting = {slot: i for i in local for slot in code.results_of(i)}
        for i in np.flatnonzero(code.is_backward).tolist():
            pending = [i]
            while pending:
                own = [waiting[slot] for slot in code.operands_of(pending[-1]).tolist() if slot in waiting]
                if own:
                    pending += own
                    continue
                last = pending.pop()
                if last == i or any(waiting.pop(slot, None) is not None for slot in code.results_of(last)):
                    yield last

    def _lines(self, i: int) -> Iterator[str]:
        code = self.code
        results = code.results_of(i)
        formula = self._formula(int(code.codes[i]), [self.texts[slot] for slot in code.operands_of(i)])
        if self._is_written_in_place(i):
            self.texts[results[0]] = formula if formula.endswith(")") and " " not in formula else f"({formula})"
            return
        is_unpacked = len(results) > 1 or (code.codes[i] >= OPAQUE and code.codes[i] % 2 == 1)
        line = f"    {self.language.assigned([self._name(slot) for slot in results], formula, is_unpacked)}"
        label = self.labels.get(results[0], "")
        yield f"{line}  {self.language.comment} {_as_comment(label)}" if label else line

    def _is_written_in_place(self, i: int) -> bool:
        """Whether it is a short local derivative that is used once."""
        code = self.code
        results = code.results_of(i)
        if code.is_value[i] or code.is_backward[i] or code.codes[i] >= OPAQUE or len(results) > 1:
            return False
        size = sum(self._sizes.get(slot, 1) for slot in code.operands_of(i).tolist())
        if size > MOST_IN_PLACE or self._uses[results[0]] != 1:
            return False
        self._sizes[results[0]] = size
        return True

    def _formula(self, code: int, operands: list[str]) -> str:
        written = self.language.formula(INSTRUCTIONS[code].name, operands) if code < OPAQUE else None
        return f"{self._called(code)}({', '.join(operands)})" if written is None else written


def _with_numbers(partials: Callable[..., Any]) -> Callable[..., Any]:
    """A user's partials with 0 in place of None, which passes nothing on either."""

    @functools.wraps(partials)
    def numbers(*operands: float) -> list[float]:
        return [0.0 if partial is None else partial for partial in partials(*operands)]

    return numbers


def _as_name(text: str) -> str:
    """A text with an underscore for all that a name cannot have, as Python reads names; not always a name yet."""
    return re.sub(r"\W", "_", unicodedata.normalize("NFKC", text))


def _as_comment(label: str) -> str:
    """A label on one line, with what cannot be seen spelled out: nothing in it ends the comment or hides code."""
    line = " ".join(label.split())
    return "".join([character if character.isprintable() else repr(character)[1:-1] for character in line])
