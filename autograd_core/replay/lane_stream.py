"""From a program to a stream of the lane machine: instructions fused, and slots used again once nobody reads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_core.replay.code import Code, Slots, reordered, starts_of
from autograd_core.replay.instructions import CODES, INSTRUCTIONS, OPAQUE
from autograd_core.replay.lane_instructions import PAIRS
from autograd_core.replay.lane_interpreter import END, LANE_CODES, compiled
from autograd_core.replay.lane_order import in_runs
from autograd_core.replay.lane_reductions import WIDE

Array = np.ndarray[Any, Any]

_UNKNOWN = -1
_LANE_CODE_OF = np.array([LANE_CODES.get(instruction.name, _UNKNOWN) for instruction in INSTRUCTIONS], np.int32)
_HAS_COUNT = np.array([False, *[name in WIDE for name in LANE_CODES]])
_HAVE_RESULTS = [code for code, instruction in enumerate(INSTRUCTIONS) if instruction.scalar is None]
_UNROLLED = [
    *[(CODES["adjoint"], 2 * count, LANE_CODES[f"adjoint of {count}"]) for count in (1, 2, 3)],
    *[(CODES["softmax"], count, LANE_CODES[f"softmax of {count}"]) for count in (2, 3, 4)],
    *[(CODES["sum_"], count, LANE_CODES[f"sum of {count}"]) for count in (2, 3, 4)],
]
_POWERS = [(1.0, LANE_CODES["copied"]), (2.0, LANE_CODES["square"]), (-1.0, LANE_CODES["reciprocal"])]


def is_supported(code: Code) -> bool:
    """Whether the lane machine has all the instructions of a program."""
    return bool((code.codes < OPAQUE).all() and (_LANE_CODE_OF[code.codes] != _UNKNOWN).all())


@dataclass(frozen=True)
class Stream:
    """A program for the lane machine.

    Attributes:
        words: the instructions, see :mod:`~autograd_core.replay.lane_interpreter`.
        n_places: how many numbers of a row it works on: first the leaves, then the wanted ones, then all others.
        n_leaves, n_wanted: how many of each there are.
    """

    words: Slots
    n_places: int
    n_leaves: int
    n_wanted: int

    @property
    def wanted(self) -> slice:
        """Where the wanted numbers are; one of slot -1 is never written."""
        return slice(self.n_leaves, self.n_leaves + self.n_wanted)


@dataclass(frozen=True)
class _Fused:
    """Instructions by lane codes, two at once where they share their work.

    Attributes:
        codes: what each does.
        results: the slot of its (first) result.
        seconds: that of the second of two at once; -1 where there is none.
        widths: how many results it has from ``results`` on.
        starts, operands: as in a program.
    """

    codes: Slots
    results: Slots
    seconds: Slots
    widths: Slots
    starts: Slots
    operands: Slots

    def taken(self, order: Array) -> _Fused:
        """Some of them, in the order given."""
        starts, operands = reordered(self.starts, self.operands, order)
        return _Fused(self.codes[order], self.results[order], self.seconds[order], self.widths[order], starts, operands)


def stream_of(code: Code, leaves: Slots, wanted: Slots) -> Stream:
    """The stream that computes the wanted slots from the leaves' by all instructions of a program."""
    fused = _in_runs(_fused(code), code.n_slots)
    n_leaves, n_instructions = len(leaves), len(fused.codes)
    place = np.full(code.n_slots, -1, np.int32)
    place[leaves] = np.arange(n_leaves)
    last_use = np.full(code.n_slots, -1, np.int64)
    last_use[fused.operands] = np.repeat(np.arange(n_instructions), np.diff(fused.starts))
    last_use[wanted[wanted >= 0]] = n_instructions
    # A wanted number is computed where it is wanted; one that cannot be, as it is wanted twice, is copied there.
    is_single = np.zeros(code.n_slots, bool)
    is_single[fused.results[fused.widths == 1]] = True
    is_single[fused.seconds[fused.seconds >= 0]] = True
    slots, firsts = np.unique(wanted, return_index=True)
    in_place = firsts[(slots >= 0) & is_single[slots]]
    place[wanted[in_place]] = n_leaves + in_place
    copied = np.setdiff1d(np.flatnonzero(wanted >= 0), in_place)
    words, n_places = _laid_out(fused, place, last_use, n_leaves + len(wanted))
    copies = [np.full(len(copied), LANE_CODES["copied"]), n_leaves + copied, place[wanted[copied]]]
    words = np.concatenate([words, np.stack(copies, axis=1).ravel(), [END]])
    return Stream(words.astype(np.int32), n_places, n_leaves, len(wanted))


def plain_stream_of(code: Code) -> Stream:
    """The stream that keeps the number of every slot in the place of the same number."""
    fused = _fused(code)
    forever = np.full(code.n_slots, len(fused.codes), np.int64)
    words, _ = _laid_out(fused, np.arange(code.n_slots, dtype=np.int32), forever, code.n_slots)
    return Stream(np.append(words, np.int32(END)), code.n_slots, 0, code.n_slots)


