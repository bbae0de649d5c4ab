"""What to write in place of a function of NumPy's that computes with floats only."""

from __future__ import annotations

import re

_INSTEAD = {
    "isnan": "x != x for each Value",
    "isinf": "ag.abs(x) == math.inf for each Value",
    "isfinite": "abs(x) < math.inf for each Value; in place of allclose() and isclose(), abs(x - y) <= tolerance",
    "logaddexp": "ag.logaddexp(x, y) for each pair",
    "heaviside": "ag.where(x > 0, 1.0, 0.0) for each Value",
    "solve": "an elimination with Values, or numpy.linalg.solve of their .data where no derivative is wanted",
    "inv": "an elimination with Values, or numpy.linalg.inv of their .data where no derivative is wanted",
    "det": "an expansion with Values, or numpy.linalg.det of their .data where no derivative is wanted",
}
_LINEAR_ALGEBRA = {"solve", "inv", "det"}
_FUNCTION = re.compile(r"ufunc '([a-z]+?)(?:1|_lo|_up)?'")


def add_advice(error: TypeError) -> None:
    """Add to NumPy's complaint about an array of Values a note that names what to write instead.

    >>> error = TypeError("ufunc 'isnan' not supported for the input types")
    >>> add_advice(error)
    >>> error.__notes__
    ['numpy.isnan computes with floats, not Values: write x != x for each Value']
    """
    found = _FUNCTION.search(str(error))
    if found is not None and found[1] in _INSTEAD:
        module = "numpy.linalg" if found[1] in _LINEAR_ALGEBRA else "numpy"
        error.add_note(f"{module}.{found[1]} computes with floats, not Values: write {_INSTEAD[found[1]]}")
