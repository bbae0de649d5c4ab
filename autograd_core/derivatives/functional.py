"""Derivatives of functions: grad, value_and_grad, jacobian, hessian, hvp, jvp and vjp.

The function is called with Values in place of the numbers to differentiate with respect to, and returns Values. What is
differentiated is a number, a NumPy array of any shape, or lists, tuples, named tuples and dicts of these, nested: the
function gets a Value for a number, an array of Values for an array with dimensions, and containers of its own. All
other arguments it gets as they are; ``argnums`` says which are differentiated, the first unless told otherwise.

Results are nested and shaped like the argument: floats for numbers, arrays of float64 for arrays; Values where one
derivative is taken inside another, as in ``grad(grad(f))``, or where an argument holds a Value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeVar, TypeVarTuple, overload

from autograd_core.derivatives.calls import Call, checked
from autograd_core.derivatives.containers import arranged, numbers_like, with_article
from autograd_core.derivatives.replayed import call_of
from autograd_core.derivatives.signatures import (  # fmt: skip
    Gradient,
    GradientAndAux,
    Pull,
    SecondDerivatives,
    ValueAndAuxAndGradient,
    ValueAndGradient,
)
from autograd_core.value import Value

Aux = TypeVar("Aux")
Argument = TypeVar("Argument")
Arguments = TypeVarTuple("Arguments")


@overload
def grad(
    f: Callable[..., tuple[object, Aux]], argnums: Literal[0] = 0, *, has_aux: Literal[True]
) -> GradientAndAux[Aux]: ...
@overload
def grad(f: Callable[..., object], argnums: Literal[0] = 0, has_aux: Literal[False] = False) -> Gradient: ...
@overload
def grad(
    f: Callable[..., object], argnums: tuple[int, ...] | list[int], has_aux: Literal[False] = False
) -> Callable[..., tuple[Any, ...]]: ...
@overload
def grad(f: Callable[..., object], argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Callable[..., Any]: ...
def grad(f: Callable[..., object], argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Callable[..., Any]:
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
        TypeError: ``f`` returns something other than one number, or an argument is not one that can be differentiated.
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

    def gradient(*args: Any, **keywords: object) -> Any:
        call = call_of("grad", f, argnums, args, keywords, has_aux)
        return call.with_aux(call.gradient_of(call.scalar()))

    return gradient


@overload
def value_and_grad(
    f: Callable[..., tuple[object, Aux]], argnums: Literal[0] = 0, *, has_aux: Literal[True]
) -> ValueAndAuxAndGradient[Aux]: ...
@overload
def value_and_grad(
    f: Callable[..., object], argnums: Literal[0] = 0, has_aux: Literal[False] = False
) -> ValueAndGradient: ...
@overload
def value_and_grad(
    f: Callable[..., object], argnums: tuple[int, ...] | list[int], has_aux: Literal[False] = False
) -> Callable[..., tuple[float, tuple[Any, ...]]]: ...
@overload
def value_and_grad(
    f: Callable[..., object], argnums: int | Sequence[int] = 0, has_aux: bool = False
) -> Callable[..., tuple[Any, Any]]: ...
def value_and_grad(
    f: Callable[..., object], argnums: int | Sequence[int] = 0, has_aux: bool = False
) -> Callable[..., tuple[Any, Any]]:
    """Like :func:`grad`, with the value of ``f`` before the gradient.

    Args:
        f, argnums, has_aux: as for :func:`grad`.

    Returns:
        A function. Its result is a pair, of the value and the gradient; with ``has_aux``, the value is in a pair of its
        own with the something else.

    Raises:
        TypeError, IndexError: as for :func:`grad`.

    >>> import autograd_core as ag
    >>> ag.value_and_grad(lambda x: x * x)(3.0)
    (9.0, 6.0)
    >>> ag.value_and_grad(lambda x: (x * x, "fine"), has_aux=True)(3.0)
    ((9.0, 'fine'), 6.0)
    """
    f, argnums = checked("value_and_grad", f, argnums)

    def value_and_gradient(*args: Any, **keywords: object) -> tuple[Any, Any]:
        call = call_of("value_and_grad", f, argnums, args, keywords, has_aux)
        root = call.scalar()
        return call.with_aux(call.result(root)), call.gradient_of(root)

    return value_and_gradient


@overload
def jacobian(f: Callable[..., Value], argnums: Literal[0] = 0, has_aux: Literal[False] = False) -> Gradient: ...
@overload
def jacobian(
    f: Callable[..., object], argnums: int | Sequence[int] = 0, has_aux: bool = False
) -> Callable[..., Any]: ...
def jacobian(f: Callable[..., object], argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Callable[..., Any]:
    """All derivatives of all that ``f`` returns.

    Args:
        f: returns a number, an array, or lists, tuples, named tuples and dicts of these.
        argnums, has_aux: as for :func:`grad`.

    Returns:
        A function. Its result is nested like what ``f`` returns, and in there like the argument; where arrays meet they
        make one array, whose shape is that of the output followed by that of the argument. So a list of a list gives a
        list of rows, an array of an array a matrix, and a number of a number a number.

    Raises:
        TypeError: ``f`` returns something else, or an argument is not one that can be differentiated.
        IndexError: there is no argument ``argnums``.

    >>> import autograd_core as ag
    >>> ag.jacobian(lambda v: [v[0] * v[1], v[0] + v[1]])([3.0, 2.0])
    [[2.0, 3.0], [1.0, 1.0]]
    >>> ag.jacobian(lambda x, y: {"product": x * y}, argnums=(0, 1))(3.0, 2.0)
    {'product': (2.0, 3.0)}
    """
    f, argnums = checked("jacobian", f, argnums)

    def derivatives(*args: Any, **keywords: object) -> Any:
        call = call_of("jacobian", f, argnums, args, keywords, has_aux)
        roots, form = call.outputs()
        return call.with_aux(arranged([form, call.form], call.derivatives_of(roots)))

    return derivatives


@overload
def hessian(f: Callable[..., Value], argnums: Literal[0] = 0, has_aux: Literal[False] = False) -> SecondDerivatives: ...
@overload
def hessian(
    f: Callable[..., object], argnums: int | Sequence[int] = 0, has_aux: bool = False
) -> Callable[..., Any]: ...
def hessian(f: Callable[..., object], argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Callable[..., Any]:
    """All second derivatives, as the Jacobian of the gradient: a matrix for a list or a vector.

    At a kink, where the gradient is a subgradient and not a function of its variables, second derivatives are 0.

    Args:
        f: returns one number; if several, there are the second derivatives of each.
        argnums, has_aux: as for :func:`grad`; several argnums give a tuple of tuples.

    Returns:
        A function. Its result is nested like the argument, and in there like the argument again.

    Raises:
        TypeError, IndexError: as for :func:`jacobian`.

    >>> import autograd_core as ag
    >>> ag.hessian(lambda v: v[0] * v[0] * v[1])([3.0, 2.0])
    [[4.0, 6.0], [6.0, 0.0]]
    >>> ag.hessian(lambda x: x**3)(2.0)
    12.0
    """
    f, argnums = checked("hessian", f, argnums)

    def second_derivatives(*args: Any, **keywords: object) -> Any:
        call = call_of("hessian", f, argnums, args, keywords, has_aux)
        roots, form = call.outputs()
        slopes = [slope for root in roots for slope in call.slopes_of(root)]
        rows = call.derivatives_of(slopes)
        size = call.form.size
        blocks = [rows[number * size : (number + 1) * size] for number in range(len(roots))]
        return call.with_aux(arranged([form, call.form, call.form], blocks))

    return second_derivatives


@overload
def hvp(f: Callable[..., object], argnums: Literal[0] = 0) -> Gradient: ...
@overload
def hvp(f: Callable[..., object], argnums: int | Sequence[int] = 0) -> Callable[..., Any]: ...
def hvp(f: Callable[..., object], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """The Hessian times a vector, without the Hessian: two backward passes whatever the number of variables.

    Args:
        f: returns one number.
        argnums: as for :func:`grad`.

    Returns:
        A function of the arguments of ``f`` and, last, the vector, which is nested and shaped like the argument, or a
        tuple of such for several. So is its result.

    Raises:
        TypeError: there is no vector, or ``f`` returns something else than one number.
        ValueError: the vector is not nested and shaped like the argument.

    >>> import autograd_core as ag
    >>> ag.hvp(lambda v: v[0] * v[0] * v[1])([3.0, 2.0], [1.0, 0.0])
    [4.0, 6.0]
    >>> ag.hvp(lambda x: x**3)(2.0, 1.0)
    12.0
    """
    f, argnums = checked("hvp", f, argnums)

    def hessian_vector_product(*args_and_vector: Any, **keywords: object) -> Any:
        if len(args_and_vector) < 2:
            raise TypeError(
                f"hvp(f) is called with the arguments of f and then the vector, got {len(args_and_vector)} "
                "altogether: write hvp(f)(x, v)"
            )
        *args, vector = args_and_vector
        call = call_of("hvp", f, argnums, args, keywords, others=vector)
        weights = numbers_like(call.form, vector, "the vector", call.name_of_arguments)
        slopes = call.slopes_of(call.scalar())
        return call.form.filled(call.adjoints(slopes, weights))

    return hessian_vector_product


@overload
def jvp(
    f: Callable[..., Value],
    primals: Sequence[object],
    tangents: Sequence[object],
    has_aux: Literal[False] = False,
    **keywords: object,
) -> tuple[float, float]: ...
@overload
def jvp(
    f: Callable[..., list[Value]],
    primals: Sequence[object],
    tangents: Sequence[object],
    has_aux: Literal[False] = False,
    **keywords: object,
) -> tuple[list[float], list[float]]: ...
@overload
def jvp(
    f: Callable[..., tuple[object, Aux]],
    primals: Sequence[object],
    tangents: Sequence[object],
    *,
    has_aux: Literal[True],
    **keywords: object,
) -> tuple[Any, Any, Aux]: ...
@overload
def jvp(
    f: Callable[..., object],
    primals: Sequence[object],
    tangents: Sequence[object],
    has_aux: Literal[False] = False,
    **keywords: object,
) -> tuple[Any, Any]: ...
def jvp(
    f: Callable[..., object],
    primals: Sequence[object],
    tangents: Sequence[object],
    has_aux: bool = False,
    **keywords: object,
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
        What ``f`` returns, and its derivative along the tangents, which is nested and shaped like it; with ``has_aux``
        the something else, too.

    Raises:
        TypeError: ``primals`` or ``tangents`` is not a tuple or list, or something in them has no derivative.
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
    call = call_of("jvp", f, tuple(range(len(primals))), primals, keywords, has_aux, others=tangents)
    directions = numbers_like(call.form, tuple(tangents), "tangents", "primals")
    roots, form = call.outputs()
    along = form.filled(call.derivatives_along(directions, roots))
    values = form.filled(list(map(call.result, roots)))
    return (values, along, call.aux) if has_aux else (values, along)


@overload
def vjp(
    f: Callable[..., Value], *primals: *Arguments, has_aux: Literal[False] = False, **keywords: object
) -> tuple[float, Pull[tuple[*Arguments]]]: ...
@overload
def vjp(
    f: Callable[..., list[Value]], *primals: *Arguments, has_aux: Literal[False] = False, **keywords: object
) -> tuple[list[float], Pull[tuple[*Arguments]]]: ...
@overload
def vjp(
    f: Callable[..., tuple[object, Aux]], *primals: *Arguments, has_aux: Literal[True], **keywords: object
) -> tuple[Any, Pull[tuple[*Arguments]], Aux]: ...
@overload
def vjp(
    f: Callable[..., object], *primals: *Arguments, has_aux: Literal[False] = False, **keywords: object
) -> tuple[Any, Pull[tuple[*Arguments]]]: ...
def vjp(f: Callable[..., object], *primals: *Arguments, has_aux: bool = False, **keywords: object) -> tuple[Any, ...]:
    """A vector times the Jacobian: the gradient, by a function of the gradient with respect to what ``f`` returns.

    Args:
        f: returns a number, an array, or lists, tuples, named tuples and dicts of these.
        primals: its arguments. All are differentiated.
        has_aux: as for :func:`grad`.
        keywords: handed on to ``f``.

    Returns:
        What ``f`` returns, and a function: of the cotangent, which is nested and shaped like that, it gives a tuple of
        a gradient for each argument. It may be called again and again. With ``has_aux`` the something else, too.

    Raises:
        TypeError: ``f`` returns something else, or an argument is not one that can be differentiated.
        ValueError: from the function, where the cotangent is not nested and shaped like what ``f`` returned.

    >>> import autograd_core as ag
    >>> value, pull = ag.vjp(lambda x, y: [x * y, x + y], 3.0, 2.0)
    >>> value, pull([1.0, 0.0]), pull([0.0, 1.0])
    ([6.0, 5.0], (2.0, 3.0), (1.0, 1.0))
    """
    checked("vjp", f, 0)
    call = Call("vjp", f, tuple(range(len(primals))), primals, keywords, has_aux)
    roots, form = call.outputs()

    def pull(cotangent: Any) -> Any:
        weights = numbers_like(form, cotangent, "the cotangent", "what the function returned")
        return call.form.filled(call.adjoints(roots, weights))

    values = form.filled(list(map(call.result, roots)))
    return (values, pull, call.aux) if has_aux else (values, pull)
