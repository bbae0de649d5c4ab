"""How many workers pay: a simulation of a pool with one dispatcher, a formula for it, and what they rest on, measured.

The process that calls ``value_and_grad(rows, executor=pool)`` is the *dispatcher*: it hands out blocks of rows, takes
their sums back in order and adds them up, one thing at a time. Rows pass through a *link* to the *workers*, one block
after the other; sums are small, and come back without a queue. At most two blocks for each worker, and two more, are
under way.

``python -m tests.benchmarks scaling`` measures the costs here, and prints what they lead to.
"""

from __future__ import annotations

import heapq
import pickle
import random
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from typing import Any

import numpy as np

import autograd_core as ag
import nn
from autograd_core.replay.blocks import BLOCK
from tests.benchmarks.measuring import table
from tests.benchmarks.workers import COLUMNS, processor_seconds, program_of_two_moons

WORKERS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
N_BLOCKS = 12_208
"""Those of 100,000,000 rows."""

SPREAD = 0.1
"""How much the time that a worker takes for a block varies: the standard deviation, as a share of it."""


@dataclass(frozen=True)
class Costs:
    """What a block costs, in seconds and bytes.

    Attributes:
        handing, taking: the dispatcher's time to hand out a block, and to take its sums and add them.
        computing: a worker's time for a block, with receiving it and handing the sums back.
        rows, results: bytes to the worker and back.
        program: bytes to each worker, once.
        loading: a worker's time to unpack the program, once; it has been started before.
        bandwidth: bytes a second through the link, and as many back; infinite where handing and taking are all there
            is, as between processes of one machine.
        latency: seconds until what was sent arrives.
    """

    handing: float
    taking: float
    computing: float
    rows: int
    results: int
    program: int
    loading: float
    bandwidth: float = float("inf")
    latency: float = 0.0

    @property
    def dispatching(self) -> float:
        """The dispatcher's time for a block."""
        return self.handing + self.taking

    @property
    def passing(self) -> float:
        """The link's time for a block."""
        return self.rows / self.bandwidth

    @property
    def most_workers(self) -> float:
        """From so many workers on, they wait for the dispatcher or the link: one more changes nothing."""
        return self.computing / max(self.dispatching, self.passing)

    def seconds(self, n_blocks: int, n_workers: int) -> float:
        """The formula: whichever has most to do, the dispatcher, the link or each worker, does it without a pause.

        To that comes what the others do before the first block reaches it, or after it has done with the last one.
        """
        n_loading = min(n_workers, n_blocks)
        dispatcher = n_blocks * self.dispatching
        link = n_blocks * self.passing + n_loading * self.program / self.bandwidth
        worker = n_blocks * self.computing / n_workers + self.loading
        ends = self.dispatching + self.passing + self.computing + 2 * self.latency
        longest = max(dispatcher, link, worker)
        own = {dispatcher: self.dispatching, link: self.passing, worker: self.computing}[longest]
        return longest + ends - own


MEASURED = {
    "two moons, 2-16-16-1": Costs(0.04e-3, 0.55e-3, 4.0e-3, 196_608, 2_888, 19_984, 0.2e-3),
    "the same with 2-64-64-1": Costs(0.07e-3, 1.00e-3, 18.4e-3, 196_608, 35_528, 223_131, 0.4e-3),
}
"""Between processes of one machine, as :func:`measured` found them for the page on scaling, rounded."""

NETWORKS = {"one machine": (float("inf"), 0.0), "10 Gbit/s": (1.25e9, 100e-6), "1 Gbit/s": (0.125e9, 200e-6)}
"""What lies between dispatcher and workers: bytes a second, and seconds until they arrive."""


def over(network: str, costs: Costs) -> Costs:
    """The same costs with a network between the dispatcher and its workers."""
    bandwidth, latency = NETWORKS[network]
    return replace(costs, bandwidth=bandwidth, latency=latency)


# -- the simulation ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Simulated:
    """What a simulated pool did.

    Attributes:
        seconds: from the first block handed out to the last sum added.
        completed: the blocks in the order in which they were done.
    """

    seconds: float
    completed: list[int]


