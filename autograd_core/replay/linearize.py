"""The local derivatives of instructions themselves, so that a list with its backward pass is differentiated once more.

A node's local derivatives stand in the list already. Those of all other instructions, such as the ones that compute
local derivatives, come from the table of primitives, whose partials are run on symbols as for a node. Of the two that
adjoints consist of besides, they are here.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autograd_core import primitives
from autograd_core.primitives import Primitive
from autograd_core.replay.code import Code, Edges, Slots, starts_of
from autograd_core.replay.columns import Columns
from autograd_core.replay.instructions import (
    ADJOINT,
    CODE_OF_PRIMITIVE,
    CODES,
    SPOILT,
    WHERE,
    constant_key,
    n_results,
)
from autograd_core.replay.templates import Template, template_of

_PRIMITIVE_OF = {code: primitive for primitive, code in CODE_OF_PRIMITIVE.items()}
_POWER = CODES["constant_power"]
_COMPONENTS = {
    CODES["softmax"]: primitives.softmax_component,
    CODES["log_softmax"]: primitives.log_softmax_component,
}


@dataclass(frozen=True)
class _Kind:
    """Instructions whose local derivatives take the same instructions.

    Attributes:
        code: what they do.
        arity: how many operands they have.
        exponent: of powers with a constant exponent, that; else None.
        component: of instructions with several results, which of them; else None.
    """

    code: int
    arity: int
    exponent: float | None = None
    component: int | None = None

    @property
    def op(self) -> Primitive:
        """The primitive whose partials they have."""
        if self.component is not None:
            return _COMPONENTS[self.code]
        return _PRIMITIVE_OF[self.code]

    @property
    def template(self) -> Template:
        """The steps."""
        numbers: list[float | None] = [None] * self.arity
        if self.component is not None:
            numbers.insert(0, float(self.component))
        if self.exponent is not None:
            numbers[1] = self.exponent
        return _template(self.op, tuple(numbers))


@functools.lru_cache(maxsize=1024)
def _template(op: Primitive, numbers: tuple[float | None, ...]) -> Template:
    return template_of(op, numbers, [number is None for number in numbers])


def numbers_of_derivatives(code: Code) -> list[float]:
    """The constants that occur in the local derivatives of a program's instructions, and of those of its adjoints."""
    kinds = [_Kind(WHERE, 3), *[kind for kind, _ in _kinds(code)]]
    return list({constant_key(number): number for kind in kinds for number in kind.template.constants}.values())


def linearized(code: Code, careful: bool) -> Code:
    """The program with the local derivatives of all instructions, and with the edges between their slots.

    Args:
        code: a program whose edges are those of its nodes, and whose constants include those that
            :func:`numbers_of_derivatives` names.
        careful: whether numbers may be infinite or nan. If not, edges carry those numbers alone that matter in sums of
            finite products.
    """
    writer = _Writer(code)
    for kind, instructions in _kinds(code):
        writer.write_kind(kind, instructions)
    writer.write_spoilt(np.flatnonzero(code.codes == SPOILT), careful)
    writer.write_adjoints(np.flatnonzero(code.codes == ADJOINT), careful)
    return writer.code()


def _kinds(code: Code) -> Iterator[tuple[_Kind, Slots]]:
    """The kinds of the primitives that are not nodes, and the instructions of each."""
    is_node = np.zeros(code.n_slots, bool)
    is_node[code.slot_of] = True
    arities = np.diff(code.starts)
    exponents = np.full(len(code.codes), -1)
    powers = np.flatnonzero(code.codes == _POWER)
    of_powers = code.operands[code.starts[powers] + 1]
    exponents[powers] = np.where(of_powers < len(code.constants), of_powers, -1)
    has_rule = np.isin(code.codes, list(_PRIMITIVE_OF))
    is_wide = np.isin(code.codes, list(_COMPONENTS))
    chosen = np.flatnonzero(is_wide | (has_rule & ~is_node[code.results]))
    if not len(chosen):
        return
    table = np.stack([code.codes, arities, exponents])[:, chosen]
    keys, kind_of = np.unique(table, axis=1, return_inverse=True)
    for number, (op, arity, exponent) in enumerate(keys.T.tolist()):
        instructions = chosen[kind_of.ravel() == number]
        if op in _COMPONENTS:
            for component in range(arity):
                own = instructions[~is_node[code.results[instructions] + component]]
                if len(own):
                    yield _Kind(op, arity, component=component), own
        else:
            yield _Kind(op, arity, float(code.constants[exponent]) if exponent >= 0 else None), instructions


