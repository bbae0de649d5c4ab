"""Activations by name.

They are primitives of ``autograd_core``: ``nn.activations.by_name("tanh")`` is ``ag.tanh``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import autograd_core as ag

Activation = Callable[[Any], Any]

SATURATING: dict[str, Activation] = {
    "sigmoid": ag.sigmoid,
    "softsign": ag.softsign,
    "tanh": ag.tanh,
}
"""S-shaped: bounded on both sides."""

RELU_FAMILY: dict[str, Activation] = {
    "elu": ag.elu,
    "gelu": ag.gelu,
    "leaky_relu": ag.leaky_relu,
    "mish": ag.mish,
    "relu": ag.relu,
    "selu": ag.selu,
    "silu": ag.silu,
    "softplus": ag.softplus,
}
"""Bounded below at most, and close to x where x is large."""

ALL: dict[str, Activation] = dict(sorted({**SATURATING, **RELU_FAMILY}.items()))

_METHODS: dict[object, Activation] = {activation: getattr(ag.Value, name) for name, activation in ALL.items()}


def as_method(activation: Activation) -> Activation:
    """The method of a Value that records the same node as one of ``ALL``, in less time; anything else as it is."""
    return _METHODS.get(activation, activation) if isinstance(activation, ag.Primitive) else activation


def by_name(activation: str | Activation | None) -> Activation | None:
    """The function that an activation's name stands for.

    Args:
        activation: a name; a function of one Value is returned as it is, and so is None, which stands for no
            activation: the weighted sum itself.

    Raises:
        ValueError: a name that is not in ``ALL``.
        TypeError: neither a name nor a function.

    >>> by_name("relu")
    <primitive relu, activation>
    >>> by_name("rleu")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ValueError: unknown activation 'rleu'; one of elu, gelu, leaky_relu, ...
    """
    if activation is None or callable(activation):
        return activation
    if not isinstance(activation, str):
        raise TypeError(f"an activation is a name, a function or None, got {type(activation).__name__}")
    if activation not in ALL:
        raise ValueError(f"unknown activation {activation!r}; one of {', '.join(ALL)}")
    return ALL[activation]
