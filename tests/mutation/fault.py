"""What a fault is, and the one way to make one of a function: its source text with another formula."""

from __future__ import annotations

import ast
import importlib
import inspect
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import Any

from autograd_core.primitives import Primitive


@dataclass(frozen=True)
class Fault:
    """One fault: what it is and how to bring it about.

    Attributes:
        tests: groups of tests, of which the first is likely to see it.
        look: what is likely to see it even before those, and without pytest's cost; it raises where something is wrong.
    """

    name: str
    inject: Callable[[], object]
    tests: Sequence[Sequence[str]]
    look: Callable[[], object] | None = None


def rewrite(
    module: str, function: str, old: str, new: str, *tests: Sequence[str], look: Callable[[], object] | None = None
) -> Fault:
    """A function of a module, or a method such as ``Class.method``, with ``old`` replaced in its source text.

    It stays the same object with other code, so that whoever has it gets the fault.
    """
    target: Any = importlib.import_module(module)
    for name in function.split("."):
        target = getattr(target, name)
    target = target.forward if isinstance(target, Primitive) else getattr(target, "__func__", target)
    changed: FunctionType = inspect.unwrap(target)
    source = textwrap.dedent(inspect.getsource(changed))
    if old not in source:
        raise LookupError(f"{module}.{function} has no {old!r} to replace")

    code = _compiled(source.replace(old, new, 1), f"<fault in {function}>", changed)

    def inject() -> None:
        changed.__code__ = code

    return Fault(f"{function}: {old} → {new}", inject, tests, look)


def _compiled(source: str, file: str, original: FunctionType) -> CodeType:
    """The code of a function's text, with the variables from outside that the original has, such as super()'s."""
    definition = ast.parse(source).body[0]
    assert isinstance(definition, ast.FunctionDef)
    definition.decorator_list = []
    definition.name = "changed"  # its own name stays that of the module's function
    tree = ast.parse(f"def outside({', '.join(original.__code__.co_freevars)}): return changed")
    outside = tree.body[0]
    assert isinstance(outside, ast.FunctionDef)
    outside.body.insert(0, definition)
    namespace: dict[str, Any] = {}
    exec(compile(tree, file, "exec"), original.__globals__, namespace)
    function: FunctionType = namespace["outside"](*original.__code__.co_freevars)
    return function.__code__
