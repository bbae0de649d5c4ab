"""Runs the derived programs of a program, and puts together what their directions give."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_core.replay import derived
from autograd_core.replay.arguments import scipy_sparse
from autograd_core.replay.choose import Machines
from autograd_core.replay.code import Code, Slots
from autograd_core.replay.derived import Leaves
from autograd_core.replay.machines import Array
from autograd_core.replay.patterns import Pattern, colours_of

MOST_NUMBERS = 1 << 22
"""So many numbers are handed over and taken back at a time, 32 MB of them."""

_NO_ROWS = np.zeros(0, np.intp)

Make = Callable[[Code, bool, Leaves], Code]


@dataclass(frozen=True)
class Point:
    """Where derivatives are taken.

    Attributes:
        rows: of inputs.
        parameters: a number for each.
        weights: a number for each output; none where each counts once.
    """

    rows: Array
    parameters: Array
    weights: Array

    def taken(self, chosen: Any) -> Point:
        """The same for some of the rows."""
        return Point(self.rows[chosen], self.parameters, self.weights)


@dataclass(frozen=True)
class Entries:
    """The entries of a pattern, as results of runs along directions that several columns, or several rows, share.

    Attributes:
        colours: of the columns or rows, see :func:`~autograd_core.replay.patterns.colours_of`.
        seeds: the directions, a row for each colour.
        runs, places: for each entry, the direction and the place of the result that it is.
    """

    colours: Slots
    seeds: Array
    runs: Slots
    places: Slots

    @classmethod
    def by_columns(cls, pattern: Pattern) -> Entries:
        """From runs that each give a sum of columns."""
        colours = colours_of(pattern)
        return cls(colours, _seeds_of(colours), colours[pattern.columns], pattern.rows)

    @classmethod
    def by_rows(cls, pattern: Pattern) -> Entries:
        """From runs that each give a sum of rows."""
        colours = colours_of(pattern.transposed())
        return cls(colours, _seeds_of(colours), colours[pattern.rows], pattern.columns)

    def read(self, found: Array) -> Array:
        """The entries of each row of inputs, from results of shape (rows, directions, places)."""
        n_rows, n_runs, n_places = found.shape
        entries: Array = found.reshape(n_rows, n_runs * n_places).take(self.runs * n_places + self.places, axis=1)
        return entries


class Plan:
    """How the matrix of derivatives of a program is computed.

    Attributes:
        pattern: of the entries that are not always 0.
    """

    def __init__(self, pattern: Pattern) -> None:
        self.pattern = pattern

    @functools.cached_property
    def by_columns(self) -> Entries:
        """In runs along directions."""
        return Entries.by_columns(self.pattern)

    @functools.cached_property
    def by_rows(self) -> Entries:
        """In runs in reverse."""
        return Entries.by_rows(self.pattern)

    @functools.cached_property
    def csr(self) -> Any:
        """The pattern as SciPy's CSR array of ones, to be copied: to make one anew takes ten times as long."""
        pattern = self.pattern
        ones = np.ones(len(pattern.columns))
        made = scipy_sparse("sparse=True").csr_array(
            (ones, pattern.columns, pattern.starts), (pattern.n_rows, pattern.n_columns)
        )
        assert made.has_canonical_format  # so copies need not look
        return made

    def csr_of(self, entries: Array) -> Any:
        """The same with these entries; it shares no memory with others."""
        made = copy.copy(self.csr)
        made.data, made.indices, made.indptr = entries, made.indices.copy(), made.indptr.copy()
        return made

    @functools.cached_property
    def is_forward(self) -> bool:
        """Whether fewer directions than backward passes are needed, or as many."""
        pattern = self.pattern
        fewest_columns = np.bincount(pattern.rows, minlength=1).max()
        fewest_rows = np.bincount(pattern.columns, minlength=1).max()
        if fewest_columns <= fewest_rows:
            n_columns = len(self.by_columns.seeds)
            return n_columns <= fewest_rows or n_columns <= len(self.by_rows.seeds)
        n_rows = len(self.by_rows.seeds)
        return n_rows > fewest_columns and n_rows >= len(self.by_columns.seeds)