class _Writer:
    """Appends instructions and edges, for all instructions of a kind together."""

    def __init__(self, given: Code) -> None:
        self.given = given
        self.slot_of_number = {constant_key(number): slot for slot, number in enumerate(given.constants.tolist())}
        self.n_slots = given.n_slots
        self.instructions, self.edges = Columns(), Columns()

    def write_kind(self, kind: _Kind, instructions: Slots) -> None:
        """Those of a primitive's instructions."""
        code, template = self.given, kind.template
        operands = code.operands[code.starts[instructions][:, None] + np.arange(kind.arity)].T
        width = n_results(kind.code, kind.arity)
        results = [code.results[instructions] + offset for offset in range(width)]
        index = [] if kind.component is None else [np.full(len(instructions), -1)]  # it is known to the steps
        places = dict(enumerate([*index, *operands]))
        for number, constant in enumerate(template.constants):
            places[-1 - number] = self._constant(constant, len(instructions))
        place = template.n_operands
        for number, (step, operand_places) in enumerate((*template.shared, *template.steps)):
            width = n_results(step, len(operand_places))
            is_itself = step == kind.code and (kind.component is not None or number == len(template.shared))
            columns = results if is_itself else self._add(step, [places[at] for at in operand_places])
            places.update(zip(range(place, place + width), columns))
            place += width
        nan_rules = zip(template.gated, template.passes_nan_on)
        for number, (derivative, (is_gated, passes_nan_on)) in enumerate(zip(template.derivatives, nan_rules)):
            if derivative is not None:
                slots = places[derivative]
                self._add_edges(
                    places[template.value],
                    places[number],
                    slots,
                    number,
                    slots if is_gated else -1,
                    kind.op.propagates_nan,
                    passes_nan_on,
                )

    def write_spoilt(self, instructions: Slots, careful: bool) -> None:
        """The edges of ``spoilt``: to the upstream, and to the value where that is nan.

        An upstream of 0, which a nan leaves as it is, has no derivative there.
        """
        results, starts = self.given.results[instructions], self.given.starts[instructions]
        upstream, values = self.given.operands[starts], self.given.operands[starts + 1]
        one: Slots = self._constant(1.0, len(results))
        if not careful:
            self._add_edges(results, upstream, one, 0)
        elif len(results):
            [is_other] = self._add(CODES["not_equal"], [upstream, self._constant(0.0, len(results))])
            [is_number] = self._add(CODES["equal"], [values, values])
            [is_nan] = self._add(CODES["not_equal"], [values, values])
            [passes] = self._add(CODES["either"], [is_other, is_number])
            [spoils] = self._add(CODES["both"], [is_other, is_nan])
            self._add_edges(results, upstream, one, 0, passes)
            self._add_edges(results, values, upstream, 1, spoils)

    def write_adjoints(self, instructions: Slots, careful: bool) -> None:
        """The edges of the terms of adjoints: to the upstream and to the local derivative, each times the other.

        A term that counts as 0, an upstream of 0 times what is not finite, has no derivatives. One whose upstream a nan
        has spoilt is nan whatever its local derivative is.
        """
        code = self.given
        counts = np.diff(code.starts)[instructions] // 2
        within = np.arange(counts.sum()) - np.repeat(starts_of(counts)[:-1], counts)
        at = np.repeat(code.starts[instructions], counts) + 2 * within
        results, upstream, derivatives = (
            np.repeat(code.results[instructions], counts),
            code.operands[at],
            code.operands[at + 1],
        )
        to_upstream: Any = -1
        to_derivatives: Any = -1
        if careful and len(at):
            zero = self._constant(0.0, len(at))
            [is_other] = self._add(CODES["not_equal"], [upstream, zero])
            [difference] = self._add(CODES["subtract"], [derivatives, derivatives])
            [is_finite] = self._add(CODES["equal"], [difference, zero])
            [to_upstream] = self._add(CODES["either"], [is_other, is_finite])
            spoils = self._constant(0.0, code.n_slots)
            is_spoilt = code.codes == SPOILT
            spoils[code.results[is_spoilt]] = code.operands[code.starts[:-1][is_spoilt] + 1]
            [is_number] = self._add(CODES["equal"], [spoils[upstream], spoils[upstream]])
            [to_derivatives] = self._add(CODES["both"], [to_upstream, is_number])
        self._add_edges(results, upstream, derivatives, 2 * within, to_upstream)
        self._add_edges(results, derivatives, upstream, 2 * within + 1, to_derivatives, passes_nan_on=False)

    def _add_edges(
        self,
        nodes: Slots,
        operands: Slots,
        derivatives: Slots,
        indices: Any,
        gates: Any = -1,
        propagates_nan: bool = True,
        passes_nan_on: bool = True,
    ) -> None:
        """Edges, as in :class:`~autograd_core.replay.code.Edges`, where one index or gate may stand for all."""
        columns = (indices, gates, propagates_nan, passes_nan_on)
        self.edges.add(nodes, operands, derivatives, *[np.broadcast_to(column, len(nodes)) for column in columns])

    def _constant(self, number: float, n_rows: int) -> Slots:
        return np.full(n_rows, self.slot_of_number[constant_key(number)])

    def _add(self, code: int, columns: list[Slots]) -> list[Slots]:
        """Instructions; gives the columns of their results."""
        n_rows, width = len(columns[0]), n_results(code, len(columns))
        firsts = self.n_slots + width * np.arange(n_rows)
        self.n_slots += width * n_rows
        self.instructions.add(
            np.full(n_rows, code), firsts, np.full(n_rows, len(columns)), np.stack(columns, axis=1).ravel()
        )
        return [firsts + offset for offset in range(width)]

    def code(self) -> Code:
        """The program with what was appended."""
        code, n_new = self.given, self.n_slots - self.given.n_slots
        codes, results, arities, operands = self.instructions.joined(*[np.int32] * 4)
        own, old = Edges(*self.edges.joined(*[np.int32] * 5, bool, bool)), code.edges
        joined = [np.concatenate([a, b]) for a, b in zip(old.columns(), own.columns())]
        return replace(
            code,
            codes=np.concatenate([code.codes, codes]),
            results=np.concatenate([code.results, results]),
            starts=np.concatenate([code.starts[:-1], code.starts[-1] + starts_of(arities)]),
            operands=np.concatenate([code.operands, operands]),
            varies=np.concatenate([code.varies, np.ones(n_new, bool)]),
            is_value=np.concatenate([code.is_value, np.zeros(len(codes), bool)]),
            is_backward=np.concatenate([code.is_backward, np.zeros(len(codes), bool)]),
            adjoint_of=np.concatenate([code.adjoint_of, np.full(n_new, -1, np.int32)]),
            edges=Edges(*joined),
        )
