"""From a recorded graph to a program: the instructions of its values, local derivatives and adjoints.

Python goes over the nodes once and notes only the kind of each (a primitive, with the constants among its operands
where their numbers matter) and its operands. Which instructions a kind takes is found once, as a template, and NumPy
writes them for all nodes of the kind together. Nodes that compute the same from the same operands become one.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_core import primitives
from autograd_core.primitives import Primitive, data_of
from autograd_core.replay.code import Code
from autograd_core.replay.instructions import OPAQUE, constant_key
from autograd_core.replay.symbols import UntraceableError
from autograd_core.replay.templates import Template, opaque_template, shared_template, template_of
from autograd_core.replay.write import CONSTANT, Kind, Recorded, write

MOST_SPECIAL_KINDS = 50
"""Of one primitive, for the numbers of its constants; to trace one takes as long as to write some hundred nodes."""

MOST_OF_STEPS = 0.7
"""A kind with the numbers of its constants has no more than this part of the instructions that one without has."""

_EXACT = frozenset(
    {primitives.add, primitives.subtract, primitives.multiply, primitives.dot, primitives.sum_, primitives.mean}
)
"""Primitives that take as many instructions when the number of a constant is known as when it is not."""


def record(order: Sequence[Any], outputs: Sequence[Any], inputs: Sequence[Any], parameters: Sequence[Any]) -> Code:
    """The program of a graph whose nodes are given in a topological order."""
    recorder = _Recorder(inputs, parameters)
    for node in order:
        recorder.add(node)
    return write(recorder.recorded(order, outputs))


class _Recorder:
    """Numbers nodes: first the inputs, then the parameters, then what is computed; constants are counted apart.

    What several nodes share is computed once, and has a number for each of its results.
    """

    def __init__(self, inputs: Sequence[Any], parameters: Sequence[Any]) -> None:
        self.n_inputs, self.n_parameters = len(inputs), len(parameters)
        self.number_of: dict[Any, int] = {leaf: number for number, leaf in enumerate([*inputs, *parameters])}
        self.constants: list[float] = []
        self.kinds: list[Kind] = []
        self._plain_kinds: dict[tuple[Primitive, int], int] = {}  # of nodes without constants and shared results
        self.kind_of = array("i")  # of each that is computed
        self.operands = array("i")
        self.opaque: list[Callable[..., Any]] = []
        self._end = len(self.number_of)  # the next number
        self._op_numbers: dict[Primitive, int] = {}
        self._seen: dict[tuple[int, ...], int] = {}  # what was computed from what, and its number
        self._number_of_constant: dict[float | str, int] = {}
        self._kind_numbers: dict[tuple[Any, ...], int] = {}
        self._opaque_code: dict[Primitive, int] = {}
        self._n_special: Counter[Primitive] = Counter()

    def constant(self, number: float) -> int:
        """The number of a constant; 0.0 and -0.0 have one each."""
        key = constant_key(number)
        found = self._number_of_constant.get(key)
        if found is None:
            found = self._number_of_constant[key] = CONSTANT + len(self.constants)
            self.constants.append(number)
        return found

    def add(self, node: Any) -> None:
        """Note a node whose operands were added before."""
        number_of = self.number_of
        if node in number_of:
            return
        operands = node.operands
        if not operands:
            number_of[node] = self.constant(data_of(node))
            return
        numbers = [self.constant(each) if type(each) is float else number_of[each] for each in operands]
        op_number = self._op_numbers.get(node.op)
        if op_number is None:
            op_number = self._op_numbers[node.op] = -1 - len(self._op_numbers)  # below the codes of what is shared
        key = (op_number, *numbers)  # of ints alone, so that the garbage collector need not track it
        number = self._seen.get(key)
        if number is None:
            number = self._seen[key] = self._computed(node.op, numbers)
        number_of[node] = number

    def _computed(self, op: Primitive, numbers: list[int]) -> int:
        plain = self._plain_kinds.get((op, len(numbers)))
        if plain is not None and max(numbers) < CONSTANT:
            return self._noted(plain, numbers, 1)
        if max(numbers) < CONSTANT:
            kind = self._kind(op, [None] * len(numbers), [True] * len(numbers))
        elif min(numbers) >= CONSTANT:
            return self.constant(op.forward(*[self.constants[number - CONSTANT] for number in numbers]))
        else:
            kind = self._kind_with_constants(op, numbers)
        template = self.kinds[kind].template
        if max(numbers) < CONSTANT and not template.shared:
            self._plain_kinds[op, len(numbers)] = kind
        for code, places in template.shared:
            numbers += self._shared(
                code,
                [numbers[at] if at >= 0 else self.constant(template.constants[-1 - at]) for at in places],
            )
        number = self._noted(kind, numbers, 1)
        return numbers[template.value] if template.value < template.n_given else number

    def _noted(self, kind: int, numbers: Sequence[int], n_numbers: int) -> int:
        self.kind_of.append(kind)
        self.operands.extend(numbers)
        self._end += n_numbers
        return self._end - n_numbers

    def _shared(self, code: int, numbers: Sequence[int]) -> range:
        """The numbers of the results of an instruction that nodes share."""
        first = self._seen.get((code, *numbers))
        if first is None:
            kind = self._kind_numbers.get((code, len(numbers)))
            if kind is None:
                kind = self._kind_numbers[code, len(numbers)] = len(self.kinds)
                self.kinds.append(Kind(None, shared_template(code, len(numbers))))
            first = self._seen[code, *numbers] = self._noted(kind, numbers, len(numbers))
        return range(first, first + len(numbers))

    # -- kinds --

    def _kind_with_constants(self, op: Primitive, numbers: Sequence[int]) -> int:
        """The kind of a node with constants, whose numbers may save instructions, as that of an exponent does."""
        carries = [number < CONSTANT for number in numbers]
        known = [None if carried else self.constants[number - CONSTANT] for number, carried in zip(numbers, carries)]
        if op in _EXACT or self._n_special[op] >= MOST_SPECIAL_KINDS or not self._is_shorter(op, known, carries):
            try:
                return self._kind(op, [None] * len(numbers), carries)
            except UntraceableError:  # as for the index of a component
                pass
        return self._kind(op, known, carries)

    def _is_shorter(self, op: Primitive, known: Sequence[float | None], carries: Sequence[bool]) -> bool:
        """Whether the constants' numbers spare many instructions; else nodes of one kind are better to run together."""
        special = self.kinds[self._kind(op, known, carries)].template
        try:
            general = self.kinds[self._kind(op, [None] * len(known), carries)].template
        except UntraceableError:
            return True
        return len(special.steps) <= MOST_OF_STEPS * len(general.steps)

    def _kind(self, op: Primitive, known: Sequence[float | None], carries: Sequence[bool]) -> int:
        """The number of a kind: a primitive whose constants are either known numbers or symbols."""
        key: tuple[Any, ...] = (op, len(known)) if all(carries) else (op, *carries, *map(repr, known))
        kind = self._kind_numbers.get(key)
        if kind is None:
            template = self._template(op, known, carries)
            self._n_special[op] += any(number is not None for number in known)
            kind = self._kind_numbers[key] = len(self.kinds)
            self.kinds.append(Kind(op, template))
        return kind

    def _template(self, op: Primitive, known: Sequence[float | None], carries: Sequence[bool]) -> Template:
        try:
            return template_of(op, known, carries)
        except UntraceableError:
            if any(number is None and not carried for number, carried in zip(known, carries)):
                raise  # it may be traceable with the constants' numbers
            if op not in self._opaque_code:
                self._opaque_code[op] = OPAQUE + len(self.opaque)
                self.opaque += [op.forward, op.partials]
            return opaque_template(self._opaque_code[op], len(known), carries)

    def recorded(self, order: Sequence[Any], outputs: Sequence[Any]) -> Recorded:
        """What was noted."""
        return Recorded(
            n_inputs=self.n_inputs,
            n_parameters=self.n_parameters,
            constants=self.constants,
            kinds=self.kinds,
            kind_of=np.array(self.kind_of, np.int32),
            operands=np.array(self.operands, np.int32),
            opaque=tuple(self.opaque),
            outputs=np.array([self.number_of[output] for output in outputs], np.int64),
            number_of=np.array([self.number_of[node] for node in order], np.int64),
        )
