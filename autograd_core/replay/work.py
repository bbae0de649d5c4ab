"""What is computed of a block of rows, here or wherever an executor has it computed.

A machine travels as a *parcel*: by the digest of its program alone where a worker has that already, with the program
where it has not. Threads of this process use the machine itself, since nothing is pickled for them.
"""

from __future__ import annotations

import copyreg
import functools
import hashlib
import importlib.util
import io
import pickle
import sys
import weakref
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from autograd_core.primitives import Primitive
from autograd_core.replay.machines import Array, Gradients, Machine

MOST_MACHINES = 16
"""So many programs a worker keeps."""


class Block(NamedTuple):
    """Some rows, as many as are one piece of work.

    Attributes:
        number: counted from 0.
        first: the number of its first row.
        rows: a row of numbers for each.
    """

    number: int
    first: int
    rows: Array

    def __str__(self) -> str:
        return f"block {self.number:,} ({rows_of(self.first, len(self.rows))})"


def rows_of(first: int, count: int) -> str:
    """What some rows are called, such as ``rows 8,192 to 16,383``."""
    return f"rows {first:,} to {first + count - 1:,}" if count > 1 else f"row {first:,}" if count else "no rows"


class Wanted(NamedTuple):
    """What is computed of each block.

    Attributes:
        gradients: whether there are derivatives to compute, or values alone.
        each_row: whether those with respect to the parameters are given for each row; else they are summed.
        with_inputs: whether there are those with respect to the inputs.
        summed_values: whether the values are summed, too.
    """

    gradients: bool = True
    each_row: bool = False
    with_inputs: bool = False
    summed_values: bool = False


def run_block(sent: Sent | Received, parameters: Array, rows: Array, wanted: Wanted) -> Gradients | None:
    """A task: what a machine gives for a block of rows; None where the worker does not have its program."""
    machine = sent.machine()
    return None if machine is None else computed(machine, parameters, rows, wanted)


def computed(machine: Machine, parameters: Array, rows: Array, wanted: Wanted) -> Gradients:
    """What a machine gives for rows."""
    if not wanted.gradients:
        return Gradients(machine.values(parameters, rows), np.empty(0), None)
    found = machine.gradients(parameters, rows, wanted.each_row, wanted.with_inputs)
    return found.summed() if wanted.summed_values else found


class Parcel:
    """A machine as bytes, which are made when they are first needed.

    Attributes:
        machine: what runs the program here.
        known_to: the executors of which a worker has answered that it has the program.
    """

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.known_to: weakref.WeakSet[Executor] = weakref.WeakSet()

    @functools.cached_property
    def contents(self) -> bytes:
        """The kind of the machine and the program, without what machines do not read.

        Raises:
            pickle.PicklingError: a function of the user's cannot be pickled.
        """
        machine, nothing = self.machine, np.empty(0, np.int32)
        code = replace(machine.code, edges=machine.code.edges.taken(nothing), slot_of=nothing, opaque=())
        dtype = getattr(machine, "dtype", np.dtype(float))
        return pickle.dumps((type(machine), code, dtype, _packed(machine.code.opaque)), protocol=5)

    @functools.cached_property
    def digest(self) -> bytes:
        """What tells the contents from others."""
        return hashlib.sha256(self.contents).digest()


class Sent:
    """A machine on its way to a worker.

    Args:
        parcel: the machine's.
        whole: whether the program goes with it; else the worker knows it by its digest, or asks for it.
    """

    def __init__(self, parcel: Parcel, whole: bool) -> None:
        self._parcel, self._whole = parcel, whole

    def machine(self) -> Machine:
        """The machine itself: nothing was pickled, so the worker is a thread of this process."""
        return self._parcel.machine

    def __reduce__(self) -> tuple[Any, ...]:
        return Received, (self._parcel.digest, self._parcel.contents if self._whole else None)


