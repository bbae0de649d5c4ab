"""Derivatives by finite differences, for functions of which nothing is known, with what they may be trusted for.

Each number has steps of its own, from a tenth of its size downwards; Richardson's extrapolation makes one estimate of
them, with an estimate of its error (Ridders, Advances in Engineering Software 4, 1982).
"""

from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Outputs = Callable[[Sequence[float]], list[float]]

SETTLED = 2e-5
"""How uncertain, relatively, a finite difference may be: ten times this is still less than a fault of 0.05 %."""

FIRST_STEP = 0.0917
"""The largest step for a number of the order of 1: not round, so that no period of a function is a multiple of it."""

HALVINGS = 11

SCALES_AT_ZERO = (1e-8, 1e-5, 1e-2, 1e1, 1e4, 1e7)
"""What is tried for a number of 0, which says nothing about the size of steps. The finest come first: what is smooth to
them may look like a kink to others, which would settle on a slope across it."""


@dataclass(frozen=True)
class Estimate:
    """A derivative by finite differences.

    Attributes:
        slope: the derivative; nan if none was found.
        error: how uncertain it is.
        rounding: what rounding the outputs alone makes of that.
    """

    slope: float
    error: float
    rounding: float

    def has_settled(self) -> bool:
        """Whether a fault of 0.05 % would be seen."""
        return self.slope != 0.0 and self.error <= SETTLED * abs(self.slope)

    def has_a_digit(self) -> bool:
        """Whether it is right at least in its first digit."""
        return self.slope != 0.0 and self.error <= 0.05 * abs(self.slope)

    def is_zero(self) -> bool:
        """Whether there is no sign of a derivative other than 0."""
        return self.slope == 0.0 and self.error <= self.rounding

    def is_lost(self, size: float) -> bool:
        """Whether a derivative of this size is lost in the rounding of the outputs."""
        return SETTLED * size < self.rounding


NO_ESTIMATE = Estimate(math.nan, math.inf, 0.0)


def finite_differences(outputs: Outputs, point: Sequence[float], index: int) -> list[Estimate]:
    """For each output its derivative with respect to one number: the most certain of several scales of steps.

    The number's own size comes first; others are tried as long as an output has no settled derivative.

    Args:
        outputs: the function.
        point: its arguments.
        index: of the one to differentiate with respect to.

    >>> [estimate] = finite_differences(lambda v: [v[0] * v[1]], [3.0, 2.0], 0)
    >>> round(estimate.slope, 6), estimate.has_settled()
    (2.0, True)
    """
    x = abs(point[index])
    best: list[Estimate] = []
    for scale in dict.fromkeys((x, 1.0)) if x else SCALES_AT_ZERO:
        tried = _from_steps(outputs, point, index, FIRST_STEP * scale)
        best = list(map(_more_certain, best or tried, tried))
        if all(estimate.has_settled() or (x and estimate.is_zero()) for estimate in best):
            break
    return best


def _more_certain(one: Estimate, other: Estimate) -> Estimate:
    """The better of two estimates from different scales of steps.

    Coarse steps may see a kink where finer ones see a bend; fine ones may see noise, or no change at all. So one that
    has settled on a slope is right against one that has not, and one that has a digit against one of nothing.
    """
    for is_better in (Estimate.has_settled, Estimate.has_a_digit):
        if is_better(one) != is_better(other):
            return one if is_better(one) else other
    return min(one, other, key=lambda estimate: estimate.error)


def _from_steps(outputs: Outputs, point: Sequence[float], index: int, first_step: float) -> list[Estimate]:
    """Central differences with a step that halves from one to the next, extrapolated to the step 0."""

    def at(x: float) -> list[float]:
        return outputs([*point[:index], x, *point[index + 1 :]])

    x = point[index]
    widths, pairs = [], []
    for halvings in range(HALVINGS + 1):
        above, below = x + first_step * 0.5**halvings, x - first_step * 0.5**halvings
        widths.append(above - below)
        pairs.append(list(zip(at(above), at(below))))
    noises = _noise_of(at, x, first_step)
    return [_extrapolate(widths, column, noise) for column, noise in zip(zip(*pairs), noises)]


def _noise_of(at: Callable[[float], list[float]], x: float, first_step: float) -> list[float]:
    """How far rounding inside the function scatters each output: from differences of high order, where a smooth
    function has none (Moré and Wild, SIAM Journal on Scientific Computing 33, 2011).

    Rounding makes stairs. Steps of one size may go up them evenly, and so there are three; and steps that are too
    small for most outputs to change are made larger.
    """
    finest = first_step * 0.5**HALVINGS
    found: list[float | None] = []
    for steps in ((finest, 0.73 * finest, 0.41 * finest), (first_step / 64.0,)):
        scatters = []
        for step in steps:
            columns = zip(*[at(x + place * step) for place in range(-4, 5)])
            scatters.append([_scatter(column) for column in columns])
        largest = [None if None in of_output else max(of_output) for of_output in zip(*scatters)]
        found = [new if old is None else old for old, new in zip(found or largest, largest)]
        if None not in found:
            break
    return [noise or 0.0 for noise in found]


def _scatter(samples: Sequence[float]) -> float | None:
    """The standard deviation of what is not smooth in samples at equal steps; None if most of them are the same."""
    differences = list(samples)
    estimates = []
    for order in range(1, 7):
        differences = [after - before for before, after in itertools.pairwise(differences)]
        if order == 1 and differences.count(0.0) > len(differences) // 2:
            return None
        if order >= 4:
            times = math.comb(2 * order, order) * len(differences)  # their squares add up to so many times the variance
            estimates.append(math.hypot(*differences) / math.sqrt(times))
    return min(estimates)


def _extrapolate(widths: Sequence[float], pairs: Sequence[tuple[float, float]], noise: float) -> Estimate:
    """The most certain entry of Richardson's table of differences between the outputs of each pair.

    Its error is how it differs from its parents, and no less than what noise makes of it. Parents may agree by chance:
    if an entry contradicts others, its error is how it differs from those.
    """
    ulps = 8.0 * sys.float_info.epsilon  # of a function of several operations
    column = [(high - low) / width if width else math.nan for width, (high, low) in zip(widths, pairs)]
    roundings = [(abs(high) + abs(low)) * ulps / (width or math.inf) for width, (high, low) in zip(widths, pairs)]
    entries = []
    factor = 4.0  # the error of a central difference goes with the square of its step
    while len(column) > 1:
        refined = [(factor * fine - coarse) / (factor - 1.0) for coarse, fine in itertools.pairwise(column)]
        own = zip(roundings[-len(refined) :], widths[-len(refined) :])
        for parents, entry, (rounding, width) in zip(itertools.pairwise(column), refined, own):
            least = max(rounding, 2.0 * noise / width if width else math.inf)
            error = max(abs(entry - parents[0]), abs(entry - parents[1]), least)
            if math.isfinite(error):
                entries.append((error, entry, rounding))
        column = refined
        factor *= 4.0
    if not entries:
        return NO_ESTIMATE
    error, best, rounding = min(entries)
    contradictions = [abs(best - other) for its_error, other, _ in entries if abs(best - other) > 10.0 * its_error]
    return Estimate(best, max([error, *contradictions]), rounding)
