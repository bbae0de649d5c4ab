"""Forward mode as more instructions: how slots change along a direction in which some leaves do.

A slot's tangent is the sum, over its operands, of the local derivative times the operand's tangent. That is right where
all numbers are finite. Where one is not, what an adjoint of 0 keeps out can only be told in reverse: then the result is
infinite or nan here, and is to be computed anew by :func:`~autograd_core.replay.differentiate.with_adjoints`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from autograd_core.replay.code import Code, Edges, Flags, Slots, starts_of
from autograd_core.replay.instructions import ADJOINT


def with_tangents(code: Code, variables: Slots, directions: Slots, one: int) -> tuple[Code, Slots]:
    """The program with the tangents of all slots that depend on the variables, and where they are.

    Args:
        code: its values and local derivatives, with the edges between them.
        variables: the slots that change by themselves.
        directions: the slots that say how fast.
        one: the slot of the constant 1.0.

    Returns:
        The program, and for each of its former slots that of its tangent; -1 where it does not change.
    """
    edges = code.edges.taken(np.lexsort((code.edges.indices, code.edges.nodes)))
    tangent_of = [-1] * code.n_slots
    for variable, direction in zip(variables.tolist(), directions.tolist()):
        tangent_of[variable] = direction
    n_slots = code.n_slots
    arities: list[int] = []
    operands: list[int] = []
    nodes, of_edges, derivatives = (each.tolist() for each in (edges.nodes, edges.operands, edges.derivatives))
    start, n_edges = 0, len(nodes)
    while start < n_edges:
        node, end = nodes[start], start
        terms: list[int] = []
        while end < n_edges and nodes[end] == node:
            tangent = tangent_of[of_edges[end]]
            if tangent >= 0:
                terms += (derivatives[end], tangent)
            end += 1
        start = end
        if len(terms) == 2 and terms[0] == one:
            tangent_of[node] = terms[1]
        elif terms:
            tangent_of[node] = n_slots + len(arities)
            arities.append(len(terms))
            operands += terms
    n_new = len(arities)
    nothing = np.zeros(n_new, bool)
    extended = replace(
        code,
        codes=np.concatenate([code.codes, np.full(n_new, ADJOINT, np.int32)]),
        results=np.concatenate([code.results, n_slots + np.arange(n_new, dtype=np.int32)]),
        starts=np.concatenate([code.starts[:-1], code.starts[-1] + starts_of(np.array(arities, np.int32))]),
        operands=np.concatenate([code.operands, np.array(operands, np.int32)]),
        varies=np.concatenate([code.varies, ~nothing]),
        is_value=np.concatenate([code.is_value, nothing]),
        is_backward=np.concatenate([code.is_backward, nothing]),
        adjoint_of=np.concatenate([code.adjoint_of, np.full(n_new, -1, np.int32)]),
    )
    return extended, np.array(tangent_of, np.int32)


def depending_on(edges: Edges, variables: Slots, n_slots: int) -> Flags:
    """Whether a slot depends on one of the variables."""
    found = bytearray(n_slots)
    for slot in variables.tolist():
        found[slot] = 1
    order = np.argsort(edges.nodes, kind="stable")
    for node, operand in zip(edges.nodes[order].tolist(), edges.operands[order].tolist()):
        if found[operand]:
            found[node] = 1
    return np.frombuffer(found, bool)
