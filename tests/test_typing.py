"""What a type checker knows about user code: ``mypy --strict`` on a file of it, and what it reveals."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

pytest.importorskip("mypy", reason="mypy is in the dependency group lint")
pytest.importorskip("numpy", reason="NumPy is an optional extra")

ROOT = Path(__file__).parent.parent

USER_CODE = """
import numpy as np

import autograd_core as ag

v, w = ag.Value(0.5), ag.Value(1.0)
numbers = np.array([1.0, 2.0])


def number(x: ag.Value) -> ag.Value:
    return x * x


def several(x: ag.Value) -> list[ag.Value]:
    return [x, x * x]


def with_text(x: ag.Value) -> tuple[ag.Value, str]:
    return x * x, "text"


# Values and their arithmetic
reveal_type(v.data)  # float
reveal_type(v + 1.0)  # Value
reveal_type(1.0 + v)  # Value
reveal_type(v * w)  # Value
reveal_type(2 / v)  # Value
reveal_type(v**2)  # Value
reveal_type(-v)  # Value
reveal_type(abs(v))  # Value
reveal_type(v.tanh())  # Value
reveal_type(v % 2.0)  # Value
reveal_type(v // 2.0)  # Value
reveal_type(v > 0)  # Condition[Value]
reveal_type(v <= w)  # Condition[Value]
reveal_type(v == 0.0)  # Condition[Value]
reveal_type((v > 0) & (v < 1))  # Value
reveal_type(bool(v > 0))  # bool
reveal_type(f"{v:.3f}")  # str

# primitives
reveal_type(ag.tanh(v))  # Value
reveal_type(ag.tanh(0.5))  # float
reveal_type(ag.tanh(1))  # float
reveal_type(ag.hypot(v, 1.0))  # Value
reveal_type(ag.hypot(1.0, v))  # Value
reveal_type(ag.hypot(3.0, 4.0))  # float
reveal_type(ag.clamp(v, 0.0, 1.0))  # Value
reveal_type(ag.where(v > 0, v, 0.0))  # Value
reveal_type(ag.where(v > 0, v, w))  # Value
reveal_type(ag.where(v > 0, 1.0, 0.0))  # Value
reveal_type(ag.sum([v, w]))  # Value
reveal_type(ag.sum([1.0, 2.0]))  # float
reveal_type(ag.maximum(v, w, 0.0))  # Value
reveal_type(ag.maximum([v, w]))  # Value
reveal_type(ag.softmax([v, w]))  # list[Value]
reveal_type(ag.softmax([1.0, 2.0]))  # list[float]
reveal_type(ag.pow(v, 2.0))  # Value
reveal_type(ag.pow(2.0, 3.0))  # float
reveal_type(ag.dot([v, w], [1.0, 2.0]))  # Value
reveal_type(ag.dot([v], [w], v))  # Value
reveal_type(ag.dot([1.0], [2.0]))  # float
reveal_type(ag.stop_gradient(v))  # Value
reveal_type(ag.stop_gradient([v]))  # list[Value]

# derivatives of functions
reveal_type(ag.grad(number))  # Gradient
reveal_type(ag.grad(number)(3.0))  # float
reveal_type(ag.grad(number)(3))  # float
reveal_type(ag.grad(number)(v))  # Value
reveal_type(ag.grad(number)([3.0, 2.0]))  # list[float]
reveal_type(ag.grad(number)([3, 2]))  # list[float]
reveal_type(ag.grad(number)((3.0, 2.0), True))  # tuple[float, float]
reveal_type(ag.grad(number)({"a": [1.0]}, k=2))  # dict[str, list[float]]
reveal_type(ag.grad(number)(numbers))  # ndarray[tuple[Any, ...], dtype[Any]]
reveal_type(ag.grad(number, argnums=(0, 1))(1.0, 2.0))  # tuple[Any, ...]
reveal_type(ag.grad(with_text, has_aux=True)(1.0))  # tuple[float, str]
reveal_type(ag.value_and_grad(number)(3.0))  # tuple[float, float]
reveal_type(ag.value_and_grad(number)(v))  # tuple[Value, Value]
reveal_type(ag.value_and_grad(number)([3.0]))  # tuple[float, list[float]]
reveal_type(ag.value_and_grad(with_text, has_aux=True)(1.0))  # tuple[tuple[float, str], float]
reveal_type(ag.jacobian(number)([3.0, 2.0]))  # list[float]
reveal_type(ag.hessian(number)([3.0, 2.0]))  # list[list[float]]
reveal_type(ag.hessian(number)(3.0))  # float
reveal_type(ag.hvp(number)([3.0, 2.0], [1.0, 0.0]))  # list[float]
reveal_type(ag.jvp(number, (3.0,), (1.0,)))  # tuple[float, float]
reveal_type(ag.jvp(several, (3.0,), (1.0,)))  # tuple[list[float], list[float]]
reveal_type(ag.vjp(number, 3.0, [1.0]))  # tuple[float, def (Any) -> tuple[float, list[float]]]
reveal_type(ag.vjp(several, 3.0)[1]([1.0, 0.0]))  # tuple[float]
reveal_type(ag.gradients(v, [w]))  # list[float]
reveal_type(ag.gradients(v, [w], create_graph=True))  # list[Value]

# what is imported when it is asked for
reveal_type(ag.explain(v, w))  # Explanation
reveal_type(ag.draw(v))  # Drawing
reveal_type(ag.stepper(v))  # Stepper
reveal_type(list(ag.backward_steps(v)))  # list[Step]

# programs
program = ag.compile(v * w, inputs=[v])
reveal_type(program)  # Program
reveal_type(program.forward([1.0]))  # float | ndarray[Any, Any]
reveal_type(program.forward([[1.0], [2.0]]))  # ndarray[Any, Any]

# wrong uses are errors
ag.no_such_name  # type: ignore[attr-defined]
ag.grad(3.0)  # type: ignore[call-overload]
ag.grad(number, argnums="x")  # type: ignore[arg-type]
ag.tanh(0.5).backward()  # type: ignore[attr-defined]
ag.jvp(number, 3.0, 1.0)  # type: ignore[call-overload]
"""


def revealed(code: str, directory: Path) -> list[str]:
    """What mypy reveals, in the order of the file, without the modules' names; each error is one it ignores by name."""
    file = directory / "user_code.py"
    file.write_text(code, encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "--config-file", os.devnull, str(file)]
    environment = os.environ | {"MYPYPATH": str(ROOT)}
    printed = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=directory, check=False)
    errors = [line for line in printed.stdout.splitlines() if "error:" in line]
    assert not errors, errors
    found = re.findall(r'Revealed type is "(.*)"$', printed.stdout, re.MULTILINE)
    return [re.sub(r"\b(?:[a-z_]+\.)+(?=\w)", "", text) for text in found]


def test_types_are_revealed_as_precisely_as_python_can_say(tmp_path: Path) -> None:
    expected = re.findall(r"^reveal_type\((.*)\)  # (.*)$", USER_CODE, re.MULTILINE)
    assert len(expected) == USER_CODE.count("reveal_type")
    found = revealed(USER_CODE, tmp_path)
    assert [(call, kind) for (call, _), kind in zip(expected, found, strict=True)] == expected
