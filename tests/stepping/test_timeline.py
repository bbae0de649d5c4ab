"""Time travel in a backward pass: each moment has the gradients of that moment, to the last bit."""

from __future__ import annotations

import math
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_core as ag
from autograd_core.stepping.timeline import Timeline
from tests.support.graphs import bits, graphs, numbers, set_gradients
from tests.support.work import counting_calls


@given(graphs(), numbers, st.lists(numbers, min_size=4, max_size=4), st.lists(st.integers(0, 60), max_size=8))
def test_each_position_has_the_gradients_of_so_many_steps(
    root: ag.Value, seed: float, leaf_gradients: list[float], journey: list[int]
) -> None:
    nodes = set_gradients(root, leaf_gradients)
    before = bits(nodes)
    timeline = Timeline(root, seed)
    assert bits(nodes) == before
    for target in journey:
        position = min(target, len(timeline.steps))
        timeline.go_to(position)
        assert timeline.position == position
        here = bits(nodes)

        set_gradients(root, leaf_gradients)
        for _ in islice(ag.backward_steps(root, seed), position):
            pass
        assert bits(nodes) == here


@given(graphs(), st.data())
def test_what_it_knows_of_a_node_is_what_the_steps_say(root: ag.Value, data: st.DataObject) -> None:
    timeline = Timeline(root)
    timeline.go_to(data.draw(st.integers(0, len(timeline.steps))))
    taken = timeline.steps[: timeline.position]
    for node in timeline.order:
        arrivals = [step.index for step in timeline.steps if step.operand is node]
        departures = [step.index for step in timeline.steps if step.node is node]
        assert timeline.arrivals.get(node, []) == arrivals
        assert list(timeline.departures.get(node, ())) == departures
        assert timeline.arrived(node) == sum(step.operand is node for step in taken)
        completion = timeline.completion(node)
        assert completion == (departures[0] if departures else arrivals[-1] + 1 if arrivals else None)


def test_a_pass_without_steps_still_begins() -> None:
    x = ag.Value(2.0, "x")
    x.grad = 0.25
    timeline = Timeline(x, 3.0)
    assert (x.grad, timeline.is_done) == (0.25, False)
    timeline.begin()
    assert (x.grad, timeline.is_done) == (3.25, True)
    timeline.go_to(0)
    assert (x.grad, timeline.is_done) == (0.25, False)


def test_the_steps_that_make_a_gradient_nonfinite() -> None:
    x = ag.Value(0.0, "x")
    timeline = Timeline(ag.sqrt(x) * 2.0 + ag.log(x))
    assert [timeline.steps[index].node.op.name for index in timeline.origins_of_nonfinite()] == ["log"]


class Interrupting:
    """A node whose gradient cannot be set once: what Ctrl-C does in the middle of a move."""

    __apply_primitive__ = None
    data, op, operands, local_derivatives, label = 1.0, None, (), (), "x"

    def __init__(self) -> None:
        self._grad, self.writes_to_go = 0.0, math.inf

    @property
    def grad(self) -> float:
        return self._grad

    @grad.setter
    def grad(self, grad: float) -> None:
        self.writes_to_go -= 1
        if self.writes_to_go == 0:
            raise KeyboardInterrupt
        self._grad = grad


@pytest.mark.parametrize(("start", "end"), [(0, 6), (2, 6), (6, 0), (6, 1)])
@pytest.mark.parametrize("moment", [1, 2, 3])
def test_an_interrupted_move_is_undone(start: int, end: int, moment: int) -> None:
    root = ag.Value(1.0, "x")
    for _ in range(6):
        root = root + 1.0
    order = ag.topological_order(root)
    middle, interrupting = order[3], Interrupting()
    interrupting.operands, interrupting.op = middle.operands, middle.op  # type: ignore[assignment]
    interrupting.local_derivatives = middle.local_derivatives  # type: ignore[assignment]
    order[4].operands = (interrupting, 1.0)  # type: ignore[assignment]
    timeline = Timeline(root)
    timeline.go_to(start)
    before = [node.grad for node in timeline.order]
    interrupting.writes_to_go = moment
    interrupted = False
    try:
        timeline.go_to(end)
    except KeyboardInterrupt:
        interrupted = True
        assert timeline.position == start
        assert [node.grad for node in timeline.order] == before
    assert interrupted or moment > 1
    interrupting.writes_to_go = math.inf
    timeline.go_to(end)
    assert [node.grad for node in timeline.order] == [node.grad for node in _drained(root, end)]


def _drained(root: ag.Value, count: int) -> list[ag.Value]:
    order = ag.topological_order(root)
    for node in order:
        node.grad = 0.0
    for _ in islice(ag.backward_steps(root), count):
        pass
    return order


def test_recording_that_is_broken_off_leaves_the_gradients_as_they_were() -> None:
    x = ag.Value(2.0, "x")
    root = x * x
    root.local_derivatives = (2.0, "not a number")  # type: ignore[assignment]
    x.grad, root.grad = 0.25, 7.0
    with pytest.raises(TypeError):
        Timeline(root)
    assert (x.grad, root.grad) == (0.25, 7.0)


@pytest.mark.slow
def test_on_a_large_graph_one_step_back_takes_one_step() -> None:
    x = value = ag.Value(1.0, "x")
    for _ in range(100_000):
        value = value + 0.0
    timeline = Timeline(value)
    timeline.go_to(100_000)
    assert x.grad == 1.0

    def step_back() -> None:
        for position in range(99_999, 98_999, -1):
            timeline.go_to(position)

    _, n_calls = counting_calls(step_back)
    assert n_calls < 10_000  # 3 for each; a walk through the graph would be 100,000
    assert x.grad == 0.0
