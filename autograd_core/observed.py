"""A pass backwards through a graph, shown to those who watch it: they may look, raise, or stop it in a debugger."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import chain, islice
from typing import Any, TypeVar

from autograd_core.contexts import Observer, backward_observers
from autograd_core.graph import AnyNode

Derivative = TypeVar("Derivative")
Edges = Callable[[Iterable[Any], Iterable[Derivative]], Iterable[tuple[Any, Derivative]]]


def observed(nodes: Iterable[AnyNode]) -> tuple[Iterable[AnyNode], Edges[Any]]:
    """The nodes of a pass in its order, and what gives each its edges: just these and ``zip`` if nobody watches."""
    observers = backward_observers()
    if not observers:
        return nodes, zip
    view = View(observers)
    return view.nodes(nodes), view.edges


class View:
    """What the observers see of a pass, and their stops at the edges of a node."""

    def __init__(self, observers: Sequence[Observer]) -> None:
        self._observers = observers
        self._stops: list[Callable[[], Any]] = []

    def nodes(self, nodes: Iterable[AnyNode]) -> Iterable[AnyNode]:
        """Each node, after it has been shown; and after the stops, if it has no gradient to pass along its edges."""
        return chain.from_iterable(map(self._shown, nodes))

    def _shown(self, node: AnyNode) -> Iterable[AnyNode]:
        self.show(node, node.grad)
        return (node,) if node.grad != 0.0 else chain(*self._called(), (node,))

    def show(self, node: Any, upstream: float) -> None:
        """Show a node that is about to pass its gradient on."""
        try:
            answers = [observer(node, upstream) for observer in self._observers]
        except StopIteration as error:  # it would end the loop over the nodes, as if there were no more of them
            raise RuntimeError("a function that watches a backward pass raised StopIteration") from error
        self._stops = [stop for stop in answers if stop is not None]

    def edges(self, operands: Iterable[Any], derivatives: Iterable[Derivative]) -> Iterable[tuple[Any, Derivative]]:
        """Operands beside derivatives, after the stops."""
        return chain(*self._called(), zip(operands, derivatives))

    def _called(self) -> list[Iterable[Any]]:
        """Iterables of nothing: each calls a stop when it is asked for its first item, with no frame of Python between.

        So a debugger stops in the loop itself, and at its next line the loop's names are those of the node's first
        edge.
        """
        return [islice(iter(stop, object()), 1, 1) for stop in self._stops]
