"""The local derivatives of instructions themselves, so that a list with its backward pass is differentiated once more.

A node's local derivatives stand in the list already. Those of all other instructions, such as the ones that compute
local derivatives, come from the table of primitives, whose partials are run on symbols as for a node. What adjoints
consist of has its partials here.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autograd_core import primitives
from autograd_core.primitives import Primitive
from autograd_core.primitives.choices import choose
from autograd_core.replay.code import Code, Edges, Slots, starts_of
from autograd_core.replay.columns import Columns
from autograd_core.replay.instructions import (
    ADJOINT,
    CODE_OF_PRIMITIVE,
    CODES,
    COPIED,
    OPAQUE,
    SPOILT,
    WHERE,
    adjoint,
    constant_key,
    n_results,
    spoilt,
)
from autograd_core.replay.templates import Template, template_of

_PRIMITIVE_OF = {code: primitive for primitive, code in CODE_OF_PRIMITIVE.items()}
_POWER = CODES["constant_power"]
_COMPONENTS = {
    CODES["softmax"]: primitives.softmax_component,
    CODES["log_softmax"]: primitives.log_softmax_component,
}

product = Primitive(adjoint, "arithmetic", "adjoint")
"""An adjoint's term: the upstream times the local derivative, and 0 where the upstream is."""


@product.define_branchless
def _product(upstream: Any, derivative: Any) -> Any:
    return upstream.trace.note("adjoint", upstream, derivative)


@product.define_partials
def _product_partials(out: Any, upstream: Any, derivative: Any) -> tuple[Any, Any]:
    is_left_out = (upstream == 0.0) & ~(derivative - derivative == 0.0)
    return (choose(is_left_out, None, derivative), choose(is_left_out, None, upstream))


_spoilt = Primitive(spoilt, "arithmetic", "spoilt")


@_spoilt.define_branchless
def _spoilt_noted(upstream: Any, value: Any) -> Any:
    return upstream.trace.note("spoilt", upstream, value)


@_spoilt.define_partials
def _spoilt_partials(out: Any, upstream: Any, value: Any) -> tuple[Any, Any]:
    return (1.0, choose(value == value, None, upstream))


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
        return {ADJOINT: product, SPOILT: _spoilt}.get(self.code) or _PRIMITIVE_OF[self.code]

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


_TERM = _Kind(ADJOINT, 2)


def numbers_of_derivatives(code: Code) -> list[float]:
    """The constants that occur in the local derivatives of a program's instructions, and of those of its adjoints."""
    kinds = [kind for kind, _ in _kinds(code)]
    kinds += [_TERM, _Kind(SPOILT, 2), _Kind(WHERE, 3)]
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
        if kind.code != SPOILT or careful:
            writer.write(kind, instructions)
        else:
            upstream = code.operands[code.starts[instructions]]
            one = np.full(len(upstream), writer.slot_of_number[constant_key(1.0)])
            writer.add_edges(code.results[instructions], upstream, one, 0)
    is_adjoint = np.flatnonzero(code.codes == ADJOINT)
    counts = np.diff(code.starts)[is_adjoint] // 2
    results = np.repeat(code.results[is_adjoint], counts)
    within = np.arange(counts.sum()) - np.repeat(starts_of(counts)[:-1], counts)
    upstream_at = np.repeat(code.starts[is_adjoint], counts) + 2 * within
    upstream, derivatives = code.operands[upstream_at], code.operands[upstream_at + 1]
    if careful:
        writer.write_columns(_TERM, [upstream, derivatives], [results], 2 * within)
    else:
        writer.add_edges(results, upstream, derivatives, 2 * within)
        writer.add_edges(results, derivatives, upstream, 2 * within + 1)
    return writer.code()


def _kinds(code: Code) -> Iterator[tuple[_Kind, Slots]]:
    """The kinds of the instructions that are not nodes, terms of adjoints aside, and the instructions of each."""
    is_node = np.zeros(code.n_slots, bool)
    is_node[code.slot_of] = True
    arities = np.diff(code.starts)
    exponents = np.full(len(code.codes), -1)
    powers = np.flatnonzero(code.codes == _POWER)
    of_powers = code.operands[code.starts[powers] + 1]
    exponents[powers] = np.where(of_powers < len(code.constants), of_powers, -1)
    has_rule = (code.codes < OPAQUE) & (code.codes != ADJOINT) & (code.codes != COPIED)  # a copy stops gradients
    is_wide = np.isin(code.codes, list(_COMPONENTS))
    chosen = np.flatnonzero(has_rule & (is_wide | ~is_node[code.results]))
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

    def write(self, kind: _Kind, instructions: Slots) -> None:
        """Those of some instructions of the list."""
        code = self.given
        operands = code.operands[code.starts[instructions][:, None] + np.arange(kind.arity)]
        results = code.results[instructions]
        width = n_results(kind.code, kind.arity)
        self.write_columns(kind, list(operands.T), [results + offset for offset in range(width)], 0)

    def write_columns(self, kind: _Kind, operands: list[Slots], results: list[Slots], first_index: Any) -> None:
        """Those of instructions with these columns of operands and of results."""
        template = kind.template
        n_rows = len(results[0])
        given = operands if kind.component is None else [self._constant(float(kind.component), n_rows), *operands]
        places = dict(enumerate(given))
        for index, number in enumerate(template.constants):
            places[-1 - index] = self._constant(number, n_rows)
        place = template.n_operands
        for number, (code, operand_places) in enumerate((*template.shared, *template.steps)):
            width = n_results(code, len(operand_places))
            is_itself = code == kind.code and (kind.component is not None or number == len(template.shared))
            columns = results if is_itself else self._add(code, [places[at] for at in operand_places], width)
            places.update(zip(range(place, place + width), columns))
            place += width
        edges = zip(template.derivatives, template.gated, template.passes_nan_on)
        for index, (derivative, is_gated, passes_nan_on) in enumerate(edges):
            if derivative is not None:
                nan_rules = (is_gated, kind.op.propagates_nan, passes_nan_on)
                self.add_edges(
                    places[template.value], places[index], places[derivative], first_index + index, nan_rules
                )

    def add_edges(
        self,
        nodes: Slots,
        operands: Slots,
        derivatives: Slots,
        index: Any,
        nan_rules: tuple[bool, bool, bool] = (False, True, True),
    ) -> None:
        """Edges; ``nan_rules`` are gated, propagates_nan and passes_nan_on."""
        flags = [np.full(len(nodes), flag) for flag in nan_rules]
        self.edges.add(nodes, operands, derivatives, np.broadcast_to(index, len(nodes)), *flags)

    def _constant(self, number: float, n_rows: int) -> Slots:
        return np.full(n_rows, self.slot_of_number[constant_key(number)])

    def _add(self, code: int, columns: list[Slots], width: int) -> list[Slots]:
        """Instructions with slots of their own, which are returned as columns."""
        n_rows = len(columns[0])
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
        own, old = Edges(*self.edges.joined(*[np.int32] * 4, bool, bool, bool)), code.edges
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
