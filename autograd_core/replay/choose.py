"""Which machine runs a program: the one that by counting takes the least time for so many rows.

The costs were measured once, on a machine with AVX2; they decide between ways that differ several times over, and are
held to within 1.5 times the best by ``python -m tests.benchmarks choices``.
"""

from __future__ import annotations

import importlib.util
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_core.replay.code import Code, levels
from autograd_core.replay.instructions import ADJOINT, CODES
from autograd_core.replay.machines import Machine
from autograd_core.replay.work import Parcel

# Seconds: of an instruction for one row and for a block of rows, of a call of NumPy, of a number in matrix products and
# elsewhere, and of an instruction in Python.
ONE_ROW, BLOCK = 6.5e-9, 45e-9
CALL, IN_PRODUCTS, ELSEWHERE = 2e-6, 0.17e-9, 1.5e-9
IN_PYTHON = 100e-9

FEWEST_CALLS = 30  # of a program that is matrix products almost alone
FEWEST_TERMS = 8  # operands of a sum that is worth a matrix product
MOSTLY = 0.45  # with this part in products, the rest is what goes with them
MOST_UNSAID = 100_000  # instructions without numba that take a second or so

MOST_COUNTS_OF_ROWS = 100
"""For so many of them it is remembered which machine is best."""


@dataclass(frozen=True)
class Costs:
    """What tells how long a program takes.

    Attributes:
        n_instructions, n_operands: how many there are.
        in_products: which part of the operands is that of weighted sums and adjoints of several terms, which may be
            matrix products.
    """

    n_instructions: int
    n_operands: int
    in_products: float

    @classmethod
    def of(cls, code: Code) -> Costs:
        """Those of a program."""
        arities = np.diff(code.starts)
        is_product = ((code.codes == ADJOINT) | (code.codes == CODES["dot"])) & (arities >= FEWEST_TERMS)
        n_operands = max(1, len(code.operands))
        return cls(len(code.codes), n_operands, float(arities[is_product].sum()) / n_operands)

    def of_lanes(self, n_rows: int) -> float:
        """Seconds in compiled code."""
        if n_rows <= 2:
            return n_rows * self.n_instructions * ONE_ROW
        width = 64 if self.n_instructions <= 500 else 32
        return -(-n_rows // min(width, max(8, n_rows))) * self.n_instructions * BLOCK

    def of_arrays(self, n_rows: int, n_calls: int) -> float:
        """Seconds in calls of NumPy."""
        numbers = self.n_operands * (IN_PRODUCTS if self.in_products >= MOSTLY else ELSEWHERE)
        return n_calls * CALL + n_rows * numbers

    def of_python(self, n_rows: int) -> float:
        """Seconds in Python."""
        return n_rows * self.n_instructions * IN_PYTHON


class Machines:
    """The machines of a program: of each kind one, which is made when it is first the best, and keeps what it makes."""

    def __init__(self, code: Code, dtype: Any) -> None:
        self.code, self.dtype = code, dtype
        self.of_kind: dict[type[Machine], Machine] = {}
        self._parcels: dict[type[Machine], Parcel] = {}
        self._for_rows: dict[int, Machine] = {}  # by their number

    def __call__(self, n_rows: int) -> Machine:
        """The best machine for so many rows."""
        machine = self._for_rows.get(n_rows)
        if machine is None:
            kind = best_machine(self.code, n_rows, self.dtype)
            if kind not in self.of_kind:
                self.of_kind[kind] = kind(self.code, self.dtype)
            if len(self._for_rows) >= MOST_COUNTS_OF_ROWS:
                self._for_rows.clear()
            machine = self._for_rows[n_rows] = self.of_kind[kind]
        return machine

    def parcel(self, n_rows: int) -> Parcel:
        """The same machine, to be sent to workers."""
        machine = self(n_rows)
        return self._parcels.setdefault(type(machine), Parcel(machine))

    def __getstate__(self) -> dict[str, Any]:
        """For copies and pickles: without the machines, whose arrays are views of each other and would come apart."""
        return {**self.__dict__, "of_kind": {}, "_parcels": {}, "_for_rows": {}}


def best_machine(code: Code, n_rows: int, dtype: Any) -> type[Machine]:
    """The class of the machine."""
    from autograd_core.replay.arrays import ArrayMachine
    from autograd_core.replay.scalars import ScalarMachine

    if np.dtype(dtype) != np.dtype(float):
        return ArrayMachine
    costs = Costs.of(code)
    if importlib.util.find_spec("numba") is not None:
        from autograd_core.replay.lanes import LaneMachine, is_supported

        if is_supported(code):
            is_for_arrays = costs.in_products >= MOSTLY
            by_arrays = costs.of_arrays(n_rows, FEWEST_CALLS)
            return ArrayMachine if is_for_arrays and by_arrays < costs.of_lanes(n_rows) else LaneMachine
    if costs.n_instructions > MOST_UNSAID:
        warnings.warn(
            f"a program of {costs.n_instructions:,} instructions is run one by one in Python here: with numba "
            '(pip install "autograd-core[fast]") it takes a hundredth of the time',
            RuntimeWarning,
            stacklevel=4,
        )
        return ScalarMachine
    n_calls = FEWEST_CALLS if costs.in_products >= MOSTLY else _n_groups(code)
    return ArrayMachine if costs.of_arrays(n_rows, n_calls) < costs.of_python(n_rows) else ScalarMachine


def _n_groups(code: Code) -> int:
    """How many groups of like instructions there are of which none depends on another."""
    return len(np.unique(np.stack([levels(code), code.codes, np.diff(code.starts)]), axis=1).T)
