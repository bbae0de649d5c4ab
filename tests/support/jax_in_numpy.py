"""NumPy in the place of JAX: a text in JAX runs as it stands, row by row, without being traced and compiled.

Tracing and compiling a program takes a quarter of a second, running it in NumPy a few milliseconds. What this shows is
that the text is right: its statements, its functions, the order of the arguments. That JAX takes the text and computes
the same is for tests with JAX to show.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
from scipy import special


class _Jnp:
    """jax.numpy: NumPy, but for what takes other arguments."""

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)

    @staticmethod
    def einsum(axes: str, *operands: Any, precision: object) -> Any:
        is_summed = "..." not in axes.partition("->")[2]  # over the rows, which NumPy does when it optimises
        return np.einsum(axes, *operands, optimize=is_summed)


class _CustomJvp:
    """A function with a derivative of its own, which nobody asks for here."""

    def __init__(self, function: Callable[..., Any], nondiff_argnums: tuple[int, ...] = ()) -> None:
        self.function = function

    def __call__(self, *operands: Any) -> Any:
        return self.function(*operands)

    def defjvp(self, rule: Callable[..., Any]) -> None:
        pass


def _cond(is_true: Any, if_true: Callable[..., Any], if_false: Callable[..., Any], *operands: Any) -> Any:
    return if_true(*operands) if is_true else if_false(*operands)


def _map(function: Callable[..., Any], rows: Any) -> Any:
    return np.stack([function(row) for row in rows])


_MODULES = {
    "functools": functools,
    "math": math,
    "jax": SimpleNamespace(custom_jvp=_CustomJvp),
    "jnp": _Jnp(),
    "lax": SimpleNamespace(
        erf=special.erf,
        erfc=special.erfc,
        stop_gradient=lambda x: x,
        cond=_cond,
        map=_map,
        Precision=SimpleNamespace(HIGHEST=None),
    ),
}


def functions_in_numpy(text: str) -> dict[str, Any]:
    """The names that a text in JAX defines, in which NumPy computes.

    >>> functions_in_numpy("import jax.numpy as jnp\\ndef f(x): return jnp.tanh(x)")["f"](0.0)
    0.0
    """
    imports = ("import ", "from ")
    lines = ["" if line.startswith(imports) else line for line in text.splitlines()]
    names = dict(_MODULES)
    exec("\n".join(lines), names)
    return names
