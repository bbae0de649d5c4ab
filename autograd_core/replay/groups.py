"""Which instructions of a program run together, as one call on arrays; and which of them are matrix products.

Instructions of one level do not depend on each other, so all of one kind among them run at once. Weighted sums and
adjoints are sums of products: where some of a group are those of every tuple of left factors with every tuple of right
factors, they are a matrix product. A layer's neurons are found so, the adjoints of its inputs, and the gradients of its
weights, whether the samples are rows of a batch or recorded one by one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from autograd_core.replay.code import Code, levels, reordered, starts_of
from autograd_core.replay.instructions import ADJOINT, CODES, SPOILT, WHERE
from autograd_core.replay.targets import Table, Task

DOT = CODES["dot"]
SMALLEST_PRODUCT = 8  # fewer multiplications are not worth a matrix product
MOST_GATHERED = {False: 256, True: 16}  # instructions of a level that go with others'
SMALLEST_OF_SEVERAL = 256  # nor these, where they could run together with others, one number at a time


@dataclass(frozen=True)
class Group:
    """Instructions that run together.

    Attributes:
        code: what they do; DOT for all sums of products.
        operands: slots. Of each operand, one for each instruction; of sums of products the left factors and the right
            ones, of shape (terms, instructions); of matrix products (products, lefts, terms) and (products, rights,
            terms).
        results: the (first) slot that each writes; of matrix products of shape (products, lefts, rights).
        varies: whether the results differ from row to row of a batch.
        is_summed: whether the results are sums over the rows of a batch.
        is_product: whether they are matrix products.
        is_adjoint: whether a left factor of 0 makes a product 0, whatever the right one is.
    """

    code: int
    operands: tuple[Table, ...]
    results: Table
    varies: bool
    is_summed: bool = False
    is_product: bool = False
    is_adjoint: bool = False


class Grouper:
    """Finds the groups of a task, in an order in which they can run."""

    def __init__(self, task: Task, careful: bool) -> None:
        self.code, self.careful = task.code, careful
        code = self.code
        self.varies = code.varies
        self.one = int(np.flatnonzero(code.constants == 1.0)[0])
        self.is_zero = np.zeros(code.n_slots, bool)
        self.is_zero[: len(code.constants)] = code.constants == 0.0
        self.is_summed = np.zeros(code.n_slots, bool)
        if task.is_summed:
            self.is_summed[task.by_parameters] = True
        self.position = _positions(code)
        self.first_target = min([*task.by_parameters[:1].tolist(), *task.by_inputs[:1].tolist(), code.n_slots])

    def groups(self) -> Iterator[Group]:
        """All groups."""
        code = self.code
        if not len(code.codes):
            return
        kinds = code.codes * np.int64(2 * len(code.operands) + 2) + np.diff(code.starts)
        for flags in (code.results >= self.first_target, self.is_summed[code.results], self.varies[code.results]):
            kinds = 2 * kinds + flags
        _, kinds = np.unique(kinds, return_inverse=True)
        own_levels = levels(code)
        together = _by_readiness(code, kinds, own_levels)
        together = [part for several in together for part in self._apart(several, own_levels)]
        for part in min(_by_level(kinds, own_levels), together, key=len):
            yield from self._of_one_kind(part)

    def _apart(self, part: Table, own_levels: Table) -> list[Table]:
        """Instructions of several levels: those of one level apart if they are many, since to gather operands costs."""
        own = own_levels[part]
        if (own == own[0]).all():
            return [part]
        most = MOST_GATHERED[bool(self.varies[self.code.results[part[0]]])]
        counts = np.unique(own, return_counts=True)[1]
        by_level = np.split(part[np.argsort(own, kind="stable")], np.cumsum(counts)[:-1])
        apart = [several for several in by_level if len(several) > most]
        rest = [several for several in by_level if len(several) <= most]
        return [*apart, np.concatenate(rest)] if rest else apart

    def _of_one_kind(self, part: Table) -> Iterator[Group]:
        code, first = self.code, int(part[0])
        kind, arity = int(code.codes[first]), int(code.starts[first + 1] - code.starts[first])
        operands = code.operands[code.starts[part] + np.arange(arity)[:, None]]
        results = code.results[part]
        varies, is_summed = bool(self.varies[results[0]]), bool(self.is_summed[results[0]])
        if kind == ADJOINT:
            yield from self._sums(operands[::2], operands[1::2], results, varies, is_summed, True)
        elif kind == DOT:
            lefts, rights, bias = operands[arity // 2 : -1], operands[: arity // 2], operands[-1:]
            if len(lefts) and self.is_zero[bias].all():
                yield from self._sums(lefts, rights, results, varies, False, False)
            else:
                lefts = np.concatenate([lefts, np.full_like(bias, self.one)])
                yield from self._sums(lefts, np.concatenate([rights, bias]), results, varies, False, False)
        else:
            yield Group(kind, tuple(operands), results, varies)

    # -- sums of products --

    def _sums(
        self, lefts: Table, rights: Table, results: Table, varies: bool, is_summed: bool, is_adjoint: bool
    ) -> Iterator[Group]:
        rest = np.arange(len(results))
        if not (is_adjoint and self.careful):
            blocks, rest = self._blocks(lefts, rights, results, is_summed)
            for places in blocks:
                operands = (lefts[:, places[:, :, 0]].transpose(1, 2, 0), rights[:, places[:, 0, :]].transpose(1, 2, 0))
                if is_adjoint:
                    terms = np.argsort(self.position[operands[0][0, 0]], kind="stable")
                    operands = (operands[0][..., terms], operands[1][..., terms])
                yield Group(DOT, operands, results[places], varies, is_summed, True, is_adjoint)
        if len(rest):
            yield Group(DOT, (lefts[:, rest], rights[:, rest]), results[rest], varies, is_summed, False, is_adjoint)

    def _blocks(self, lefts: Table, rights: Table, results: Table, is_summed: bool) -> tuple[list[Table], Table]:
        """The places of matrix products, of shape (products, lefts, rights) each, and of what is none."""
        left_varies, right_varies = self.varies[lefts].any(axis=0), self.varies[rights].any(axis=0)
        suits = (left_varies ^ right_varies) | ~self.varies[results] | is_summed
        if not is_summed and len(lefts) == 1:  # an outer product of numbers is as quick in the usual way
            suits &= False
        pairs = list(zip(_numbered(lefts), _numbered(rights), suits.tolist()))
        by_left, rest_by_left = _grids(pairs)
        by_right, rest = _grids([(right, left, is_suited) for left, right, is_suited in pairs])
        grids = [places.T for places in by_right]
        if len(by_left) < len(grids):
            grids, rest = by_left, rest_by_left
        position = self.position[results]
        found: dict[tuple[int, ...], list[Table]] = defaultdict(list)
        for places in grids:
            places = places[np.argsort(position[places].min(axis=1), kind="stable")]
            places = places[:, np.argsort(position[places].min(axis=0), kind="stable")]
            found[places.shape].append(places)
        blocks = []
        for several in found.values():
            several.sort(key=lambda places: int(position[places].min()))
            stacked = np.stack(several)
            is_all = stacked.size == len(results)
            if stacked.size * len(lefts) < (SMALLEST_PRODUCT if is_all else SMALLEST_OF_SEVERAL) and not is_summed:
                rest += stacked.ravel().tolist()
            else:
                blocks.append(stacked)
        return blocks, np.array(sorted(rest, key=lambda place: int(position[place])), np.int64)


def _by_level(kinds: Table, own_levels: Table) -> list[Table]:
    """Instructions of one kind at one level."""
    order = np.lexsort((kinds, own_levels))
    changes = (np.diff(kinds[order]) != 0) | (np.diff(own_levels[order]) != 0)
    return np.split(order, np.flatnonzero(changes) + 1)


def _by_readiness(code: Code, kinds: Table, own_levels: Table) -> list[Table]:
    """Instructions of one kind whose operands are there, of the kind that is least deep on average.

    So those run together that are of different levels only because something was simplified for one of them. (Neubig,
    Goldberg, Dyer: On-the-fly operation batching in dynamic computation graphs, 2017.)
    """
    n_leaves = code.parameters.stop
    consumers = np.repeat(np.arange(len(kinds)), np.diff(code.starts))
    is_computed = code.operands >= n_leaves
    consumers, producers = (
        consumers[is_computed],
        np.searchsorted(code.results, code.operands[is_computed], "right") - 1,
    )
    consumers = consumers[np.argsort(producers, kind="stable")].astype(np.int32)
    starts = starts_of(np.bincount(producers, minlength=len(kinds)).astype(np.int32))
    n_missing = np.bincount(consumers, minlength=len(kinds))
    depth = np.bincount(kinds, own_levels) / np.bincount(kinds)
    ready: dict[int, list[Table]] = defaultdict(list)
    parts = []
    new = np.flatnonzero(n_missing == 0)
    while len(new) or ready:
        new = new[np.argsort(kinds[new], kind="stable")]
        for own in np.split(new, np.flatnonzero(np.diff(kinds[new])) + 1) if len(new) else ():
            ready[int(kinds[own[0]])].append(own)
        parts.append(np.sort(np.concatenate(ready.pop(min(ready, key=depth.__getitem__)))))
        using, counts = np.unique(reordered(starts, consumers, parts[-1])[1], return_counts=True)
        n_missing[using] -= counts
        new = using[n_missing[using] == 0]
    return parts


def _grids(pairs: Sequence[tuple[int, int, bool]]) -> tuple[list[Table], list[int]]:
    """Places of pairs that are all those of some firsts with some seconds, as tables; and those of the rest."""
    seconds_of: dict[int, dict[int, int]] = defaultdict(dict)
    rest = []
    for place, (first, second, is_suited) in enumerate(pairs):
        if is_suited and second not in seconds_of[first]:
            seconds_of[first][second] = place
        else:
            rest.append(place)
    firsts_of: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for first, seconds in seconds_of.items():
        firsts_of[tuple(sorted(seconds))].append(first)
    tables = [
        np.array([[seconds_of[first][second] for second in seconds] for first in firsts], np.int64)
        for seconds, firsts in firsts_of.items()
        if seconds
    ]
    return tables, rest


def _numbered(columns: Table) -> list[int]:
    """For each column, the number of those that are equal to it."""
    seen: dict[bytes, int] = {}
    return [seen.setdefault(column.tobytes(), len(seen)) for column in np.ascontiguousarray(columns.T)]


def _positions(code: Code) -> Table:
    """An order for results to lie in: that of their slots; adjoints in the order of what they are adjoints of."""
    position = np.arange(code.n_slots)
    owners = np.flatnonzero(code.adjoint_of >= 0)
    adjoints = code.adjoint_of[owners]
    is_computed = adjoints >= len(code.constants)
    position[adjoints[is_computed][::-1]] = owners[is_computed][::-1]
    for i in np.flatnonzero(code.is_backward & np.isin(code.codes, (SPOILT, WHERE))).tolist():
        position[code.results[i]] = position[code.operands_of(i)[0 if code.codes[i] == SPOILT else 1]]
    return position
