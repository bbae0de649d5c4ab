"""Both passes over a large graph as plain data, one step after the other, as the stepper's page shows them.

The drawing puts nodes together, and a step is all that happens in a row in one box.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, groupby
from typing import Any, NamedTuple

from autograd_core.drawing.arrangement import Arrangement, Box, Constant, Item
from autograd_core.drawing.dot import drawn_edges
from autograd_core.drawing.look import is_loud
from autograd_core.graph import Node, topological_order
from autograd_core.notation.expression import as_one_word
from autograd_core.notation.node_names import NodeNames
from autograd_core.notation.numbers import counted, number, one_line
from autograd_core.stepping.steps import Step, backward_steps

MOST_STEPS = 1000

Record = dict[str, Any]
Shown = tuple[int, str, str]
"""A node's or box's position, its gradient to read, and exactly, as far as there is one."""


def box_data(root: Node, arrangement: Arrangement) -> Record:
    """What the page shows of a graph that is drawn in boxes: nodes and edges by the drawing's ids, and the steps.

    The nodes have the drawing's ids n0, n1 … in their order, and edges the operands' order. Numbers are strings: one to
    read, and where the page must be exact, their ``repr``. The gradients in the graph become those of one backward
    pass.

    Args:
        root: where the graph ends; its leaves' gradients are 0.
        arrangement: the graph as it is drawn.
    """
    page = _Page(root, arrangement)
    return {"note": arrangement.note, "nodes": page.nodes, "edges": page.edges} | page.steps()


class _Event(NamedTuple):
    """One thing that happens: a node is computed, or gets the seed, or passes on its gradient, all or along one edge.

    Attributes:
        phase: ``forward``, ``seed`` or ``backward``.
        node: the node.
        step: the edge, if it is one.
        completed: the nodes whose gradient is complete with this.
    """

    phase: str
    node: Node
    step: Step | None
    completed: list[Node]


class _Page:
    def __init__(self, root: Node, arrangement: Arrangement) -> None:
        self.root = root
        self.arrangement = arrangement
        self.order = topological_order(root)
        self.names = NodeNames(self.order)
        self.position: dict[Item, int] = {
            item: position for position, box in enumerate(arrangement.boxes) for item in box.members
        }
        self.nodes: list[Record] = [
            _item(box.members[0], self.names) if len(box.members) == 1 else _box(box) for box in arrangement.boxes
        ]
        self.edges: list[Record] = []
        self.edge_position: dict[tuple[Node, int], int] = {}
        position = {box: position for position, box in enumerate(arrangement.boxes)}
        drawn_in_order = sorted(drawn_edges(arrangement), key=lambda edge: edge[2][0][2])  # by the operand's index
        for edge_id, (start, end), drawn in drawn_in_order:
            for _, node, index in drawn:
                self.edge_position[node, index] = len(self.edges)
            self.edges.append({"id": edge_id, "from": position[start], "to": position[end]})

    def name(self, position: int) -> str:
        return str(self.nodes[position]["name"])

    # -- steps ----------------------------------------------------------------------------------------------------

    def steps(self) -> Record:
        """The steps of the page, the first of which only shows what is given; and where the backward pass begins."""
        progress = _Progress(self.arrangement, self.position)
        given = {"say": "The inputs, parameters and constants are given."}
        forward, backward = [
            [self._step_of_boxes(run, progress) for run in self._runs(events)]
            for events in (self._forward(), self._backward())
        ]
        return {"steps": [given, *forward, *backward], "backwardFrom": 1 + len(forward)}

    def _runs(self, events: Sequence[_Event]) -> list[list[_Event]]:
        """What happens in a row in one box; of very many such runs, several together."""
        runs = [list(run) for _, run in groupby(events, key=lambda event: (event.phase, self.position[event.node]))]
        together = -(-len(runs) // MOST_STEPS)
        starts = range(0, len(runs), together or 1)
        return [list(chain.from_iterable(runs[start : start + together])) for start in starts]

    def _forward(self) -> list[_Event]:
        return [_Event("forward", node, None, []) for node in self.order if node.operands]

    def _backward(self) -> list[_Event]:
        """The backward pass. A node is complete when the last node that it is an operand of has passed all on."""
        taken: dict[Node, list[Step]] = {}
        for step in backward_steps(self.root):
            taken.setdefault(step.node, []).append(step)
        events = [_Event("seed", self.root, None, [self.root])]
        last_use: dict[Node, int] = {}
        for node in reversed(self.order):
            if not node.operands:
                continue
            steps = taken.get(node)
            if steps is None:
                events.append(_Event("backward", node, None, []))
            for step in steps or []:
                last_use[step.operand] = len(events)
                events.append(_Event("backward", node, step, []))
            for operand, derivative in zip(node.operands, node.local_derivatives):
                if type(operand) is not float and (steps is None or derivative is None):
                    last_use[operand] = len(events) - 1
        for node, index in last_use.items():
            events[index].completed.append(node)
        return events

    def _step_of_boxes(self, events: Sequence[_Event], progress: _Progress) -> Record:
        """The page's step for several events in a row."""
        boxes = list(dict.fromkeys(self.position[event.node] for event in events))
        record: Record = {"nodes": boxes}
        names = _some([self.name(box) for box in boxes])
        if events[0].phase == "forward":
            uses = [(event.node, index) for event in events for index in range(len(event.node.operands))]
            record["say"] = f"{names}: {counted(len(events), 'node')} computed"
            record["computed"] = progress.computed(events)
        else:
            uses = [(event.node, event.step.operand_index) for event in events if event.step is not None]
            targets = dict.fromkeys(self.position[node.operands[index]] for node, index in uses)
            if events[0].phase == "seed" and not uses:
                record["say"] = _seed(names)
            elif not uses:
                record["say"] = f"{names}: no gradient to pass on"
            else:
                along = f"along {counted(len(uses), 'edge')}"
                record["say"] = f"{names}: gradients passed on {along} to {_some(list(map(self.name, targets)))}"
            record["grads"], record["complete"] = progress.passed_on(events)
        edges = dict.fromkeys(self.edge_position[use] for use in uses if use in self.edge_position)
        return record | {"edges": list(edges)}


