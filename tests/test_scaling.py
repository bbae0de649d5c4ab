"""Scaling on paper: a simulated pool keeps to the formula's limits, and its order of completion changes no bit."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

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
from tests.support.executors import PretendCluster  # noqa: E402

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


@pytest.mark.parametrize("name", ["handing", "taking", "computing", "rows", "loading", "latency"])
def test_nothing_is_free_in_the_simulation(name: str) -> None:
    """Three times as dear, it takes longer where one worker sets the pace, or where the link does."""
    costs = MEASURED["two moons, 2-16-16-1"]

    def is_dearer(own: Costs, n_workers: int) -> bool:
        dearer = replace(own, **{name: type(getattr(own, name))(3 * getattr(own, name))})
        return simulated(dearer, 1_000, n_workers).seconds > simulated(own, 1_000, n_workers).seconds

    assert is_dearer(costs, 1) or is_dearer(over("1 Gbit/s", costs), 3)


# -- the real program -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n_workers", [1, 3, 30, 1000])
def test_no_order_of_completion_changes_a_bit(n_workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The simulation's pool without its clock: workers that share nothing are done in a random order."""
    monkeypatch.setattr(blocks, "BLOCK", 16)
    n_blocks = max(200, n_workers)
    program = program_of_two_moons()
    rows = np.random.default_rng(7).normal(size=(16 * n_blocks - 5, len(COLUMNS))) * 10.0 ** np.arange(-2, 1)
    expected = program.value_and_grad(rows)
    backwards = program.value_and_grad(rows[::-1])
    assert backwards[1].tobytes() != expected[1].tobytes()  # so the order of the sum does matter
    cluster = PretendCluster(n_workers)
    loss, gradient = program.value_and_grad(rows, executor=cluster)
    assert (loss, gradient.tobytes()) == (expected[0], expected[1].tobytes())
    assert cluster.n_most_waiting >= 100
    assert max(cluster.programs.values()) == 1  # the program came to each worker once
    assert n_workers / 2 < cluster.programs.total() <= n_workers


# -- the page ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MEASURED)
def test_the_page_has_what_the_costs_lead_to(name: str) -> None:
    page = PAGE.read_text(encoding="utf-8")
    costs = MEASURED[name]
    for network in NETWORKS:
        there = over(network, costs)
        assert f"{name}, {network}: up to {there.most_workers:.0f} workers" in page
    table = cells_of_page()
    columns = [table_of(over(network, costs)) for network in ("one machine", "1 Gbit/s")]
    for one, other in zip(*columns):
        assert [*one, *other[1:]] in table


def test_the_page_has_the_costs_that_were_measured() -> None:
    columns = [
        (
            *(f"{1e3 * costs.handing:.2f}", f"{1e3 * costs.taking:.2f}", f"{1e3 * costs.computing:.1f}"),
            *(f"{number:,}" for number in (costs.rows, costs.results, costs.program)),
            f"{1e3 * costs.loading:.1f}",
        )
        for costs in MEASURED.values()
    ]
    table = cells_of_page()
    first = table.index(["", *MEASURED]) + 2
    assert [cells[1:] for cells in table[first : first + len(columns[0])]] == [list(row) for row in zip(*columns)]


def cells_of_page() -> list[list[str]]:
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
