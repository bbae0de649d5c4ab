"""Elementary functions without branches, on :class:`~autograd_core.replay.vectors.Number`.

The C library's functions are called number by number, 4 to 9 ns each; these take 0.5 to 1 ns a lane. The algorithms and
coefficients are those of fdlibm (Sun Microsystems, 1993) and, for tanh near 0, of Cephes (Moshier, 1989). exp, log,
log1p, sin and cos are within 0.8 ulp, expm1 within 1, tanh within 1.5. Signed zeros, subnormal numbers, inf and nan are
as in the C library.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, nan

from autograd_core.replay.vectors import SIGN_BIT, Integer, Number, bits_of

LOG2_E = 1.4426950408889634
LN2_HIGH, LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10  # their sum is ln 2; the first has 33 bits
ROUNDING = 6755399441055744.0  # 1.5 * 2**52: what is added to it is rounded to a whole number, in its lowest bits
ROUNDING_BITS = bits_of(ROUNDING)
SQRT_2 = 1.4142135623730951
EXPONENT, MANTISSA = 52, (1 << 52) - 1  # where a float's exponent begins, and what is below


def polynomial(x: Number, *coefficients: float) -> Number:
    """Σ coefficients[-1 - i]·xⁱ, by pairs (Estrin's scheme): in fewer steps that wait for each other than Horner's."""
    terms: Sequence[Number | float] = coefficients[::-1]
    while len(terms) > 1:
        pairs = zip(terms[::2], terms[1::2])
        terms = [*[low + x * high for low, high in pairs], *terms[len(terms) - len(terms) % 2 :]]
        x = x * x
    (total,) = terms
    assert isinstance(total, Number)
    return total


def bounded(x: Number, low: float, high: float) -> Number:
    """x between two bounds; nan stays nan."""
    x = (x < low).choose(low, x)
    return (x > high).choose(high, x)


def power_of_two(exponent: Integer) -> Number:
    """2 to a power between -1022 and 1023."""
    return ((exponent + 1023) << EXPONENT).as_number()


def _reduced(x: Number) -> tuple[Integer, Number, Number]:
    """x as k·ln 2 + r with |r| below 0.35: k, and exp(r) − 1 as a sum of r, nearly, and something smaller."""
    shifted = x * LOG2_E + ROUNDING
    multiple = shifted - ROUNDING
    high, low = x - multiple * LN2_HIGH, multiple * LN2_LOW
    r = high - low
    square = r * r
    correction = r - square * polynomial(
        square, 4.13813679705723846039e-08, -1.65339022054652515390e-06, 6.61375632143793436117e-05,
        -2.77777777770155933842e-03, 1.66666666666666019037e-01,
    )  # fmt: skip
    return shifted.bits() - ROUNDING_BITS, high, (r * correction) / (2.0 - correction) - low


def exp(x: Number) -> Number:
    """e to the power x."""
    k, high, low = _reduced(x)
    rounded = 1.0 + high
    mantissa = rounded + ((high - (rounded - 1.0)) + low)
    usual = (mantissa.bits() + (k << EXPONENT)).as_number()
    is_far = ~(abs(x) < 708.0)
    (result,) = is_far.rarely([usual], lambda: [_exp_of_any(x)])
    return result


def _exp_of_any(x: Number) -> Number:
    """e to the power x where that may be subnormal, 0, inf or nan."""
    k, high, low = _reduced(bounded(x, -746.0, 710.0))
    rounded = 1.0 + high
    mantissa = rounded + ((high - (rounded - 1.0)) + low)
    half = ((k + 2048) >> 1) - 1024  # in two steps, since 2**k may be no normal number
    return mantissa * power_of_two(half) * power_of_two(k - half)


def expm1(x: Number) -> Number:
    """exp(x) − 1, with all its digits near 0."""
    k, high, low = _reduced(bounded(x, -60.0, 60.0))
    scale = power_of_two(k)
    whole, part = scale - 1.0, scale * high
    rounded = whole + part
    result = rounded + ((part - (rounded - whole)) + scale * low)
    return (x > 40.0).choose(exp(x), result).with_sign_of(x)


def _log_of_mantissa(f: Number, k: Number, correction: Number | float) -> Number:
    """log(1 + f) + k·ln 2 + correction, for 1 + f between √½ and √2."""
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    odd = w * polynomial(w, 1.531383769920937332e-01, 2.222219843214978396e-01, 3.999999999940941908e-01)
    even = z * polynomial(
        w, 1.479819860511658591e-01, 1.818357216161805012e-01, 2.857142874366239149e-01, 6.666666666666735130e-01
    )
    half_square = 0.5 * f * f
    small = s * (half_square + (even + odd)) + (k * LN2_LOW + correction)
    return k * LN2_HIGH - ((half_square - small) - f)


def _mantissa_and_exponent(x: Number) -> tuple[Number, Number]:
    """A positive normal number as m·2**k with m between √½ and √2."""
    root_half = 0x3FE6A09E667F3BCD  # the bits of √½
    shifted = x.bits() + (bits_of(1.0) - root_half)
    k = ((shifted >> EXPONENT) + (ROUNDING_BITS - 1023)).as_number() - ROUNDING
    return ((shifted & MANTISSA) + root_half).as_number(), k


def log(x: Number) -> Number:
    """Natural logarithm."""
    is_subnormal = x < 2.2250738585072014e-308
    m, k = _mantissa_and_exponent(is_subnormal.choose(x * 2.0**54, x))
    result = _log_of_mantissa(m - 1.0, is_subnormal.choose(k - 54.0, k), 0.0)
    result = (x < inf).choose(result, x)  # inf and nan
    return (x > 0.0).choose(result, (x.equals(0.0)).choose(-inf, (x < 0.0).choose(nan, x)))


def log1p(x: Number) -> Number:
    """log(1 + x), with all its digits near 0."""
    u = 1.0 + x
    m, k = _mantissa_and_exponent(u)
    is_near = k.equals(0.0)
    correction = is_near.choose(0.0, (x - (u - 1.0)) / u)  # what rounding took from u
    result = _log_of_mantissa(is_near.choose(x, m - 1.0), k, correction)
    result = (x < inf).choose(result, x).with_sign_of(x)
    return (x > -1.0).choose(result, (x.equals(-1.0)).choose(-inf, (x < -1.0).choose(nan, x)))


def sigmoid(x: Number) -> Number:
    """1 / (1 + exp(−x))."""
    e = exp(-abs(x))
    return (x >= 0.0).choose(1.0, e) / (1.0 + e)


def softplus_and_sigmoid(x: Number) -> tuple[Number, Number]:
    """log(1 + exp(x)), and its derivative."""
    e = exp(-abs(x))
    return (x > 0.0).choose(x, 0.0) + _log1p_of_share(e), (x >= 0.0).choose(1.0, e) / (1.0 + e)


def _log1p_of_share(x: Number) -> Number:
    """log(1 + x) for x from 0 to 1."""
    u = 1.0 + x
    is_near = u < SQRT_2
    correction = (x - (u - 1.0)) * (1.2 - 0.35 * u)  # what rounding took from u, over u to a few per cent
    f = is_near.choose(x, 0.5 * u - 1.0)
    return _log_of_mantissa(f, is_near.choose(0.0, 1.0), is_near.choose(0.0, correction))


def softplus(x: Number) -> Number:
    """log(1 + exp(x))."""
    return softplus_and_sigmoid(x)[0]


def tanh_and_sech_squared(x: Number) -> tuple[Number, Number]:
    """The hyperbolic tangent, and its derivative."""
    size = abs(x)
    e = exp(-2.0 * size)
    above_one = 1.0 + e
    z = x * x
    numerator = polynomial(z, -9.64399179425052238628e-1, -9.92877231001918586564e1, -1.61468768441708447952e3)
    denominator = polynomial(z, 1.0, 1.12811678491632931402e2, 2.23548839060100448583e3, 4.84406305325125486048e3)
    is_small = size < 0.625
    quotient = is_small.choose(numerator, 1.0 - e) / is_small.choose(denominator, above_one)
    result = is_small.choose(x + x * z * quotient, quotient)
    return result.with_sign_of(x), 4.0 * e / (above_one * above_one)


def tanh(x: Number) -> Number:
    """Hyperbolic tangent."""
    return tanh_and_sech_squared(x)[0]


def sech_squared(x: Number) -> Number:
    """1 / cosh²(x)."""
    e = exp(-2.0 * abs(x))
    return 4.0 * e / ((1.0 + e) * (1.0 + e))


# π/2 in three parts; the first two have 33 bits each, so that their products with a number of 20 bits are exact.
HALF_PI = (1.57079632673412561417e00, 6.07710050630396597660e-11, 2.02226624879595063154e-21)
LARGEST_ANGLE = 32768.0


def sin_and_cos(x: Number) -> tuple[Number, Number]:
    """Sine and cosine of x in radians; of large x the C library's."""
    shifted = x * 0.6366197723675814 + ROUNDING  # 2/π
    n = shifted - ROUNDING
    quarter = shifted.bits()
    first = x - n * HALF_PI[0]
    second = first - n * HALF_PI[1]
    rest = n * HALF_PI[2] - ((first - second) - n * HALF_PI[1])
    r = second - rest
    low = (second - r) - rest
    sine, cosine = _sine_of_reduced(r, low), _cosine_of_reduced(r, low)
    is_even = (quarter & 1).equals(0)
    usual = (
        _negated(is_even.choose(sine, cosine), quarter & 2),
        _negated(is_even.choose(cosine, sine), (quarter + 1) & 2),
    )
    library = x.lanes.from_library
    is_large = ~(abs(x) <= LARGEST_ANGLE)
    sine, cosine = is_large.rarely(usual, lambda: (library("sin", x), library("cos", x)))
    return sine, cosine


def _negated(x: Number, two_if: Integer) -> Number:
    return (x.bits() ^ ((two_if << 62) & SIGN_BIT)).as_number()


def _sine_of_reduced(r: Number, low: Number) -> Number:
    """sin(r + low) for |r| up to π/4."""
    z = r * r
    cube = z * r
    others = polynomial(
        z, 1.58969099521155010221e-10, -2.50507602534068634195e-08, 2.75573137070700676789e-06,
        -1.98412698298579493134e-04, 8.33333333332248946124e-03,
    )  # fmt: skip
    return r - ((z * (0.5 * low - cube * others) - low) - cube * -1.66666666666666324348e-01)


def _cosine_of_reduced(r: Number, low: Number) -> Number:
    """cos(r + low) for |r| up to π/4."""
    z = r * r
    others = z * polynomial(
        z, -1.13596475577881948265e-11, 2.08757232129817482790e-09, -2.75573143513906633035e-07,
        2.48015872894767294178e-05, -1.38888888888741095749e-03, 4.16666666666666019037e-02,
    )  # fmt: skip
    half = 0.5 * z
    near = 1.0 - half
    return near + (((1.0 - near) - half) + (z * others - r * low))


def sin(x: Number) -> Number:
    """Sine of x in radians."""
    return sin_and_cos(x)[0]


def cos(x: Number) -> Number:
    """Cosine of x in radians."""
    return sin_and_cos(x)[1]