class Received:
    """A machine that has come to a worker, or its digest alone."""

    def __init__(self, digest: bytes, contents: bytes | None) -> None:
        self._digest, self._contents = digest, contents

    def machine(self) -> Machine | None:
        """The machine; None where the program is not here.

        Raises:
            RuntimeError: it cannot run here.
        """
        machine = _machines.get(self._digest)
        if machine is None and self._contents is not None:
            machine = _opened(self._contents)
            for digest in list(_machines)[: 1 - MOST_MACHINES]:  # the oldest; as a list, since other threads add some
                _machines.pop(digest, None)
            _machines[self._digest] = machine
        return machine


_machines: dict[bytes, Machine] = {}
"""In a worker: those that have come, by their digests."""


def _opened(contents: bytes) -> Machine:
    try:
        kind, code, dtype, functions = pickle.loads(contents)
    except ModuleNotFoundError as error:
        if error.name in ("numba", "llvmlite"):
            raise RuntimeError(
                "a worker has no numba, with which the program runs where it was compiled: install it there "
                '(pip install "autograd-core[fast]"), so that all of them give the same bits'
            ) from error
        raise
    machine: Machine = kind(replace(code, opaque=_unpacked(functions)), dtype)
    return machine


# -- functions of users' primitives --


def _packed(functions: tuple[Callable[..., Any], ...]) -> bytes:
    """Functions as bytes: by the primitives' names where workers can import those, or else by cloudpickle.

    Raises:
        pickle.PicklingError: neither can be done.
    """
    if not functions:
        return b""
    owners = list(map(_place_of, functions))
    if None not in owners and all(owner[0].__module__ != "__main__" for owner in owners if owner):
        return pickle.dumps(owners)
    if importlib.util.find_spec("cloudpickle") is not None:
        return _by_value(functions)
    if None not in owners:
        return pickle.dumps(owners)  # a program's main module, which processes that are spawned import as well
    name = next(each.__qualname__ for each, owner in zip(functions, owners) if owner is None)
    raise pickle.PicklingError(
        f"the primitive's function {name} cannot be sent to another process, which could not import it: define the "
        "primitive in a module, on its top level, or install cloudpickle here and where the workers run"
    )


def _by_value(functions: tuple[Callable[..., Any], ...]) -> bytes:
    import cloudpickle

    class Pickler(cloudpickle.Pickler):  # type: ignore[misc]
        """Takes primitives as cloudpickle takes functions: what cannot be imported goes as it is."""

        def reducer_override(self, candidate: Any) -> Any:
            if isinstance(candidate, Primitive) and not _is_importable(candidate):
                return copyreg.__newobj__, (type(candidate),), candidate.__dict__  # type: ignore[attr-defined]
            return super().reducer_override(candidate)

    packed = io.BytesIO()
    Pickler(packed).dump(functions)
    return packed.getvalue()


def _is_importable(primitive: Primitive) -> bool:
    module = sys.modules.get(primitive.__module__) if primitive.__module__ != "__main__" else None
    return getattr(module, primitive.__qualname__, None) is primitive


def _place_of(function: Callable[..., Any]) -> tuple[Primitive, str] | None:
    """The primitive whose function it is, and which one, if the primitive can be found by its name."""
    names: dict[str, Any] = getattr(sys.modules.get(getattr(function, "__module__", "")), "__dict__", {})
    for place, candidate in list(names.items()):
        if isinstance(candidate, Primitive) and candidate.__qualname__ == place:
            for role in ("forward", "partials"):
                if getattr(candidate, role) is function:
                    return candidate, role
    return None


def _unpacked(functions: bytes) -> tuple[Callable[..., Any], ...]:
    if not functions:
        return ()
    try:
        found = pickle.loads(functions)
    except (AttributeError, ImportError) as error:
        raise RuntimeError(
            f"a worker cannot import a primitive that the program computes with ({error}): define it in a module that "
            "the workers have, or install cloudpickle here and there"
        ) from error
    return tuple(getattr(*each) if isinstance(each, tuple) else each for each in found)
