"""What the cells of a notebook define, without running the notebook: so that tests call what a reader sees."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

NOTEBOOKS = Path(__file__).parent.parent.parent / "notebooks"
LOOK = "lesson"
"""The module with the look of charts and the exercises: what is tested needs neither."""


def cells_of(name: str) -> list[str]:
    """The code cells of a notebook, by the name of its file without the ending."""
    notebook = json.loads((NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8"))
    return ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]


def defined_in(name: str, **given: Any) -> dict[str, Any]:
    """The functions, classes, imports and constants of a notebook's cells; what is defined again counts last.

    A constant is a number or a text, or whatever has a name in capitals. The module that shows things is left out.

    Args:
        name: of the notebook's file, without the ending.
        given: names that the definitions need while they are made, such as a default.
    """
    names = dict(given)
    for source in cells_of(name):
        for statement in ast.parse(source).body:
            if isinstance(statement, ast.Import):
                statement.names = [imported for imported in statement.names if imported.name != LOOK]
            if _is_definition(statement):
                module = ast.fix_missing_locations(ast.Module([statement], type_ignores=[]))
                exec(compile(module, f"<{name}>", "exec"), names)
    return names


def _is_definition(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Assign):
        target = statement.targets[0]
        names = [node.id for node in getattr(target, "elts", [target]) if isinstance(node, ast.Name)]
        return bool(names) and (isinstance(statement.value, ast.Constant) or all(map(str.isupper, names)))
    if isinstance(statement, ast.Import):
        return bool(statement.names)
    return isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.ImportFrom)
