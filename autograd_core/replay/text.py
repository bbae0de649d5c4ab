"""A program as text: straight-line code, one line for each number, in a language that a table of rows describes."""

from __future__ import annotations

import itertools
import linecache
import math
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autograd_core.replay.calls import Calls
from autograd_core.replay.code import Code, Slots, needed
from autograd_core.replay.instructions import INSTRUCTIONS, OPAQUE, SPOILT, gives_list
from autograd_core.replay.language import Called, Function, Language, Line, Matrix
from autograd_core.replay.matrices import DerivativesAt, hessian_of, jacobian_of

MOST_IN_PLACE = 8  # operands of a local derivative that is written where it is used, with those of its own operands

PROGRAM, JACOBIAN, HESSIAN = "program", "program_jacobian", "program_hessian"
_IN_GENERAL = "_in_general"

_PREFIXES = ("d_", "__")  # of gradients, and of Python's own names
_file_numbers = itertools.count(1)


@dataclass(frozen=True)
class Text:
    """What was written.

    Attributes:
        text: the program.
        functions: the functions that it calls and does not define, by name.
    """

    text: str
    functions: Mapping[str, Callable[..., Any]]


def text_of(
    program: Any,
    code: Code,
    language: Language,
    *,
    jacobian: bool = False,
    hessian: bool = False,
    by_name: bool = False,
) -> Text:
    """The text of a program, with the gradients of all inputs and parameters; it stands by itself.

    Args:
        program: a :class:`~autograd_core.replay.program.Program`, whose labels become names and comments.
        code: its instructions.
        language: which it is written in.
        jacobian, hessian: whether a function follows that computes this matrix.
        by_name: whether users' functions without a text in the language are called by their names.
    """
    calls = Calls(language, program.nodes, by_name)
    names = [PROGRAM, *([JACOBIAN] if jacobian else []), *([HESSIAN] if hessian else [])]
    functions = []
    grouped = language.grouped(code, calls)
    for name in names[1:] if grouped else names:
        if language.where_finite:
            general = f"{name}{_IN_GENERAL}"
            functions.append(replace(_function(name, program, code, calls), name=general, is_own=True))
            functions.append(replace(_function(name, program, code, calls, is_finite=True), otherwise=general))
        else:
            functions.append(_function(name, program, code, calls))
    lines = [line for function in functions for line in [*language.function(function), "", ""]]
    if grouped:
        lines = [*grouped, "", "", *lines]
    definitions = language.definitions(Called(calls.functions, calls.headers, calls.by_name, lines))
    return Text("\n".join([*definitions, *lines[:-2]]) + "\n", calls.by_name)


def _function(name: str, program: Any, code: Code, calls: Calls, is_finite: bool = False) -> Function:
    """One of the functions of a text; ``is_finite``, if it need only be right where its results are finite."""
    if name == PROGRAM:
        leaves = code.adjoint_of[code.inputs.start : code.parameters.stop]
        writer = _Writer(needed(code, np.concatenate([code.outputs, leaves])), calls, is_finite)
        writer.name_nodes(program)
        writer.name_gradients()
        return writer.function(name, leaves)
    derivatives = jacobian_of(code) if name == JACOBIAN else hessian_of(code, careful=not is_finite)
    writer = _Writer(needed(derivatives.code, derivatives.slots), calls, is_finite)
    writer.name_nodes(program)
    return writer.matrix_function(name, derivatives, len(program.outputs) == 1 and name == JACOBIAN)


def plain_text(code: Code, gradients: Slots, language: Language) -> Text:
    """The function of instructions without names of nodes, with the adjoints in these slots as its gradients."""
    calls = Calls(language, (), by_name=True)
    function = _Writer(code, calls).function(PROGRAM, gradients)
    return Text("\n".join(language.function(function)) + "\n", {**calls.functions, **calls.by_name})


