"""The relatives of the gamma function on floats: its logarithm, and the derivatives of that."""

from __future__ import annotations

import math

from autograd_core.primitives.ieee import divide, inf, nan, power

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
