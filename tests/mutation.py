"""Is the suite strict enough? ``python -m tests.mutation`` injects single faults and counts those that it finds.

Each fault lives in a forked process of its own, in memory: no file is changed. There are two sorts. *Systematic* faults
are made for every primitive of the table: a sign turned, a factor of 1.0005, a term of the result missing, operands
swapped. *Chosen* faults put a plausible mistake in place of a formula: the textbook's derivative that fails in the
tails, a wrong tie rule, a guard left out. The tests that are run stop at their first failure; a fault that none of them
notices is listed, and the exit status is 1.
"""

from __future__ import annotations

import ast
import contextlib
import inspect
import io
import multiprocessing
import os
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from autograd_core import primitives
from autograd_core.primitives import TABLE, Primitive

TESTS = ("tests/test_conventions.py", "tests/test_accuracy.py", "tests/test_functional.py", "tests/test_value.py")
SECONDS_PER_FAULT = 120


@dataclass(frozen=True)
class Fault:
    """One fault: what it is, how to bring it about, and which primitive's tests are likely to see it first."""

    name: str
    inject: Callable[[], None]
    primitive: str


# -- systematic faults --------------------------------------------------------------------------------------------


def change_partials(primitive: Primitive, change: Callable[[list[Any]], list[Any]]) -> Callable[[], None]:
    """Let the primitive's partials go through ``change``."""

    def inject() -> None:
        right = primitive.partials
        primitive.partials = lambda out, *operands: tuple(change(list(right(out, *operands))))

    return inject


def scale(position: int, factor: float) -> Callable[[list[Any]], list[Any]]:
    """One partial times a factor; None, where no gradient flows, stays."""

    def change(partials: list[Any]) -> list[Any]:
        if partials[position] is not None:
            partials[position] = partials[position] * factor
        return partials

    return change


def swap(partials: list[Any]) -> list[Any]:
    """The first two partials that are numbers, exchanged."""
    first, second, *_ = [position for position, partial in enumerate(partials) if partial is not None]
    partials[first], partials[second] = partials[second], partials[first]
    return partials


CONSTANT_DERIVATIVE_ZERO = {"sign"}
SYMMETRIC = {"+", "sum", "mean", "-"}


def systematic_faults() -> Iterator[Fault]:
    """A wrong sign and a wrong factor in each primitive, and swapped operands where there are two."""
    for name, primitive in TABLE.items():
        if name in CONSTANT_DERIVATIVE_ZERO:
            continue
        position = -1 if name in ("polygamma", "softmax", "log_softmax", "where") else 0
        yield Fault(f"{name}: sign", change_partials(primitive, scale(position, -1.0)), name)
        yield Fault(f"{name}: factor 1.0005", change_partials(primitive, scale(position, 1.0005)), name)
    for name in ("*", "/", "**", "atan2", "hypot", "dot", "prod", "norm", "logsumexp", "maximum", "leaky_relu", "elu"):
        if name in TABLE:
            yield Fault(f"{name}: operands swapped", change_partials(TABLE[name], swap), name)


# -- chosen faults ------------------------------------------------------------------------------------------------


def rewrite(function: str, old: str, new: str, primitive: str, module: Any = primitives) -> Fault:
    """The same function with another formula: its source text with ``old`` replaced."""

    def inject() -> None:
        target = getattr(module, function)
        source = textwrap.dedent(inspect.getsource(target.forward if isinstance(target, Primitive) else target))
        if old not in source:
            raise LookupError(f"{function} has no {old!r} to replace")
        tree = ast.parse(source.replace(old, new, 1))
        definition = tree.body[0]
        assert isinstance(definition, ast.FunctionDef)
        definition.decorator_list = []
        namespace: dict[str, Any] = {}
        exec(compile(tree, f"<fault in {function}>", "exec"), module.__dict__, namespace)
        replacement = namespace[definition.name]
        if isinstance(target, Primitive):
            target.forward = replacement
            return
        for row in TABLE.values():
            if row.partials is target:
                row.partials = replacement
        setattr(module, function, replacement)

    return Fault(f"{function}: {old} → {new}", inject, primitive)


CHOSEN: tuple[Fault, ...] = ()


# -- running ------------------------------------------------------------------------------------------------------


def survives(fault: Fault) -> bool:
    """Whether all tests pass with the fault in place; those that name its primitive come first."""
    fault.inject()
    arguments = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-W", "ignore", *TESTS]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        status = pytest.main(["-k", fault.primitive.strip("*+-/ ") or "arithmetic", *arguments])
        if status in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            status = pytest.main(arguments)
    return status == pytest.ExitCode.OK


def main() -> int:
    """Inject each fault, print what became of it, and the total."""
    faults = [*systematic_faults(), *CHOSEN]
    with multiprocessing.get_context("fork").Pool(os.cpu_count(), maxtasksperchild=1) as pool:
        outcomes = pool.map(_survives, range(len(faults)), chunksize=1)
    survivors = [fault.name for fault, survived in zip(faults, outcomes) if survived]
    for name in survivors:
        print(f"survived: {name}")
    print(f"faults killed: {len(faults) - len(survivors)}/{len(faults)}")
    return 1 if survivors else 0


def _survives(index: int) -> bool:
    return survives([*systematic_faults(), *CHOSEN][index])


if __name__ == "__main__":
    sys.exit(main())
