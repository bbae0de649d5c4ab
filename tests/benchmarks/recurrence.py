"""One long chain: 100,000 steps of x ← c·x + d, a product and a sum each, with derivatives by c, d and the first x.

With c = 0.99999 neither the numbers nor the derivatives run away, and every one of the 200,000 nodes counts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import autograd_core as ag
from tests.benchmarks.comparing import Comparison, Way, eager, peer, report
from tests.benchmarks.replaying import Recorded, needs_numba, replayed, replayed_without_numba, value_then_gradient
from tests.benchmarks.two_moons import casadi_program, eager_way

STEPS = 100_000
NODES_OF_STEP = 2
START = (0.5, 0.99999, 3e-6)  # x, c, d


def iterated(leaves: Any, steps: int) -> Any:
    x, c, d = leaves
    for _ in range(steps):
        x = c * x + d
    return x


def recorded(steps: int) -> Recorded:
    leaves = [ag.Value(number) for number in START]
    return iterated(leaves, steps), (), leaves


def with_values(steps: int) -> Way:
    leaves = [ag.Value(number) for number in START]
    return eager_way(leaves, lambda: iterated(leaves, steps))


def with_replay(steps: int) -> Way:
    needs_numba()
    return replayed(lambda: recorded(steps))


def with_casadi(steps: int) -> Way:
    ca = peer("casadi")

    def build() -> Any:
        leaves = [ca.SX.sym(name) for name in "xcd"]
        return ca.vertcat(*leaves), iterated(leaves, steps)

    return Way(build, lambda built: casadi_program(ca, built, START), value_then_gradient)


def with_jax(steps: int) -> Way:
    """A loop that jax compiles, not a chain of nodes."""
    jax = peer("jax")
    jax.config.update("jax_enable_x64", True)
    arguments = jax.numpy.asarray(START)

    def f(leaves: Any) -> Any:
        return jax.lax.scan(lambda x, _: (leaves[1] * x + leaves[2], None), leaves[0], length=steps)[0]

    def compile_(lowered: Any) -> Callable[[], Any]:
        program = lowered.compile()
        return lambda: jax.block_until_ready(program(arguments))

    return Way(lambda: jax.jit(jax.value_and_grad(f)).lower(arguments), compile_, value_then_gradient)


def with_autograd(steps: int) -> Way:
    """HIPS autograd, on NumPy's scalars."""
    anp = peer("autograd.numpy")
    value_and_gradient = peer("autograd").value_and_grad(lambda leaves: iterated(leaves, steps))
    return eager(lambda: value_and_gradient(anp.array(START)), value_then_gradient)


def with_plain_floats(steps: int) -> Way:
    return eager(lambda: iterated(START, steps), lambda value: [value])


COMPARISON = Comparison(
    lambda steps: steps,
    {
        "Value": with_values,
        "replay": with_replay,
        "replay, without numba": lambda steps: replayed_without_numba(lambda: recorded(steps)),
        "CasADi SX": with_casadi,
        "jax, jit of a scan": with_jax,
        "autograd": with_autograd,
        "plain floats, forward only": with_plain_floats,
    },
)


SLOW = ("replay, without numba", "autograd")
STEPS_FOR_SLOW = 2_000


def main() -> None:
    """Measure and print a table for the whole length, and one that the slow ones finish too."""
    for steps, without in ((STEPS, SLOW), (STEPS_FOR_SLOW, ())):
        report(
            f"{steps:,} steps of x ← c·x + d" + (f"; fewer, for {' and '.join(SLOW)}" if not without else ""),
            "recurrence",
            steps,
            rounds=3,
            faster_than=["CasADi SX"],
            times=["plain floats, forward only"],
            nodes=steps * NODES_OF_STEP,
            without=without,
        )
