"""Losses: how far outputs are from their targets, as one node whatever the number of outputs.

Each is a primitive of kind ``loss`` with the outputs first among its operands and the targets after them. Where
``output`` is a sequence, ``target`` is one of the same length, and the loss is the sum over both.

As in the engine, the partials are written in overloaded arithmetic; see :mod:`autograd_core.primitives`. Where a loss
branches on its numbers, it is written once more without branches, for replays.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from operator import add
from typing import Any

import autograd_core as ag
from nn.arguments import members_of

Loss = Callable[[Any, Any], Any]


def by_name(loss: str | Loss) -> Loss:
    """The function that a loss's name stands for; a function is returned as it is.

    Raises:
        ValueError: a name that is not in ``ALL``.
        TypeError: neither a name nor a function.

    >>> by_name("huber")
    <primitive huber, loss>
    """
    if callable(loss):
        return loss
    if not isinstance(loss, str):
        raise TypeError(f"a loss is a name or a function, got {type(loss).__name__}")
    if loss not in ALL:
        raise ValueError(f"unknown loss {loss!r}; one of {', '.join(ALL)}")
    return ALL[loss]


# -- operands -----------------------------------------------------------------------------------------------------


def _one_or_several(argument: object) -> tuple[Any, ...]:
    if isinstance(argument, (float, ag.Value)):
        return (argument,)
    is_sequence = isinstance(argument, Iterable) and getattr(argument, "ndim", None) != 0
    return members_of("outputs and targets", argument) if is_sequence else (argument,)


def _paired(output: Any, target: Any) -> tuple[Any, ...]:
    """Outputs, then as many targets."""
    outputs, targets = _one_or_several(output), _one_or_several(target)
    if len(outputs) != len(targets):
        raise ValueError(
            f"a loss needs a target for each output, got {len(outputs)} outputs and {len(targets)} targets"
        )
    return (*outputs, *targets)


def _paired_with_signs(output: Any, target: Any) -> tuple[Any, ...]:
    operands = _paired(output, target)
    for number in _numbers(operands[len(operands) // 2 :]):
        if number not in (-1.0, 1.0):
            raise ValueError(f"hinge() takes the targets -1 and +1, got {number!r}")
    return operands


def _paired_with_probabilities(logit: Any, target: Any) -> tuple[Any, ...]:
    operands = _paired(logit, target)
    for number in _numbers(operands[len(operands) // 2 :]):
        if number < 0.0 or number > 1.0:
            raise ValueError(f"binary_cross_entropy() takes targets from 0 to 1, got {number!r}")
    return operands


def _numbers(targets: Sequence[Any]) -> list[Any]:
    """The targets that are plain numbers; the number of a Value may be set later."""
    return [target for target in targets if isinstance(target, numbers.Real)]


def _equal(a: Any, b: Any) -> Any:
    return (a <= b) & (a >= b)


def _choose(condition: Any, if_true: Any, if_false: Any) -> Any:
    """``ag.where``; between two numbers the condition is a plain bool, and nothing is recorded."""
    if type(condition) is bool:
        return if_true if condition else if_false
    return ag.where(condition, if_true, if_false)


def _halves(operands: Sequence[Any]) -> tuple[Sequence[Any], Sequence[Any]]:
    count = len(operands) // 2
    return operands[:count], operands[count:]


# -- losses of differences ----------------------------------------------------------------------------------------


@ag.primitive("loss", spread=_paired, derivative="2·({x} − {partner})")
def squared_error(*operands: float) -> float:
    """``(output - target)²``, summed over the outputs.

    >>> squared_error(3.0, 1.0), squared_error([3.0, 1.0], [1.0, 1.0])
    (4.0, 4.0)
    """
    total = 0.0
    for output, target in zip(*_halves(operands)):
        difference = output - target
        total += difference * difference
    return total


@squared_error.define_partials
def _squared_error_partials(out: Any, *operands: Any) -> Sequence[Any]:
    slopes = [2.0 * (output - target) for output, target in zip(*_halves(operands))]
    return (*slopes, *[-slope for slope in slopes])


@ag.primitive("loss", spread=_paired, derivative="sign({x} − {partner})")
def absolute_error(*operands: float) -> float:
    """``|output - target|``, summed over the outputs; its derivative where they are equal is 0.

    >>> absolute_error(1.0, 3.0)
    2.0
    """
    total = 0.0
    for output, target in zip(*_halves(operands)):
        total += abs(output - target)
    return total


@absolute_error.define_partials
def _absolute_error_partials(out: Any, *operands: Any) -> Sequence[Any]:
    slopes = [ag.sign(output - target) for output, target in zip(*_halves(operands))]
    return (*slopes, *[-slope for slope in slopes])


def _paired_with_delta(output: Any, target: Any, delta: float = 1.0) -> tuple[Any, ...]:
    if not isinstance(delta, numbers.Real) or not delta > 0.0:
        raise ValueError(f"huber() needs a number above 0 as delta, got {delta!r}")
    return (*_paired(output, target), delta)


@ag.primitive("loss", spread=_paired_with_delta, derivative="{x} − {partner}, held between −delta and delta")
def huber(*operands: float) -> float:
    """Half the squared error up to a difference of ``delta``, and its tangent beyond; summed over the outputs.

    ``d² / 2`` for a difference \\|d\\| ≤ delta, ``delta * (|d| - delta / 2)`` otherwise. (Huber, Robust Estimation of
    a Location Parameter, 1964)

    >>> huber(1.5, 1.0), huber(4.0, 1.0), huber(4.0, 1.0, delta=2.0)
    (0.125, 2.5, 4.0)
    """
    *pairs, delta = operands
    total = 0.0
    for output, target in zip(*_halves(pairs)):
        distance = abs(output - target)
        total += 0.5 * distance * distance if distance <= delta else delta * (distance - 0.5 * delta)
    return total


@huber.define_branchless
def _huber_branchless(*operands: Any) -> Any:
    *pairs, delta = operands
    total: Any = 0.0
    for output, target in zip(*_halves(pairs)):
        distance = abs(output - target)
        total += ag.where(distance <= delta, 0.5 * distance * distance, delta * (distance - 0.5 * delta))
    return total


@huber.define_partials
def _huber_partials(out: Any, *operands: Any) -> Sequence[Any]:
    *pairs, delta = operands
    slopes = []
    for output, target in zip(*_halves(pairs)):
        difference = output - target
        within = (difference <= delta) & (difference >= -delta)
        slopes.append(_choose(within, difference, delta * ag.sign(difference)))
    return (*slopes, *[-slope for slope in slopes], None)


# -- losses of classifiers ----------------------------------------------------------------------------------------


@ag.primitive("loss", spread=_paired_with_signs, derivative="−{partner} if {x}·{partner} < 1 else 0")
def hinge(*operands: float) -> float:
    """``max(0, 1 - target * output)`` with a target of -1 or +1, summed; its derivative at the kink is 0.

    >>> hinge(0.25, 1), hinge(0.25, -1), hinge(3.0, 1)
    (0.75, 1.25, 0.0)
    """
    total = 0.0
    for output, target in zip(*_halves(operands)):
        shortfall = 1.0 - target * output
        total += 0.0 if shortfall <= 0.0 else shortfall
    return total


@hinge.define_branchless
def _hinge_branchless(*operands: Any) -> Any:
    total: Any = 0.0
    for output, target in zip(*_halves(operands)):
        total += ag.relu(1.0 - target * output)
    return total


@hinge.define_partials
def _hinge_partials(out: Any, *operands: Any) -> Sequence[Any]:
    outputs, targets = _halves(operands)
    falls_short = [1.0 - target * output > 0.0 for output, target in zip(outputs, targets)]
    by_output = [_choose(short, -target, 0.0) for short, target in zip(falls_short, targets)]
    by_target = [_choose(short, -output, 0.0) for short, output in zip(falls_short, outputs)]
    return (*by_output, *by_target)


@ag.primitive("loss", spread=_paired_with_probabilities, derivative=("σ({x}) − {partner}", "−{partner}"))
def binary_cross_entropy(*operands: float) -> float:
    """``-target * log(p) - (1 - target) * log(1 - p)`` with p = sigmoid(logit); the target is from 0 to 1.

    It takes the logit, not p, and works with log σ(logit) and log σ(-logit), in which nothing cancels; summed over
    the logits.

    >>> binary_cross_entropy(0.0, 1), binary_cross_entropy(-1000.0, 1), binary_cross_entropy(40.0, 1)
    (0.6931471805599453, 1000.0, 4.248354255291589e-18)
    """
    total = 0.0
    for logit, target in zip(*_halves(operands)):
        if target != 0.0:  # 0 times an infinite logarithm counts as 0 here
            total += target * ag.softplus(-logit)
        if target != 1.0:
            total += (1.0 - target) * ag.softplus(logit)
    return total


@binary_cross_entropy.define_branchless
def _binary_cross_entropy_branchless(*operands: Any) -> Any:
    total: Any = 0.0
    for logit, target in zip(*_halves(operands)):
        total += ag.where(_equal(target, 0.0), 0.0, target * ag.softplus(-logit))
        total += ag.where(_equal(target, 1.0), 0.0, (1.0 - target) * ag.softplus(logit))
    return total


@binary_cross_entropy.define_partials
def _binary_cross_entropy_partials(out: Any, *operands: Any) -> Sequence[Any]:
    """sigmoid(logit) - target, from two terms, one of which is exactly 0 for a target of 0 or 1."""
    logits, targets = _halves(operands)
    by_logit = [
        (1.0 - target) * ag.sigmoid(logit) - target * ag.sigmoid(-logit) for logit, target in zip(logits, targets)
    ]
    return (*by_logit, *[-logit for logit in logits])


def _logits_and_class(logits: Any, class_index: Any) -> tuple[Any, ...]:
    logits = _one_or_several(logits)
    if not isinstance(class_index, ag.Value):
        _check_class(class_index, len(logits))
    return (*logits, class_index)


def _check_class(index: Any, count: int) -> None:
    if getattr(index, "ndim", 0) != 0 or index not in range(count):
        raise ValueError(f"cross_entropy() takes a whole number from 0 to {count - 1} as class index, got {index!r}")


def _softmax(logits: Sequence[Any]) -> Sequence[Any]:
    """The exponentials as shares of their sum: the derivatives of logsumexp, which do not need its value."""
    return ag.logsumexp.partials(None, *logits)


@ag.primitive("loss", spread=_logits_and_class, derivative="its softmax − (1 for the class itself, else 0)")
def cross_entropy(*operands: float) -> float:
    """``-log(softmax(logits)[class_index])``, finite for all finite logits.

    The derivative with respect to a logit is its softmax share, minus 1 for the class itself.

    >>> cross_entropy([0.0, 0.0], 1), cross_entropy([0.0, 50.0], 1), cross_entropy([1e300, 0.0], 1)
    (0.6931471805599453, 1.9287498479639178e-22, 1e+300)
    """
    *logits, class_index = operands
    _check_class(class_index, len(logits))  # a Value's, too
    own, largest = logits[int(class_index)], max(logits)
    behind = 0.0 if own == largest else largest - own
    shares = list(_softmax(logits))
    largest_share = shares.pop(logits.index(largest))
    return behind + math.log1p(math.fsum(shares) / largest_share)


@cross_entropy.define_branchless
def _cross_entropy_branchless(*operands: Any) -> Any:
    """Minus the logarithm of the class's softmax; nan where there is no class with this index."""
    *logits, class_index = operands
    chosen: Any = math.nan
    for index, logarithm in enumerate(ag.log_softmax(logits)):
        chosen = ag.where(_equal(class_index, float(index)), logarithm, chosen)
    return -chosen


@cross_entropy.define_partials
def _cross_entropy_partials(out: Any, *operands: Any) -> Sequence[Any]:
    """The shares of the softmax; for the class itself minus the sum of the others, since share - 1 would cancel."""
    *logits, class_index = operands
    shares = _softmax(logits)
    is_own = [_equal(class_index, float(index)) for index in range(len(logits))]
    others = reduce(add, [_choose(own, 0.0, share) for own, share in zip(is_own, shares)])
    return (*[_choose(own, -others, share) for own, share in zip(is_own, shares)], None)


ALL: dict[str, Loss] = {
    loss.name: loss for loss in (squared_error, absolute_error, huber, hinge, binary_cross_entropy, cross_entropy)
}