def simulated(costs: Costs, n_blocks: int, n_workers: int, spread: float = SPREAD, seed: int = 0) -> Simulated:
    """A pool that works on blocks, event by event.

    Args:
        costs: of each block.
        n_blocks: how many there are.
        n_workers: how many workers the pool has, all of them new.
        spread: how much a worker's times vary.
        seed: for the variation.
    """
    generator = random.Random(seed)
    now = 0.0  # of the dispatcher
    link_free = 0.0
    free = [0.0] * n_workers  # when each worker is, the earliest in front
    n_new = n_workers  # workers that have no program yet
    under_way: deque[float] = deque()  # when the sums of each block will be back, in the order of the blocks
    done: list[tuple[float, int]] = []
    for block in range(n_blocks):
        if len(under_way) >= 2 * n_workers + 2:
            now = max(now, under_way.popleft()) + costs.taking
        now += costs.handing
        to_load = n_new > 0
        n_new -= to_load
        size = costs.rows + (costs.program if to_load else 0)
        link_free = max(now, link_free) + size / costs.bandwidth
        begun = max(link_free + costs.latency, heapq.heappop(free)) + (costs.loading if to_load else 0.0)
        ended = begun + costs.computing * max(0.0, generator.gauss(1.0, spread))
        heapq.heappush(free, ended)
        done.append((ended, block))
        under_way.append(ended + costs.latency + costs.results / costs.bandwidth)
    while under_way:
        now = max(now, under_way.popleft()) + costs.taking
    return Simulated(now, [block for _, block in sorted(done)])


def table_of(costs: Costs, n_blocks: int = N_BLOCKS, workers: Sequence[int] = WORKERS) -> list[list[str]]:
    """For each number of workers the seconds by the formula and by the simulation, and how many times one worker."""
    alone = simulated(costs, n_blocks, 1).seconds
    rows = []
    for n_workers in workers:
        found = simulated(costs, n_blocks, n_workers).seconds
        rows.append(
            [str(n_workers), f"{costs.seconds(n_blocks, n_workers):.2f}", f"{found:.2f}", f"{alone / found:.1f}"]
        )
    return rows


# -- what is measured -------------------------------------------------------------------------------------------------


def measured(program: ag.Program, n_blocks: int = 60, rounds: int = 3) -> tuple[Costs, dict[int, float]]:
    """The costs of a program's blocks between processes of this machine, and the seconds of a block with 1 and 2.

    Times are those of processors, so that a busy machine does not add its own; the dispatcher's is that of the whole
    process that hands out the blocks. The seconds of a block are by the clock, in the best of the rounds (Linux).
    """
    rows = np.random.default_rng(0).normal(size=(n_blocks * BLOCK, len(COLUMNS)))
    dispatching, computing = 0.0, 0.0
    seconds: dict[int, float] = {}
    for count in (1, 2):
        with ProcessPoolExecutor(count, get_context("spawn")) as pool:
            program.value_and_grad(rows, executor=pool)  # everything is started and loaded
            workers = list(pool._processes)
            dispatching -= time.process_time()
            computing -= sum(map(processor_seconds, workers))
            for _ in range(rounds):
                start = time.perf_counter()
                program.value_and_grad(rows, executor=pool)
                taken = (time.perf_counter() - start) / n_blocks
                seconds[count] = min(seconds.get(count, taken), taken)
            dispatching += time.process_time()
            computing += sum(map(processor_seconds, workers))
    per_block = 1.0 / (2 * rounds * n_blocks)
    handing = _handing_seconds(np.ascontiguousarray(rows[:BLOCK]))
    contents = program._machine.parcel(BLOCK).contents
    start = time.process_time()
    pickle.loads(contents)
    costs = Costs(
        handing=handing,
        taking=dispatching * per_block - handing,
        computing=computing * per_block,
        rows=rows[:BLOCK].nbytes,
        results=len(pickle.dumps((np.zeros(1), np.zeros(len(program.parameters))))),
        program=len(contents),
        loading=time.process_time() - start,
    )
    return costs, seconds


def _handing_seconds(block: np.ndarray[Any, Any]) -> float:
    """How long it takes to pickle a block, and to copy it once more, into a pipe."""
    start = time.process_time()
    for _ in range(50):
        bytearray(pickle.dumps(block))
    return (time.process_time() - start) / 50


def program_of_network(sizes: Sequence[int]) -> ag.Program:
    """The hinge loss of a network of relu neurons at one point."""
    x, y, target = (ag.Value(0.0, name) for name in COLUMNS)
    model = nn.MLP(2, sizes, activation="relu", seed=0)
    return ag.compile(nn.losses.hinge(model([x, y]), target), [x, y, target], model.parameters())


def main() -> None:
    """Measure the costs here, and print what they lead to."""
    headings = ["workers", "formula, s", "simulation, s", "times one"]
    for name, program in zip(MEASURED, (program_of_two_moons(), program_of_network([64, 64, 1]))):
        costs, seconds = measured(program)
        print(f"{name}: {costs}")
        for count, found in seconds.items():
            expected = simulated(costs, 1000, count).seconds / 1000
            print(f"a block with {count}: {found * 1e3:.2f} ms measured, {expected * 1e3:.2f} ms simulated")
        for network in NETWORKS:
            there = over(network, costs)
            title = f"{name}, {N_BLOCKS:,} blocks, {network}: up to {there.most_workers:.0f} workers pay"
            print(table(title, headings, table_of(there)))


if __name__ == "__main__":
    main()
