"""Labels: naming Values after the variables that hold them, and the modules that dotted labels tell of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from autograd_core.graph import AnyNode, edge_kind, is_node
from autograd_core.notation.numbers import did_you_mean

_DOTTED_NAME = re.compile(r"[^\W\d]\w*(\.\w+)+")
_MOST_NAMED = 8  # modules in a message
_NUMBERED_NAME = re.compile(r"[^.]+(?:\.\d+)*")


def label(variables: Mapping[str, Any] | None = None, /, **named: Any) -> None:
    """Give Values the names of the variables that hold them; the members of a list ``x`` become ``x.0``, ``x.1`` …

    Args:
        variables: usually ``locals()``. The Values, lists and tuples of Values in it are named, except those that have
            a label already and names that begin with an underscore; everything else in it is passed over.
        named: Values, lists and tuples of Values, by the name to give them, whatever their labels were.

    Raises:
        TypeError: ``variables`` is not a mapping, or a keyword holds something that is not a Value.

    >>> import autograd_core as ag
    >>> a, xs = ag.Value(1.0), [ag.Value(2.0), ag.Value(3.0)]
    >>> ag.label(a=a, x=xs)
    >>> a.label, xs[1].label
    ('a', 'x.1')
    >>> b = a * xs[0]
    >>> ag.label(locals())
    >>> b.label
    'b'
    """
    if variables is not None and not isinstance(variables, Mapping):
        raise TypeError(f"label() takes locals() or keywords, as in label(w=w), got {type(variables).__name__}")
    for variable, held in (variables or {}).items():
        if not variable.startswith("_"):
            for name, value in _members(variable, held):
                if is_node(value) and not value.label:
                    value.label = name
    for variable, held in named.items():
        for name, value in _members(variable, held):
            if not is_node(value):
                raise TypeError(f"label() names Values, but {name} is of type {type(value).__name__}")
            value.label = name


def _members(variable: str, held: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(held, (list, tuple)):
        for index, member in enumerate(held):
            yield f"{variable}.{index}", member
    else:
        yield variable, held


def modules_in(label: str) -> tuple[str, ...]:
    """The modules that a dotted label lies in, the outermost first; none for a label that is not a dotted name.

    >>> modules_in("layers.0.neurons.2.weights.1")
    ('layers.0', 'layers.0.neurons.2')
    >>> modules_in("weights.1"), modules_in("1.5")
    ((), ())
    """
    if not _DOTTED_NAME.fullmatch(label):
        return ()
    ends = [part.end() for part in _NUMBERED_NAME.finditer(label)]
    return tuple(label[:end] for end in ends[:-1])


def modules_of(order: Sequence[AnyNode]) -> dict[AnyNode, tuple[str, ...]]:
    """The modules that each node of a topological order lies in.

    A node whose label does not say takes them from its operands: a weighted sum lies where its weights and bias do,
    an activation where its weighted sum does.
    """
    modules: dict[AnyNode, tuple[str, ...]] = {}
    for node in order:
        modules[node] = modules_in(node.label) or _modules_of_operands(node, modules)
    return modules


def _modules_of_operands(node: AnyNode, modules: Mapping[AnyNode, tuple[str, ...]]) -> tuple[str, ...]:
    if node.op is None or node.op.kind not in ("weighted_sum", "activation"):
        return ()
    deciding = [
        modules[operand]
        for index, operand in enumerate(node.operands)
        if type(operand) is not float and edge_kind(node, index) in ("input", "activation")
    ]
    return deciding[-1] if deciding and all(path == deciding[-1] for path in deciding) else ()


def check_modules(asked: Iterable[str], modules: Mapping[AnyNode, tuple[str, ...]]) -> None:
    """Let pass the modules that nodes lie in.

    Raises:
        ValueError: no node lies in one; the message names one that is near.
        TypeError: a module is not named by a string.
    """
    known = {module for path in modules.values() for module in path}
    for module in asked:
        if not isinstance(module, str):
            raise TypeError(f"a module is named by a string, such as 'layers.0', got {module!r}")
        if module not in known:
            some = ", ".join(sorted(known)[:_MOST_NAMED]) or "none, for no label has dots"
            hint = did_you_mean(module, known) or f" The modules are: {some}."
            raise ValueError(f"no node lies in a module {module!r}.{hint}")
