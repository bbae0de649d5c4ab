"""A program in JAX as calls on arrays: one for each group of like instructions, in which layers are matrix products.

XLA takes minutes to compile some hundred statements on single numbers of which each is used several times; and it finds
no matrix product in them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from autograd_core.replay import targets
from autograd_core.replay.calls import Calls
from autograd_core.replay.code import Code
from autograd_core.replay.groups import DOT, Group, Grouper
from autograd_core.replay.instructions import CODES, INSTRUCTIONS, OPAQUE, gives_list
from autograd_core.replay.layout import strides_of
from autograd_core.replay.targets import Table

MOST_STATEMENTS = 100
"""A program of more instructions is written in groups, also where it has no matrix product."""
MOST_PIECES = 12
"""An array that is put together from more pieces is picked from one by an array of places."""
MOST_CALLS, SMALLEST_CALL = 4, 8
"""A group whose operands are in several arrays is as many calls, if these are no more and have so many instructions."""
MOST_TERMS = 12
"""A sum of more products is a matrix product, or one for each of several sums."""

_WITH_NUMBERS = (CODES["polygamma"], CODES["round_"], CODES["constant_power"])
"""Those of whose operands one has to be a plain number."""


def in_groups(code: Code, calls: Calls) -> list[str] | None:
    """The lines of the functions of a program; None for a short one without matrix products.

    Args:
        code: its instructions.
        calls: collects what is called.
    """
    task = targets.gradients_of(code, each_row=False, with_inputs=True, careful=True)
    groups = list(Grouper(task, careful=False).groups())
    if len(task.code.codes) <= MOST_STATEMENTS and not any(group.is_product for group in groups):
        return None
    return _Writer(task, calls).lines(groups)


@dataclass(frozen=True)
class _Home:
    """Where the number of a slot is: the last axis of an array, or a number for each row."""

    name: str
    place: int
    size: int  # of the last axis; 0 where there is none

    @property
    def element(self) -> str:
        """The number."""
        return f"{self.name}[..., {self.place}]" if self.size else self.name

    @property
    def column(self) -> str:
        """The number with an axis of length 1."""
        return f"{self.name}[..., {self.place}:{self.place + 1}]" if self.size else f"jnp.expand_dims({self.name}, -1)"


class _Writer:
    """Writes the statements of a task.

    Attributes:
        homes: of each slot that has been computed.
    """

    def __init__(self, task: targets.Task, calls: Calls) -> None:
        self.task, self.code, self.calls = task, task.code, calls
        self.homes: dict[int, _Home] = {}
        self._statements: list[str] = []
        self._known: dict[bytes, str] = {}
        self._count = 0
        self._has_products = False  # of adjoints as matrices
        slots = np.arange(self.code.n_slots)
        self._settle("inputs", slots[self.code.inputs])
        self._settle("parameters", slots[self.code.parameters])

    def lines(self, groups: Sequence[Group]) -> list[str]:
        """All lines."""
        for group in groups:
            if group.is_product:
                self._write_product(group)
            elif group.code == DOT:
                self._write_sums(group)
            else:
                self._write_elements(group)
        code = self.code
        arguments = [name for name, n in (("inputs", code.n_inputs), ("parameters", code.n_parameters)) if n]
        results = ["value", *[f"by_{name}" for name in arguments]]
        self._write_results(arguments)
        given = ", ".join(arguments)
        derivatives = results[1:]
        if self._has_products:
            derivatives = [
                f"anew_unless_finite(numbers_of, {place}, {result}, {given})"
                for place, result in enumerate(derivatives, 1)
            ]
        return [
            f"def numbers_of(product, {given}):",
            f"    rows = {'jnp.shape(inputs)[:-1]' if code.n_inputs else '()'}",
            f"    dtype = jnp.result_type({given}, 0.5)",
            *[f"    {statement}" for statement in self._statements],
            f"    return {', '.join(results)}",
            "",
            "",
            f"def program({given}):",
            f"    {', '.join(results)} = numbers_of(product_of_matrices, {given})",
            "    return (",
            *[f"        {result}," for result in ("value", *derivatives)],
            "    )",
            "",
            "",
            f"def value({given}):",
            "    # the outputs alone, for jax.grad",
            f"    return numbers_of(product_of_matrices, {given})[0]",
        ]

    def _write_results(self, arguments: Sequence[str]) -> None:
        code = self.code
        if len(code.outputs) == 1:
            self._add("value", f"jnp.broadcast_to({self._number(int(code.outputs[0]))}, rows)")
        else:
            self._add("value", f"spread(rows, {self._vector(code.outputs)})")
        if "inputs" in arguments:
            self._add("by_inputs", f"spread(rows, {self._vector(self.task.by_inputs)})")
        if "parameters" in arguments:
            self._add("by_parameters", self._vector(self.task.by_parameters))

    # -- names --

    def _new_name(self, base: str) -> str:
        self._count += 1
        return f"{base.strip('_')}_{self._count}"

    def _add(self, name: str, formula: str, comment: str = "") -> None:
        self._statements.append(f"{name} = {formula}" + (f"  # {comment}" if comment else ""))

    def _settle(self, name: str, slots: Table) -> None:
        """Remember where the numbers of slots are."""
        for place, slot in enumerate(slots.ravel().tolist()):
            self.homes[slot] = _Home(name, place, slots.size)

    # -- operands --

    def _constant(self, slot: int) -> str | None:
        if slot < len(self.code.constants):
            return self.calls.language.number(float(self.code.constants[slot]))
        return None if slot in self.homes else self.calls.language.number(0.0)  # a gradient that is never computed

    def _number(self, slot: int) -> str:
        """A number, for each row."""
        return self._constant(slot) or self.homes[slot].element

    def _elements(self, slots: Table) -> str:
        """Numbers side by side, as an operand of a call that goes over them one by one."""
        first = int(slots[0])
        if len(slots) == 1:
            return self._number(first)
        if (slots == first).all():
            return self._constant(first) or self.homes[first].column
        return self._vector(slots)

    def _vector(self, slots: Table) -> str:
        """Numbers side by side in the last axis of an array."""
        pieces = self._pieces(slots.tolist())
        if len(pieces) == 1 and "(" not in pieces[0]:
            return pieces[0]
        key = slots.astype(np.int64).tobytes()
        if key not in self._known:
            formula = pieces[0] if len(pieces) == 1 else f"joined({', '.join(pieces)})"
            if len(pieces) > MOST_PIECES:
                formula = self._picked(slots)
            self._known[key] = self._new_name("joined")
            self._add(self._known[key], formula)
        return self._known[key]

    def _pieces(self, slots: Sequence[int]) -> list[str]:
        """The texts of arrays that are the numbers, one behind the other."""
        pieces = []
        for start, stop in pairwise(self._cuts(slots)):
            constant = self._constant(slots[start])
            if constant is not None:
                pieces.append(f"jnp.full({stop - start}, {constant}, dtype)")
            else:
                pieces.append(_slice(self.homes[slots[start]], stop - start))
        return pieces

    def _cuts(self, slots: Sequence[int]) -> list[int]:
        """The places where other arrays or other constants begin, and the number of slots."""
        cuts = [0]
        for place in range(1, len(slots)):
            constant, home = self._constant(slots[cuts[-1]]), self.homes.get(slots[cuts[-1]])
            if constant is not None:
                goes_on = self._constant(slots[place]) == constant
            else:
                assert home is not None
                goes_on = self._follows(home, self.homes.get(slots[place]), place - cuts[-1])
            if not goes_on:
                cuts.append(place)
        return [*cuts, len(slots)]

    def _follows(self, home: _Home, other: _Home | None, distance: int) -> bool:
        return other is not None and bool(home.size) and other == _Home(home.name, home.place + distance, home.size)

    def _picked(self, slots: Table) -> str:
        """Numbers picked from all arrays that have some of them, by their places."""
        offsets: dict[str, int] = {}
        arrays, places, end = [], [], 0
        for slot in slots.tolist():
            constant, home = self._constant(slot), self.homes.get(slot)
            name = home.name if home is not None and constant is None else f"jnp.full(1, {constant}, dtype)"
            if name not in offsets:
                offsets[name] = end
                size = home.size if home is not None and constant is None else 1
                arrays.append(name if size or home is None else home.column)
                end += size or 1
            places.append(offsets[name] + (home.place if home is not None and constant is None else 0))
        whole = arrays[0] if len(arrays) == 1 else f"joined({', '.join(arrays)})"
        return f"{whole}[..., jnp.array({places})]"

    def _array(self, table: Table) -> str:
        """Numbers in the last axes of an array, one axis for each of the table's that is longer than 1."""
        table = table.reshape([length for length in table.shape if length > 1])
        if table.ndim == 0:
            return self._number(int(table))
        if table.ndim == 1:
            return self._vector(table)
        if table.ndim == 2:
            text = self._matrix(table)
            if text is None and (turned := self._matrix(table.T)) is not None:
                text = f"{turned}.swapaxes(-1, -2)"
            if text is not None:
                return text
        return f"shaped({self._vector(table.ravel())}, {', '.join(map(str, table.shape))})"

    def _matrix(self, table: Table) -> str | None:
        """A matrix that lies in one array, row behind row; None where it does not."""
        homes = [self.homes.get(slot) for slot in table.ravel().tolist()]
        first = homes[0]
        if first is None or not first.size or any(home is None or home.name != first.name for home in homes):
            return None
        strides = strides_of(np.array([home.place for home in homes if home is not None]).reshape(table.shape))
        if strides is None:
            return None
        (n_rows, n_columns), (start, (row, column)) = table.shape, strides
        if column != 1 or row < n_columns:
            return None
        skipped = max(0, start + n_rows * row - first.size)
        if skipped + n_columns > row or skipped > start:
            return None
        whole = _slice(_Home(first.name, start - skipped, first.size), n_rows * row)
        columns = "" if n_columns == row else f"[..., {skipped}:{skipped + n_columns}]"
        return f"shaped({whole}, {n_rows}, {row}){columns}"

    # -- groups --

    def _write_product(self, group: Group) -> None:
        lefts, rights = group.operands
        sizes = dict(zip("plrt", (*lefts.shape[:2], *rights.shape[1:])))
        first, second, result = (
            "".join([letter for letter in letters if sizes[letter] > 1]) for letters in ("plt", "prt", "plr")
        )
        rows = "" if group.is_summed else "..."
        function = self._product(group)
        left, right = self._array(lefts), self._array(rights)
        text = f'{function}("...{first},...{second}->{rows}{result}", {left}, {right})'
        if group.is_summed and not self._varies(lefts) and not self._varies(rights):
            text = f"math.prod(rows) * {text}"
        name = self._new_name("by" if group.is_adjoint else "sums")
        comment = f"{sizes['l']} × {sizes['r']} sums of {sizes['t']} products"
        self._add(name, text, comment if sizes["p"] == 1 else f"{sizes['p']} times {comment}")
        if len(result) > 1:
            self._add(name, f"{name}.reshape(*{name}.shape[:-{len(result)}], {group.results.size})")
        if result:
            self._settle(name, group.results)
        else:
            self.homes[int(group.results.flat[0])] = _Home(name, 0, 0)

    def _product(self, group: Group) -> str:
        self._has_products |= group.is_adjoint
        return "product" if group.is_adjoint else "product_of_matrices"

    def _varies(self, table: Table) -> bool:
        return bool(self.code.varies[table].any())

    def _write_sums(self, group: Group) -> None:
        """Sums of products that are no matrix products."""
        lefts, rights = group.operands
        name = self._new_name("by" if group.is_adjoint else "sums")
        n_terms, n_sums = lefts.shape
        if n_terms > MOST_TERMS:
            letters = ("pt", "p") if n_sums > 1 else ("t", "")
            function = self._product(group)
            left, right = self._array(lefts.T), self._array(rights.T)
            text = f'{function}("...{letters[0]},...{letters[0]}->...{letters[1]}", {left}, {right})'
        else:
            pairs = [(self._elements(left), self._elements(right)) for left, right in zip(lefts, rights)]
            if group.is_adjoint:
                operands = [each for pair in pairs for each in pair]
                text = str(self.calls.written(self.code, CODES["adjoint"], operands))
            else:
                pairs = [*pairs[-1:], *pairs[:-1]]
                text = " + ".join([left if right == "1.0" else f"{left} * {right}" for left, right in pairs])
        if group.is_summed:
            text = f"sum_of_rows(rows, {text})" if n_sums == 1 else f"sums_of_rows(rows, {text}, {n_sums})"
        self._add(name, text, f"{n_sums} sums of {n_terms} products" if n_terms > 1 else "")
        if n_sums == 1 and not group.is_summed:
            self.homes[int(group.results[0])] = _Home(name, 0, 0)
        else:
            self._settle_evenly(name, group.results, [*lefts, *rights], group.is_summed)

    def _settle_evenly(self, name: str, results: Table, operands: Sequence[Table], is_whole: bool = False) -> None:
        """Where all operands are single numbers, so is the result, and it stands for all."""
        if not is_whole and all((operand == operand[0]).all() for operand in operands):
            self._add(name, f"jnp.broadcast_to({name}, (*jnp.shape({name})[:-1], {len(results)}))")
        self._settle(name, results)

    def _write_elements(self, group: Group) -> None:
        operation = group.code
        if operation in _WITH_NUMBERS and any(
            slot < len(self.code.constants) and not (operand == operand[0]).all()
            for operand in group.operands
            for slot in operand.tolist()
        ):
            places = [np.array([place]) for place in range(len(group.results))]
        else:
            places = self._apart(group)
        for own in places:
            self._write_call(operation, group.results[own], [operand[own] for operand in group.operands])

    def _apart(self, group: Group) -> list[Table]:
        """The places of instructions, those apart whose operands are in other arrays: XLA fuses nothing over joints."""
        places = np.arange(len(group.results))
        varied = [operand for operand in group.operands if not (operand == operand[0]).all()]
        cuts = sorted({cut for operand in varied for cut in self._cuts(operand.tolist())[1:-1]})
        parts: list[Table] = np.split(places, cuts)
        if len(parts) > MOST_CALLS or min(map(len, parts)) < SMALLEST_CALL:
            return [places]
        return parts

    def _write_call(self, operation: int, results: Table, operands: Sequence[Table]) -> None:
        texts = [self._elements(operand) for operand in operands]
        written: Any = self.calls.written(self.code, operation, texts)
        base = "users" if operation >= OPAQUE else INSTRUCTIONS[operation].name
        if isinstance(written, str) and not gives_list(operation):
            formulas = [written]
        elif isinstance(written, str):
            name = self._new_name(base)
            self._add(name, written)
            formulas = [f"{name}[{place}]" for place in range(len(operands) - (operation >= OPAQUE))]
        else:
            formulas = written
        for place, formula in enumerate(formulas):
            name = self._new_name(base)
            self._add(name, formula, str(len(results)) if len(results) > 1 else "")
            if len(results) == 1:
                self.homes[int(results[0]) + place] = _Home(name, 0, 0)
            else:
                self._settle_evenly(name, results + place, operands)


def _slice(home: _Home, size: int) -> str:
    if not home.size:
        return home.column
    return home.name if size == home.size else f"{home.name}[..., {home.place}:{home.place + size}]"
