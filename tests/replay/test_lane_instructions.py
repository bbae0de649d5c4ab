"""The lane machine, instruction by instruction, against the table's own functions and against exact numbers."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from mpmath import mp

from autograd_core.replay.code import Code, Edges
from autograd_core.replay.instructions import CODES, INSTRUCTIONS, OPAQUE
from autograd_core.replay.scalars import results_of
from tests.support.machines import HAS_NUMBA
from tests.support.oracles import ulps
from tests.support.reference import is_close
from tests.support.seeds import seeded
from tests.support.special_numbers import SPECIAL, drawn

pytestmark = [pytest.mark.slow, pytest.mark.seeded, pytest.mark.skipif(not HAS_NUMBA, reason="needs numba")]
if HAS_NUMBA:
    from autograd_core.replay.lanes import LaneMachine, is_supported

Array = np.ndarray[Any, Any]

SINGLE = [instruction.name for instruction in INSTRUCTIONS if instruction.arity is not None]
MANY = [instruction.name for instruction in INSTRUCTIONS if instruction.arity is None]
NOTHING, NEVER = np.empty(0, np.int32), np.empty(0, bool)
NO_EDGES = Edges(NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, NEVER, NEVER)
MISSING = {"lgamma", "polygamma", "digamma", "erfinv", "erfinv_slope", "round_"}


def program_of(name: str, n_operands: int) -> Code:
    """One instruction on inputs."""
    n_results = n_operands if INSTRUCTIONS[CODES[name]].scalar is None else 1
    return Code(
        constants=np.empty(0),
        n_inputs=n_operands,
        n_parameters=0,
        outputs=np.arange(n_operands, n_operands + n_results, dtype=np.int32),
        codes=np.array([CODES[name]], np.int32),
        results=np.array([n_operands], np.int32),
        starts=np.array([0, n_operands], np.int32),
        operands=np.arange(n_operands, dtype=np.int32),
        varies=np.ones(n_operands + n_results, bool),
        is_value=np.ones(1, bool),
        is_backward=np.zeros(1, bool),
        adjoint_of=np.full(n_operands + n_results, -1, np.int32),
        opaque=(),
        slot_of=np.empty(0, np.int32),
        edges=NO_EDGES,
    )


def points_for(name: str, n_operands: int) -> Array:
    rng = seeded("lanes", name, n_operands)
    points = [[drawn(rng) for _ in range(n_operands)] for _ in range(500)]
    if n_operands == 1:
        points += [[number] for number in SPECIAL]
    if n_operands == 2:
        points += [[x, y] for x in SPECIAL for y in SPECIAL]
    return np.array(points)


def check_instruction(name: str, n_operands: int) -> None:
    points = points_for(name, n_operands)
    machine = LaneMachine(program_of(name, n_operands))
    in_blocks = machine.values(np.empty(0), points)
    for row, operands in enumerate(points.tolist()):
        expected = results_of(CODES[name], operands)
        for computed, table in zip(in_blocks[row].tolist(), expected):
            assert is_close(name, computed, table, operands), (operands, computed, table)
    alone = np.concatenate([machine.values(np.empty(0), points[row : row + 1]) for row in range(len(points))])
    np.testing.assert_array_equal(alone, in_blocks)
    np.testing.assert_array_equal(np.signbit(alone[alone == 0.0]), np.signbit(in_blocks[in_blocks == 0.0]))


@pytest.mark.parametrize("name", sorted(set(SINGLE) - MISSING))
def test_an_instruction_gives_what_the_table_gives(name: str) -> None:
    check_instruction(name, INSTRUCTIONS[CODES[name]].arity or 0)


@pytest.mark.parametrize("name", MANY)
def test_an_instruction_with_any_number_of_operands_gives_what_the_table_gives(name: str) -> None:
    for n_operands in {"dot": (1, 3, 9), "adjoint": (2, 4, 6, 8, 20)}.get(name, (1, 2, 3, 4, 5, 9)):
        check_instruction(name, n_operands)


@pytest.mark.parametrize("name", MANY)
def test_ordinary_operands_in_any_number(name: str) -> None:
    """With two or three special ones among them, as above, nearly all results are nan or infinite."""
    rng = seeded("lanes", name, "ordinary")
    for n_operands in {"dot": (3, 9), "adjoint": (4, 8)}.get(name, (3, 7)):
        points = np.array([[rng.uniform(-9.0, 9.0) for _ in range(n_operands)] for _ in range(200)])
        found = LaneMachine(program_of(name, n_operands)).values(np.empty(0), points)
        for row, operands in enumerate(points.tolist()):
            for computed, table in zip(found[row].tolist(), results_of(CODES[name], operands)):
                assert is_close(name, computed, table, operands), (operands, computed, table)


@pytest.mark.parametrize("name", sorted(MISSING))
def test_an_instruction_that_is_missing_is_refused(name: str) -> None:
    code = program_of(name, INSTRUCTIONS[CODES[name]].arity or 0)
    assert not is_supported(code)
    with pytest.raises(ValueError, match="is_supported"):
        LaneMachine(code)


def test_a_users_function_is_refused() -> None:
    code = program_of("exp", 1)
    assert is_supported(code)
    assert not is_supported(replace(code, codes=np.array([OPAQUE], np.int32)))


EXACT = {
    "exp": (mp.exp, 0.8), "expm1": (mp.expm1, 1.0), "log": (mp.log, 0.8), "log1p": (mp.log1p, 0.8),
    "sin": (mp.sin, 0.8), "cos": (mp.cos, 0.8), "tanh": (mp.tanh, 1.5),
}  # fmt: skip
"""Our own functions, and how far they are off at most, in units in the last place."""


@pytest.mark.parametrize("name", EXACT)
def test_our_own_functions_are_as_exact_as_they_say(name: str) -> None:
    exact, bound = EXACT[name]
    rng = seeded("lanes", name, "exact")
    points = [rng.uniform(-low, low) for low in (0.01, 0.5, 0.7, 1.0, 4.0, 40.0, 700.0, 30000.0) for _ in range(500)]
    points += [multiple * math.pi / 2 for multiple in range(-500, 500)]
    points = [abs(x) for x in points] if name in ("log", "log1p") else points
    points = [x for x in points if abs(x) < 700.0 or name in ("sin", "cos", "log", "log1p")]
    found = LaneMachine(program_of(name, 1)).values(np.empty(0), np.array(points)[:, None])
    with mp.workprec(200):
        errors = [(ulps(y, exact(mp.mpf(x))), x) for x, y in zip(points, found[:, 0].tolist()) if x != 0.0]
    assert max(errors)[0] <= bound, max(errors)
