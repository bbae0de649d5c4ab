"""One call of a user's function with Values in place of the numbers to differentiate with respect to."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from typing import Any

from autograd_core.contexts import is_differentiating, is_recording, is_traced
from autograd_core.derivatives.containers import Form, hold_value, is_array, taken_apart, tuple_of, with_article
from autograd_core.derivatives.gradients import is_zero_constant, number_of, plus, pull_back, times
from autograd_core.derivatives.numpy_advice import add_advice
from autograd_core.derivatives.tangents import NotFiniteError, Tangents, is_forward_cheaper, push_forward
from autograd_core.graph import Node
from autograd_core.recording import differentiating, recording
from autograd_core.value import Value


class Call:
    """One evaluation of ``f`` with fresh variables in place of the numbers to differentiate with respect to.

    Attributes:
        form: of the argument that is differentiated, or of the tuple of them.
        variables: a Value for each of its numbers.
        nested: whether results are Values, for a derivative further out; unless nothing is recorded out there, they are
            connected to what they depend on.
        aux: what ``f`` returned beside.
    """

    def __init__(
        self,
        name: str,
        f: Callable[..., object],
        argnums: int | tuple[int, ...],
        args: Sequence[object],
        keywords: Mapping[str, object],
        has_aux: bool = False,
        others: object = None,
    ) -> None:
        positions = positions_of(argnums, len(args), name)
        numbers, forms = numbers_and_forms(args, positions, _ADVICE.get(name, _USUAL_ADVICE))
        self.form = forms[0] if isinstance(argnums, int) else tuple_of(forms)
        self.name_of_arguments = f"argument {positions[0]}" if isinstance(argnums, int) else "the tuple of arguments"
        self.nested = is_differentiating() or hold_value(*args, *keywords.values(), others)
        self._connected = self.nested and is_recording()
        self.variables = [number * 1.0 if isinstance(number, Value) else Value(number) for number in numbers]
        arguments = with_arguments(args, positions, forms, self.variables)
        with differentiating():
            try:
                self._returned = f(*arguments, **keywords)
            except TypeError as error:
                add_advice(error)
                raise
        self._has_aux, self.aux = has_aux, None
        if has_aux:
            self._returned, self.aux = _pair(self._returned)

    def scalar(self) -> Value:
        """What ``f`` returned, as one Value."""
        try:
            roots, form = self.outputs()
        except TypeError:
            form = None
        if form is None or not form.is_leaf or form.shape:
            kind = type(self._returned).__name__
            raise TypeError(f"the function must return one number, got {kind}: {_advice_on_root(self._returned)}")
        return roots[0]

    def outputs(self) -> tuple[list[Value], Form]:
        """What ``f`` returned, as Values and the form in which it has them."""
        numbers, form = taken_apart(self._returned, "what the function returned", _advice_on_root(self._returned))
        return [number if isinstance(number, Value) else Value(number) for number in numbers], form

    def result(self, root: Value) -> Any:
        """A value of the call: a float, or the Value itself in a nested call."""
        return root if self._connected else self._plain(root.data)

    def with_aux(self, result: Any) -> Any:
        """A result, in a pair with what ``f`` returned beside if that was asked for."""
        return (result, self.aux) if self._has_aux else result

    def gradient_of(self, root: Value) -> Any:
        """The gradient of a root, in the form of the argument."""
        return self.form.filled(self._rows_in_reverse([root])[0])

    def slopes_of(self, root: Value) -> list[Value]:
        """∂root/∂variable for each variable, as Values which can be differentiated again."""
        with recording(True):
            return [_as_value(slope) for slope in pull_back({root: 1.0}, self.variables, create_graph=True)]

    def adjoints(self, roots: Sequence[Value], weights: Sequence[Any]) -> list[Any]:
        """For each variable the sum of weight · ∂root/∂variable over the roots: floats, or Values in a nested call."""
        seeds: dict[Value, Any] = {}
        nested = self.nested or is_differentiating() or hold_value(*weights)
        if not is_recording():
            weights = list(map(number_of, weights))
        with recording(True):
            for root, weight in zip(roots, weights):
                seeds[root] = seeds[root] + weight if root in seeds else weight
            found = pull_back(seeds, self.variables, create_graph=self._connected)
        return list(map(_as_value, found)) if nested else found

    def derivatives_of(self, roots: Sequence[Value]) -> list[list[Any]]:
        """A row for each root, with ∂root/∂variable for each variable."""
        if not is_traced() and is_forward_cheaper(roots, self.variables):
            seeds: dict[Node, Tangents] = {variable: {column: 1.0} for column, variable in enumerate(self.variables)}
            try:
                with recording(True):
                    rows = push_forward(roots, seeds, create_graph=self._connected)
            except NotFiniteError:
                pass
            else:
                return [[self._plain(row.get(column, 0.0)) for column in range(len(self.variables))] for row in rows]
        return self._rows_in_reverse(roots)

    def _rows_in_reverse(self, roots: Sequence[Value]) -> list[list[Any]]:
        with recording(True):
            rows = [pull_back({root: 1.0}, self.variables, create_graph=self._connected) for root in roots]
        return [list(map(_as_value, row)) for row in rows] if self.nested else rows

    def derivatives_along(self, directions: Sequence[Any], roots: Sequence[Value]) -> list[Any]:
        """For each root, the sum of ∂root/∂variable · direction over the variables."""
        if not is_recording():
            directions = list(map(number_of, directions))
        seeds: dict[Node, Tangents] = {v: {0: d} for v, d in zip(self.variables, directions) if not is_zero_constant(d)}
        if is_traced():  # which decides by numbers, as passes forwards do
            return [self._plain(_inner_product(row, directions)) for row in self._rows_in_reverse(roots)]
        try:
            with recording(True):
                return [
                    self._plain(row.get(0, 0.0)) for row in push_forward(roots, seeds, create_graph=self._connected)
                ]
        except NotFiniteError:
            return [self._plain(_inner_product(row, directions)) for row in self._rows_in_reverse(roots)]

    def _plain(self, number: Any) -> Any:
        return _as_value(number) if self.nested else number


def _as_value(number: Any) -> Value:
    return number if isinstance(number, Value) else Value(number)


def _inner_product(row: Sequence[Any], directions: Sequence[Any]) -> Any:
    """The sum of products in which a direction of 0 counts as nothing."""
    total: Any = 0.0
    for derivative, direction in zip(row, directions):
        if not is_zero_constant(direction):
            total = plus(total, times(direction, derivative))
    return total


# -- what they are called with --------------------------------------------------------------------------------------

_USUAL_ADVICE = "argnums names the arguments that are differentiated, and what is not goes into one of its own"
_ADVICE = dict.fromkeys(("jvp", "vjp"), "what is not differentiated goes into a keyword argument")


def checked(
    name: str, f: Callable[..., object], argnums: int | Sequence[int]
) -> tuple[Callable[..., object], int | tuple[int, ...]]:
    """The function and ``argnums`` as Python's own ints, both of which a call of ``name()`` needs to be right."""
    if not callable(f):
        raise TypeError(f"{name}() takes a function as its first argument, got {with_article(f)}")
    try:
        if isinstance(argnums, (str, bytes, Mapping, Set)):  # a set's order is nobody's
            raise TypeError
        if isinstance(argnums, Iterable):
            return f, tuple([_index(position) for position in argnums])
        return f, _index(argnums)
    except TypeError:
        raise TypeError(
            f"argnums={argnums!r} does not say which arguments to differentiate: write their places as ints, such as "
            f"argnums=1 or argnums=(0, 1), and the arguments themselves in a call of their own, {name}(f)(x)"
        ) from None


