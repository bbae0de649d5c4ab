"""Scaling on paper: a simulated pool keeps to the formula's limits, and its order of completion changes no bit."""

from __future__ import annotations

import math
import pickle
import random
import re
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

np = pytest.importorskip("numpy")

from autograd_core.replay import blocks  # noqa: E402
from tests.benchmarks.scaling import (  # noqa: E402
    MEASURED,
    NETWORKS,
    WORKERS,
    Costs,
    over,
    simulated,
    table_of,
)
from tests.benchmarks.workers import COLUMNS, program_of_two_moons  # noqa: E402

pytestmark = pytest.mark.slow

PAGE = Path(__file__).parent.parent / "notebooks" / "site" / "scaling.md"
CASES = [over(network, costs) for costs in MEASURED.values() for network in NETWORKS]


@pytest.mark.parametrize("costs", CASES)
def test_one_worker_takes_the_sum_of_its_times(costs: Costs) -> None:
    n_blocks = 500
    found = simulated(costs, n_blocks, 1, spread=0.0).seconds
    first = costs.handing + costs.passing + costs.program / costs.bandwidth + costs.latency + costs.loading
    last = costs.latency + costs.results / costs.bandwidth + costs.taking
    assert math.isclose(found, first + n_blocks * costs.computing + last, rel_tol=1e-12)


@pytest.mark.parametrize("costs", CASES)
def test_with_many_workers_the_dispatcher_or_the_link_never_pauses(costs: Costs) -> None:
    few, many = (simulated(costs, n_blocks, 1000).seconds for n_blocks in (10_000, 14_000))
    assert math.isclose((many - few) / 4_000, max(costs.dispatching, costs.passing), rel_tol=0.01)


@pytest.mark.parametrize("costs", CASES)
def test_the_formula_is_that_of_the_simulation(costs: Costs) -> None:
    for n_workers in WORKERS:
        n_blocks = 2_000 + 10 * n_workers
        found = simulated(costs, n_blocks, n_workers).seconds
        assert math.isclose(costs.seconds(n_blocks, n_workers), found, rel_tol=0.08), n_workers


@pytest.mark.parametrize("costs", CASES)
def test_workers_pay_up_to_the_number_that_is_said(costs: Costs) -> None:
    n_blocks = 4_000
    alone = simulated(costs, n_blocks, 1).seconds
    half = max(1, int(costs.most_workers / 2))
    assert alone / simulated(costs, n_blocks, half).seconds > 0.9 * half
    assert alone / simulated(costs, n_blocks, 1000).seconds < 1.05 * costs.most_workers


def test_nothing_is_free_in_the_simulation() -> None:
    costs = MEASURED["two moons, 2-16-16-1"]
    base = simulated(over("1 Gbit/s", costs), 1_000, 3).seconds
    for name in ("handing", "computing", "rows", "loading", "latency"):
        dearer = over("1 Gbit/s", costs)
        dearer = replace(dearer, **{name: type(getattr(dearer, name))(3 * getattr(dearer, name))})
        assert simulated(dearer, 1_000, 3).seconds > base, name


# -- the real program -------------------------------------------------------------------------------------------------


class Shuffled(Executor):
    """Workers that are done in a random order, each with a copy of its task; the simulation's pool, without its clock."""

    def __init__(self, n_workers: int) -> None:
        self._max_workers = n_workers
        self._random = random.Random(n_workers)
        self._waiting: list[tuple[Future[Any], bytes]] = []
        self.order: list[int] = []
        self._n_tasks = 0

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Asked(self)
        self._waiting.append((future, pickle.dumps((self._n_tasks, function, args, kwargs))))
        self._n_tasks += 1
        return future

    def end_one(self) -> None:
        """One of the tasks that workers have ends, whichever."""
        future, task = self._waiting.pop(self._random.randrange(min(self._max_workers, len(self._waiting))))
        number, function, args, kwargs = pickle.loads(task)
        self.order.append(number)
        future.set_result(function(*args, **kwargs))


class Asked(Future[Any]):
    """A future for whose result others may have to end first."""

    def __init__(self, executor: Shuffled) -> None:
        super().__init__()
        self._executor = executor

    def result(self, timeout: float | None = None) -> Any:
        while not self.done():
            self._executor.end_one()
        return super().result(timeout)


def test_no_order_of_completion_changes_a_bit_with_1_to_1000_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 16)
    program = program_of_two_moons()
    rows = np.random.default_rng(7).normal(size=(16 * 2_500 + 3, len(COLUMNS))) * 10.0 ** np.arange(-2, 1)
    expected = program.value_and_grad(rows)
    backwards = program.value_and_grad(rows[::-1])
    assert backwards[1].tolist() != expected[1].tolist()  # so the order of the sum does matter
    for n_workers in (1, 2, 3, 10, 100, 1000):
        pool = Shuffled(n_workers)
        loss, gradient = program.value_and_grad(rows, executor=pool)
        assert (loss, gradient.tobytes()) == (expected[0], expected[1].tobytes())
        assert sorted(pool.order) == list(range(2_501))
        assert (pool.order == sorted(pool.order)) == (n_workers == 1)


# -- the page ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MEASURED)
def test_the_page_has_the_costs_and_what_they_lead_to(name: str) -> None:
    page = PAGE.read_text(encoding="utf-8")
    costs = MEASURED[name]
    for row in costs_of_page(name, costs):
        assert row in page
    for network in NETWORKS:
        there = over(network, costs)
        assert f"{name}, {network}: up to {there.most_workers:.0f} workers" in page
    table = [re.split(r"\s*\|\s*", line.strip("| ")) for line in page.splitlines() if line.startswith("|")]
    columns = [table_of(over(network, costs)) for network in ("one machine", "1 Gbit/s")]
    for one, other in zip(*columns):
        assert [one[0], *one[1:], *other[1:]] in table


def costs_of_page(name: str, costs: Costs) -> list[str]:
    raise NotImplementedError
