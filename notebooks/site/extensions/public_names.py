"""The directive ``{public} MODULE``: a list of public names, first as a table, then each with its docstring."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from autograd_core import Primitive


class PublicNames(SphinxDirective):
    """Documents the names in its content, separated by spaces, of the module that is its argument.

    The option ``first`` names methods to come before the others of their class.
    """

    has_content = True
    required_arguments = 1
    option_spec: ClassVar = {"first": str.split}

    def run(self) -> list[nodes.Node]:
        """The table of names, and what is documented of each."""
        module = importlib.import_module(self.arguments[0])
        names = " ".join(self.content).split()
        lines = [".. autosummary::", "   :nosignatures:", ""]
        described = [name for name in names if not isinstance(getattr(module, name), Mapping)]
        lines += [f"   ~{self.arguments[0]}.{name}" for name in described]
        for name in names:
            first = self.options.get("first", ())
            lines += ["", *documented(f"{self.arguments[0]}.{name}", getattr(module, name), first)]
        text = "\n".join(["```{eval-rst}", *lines, "```"])
        return self.parse_text_to_nodes(text)


def documented(path: str, found: Any, first: Sequence[str]) -> list[str]:
    """The directive of autodoc that fits a public name."""
    if isinstance(found, Primitive):
        return [f".. autofunction:: {path}{call_of(found)}"]
    if inspect.isclass(found):
        if issubclass(found, BaseException):
            return [f".. autoexception:: {path}"]
        own = [name for name in first if hasattr(found, name)]
        options = ["   :members:", "   :inherited-members: Generic", f"   :exclude-members: {', '.join(own)}"]
        methods = [line for name in own for line in ("", f"   .. automethod:: {path}.{name}")]
        return [f".. autoclass:: {path}", *options[: 3 if own else 2], *methods]
    if isinstance(found, Mapping):
        return [f".. py:data:: {path}", "", f"   By their names: {', '.join(f'``{name}``' for name in found)}."]
    return [f".. autofunction:: {path}"]


def call_of(primitive: Primitive) -> str:
    """How a primitive is called, without types: it takes Values and numbers alike, and gives a Value for Values."""
    parameters = inspect.signature(primitive).parameters.values()
    return str(inspect.Signature([parameter.replace(annotation=inspect.Parameter.empty) for parameter in parameters]))


def is_left_out(_: Sphinx, __: str, ___: str, found: Any, skip: bool, ____: Any) -> bool | None:
    """Methods of a Value that are functions by another way to call them: the functions are documented."""
    return True if (getattr(found, "__doc__", None) or "").startswith("``ag.") else None


def escape_bars(_: Sphinx, __: str, ___: str, ____: Any, _____: Any, lines: list[str]) -> None:
    """The bars of an absolute value, which reStructuredText would take for a substitution."""
    lines[:] = [line if line.lstrip().startswith((">>>", "...")) else escaped(line) for line in lines]


def escaped(line: str) -> str:
    """The line with a backslash before each bar, but not between the backquotes of a literal."""
    parts = line.split("``")
    parts[::2] = [part.replace("|", "\\|") for part in parts[::2]]
    return "``".join(parts)


def setup(app: Sphinx) -> dict[str, bool]:
    """Enter the directive, and what makes docstrings readable."""
    app.add_directive("public", PublicNames)
    app.connect("autodoc-skip-member", is_left_out)
    app.connect("autodoc-process-docstring", escape_bars)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
