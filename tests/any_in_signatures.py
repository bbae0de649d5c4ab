"""How often public signatures say ``Any``: ``python -m tests.any_in_signatures [FOLDER]`` counts it in each room.

What counts is each ``Any`` in the annotation of a parameter or a result, of functions and methods without an underscore
in their names or in that of their class, and of operators such as ``__add__``; overloads count one by one, the
function behind them, which no type checker shows, does not. Nor do the rules of primitives, ``define_partials`` and
``define_branchless``: the same text runs on floats, Values and arrays, which Python has no word for.
"""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.import_graph import PACKAGES, ROOT, files, module_of, room_of

RULES = {"define_partials", "define_branchless"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def public_functions(body: list[ast.stmt]) -> Iterator[Function]:
    """Those of a module or a class, whose classes are looked into."""
    overloaded: set[str] = set()
    for node in body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from public_functions(node.body)
        elif isinstance(node, Function) and (not node.name.startswith("_") or node.name.endswith("__")):
            decorators = {ast.unparse(each).rpartition(".")[2] for each in node.decorator_list}
            if "overload" in decorators:
                overloaded.add(node.name)
            elif node.name in overloaded or decorators & RULES:
                continue
            yield node


def count_any(function: Function) -> int:
    """How many times its annotations say Any."""
    arguments = function.args
    parameters = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    parameters += filter(None, [arguments.vararg, arguments.kwarg])
    annotations = filter(None, [function.returns, *[parameter.annotation for parameter in parameters]])
    return sum(isinstance(name, ast.Name) and name.id == "Any" for each in annotations for name in ast.walk(each))


def counts(package: str, root: Path = ROOT) -> Counter[str]:
    """By room."""
    found: Counter[str] = Counter()
    for path in files(package, root):
        functions = public_functions(ast.parse(path.read_text(encoding="utf-8")).body)
        found[room_of(module_of(path, root))] += sum(map(count_any, functions))
    return +found


def main() -> None:
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT
    for package in PACKAGES:
        rooms = counts(package, root)
        print(f"{package}: {rooms.total()} Any in public signatures")
        print("".join(f"  {count:4} {room}\n" for room, count in rooms.most_common()), end="")


if __name__ == "__main__":
    main()
