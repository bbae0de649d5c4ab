"""detect_anomaly: the first value or gradient that is not finite, and the right line or none."""

from __future__ import annotations

import math
import re
import threading
import weakref
from typing import Any

import pytest

import autograd_core as ag


def message_of(work: Any) -> str:
    with pytest.raises(ag.AnomalyError) as caught, ag.detect_anomaly():
        work()
    return str(caught.value)


def test_first_value_that_is_not_finite() -> None:
    x = ag.Value(0.0, "x")

    def work() -> None:
        y = x + 1.0
        ag.log(y - 1.0)  # the culprit

    message = message_of(work)
    assert message.startswith("log(x + 1 - 1) gave -inf")
    assert "operands: x + 1 - 1 = 0.0" in message
    assert re.search(r"recorded at .*test_anomaly\.py:\d+: ag\.log\(y - 1\.0\)  # the culprit", message)


def test_first_gradient_that_is_not_finite() -> None:
    x = ag.Value(0.0, "x")

    def work() -> None:
        root = ag.sqrt(x * 2.0) + 1.0
        root.backward()

    message = message_of(work)
    assert message.startswith("√(x * 2) would pass the gradient inf on to x * 2: upstream 1.0 × local derivative inf")
    assert "test_anomaly.py" in message
    assert "ag.sqrt(x * 2.0)" in message


def test_gradient_that_overflows_by_accumulation() -> None:
    x = ag.Value(1.0, "x")
    message = message_of(lambda: (x * 1.5e308 * 0.5 + x * 1.5e308 * 0.5).backward(2.0))
    assert "inf" in message


def test_functional_gradients_are_watched_too() -> None:
    message = message_of(lambda: ag.grad(lambda x: ag.sqrt(x))(0.0))
    assert message.startswith("root = √x would pass the gradient inf on to x:")


def test_nodes_are_called_as_every_view_of_the_pass_calls_them() -> None:
    w, x, b = ag.Value(1e200, "w"), ag.Value(2.0, "x"), ag.Value(-2e200, "b")
    s = w * x + b
    loss = (ag.tanh(s) - 1.0) ** 2
    with ag.detect_anomaly():
        loss.backward()
        with pytest.raises(ag.AnomalyError) as caught:
            loss.backward(1e308 * 10.0)
        assert str(caught.value).startswith("the gradient of root = (o - 1) ** 2 is inf\n")
        with pytest.raises(ag.AnomalyError, match=r"\Aw \* x would pass the gradient -inf on to x: "):
            loss.backward(1e150)
        with pytest.raises(ag.AnomalyError, match=r"\Athe gradient of root = w \* x \+ b is inf\n"):
            s.backward(math.inf)  # the same node as the root of another pass


def test_a_masked_infinity_is_no_anomaly_of_the_gradient() -> None:
    x = ag.Value(0.0)
    root = ag.sqrt(x) * 0.0
    with ag.detect_anomaly():
        root.backward()
    assert x.grad == 0.0


def test_nothing_is_left_behind() -> None:
    x = ag.Value(0.0)
    message_of(lambda: ag.log(x))
    assert ag.log(x).data == -math.inf
    ag.sqrt(x).backward()
    assert x.grad == math.inf


def test_other_threads_are_left_alone() -> None:
    results = []
    with ag.detect_anomaly():
        thread = threading.Thread(target=lambda: results.append(ag.log(ag.Value(0.0)).data))
        thread.start()
        thread.join()
    assert results == [-math.inf]


def test_a_leaf_where_a_recorded_node_was_has_no_line() -> None:
    """Freed memory is used again at once: a new Value is where the last result was."""
    x = ag.Value(2.0)
    with ag.detect_anomaly():
        for _ in range(100):
            places = {id(x * x) for _ in range(20)}
            leaf = ag.Value(1.0, "leaf")
            root = leaf * 1.0
            with pytest.raises(ag.AnomalyError) as caught:
                root.backward(math.inf)
            message = str(caught.value)
            assert "recorded at" in message, "the root's line"
            with pytest.raises(ag.AnomalyError) as caught:
                leaf.backward(math.inf)
            assert "recorded at" not in str(caught.value)
            del leaf, root, places


def test_a_node_that_was_recorded_elsewhere_has_no_line() -> None:
    x = ag.Value(2.0)
    made: list[ag.Value] = []

    def elsewhere() -> None:
        made.extend(x * x for _ in range(3000))

    with ag.detect_anomaly():
        for _ in range(3000):
            x * x
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
        for node in made:
            with pytest.raises(ag.AnomalyError) as caught:
                node.backward(math.inf)
            assert "recorded at" not in str(caught.value)


class Watched(ag.Value):
    """A Value whose end can be seen."""

    __slots__ = ("__weakref__",)


@pytest.mark.slow
def test_graphs_are_freed_while_they_are_watched() -> None:
    leaves: weakref.WeakSet[ag.Value] = weakref.WeakSet()
    with ag.detect_anomaly():
        for _ in range(20_000):
            leaves.add(leaf := Watched(1.0))
            ag.tanh(leaf * 2.0)
            del leaf
        assert len(leaves) < 2000
    assert len(leaves) == 0


def test_the_line_of_a_node_that_is_kept_stays_known() -> None:
    x = ag.Value(0.0, "x")
    with ag.detect_anomaly():
        kept = x * 2.0  # this line
        other = kept + 1.0
        for _ in range(10_000):
            ag.tanh(x)
        with pytest.raises(ag.AnomalyError, match=r"recorded at .*kept = x \* 2\.0  # this line"):
            kept.backward(math.inf)
        with pytest.raises(ag.AnomalyError, match=r"recorded at .*other = kept"):
            other.backward(math.inf)
