"""The functions that a program's text calls, with what they use, so that the text stands by itself.

Those of Python are taken from our own sources. Those of other languages stand in a file of that language.
"""

from __future__ import annotations

import ast
import functools
import inspect
import math
import re
import textwrap
from collections.abc import Callable, Collection, Mapping
from importlib.resources import files
from types import FunctionType, ModuleType
from typing import Any

from autograd_core.primitives import Primitive


class MissingDefinitionError(LookupError):
    """A file of functions lacks one; its name is the argument."""


def functions_of_file(name: str, pattern: str, called: Collection[str]) -> list[str]:
    """The lines of functions in a file beside this one, and of those that they call, in the file's order.

    Args:
        name: of the file.
        pattern: what begins a definition at the beginning of a line, up to the function's name, which is its only
            group; the definition ends with the next line that begins with ``}``.
        called: the functions that are asked for.

    Raises:
        MissingDefinitionError: the file has no function of that name.
    """
    bodies = _functions_in(name, pattern)
    found: set[str] = set()
    waiting = sorted(called)
    while waiting:
        function = waiting.pop()
        if function not in bodies:
            raise MissingDefinitionError(function)
        if function not in found:
            found.add(function)
            waiting += [each for each in re.findall(r"\b(\w+)\(", bodies[function]) if each in bodies]
    return [line for function in bodies if function in found for line in [*bodies[function].splitlines(), ""]]


@functools.cache
def _functions_in(name: str, pattern: str) -> dict[str, str]:
    text = files("autograd_core.replay").joinpath(name).read_text(encoding="utf-8")
    return {each[1]: each[0] for each in re.finditer(rf"^{pattern}\b.*?^}}.*?$", text, re.MULTILINE | re.DOTALL)}


def functions_of_python(functions: Mapping[str, Callable[..., Any]], taken: Collection[str] = ()) -> list[str]:
    """The lines that define functions of ours, with the functions and constants that they use.

    What they use of :mod:`math` and NumPy they call as ``math`` and ``np``, and they know ``inf`` and ``nan``.

    Args:
        functions: by the name that each is to have.
        taken: names that nothing may have that they use.
    """
    definitions = _PythonDefinitions(functions, taken)
    for name, function in functions.items():
        definitions.define(name, function)
    return definitions.lines


_MODULES = {"math": "math", "numpy": "np"}


class _PythonDefinitions:
    """Definitions, each after those that it uses.

    Attributes:
        lines: all of them.
    """

    def __init__(self, functions: Mapping[str, Callable[..., Any]], taken: Collection[str]) -> None:
        self.lines: list[str] = []
        self._taken = {*functions, *taken, *_MODULES.values(), "inf", "nan"}
        self._name_of: dict[Any, str] = {_function_of(function): name for name, function in functions.items()}
        self._defined: set[str] = set()

    def define(self, name: str, function: Callable[..., Any]) -> None:
        """Write a function, after what it uses."""
        if name in self._defined:
            return
        self._defined.add(name)
        own = _function_of(function)
        tree = ast.parse(textwrap.dedent(inspect.getsource(own)))
        [definition] = tree.body
        assert isinstance(definition, ast.FunctionDef)
        definition.name, definition.decorator_list = name, []
        _strip(definition)
        _Names(self, own, definition).visit(definition)
        self.lines += [*ast.unparse(definition).splitlines(), "", ""]

    def name_of(self, what: Any, name: str, module: str) -> str:
        """What a function or a constant that a function uses is called in the text, where it is defined by then."""
        key = _function_of(what) if callable(what) else (module, name)
        if key not in self._name_of:
            self._name_of[key] = self._free_name(name, module)
        given = self._name_of[key]
        if callable(what):
            self.define(given, what)
        elif given not in self._defined:
            self._defined.add(given)
            self.lines += [f"{given} = {what!r}", "", ""]
        return given

    def _free_name(self, name: str, module: str) -> str:
        """The name itself or, where a function that the program calls has it, one with its module's name before."""
        free = name.lstrip("_")
        while free in self._taken:
            free = f"{module.rpartition('.')[2]}_{free}"
        self._taken.add(free)
        return free


class _Names(ast.NodeTransformer):
    """Puts the text's names in place of those of our modules."""

    def __init__(self, definitions: _PythonDefinitions, function: FunctionType, tree: ast.FunctionDef) -> None:
        self.definitions, self.globals = definitions, function.__globals__
        self.local = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
        self.local |= {
            node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }

    def visit_Name(self, node: ast.Name) -> ast.Name:
        """A name of the function's module, if it is one."""
        if node.id in self.local or node.id not in self.globals:
            return node
        return self._named(self.globals[node.id], node.id, self.globals["__name__"])

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        """What stands in a module, and the forward of a primitive."""
        if isinstance(node.value, ast.Name) and node.value.id not in self.local and node.value.id in self.globals:
            owner = self.globals[node.value.id]
            if isinstance(owner, Primitive):
                return self._named(getattr(owner, node.attr), node.value.id, owner.__module__)
            if isinstance(owner, ModuleType) and owner.__name__ not in _MODULES:
                return self._named(getattr(owner, node.attr), node.attr, owner.__name__)
        return ast.Attribute(self.visit(node.value), node.attr, node.ctx)

    def _named(self, what: Any, name: str, module: str) -> ast.Name:
        if isinstance(what, ModuleType):
            return ast.Name(_MODULES[what.__name__])
        if isinstance(what, float) and not math.isfinite(what):
            return ast.Name("nan" if what != what else "inf")
        return ast.Name(self.definitions.name_of(what, name, module))


def _function_of(function: Callable[..., Any]) -> Any:
    return function.forward if isinstance(function, Primitive) else function


def _strip(definition: ast.FunctionDef) -> None:
    """Take away annotations, which name what the text does not import, and all but a docstring's first sentence."""
    definition.returns = None
    arguments = definition.args
    for argument in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]:
        if argument is not None:
            argument.annotation = None
    for place, statement in enumerate(definition.body):
        if isinstance(statement, ast.AnnAssign):
            assert statement.value is not None
            definition.body[place] = ast.Assign([statement.target], statement.value, lineno=statement.lineno)
    first = definition.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        [line, *_] = inspect.cleandoc(str(first.value.value)).splitlines()
        sentence = line.replace("\\", "").partition(". ")[0].removesuffix(".") + "."
        definition.body[:1] = [ast.Expr(ast.Constant(sentence))] if line.endswith((".", ")")) else []