class _Progress:
    """How far the boxes of a drawing are, while the passes go on."""

    def __init__(self, arrangement: Arrangement, position: dict[Item, int]) -> None:
        self.arrangement = arrangement
        self.position = position
        self.to_compute = [sum(_is_computed(item) for item in box.members) for box in arrangement.boxes]
        self.to_complete = [sum(_has_gradient(item) for item in box.members) for box in arrangement.boxes]
        self.reached: list[set[Node]] = [set() for _ in arrangement.boxes]

    def computed(self, events: Sequence[_Event]) -> list[int]:
        """The boxes that are computed with these events."""
        for event in events:
            self.to_compute[self.position[event.node]] -= 1
        boxes = dict.fromkeys(self.position[event.node] for event in events)
        return [box for box in boxes if self.to_compute[box] == 0]

    def passed_on(self, events: Sequence[_Event]) -> tuple[list[Shown], list[int]]:
        """What is to be read at the boxes whose gradients these events change, and those that are complete now."""
        latest: dict[int, float] = {}
        complete: list[int] = []
        for event in events:
            if event.step is not None:
                box = self.position[event.step.operand]
                self.reached[box].add(event.step.operand)
                latest[box] = event.step.grad_after
            for node in event.completed:
                box = self.position[node]
                latest[box] = node.grad
                self.to_complete[box] -= 1
                if self.to_complete[box] == 0:
                    complete.append(box)
        return [self._gradient(box, gradient) for box, gradient in latest.items()], complete

    def _gradient(self, position: int, latest: float) -> Shown:
        members = self.arrangement.boxes[position].members
        if len(members) == 1:
            return _gradient(position, latest)
        if self.to_complete[position] > 0:
            total = sum(map(_has_gradient, members))
            return position, f"{len(self.reached[position]):,} of {total:,}", ""
        largest = max(abs(item.grad) for item in members if _has_gradient(item))
        return position, f"up to ±{number(largest)}", repr(largest)


def _gradient(position: int, gradient: float) -> Shown:
    return position, number(gradient), repr(gradient)


# -- texts --------------------------------------------------------------------------------------------------------


def _item(item: Item, names: NodeNames) -> Record:
    """A node or constant that is drawn by itself."""
    if isinstance(item, Constant):
        return {"name": number(item.data), "value": number(item.data), "exact": repr(item.data), "constant": True}
    record: Record = {"name": names.of(item), "value": number(item.data), "exact": repr(item.data)}
    if item.operands:
        record |= {"formula": names.operation(item)}
    return record


def _box(box: Box) -> Record:
    """Several nodes that are drawn as one."""
    constants = sum(isinstance(item, Constant) for item in box.members)
    sort = "constants" if constants == len(box.members) else "leaves"
    name = one_line(box.title) or f"{len(box.members):,} {sort}"
    given = not any(map(_is_computed, box.members))
    shows_gradient = constants < len(box.members) and not any(map(is_loud, box.members))
    return {"name": name, "members": counted(len(box.members), "node"), "given": given, "constant": not shows_gradient}


def _seed(name: str) -> str:
    root = as_one_word(name)
    return f"{root}.grad = 1: backpropagation starts at the root, whose derivative with respect to itself is 1"


def _some(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= 4 else f"{', '.join(names[:3])} and {len(names) - 3:,} more"


def _is_computed(item: Item) -> bool:
    return not isinstance(item, Constant) and bool(item.operands)


def _has_gradient(item: Item) -> bool:
    return not isinstance(item, Constant)
