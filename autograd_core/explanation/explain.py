"""Why a gradient is what it is: :func:`explain`."""

from __future__ import annotations

from autograd_core.explanation.explanation import Explanation
from autograd_core.explanation.paths import Part, path_of_rank, rank_paths
from autograd_core.graph import Node, is_node


def explain(root: Node, wrt: Node, max_paths: int = 10) -> Explanation:
    """Take the gradient ∂root/∂wrt apart into paths, and each path into its factors.

    It is computed from the recorded local derivatives: ``backward()`` need not have run, and no ``grad`` is touched.
    The sum of all paths' products is ``wrt.grad`` after one ``root.backward()``, to rounding; only where gradients
    that are inf or nan meet exact zeros may the two differ.

    Args:
        root: the result, such as a loss.
        wrt: a Value that it was computed from: a leaf or one in between.
        max_paths: how many paths to list, 0 or more; the largest in magnitude, those through nan or inf first.

    Raises:
        TypeError: ``root`` or ``wrt`` is not a Value, or ``max_paths`` is not a whole number.
        ValueError: ``root`` was not computed from ``wrt``, or ``max_paths`` is negative.

    >>> import autograd_core as ag
    >>> w, x, b = ag.Value(0.5, "w"), ag.Value(2.0, "x"), ag.Value(-0.25, "b")
    >>> print(ag.explain(ag.tanh(ag.dot([w], [x], b)), w))
    ∂root/∂w = 1.193, 1 path
    <BLANKLINE>
    path 1: w → s → root
      layer input            ∂s/∂w = x = 2                                      2
      activation derivative  tanh′(s) = 1 − tanh²(s) = 0.5966 at s = 0.75  0.5966
      product                2 × 0.5966                                     1.193
    """
    _check_arguments(root, wrt, max_paths)
    part = Part(root, wrt)
    path_count = part.path_count()
    ranked = rank_paths(part, max_paths)
    return Explanation(
        root=root,
        wrt=wrt,
        gradient=part.gradients()[wrt],
        path_count=path_count,
        paths=tuple([path_of_rank(part, ranked, rank) for rank in range(len(ranked[root]))]),
        truncated=len(ranked[root]) < path_count,
        names=part.names,
    )


def _check_arguments(root: object, wrt: object, max_paths: object) -> None:
    for argument, value in (("root", root), ("wrt", wrt)):
        if not is_node(value):
            raise TypeError(f"explain() takes Values, but {argument} is of type {type(value).__name__}")
    if not isinstance(max_paths, int):
        raise TypeError(f"max_paths is a whole number, got {type(max_paths).__name__}")
    if max_paths < 0:
        raise ValueError(f"max_paths is at least 0, got {max_paths}")
