"""``ag.jit``: a function that is recorded once for each way through it, and then runs as a program."""

from __future__ import annotations

import functools
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from types import FunctionType, MethodType
from typing import Any, Generic, ParamSpec, TypeVar, cast

from autograd_core.callers import line_of_error
from autograd_core.contexts import in_force, is_recording, open_contexts
from autograd_core.derivatives.containers import hold_value, taken_apart
from autograd_core.derivatives.gradients import number_of
from autograd_core.derivatives.replayed import Variables
from autograd_core.replay.verify import ReplayMismatchError, is_close
from autograd_core.tracing.arguments import Key, NoKeyError, kind_of, numbers_and_key
from autograd_core.tracing.evaluation import Evaluation, Result
from autograd_core.tracing.randomness import generators_of, state_of_randomness
from autograd_core.tracing.recorded import ChangesArgumentsError, Recorded, UnseenError, record
from autograd_core.tracing.replay import Replay
from autograd_core.tracing.results import NoNumbersError
from autograd_core.tracing.trace import Trace
from autograd_core.tracing.tree import Found, Missing, Tree
from autograd_core.value import Value
from autograd_core.value import record as node_of

Parameters = ParamSpec("Parameters")
Returned = TypeVar("Returned")

_FLOATS = frozenset({float})

MOST_TRACES = 64
"""Of one function, unless told otherwise."""

FEWEST_OPERATIONS = 24
"""A call that records fewer is as fast as what there is to do for a program."""

FEWEST_TO_DIFFERENTIATE = 8
"""The same for derivatives that are more than one gradient: operations, times variables."""

SHORT_CALLS = 8
"""After so many calls that all took short ways, a function with branches counts as short."""


