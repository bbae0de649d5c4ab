"""Which instructions of a tape run together: sorted by level and kind, each group is one vectorised step.

A number's level is how many instructions stand between it and the leaves. Those of one level do not depend on each
other, so all of one kind among them run at once. Each group's results lie side by side, in the order in which their
operands lie, so that the next group finds its operands side by side too and nothing needs to be moved.

Numbers that depend on no input are the same for every row of a batch. They are kept apart, and computed once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_core.replay.instructions import CODES, has_result_for_each_operand
from autograd_core.replay.tape import VARIES, Tape

Slots = np.ndarray[Any, np.dtype[np.int64]]

DOT = CODES["dot"]
SMALLEST_BLOCK = 8  # fewer products of numbers are not worth a matrix product


@dataclass(frozen=True)
class Group:
    """Instructions of one kind that run together.

    Attributes:
        code: what they do.
        operands: slots, one row for each operand, one column for each instruction.
        results: the slots that they write, one row for each result.
        varies: whether the results differ from row to row of a batch.
        block: None, or how many of the instructions have the same inputs: then these are the weighted sums of every
            set of weights with every set of inputs, a matrix product, the sums over one set of inputs side by side.
    """

    code: int
    operands: Slots
    results: Slots
    varies: bool
    block: int | None = None


@dataclass(frozen=True)
class Edges:
    """Edges that gradients pass along together; or, with a block, all those of a matrix product.

    Attributes:
        nodes, operands, derivatives: slots, aligned.
        gated: for each, whether nothing passes where the derivative is 0.
        varies: whether the nodes' gradients differ from row to row.
        block: the group, where the edges are all those of its matrix product.
    """

    nodes: Slots
    operands: Slots
    derivatives: Slots
    gated: np.ndarray[Any, np.dtype[np.bool_]]
    varies: bool
    block: Group | None = None


class Schedule:
    """A tape in groups.

    Attributes:
        values, derivatives: the groups of the instructions for the outputs, and of those for local derivatives.
        sweep: edges in the order of the backward pass.
        row: for each slot, its row in the array of the numbers that vary, or in that of those that do not.
        varies: for each slot, which of the two.
        shared_count, varying_count: how many rows these have.
        parameter_rows: where the parameters are, among the numbers that do not vary. Before them are the constants that
            no gradient is multiplied by: an inf among the bounds of a formula makes no gradient inf.
    """

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        flags = np.frombuffer(tape.flags, np.uint8)
        self.varies = (flags & VARIES) != 0
        self._carries = flags != 0
        self.row = np.full(tape.slot_count, -1, np.int64)
        self.shared_count = self.varying_count = 0
        parameters = np.array([slot for slot in tape.parameters if slot >= 0], np.int64)
        constants = np.array(tape.constant_slots, np.int64)
        is_derivative = np.isin(constants, np.array(tape.edge_derivatives, np.int64))
        hidden_count = len(constants) - int(is_derivative.sum())
        self.parameter_rows = slice(hidden_count, hidden_count + len(parameters))
        self._place(np.concatenate([constants[~is_derivative], parameters, constants[is_derivative]]), varies=False)
        self._place(np.array(tape.inputs, np.int64), varies=True)
        self._starts = np.array(tape.starts, np.int64)
        self._operands = np.array(tape.operands, np.int64)
        self._results = np.array(tape.results, np.int64)
        self._codes = np.array(tape.codes, np.int64)
        is_value = np.frombuffer(tape.is_value, bool)
        levels = np.array(tape.levels, np.int64)
        self.values = list(self._groups(np.flatnonzero(is_value), levels))
        self.derivatives = list(self._groups(np.flatnonzero(~is_value), levels))
        self.sweep = list(self._edges())

    def _place(self, slots: Slots, varies: bool) -> None:
        """Give slots the next rows."""
        count = self.varying_count if varies else self.shared_count
        self.row[slots] = np.arange(count, count + len(slots))
        if varies:
            self.varying_count += len(slots)
        else:
            self.shared_count += len(slots)

    # -- instructions --

    def _groups(self, chosen: Slots, levels: Slots) -> Iterator[Group]:
        arities = self._starts[chosen + 1] - self._starts[chosen]
        varies = self.varies[self._results[chosen]]
        keys = (arities, self._codes[chosen], levels[chosen], varies)
        order = np.lexsort(keys)
        for part in _runs(order, keys):
            yield from self._placed(chosen[part])

    def _placed(self, instructions: Slots) -> Iterator[Group]:
        """The group of like instructions, or for weighted sums groups, after their results have been given rows."""
        code = int(self._codes[instructions[0]])
        first = self._starts[instructions]
        arity = int(self._starts[instructions[0] + 1] - first[0])
        operands = self._operands[first[None, :] + np.arange(arity)[:, None]]
        results = self._results[instructions]
        varies = bool(self.varies[results[0]])
        parts = [(np.arange(len(results)), None)] if code != DOT else list(self._blocks(operands))
        for part, block in parts:
            if block is None:
                part = part[np.argsort(self._sorting_row(operands[:, part]), kind="stable")]
            ends = results[part]
            rows = ends[None, :] + np.arange(arity if has_result_for_each_operand(code) else 1)[:, None]
            self._place(rows.ravel(), varies)
            yield Group(code, operands[:, part], rows, varies, block)

    def _sorting_row(self, operands: Slots) -> Slots:
        """The rows of the operand that best tells in which order the results should lie."""
        if not len(operands):
            return np.zeros(operands.shape[1], np.int64)
        spread = [len(set(self.row[slots].tolist())) for slots in operands[:3]]
        rows: Slots = self.row[operands[int(np.argmax(spread))]]
        return rows

    def _blocks(self, operands: Slots) -> Iterator[tuple[Slots, int | None]]:
        """Weighted sums, as products of a set of weights and a set of inputs where they are that."""
        half = len(operands) // 2
        weights, inputs = np.vstack([operands[:half], operands[-1:]]), operands[half:-1]
        _, weights_index = np.unique(self.row[weights], axis=1, return_inverse=True)
        _, inputs_index = np.unique(self.row[inputs], axis=1, return_inverse=True)
        is_shared = np.atleast_1d(~self.varies[weights].any(axis=0))
        columns = (weights_index.ravel().tolist(), inputs_index.ravel().tolist(), is_shared.tolist())
        by_inputs: dict[int, dict[int, int]] = {}
        rest = []
        for place, (w, x, suits) in enumerate(zip(*columns)):
            partners = by_inputs.setdefault(x, {})
            if suits and w not in partners:
                partners[w] = place
            else:
                rest.append(place)
        products: dict[tuple[int, ...], list[int]] = {}
        for x, partners in by_inputs.items():
            products.setdefault(tuple(sorted(partners)), []).append(x)
        for ws, xs in products.items():
            places = [by_inputs[x][w] for x in sorted(xs) for w in ws]
            if half * len(places) < SMALLEST_BLOCK:
                rest += places
            else:
                yield np.array(places), len(ws)
        if rest:
            yield np.array(sorted(rest)), None

    # -- edges --

    def _edges(self) -> Iterator[Edges]:
        """Nodes come after all their consumers; among those that may come together, one group's at a time."""
        tape = self.tape
        nodes, starts = np.array(tape.nodes, np.int64), np.array(tape.edge_starts, np.int64)
        self._edge_operands = np.array(tape.edge_operands, np.int64)
        self._edge_derivatives = np.array(tape.edge_derivatives, np.int64)
        self._edge_gated = np.frombuffer(tape.edge_gated, bool)
        group_of = np.full(tape.slot_count, -1, np.int64)
        for number, group in enumerate(self.values):
            group_of[group.results] = number
        keys = (self.row[nodes], starts[1:] - starts[:-1], group_of[nodes], -node_levels(tape), ~self.varies[nodes])
        order = np.lexsort(keys)
        order = order[group_of[nodes[order]] >= 0]  # what no output needs has no gradient
        for part in _runs(order, keys[1:]):
            group = self.values[group_of[nodes[part[0]]]]
            edges = self._edges_of(nodes[part], starts[part], int(starts[part[0] + 1] - starts[part[0]]), group)
            yield from edges

    def _edges_of(self, nodes: Slots, starts: Slots, count: int, group: Group) -> Iterator[Edges]:
        varies = bool(self.varies[nodes[0]])
        places = starts[None, :] + np.arange(count)[:, None]
        if group.block is not None and self._are_those_of(group, places):
            nothing = np.zeros(0, np.int64)
            yield Edges(nodes, nothing, nothing, np.zeros(0, bool), varies, group)
            return
        if count == 0:
            return
        one_operand_at_a_time = places if count <= 3 else places.T.reshape(1, -1)
        repeated = nodes if count <= 3 else np.repeat(nodes, count)
        for chosen in one_operand_at_a_time:
            yield Edges(
                repeated, self._edge_operands[chosen], self._edge_derivatives[chosen], self._edge_gated[chosen], varies
            )

    def _are_those_of(self, block: Group, places: Slots) -> bool:
        """Whether these are all the edges of a block of weighted sums, and the derivatives theirs."""
        half = len(block.operands) // 2
        partners = np.vstack([block.operands[half:-1], block.operands[:half]]).T
        operands = block.operands.T
        carries = self._carries[operands]
        inner = carries[:, :-1]
        edges, has_bias = places.T, carries[0, -1]
        if (carries != carries[0]).any() or edges.shape != (len(operands), int(carries[0].sum())):
            return False
        if has_bias:
            edges = edges[:, :-1]
        return bool(
            (self._edge_operands[edges] == operands[:, :-1][inner].reshape(edges.shape)).all()
            and (self._edge_derivatives[edges] == partners[inner].reshape(edges.shape)).all()
        )


def _runs(order: Slots, keys: tuple[Any, ...]) -> list[Slots]:
    """A sorted order, cut where any key changes."""
    if not len(order):
        return []
    changes = np.zeros(len(order) - 1, bool)
    for key in keys:
        ordered = key[order]
        changes |= ordered[1:] != ordered[:-1]
    return np.split(order, np.flatnonzero(changes) + 1)


def node_levels(tape: Tape) -> Slots:
    """Of each node, by its edges: how many edges away the farthest leaf is."""
    level = [0] * tape.slot_count
    starts, operands = tape.edge_starts.tolist(), tape.edge_operands.tolist()
    levels = []
    for i, node in enumerate(tape.nodes):
        level[node] = 1 + max([level[slot] for slot in operands[starts[i] : starts[i + 1]]], default=0)
        levels.append(level[node])
    return np.array(levels, np.int64)
