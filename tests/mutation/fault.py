"""What a fault is, and the one way to make one of a function: its source text with another formula."""

from __future__ import annotations

import ast
import importlib
import inspect
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Any

from autograd_core.primitives import Primitive


@dataclass(frozen=True)
class Fault:
    """One fault: what it is, how to bring it about, and groups of tests, of which the first is likely to see it."""

    name: str
    inject: Callable[[], object]
    tests: Sequence[Sequence[str]]


def rewrite(module: str, function: str, old: str, new: str, *tests: Sequence[str]) -> Fault:
    """A function of a module, or a method such as ``Class.method``, with ``old`` replaced in its source text.

    It stays the same object with other code, so that whoever has it gets the fault.
    """
    target: Any = importlib.import_module(module)
    for name in function.split("."):
        target = getattr(target, name)
    changed: FunctionType = inspect.unwrap(target.forward if isinstance(target, Primitive) else target)
    source = textwrap.dedent(inspect.getsource(changed))
    if old not in source:
        raise LookupError(f"{module}.{function} has no {old!r} to replace")

    def inject() -> None:
        tree = ast.parse(source.replace(old, new, 1))
        definition = tree.body[0]
        assert isinstance(definition, ast.FunctionDef)
        definition.decorator_list = []
        namespace: dict[str, Any] = {}
        exec(compile(tree, f"<fault in {function}>", "exec"), changed.__globals__, namespace)
        changed.__code__ = namespace[definition.name].__code__

    return Fault(f"{function}: {old} → {new}", inject, tests)