class TracedFunction(Generic[Parameters, Returned]):
    """A function that ``ag.jit`` traces; it stands wherever the function could.

    Attributes:
        f, name, static: the function, what it is called, and which of its arguments do not vary.
        traces: the ways through it that were recorded so far.
        runs_as_it_is: whether it is no longer traced, as was said.
    """

    def __init__(
        self, f: Callable[Parameters, Returned], static: Iterable[int | str], check: bool, max_traces: int
    ) -> None:
        functools.update_wrapper(self, f, updated=())
        if isinstance(f, FunctionType):
            self.__dict__.update({**vars(f), **self.__dict__})  # such as the attributes of an event of SciPy's
        self.f = f
        self.name: str = getattr(f, "__name__", type(f).__name__)
        self.static = frozenset(static)
        self.checks = check
        self._most = max_traces
        self._trees: dict[Key, Tree] = {}
        self._small: set[Hashable] = set()  # kinds of arguments with which the function runs as it is
        self.runs_as_it_is = False  # with all arguments
        self.traces: list[Trace] = []

    def __call__(self, *args: Parameters.args, **keywords: Parameters.kwargs) -> Returned:
        """Call the function, or run what was recorded of it."""
        if self._small and not keywords and (tuple(map(type, args)) in self._small or kind_of(args) in self._small):
            return self.f(*args, **keywords)
        if self.runs_as_it_is:
            return self.f(*args, **keywords)
        if (open_contexts and is_watched()) or (self.static and self._holds_static_values(args, keywords)):
            return self.f(*args, **keywords)
        try:
            numbers, key = numbers_and_key(args, keywords, self.static)
        except NoKeyError as error:
            self.give_up(str(error))
            return self.f(*args, **keywords)
        tree = self.tree(key)
        if tree.is_small:
            return self.f(*args, **keywords)
        found = tree.find(numbers)
        if isinstance(found, Missing):
            found = self.new_trace(tree, found, args, keywords, numbers)
        if found is None:
            return self.f(*args, **keywords)
        if self.checks:
            self.compare(found.values, args, keywords, numbers)
            self._compare_with_floats(found, args, keywords, numbers)
        elif self._is_small(found.trace) and not tree.is_long:
            found.trace.let_go(found.bound)
            tree.short_calls += 1
            if tree.short_calls >= SHORT_CALLS or not found.trace.guards:
                tree.is_small = True
                if not keywords:
                    self._small |= {kind_of(args)} - {None}
            return self.f(*args, **keywords)
        else:
            tree.is_long = True
        returned: Returned = self._returned(found, numbers)
        return returned

    def __replay__(
        self,
        args: Sequence[Any],
        keywords: Mapping[str, Any],
        variables: Variables,
        others: object = None,
        only_gradient: bool = True,
    ) -> Replay | None:
        """What a call computes, with derivatives by some variables.

        None where they are to be Values, where somebody watches, and where there is too little to compute.
        """
        if self.runs_as_it_is or open_contexts or not self.static.isdisjoint(variables.positions):
            return None
        try:
            numbers, key = numbers_and_key(args, keywords, self.static, variables)
        except NoKeyError:
            return None
        if not _FLOATS.issuperset(map(type, numbers)) or (others is not None and hold_value(others)):
            return None
        tree = self.tree(key)
        if not only_gradient and tree.latest is not None and not _is_worth_more_than_gradients(tree.latest):
            return None
        found = tree.find(numbers)
        if isinstance(found, Missing):
            with_values = variables.in_place(args, [Value(number) for number in variables.numbers])
            values = numbers_and_key(with_values, keywords, self.static)[0]
            found = self.new_trace(tree, found, with_values, keywords, values)
        if found is None:
            return None
        if self.checks:
            self.compare(found.values, args, keywords, numbers)
        replay = Replay(found.trace, found.bound, numbers)
        found.trace.let_go(found.bound)
        return replay

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else MethodType(self, instance)

    def __repr__(self) -> str:
        return f"<{self.name}, traced {len(self.traces)} time{'' if len(self.traces) == 1 else 's'}>"

    def __reduce__(self) -> Any:
        name = getattr(self, "__qualname__", "")
        if getattr(sys.modules.get(self.__module__), name, None) is self:  # as a decorator leaves it
            return name
        return TracedFunction, (self.f, self.static, self.checks, self._most)

    # -- recording a trace --

    def tree(self, key: Key) -> Tree:
        """The traces for arguments of a key."""
        tree = self._trees.get(key)
        return self._trees.setdefault(key, Tree()) if tree is None else tree

    def new_trace(
        self, tree: Tree, missing: Missing, args: Sequence[Any], keywords: Mapping[str, Any], numbers: Sequence[Any]
    ) -> Found | None:
        """A new trace, run for a call's numbers; None where the function has to run as it is."""
        if len(self.traces) >= self._most:
            self.give_up(self._reason_of_many())
            return None
        recorded = self._recorded(args, keywords, numbers)
        if recorded is None:
            return None
        trace = Trace(recorded, numbers)
        if not tree.add(trace, missing):
            return None
        self.traces.append(trace)
        found = tree.find(numbers)
        return found if isinstance(found, Found) else None

    def _recorded(self, args: Sequence[Any], keywords: Mapping[str, Any], numbers: Sequence[Any]) -> Recorded | None:
        """A call, recorded; None where that cannot be, which is said."""
        generators = generators_of(self.f, [*args, *keywords.values()])
        state = state_of_randomness(generators)
        try:
            recorded = record(self.f, self.name, (args, keywords), self.static, numbers)
            if state_of_randomness(generators) != state:  # or was that another thread?
                state = state_of_randomness(generators)
                recorded = record(self.f, self.name, (args, keywords), self.static, numbers)
                if state_of_randomness(generators) != state:
                    raise RandomNumbersError(
                        f"{self.name} draws random numbers, which what was traced would not draw anew: draw them "
                        "outside and hand them in as arguments"
                    )
        except REFUSED:
            raise
        except UnseenError as error:
            self.give_up(str(error))
            return None
        except Exception as error:
            self.f(*args, **keywords)  # where it fails with its own arguments, too, that is the user's error
            line = line_of_error(error)
            self.give_up(f"it fails with Values in place of floats at {line} ({type(error).__name__}: {error})")
            return None
        return recorded

    def _is_small(self, trace: Trace) -> bool:
        return trace.n_operations < FEWEST_OPERATIONS if trace.connected else trace.is_faster_on_floats

    # -- saying that it runs as it is --

    def give_up(self, reason: str) -> None:
        """Let the function run as it is from now on, and say why."""
        self.runs_as_it_is = True
        warnings.warn(f"{self.name} is not traced, and runs as it is: {reason}", RuntimeWarning, stacklevel=_level())

    def _reason_of_many(self) -> str:
        lines = Counter(trace.parent.guards[trace.place].line for trace in self.traces if trace.parent)
        if not lines or 2 * lines.total() < len(self.traces):
            return (
                f"it was traced for {len(self._trees)} kinds of arguments, and each other number, text or flag that is "
                "no float, and each other shape, takes a trace: write floats where they are to vary"
            )
        line, count = lines.most_common(1)[0]
        return (
            f"it took {len(self.traces)} ways, of which {count} part at {line}: write ag.where, ag.maximum or ag.clamp "
            "there, which choose without another trace, or allow more by max_traces"
        )

    # -- results --

    def _returned(self, found: Found, numbers: Sequence[Any]) -> Any:
        """What the function returns, of the numbers that a program has computed."""
        trace, bound = found
        values: list[Any] = [*found.values]
        if trace.connected:
            leaves = functools.partial(trace.leaves, numbers, bound.parameters.tolist())
            evaluation = Evaluation(self.name, trace, leaves)
            operands, rows = trace.derivatives(bound, numbers)
            for place, row in zip(trace.connected, rows):
                values[place] = node_of(cast(Any, Result(evaluation, place)), values[place], operands, row)
        trace.let_go(bound)
        return trace.fill(values)

    def compare(
        self, values: Sequence[float], args: Sequence[Any], keywords: Mapping[str, Any], numbers: Sequence[Any]
    ) -> None:
        """Raise where recording the function anew gives other values than a trace."""
        anew = record(self.f, self.name, (args, keywords), self.static, numbers).numbers
        if len(anew) != len(values) or not all(map(is_close, anew, values)):
            raise ReplayMismatchError(
                f"{self.name} computes {anew} when it is recorded anew, and what was traced computes {values}: it "
                "depends on something that is not among its arguments, such as a global or a random number"
            )

    def _compare_with_floats(
        self, found: Found, args: Sequence[Any], keywords: Mapping[str, Any], numbers: Sequence[Any]
    ) -> None:
        """The same where the call's own plain numbers give something else, as where the function asks for types."""
        if found.trace.connected or not _FLOATS.issuperset(map(type, numbers)):
            return
        name = f"what {self.name} returned"
        plain = taken_apart(self.f(*args, **keywords), name)[0]
        traced = taken_apart(found.trace.fill(found.values), name)[0]
        if len(plain) != len(traced) or not all(map(is_close, map(number_of, plain), map(number_of, traced))):
            raise ReplayMismatchError(
                f"{self.name} computes {plain} with plain numbers, and what was traced computes {traced}: it tells "
                "Values from floats, as isinstance(x, float) does"
            )

    def _holds_static_values(self, args: Sequence[Any], keywords: Mapping[str, Any]) -> bool:
        """Whether somebody differentiates with respect to an argument that does not vary: then nothing is traced."""
        chosen = [each for place, each in enumerate(args) if place in self.static]
        return hold_value(*chosen, *(each for name, each in keywords.items() if name in self.static))


class RandomNumbersError(ValueError):
    """A function drew random numbers while it was traced."""


REFUSED = (NoNumbersError, ChangesArgumentsError, RandomNumbersError)


def _is_worth_more_than_gradients(trace: Trace) -> bool:
    return trace.n_operations * trace.n_variables >= FEWEST_TO_DIFFERENTIATE


def is_watched() -> bool:
    """Whether somebody wants to see each node being recorded, or none recorded, or is tracing a function around."""
    return not is_recording() or any(
        effect.on_record is not None or effect.on_backward is not None for effect in in_force()
    )


def _level() -> int:
    """How many frames above the one that warns the first is that is not of this package."""
    frame, level = sys._getframe(2), 2
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("autograd_core."):
        frame, level = frame.f_back, level + 1
    return level
