"""Softmax, its logarithm, and the logarithm of a sum of exponentials."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, count, repeat
from typing import Any, NoReturn, overload

from autograd_core.primitives import ieee
from autograd_core.primitives.ieee import inf, nan
from autograd_core.primitives.primitive import Operand, Primitive, Result, Together, table_row
from autograd_core.primitives.reals import as_float
from autograd_core.primitives.reductions import sum_
from autograd_core.primitives.sequences import one_sequence

__all__ = ["log_softmax", "logaddexp", "logsumexp", "softmax"]


def _component_and_values(index: int, values: Sequence[Any]) -> tuple[Any, ...]:
    return (float(index), *values)


def softmax_shares(values: Sequence[Any]) -> Sequence[Any]:
    """All components of the softmax; of floats in one go."""
    if all(type(value) is float for value in values):
        return ieee.softmax(values)
    return _components(softmax_component, _softmax_with_partials, values)


def _components(component: Primitive, together: Together, values: Sequence[Any]) -> list[Any]:
    """Each component of the same operands, a node of its own; operands that can have one computation shared by all.

    Args:
        component: the primitive, whose first operand is the component's index.
        together: what they are on floats: all results, and for each in turn its partials, as the primitive's own are.
        values: the operands after the index.
    """
    others = [value for value in values if type(value) is not float]
    for operand in others:
        if (apply_components := getattr(operand, "__apply_components__", None)) is not None:
            components: list[Any] = apply_components(component, together, values)
            return components
    if any(hasattr(operand, "__apply_primitive__") for operand in others):
        return [component(index, values) for index in range(len(values))]
    return list(together(*map(as_float, values))[0])


def _sums_of_others(shares: Sequence[float]) -> Iterator[float]:
    """For each share the sum of all others, as :func:`_sum_of_others` adds them up, from running sums."""
    before = accumulate(shares, initial=0.0)
    after = list(accumulate(reversed(shares), initial=0.0))
    return map(operator.add, before, after[-2::-1])


def _sum_of_others(own: int, shares: Sequence[Any]) -> Any:
    """``1 - shares[own]``, of which that subtraction would leave nothing where it is far below 1e-16."""
    before, after = shares[:own], shares[:own:-1]
    return sum_(before) + sum_(after) if before and after else sum_(before or after)


@table_row(
    "function",
    "softmax",
    "softmax{0}({1})",
    spread=_component_and_values,
    derivative="softmaxᵢ·((1 if i = j else 0) − softmaxⱼ)",
)
def softmax_component(index: float, *values: float) -> float:
    """exp(values[index]) as a share of the sum of all; nan where all are −inf or several inf."""
    return ieee.softmax(values)[int(index)]


@softmax_component.define_partials
def softmax_component_partials(out: Any, index: Any, *values: Any) -> Sequence[Any]:
    shares = softmax_shares(values)
    own = int(index)
    return _softmax_partials(own, out, shares, _sum_of_others(own, shares))


def _softmax_partials(own: int, share: Any, shares: Sequence[Any], others: Any) -> Sequence[Any]:
    """s_i·(1 − s_i) and −s_i·s_j, and None for the index."""
    minus = -share
    before, after = shares[:own], shares[own + 1 :]
    return (None, *[minus * other for other in before], share * others, *[minus * other for other in after])


def _softmax_with_partials(*values: float) -> tuple[Sequence[float], Iterator[Sequence[Any]]]:
    shares = ieee.softmax(values)
    return shares, map(_softmax_partials, count(), shares, repeat(shares), _sums_of_others(shares))


@table_row(
    "reduction", source="logsumexp({0})", spread=one_sequence("logsumexp", least=1), derivative="exp({x} − logsumexp)"
)
def logsumexp(*values: float) -> float:
    """log(exp(v₁) + exp(v₂) + …) without overflow; its derivatives are the softmax of the values.

    >>> logsumexp([1000.0, 1000.0])
    1000.6931471805599
    """
    if any(map(math.isnan, values)):
        return nan
    largest = max(values)
    return largest if abs(largest) == inf else largest + ieee.log_sum_of_shifted_exponentials(values, largest)


@logsumexp.define_partials
def logsumexp_partials(out: Any, *values: Any) -> Sequence[Any]:
    return softmax_shares(values)


@table_row("function", source="logaddexp({0}, {1})", derivative=("σ({0} − {1})", "σ({1} − {0})"))
def logaddexp(x: float, y: float) -> float:
    """log(exp(x) + exp(y)) without overflow.

    >>> logaddexp(1000.0, 1000.0)
    1000.6931471805599
    """
    return logsumexp.forward(x, y)


@logaddexp.define_partials
def logaddexp_partials(out: Any, x: Any, y: Any) -> Sequence[Any]:
    return softmax_shares((x, y))


@table_row(
    "function",
    "log_softmax",
    "log_softmax{0}({1})",
    spread=_component_and_values,
    derivative="(1 if i = j else 0) − softmaxⱼ",
)
def log_softmax_component(index: float, *values: float) -> float:
    """The logarithm of one softmax component, finite however small that is."""
    return ieee.log_softmax(values)[int(index)]


@log_softmax_component.define_partials
def log_softmax_component_partials(out: Any, index: Any, *values: Any) -> Sequence[Any]:
    shares = softmax_shares(values)
    own = int(index)
    return _log_softmax_partials(own, [-share for share in shares], _sum_of_others(own, shares))


def _log_softmax_partials(own: int, minus_shares: Sequence[Any], others: Any) -> Sequence[Any]:
    """1 − s_i and −s_j, and None for the index."""
    return (None, *minus_shares[:own], others, *minus_shares[own + 1 :])


def _log_softmax_with_partials(*values: float) -> tuple[Sequence[float], Iterator[Sequence[Any]]]:
    shares = ieee.softmax(values)
    minus_shares = [-share for share in shares]
    return ieee.log_softmax(values), map(_log_softmax_partials, count(), repeat(minus_shares), _sums_of_others(shares))


@overload
def softmax(values: Iterable[float]) -> list[float]: ...


@overload
def softmax(values: Iterable[Operand[Result] | float]) -> list[Result]: ...


@overload
def softmax(values: Iterable[Any]) -> list[Any]: ...


def softmax(values: Iterable[Any], *others: NoReturn) -> list[Any]:
    """The values' exponentials as shares of their sum, one node each; stable for large and far-apart values.

    >>> softmax([0.0, 0.0])
    [0.5, 0.5]
    """
    operands = one_sequence("softmax", least=1)(values, *others)
    return _components(softmax_component, _softmax_with_partials, operands)


@overload
def log_softmax(values: Iterable[float]) -> list[float]: ...


@overload
def log_softmax(values: Iterable[Operand[Result] | float]) -> list[Result]: ...


@overload
def log_softmax(values: Iterable[Any]) -> list[Any]: ...


def log_softmax(values: Iterable[Any], *others: NoReturn) -> list[Any]:
    """The logarithms of :func:`softmax`, one node each.

    >>> log_softmax([0.0, 0.0])
    [-0.6931471805599453, -0.6931471805599453]
    """
    return _components(
        log_softmax_component, _log_softmax_with_partials, one_sequence("log_softmax", least=1)(values, *others)
    )
