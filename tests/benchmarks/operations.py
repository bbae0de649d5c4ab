"""One eager operation, recorded: this engine, the leanest Value there can be in pure Python, and micrograd.

The leanest Value is the yardstick: a number, its operands and its local derivatives in slots, with no checks at all.
It knows nothing of constants, of overflow, of nan or of a pole, and its textbook derivatives lose their digits in the
tails. Each operation is timed on all three in turn, and the fastest of many rounds counts.
"""

from __future__ import annotations

import importlib.util
import math
import statistics
import timeit
from typing import Any

import autograd_core as ag
from tests.benchmarks.measuring import table

REPEATS = 2_000
ROUNDS = 150


class LeanValue:
    """A number, what it was computed from, and the local derivatives."""

    __slots__ = ("data", "grad", "local_derivatives", "operands")

    def __init__(self, data: float, operands: Any = (), local_derivatives: Any = ()) -> None:
        self.data = data
        self.grad = 0.0
        self.operands = operands
        self.local_derivatives = local_derivatives

    def __add__(self, other: Any) -> LeanValue:
        return LeanValue(self.data + other.data, (self, other), (1.0, 1.0))

    def __sub__(self, other: Any) -> LeanValue:
        return LeanValue(self.data - other.data, (self, other), (1.0, -1.0))

    def __mul__(self, other: Any) -> LeanValue:
        return LeanValue(self.data * other.data, (self, other), (other.data, self.data))

    def __truediv__(self, other: Any) -> LeanValue:
        quotient = self.data / other.data
        return LeanValue(quotient, (self, other), (1.0 / other.data, -quotient / other.data))

    def __pow__(self, exponent: float) -> LeanValue:
        return LeanValue(self.data**exponent, (self,), (exponent * self.data ** (exponent - 1.0),))

    def __neg__(self) -> LeanValue:
        return LeanValue(-self.data, (self,), (-1.0,))

    def plus(self, number: float) -> LeanValue:
        return LeanValue(self.data + number, (self,), (1.0,))

    def __rmul__(self, number: float) -> LeanValue:
        return LeanValue(number * self.data, (self,), (number,))

    def divided_by(self, number: float) -> LeanValue:
        return LeanValue(self.data / number, (self,), (1.0 / number,))

    def __rtruediv__(self, number: float) -> LeanValue:
        quotient = number / self.data
        return LeanValue(quotient, (self,), (-quotient / self.data,))

    def power(self, other: Any) -> LeanValue:
        out = self.data**other.data
        return LeanValue(out, (self, other), (other.data * out / self.data, out * math.log(self.data)))

    def exp(self) -> LeanValue:
        out = math.exp(self.data)
        return LeanValue(out, (self,), (out,))

    def log(self) -> LeanValue:
        return LeanValue(math.log(self.data), (self,), (1.0 / self.data,))

    def relu(self) -> LeanValue:
        return LeanValue(max(self.data, 0.0), (self,), (1.0 if self.data > 0.0 else 0.0,))

    def tanh(self) -> LeanValue:
        out = math.tanh(self.data)
        return LeanValue(out, (self,), (1.0 - out * out,))

    def sigmoid(self) -> LeanValue:
        out = 1.0 / (1.0 + math.exp(-self.data))
        return LeanValue(out, (self,), (out * (1.0 - out),))

    def sin(self) -> LeanValue:
        return LeanValue(math.sin(self.data), (self,), (math.cos(self.data),))

    def cos(self) -> LeanValue:
        return LeanValue(math.cos(self.data), (self,), (-math.sin(self.data),))

    def sqrt(self) -> LeanValue:
        out = math.sqrt(self.data)
        return LeanValue(out, (self,), (0.5 / out,))

    def softplus(self) -> LeanValue:
        exponential = math.exp(self.data)
        return LeanValue(math.log(1.0 + exponential), (self,), (exponential / (1.0 + exponential),))


TABLE = ("a + b", "a - b", "a * b", "a / b", "a ** 2", "a ** -0.5", "-a", *[
    f"a.{name}()" for name in ("exp", "log", "relu", "tanh", "sigmoid")
])  # fmt: skip
BESIDE = {  # and what the leanest Value has in its place, where that is written otherwise
    "a / 2.0": "a.divided_by(2.0)",
    "2.0 / a": "2.0 / a",
    "a + 2.0": "a.plus(2.0)",
    "2.0 * a": "2.0 * a",
    "a ** b": "a.power(b)",
    **{f"a.{name}()": f"a.{name}()" for name in ("sin", "cos", "sqrt", "softplus")},
    **{f"ag.{name}(a)": f"a.{name}()" for name in ("exp", "log", "relu", "tanh", "sigmoid")},
}
A, B = 0.75, 1.25


def engines() -> dict[str, dict[str, Any]]:
    """By name, the variables that the statements of each engine are about; micrograd's only if it is installed."""
    found: dict[str, Any] = {"here": ag.Value, "leanest": LeanValue}
    if importlib.util.find_spec("micrograd") is not None:
        found["micrograd"] = importlib.import_module("micrograd.engine").Value
    return {engine: {"a": make(A), "b": make(B), "ag": ag} for engine, make in found.items()}


def data_of(statement: str, variables: dict[str, Any]) -> float | None:
    """What a statement gives; None where an engine lacks the operation."""
    try:
        return float(eval(statement, dict(variables)).data)
    except (AttributeError, TypeError, AssertionError):  # each of which micrograd says it with
        return None


def nanoseconds(statements: dict[str, str], rounds: int = ROUNDS) -> dict[str, float]:
    """What an operation costs each engine that has it: all in turn, the fastest round of each."""
    found = engines()
    timers = {
        engine: timeit.Timer(statement, globals=found[engine])
        for engine, statement in statements.items()
        if engine in found and data_of(statement, found[engine]) is not None
    }
    times: dict[str, float] = dict.fromkeys(timers, math.inf)
    for _ in range(rounds):
        for engine, timer in timers.items():
            times[engine] = min(times[engine], timer.timeit(REPEATS) / REPEATS * 1e9)
    return times


def main() -> None:
    """Measure and print the table."""
    rows: list[list[str]] = []
    ratios: dict[str, float] = {}
    for statement, lean in {**dict(zip(TABLE, TABLE)), **BESIDE}.items():
        times = nanoseconds({"here": statement, "leanest": lean, "micrograd": statement})
        here, leanest, micrograd = (times.get(engine) for engine in ("here", "leanest", "micrograd"))
        assert here is not None
        assert leanest is not None
        if statement in TABLE:
            ratios[statement] = here / leanest
        elif len(rows) == len(TABLE):
            rows.append(["beside them", *[""] * 5])
        beside_micrograd = [f"{micrograd:.0f}", f"{micrograd / here:.2f}"] if micrograd is not None else ["–", "–"]
        rows.append([statement, f"{here:.0f}", f"{leanest:.0f}", f"{here / leanest:.2f}", *beside_micrograd])
    headings = ["operation", "ns", "leanest ns", "times leanest", "micrograd ns", "times faster than micrograd"]
    print(table(f"One operation, recorded, the fastest of {ROUNDS} rounds", headings, rows))
    worst = max(ratios, key=lambda statement: ratios[statement])
    mean = statistics.geometric_mean(ratios.values())
    print(
        f"Times the leanest, of the first {len(TABLE)}: geometric mean {mean:.2f}, worst {ratios[worst]:.2f}, {worst}"
    )


if __name__ == "__main__":
    main()
