"""What computes one node, in JavaScript: its value and its local derivatives, for a page that computes a graph anew.

A program's text computes a whole graph, and says no more than its output and gradients. A page shows every node, so it
gets a function for each *kind* of node, and goes over the graph itself. NumPy is not needed.
"""

from __future__ import annotations

from collections.abc import Sequence

from autograd_core.graph import Node
from autograd_core.primitives import Primitive
from autograd_core.replay.instructions import INSTRUCTIONS, gives_list, n_results
from autograd_core.replay.javascript import JAVASCRIPT, definitions
from autograd_core.replay.language import Line
from autograd_core.replay.symbols import UntraceableError
from autograd_core.replay.templates import Template, template_of


class NodeFunctions:
    """The functions that compute the nodes of a graph.

    Attributes:
        texts: each function of numbers, as an expression in JavaScript that gives ``[value, local derivatives]``, with
            ``null`` where no gradient flows.
        index: for each node that is computed, which of them computes it.

    Raises:
        ValueError: a primitive cannot be written in JavaScript; the message names it.

    >>> import autograd_core as ag
    >>> w, x = ag.Value(0.5), ag.Value(2.0)
    >>> print(*NodeFunctions(ag.topological_order(w * x + 1.0)).texts, sep=chr(10))
    spreading_nan((a0, a1) => [a0 * a1, [a1, a0]])
    spreading_nan((a0, a1) => [a0 + a1, [1.0, null]])
    """

    def __init__(self, order: Sequence[Node]) -> None:
        self.texts: list[str] = []
        self.index: dict[Node, int] = {}
        self._called: set[str] = set()
        known: dict[tuple[object, ...], int] = {}
        for node in order:
            if not node.operands:
                continue
            constants = [operand if type(operand) is float else None for operand in node.operands]
            kind = (node.op, *map(repr, constants))
            if kind not in known:
                text = self._text(node.op, constants)
                if text not in self.texts:
                    self.texts.append(text)
                known[kind] = self.texts.index(text)
            self.index[node] = known[kind]
        self._definitions = definitions(self._called)

    def source(self) -> str:
        """The body of a function that gives the list of them."""
        return "\n".join([*self._definitions, *_NAN_RULE, f"return [{', '.join(self.texts)}];"])

    def _text(self, op: Primitive, constants: Sequence[float | None]) -> str:
        """The function of one kind of node; a constant's number stands in it only where it decides what to compute."""
        carries = [constant is None for constant in constants]
        try:
            template = template_of(op, [None] * len(constants), carries)
        except UntraceableError:
            try:
                template = template_of(op, constants, carries)
            except UntraceableError as error:
                raise ValueError(f"the primitive {op.name!r} cannot be written in JavaScript") from error
        return self._written(op, template)

    def _written(self, op: Primitive, template: Template) -> str:
        places = [f"a{index}" for index in range(template.n_operands)]
        arguments = ", ".join(places)
        lines: list[Line] = []
        for code, operands in (*template.shared, *template.steps):
            formula = self._formula(INSTRUCTIONS[code].name, [_at(place, places, template) for place in operands])
            names = [f"t{len(places) + index}" for index in range(n_results(code, len(operands)))]
            lines.append(Line(tuple(names), formula, frozenset(), gives_list(code)))
            places += names
        value = places[template.value]
        derivatives = [
            "null" if place is None else _derivative(_at(place, places, template), is_gated)
            for place, is_gated in zip(template.derivatives, template.gated)
        ]
        if len(lines) == 1 and not lines[0].is_list and lines[0].names == (value,) and value not in derivatives:
            function = f"({arguments}) => [{lines[0].formula}, [{', '.join(derivatives)}]]"
        else:
            body = " ".join(map(JAVASCRIPT.assigned, lines))
            function = f"({arguments}) => {{ {body} return [{value}, [{', '.join(derivatives)}]]; }}"
        return f"spreading_nan({function})" if op.propagates_nan else function

    def _formula(self, name: str, operands: Sequence[str]) -> str:
        formula = JAVASCRIPT.formula(name, operands)
        if formula is not None:
            return formula
        self._called.add(name)
        return f"{name}({', '.join(operands)})"


_NAN_RULE = (
    "const spreading_nan = function_of => (...operands) => {",
    "    const [value, derivatives] = function_of(...operands);",
    "    return [value, value === value ? derivatives : derivatives.map(each => each === null ? null : NaN)];",
    "};",
)
"""A nan has no finite derivative, as when a node is recorded."""


def _at(place: int, places: Sequence[str], template: Template) -> str:
    return places[place] if place >= 0 else JAVASCRIPT.number(template.constants[-1 - place])


def _derivative(text: str, is_gated: bool) -> str:
    """A local derivative; where a number decides between one and none, 0 stands for none."""
    return f"{text} === 0 ? null : {text}" if is_gated else text
