"""Which machine runs a program: by what it costs on so many rows, as far as counting tells."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np

from autograd_core.replay.code import Code

FEWEST_FOR_ARRAYS = 2_000


def best_machine(code: Code, n_rows: int, dtype: Any) -> Any:
    """The class of the machine."""
    from autograd_core.replay.arrays import ArrayMachine
    from autograd_core.replay.scalars import ScalarMachine

    if np.dtype(dtype) != np.dtype(float):
        return ArrayMachine
    if importlib.util.find_spec("numba") is not None:
        from autograd_core.replay.lane_stream import is_supported
        from autograd_core.replay.lanes import LaneMachine

        if is_supported(code):
            return LaneMachine
    return ScalarMachine if n_rows == 1 and len(code.codes) < FEWEST_FOR_ARRAYS else ArrayMachine
