"""Float functions as IEEE 754 has them: inf and nan where :mod:`math` raises.

``math.exp(1000)`` raises, ``1.0 / 0.0`` raises, ``(-1.0) ** 0.5`` is complex. A recorded computation must not
stop, or leave the real numbers, half-way: here the same calls give ``inf``, ``inf`` and ``nan``, as in C, NumPy and
PyTorch. The second half of the file holds the special functions that :mod:`math` lacks, or has less accurately than
the derivatives need.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence

inf = math.inf
nan = math.nan

LARGEST = sys.float_info.max
SMALLEST_NORMAL = sys.float_info.min


def divide(a: float, b: float) -> float:
    """``a / b``; over zero an infinity of the right sign, and nan for 0/0."""
    if b != 0.0:
        return a / b
    if a == 0.0 or a != a:
        return nan
    return math.copysign(inf, a) * math.copysign(1.0, b)


def power(x: float, y: float) -> float:
    """``x ** y`` in the real numbers: a pole is ±inf, a fractional power of a negative number (even -inf) nan."""
    if x == -inf and y % 1.0 > 0.0:
        return nan
    try:
        return math.pow(x, y)
    except OverflowError:
        return -inf if x < 0.0 and is_odd(y) else inf
    except ValueError:
        if x != 0.0:
            return nan
        return math.copysign(inf, x) if is_odd(y) else inf


def is_odd(y: float) -> bool:
    """Whether ``y`` is an odd whole number."""
    return abs(math.fmod(y, 2.0)) == 1.0


def two_difference(a: float, b: float) -> tuple[float, float]:
    """``a - b`` rounded, and the rounding error (Knuth's TwoSum): their exact sum is the exact difference."""
    difference = a - b
    b_rounded = a - difference
    a_rounded = difference + b_rounded
    return difference, (a - a_rounded) - (b - b_rounded)


def two_square(x: float) -> tuple[float, float]:
    """``x * x`` rounded, and the rounding error (Dekker's product); for \\|x\\| below 1e150."""
    square = x * x
    scaled = 134217729.0 * x  # 2**27 + 1 cuts the 53 bits in two halves whose products are exact
    high = scaled - (scaled - x)
    low = x - high
    return square, ((high * high - square) + 2.0 * high * low) + low * low


def exp_minus_square(x: float, scale: float = 1.0) -> float:
    """``exp(-scale * x**2)`` for a scale of 1 or 1/2.

    The rounding error of ``x * x`` would be multiplied by the exponent's size (up to 745); it is carried along.
    """
    if abs(x) > 40.0:
        return nan if x != x else 0.0
    square, error = two_square(x)
    return math.exp(-scale * square) * (1.0 - scale * error)


SQRT_HALF = math.sqrt(0.5)
SQRT_HALF_ERROR = -4.833646656726457e-17  # sqrt(1/2) minus its nearest float


def normal_cdf(x: float) -> float:
    """The standard normal distribution function, ``erfc(-x / sqrt(2)) / 2``, accurate in the lower tail.

    In the tail erfc multiplies a relative error of its argument by twice the argument's square; the first-order
    Taylor term takes the error of ``x / sqrt(2)`` out again.
    """
    if x < -40.0 or x > 40.0:
        return 0.0 if x < 0.0 else 1.0
    argument = -x * SQRT_HALF
    scaled = 134217729.0 * x
    high = scaled - (scaled - x)
    low = x - high
    half_scaled = 134217729.0 * SQRT_HALF
    half_high = half_scaled - (half_scaled - SQRT_HALF)
    half_low = SQRT_HALF - half_high
    product_error = ((-high * half_high - argument) - high * half_low - low * half_high) - low * half_low
    argument_error = product_error - x * SQRT_HALF_ERROR
    slope = -2.0 / math.sqrt(math.pi) * exp_minus_square(argument)
    return 0.5 * (math.erfc(argument) + slope * argument_error)


def cbrt(x: float) -> float:
    """Cube root: the C library's, which may be 4 ulp off, and one Newton step."""
    root = math.cbrt(x)
    if root == 0.0 or root - root != 0.0:
        return root
    return root - (root - x / (root * root)) / 3.0


def shifted_exponentials(values: Sequence[float], largest: float) -> list[float]:
    """``exp(value - largest)`` of each: no overflow, and the largest gives 1. ``largest`` must be finite."""
    exponentials = []
    for value in values:
        difference, rounding_error = two_difference(value, largest)
        exponential = math.exp(difference)
        exponentials.append(exponential * (1.0 + rounding_error) if exponential > 0.0 else 0.0)
    return exponentials


def log_sum_of_shifted_exponentials(values: Sequence[float], largest: float) -> float:
    """``log(sum(exp(value - largest)))``: what the others add to the largest, accurate however little it is."""
    exponentials = shifted_exponentials(values, largest)
    exponentials.remove(1.0)  # the largest one's, so that log1p sees the small rest
    return math.log1p(math.fsum(exponentials))


def softmax(values: Sequence[float]) -> list[float]:
    """Exponentials as shares of their sum. One inf takes it all; no limit, and nan, beside another or for all -inf."""
    largest = max(values)
    if largest == -inf or any(map(math.isnan, values)):
        return [nan] * len(values)
    if largest == inf:
        whole = 1.0 if values.count(inf) == 1 else nan
        return [whole if value == inf else 0.0 * whole for value in values]
    exponentials = shifted_exponentials(values, largest)
    total = math.fsum(exponentials)
    return [exponential / total for exponential in exponentials]


def log_softmax(values: Sequence[float]) -> list[float]:
    """The logarithms of :func:`softmax`, finite however small that is."""
    largest = max(values)
    if abs(largest) == inf or any(map(math.isnan, values)):
        return [math.log(share) if share > 0.0 else share - inf for share in softmax(values)]
    log_sum = log_sum_of_shifted_exponentials(values, largest)
    return [(value - largest) - log_sum for value in values]


# -- the inverse of the error function --------------------------------------------------------------------------

HALF_SQRT_PI = math.sqrt(math.pi) / 2.0


def erfinv(x: float) -> float:
    """The y whose erf is x: Winitzki's approximation, then Halley's iteration, which triples the digits each time."""
    size = abs(x)
    if not 0.0 < size < 1.0:
        return x if size == 0.0 else math.copysign(inf, x) if size == 1.0 else nan
    if size < 0.1:
        y = HALF_SQRT_PI * size
    else:
        log_rest = math.log1p(-size) + math.log1p(size)
        middle = 2.0 / (math.pi * 0.147) + 0.5 * log_rest
        y = math.sqrt(math.sqrt(middle * middle - log_rest / 0.147) - middle)
    for _ in range(3):
        newton_step = _missing_from_erf(size, y) * _exp_square(y)
        y += newton_step / (1.0 - y * newton_step)
    return math.copysign(y, x)


def erfinv_slope(x: float) -> float:
    """The derivative of :func:`erfinv`, with what rounding took from y put back: exp((y + d)²) = exp(y²)·exp(2yd)."""
    y = abs(erfinv(x))
    if not y < inf:
        return y
    slope = _exp_square(y)
    return slope + slope * (2.0 * y * (_missing_from_erf(abs(x), y) * slope))


def _missing_from_erf(size: float, y: float) -> float:
    """``size - erf(y)``; near 1 as the difference of what both leave of 1, which keeps its digits."""
    return size - math.erf(y) if size < 0.5 else math.erfc(y) - (1.0 - size)


def _exp_square(y: float) -> float:
    """√π / 2 · exp(y²), one over the derivative of erf."""
    return HALF_SQRT_PI / exp_minus_square(y)
