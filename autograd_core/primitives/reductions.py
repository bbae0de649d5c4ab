"""Reductions: weighted sums, sums and products, the largest and the smallest, lengths."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from autograd_core.primitives.arithmetic import abs_, sign
from autograd_core.primitives.choices import choose, is_infinite, over
from autograd_core.primitives.ieee import inf, nan
from autograd_core.primitives.primitive import table_row
from autograd_core.primitives.sequences import NO_SEQUENCES, one_or_several, one_sequence

__all__ = ["hypot", "maximum", "mean", "minimum", "norm", "prod"]


def _weights_inputs_bias(weights: Any, inputs: Any, bias: Any = 0.0) -> tuple[Any, ...]:
    try:
        if isinstance(weights, NO_SEQUENCES) or isinstance(inputs, NO_SEQUENCES):
            raise TypeError
        same_length = len(weights) == len(inputs)
    except TypeError:
        kinds = f"{type(weights).__name__} and {type(inputs).__name__}"
        raise TypeError(f"dot() needs a sequence of weights and one of inputs, got {kinds}") from None
    if not same_length:
        raise ValueError(
            f"dot() needs as many weights as inputs, but len(weights) is {len(weights)}, and len(inputs) {len(inputs)}"
        )
    return (*weights, *inputs, bias)


@table_row("weighted_sum", source="dot({0})", spread=_weights_inputs_bias)
def dot(*operands: float) -> float:
    """The weighted sum ``weights[0]*inputs[0] + weights[1]*inputs[1] + … + bias`` as one node.

    The derivative of a weight is its input, that of an input its weight, that of the bias 1.

    >>> dot([2.0, 3.0], [5.0, 7.0], 1.0)
    32.0
    """
    count = len(operands) // 2
    total = operands[-1]
    for weight, x in zip(operands[:count], operands[count:-1]):
        total += weight * x
    return total


@dot.define_partials
def dot_partials(out: Any, *operands: Any) -> Sequence[Any]:
    count = len(operands) // 2
    return (*operands[count:-1], *operands[:count], 1.0)


@table_row("reduction", "sum", "sum({0})", spread=one_sequence("sum"), derivative="1")
def sum_(*values: float) -> float:
    """The sum of any number of Values and numbers, as one node.

    >>> sum_([1.0, 2.0, 3.0])
    6.0
    """
    total = 0.0
    for value in values:
        total += value
    return total


@sum_.define_partials
def sum_partials(out: Any, *values: Any) -> Sequence[Any]:
    return (1.0,) * len(values)


@table_row("reduction", source="mean({0})", spread=one_sequence("mean", least=1), derivative="1 / {n}")
def mean(*values: float) -> float:
    """The arithmetic mean of one or more Values and numbers, as one node.

    >>> mean([1.0, 2.0, 6.0])
    3.0
    """
    return sum_.forward(*values) / len(values)


@mean.define_partials
def mean_partials(out: Any, *values: Any) -> Sequence[Any]:
    return (1.0 / len(values),) * len(values)


@table_row("reduction", source="prod({0})", spread=one_sequence("prod"), derivative="the product of the others")
def prod(*values: float) -> float:
    """The product of any number of Values and numbers, as one node.

    >>> prod([2.0, 3.0, 4.0]), prod.partials(0.0, 0.0, 3.0)
    (24.0, (3.0, 0.0))
    """
    product = 1.0
    for value in values:
        product *= value
    return product


@prod.define_partials
def prod_partials(out: Any, *values: Any) -> Sequence[Any]:
    """The product of all the others, from the products before and after each: no division, so zeros are no trouble."""
    after = [1.0]
    for value in reversed(values[1:]):
        after.append(after[-1] * value)
    before: Any = 1.0
    partials = []
    for value, product_after in zip(values, reversed(after)):
        partials.append(before * product_after)
        before = before * value
    return tuple(partials)


def _shares(chosen: Sequence[Any]) -> Sequence[Any]:
    """Of the operands that attain the extremum, an equal share to each; a plain sum counts them."""
    share = over(1.0, sum(choose(attains, 1.0, 0.0) for attains in chosen))  # of nan, none attains it
    return tuple(choose(attains, share, 0.0) for attains in chosen)


@table_row(
    "reduction",
    source="max({0})",
    spread=one_or_several("maximum"),
    derivative="1 if {x} is the largest, shared by ties, else 0",
)
def maximum(*values: float) -> float:
    """The largest of one or more numbers; tied ones share the derivative equally.

    >>> maximum(1.0, 3.0, 2.0), maximum.partials(1.0, 1.0, 1.0)
    (3.0, (0.5, 0.5))
    """
    return nan if any(map(math.isnan, values)) else max(values)


@maximum.define_partials
def maximum_partials(out: Any, *values: Any) -> Sequence[Any]:
    if type(out) is float and out == out:
        share = 1.0 / values.count(out)
        return tuple([share if value == out else 0.0 for value in values])
    return _shares([value >= out for value in values])


@table_row(
    "reduction",
    source="min({0})",
    spread=one_or_several("minimum"),
    derivative="1 if {x} is the smallest, shared by ties, else 0",
)
def minimum(*values: float) -> float:
    """The smallest of one or more numbers; tied ones share the derivative equally.

    >>> minimum(1.0, 3.0, 2.0)
    1.0
    """
    return nan if any(map(math.isnan, values)) else min(values)


@minimum.define_partials
def minimum_partials(out: Any, *values: Any) -> Sequence[Any]:
    if type(out) is float and out == out:
        share = 1.0 / values.count(out)
        return tuple([share if value == out else 0.0 for value in values])
    return _shares([value <= out for value in values])


def _direction(values: Sequence[Any]) -> Sequence[Any]:
    """The unit vector along the operands, scaled so that no square over- or underflows; 0 for the zero vector.

    With one infinite operand it points along that axis; with several it has no limit and is nan.
    """
    if {float}.issuperset(map(type, values)) and 0.0 < (largest := max(map(abs, values), default=0.0)) < inf:
        scaled = list(map(largest.__rtruediv__, values))
        length = math.hypot(*scaled)
        return tuple(map(length.__rtruediv__, scaled))
    sizes = [abs_(value) for value in values]
    largest = maximum(sizes) if sizes else 0.0
    is_zero, is_endless = largest == 0.0, is_infinite(largest)
    scale = choose(is_zero | is_endless, 1.0, largest)
    scaled = [value / scale for value in values]
    length = choose(is_zero, 1.0, norm(scaled))
    infinite = [choose(is_infinite(value), 1.0, 0.0) for value in values]
    along_axis = choose(sum(infinite) > 1.0, nan, 1.0)
    return tuple(
        choose(is_endless, sign(value) * is_axis * along_axis, choose(is_zero, 0.0, part / length))
        for value, part, is_axis in zip(values, scaled, infinite)
    )


@table_row("function", source="hypot({0}, {1})", derivative=("{0} / hypot({0}, {1})", "{1} / hypot({0}, {1})"))
def hypot(x: float, y: float) -> float:
    """√(x² + y²) without overflow or underflow inside; its derivatives at the origin are 0.

    >>> hypot(3.0, 4.0), hypot(3e300, 4e300)
    (5.0, 5e+300)
    """
    return nan if x != x or y != y else math.hypot(x, y)


@hypot.define_partials
def hypot_partials(out: Any, x: Any, y: Any) -> Sequence[Any]:
    return _direction((x, y))


@table_row("reduction", source="norm({0})", spread=one_sequence("norm"), derivative="{x} / norm")
def norm(*values: float) -> float:
    """The Euclidean length of a vector, as one node; its derivatives at the zero vector are 0.

    >>> norm([3.0, 4.0]), norm.partials(0.0, 0.0, 0.0)
    (5.0, (0.0, 0.0))
    """
    return nan if any(map(math.isnan, values)) else math.hypot(*values)


@norm.define_partials
def norm_partials(out: Any, *values: Any) -> Sequence[Any]:
    return _direction(values)
