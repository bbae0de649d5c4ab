"""Columns of numbers brought to one scale, and the means and deviations that this takes."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Scaler:
    """Brings columns of numbers to mean 0 and standard deviation 1, and back.

    Attributes:
        means: of each column.
        deviations: the standard deviation of each column; 1.0 for a column that is constant (and more for one of huge
            numbers, whose rounding alone is beyond that).

    >>> scaler = Scaler.of([[1.0, 5.0], [3.0, 5.0]])
    >>> scaler.scale([4.0, 5.0]), scaler.unscale([2.0, 0.0])
    ([2.0, 0.0], [4.0, 5.0])
    """

    means: tuple[float, ...]
    deviations: tuple[float, ...]

    @classmethod
    def of(cls, rows: Sequence[Sequence[float]]) -> Scaler:
        """The scaler for the columns of these rows, which should be the training rows, without the test rows.

        Raises:
            ValueError: there are no rows, or numbers so large that their differences overflow.
        """
        if not rows:
            raise ValueError("no rows to take means of")
        means, deviations = [], []
        for index, column in enumerate(zip(*rows)):
            middle, deviation = spread(column)
            if not math.isfinite(deviation):
                raise ValueError(f"the numbers of column {index} are too large to take their standard deviation")
            means.append(middle)
            deviations.append(deviation or max(1.0, abs(middle) * 2.0**-40))
        return cls(tuple(means), tuple(deviations))

    def scale(self, row: Sequence[float]) -> list[float]:
        """Each number as standard deviations from its column's mean."""
        return [(number - mean) / deviation for number, mean, deviation in zip(row, self.means, self.deviations)]

    def unscale(self, row: Sequence[float]) -> list[float]:
        """The numbers of which these are the scaled ones."""
        return [number * deviation + mean for number, mean, deviation in zip(row, self.means, self.deviations)]


def spread(numbers: Sequence[float]) -> tuple[float, float]:
    """The mean and the standard deviation of numbers of any size.

    The deviation is 0.0 where the numbers are equal up to rounding, see :func:`is_constant`. It is inf where the mean
    is beyond the float range.

    >>> spread([1e-200, 3e-200])
    (2e-200, 1e-200)
    >>> spread([0.1 + 0.2, 0.3])[1]
    0.0
    """
    if is_constant(numbers):
        return numbers[0], 0.0
    middle = mean(numbers)
    return middle, statistics.pstdev(numbers) if math.isfinite(middle) else math.inf  # exact fractions: no underflow


def is_constant(numbers: Sequence[float]) -> bool:
    """Whether numbers are equal up to rounding, to within four units in the last place of the largest.

    That is how far apart one number computed in two ways may be.
    """
    least, most = min(numbers), max(numbers)
    return most - least <= 4.0 * math.ulp(max(abs(least), abs(most)))


def mean(numbers: Sequence[float]) -> float:
    """The mean, rounded once; inf or nan where the sum is beyond the float range or undefined."""
    try:
        return math.fsum(numbers) / len(numbers)
    except OverflowError:
        return math.inf
    except ValueError:  # inf - inf
        return math.nan