def _index(position: Any) -> int:
    if isinstance(position, bool):
        raise TypeError
    return operator.index(position)


def positions_of(argnums: int | tuple[int, ...], count: int, name: str) -> list[int]:
    """The places that argnums names, counted from 0."""
    positions = [argnums] if isinstance(argnums, int) else argnums
    if not positions:
        raise ValueError(f"{name}() has no argument to differentiate: give one, or name one with argnums")
    for position in positions:
        if not -count <= position < count:
            raise IndexError(
                f"there is no argument {position}: the function was called with {count}, not counting those by keyword"
            )
    places = [position % count for position in positions]
    if len(set(places)) < len(places):
        raise ValueError(f"argnums={argnums} names an argument twice")
    return places


def numbers_and_forms(
    args: Sequence[object], positions: Sequence[int], advice: str = _USUAL_ADVICE
) -> tuple[list[Any], list[Form]]:
    """The numbers of the arguments at these places in a row, and the form of each."""
    numbers, forms = [], []
    for position in positions:
        found, form = taken_apart(args[position], f"argument {position}", advice)
        numbers += found
        forms.append(form)
    return numbers, forms


def with_arguments(
    args: Sequence[object], positions: Sequence[int], forms: Sequence[Form], numbers: Sequence[float | Value]
) -> list[object]:
    """The arguments, with other numbers in those at these places."""
    arguments, start = list(args), 0
    for position, form in zip(positions, forms):
        arguments[position] = form.filled(numbers[start : start + form.size])
        start += form.size
    return arguments


def _pair(returned: Any) -> tuple[Any, Any]:
    if isinstance(returned, tuple) and len(returned) == 2:
        return returned
    raise TypeError(
        f"with has_aux=True the function must return a pair, (number, something else), got {with_article(returned)}"
    )


def _advice_on_root(returned: Any) -> str:
    """What to do about a function that returned this in place of one number, or of several."""
    if returned is None:
        return "is its return statement missing?"
    if is_array(returned) or isinstance(returned, (list, tuple, dict)):
        return "jacobian() differentiates several, and has_aux=True hands on what is beside one in a pair"
    return "derivatives are those of real numbers"