class Derivatives:
    """The derivatives of a program. What computes them is made when it is first asked for, and kept.

    Args:
        code: the program.
        dtype: of its numbers.
    """

    def __init__(self, code: Code, dtype: Any) -> None:
        self.code, self.dtype = code, dtype
        self._machines: dict[tuple[Any, ...], Machines] = {}
        self._plans: dict[tuple[str, bool], Plan] = {}

    def __getstate__(self) -> dict[str, Any]:
        """For copies and pickles: without what can be made anew."""
        return {**self.__dict__, "_machines": {}, "_plans": {}}

    # -- matrices --

    def plan(self, matrix: str, by_inputs: bool) -> Plan:
        """How a ``"jacobian"`` or a ``"hessian"`` is computed."""
        plan = self._plans.get((matrix, by_inputs))
        if plan is None:
            find = derived.pattern_of_jacobian if matrix == "jacobian" else derived.pattern_of_hessian
            plan = self._plans[matrix, by_inputs] = Plan(find(self.code, by_inputs))
        return plan

    def jacobian(self, by_inputs: bool, point: Point) -> Array:
        """The entries of the pattern, for each row."""
        plan = self.plan("jacobian", by_inputs)
        if plan.is_forward:
            return self._entries(plan, (derived.along, derived.weighted), by_inputs, point)[0]
        return plan.by_rows.read(self._runs(derived.weighted, by_inputs, point, plan.by_rows.seeds))

    def hessian(self, by_inputs: bool, point: Point) -> tuple[Array, Slots]:
        """The entries of the pattern, for each row, and the rows of which numbers are not finite."""
        plan = self.plan("hessian", by_inputs)
        return self._entries(plan, (derived.curved, derived.curved_carefully), by_inputs, point)

    def _entries(self, plan: Plan, ways: tuple[Make, Make], by_inputs: bool, point: Point) -> tuple[Array, Slots]:
        """Entries by the first way, forwards, and by the second, in reverse, where numbers are not finite."""
        forwards, in_reverse = ways
        found = self._runs(forwards, by_inputs, point, plan.by_columns.seeds)
        entries = plan.by_columns.read(found)
        wrong = _not_finite(found)
        if len(wrong):
            again = self._runs(in_reverse, by_inputs, point.taken(wrong), plan.by_rows.seeds)
            entries[wrong] = plan.by_rows.read(again)
        return entries, wrong

    def whole_hessian(self, by_inputs: bool, point: Point) -> Array:
        """All entries, for each row; of numbers that are not finite, others than those of the pattern may be nan."""
        n = self.plan("hessian", by_inputs).pattern.n_columns
        return self._runs(derived.curved_carefully, by_inputs, point, np.eye(n))

    # -- along a direction --

    def along(self, by_inputs: bool, point: Point, directions: Array) -> tuple[Array, Array]:
        """The outputs of each row, and how they change along its direction."""
        found = self._run(derived.along, by_inputs, point, directions)
        n_outputs = len(self.code.outputs)
        tangents, values = found[:, :n_outputs], found[:, n_outputs:]
        wrong = _not_finite(found, directions)
        if len(wrong):
            pattern = self.plan("jacobian", by_inputs).pattern
            direction = directions[wrong][:, pattern.columns]
            with np.errstate(all="ignore"):
                terms = np.where(direction == 0.0, 0.0, direction * self.jacobian(by_inputs, point.taken(wrong)))
                sums = [np.bincount(pattern.rows, row, minlength=n_outputs) for row in terms]
            tangents[wrong] = sums
        return values, tangents

    def curved(self, by_inputs: bool, point: Point, vectors: Array) -> Array:
        """How the gradient of each row changes along its vector."""
        found = self._run(derived.curved, by_inputs, point, vectors)
        product = found[:, : vectors.shape[1]]
        wrong = _not_finite(found, vectors)
        if len(wrong):
            again = self._run(derived.curved_carefully, by_inputs, point.taken(wrong), vectors[wrong])
            product[wrong] = again
        return product

    # -- runs --

    def _runs(self, make: Make, by_inputs: bool, point: Point, seeds: Array) -> Array:
        """The results of shape (rows, seeds, results), for each row of inputs with each of the seeds."""
        n_rows, n_seeds = len(point.rows), len(seeds)
        if n_rows == 1:
            return self._with_shared_rows(make, by_inputs, point, seeds)[None]
        results = [
            self._with_own_rows(
                make,
                by_inputs,
                point,
                np.repeat(point.rows[rows], n_seeds, axis=0),
                np.tile(seeds, (rows.stop - rows.start, 1)),
            )
            for rows in _chunks(n_rows, n_seeds * (point.rows.shape[1] + 3 * seeds.shape[1] + 1))
        ]
        found: Array = np.concatenate(results)
        return found.reshape(n_rows, n_seeds, found.shape[1])

    def _run(self, make: Make, by_inputs: bool, point: Point, seeds: Array) -> Array:
        """The results of shape (rows, results), for each row of inputs with seeds of its own."""
        if len(point.rows) == 1:
            return self._with_shared_rows(make, by_inputs, point, seeds)
        return self._with_own_rows(make, by_inputs, point, point.rows, seeds)

    def _with_shared_rows(self, make: Make, by_inputs: bool, point: Point, seeds: Array) -> Array:
        machines = self._machines_for(make, by_inputs, Leaves(seeds.shape[1], len(point.weights), True))
        parameters = np.concatenate([point.rows[0], point.parameters, point.weights])
        found: Array = machines(len(seeds)).values(parameters, seeds)
        return found

    def _with_own_rows(self, make: Make, by_inputs: bool, point: Point, rows: Array, seeds: Array) -> Array:
        machines = self._machines_for(make, by_inputs, Leaves(seeds.shape[1], len(point.weights), False))
        parameters = np.concatenate([point.parameters, point.weights])
        found: Array = machines(len(rows)).values(parameters, np.concatenate([rows, seeds], axis=1))
        return found

    def _machines_for(self, make: Make, by_inputs: bool, leaves: Leaves) -> Machines:
        key = (make, by_inputs, leaves)
        machines = self._machines.get(key)
        if machines is None:
            machines = self._machines[key] = Machines(make(self.code, by_inputs, leaves), self.dtype)
        return machines


def _seeds_of(colours: Slots) -> Array:
    """A row for each colour, with ones for what has it."""
    seeds: Array = (np.arange(colours.max(initial=-1) + 1)[:, None] == colours).astype(float)
    return seeds


def _not_finite(*arrays: Array) -> Slots:
    """The rows with a number that is infinite or nan."""
    are_finite = [np.isfinite(array) for array in arrays]
    if all(each.all() for each in are_finite):
        return _NO_ROWS
    rows = [each.all(axis=tuple(range(1, each.ndim))) for each in are_finite]
    return np.flatnonzero(~np.all(rows, axis=0))


def _chunks(n_rows: int, n_numbers: int) -> Iterator[slice]:
    """Slices of rows with so many numbers each; one at least, so that there is a result of no rows, too."""
    most = max(1, MOST_NUMBERS // n_numbers)
    for start in range(0, max(1, n_rows), most):
        yield slice(start, min(start + most, n_rows))
