"""One training step of a character-level transformer on scalars: one layer, 16 dimensions, 4 heads, a block of 16.

Token and position embeddings, then causal attention and a relu network of four times the width, each on normalised
numbers (RMSNorm) and added to what comes in, then a score for each of 27 characters; the loss is the mean cross entropy
of the next character. Written twice: of operations on two operands, as a GPT in pure Python does it, and of wide nodes.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add, mul
from typing import Any

import numpy as np

import autograd_core as ag
import nn
from tests.benchmarks.comparing import Comparison, Way, eager, peer, report
from tests.benchmarks.replaying import Recorded, replayed
from tests.benchmarks.two_moons import eager_way

BLOCK = 16
WIDTH = 16
HEADS = 4
CHARACTERS = 27
SHAPES = {
    "tokens": (CHARACTERS, WIDTH),
    "positions": (BLOCK, WIDTH),
    "query": (WIDTH, WIDTH),
    "key": (WIDTH, WIDTH),
    "value": (WIDTH, WIDTH),
    "output": (WIDTH, WIDTH),
    "up": (4 * WIDTH, WIDTH),
    "down": (WIDTH, 4 * WIDTH),
    "scores": (CHARACTERS, WIDTH),
}
EPSILON = 1e-5

Row = list[Any]
Matrix = list[Row]


@dataclass(frozen=True)
class Problem:
    """A text as numbers of characters, one more than is read, and the weights by their names."""

    text: list[int]
    weights: dict[str, list[list[float]]]

    def made_of(self, make: Callable[[float], Any]) -> dict[str, Matrix]:
        """The weights with a Value of some engine for each number."""
        return {name: [[make(number) for number in row] for row in matrix] for name, matrix in self.weights.items()}


def problem(length: int) -> Problem:
    """A text of that length, and normally distributed weights."""
    rng = random.Random(4)
    weights = {
        name: [[rng.gauss(0.0, 0.2) for _ in range(columns)] for _ in range(rows)]
        for name, (rows, columns) in SHAPES.items()
    }
    return Problem([rng.randrange(CHARACTERS) for _ in range(length + 1)], weights)


def flat(weights: dict[str, Matrix]) -> Row:
    return [number for matrix in weights.values() for row in matrix for number in row]


# -- the network, over the operations that it needs -----------------------------------------------------------------


@dataclass(frozen=True)
class Operations:
    """How numbers are combined; of these the transformer is written."""

    dot: Callable[[Row, Row], Any]
    normalised: Callable[[Row], Row]
    softmax: Callable[[Row], Row]
    relu: Callable[[Any], Any]
    cross_entropy: Callable[[Row, int], Any]
    mean: Callable[[Row], Any]


def loss_of(operations: Operations, weights: dict[str, Matrix], text: Sequence[int]) -> Any:
    """The mean cross entropy of each next character."""
    dot, losses = operations.dot, []
    keys: Matrix = []
    values: Matrix = []

    def linear(name: str, x: Row) -> Row:
        return [dot(row, x) for row in weights[name]]

    for position, (character, following) in enumerate(zip(text, text[1:])):
        x = operations.normalised(plus(weights["tokens"][character], weights["positions"][position]))
        inner = operations.normalised(x)
        query = linear("query", inner)
        keys.append(linear("key", inner))
        values.append(linear("value", inner))
        attended = [number for head in range(HEADS) for number in attention(operations, head, query, keys, values)]
        x = plus(linear("output", attended), x)
        hidden = [operations.relu(s) for s in linear("up", operations.normalised(x))]
        x = plus(linear("down", hidden), x)
        losses.append(operations.cross_entropy(linear("scores", x), following))
    return operations.mean(losses)


def plus(left: Row, right: Row) -> Row:
    return [a + b for a, b in zip(left, right)]


def attention(operations: Operations, head: int, query: Row, keys: Matrix, values: Matrix) -> Row:
    """What one head gathers from the characters up to this one."""
    width = WIDTH // HEADS
    own = slice(head * width, (head + 1) * width)
    shares = operations.softmax([operations.dot(query[own], key[own]) * width**-0.5 for key in keys])
    return [operations.dot(shares, list(column)) for column in zip(*(value[own] for value in values))]


# -- of operations on two operands ----------------------------------------------------------------------------------


def binary_operations(exp: Callable[[Any], Any], log: Callable[[Any], Any]) -> Operations:
    """Sums and products of two operands, for Values of any engine."""

    def dot(left: Row, right: Row) -> Any:
        return total(list(map(mul, left, right)))

    def normalised(x: Row) -> Row:
        scale = (dot(x, x) * (1.0 / len(x)) + EPSILON) ** -0.5
        return [number * scale for number in x]

    def softmax(x: Row) -> Row:
        largest = max(number.data for number in x)
        exponentials = [exp(number - largest) for number in x]
        sum_ = total(exponentials)
        return [exponential / sum_ for exponential in exponentials]

    return Operations(
        dot,
        normalised,
        softmax,
        relu=lambda x: x.relu(),
        cross_entropy=lambda scores, own: -log(softmax(scores)[own]),
        mean=lambda losses: total(losses) * (1.0 / len(losses)),
    )


def total(numbers: Row) -> Any:
    return reduce(add, numbers)


def micrograd_operations() -> Operations:
    """For micrograd's Value, with exp and log as its author adds them: a closure each."""
    Value = peer("micrograd.engine").Value  # noqa: N806

    def exp(x: Any) -> Any:
        out = Value(math.exp(x.data), (x,), "exp")

        def backward() -> None:
            x.grad += out.data * out.grad

        out._backward = backward
        return out

    def log(x: Any) -> Any:
        out = Value(math.log(x.data), (x,), "log")

        def backward() -> None:
            x.grad += out.grad / x.data

        out._backward = backward
        return out

    return binary_operations(exp, log)


