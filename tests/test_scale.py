"""Graphs of a million nodes, paths beyond counting, many threads, long trainings, and the same bits every time."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import pytest

import autograd_core as ag
from autograd_core import Value
from tests.support.seeds import seeded

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent


def run(program: str, **environment: str) -> str:
    """Run a program in an interpreter of its own, at its default settings."""
    answer = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )
    assert answer.returncode == 0, answer.stderr[-2000:]
    return answer.stdout


# -- depth --------------------------------------------------------------------------------------------------------

MILLION_NODES = """
import gc, sys
gc.disable()
assert sys.getrecursionlimit() == 1000
import autograd_core as ag
from autograd_core import Value

x = v = Value(1.0, "x")
for _ in range(500_000):
    v = v * 0.5
    v = v + v
v.backward()
print(v, x.grad, len(ag.topological_order(v)), ag.leaves(v) == [x])
v.backward()
print(x.grad)
del v, x, _
print(sum(isinstance(survivor, Value) for survivor in gc.get_objects()))
"""


def test_chain_of_a_million_nodes_recorded_differentiated_shown_and_freed_without_the_collector() -> None:
    assert run(MILLION_NODES).splitlines() == [
        "Value(data=1, grad=1, op='+', label='') 1.0 1000001 True",
        "2.0",
        "0",
    ]


WIDE_AND_DEEP_FREED = """
import gc
gc.disable()
from autograd_core import Value
import autograd_core as ag

def live():
    return sum(isinstance(survivor, Value) for survivor in gc.get_objects())

weights = [Value(0.1) for _ in range(50)]
for _ in range(5):
    hidden = [ag.tanh(ag.dot(weights, weights, weights[0])) for _ in range(50)]
    loss = ag.logsumexp([*hidden, *ag.softmax(hidden)]) ** 2
    loss.backward()
    ag.gradients(loss, weights, create_graph=True)
    del hidden, loss
    assert live() == 50, live()
print(live())
"""


def test_a_dropped_graph_is_freed_without_the_collector() -> None:
    assert run(WIDE_AND_DEEP_FREED) == "50\n"


def test_diamond_chain_of_depth_100_000_is_exact() -> None:
    """Each level doubles the paths. The first thousand double the gradient too, the others halve it again."""
    x = v = Value(1.0)
    for level in range(100_000):
        factor = 1.0 if level < 1000 else 0.5
        v = v * factor + v * factor
    assert ag.count_paths(v, x) == 2**100_000
    v.backward()
    assert (v.data, x.grad) == (2.0**1000, 2.0**1000)
    assert ag.gradients(v, [x]) == [2.0**1000]


def test_gradient_graph_of_a_deep_chain() -> None:
    x = v = Value(1.5)
    for _ in range(20_000):
        v = ag.sin(v)
    (slope,) = ag.gradients(v, [x], create_graph=True)
    v.backward()
    assert slope.data == x.grad
    slope.backward()


def test_one_node_with_100_000_operands() -> None:
    values = [Value(float(i)) for i in range(100_000)]
    root = ag.dot(values, values)
    root.backward()
    assert [value.grad for value in values] == [2.0 * i for i in range(100_000)]


# -- the same bits ------------------------------------------------------------------------------------------------

SAME_BITS = """
import random
import autograd_core as ag
from autograd_core import Value

rng = random.Random(7)
leaves = [Value(rng.uniform(-1.0, 1.0), f"x{i}") for i in range(20)]
nodes = list(leaves)
functions = [ag.sin, ag.tanh, ag.softplus, ag.exp, ag.cbrt, ag.gelu]
for _ in range(300):
    a, b, c = rng.choices(nodes, k=3)
    nodes.append(ag.tanh(rng.choice(functions)(a * b - c / 3.0) + ag.logsumexp([a, b, c]) * ag.dot([a, b], [c, a], b)))
root = ag.mean(nodes)
root.backward()
(slope,) = ag.gradients(root, leaves[:1], create_graph=True)
curvature = ag.gradients(slope, leaves)
print(*(number.hex() for number in [root.data, *(leaf.grad for leaf in leaves), slope.data, *curvature]))
print([leaf.label for leaf in ag.leaves(root)], ag.count_paths(root, leaves[0]))
"""


@pytest.mark.seeded
def test_the_same_program_gives_the_same_bits_in_20_processes_with_random_hash_seeds() -> None:
    with ThreadPoolExecutor(4) as pool:
        rng = seeded("hash seeds")
        seeds = ["0", *(str(rng.randrange(2**32)) for _ in range(19))]
        answers = list(pool.map(lambda seed: run(SAME_BITS, PYTHONHASHSEED=seed), seeds))
    assert len(answers[0].split()) > 60
    assert "nan" not in answers[0]
    assert answers == [answers[0]] * 20


# -- threads ------------------------------------------------------------------------------------------------------


def random_polynomial(seed: int) -> bool:
    """Whether the gradient of a small random polynomial over dyadic numbers is the exact one."""
    rng = seeded("polynomial", seed)
    numbers = [Fraction(rng.randint(-8, 8), 4) for _ in range(3)]
    leaves = [Value(number) for number in numbers]
    nodes = [(leaf, number, [Fraction(i == j) for j in range(3)])
             for i, (leaf, number) in enumerate(zip(leaves, numbers))]  # fmt: skip
    for _ in range(6):
        (a, x, dx), (b, y, dy) = rng.choices(nodes, k=2)
        if rng.random() < 0.3:
            nodes.append((a * b, x * y, [x * q + y * p for p, q in zip(dx, dy)]))
        else:
            nodes.append((a - b, x - y, [p - q for p, q in zip(dx, dy)]))
    root, value, slopes = nodes[-1]
    root.backward()
    return root.data == value and [leaf.grad for leaf in leaves] == slopes


@pytest.mark.seeded
def test_16_threads_of_1000_independent_graphs_each_are_exact() -> None:
    start = threading.Barrier(16)

    def work(thread: int) -> int:
        start.wait(timeout=60)
        return sum(random_polynomial(1000 * thread + graph) for graph in range(1000))

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)  # change threads as often as can be
    try:
        with ThreadPoolExecutor(16) as pool:
            assert list(pool.map(work, range(16))) == [1000] * 16
    finally:
        sys.setswitchinterval(interval)


# -- memory -------------------------------------------------------------------------------------------------------

TRAINING = """
import gc, os, random
gc.disable()
import autograd_core as ag
from autograd_core import Value

def resident():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

rng = random.Random(0)
hidden = [([Value(rng.gauss(0, 1)) for _ in range(2)], Value(0.0)) for _ in range(8)]
output = [Value(rng.gauss(0, 1)) for _ in range(8)]
parameters = [p for weights, bias in hidden for p in (*weights, bias)] + output

def step():
    losses = []
    for _ in range(4):
        x = [rng.gauss(0, 1), rng.gauss(0, 1)]
        h = [ag.tanh(ag.dot(weights, x, bias)) for weights, bias in hidden]
        losses.append(ag.square(ag.dot(output, h) - x[0] * x[1]))
    loss = ag.mean(losses)
    for parameter in parameters:
        parameter.grad = 0.0
    loss.backward()
    for parameter in parameters:
        parameter.data -= 0.01 * parameter.grad

for _ in range(100):
    step()
before = resident()
for _ in range(1000):
    step()
print(before, resident())
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="resident memory is read from /proc")
def test_1000_training_steps_keep_resident_memory_within_one_percent() -> None:
    before, after = map(int, run(TRAINING).split())
    assert after < 1.01 * before
