"""∂root/∂v for chosen Values, as numbers or as a graph of its own that can be differentiated again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, overload

from autograd_core.condition import Gated
from autograd_core.contexts import backward_observers
from autograd_core.graph import AnyNode, Node, depends_on, is_node, opened_order, order_of_all
from autograd_core.observed import View


@overload
def gradients(root: Node, wrt: Iterable[Node], create_graph: Literal[False] = False) -> list[float]: ...
@overload
def gradients(root: AnyNode, wrt: Iterable[AnyNode], create_graph: Literal[True]) -> list[AnyNode]: ...
@overload
def gradients(root: AnyNode, wrt: Iterable[AnyNode], create_graph: bool = False) -> list[float] | list[AnyNode]: ...
def gradients(root: Any, wrt: Iterable[Any], create_graph: bool = False) -> list[Any]:
    """∂root/∂v for each ``v`` of ``wrt``, leaving every ``grad`` as it was.

    Args:
        root: the Value to differentiate.
        wrt: a list of the Values to differentiate with respect to, leaves or nodes in between; one that ``root`` does
            not depend on gives 0.
        create_graph: return Values, computed by a graph of their own, which can be differentiated again.

    Returns:
        Floats, or Values with ``create_graph``.

    Raises:
        TypeError: ``root`` or a member of ``wrt`` is not a Value, or ``wrt`` is not a list of them.
        ValueError: with ``create_graph``, the ``data`` of a node was changed after it was recorded, so that the
            formulas of the derivatives no longer belong to the recorded numbers.

    >>> import autograd_core as ag
    >>> x = ag.Value(3.0)
    >>> (slope,) = ag.gradients(x * x * x, [x], create_graph=True)
    >>> slope.data, ag.gradients(slope, [x])
    (27.0, [18.0])
    """
    wrt = _checked(root, wrt)
    make = type(root) if create_graph else float
    return [_as_result(adjoint, make) for adjoint in pull_back({root: 1.0}, wrt, create_graph)]


def pull_back(seeds: Mapping[Any, Any], wrt: Sequence[Any], create_graph: bool) -> list[Any]:
    """For each ``v`` of ``wrt`` the sum of seed · ∂root/∂v over all roots, which are the keys of ``seeds``.

    A seed is a float or a Value. So are the results, with ``create_graph`` or where the seeds are Values.
    """
    roots = list(seeds)
    order = opened_order(roots, keep_numbers=True) if create_graph else order_of_all(roots)
    dependent = depends_on(order, wrt)
    wanted = set(wrt)
    view = View(backward_observers())
    adjoints = dict(seeds)
    for node in reversed(order):
        upstream = adjoints.get(node, 0.0)
        if node not in dependent or is_zero_constant(upstream):
            continue
        if node not in wanted:
            del adjoints[node]
        view.show(node, number_of(upstream))
        derivatives = partials_as_values(node) if create_graph else node.local_derivatives
        for operand, local_derivative in view.edges(node.operands, derivatives):
            if local_derivative is not None and type(operand) is not float and operand in dependent:
                contribution = times(upstream, local_derivative)
                adjoints[operand] = plus(adjoints.get(operand, 0.0), contribution)
    return [adjoints.get(value, 0.0) for value in wrt]


def _checked(root: Any, wrt: Any) -> Sequence[Any]:
    """The Values to differentiate with respect to, if that is what root and they are."""
    if not is_node(root):
        raise TypeError(
            f"gradients() differentiates a Value with respect to Values, got {type(root).__name__} in its place"
        )
    if is_node(wrt):
        raise TypeError("gradients() takes a list of the Values to differentiate with respect to: write [x], not x")
    if not isinstance(wrt, Iterable) or isinstance(wrt, (str, Mapping)):
        advice = ": write model.parameters()" if hasattr(wrt, "parameters") else ""
        raise TypeError(
            f"gradients() takes a list of the Values to differentiate with respect to, got {type(wrt).__name__}{advice}"
        )
    values = list(wrt)
    for value in values:
        if not is_node(value):
            raise TypeError(f"gradients() differentiates with respect to Values, got {type(value).__name__}")
    return values


def _as_result(adjoint: Any, make: Callable[[Any], Any]) -> Any:
    return make(adjoint) if type(adjoint) is float else adjoint


def partials_as_values(node: Node) -> Sequence[Any]:
    """The node's local derivatives as Values that depend on its operands; None where it recorded none.

    Raises:
        ValueError: the ``data`` of a node was changed after it was recorded.
    """
    if not node.operands:
        return ()
    partials: Sequence[Any] = node.op.partials(node, *node.operands)
    if node.data != node.data and node.op.propagates_nan:
        partials = [_nan_with(node, partial) for partial in partials]
    for partial, recorded in zip(partials, node.local_derivatives):
        if recorded is not None and not is_same_number(number_of(partial), recorded):
            raise ValueError(
                f"{node!r} was recorded with the local derivative {recorded!r}, which is now {number_of(partial)!r}: "
                "the data of a node was changed since; compute the value again before asking for its gradient's graph"
            )
    return partials


def _nan_with(node: Any, partial: Any) -> Any:
    """A partial derivative that is nan where its node is, and what its formula gives where a replay has another."""
    if partial is None or isinstance(partial, Gated):
        return partial
    return Gated.choosing(node == node, partial, node)


def number_of(operand: Any) -> float:
    """The number of a float or a Value."""
    number: float = operand if type(operand) is float else operand.data
    return number


def is_same_number(a: float, b: float) -> bool:
    """Whether they are equal, or both nan."""
    return a == b or (a != a and b != b)


# Products and sums of adjoints. On floats they are just that; on Values the constants 0, 1 and -1 are folded, so that
# a gradient's graph has no node that does nothing.


def is_zero_constant(adjoint: Any) -> bool:
    """Whether an adjoint is the float 0, which contributes nothing; a Value that is 0 now may have derivatives."""
    return type(adjoint) is float and adjoint == 0.0


def times(upstream: Any, local_derivative: Any) -> Any:
    """The product of an adjoint and a local derivative."""
    if type(upstream) is float and type(local_derivative) is float:
        return upstream * local_derivative
    if isinstance(local_derivative, Gated):
        return local_derivative.passed_on(lambda derivative: times(upstream, derivative))
    if number_of(upstream) == 0.0 and not is_finite(number_of(local_derivative)):
        # A zero adjoint contributes exactly zero. One that is a Value may be another number where this is replayed.
        if type(upstream) is float:
            return 0.0
        gated = Gated.choosing(upstream == 0.0, None, local_derivative)
        return gated.passed_on(lambda derivative: upstream * derivative)
    for factor, other in ((upstream, local_derivative), (local_derivative, upstream)):
        if type(factor) is float:
            if factor == 1.0:
                return other
            if factor == -1.0:
                return -other
            if factor == 0.0 and is_finite(number_of(other)):
                return 0.0
    return upstream * local_derivative


def is_finite(number: float) -> bool:
    """Whether a number is neither inf nor nan."""
    return number - number == 0.0


def plus(total: Any, contribution: Any) -> Any:
    """The sum of two adjoints."""
    if is_zero_constant(total):
        return contribution
    if is_zero_constant(contribution):
        return total
    return total + contribution