def as_function(text: Text) -> Callable[..., Any]:
    """A text in Python as a function, whose lines debuggers find in ``linecache``."""
    file = f"<replayed program {next(_file_numbers)}>"
    linecache.cache[file] = (len(text.text), None, text.text.splitlines(keepends=True), file)
    namespace: dict[str, Any] = {"inf": math.inf, "nan": math.nan, **text.functions}
    exec(compile(text.text, file, "exec"), namespace)
    function: Callable[..., Any] = namespace[PROGRAM]
    return function


class _Writer:
    """Writes the lines of a function.

    Attributes:
        texts: of each slot, its name or its number; of a local derivative that is used once, its formula.
        reads: of each slot, the names in its text.
        labels: of the slots of nodes.
    """

    def __init__(self, code: Code, calls: Calls, is_finite: bool = False) -> None:
        self.code, self.calls, self.language, self.is_finite = code, calls, calls.language, is_finite
        self.texts = [""] * code.n_slots
        self.texts[: len(code.constants)] = map(self.language.number, code.constants.tolist())
        self.reads: list[frozenset[str]] = [frozenset()] * code.n_slots
        self.labels: dict[int, str] = {}
        self.n_inputs = code.n_inputs
        functions = [each.name for each in INSTRUCTIONS]
        own = [f"{name}{ending}" for name in (PROGRAM, JACOBIAN, HESSIAN) for ending in ("", _IN_GENERAL)]
        self._taken = {*self.language.keywords, *functions, *own, *calls.words, "inf", "nan"}
        self._sizes: dict[int, int] = {}  # of what is written in place, how many operands it names
        self._uses = np.bincount(code.operands, minlength=code.n_slots)

    # -- names --

    def name_nodes(self, program: Any) -> None:
        """Name nodes by their labels where those can be names, and otherwise by a letter and a number."""
        code = self.code
        self.n_inputs = len(program.inputs)
        leaves = zip(self._leaves(), [*program.inputs, *program.parameters])
        for slot, node in itertools.chain(leaves, zip(code.slot_of.tolist(), program.nodes)):
            if self.texts[slot]:
                continue  # a constant, or another node that computes the same
            self._set_name(slot, self._name_by_label(node.label) or f"{self._letter(slot)}{slot - len(code.constants)}")
            if node.label:
                self.labels[slot] = _as_comment(node.label)

    def name_gradients(self) -> None:
        """Name the adjoints of what has a name: ``d_`` and that."""
        code = self.code
        spoilt = np.flatnonzero(code.codes == SPOILT)
        nodes_spoilt = code.operands[code.starts[spoilt] + 1] if len(spoilt) else spoilt
        gradients = zip(range(code.n_slots - 1, -1, -1), code.adjoint_of[::-1].tolist())
        for slot, gradient in itertools.chain(gradients, zip(nodes_spoilt.tolist(), code.results[spoilt].tolist())):
            if gradient >= 0 and self.texts[slot] and not self.texts[gradient]:
                self._set_name(gradient, f"d_{self.texts[slot]}")

    def _leaves(self) -> range:
        return range(self.code.inputs.start, self.code.parameters.stop)

    def _letter(self, slot: int) -> str:
        place = slot - self.code.inputs.start
        return "x" if place < self.n_inputs else "p" if slot < self.code.parameters.stop else "v"

    def _name_by_label(self, label: str) -> str:
        """A name that says the label; empty where there is none."""
        name = re.sub(r"\W", "_", unicodedata.normalize("NFKC", label))
        if not self.language.is_name(name) or name.startswith(_PREFIXES):
            return ""
        return f"{name}_" if name in self._taken and name in self.language.keywords else name

    def _set_name(self, slot: int, name: str) -> None:
        while name in self._taken or name in self.calls.by_name:
            name += "_"
        self._taken.add(name)
        self.calls.taken.add(name)
        self.texts[slot], self.reads[slot] = name, frozenset([name])

    def _name(self, slot: int) -> str:
        if not self.texts[slot]:
            letter = self._letter(slot)
            self._set_name(slot, f"{'t' if letter == 'v' else letter}{slot}")
        return self.texts[slot]

    # -- functions --

    def function(self, name: str, leaves: Slots) -> Function:
        """The function of the outputs, and of the adjoints in these slots."""
        code = self.code
        self._count_as_used(code.outputs, leaves)
        function = self._with_lines(name)
        return replace(function, outputs=self._texts_of(code.outputs), gradients=self._texts_of(leaves))

    def matrix_function(self, name: str, derivatives: DerivativesAt, is_flat: bool) -> Function:
        """The function of a matrix of derivatives."""
        self._count_as_used(derivatives.slots)
        function = self._with_lines(name)
        pattern, texts = derivatives.pattern, self._texts_of(derivatives.slots)
        entries = list(zip(pattern.rows.tolist(), pattern.columns.tolist(), texts))
        matrix = Matrix(name.removeprefix(f"{PROGRAM}_"), pattern.n_rows, pattern.n_columns, entries, is_flat)
        return replace(function, matrix=matrix)

    def _with_lines(self, name: str) -> Function:
        """The function's arguments and lines, without what it returns."""
        arguments, n_inputs = [self._name(slot) for slot in self._leaves()], self.n_inputs
        return Function(
            name=name,
            inputs=arguments[:n_inputs],
            parameters=arguments[n_inputs:],
            labels=[self.labels.get(slot, "") for slot in self._leaves()],
            forward=self._forward(),
            backward=self._backward(),
        )

    def _count_as_used(self, *slots: Slots) -> None:
        for each in slots:
            np.add.at(self._uses, each[each >= 0], 2)  # so none of them is written in place

    def _texts_of(self, slots: Slots) -> list[str]:
        return [self.texts[slot] if slot >= 0 else self.language.number(0.0) for slot in slots.tolist()]

    # -- lines --

    def _forward(self) -> list[Line]:
        return [line for i in np.flatnonzero(self.code.is_value).tolist() for line in self._lines(i)]

    def _backward(self) -> list[Line]:
        return [line for i in self._backward_order() for line in self._lines(i)]

    def _backward_order(self) -> Iterator[int]:
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

    def _lines(self, i: int) -> Iterator[Line]:
        code, operation = self.code, int(self.code.codes[i])
        results, operands = code.results_of(i), code.operands_of(i).tolist()
        texts = [self.texts[slot] for slot in operands]
        reads = frozenset().union(*[self.reads[slot] for slot in operands])
        written = self.calls.written(code, operation, texts, self.is_finite)
        if isinstance(written, list):
            used = [(slot, formula) for slot, formula in zip(results, written) if self._uses[slot]]
            yield from [Line((self._name(slot),), formula, reads) for slot, formula in used]
        elif self._is_written_in_place(i):
            [slot] = results
            self.texts[slot] = written if written.endswith(")") and " " not in written else f"({written})"
            self.reads[slot] = reads
        else:
            names = tuple([self._name(slot) if self._uses[slot] else "" for slot in results])
            yield Line(names, written, reads, gives_list(operation), self.labels.get(results[0], ""))

    def _is_written_in_place(self, i: int) -> bool:
        """Whether it is a short local derivative that is used once."""
        code = self.code
        results = code.results_of(i)
        if code.is_value[i] or code.is_backward[i] or code.codes[i] >= OPAQUE or gives_list(code.codes[i]):
            return False
        size = sum(self._sizes.get(slot, 1) for slot in code.operands_of(i).tolist())
        if size > MOST_IN_PLACE or self._uses[results[0]] != 1:
            return False
        self._sizes[results[0]] = size
        return True


def _as_comment(label: str) -> str:
    """A label on one line, with what cannot be seen spelled out: nothing in it ends the comment or hides code."""
    line = " ".join(label.split())
    return "".join([character if character.isprintable() else repr(character)[1:-1] for character in line])
