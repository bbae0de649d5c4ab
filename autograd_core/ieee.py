"""Float functions as IEEE 754 has them: inf and nan where :mod:`math` raises.

``math.exp(1000)`` raises, ``1.0 / 0.0`` raises, ``(-1.0) ** 0.5`` is complex. A recorded computation must not
stop, or leave the real numbers, half-way: here the same calls give ``inf``, ``inf`` and ``nan``, as in C, NumPy and
PyTorch. The second half of the file holds the special functions that :mod:`math` lacks, or has less accurately than
the derivatives need.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence

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


def defined(function: Callable[[float], float]) -> Callable[[float], float]:
    """``function``, with nan where :mod:`math` says that an argument is outside the domain."""

    def defined_or_nan(x: float) -> float:
        try:
            return function(x)
        except ValueError:
            return nan

    return defined_or_nan


def growing(function: Callable[[float], float]) -> Callable[[float], float]:
    """``function``, with inf where :mod:`math` says that the result is too large."""

    def finite_or_inf(x: float) -> float:
        try:
            return function(x)
        except OverflowError:
            return inf

    return finite_or_inf


sin = defined(math.sin)
cos = defined(math.cos)
tan = defined(math.tan)
asin = defined(math.asin)
acos = defined(math.acos)
acosh = defined(math.acosh)
sqrt = defined(math.sqrt)
exp = growing(math.exp)
exp2 = growing(math.exp2)
expm1 = growing(math.expm1)
cosh = growing(math.cosh)


def sinh(x: float) -> float:
    """Hyperbolic sine, ±inf beyond ±710.5."""
    try:
        return math.sinh(x)
    except OverflowError:
        return math.copysign(inf, x)


def atanh(x: float) -> float:
    """Inverse hyperbolic tangent, ±inf at ±1, nan beyond."""
    if -1.0 < x < 1.0:
        return math.atanh(x)
    return math.copysign(inf, x) if abs(x) == 1.0 else nan


def logarithm(function: Callable[[float], float], pole: float = 0.0) -> Callable[[float], float]:
    """``function``, a logarithm, with -inf at its pole and nan below."""

    def log_or_inf(x: float) -> float:
        if x > pole:
            return function(x)
        return -inf if x == pole else nan

    return log_or_inf


log = logarithm(math.log)
log2 = logarithm(math.log2)
log10 = logarithm(math.log10)
log1p = logarithm(math.log1p, pole=-1.0)


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
    if largest == -inf or any(value != value for value in values):
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
    if abs(largest) == inf or any(value != value for value in values):
        return [log(share) for share in softmax(values)]
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


# -- the gamma function's relatives ------------------------------------------------------------------------------

ONE_MINUS_EULER_GAMMA = 0.42278433509846713
HALF_LOG_TWO_PI = 0.9189385332046728

# zeta(k) - 1 for k = 2, 3, …: each exceeds the next by half or more.
ZETA_MINUS_ONE = (
    0.6449340668482264, 0.2020569031595943, 0.08232323371113819, 0.03692775514336993, 0.01734306198444914,
    0.008349277381922827, 0.00407735619794434, 0.0020083928260822143, 0.0009945751278180853, 0.0004941886041194645,
    0.0002460865533080483, 0.00012271334757848915, 6.124813505870483e-05, 3.058823630702049e-05,
    1.528225940865187e-05, 7.637197637899763e-06, 3.81729326499984e-06, 1.908212716553939e-06, 9.539620338727962e-07,
    4.769329867878064e-07, 2.38450502727733e-07, 1.1921992596531106e-07, 5.960818905125948e-08, 2.980350351465228e-08,
    1.4901554828365043e-08, 7.45071178983543e-09, 3.725334024788457e-09, 1.862659723513049e-09, 9.313274324196682e-10,
    4.656629065033784e-10, 2.3283118336765053e-10, 1.164155017270052e-10, 5.820772087902701e-11, 2.9103850444971e-11,
    1.4551921891041985e-11, 7.275959835057482e-12, 3.637979547378651e-12, 1.818989650307066e-12,
    9.094947840263888e-13, 4.547473783042154e-13,
)  # fmt: skip

# The even Bernoulli numbers B2, B4, …, B20.
BERNOULLI = (
    1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798, -174611 / 330,
)  # fmt: skip


def is_pole_of_gamma(x: float) -> bool:
    """Whether x is 0 or a negative whole number."""
    return x <= 0.0 and x == math.floor(x)


def _log_gamma_series(z: float) -> float:
    """``lgamma(2 + z)`` for \\|z\\| ≤ 3/4, from its Taylor series; exact zero at z = 0. (DLMF 5.7.3)"""
    total = 0.0
    for k in range(len(ZETA_MINUS_ONE) + 1, 1, -1):
        total = ZETA_MINUS_ONE[k - 2] / k - z * total
    return z * (ONE_MINUS_EULER_GAMMA + z * total)


def lgamma(x: float) -> float:
    """``log|gamma(x)|``: relative accuracy for positive x, also beside the zeros at 1 and 2.

    For negative x it is accurate relative to the two terms of the reflection formula, whose difference it is.
    """
    if x != x or abs(x) == inf:
        return abs(x)
    if is_pole_of_gamma(x):
        return inf
    if abs(x) < 0.5:
        return _log_gamma_series(x) - math.log1p(x) - math.log(abs(x))
    if x < 0.0:
        size_of_sine = math.sin(math.pi * abs(math.remainder(x, 1.0)))  # of pi·x, whole turns taken off exactly
        return math.log(math.pi / size_of_sine) - lgamma(1.0 - x)
    if x < 1.25:
        return _log_gamma_series(x - 1.0) - math.log1p(x - 1.0)
    if x < 10.0:
        product = 1.0
        while x > 2.5:
            x -= 1.0
            product *= x
        return _log_gamma_series(x - 2.0) + math.log(product)
    correction = HALF_LOG_TWO_PI
    for k in range(len(BERNOULLI), 0, -1):  # Stirling's series, DLMF 5.11.1
        correction += BERNOULLI[k - 1] / (2 * k * (2 * k - 1) * power(x, 2 * k - 1))
    return x * (math.log(x) - 1.0) - 0.5 * math.log(x) + correction


def polygamma(order: int, x: float) -> float:
    """The derivative of lgamma of order ``order + 1``: digamma for 0, trigamma for 1, … (DLMF 5.15)."""
    if x != x or x == -inf:
        return nan
    if x == inf:
        return inf if order == 0 else 0.0
    if is_pole_of_gamma(x):  # to ±inf on the two sides for an even order
        return inf if order % 2 else nan
    if x < -0.5:
        return _polygamma_reflected(order, x)
    return _digamma(x) if order == 0 else _polygamma_positive(order, x)


def _digamma(x: float) -> float:
    terms = []
    while x < 10.0:  # psi(x) = psi(x + 1) - 1 / x
        terms.append(-1.0 / x)
        x += 1.0
    terms.append(math.log(x))
    terms.append(-0.5 / x)
    terms.extend(-bernoulli / (2 * k) / power(x, 2 * k) for k, bernoulli in enumerate(BERNOULLI, 1))  # DLMF 5.11.2
    return math.fsum(terms)


def _polygamma_positive(order: int, x: float) -> float:
    """DLMF 5.15.8 after the recurrence has made x large; all terms have one sign until the last, small ones."""
    terms = []
    factorial = float(math.factorial(order))
    while x < 12.0 + order:
        terms.append(divide(factorial, power(x, order + 1)))
        x += 1.0
    leading = factorial / order
    for _ in range(order):  # x ** order may overflow though this does not underflow
        leading /= x
    terms.append(leading)
    terms.append(0.5 * factorial / power(x, order + 1))
    for k in range(1, len(BERNOULLI) + 1):
        rising = float(math.factorial(2 * k + order - 1) // math.factorial(2 * k))
        terms.append(BERNOULLI[k - 1] * rising / power(x, 2 * k + order))
    total = sum(terms) if inf in terms else math.fsum(terms)
    return total if order % 2 else -total


def _polygamma_reflected(order: int, x: float) -> float:
    """polygamma(1 - x), and a derivative of pi·cot(pi·x), which is a polynomial in the cotangent. (DLMF 5.15.6)"""
    polynomial = [0.0, 1.0]  # cot itself
    for _ in range(order):  # d cot = -(1 + cot²)
        slopes = [power_of_cot * coefficient for power_of_cot, coefficient in enumerate(polynomial)][1:]
        polynomial = [0.0] * (len(slopes) + 2)
        for power_of_cot, slope in enumerate(slopes):
            polynomial[power_of_cot] -= slope
            polynomial[power_of_cot + 2] -= slope
    rest = abs(math.remainder(x, 1.0))
    cotangent = math.copysign(math.sin(math.pi * (0.5 - rest)) / math.sin(math.pi * rest), math.remainder(x, 1.0))
    derivative = 0.0
    for coefficient in reversed(polynomial):
        derivative = derivative * cotangent + coefficient
    sign = 1.0 if order % 2 == 0 else -1.0
    return sign * polygamma(order, 1.0 - x) - math.pi ** (order + 1) * derivative
