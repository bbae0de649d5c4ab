"""Derivatives of functions: grad, value_and_grad, jacobian, hessian, hvp, jvp and vjp.

The function is called with Values in place of the numbers to differentiate with respect to, and returns Values. What is
differentiated is a number, a NumPy array of any shape, or lists, tuples, named tuples and dicts of these, nested: the
function gets a Value for a number (and for an array without dimensions), an array of Values for an array, and
containers of its own for containers. All other arguments it gets as they are. ``argnums`` says which arguments are
differentiated, the first unless told otherwise; keyword arguments never are.

Results are nested and shaped like the argument: floats for numbers, arrays of float64 for arrays. Where one derivative
is taken inside another, as in ``grad(grad(f))``, or an argument holds a Value, there are Values in place of floats, so
that the outer derivative sees how they depend on its variables.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Literal, TypeVar, TypeVarTuple, overload

from autograd_core.containers import (
    Form,
    arranged,
    holds_value,
    is_array,
    numbers_like,
    taken_apart,
    tuple_of,
    with_article,
)
from autograd_core.gradients import _is_zero_constant, _number, _plus, _times, pull_back
from autograd_core.primitives import stop_gradient_
from autograd_core.recording import is_recording, recording
from autograd_core.signatures import (
    Gradient,
    GradientAndAux,
    Pull,
    SecondDerivatives,
    ValueAndAuxAndGradient,
    ValueAndGradient,
)
from autograd_core.tangents import NotFiniteError, is_forward_cheaper, push_forward
from autograd_core.value import Value

Aux = TypeVar("Aux")
Argument = TypeVar("Argument")
Arguments = TypeVarTuple("Arguments")


@overload
def grad(
    f: Callable[..., tuple[Any, Aux]], argnums: Literal[0] = 0, *, has_aux: Literal[True]
) -> GradientAndAux[Aux]: ...
@overload
def grad(f: Callable[..., Any], argnums: Literal[0] = 0, has_aux: Literal[False] = False) -> Gradient: ...
@overload
def grad(
    f: Callable[..., Any], argnums: tuple[int, ...] | list[int], has_aux: Literal[False] = False
) -> Callable[..., tuple[Any, ...]]: ...
@overload
def grad(f: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Callable[..., Any]: ...
def grad(f: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Callable[..., Any]:
    """The gradient of ``f`` as a function of the same arguments.

    Args:
        f: returns one number.
        argnums: with respect to which argument to differentiate, from 0, or from -1 backwards; several give a tuple of
            gradients.
        has_aux: ``f`` returns a pair, of the number and of something else, which is handed back as it is.

    Returns:
        A function. Its result has the form of the argument: a float, an array, a list … An argument that ``f`` ignores
        has the gradient 0.0. With ``has_aux`` it is the pair of this and the something else.

    Raises:
        TypeError: ``f`` returns something else than one number, or an argument is not one that can be differentiated.
        IndexError: there is no argument ``argnums``.

    >>> import autograd_core as ag
    >>> ag.grad(lambda x, y: x * x * y)(3.0, 2.0)
    12.0
    >>> ag.grad(lambda p: p["w"][0] * p["w"][1] + p["b"])({"w": [3.0, 2.0], "b": 1.0})
    {'w': [2.0, 3.0], 'b': 1.0}
    >>> ag.grad(lambda x, flipped: -x * x if flipped else x * x)(3.0, True)
    -6.0
    >>> ag.grad(ag.grad(ag.grad(lambda x: x**4)))(2.0)
    48.0
    """
    f, argnums = checked("grad", f, argnums)

    def gradient(*args: Any, **keywords: Any) -> Any:
        call = _Call("grad", f, argnums, args, keywords, has_aux)
        return call.with_aux(call.gradient_of(call.scalar()))

    return gradient


@overload
def value_and_grad(
    f: Callable[..., tuple[Any, Aux]], argnums: Literal[0] = 0, *, has_aux: Literal[True]
) -> ValueAndAuxAndGradient[Aux]: ...
@overload
def value_and_grad(
    f: Callable[..., Any], argnums: Literal[0] = 0, has_aux: Literal[False] = False
) -> ValueAndGradient: ...
@overload
def value_and_grad(
    f: Callable[..., Any], argnums: tuple[int, ...] | list[int], has_aux: Literal[False] = False
) -> Callable[..., tuple[float, tuple[Any, ...]]]: ...
@overload
def value_and_grad(
    f: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False
) -> Callable[..., tuple[Any, Any]]: ...
def value_and_grad(
    f: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False
) -> Callable[..., tuple[Any, Any]]:
    """Like :func:`grad`, with the value of ``f`` before the gradient; with ``has_aux``, the pair of it and the rest.

    >>> import autograd_core as ag
    >>> ag.value_and_grad(lambda x: x * x)(3.0)
    (9.0, 6.0)
    >>> ag.value_and_grad(lambda x: (x * x, "fine"), has_aux=True)(3.0)
    ((9.0, 'fine'), 6.0)
    """
    f, argnums = checked("value_and_grad", f, argnums)

    def value_and_gradient(*args: Any, **keywords: Any) -> tuple[Any, Any]:
        call = _Call("value_and_grad", f, argnums, args, keywords, has_aux)
        root = call.scalar()
        return call.with_aux(call.result(root)), call.gradient_of(root)

    return value_and_gradient


@overload
def jacobian(f: Callable[..., Value], argnums: Literal[0] = 0, has_aux: Literal[False] = False) -> Gradient: ...
@overload
def jacobian(f: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Callable[..., Any]: ...
def jacobian(f: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Callable[..., Any]:
    """All derivatives of all that ``f`` returns.

    Args:
        f: returns a number, an array, or lists, tuples, named tuples and dicts of these.
        argnums, has_aux: as for :func:`grad`.

    Returns:
        A function. Its result is nested like what ``f`` returns, and in there like the argument; where arrays meet they
        make one array, whose shape is that of the output followed by that of the argument. So a list of a list gives a
        list of rows, an array of an array a matrix, and a number of a number a number.

    >>> import autograd_core as ag
    >>> ag.jacobian(lambda v: [v[0] * v[1], v[0] + v[1]])([3.0, 2.0])
    [[2.0, 3.0], [1.0, 1.0]]
    >>> ag.jacobian(lambda x, y: {"product": x * y}, argnums=(0, 1))(3.0, 2.0)
    {'product': (2.0, 3.0)}
    """
    f, argnums = checked("jacobian", f, argnums)

    def derivatives(*args: Any, **keywords: Any) -> Any:
        call = _Call("jacobian", f, argnums, args, keywords, has_aux)
        roots, form = call.outputs()
        return call.with_aux(arranged([form, call.form], call.derivatives_of(roots)))

    return derivatives


@overload
def hessian(f: Callable[..., Value], argnums: Literal[0] = 0, has_aux: Literal[False] = False) -> SecondDerivatives: ...
@overload
def hessian(f: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Callable[..., Any]: ...
def hessian(f: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Callable[..., Any]:
    """All second derivatives, as the Jacobian of the gradient: a matrix for a list or a vector.

    Args:
        f: returns one number; if several, there are the second derivatives of each.
        argnums, has_aux: as for :func:`grad`; several give a tuple of tuples.

    At a kink, where the gradient is a subgradient and not a function of its variables, second derivatives are 0.

    >>> import autograd_core as ag
    >>> ag.hessian(lambda v: v[0] * v[0] * v[1])([3.0, 2.0])
    [[4.0, 6.0], [6.0, 0.0]]
    >>> ag.hessian(lambda x: x**3)(2.0)
    12.0
    """
    f, argnums = checked("hessian", f, argnums)

    def second_derivatives(*args: Any, **keywords: Any) -> Any:
        call = _Call("hessian", f, argnums, args, keywords, has_aux)
        roots, form = call.outputs()
        slopes = [slope for root in roots for slope in call.slopes_of(root)]
        rows = call.derivatives_of(slopes)
        size = call.form.size
        blocks = [rows[number * size : (number + 1) * size] for number in range(len(roots))]
        return call.with_aux(arranged([form, call.form, call.form], blocks))

    return second_derivatives


@overload
def hvp(f: Callable[..., Any], argnums: Literal[0] = 0) -> Gradient: ...
@overload
def hvp(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]: ...
def hvp(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """The Hessian times a vector, without the Hessian: two backward passes whatever the number of variables.

    Returns:
        A function of the arguments of ``f`` and, last, the vector, which is nested and shaped like the argument, or a
        tuple of such for several. So is its result.

    Raises:
        TypeError: there is no vector.
        ValueError: the vector is not nested and shaped like the argument.

    >>> import autograd_core as ag
    >>> ag.hvp(lambda v: v[0] * v[0] * v[1])([3.0, 2.0], [1.0, 0.0])
    [4.0, 6.0]
    >>> ag.hvp(lambda x: x**3)(2.0, 1.0)
    12.0
    """
    f, argnums = checked("hvp", f, argnums)

    def hessian_vector_product(*args_and_vector: Any, **keywords: Any) -> Any:
        if len(args_and_vector) < 2:
            raise TypeError(
                f"hvp(f) is called with the arguments of f and then the vector, got {len(args_and_vector)} "
                "altogether: write hvp(f)(x, v)"
            )
        *args, vector = args_and_vector
        call = _Call("hvp", f, argnums, args, keywords, others=vector)
        weights = numbers_like(call.form, vector, "the vector", call.name_of_arguments)
        slopes = call.slopes_of(call.scalar())
        return call.form.filled(call.adjoints(slopes, weights))

    return hessian_vector_product


@overload
def jvp(
    f: Callable[..., Value],
    primals: Sequence[Any],
    tangents: Sequence[Any],
    has_aux: Literal[False] = False,
    **keywords: Any,
) -> tuple[float, float]: ...
@overload
def jvp(
    f: Callable[..., list[Value]],
    primals: Sequence[Any],
    tangents: Sequence[Any],
    has_aux: Literal[False] = False,
    **keywords: Any,
) -> tuple[list[float], list[float]]: ...
@overload
def jvp(
    f: Callable[..., tuple[Any, Aux]],
    primals: Sequence[Any],
    tangents: Sequence[Any],
    *,
    has_aux: Literal[True],
    **keywords: Any,
) -> tuple[Any, Any, Aux]: ...
@overload
def jvp(
    f: Callable[..., Any],
    primals: Sequence[Any],
    tangents: Sequence[Any],
    has_aux: Literal[False] = False,
    **keywords: Any,
) -> tuple[Any, Any]: ...
def jvp(
    f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any], has_aux: bool = False, **keywords: Any
) -> tuple[Any, ...]:
    """The Jacobian times a vector: how what ``f`` returns changes as its arguments move along the tangents.

    One pass forwards over the graph, however many arguments and results there are.

    Args:
        f: returns a number, an array, or lists, tuples, named tuples and dicts of these.
        primals: the arguments, in a tuple or a list. All are differentiated.
        tangents: as many, each nested and shaped like its argument.
        has_aux: as for :func:`grad`.
        keywords: handed on to ``f``.

    Returns:
        What ``f`` returns, and its derivative along the tangents, which is nested and shaped like it; and with
        ``has_aux`` the rest.

    Raises:
        TypeError: ``primals`` or ``tangents`` is no tuple or list, or something in them has no derivative.
        ValueError: a tangent is not nested and shaped like its argument, or there are more or fewer of them.

    >>> import autograd_core as ag
    >>> ag.jvp(lambda x, y: [x * y, x + y], (3.0, 2.0), (1.0, 10.0))
    ([6.0, 5.0], [32.0, 11.0])
    """
    checked("jvp", f, 0)
    for role, given in (("primals", primals), ("tangents", tangents)):
        if type(given) not in (tuple, list):
            raise TypeError(f"jvp() takes its {role} in a tuple, got {with_article(given)}: write jvp(f, (x,), (t,))")
    if len(primals) != len(tangents):
        counts = f"{len(tangents)} tangents for {len(primals)} primals"
        raise ValueError(f"jvp() takes a tangent for each of the primals, got {counts}")
    call = _Call("jvp", f, tuple(range(len(primals))), primals, keywords, has_aux, others=tangents)
    directions = numbers_like(call.form, tuple(tangents), "tangents", "primals")
    roots, form = call.outputs()
    along = form.filled(call.derivatives_along(directions, roots))
    values = form.filled(list(map(call.result, roots)))
    return (values, along, call.aux) if has_aux else (values, along)


@overload
def vjp(
    f: Callable[..., Value], *primals: *Arguments, has_aux: Literal[False] = False, **keywords: Any
) -> tuple[float, Pull[tuple[*Arguments]]]: ...
@overload
def vjp(
    f: Callable[..., list[Value]], *primals: *Arguments, has_aux: Literal[False] = False, **keywords: Any
) -> tuple[list[float], Pull[tuple[*Arguments]]]: ...
@overload
def vjp(
    f: Callable[..., tuple[Any, Aux]], *primals: *Arguments, has_aux: Literal[True], **keywords: Any
) -> tuple[Any, Pull[tuple[*Arguments]], Aux]: ...
@overload
def vjp(
    f: Callable[..., Any], *primals: *Arguments, has_aux: Literal[False] = False, **keywords: Any
) -> tuple[Any, Pull[tuple[*Arguments]]]: ...
def vjp(f: Callable[..., Any], *primals: *Arguments, has_aux: bool = False, **keywords: Any) -> tuple[Any, ...]:
    """A vector times the Jacobian: the gradient, by a function of the gradient with respect to what ``f`` returns.

    Args:
        f: returns a number, an array, or lists, tuples, named tuples and dicts of these.
        primals: its arguments. All are differentiated.
        has_aux: as for :func:`grad`.
        keywords: handed on to ``f``.

    Returns:
        What ``f`` returns, and a function: of the cotangent, which is nested and shaped like that, it gives a tuple of
        a gradient for each argument. It may be called again and again. With ``has_aux``, and the rest.

    >>> import autograd_core as ag
    >>> value, pull = ag.vjp(lambda x, y: [x * y, x + y], 3.0, 2.0)
    >>> value, pull([1.0, 0.0]), pull([0.0, 1.0])
    ([6.0, 5.0], (2.0, 3.0), (1.0, 1.0))
    """
    checked("vjp", f, 0)
    call = _Call("vjp", f, tuple(range(len(primals))), primals, keywords, has_aux)
    roots, form = call.outputs()

    def pull(cotangent: Any) -> Any:
        weights = numbers_like(form, cotangent, "the cotangent", "what the function returned")
        return call.form.filled(call.adjoints(roots, weights))

    values = form.filled(list(map(call.result, roots)))
    return (values, pull, call.aux) if has_aux else (values, pull)


@overload
def stop_gradient(x: float) -> float: ...
@overload
def stop_gradient(x: Argument) -> Argument: ...
def stop_gradient(x: Any) -> Any:
    """The same numbers, through which no gradient flows, at any order: a constant for all derivatives.

    Args:
        x: a number or Value, an array, or lists, tuples, named tuples and dicts of these.

    Returns:
        The same, nested and shaped alike: for each Value a node that computes its number, for each number a float.

    >>> import autograd_core as ag
    >>> ag.grad(lambda x: x * ag.stop_gradient(x * x))(3.0)
    9.0
    """
    numbers, form = taken_apart(x, "what stop_gradient() is given")
    return form.filled([stop_gradient_(number) for number in numbers])


# -- one call -------------------------------------------------------------------------------------------------------


class _Call:
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
        f: Callable[..., Any],
        argnums: int | tuple[int, ...],
        args: Sequence[Any],
        keywords: Mapping[str, Any],
        has_aux: bool = False,
        others: Any = None,
    ) -> None:
        positions = positions_of(argnums, len(args), name)
        numbers, forms = numbers_and_forms(args, positions, _ADVICE.get(name, _USUAL_ADVICE))
        self.form = forms[0] if isinstance(argnums, int) else tuple_of(forms)
        self.name_of_arguments = f"argument {positions[0]}" if isinstance(argnums, int) else "the tuple of arguments"
        self.nested = is_differentiating() or holds_value([*args, *keywords.values(), others])
        self._connected = self.nested and is_recording()
        self.variables = [number * 1.0 if isinstance(number, Value) else Value(number) for number in numbers]
        arguments = with_arguments(args, positions, forms, self.variables)
        with differentiating():
            self._returned = f(*arguments, **keywords)
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
        return self.form.filled(self.adjoints([root], [1.0]))

    def slopes_of(self, root: Value) -> list[Value]:
        """∂root/∂variable for each variable, as Values which can be differentiated again."""
        with recording(True):
            return [_as_value(slope) for slope in pull_back({root: 1.0}, self.variables, create_graph=True)]

    def adjoints(self, roots: Sequence[Value], weights: Sequence[Any]) -> list[Any]:
        """For each variable the sum of weight · ∂root/∂variable over the roots: floats, or Values in a nested call."""
        seeds: dict[Value, Any] = {}
        nested = self.nested or is_differentiating() or holds_value(weights)
        if not is_recording():
            weights = list(map(_number, weights))
        with recording(True):
            for root, weight in zip(roots, weights):
                seeds[root] = seeds[root] + weight if root in seeds else weight
            found = pull_back(seeds, self.variables, create_graph=self._connected)
        return list(map(_as_value, found)) if nested else found

    def derivatives_of(self, roots: Sequence[Value]) -> list[list[Any]]:
        """A row for each root, with ∂root/∂variable for each variable."""
        if is_forward_cheaper(roots, self.variables):
            seeds = {variable: {column: 1.0} for column, variable in enumerate(self.variables)}
            try:
                with recording(True):
                    rows = push_forward(roots, seeds, create_graph=self._connected)
            except NotFiniteError:
                pass
            else:
                return [[self._plain(row.get(column, 0.0)) for column in range(len(self.variables))] for row in rows]
        return [self.adjoints([root], [1.0]) for root in roots]

    def derivatives_along(self, directions: Sequence[Any], roots: Sequence[Value]) -> list[Any]:
        """For each root, the sum of ∂root/∂variable · direction over the variables."""
        if not is_recording():
            directions = list(map(_number, directions))
        seeds = {v: {0: d} for v, d in zip(self.variables, directions) if not _is_zero_constant(d)}
        try:
            with recording(True):
                return [
                    self._plain(row.get(0, 0.0)) for row in push_forward(roots, seeds, create_graph=self._connected)
                ]
        except NotFiniteError:
            return [self._plain(_inner_product(self.adjoints([root], [1.0]), directions)) for root in roots]

    def _plain(self, number: Any) -> Any:
        return _as_value(number) if self.nested else number


_depth: ContextVar[int] = ContextVar("depth", default=0)
"""How many derivatives are being taken around the current call."""


def is_differentiating() -> bool:
    """Whether a derivative is being taken around the current call."""
    return _depth.get() > 0


@contextmanager
def differentiating() -> Iterator[None]:
    """Record, and let derivatives taken inside know that they are parts of another one."""
    token = _depth.set(_depth.get() + 1)
    try:
        with recording(True):
            yield
    finally:
        _depth.reset(token)


def _as_value(number: Any) -> Value:
    return number if isinstance(number, Value) else Value(number)


def _inner_product(row: Sequence[Any], directions: Sequence[Any]) -> Any:
    """The sum of products in which a direction of 0 counts as nothing."""
    total: Any = 0.0
    for derivative, direction in zip(row, directions):
        if not _is_zero_constant(direction):
            total = _plus(total, _times(direction, derivative))
    return total


# -- what they are called with --------------------------------------------------------------------------------------

_USUAL_ADVICE = "argnums names the arguments that are differentiated, and what is not goes into one of its own"
_ADVICE = dict.fromkeys(("jvp", "vjp"), "what is not differentiated goes into a keyword argument")


def checked(
    name: str, f: Callable[..., Any], argnums: int | Sequence[int]
) -> tuple[Callable[..., Any], int | tuple[int, ...]]:
    """The function and ``argnums`` as Python's own ints, both of which a call of ``name()`` needs to be right."""
    if not callable(f):
        raise TypeError(f"{name}() takes a function as its first argument, got {with_article(f)}")
    try:
        if isinstance(argnums, (str, bytes)):
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
    args: Sequence[Any], positions: Sequence[int], advice: str = _USUAL_ADVICE
) -> tuple[list[Any], list[Form]]:
    """The numbers of the arguments at these places in a row, and the form of each."""
    numbers, forms = [], []
    for position in positions:
        found, form = taken_apart(args[position], f"argument {position}", advice)
        numbers += found
        forms.append(form)
    return numbers, forms


def with_arguments(
    args: Sequence[Any], positions: Sequence[int], forms: Sequence[Form], numbers: Sequence[Any]
) -> list[Any]:
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
