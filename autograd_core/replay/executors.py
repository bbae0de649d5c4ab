"""Blocks of rows handed to an executor's workers: a bounded number at a time, and their results in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from typing import Any, NamedTuple

from autograd_core.replay.machines import Array, Gradients
from autograd_core.replay.work import Block, Parcel, Sent, Wanted, run_block

FIRST_TASKS = 8
"""So many go with the whole program, until a worker has answered: to an executor that does not tell how many it has."""

MOST_TASKS = 256
MOST_BYTES = 1 << 26
"""Of the rows that wait for such an executor."""


class Work(NamedTuple):
    """What is done with each block."""

    parcel: Parcel
    parameters: Array
    wanted: Wanted


def check_executor(executor: Any) -> None:
    """Refuse what is not an executor (TypeError)."""
    if executor is None or isinstance(executor, Executor):
        return
    got = executor.__name__ if isinstance(executor, type) else f"{type(executor).__name__}"
    raise TypeError(
        "executor is a concurrent.futures.Executor, such as ThreadPoolExecutor(2), ProcessPoolExecutor(2) or Dask's "
        f"client.get_executor(), got {'the class ' if isinstance(executor, type) else ''}{got}"
    )


def results_in_order(blocks: Iterator[Block], work: Work, executor: Executor | None) -> Iterator[Gradients]:
    """What the blocks give, one after the other.

    However that ends, what no worker has begun is cancelled.

    Raises:
        RuntimeError: the executor takes no work.
        Exception: a task raised it; a note names the block.
    """
    if executor is None:
        here = Sent(work.parcel, True)
        for block in blocks:
            try:
                found = run_block(here, work.parameters, block.rows, work.wanted)
            except Exception as error:
                _name_block(error, block)
                raise
            assert found is not None
            yield found
        return
    tasks = _Tasks(executor, work)
    try:
        for block in blocks:
            tasks.submit(block)
            while tasks.are_enough():
                yield tasks.next_result()
        while tasks.waiting:
            yield tasks.next_result()
    finally:
        tasks.cancel()


class _Tasks:
    """Tasks that an executor has, in order."""

    def __init__(self, executor: Executor, work: Work) -> None:
        self.executor, self.work = executor, work
        self.waiting: deque[tuple[Block, Future[Gradients | None]]] = deque()
        self._is_known = executor in work.parcel.known_to
        self._n_workers: int | None = getattr(executor, "_max_workers", None)

    def submit(self, block: Block) -> None:
        """Hand in a block."""
        self.waiting.append((block, self._submitted(block, not self._is_known)))

    def _submitted(self, block: Block, whole: bool) -> Future[Gradients | None]:
        work = self.work
        try:
            return self.executor.submit(run_block, Sent(work.parcel, whole), work.parameters, block.rows, work.wanted)
        except BrokenExecutor as error:
            _name_block(error, block)
            raise
        except RuntimeError as error:
            raise RuntimeError(
                f"the executor took no work at {block} ({error}): hand in one that is open, as it is inside of its "
                "with statement"
            ) from error

    def are_enough(self) -> bool:
        """Whether to wait for results before there are more tasks."""
        if self._n_workers is not None:
            most = 2 * self._n_workers + 2
        elif self._is_known:
            most = min(MOST_TASKS, max(FIRST_TASKS, MOST_BYTES // max(1, self.waiting[0][0].rows.nbytes)))
        else:
            most = FIRST_TASKS
        return len(self.waiting) >= most

    def next_result(self) -> Gradients:
        """What the first block gives."""
        found = self._answer()
        if found is None:
            self._send_where_it_is_missing()
            found = self._answer()
            assert found is not None
        self.waiting.popleft()
        if not self._is_known:
            self._is_known = True
            self.work.parcel.known_to.add(self.executor)
        return found

    def _answer(self) -> Gradients | None:
        block, future = self.waiting[0]
        try:
            return future.result()
        except CancelledError as error:
            raise RuntimeError(
                f"{block} was cancelled, as an executor does that is shut down; nothing has changed"
            ) from error
        except Exception as error:
            _name_block(error, block)
            raise

    def _send_where_it_is_missing(self) -> None:
        """Hand in anew, with the program, what came to workers that do not have it."""
        for place, (block, future) in enumerate(self.waiting):
            is_answered = future.done() and not future.cancelled() and future.exception() is None
            if is_answered and future.result() is None:
                self.waiting[place] = block, self._submitted(block, whole=True)

    def cancel(self) -> None:
        """Let go of all that no worker has begun."""
        for _, future in self.waiting:
            future.cancel()


def _name_block(error: Exception, block: Block) -> None:
    note = f"this was in {block} of the rows; nothing has changed"
    if note not in getattr(error, "__notes__", ()):
        error.add_note(note)
