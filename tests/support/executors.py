"""Executors that tests hand to programs: real ones, and one whose workers only pretend to be far away."""

from __future__ import annotations

import importlib.util
import os
import pickle
import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future
from typing import Any

import autograd_core as ag
from autograd_core.replay import work
from tests.support.needed import skip_or_fail


class PretendCluster(Executor):
    """Workers that share nothing: all that goes to them and comes back is pickled.

    A task is given to a random worker at once, and is run when somebody waits for one, in random order.

    Attributes:
        n_most_waiting: how many tasks waited at a time, at most.
        programs: for each worker, how often a program came to it that it did not have.
        n_whole: how many tasks came with their program.
        n_cancelled: how many were cancelled.
        before_task: called before each task is run.
    """

    def __init__(self, n_workers: int, seed: int = 0, before_task: Callable[[], object] = lambda: None) -> None:
        self.random = random.Random(seed)
        self.before_task = before_task
        self.memories: list[dict[bytes, Any]] = [{} for _ in range(n_workers)]
        self.waiting: list[_Task] = []
        self.n_most_waiting = self.n_whole = self.n_cancelled = self.n_run = 0
        self.programs: Counter[int] = Counter()
        self.is_shut = False

    def submit(self, function: Callable[..., Any], /, *args: Any, **keywords: Any) -> Future[Any]:
        if self.is_shut:
            raise RuntimeError("cannot schedule new futures after shutdown")
        sent = pickle.dumps((function, args, keywords), protocol=5)
        task = _Task(self, self.random.randrange(len(self.memories)), sent)
        self.waiting.append(task)
        self.n_most_waiting = max(self.n_most_waiting, len(self.waiting))
        return task

    def run_until(self, wanted: _Task) -> None:
        while not wanted.done():
            self.before_task()
            if wanted.done():
                break
            task = self.waiting.pop(self.random.randrange(len(self.waiting)))
            task.set_running_or_notify_cancel()
            memory, known = self.memories[task.worker], work._machines
            n_known = len(memory)
            work._machines = memory
            try:
                function, args, keywords = pickle.loads(task.sent)
                self.n_whole += args[0]._contents is not None
                task.set_result(pickle.loads(pickle.dumps(function(*args, **keywords))))
            except Exception as error:
                task.set_exception(error)
            finally:
                work._machines = known
            self.programs[task.worker] += len(memory) - n_known
            self.n_run += 1

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self.is_shut = True
        for task in [*self.waiting] if cancel_futures else []:
            task.cancel()


class _Task(Future[Any]):
    def __init__(self, cluster: PretendCluster, worker: int, sent: bytes) -> None:
        super().__init__()
        self.cluster, self.worker, self.sent = cluster, worker, sent

    def result(self, timeout: float | None = None) -> Any:
        if not self.done():
            self.cluster.run_until(self)
        return super().result(timeout)

    def cancel(self) -> bool:
        if self.cancelled() or not super().cancel():
            return self.cancelled()
        self.cluster.waiting.remove(self)
        self.cluster.n_cancelled += 1
        return True


def need(package: str) -> None:
    """Skip the test where a package is missing, or fail if REQUIRE_CLUSTERS is set, as in CI."""
    if importlib.util.find_spec(package) is None:
        missing(f"needs {package}: pip install {package}")


def missing(reason: str) -> None:
    """Skip the test for this reason, or fail if REQUIRE_CLUSTERS is set."""
    skip_or_fail(reason, "REQUIRE_CLUSTERS")


@ag.primitive()
def picky(x: float) -> float:
    """Its own number, computed by an ``if``, so that replays call it as it is; 99.0 is refused, and 666.0 kills."""
    if x == 99.0:
        raise ValueError("99.0 is too near to 100")
    if x == 666.0:
        os._exit(1)
    return x


@picky.define_partials
def _picky_partials(out: float, x: float) -> tuple[float]:
    return (1.0 if x < 1e300 else 2.0,)


__all__ = ["CancelledError", "PretendCluster", "need", "picky"]
