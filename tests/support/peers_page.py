"""What the site's page for users of other packages claims, tried: ``python -m tests.support.peers_page PEER``.

In a process of its own for each package, since some of them start threads, after which no test can fork.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import math
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "notebooks" / "site" / "peers.md"
MODULES = {"micrograd": "micrograd", "PyTorch": "torch", "JAX": "jax", "CasADi": "casadi"}
PLACE = {"x": 0.3, "y": 1.7, "v": [0.3, 1.2, -0.5]}
"""Where both columns of a table are evaluated."""


def main() -> None:
    """Try all that the page says about one package; print what was tried."""
    peer = sys.argv[1]
    for number, (theirs, ours) in enumerate(pairs(peer), 1):
        check_pair(theirs, ours)
        print(f"pair {number}")
    if rows := tables(peer):
        check_rows(rows, *SIDES[peer]())
    print(f"{len(rows)} rows")


def pairs(peer: str) -> list[tuple[str, str]]:
    """The code for the package and the code here, as the directive of the site takes them apart."""
    path = PAGE.parent / "extensions" / "pairs.py"
    specification = importlib.util.spec_from_file_location("pairs", path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    blocks = re.findall(rf"^```{{beside}} {peer}\n(.*?)^```$", page(), re.MULTILINE | re.DOTALL)
    return [module.parted(block) for block in blocks]


def tables(peer: str) -> list[tuple[str, str]]:
    """The rows of the package's tables: an expression for it, and one here."""
    section = page().split(f"\n## From {peer}\n")[1].split("\n## ")[0]
    return re.findall(r"^\| `(.+?)` \| `(.+?)` \|$", section, re.MULTILINE)


def page() -> str:
    return PAGE.read_text(encoding="utf-8")


# -- pairs of examples --------------------------------------------------------------------------------------------


def check_pair(theirs: str, ours: str) -> None:
    """Each side gives what its last line says, and both the same where they say the same.

    Raises:
        AssertionError: what gives what instead.
    """
    results = [outcome(code) for code in (theirs, ours)]
    said = [claim(code) for code in (theirs, ours)]
    for code, result, claimed in zip((theirs, ours), results, said):
        expected = claimed if claimed.startswith("raises ") else evaluated(claimed)
        assert agree(result, expected, 1e-6), f"the page says {claimed}, and this gives {result}:\n{code}"
    if said[0] == said[1]:
        assert agree(results[0], results[1], 1e-5), results


def claim(code: str) -> str:
    """The result that the last line of a side says."""
    last = code.splitlines()[-1]
    assert last.startswith("# "), f"the last line says the result, as in # 12.0, got {last!r}"
    return last[2:]


def evaluated(text: str) -> Any:
    return eval(text, {"nan": math.nan, "inf": math.inf})


def outcome(code: str) -> Any:
    """What the last expression gives, or "raises …" with the name of the exception."""
    *statements, last = ast.parse(code).body
    namespace: dict[str, Any] = {}
    try:
        exec(compile(ast.Module(statements, []), "<page>", "exec"), namespace)
        if isinstance(last, ast.Expr):
            return eval(compile(ast.Expression(last.value), "<page>", "eval"), namespace)
        return exec(compile(ast.Module([last], []), "<page>", "exec"), namespace)
    except Exception as error:
        return f"raises {type(error).__name__}"


def agree(found: Any, expected: Any, tolerance: float) -> bool:
    """Whether two results are the same in form, and their numbers close."""
    sequences = isinstance(found, (list, tuple)), isinstance(expected, (list, tuple))
    if all(sequences):
        return len(found) == len(expected) and all(agree(a, b, tolerance) for a, b in zip(found, expected))
    if any(sequences):
        return False
    if isinstance(found, (bool, str)) or isinstance(expected, (bool, str)):
        return type(found) is type(expected) and found == expected
    if math.isnan(found) or math.isnan(expected):
        return math.isnan(found) and math.isnan(expected)
    return math.isclose(found, expected, rel_tol=tolerance)


# -- tables -------------------------------------------------------------------------------------------------------

Numbers = Callable[[Any], list[float]]


def check_rows(rows: list[tuple[str, str]], theirs: dict[str, Any], numbers: Numbers) -> None:
    """Both columns of each row give the same numbers; ``numbers`` reads them from what the package gives.

    Raises:
        AssertionError: which row does not.
    """
    ours = here()
    for their_text, our_text in rows:
        found, expected = eval(our_text, ours), numbers(eval(their_text, theirs))
        assert agree(list(flat(found)), expected, 1e-6), f"{our_text} gives {found}, {their_text} {expected}"


def here() -> dict[str, Any]:
    import numpy as np

    import autograd_core as ag
    import nn

    x, y = ag.Value(PLACE["x"]), ag.Value(PLACE["y"])
    v = np.array(PLACE["v"])
    return {"ag": ag, "nn": nn, "np": np, "x": x, "y": y, "v": v, "f": lambda v: v[0] ** 2 * v[1] - v[2]}


def flat(result: Any) -> Iterator[float]:
    """The numbers of a result here, in lists of any depth."""
    if hasattr(result, "tolist"):
        result = result.tolist()
    if isinstance(result, (list, tuple)):
        for member in result:
            yield from flat(member)
    else:
        yield float(getattr(result, "data", result))


def of_pytorch() -> tuple[dict[str, Any], Numbers]:
    torch = importlib.import_module("torch")
    place = {name: torch.tensor(number, dtype=torch.float64) for name, number in PLACE.items()}
    return {"torch": torch, **place}, lambda result: list(flat(result))


def of_jax() -> tuple[dict[str, Any], Numbers]:
    jax = importlib.import_module("jax")
    jax.config.update("jax_enable_x64", True)
    jnp = importlib.import_module("jax.numpy")
    place = {name: jnp.array(number) for name, number in PLACE.items()}
    return {"jax": jax, "jnp": jnp, **place, "f": lambda v: v[0] ** 2 * v[1] - v[2]}, lambda result: list(flat(result))


def of_casadi() -> tuple[dict[str, Any], Numbers]:
    """Its numbers are symbols first: a Function of no arguments gives their values."""
    ca = importlib.import_module("casadi")
    place = {name: ca.SX(number) for name, number in PLACE.items()}
    return {"ca": ca, **place}, lambda result: ca.DM(ca.Function("f", [], [result])()["o0"]).full().ravel().tolist()


SIDES: dict[str, Callable[[], tuple[dict[str, Any], Numbers]]] = {
    "PyTorch": of_pytorch,
    "JAX": of_jax,
    "CasADi": of_casadi,
}


if __name__ == "__main__":
    main()
