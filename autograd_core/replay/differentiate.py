"""Reverse mode as more instructions: the adjoint of each slot, from those of the nodes that use it.

The adjoint of a slot is the derivative of the outputs' sum with respect to it: the sum, over the edges that lead to it
from the nodes computed from it, of the node's adjoint times the local derivative. Three conventions hold whatever the
numbers are. An adjoint of 0 passes nothing on, not even over an infinite local derivative: the instruction ``adjoint``
sees to that. A local derivative that is None passes nothing on: where a number decides whether it is None, the
instruction ``where`` replaces the node's adjoint by 0. And the local derivatives of a nan are nan: that is ``spoilt``,
which is left out where the consumers of the nan make its adjoint nan anyway.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from autograd_core.replay.code import Code, Edges, Flags, Slots, reordered, starts_of
from autograd_core.replay.instructions import ADJOINT, SPOILT, WHERE

MOST_ROUNDS = 50


def with_adjoints(code: Code, one: int, zero: int, seeds: Slots | None = None) -> Code:
    """The program with the adjoints of all slots that the outputs depend on.

    Args:
        code: its values and local derivatives, with the edges between them.
        one, zero: the slots of the constants 1.0 and 0.0.
        seeds: the slots of the outputs' own adjoints; that of 1.0 for each if None.
    """
    edges = _reached(code.edges, code)
    edges = edges.taken(np.lexsort((edges.indices, -edges.nodes, -edges.operands)))  # as the backward pass adds them up
    seeds = np.full(len(code.outputs), one) if seeds is None else seeds
    backward = _Backward(code, edges, seeds, one, zero)
    return backward.code_with_adjoints()


def _reached(edges: Edges, code: Code) -> Edges:
    """The edges on a path from an output; a condition, for instance, passes nothing on to what it compares."""
    for _ in range(MOST_ROUNDS):
        is_reached = np.zeros(code.n_slots, bool)
        is_reached[code.outputs] = True
        is_reached[edges.operands] = True
        kept = is_reached[edges.nodes]
        if kept.all():
            return edges
        edges = edges.taken(kept)
    found = bytearray(code.n_slots)
    for slot in code.outputs.tolist():
        found[slot] = 1
    order = np.argsort(-edges.nodes, kind="stable")
    for node, operand in zip(edges.nodes[order].tolist(), edges.operands[order].tolist()):
        if found[node]:
            found[operand] = 1
    return edges.taken(np.frombuffer(found, bool)[edges.nodes])


class _Backward:
    """The instructions of the adjoints, in the order in which they run: from the last slot's to the first's.

    Let n be the number of slots so far. Until the adjoints have slots, n + s stands for the adjoint of slot s, 2n + s
    for what ``spoilt`` makes of it, and 3n + e for the adjoint that the gated edge e passes on.
    """

    def __init__(self, code: Code, edges: Edges, seeds: Slots, one: int, zero: int) -> None:
        self.code, self.edges, self.one, self.zero = code, edges, one, zero
        self.n = n = code.n_slots
        may_lose_nan = np.zeros(n, bool)
        may_lose_nan[code.outputs] = True
        may_lose_nan[edges.operands[~edges.passes_nan_on]] = True
        self.is_spoilt = np.zeros(n, bool)
        self.is_spoilt[edges.nodes[edges.propagates_nan & may_lose_nan[edges.nodes]]] = True
        # Each output is an operand of a weighted sum of the outputs, which has adjoint 1.
        n_edges = len(edges.nodes)
        owners = np.concatenate([code.outputs, edges.operands])
        order = np.argsort(-owners, kind="stable")
        upstream = np.where(self.is_spoilt[edges.nodes], 2 * n, n) + edges.nodes
        upstream = np.where(edges.gates >= 0, 3 * n + np.arange(n_edges), upstream)
        self.owners = owners[order]
        self.upstream = np.concatenate([seeds, upstream])[order]
        self.derivatives = np.concatenate([np.full(len(seeds), one), edges.derivatives])[order]

    def code_with_adjoints(self) -> Code:
        """The program with these instructions appended."""
        n, code = self.n, self.code
        slots, firsts, counts = np.unique(-self.owners, return_index=True, return_counts=True)
        slots = -slots
        is_alias = (counts == 1) & (self.derivatives[firsts] == self.one)  # it is the upstream itself
        stands_for = np.arange(3 * n + len(self.edges.nodes), dtype=np.int64)
        stands_for[n + slots[is_alias]] = self.upstream[firsts[is_alias]]
        while ((further := stands_for[stands_for]) != stands_for).any():
            stands_for = further
        keys, codes, starts, operands = self._instructions(slots, firsts, counts, is_alias)
        slot_of = np.full(len(stands_for), -1, np.int64)
        slot_of[:n] = np.arange(n)
        slot_of[keys] = n + np.arange(len(keys))
        slot_of = slot_of[stands_for]
        adjoint_of = np.full(n + len(keys), -1, np.int32)
        adjoint_of[slots] = slot_of[n + slots]
        nothing = np.zeros(len(keys), bool)
        return replace(
            code,
            codes=np.concatenate([code.codes, codes]),
            results=np.concatenate([code.results, n + np.arange(len(keys), dtype=np.int32)]),
            starts=np.concatenate([code.starts[:-1], code.starts[-1] + starts]),
            operands=np.concatenate([code.operands, slot_of[operands].astype(np.int32)]),
            varies=np.concatenate([code.varies, ~nothing if code.n_inputs else nothing]),
            is_value=np.concatenate([code.is_value, nothing]),
            is_backward=np.concatenate([code.is_backward, ~nothing]),
            adjoint_of=adjoint_of,
        )

    def _instructions(self, slots: Slots, firsts: Slots, counts: Slots, is_alias: Flags) -> tuple[Slots, ...]:
        """What each new instruction stands for, its code, where its operands begin, and the operands of all."""
        n, edges = self.n, self.edges
        own, first, count = slots[~is_alias], firsts[~is_alias], counts[~is_alias]
        terms = np.repeat(first - starts_of(count)[:-1], count) + np.arange(count.sum())
        pairs = np.stack([self.upstream[terms], self.derivatives[terms]], axis=1).ravel()
        spoilt = slots[self.is_spoilt[slots]]
        gated = np.flatnonzero(edges.gates >= 0)
        nodes, gates = edges.nodes[gated], edges.gates[gated]
        upstream = np.where(self.is_spoilt[nodes], 2 * n, n) + nodes
        keys = np.concatenate([n + own, 2 * n + spoilt, 3 * n + gated])
        owners = np.concatenate([own, spoilt, nodes])
        kinds = np.repeat([0, 1, 2], [len(own), len(spoilt), len(gated)])
        operands = [
            pairs,
            np.stack([n + spoilt, spoilt], axis=1).ravel(),
            np.stack([gates, upstream, np.full(len(gated), self.zero)], axis=1).ravel(),
        ]
        arities = np.concatenate([2 * count, np.full(len(spoilt), 2), np.full(len(gated), 3)])
        order = np.lexsort((kinds, -owners))
        starts, reordered_operands = reordered(starts_of(arities), np.concatenate(operands).astype(np.int64), order)
        codes = np.array([ADJOINT, SPOILT, WHERE], np.int32)[kinds[order]]
        return keys[order], codes, starts, reordered_operands
