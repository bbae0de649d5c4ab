"""How numbers are written in columns, where each has the same room whatever its size."""

from __future__ import annotations

import math

_MOST_DECIMALS = 4
_NEAR = 4  # ulp: 0.1 + 0.2 is written as 0.3


def column_number(value: float, digits: int = 3) -> str:
    """A number to a few significant digits, with a true minus and at most 7 characters for 3 digits.

    A number that is short as it stands, or within 4 ulp of a short one, is written out; one that is rounded is padded
    with zeros, and one that would be all zeros has an exponent.

    >>> column_number(-0.5), column_number(0.12), column_number(0.1199999), column_number(0.1 + 0.2)
    ('−0.5', '0.12', '0.120', '0.3')
    >>> column_number(-0.00069123), column_number(12345.678), column_number(1.5e9), column_number(-math.inf)
    ('−6.9e−4', '12346', '1.50e9', '−inf')
    """
    return _unsigned(abs(value), digits) if not value < 0.0 else "−" + _unsigned(-value, digits)


def _unsigned(value: float, digits: int) -> str:
    if not math.isfinite(value):
        return str(value)
    short = format(value, f".{digits + 1}g")
    if "e" not in short and len(short) <= digits + 2 and abs(float(short) - value) <= _NEAR * math.ulp(value):
        return short
    decimals = max(digits + 1, _MOST_DECIMALS)
    if 10.0 ** (1 - decimals) <= value < 10.0 ** (digits + 2):
        exponent = math.floor(math.log10(value))
        places = min(max(digits - 1 - exponent, 0), decimals)
        return format(value, f".{places}f")
    mantissa, exponent_text = format(value, f".{max(digits - 1 - (value < 1.0), 0)}e").split("e")
    return f"{mantissa}e{int(exponent_text)}".replace("-", "−")