# -- of wide nodes --------------------------------------------------------------------------------------------------


def _normalised(x: Row) -> Row:
    scale = (ag.dot(x, x) * (1.0 / len(x)) + EPSILON) ** -0.5
    return [number * scale for number in x]


WIDE = Operations(ag.dot, _normalised, ag.softmax, ag.relu, nn.losses.cross_entropy, ag.mean)
BINARY = binary_operations(ag.exp, ag.log)

# -- the ways -------------------------------------------------------------------------------------------------------


def with_micrograd(problem: Problem) -> Way:
    operations = micrograd_operations()
    return on_values(problem, operations, peer("micrograd.engine").Value)


def on_values(problem: Problem, operations: Operations, make: Callable[[float], Any]) -> Way:
    weights = problem.made_of(make)
    return eager_way(flat(weights), lambda: loss_of(operations, weights, problem.text))


def with_replay(problem: Problem, operations: Operations) -> Way:
    def record() -> Recorded:
        weights = problem.made_of(ag.Value)
        loss = loss_of(operations, weights, problem.text)
        return loss, (), flat(weights)

    return replayed(record)


def with_torch(problem: Problem) -> Way:
    """On arrays, the whole text at once."""
    torch = peer("torch")
    weights = {
        name: torch.tensor(matrix, dtype=torch.float64, requires_grad=True) for name, matrix in problem.weights.items()
    }
    text = torch.tensor(problem.text)
    count = len(problem.text) - 1
    hidden = torch.triu(torch.ones(count, count, dtype=torch.bool), diagonal=1)

    def normalised(x: Any) -> Any:
        return x * ((x * x).mean(-1, keepdim=True) + EPSILON) ** -0.5

    def heads(x: Any) -> Any:
        return x.reshape(count, HEADS, WIDTH // HEADS).transpose(0, 1)

    def loss() -> Any:
        x = normalised(weights["tokens"][text[:-1]] + weights["positions"][:count])
        inner = normalised(x)
        query, key, value = (heads(inner @ weights[name].T) for name in ("query", "key", "value"))
        agreement = (query @ key.transpose(1, 2) * (WIDTH // HEADS) ** -0.5).masked_fill(hidden, -math.inf)
        attended = (torch.softmax(agreement, -1) @ value).transpose(0, 1).reshape(count, WIDTH)
        x = attended @ weights["output"].T + x
        x = torch.relu(normalised(x) @ weights["up"].T) @ weights["down"].T + x
        return torch.nn.functional.cross_entropy(x @ weights["scores"].T, text[1:])

    def run() -> tuple[Any, Any]:
        value = loss()
        return value.detach(), torch.autograd.grad(value, list(weights.values()))

    return eager(
        run, lambda result: [float(result[0]), *np.concatenate([gradient.ravel() for gradient in result[1]]).tolist()]
    )


COMPARISON = Comparison(
    problem,
    {
        "micrograd": with_micrograd,
        "Value, the same expressions": lambda problem: on_values(problem, BINARY, ag.Value),
        "Value, wide nodes": lambda problem: on_values(problem, WIDE, ag.Value),
        "replay of the same expressions": lambda problem: with_replay(problem, BINARY),
        "replay of wide nodes": lambda problem: with_replay(problem, WIDE),
        "torch": with_torch,
    },
)


def main() -> None:
    """Measure and print the table."""
    report(
        f"A transformer's training step, {BLOCK} characters, {sum(r * c for r, c in SHAPES.values()):,} parameters",
        "transformer",
        BLOCK,
        faster_than=["micrograd", "Value, the same expressions"],
        times=["torch"],
    )
