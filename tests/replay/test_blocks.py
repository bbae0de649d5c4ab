"""Many rows: the same bits in any number of threads, and as many as there are."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import autograd_core as ag
import nn
from autograd_core.replay import blocks
from tests.support.machines import KINDS, force


def network() -> ag.Program:
    model = nn.MLP(2, [3, 1], seed=1)
    x, t = [ag.Value(0.1), ag.Value(0.2)], ag.Value(1.0)
    return ag.compile(nn.losses.squared_error(model(x), t), [*x, t], model.parameters())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("reduce", ["mean", "sum", "none"])
def test_any_number_of_threads_gives_the_same_bits(kind: str, reduce: str, monkeypatch: pytest.MonkeyPatch) -> None:
    force(kind, monkeypatch)
    monkeypatch.setattr(blocks, "BLOCK", 100)
    program = network()
    rows = np.random.default_rng(0).normal(size=(1_030, 3))
    alone = program.value_and_grad(rows, reduce=reduce, wrt_inputs=True)  # type: ignore[arg-type]
    for n_threads in (1, 2, 5):
        with ThreadPoolExecutor(n_threads) as executor:
            shared = program.value_and_grad(rows, reduce=reduce, wrt_inputs=True, executor=executor)  # type: ignore[arg-type]
        for a, b in zip(alone, shared):
            assert np.array_equal(a, b)
    assert alone[2].shape == (1_030, 3)


def test_blocks_give_what_all_rows_together_give(monkeypatch: pytest.MonkeyPatch) -> None:
    program = network()
    rows = np.random.default_rng(1).normal(size=(999, 3))
    whole = program.value_and_grad(rows, reduce="sum", wrt_inputs=True)
    monkeypatch.setattr(blocks, "BLOCK", 10)
    in_blocks = program.value_and_grad(rows, reduce="sum", wrt_inputs=True)
    for a, b in zip(whole, in_blocks):
        np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-13)


def test_an_error_in_a_thread_reaches_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    @ag.primitive()
    def picky(x: float) -> float:
        if x > 0.99:
            raise ValueError("too near to 1")
        return x

    picky.define_partials(lambda out, x: (1.0,))
    monkeypatch.setattr(blocks, "BLOCK", 10)
    x = ag.Value(0.5)
    program = ag.compile(picky(x), inputs=[x])
    rows = np.linspace(0.0, 1.0, 100)[:, None]
    with ThreadPoolExecutor(2) as executor, pytest.raises(ValueError, match="too near"):
        program.value_and_grad(rows, executor=executor)
    assert program.forward([0.5]) == 0.5