def _fused(code: Code) -> _Fused:
    """The program's instructions as the machine has them."""
    codes, starts, operands = _LANE_CODE_OF[code.codes], code.starts, code.operands
    for general, arity, unrolled in _UNROLLED:
        codes[(code.codes == general) & (np.diff(starts) == arity)] = unrolled
    widths = np.where(np.isin(code.codes, _HAVE_RESULTS), np.diff(starts), 1)
    starts, operands = _with_simple_powers(code, codes)
    results, seconds = code.results.copy(), np.full(len(codes), -1, np.int32)
    is_kept = np.ones(len(codes), bool)
    for names in PAIRS:
        both = [np.flatnonzero(codes == LANE_CODES[name]) for name in names]
        of_first, of_second = (operands[starts[each]] for each in both)
        _, *chosen = np.intersect1d(of_first, of_second, return_indices=True)
        first, second = (each[indices] for each, indices in zip(both, chosen))
        earlier = np.minimum(first, second)
        codes[earlier] = LANE_CODES[", ".join(names)]
        results[earlier], seconds[earlier] = code.results[first], code.results[second]
        is_kept[np.maximum(first, second)] = False
    all_of_them = _Fused(codes, results, seconds, widths.astype(np.int32), starts, operands)
    return all_of_them.taken(np.flatnonzero(is_kept))


def _in_runs(fused: _Fused, n_slots: int) -> _Fused:
    """The same instructions in runs of a kind."""
    makers = np.full(n_slots, -1, np.int32)
    instructions = np.arange(len(fused.codes), dtype=np.int32)
    has_second = fused.seconds >= 0
    makers[fused.seconds[has_second]] = instructions[has_second]
    within = np.arange(fused.widths.sum()) - np.repeat(starts_of(fused.widths)[:-1], fused.widths)
    makers[np.repeat(fused.results, fused.widths) + within] = np.repeat(instructions, fused.widths)
    order = in_runs(fused.codes, fused.starts, makers[fused.operands], len(LANE_CODES) + 1)
    return fused.taken(order)


def _with_simple_powers(code: Code, codes: Slots) -> tuple[Slots, Slots]:
    """Squares and the like in place of powers with such an exponent: changes codes; where operands begin, and those."""
    powers = np.flatnonzero(code.codes == CODES["constant_power"])
    exponents = code.operands[code.starts[powers] + 1]
    has_operand = np.ones(len(code.operands), bool)
    for number, simple in _POWERS:
        same = np.flatnonzero(code.constants == number)
        chosen = powers[np.isin(exponents, same)]
        codes[chosen] = simple
        has_operand[code.starts[chosen] + 1] = False
    arities = np.diff(code.starts)
    arities = arities - (np.isin(codes, [simple for _, simple in _POWERS]) & (code.codes == CODES["constant_power"]))
    return starts_of(arities), code.operands[has_operand]


def _laid_out(fused: _Fused, place: Slots, last_use: Array, n_places: int) -> tuple[Slots, int]:
    """The words of the instructions, and how many places there are; gives a place to those slots that have none."""
    words = np.empty(len(fused.operands) + 4 * len(fused.codes), np.int32)
    columns = (fused.codes, _HAS_COUNT, fused.results, fused.seconds, fused.widths, fused.starts, fused.operands)
    n_words, n_places = _lay_out(*columns, place, last_use, n_places, words)
    return words[:n_words], n_places


@compiled
def _lay_out(
    codes: Array, has_count: Array, results: Array, seconds: Array, widths: Array, starts: Array, operands: Array,
    place: Array, last_use: Array, n_places: int, words: Array,
) -> tuple[int, int]:  # fmt: skip
    """Write the words, and give each slot a place, in the order of the instructions (a linear scan).

    Where the last slot of a run of places has been read for the last time, the next run of that length is put there.
    """
    largest = 1
    for width in widths:
        largest = max(largest, width)
    n_most = n_places + len(place)
    free = np.full(largest + 1, -1, np.int64)  # of each length, the run that was freed last
    freed_before = np.full(n_most, -1, np.int64)  # by the first place of a run, as are the next two
    n_living = np.zeros(n_most, np.int64)
    length_of = np.zeros(n_most, np.int64)
    run_of = np.full(len(place), -1, np.int64)  # of a slot, where its run begins; -1 where it stays for good
    n_words = 0
    for i in range(len(codes)):
        start, end, width = starts[i], starts[i + 1], widths[i]
        words[n_words] = codes[i]
        n_words += 1
        if has_count[codes[i]]:
            words[n_words] = end - start
            n_words += 1
        at_result = n_words
        n_words += 2 if seconds[i] >= 0 else 1
        for k in range(start, end):
            words[n_words] = place[operands[k]]
            n_words += 1
        for turn in range(2):
            if turn == (1 if width > 1 else 0):  # results of one length one may take the place of their operands
                for k in range(start, end):
                    slot = operands[k]
                    if last_use[slot] == i and run_of[slot] >= 0:
                        _release(run_of[slot], free, freed_before, n_living, length_of)
                        run_of[slot] = -1
            else:
                for n in range(2 if seconds[i] >= 0 else 1):
                    first = seconds[i] if n else results[i]
                    if place[first] < 0:
                        run = free[width]
                        if run >= 0:
                            free[width] = freed_before[run]
                        else:
                            run = n_places
                            n_places += width
                        n_living[run] = length_of[run] = width
                        for k in range(width):
                            place[first + k] = run + k
                            run_of[first + k] = run
                    words[at_result + n] = place[first]
        for n in range(2 if seconds[i] >= 0 else 1):
            first = seconds[i] if n else results[i]
            for slot in range(first, first + width):
                if last_use[slot] < 0 and run_of[slot] >= 0:  # nobody reads it
                    _release(run_of[slot], free, freed_before, n_living, length_of)
                    run_of[slot] = -1
    return n_words, n_places


@compiled
def _release(run: int, free: Array, freed_before: Array, n_living: Array, length_of: Array) -> None:
    n_living[run] -= 1
    if n_living[run] == 0:
        length = length_of[run]
        freed_before[run] = free[length]
        free[length] = run
