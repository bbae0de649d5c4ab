"""What no trace can see is noticed: the function runs as it is, and one warning names the line."""

from __future__ import annotations

import copy
import math
import pickle
import re
import threading
import warnings
from collections.abc import Callable
from typing import Any

import pytest

import autograd_core as ag
from tests.support.traced import close, differentiated, with_warnings

pytestmark = pytest.mark.usefixtures("whatever_length")

W = ag.Value(2.0, "w")
INSIDE = W * W


def number(x: Any) -> float:
    return x.data if isinstance(x, ag.Value) else x


def in_no_grad(x: Any) -> Any:
    with ag.no_grad():
        y = x * W
    return y * x


def with_a_pass(x: Any) -> Any:
    y = x * W
    y.backward()
    return x * W.grad


def sets_outside(x: Any) -> Any:
    W.data = 2.0
    return x * W


def resets_gradient(x: Any) -> Any:
    W.grad = 0.0
    return x * W


def in_a_thread(compute: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def f(x: Any) -> Any:
        found: list[Any] = []
        thread = threading.Thread(target=lambda: found.append(compute(x)))
        thread.start()
        thread.join()
        return found[0] * x

    return f


SEEN_BY_NOBODY: dict[str, tuple[Callable[[Any], Any], str]] = {
    "data of an argument": (lambda x: x * number(x), "reads or sets the number of a Value"),
    "data of a leaf outside": (lambda x: x * W.data, "reads or sets the number of a Value"),
    "data of a node outside": (lambda x: x * INSIDE.data, "reads or sets the number of a Value"),
    "data of what was computed": (lambda x: x * number(x * W), "reads or sets the number of a Value"),
    "data set": (sets_outside, "reads or sets the number of a Value"),
    "grad": (lambda x: x * (W.grad + 1.0), "reads or sets the gradient of a Value"),
    "grad set": (resets_gradient, "reads or sets the gradient of a Value"),
    "local derivatives": (
        lambda x: x * (W * W).local_derivatives[0],
        "reads or sets the local derivatives of a Value",
    ),
    "repr": (lambda x: x * len(repr(x)), "shows a Value as a text"),
    "str": (lambda x: x * len(str(x)), "shows a Value as a text"),
    "f-string": (lambda x: x * len(f"{x:.3f}"), "shows a Value as a text"),
    "format": (lambda x: x * len(format(x, ".1f")), "shows a Value as a text"),
    "in a list": (lambda x: x * len(str([x])), "shows a Value as a text"),
    "no_grad": (in_no_grad, r"computes in no_grad\(\)"),
    "backward": (with_a_pass, "reads or sets the gradient of a Value"),
    "gradients": (lambda x: x * ag.gradients(x * W, [W])[0], "reads or sets the local derivatives of a Value"),
    "draw": (lambda x: x * len(ag.draw(x * W).source), "of a Value"),
    "explain": (lambda x: x * ag.explain(x * W, W).gradient, "of a Value"),
    "copy": (lambda x: copy.copy(W) * x, "reads or sets the number of a Value"),
    "deepcopy": (lambda x: copy.deepcopy(W) * x, "reads or sets the number of a Value"),
    "pickle": (lambda x: pickle.loads(pickle.dumps(W)) * x, "reads or sets"),
    "computed in a thread": (in_a_thread(lambda x: x * W), "computes with its arguments in another thread"),
    "asked in a thread": (in_a_thread(lambda x: 1.0 if x > 1.0 else 2.0), "with its arguments in another thread"),
    "read in a thread": (in_a_thread(number), "with its arguments in another thread"),
}


@pytest.mark.parametrize("name", SEEN_BY_NOBODY)
def test_the_function_runs_as_it_is_and_says_so_once(name: str) -> None:
    f, what = SEEN_BY_NOBODY[name]
    traced = ag.jit(f)
    said: list[str] = []
    for value in (0.5, 1.5, 0.25):
        x = ag.Value(value)
        expected = differentiated(f, (x,), [W, x])
        found, texts = with_warnings(lambda x=x: differentiated(traced, (x,), [W, x]))  # type: ignore[misc]
        assert close(found, expected)
        said += texts
    assert len(said) == 1
    assert re.search(rf" is not traced, and runs as it is: it .*{what}.* at .*test_unseen\.py:\d+: ", said[0])
    assert traced.traces == []


def test_what_numpy_and_the_standard_library_do_is_said_with_the_users_line() -> None:
    np = pytest.importorskip("numpy")

    def f(x: Any) -> Any:
        return copy.copy(x) * W  # this line

    assert "# this line" in with_warnings(lambda: ag.jit(f)(1.0))[1][0]

    def g(v: Any) -> Any:
        return np.array2string(v) and v.sum() * W  # this line, too

    assert "# this line, too" in with_warnings(lambda: ag.jit(g)(np.array([1.0])))[1][0]


def test_a_function_that_fails_with_values_runs_as_it_is() -> None:
    traced = ag.jit(lambda x: math.sin(x) * 2.0)
    found, texts = with_warnings(lambda: [traced(1.0), traced(2.0)])
    assert found == [math.sin(1.0) * 2.0, math.sin(2.0) * 2.0]
    assert len(texts) == 1
    assert (
        "it fails with Values in place of floats (TypeError: a Value does not turn into a float by itself" in texts[0]
    )


def test_what_a_function_does_to_values_is_done_once() -> None:
    """Tracing takes it back before the function runs as it is."""
    w = ag.Value(2.0)

    def step(x: Any) -> Any:
        loss = (x * w) ** 2
        loss.backward()
        w.data -= 0.1 * w.grad
        return loss

    def failing(x: Any) -> Any:
        w.grad += 1.0
        raise ValueError("fails")

    w.grad = 0.0
    with_warnings(lambda: ag.jit(step)(1.0))
    assert (w.grad, w.data) == (4.0, 1.6)
    with pytest.raises(ValueError, match="fails"):
        ag.jit(failing)(1.0)
    assert w.grad == 5.0


def test_warnings_as_errors_come_once() -> None:
    traced = ag.jit(lambda x: x * number(x))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(RuntimeWarning, match="is not traced"):
            traced(2.0)
        assert traced(3.0) == 9.0


SEEN: dict[str, Callable[[Any], Any]] = {
    "derivatives inside": lambda x: x * ag.grad(lambda y: y**3 * W)(x),
    "a Hessian inside": lambda x: x * ag.hessian(lambda y: y**4 * W)(x),
    "gradients as a graph": lambda x: x * ag.gradients(x**3 * W, [W], create_graph=True)[0],
    "stop_gradient": lambda x: ag.stop_gradient(x * W) * x,
    "a nan": lambda x: (x * float("nan")) * W if x > 100.0 else (W * float("nan")) * 0.0 + x,
}


@pytest.mark.parametrize("name", SEEN)
def test_what_a_trace_can_see_is_traced(name: str) -> None:
    traced = ag.jit(SEEN[name])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for value in (0.5, 1.5, -0.25):
            x = ag.Value(value)
            expected = differentiated(SEEN[name], (x,), [x])
            assert close(differentiated(traced, (x,), [x]), expected)
    assert len(traced.traces) >= 1
