"""The 27 problems of nonlinear regression among NIST's Statistical Reference Datasets (StRD), with certified solutions.

Their measurements, starts and solutions are public numbers (https://www.itl.nist.gov/div898/strd/nls/nls_main.shtml),
kept in ``nist.json`` as NIST prints them. A model is written once, for floats, NumPy's arrays, Values and arrays of
Values: it takes its functions from the ``np`` that it is given, which may be autograd's.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy

CERTIFIED_DIGITS = 11

Model = Callable[..., Any]
"""``model(np, b, x)``, or with two predictors ``model(np, b, x1, x2)``: the response that parameters ``b`` predict."""


@dataclass(frozen=True)
class Problem:
    """A model, what was measured, and what NIST found.

    Attributes:
        level: of difficulty, "lower", "average" or "higher".
        starts: two points to start from, the first far from the solution, the second close to it.
        certified: the parameters with the least sum of squares, to 11 digits.
        residual_sum_of_squares: at the solution, to 11 digits.
    """

    name: str
    model: Model
    level: str
    starts: tuple[Sequence[float], Sequence[float]]
    certified: Sequence[float]
    residual_sum_of_squares: float
    response: Any
    predictors: Sequence[Any]

    def residuals(self, b: Any) -> Any:
        """What the model predicts less what was measured, row by row, in floats."""
        return self.model(numpy, b, *self.predictors) - self.response

    def digits(self, b: Sequence[float]) -> float:
        """How many digits of the parameters agree with the certified ones, by the worst; between 0 and 11."""
        worst = max(abs(found - true) / abs(true) for found, true in zip(b, self.certified, strict=True))
        if not worst < 1.0:  # nan, too
            return 0.0
        return min(-math.log10(worst), float(CERTIFIED_DIGITS)) if worst > 0.0 else float(CERTIFIED_DIGITS)


def bennett5(np: Any, b: Any, x: Any) -> Any:
    return b[0] * (b[1] + x) ** (-1.0 / b[2])


def saturation(np: Any, b: Any, x: Any) -> Any:
    return b[0] * (1.0 - np.exp(-b[1] * x))


def chwirut(np: Any, b: Any, x: Any) -> Any:
    return np.exp(-b[0] * x) / (b[1] + b[2] * x)


def danwood(np: Any, b: Any, x: Any) -> Any:
    return b[0] * x ** b[1]


def enso(np: Any, b: Any, x: Any) -> Any:
    cycles = ((12.0, b[1], b[2]), (b[3], b[4], b[5]), (b[6], b[7], b[8]))
    y = b[0]
    for period, cosine, sine in cycles:
        angle = 2.0 * math.pi * x / period
        y = y + cosine * np.cos(angle) + sine * np.sin(angle)
    return y


def eckerle4(np: Any, b: Any, x: Any) -> Any:
    return b[0] / b[1] * np.exp(-0.5 * ((x - b[2]) / b[1]) ** 2)


def gauss(np: Any, b: Any, x: Any) -> Any:
    first = b[2] * np.exp(-((x - b[3]) ** 2) / b[4] ** 2)
    second = b[5] * np.exp(-((x - b[6]) ** 2) / b[7] ** 2)
    return b[0] * np.exp(-b[1] * x) + first + second


def cubic_over_cubic(np: Any, b: Any, x: Any) -> Any:
    return (b[0] + b[1] * x + b[2] * x**2 + b[3] * x**3) / (1.0 + b[4] * x + b[5] * x**2 + b[6] * x**3)


def kirby2(np: Any, b: Any, x: Any) -> Any:
    return (b[0] + b[1] * x + b[2] * x**2) / (1.0 + b[3] * x + b[4] * x**2)


def lanczos(np: Any, b: Any, x: Any) -> Any:
    return b[0] * np.exp(-b[1] * x) + b[2] * np.exp(-b[3] * x) + b[4] * np.exp(-b[5] * x)


def mgh09(np: Any, b: Any, x: Any) -> Any:
    return b[0] * (x**2 + x * b[1]) / (x**2 + x * b[2] + b[3])


def mgh10(np: Any, b: Any, x: Any) -> Any:
    return b[0] * np.exp(b[1] / (x + b[2]))


def mgh17(np: Any, b: Any, x: Any) -> Any:
    return b[0] + b[1] * np.exp(-x * b[3]) + b[2] * np.exp(-x * b[4])


def misra1b(np: Any, b: Any, x: Any) -> Any:
    return b[0] * (1.0 - (1.0 + b[1] * x / 2.0) ** -2)


def misra1c(np: Any, b: Any, x: Any) -> Any:
    return b[0] * (1.0 - (1.0 + 2.0 * b[1] * x) ** -0.5)


def misra1d(np: Any, b: Any, x: Any) -> Any:
    return b[0] * b[1] * x * (1.0 + b[1] * x) ** -1


def nelson(np: Any, b: Any, x1: Any, x2: Any) -> Any:
    """Of the response's logarithm."""
    return b[0] - b[1] * x1 * np.exp(-b[2] * x2)


def rat42(np: Any, b: Any, x: Any) -> Any:
    return b[0] / (1.0 + np.exp(b[1] - b[2] * x))


def rat43(np: Any, b: Any, x: Any) -> Any:
    return b[0] / (1.0 + np.exp(b[1] - b[2] * x)) ** (1.0 / b[3])


def roszman1(np: Any, b: Any, x: Any) -> Any:
    return b[0] - b[1] * x - np.arctan(b[2] / (x - b[3])) / math.pi


MODELS: dict[str, Model] = {
    "Bennett5": bennett5, "BoxBOD": saturation, "Chwirut1": chwirut, "Chwirut2": chwirut, "DanWood": danwood,
    "ENSO": enso, "Eckerle4": eckerle4, "Gauss1": gauss, "Gauss2": gauss, "Gauss3": gauss, "Hahn1": cubic_over_cubic,
    "Kirby2": kirby2, "Lanczos1": lanczos, "Lanczos2": lanczos, "Lanczos3": lanczos, "MGH09": mgh09, "MGH10": mgh10,
    "MGH17": mgh17, "Misra1a": saturation, "Misra1b": misra1b, "Misra1c": misra1c, "Misra1d": misra1d,
    "Nelson": nelson, "Rat42": rat42, "Rat43": rat43, "Roszman1": roszman1, "Thurber": cubic_over_cubic,
}  # fmt: skip


def _read() -> dict[str, Problem]:
    written = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
    return {name: _problem(name, **parts) for name, parts in written.items()}


def _problem(name: str, *, starts: Any, response: Any, predictors: Any, **others: Any) -> Problem:
    measured = numpy.array(response, float)
    if name == "Nelson":
        measured = numpy.log(measured)
    columns = [numpy.array(column, float) for column in predictors]
    return Problem(name, MODELS[name], starts=tuple(starts), response=measured, predictors=columns, **others)


PROBLEMS = _read()
