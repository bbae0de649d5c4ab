"""Why a gradient is what it is: :func:`explain`."""

from __future__ import annotations

from collections.abc import Sequence

from autograd_core.explanation.explanation import Explanation
from autograd_core.explanation.paths import Part, path_of_rank, rank_paths
from autograd_core.graph import Node, is_node, topological_order


def explain(root: Node, wrt: Node, output: Node | Sequence[Node] | None = None, max_paths: int = 10) -> Explanation:
    """Take the gradient ∂root/∂wrt apart into paths, and each path into its factors.

    It is computed from the recorded local derivatives: ``backward()`` need not have run, and no ``grad`` is touched.
    The sum of all paths' products is ``wrt.grad`` after one ``root.backward()``, to rounding; only where gradients
    that are inf or nan meet exact zeros may the two differ.

    Neurons are recognised however they are written: products of a parameter and a signal, their sum, and the function
    of that sum alone. What is computed after the last of them is the loss. Each is one factor, as it is with ``dot``,
    with a primitive for the activation and with a loss of one node.

    Args:
        root: the result, such as a loss.
        wrt: a Value that it was computed from: a leaf or one in between.
        output: the network's output, or several, where it cannot be seen which part is the network and which the loss.
        max_paths: how many paths to list, 0 or more; the largest in magnitude, those through nan or inf first.

    Raises:
        TypeError: ``root``, ``wrt`` or ``output`` is not a Value, or ``max_paths`` is not a whole number.
        ValueError: ``root`` was not computed from ``wrt`` or ``output``, or ``max_paths`` is negative.

    >>> import autograd_core as ag
    >>> w, x, b = ag.Value(0.5, "w"), ag.Value(2.0, "x"), ag.Value(-0.25, "b")
    >>> print(ag.explain(ag.tanh(w * x + b), w))
    ∂root/∂w = 1.193, 1 path
    <BLANKLINE>
    path 1: w → s → root
      layer input            ∂s/∂w = x = 2                                      2
      activation derivative  tanh′(s) = 1 − tanh²(s) = 0.5966 at s = 0.75  0.5966
      product                2 × 0.5966                                     1.193
    """
    outputs = _outputs(output)
    _check_arguments(root, wrt, outputs, max_paths)
    return explanation_of(Part(root, wrt, outputs), max_paths)


def explanation_of(part: Part, max_paths: int) -> Explanation:
    """The explanation of a part of a graph, with its largest paths."""
    root, wrt = part.nodes[-1], part.nodes[0]
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
        part=part,
    )


def _outputs(output: Node | Sequence[Node] | None) -> list[Node]:
    if output is None or is_node(output):
        return [] if output is None else [output]
    if not isinstance(output, Sequence) or not all(map(is_node, output)):
        raise TypeError(
            f"output is a Value of the graph or a list of them, got {type(output).__name__}; "
            "write max_paths=… for the number of paths"
        )
    return list(output)


def _check_arguments(root: object, wrt: object, outputs: Sequence[Node], max_paths: object) -> None:
    for argument, value in (("root", root), ("wrt", wrt)):
        if not is_node(value):
            raise TypeError(f"explain() takes Values, but {argument} is of type {type(value).__name__}")
    if not isinstance(max_paths, int):
        raise TypeError(f"max_paths is a whole number, got {type(max_paths).__name__}")
    if max_paths < 0:
        raise ValueError(f"max_paths is at least 0, got {max_paths}")
    if outputs and is_node(root):
        order = set(topological_order(root))
        for each in outputs:
            if each not in order:
                raise ValueError(f"root was not computed from the output {each!r}")
