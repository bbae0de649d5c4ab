"""What a drawing and a page say that an edge adds is the contribution, and no other number that stands beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings

import autograd_core as ag
from autograd_core.notation.numbers import number
from tests.support.dot import graph_of, neuron_with_loss, read
from tests.support.graphs import graphs
from tests.support.javascript import Scripts, needs_node
from tests.support.pages import data_in, twin


def added(tooltip: str) -> str:
    """The number after "adds" in a tooltip of the drawing."""
    (found,) = re.findall(r"adds (\S+)$", tooltip.replace("\\n", "\n"))
    return str(found)


def test_the_tooltips_of_a_neuron_say_upstream_times_local_derivative() -> None:
    loss = neuron_with_loss()
    loss.backward()
    edges = [
        (node.grad, local)
        for node in ag.topological_order(loss)
        for local in node.local_derivatives
        if local is not None
    ]
    shown = [float(added(edge["tooltip"])) for edge in read(graph_of(loss)).edges.values() if edge["label"]]
    assert sorted(shown) == sorted(upstream * local for upstream, local in edges)
    assert sorted(shown) != sorted(local for _, local in edges)


@pytest.fixture(scope="module")
def scripts() -> Iterator[Scripts]:
    """The steps that the page makes of what it knows: the edge of each, and what it says is added."""
    steps = "const passes = new Passes(question); const { steps } = stepsOf(passes, new Names(passes));"
    added = "steps.filter((step) => step.adds !== undefined).map((step) => [step.edges, shown(step.adds)])"
    with Scripts(f"{steps} return {added};") as running:
        yield running


@needs_node
@settings(max_examples=100)
@given(root=graphs())
def test_what_tooltips_and_steps_say_is_added_is_what_the_backward_pass_adds(scripts: Scripts, root: ag.Value) -> None:
    """Each step of the pass is an edge of the page, and the drawing has it under the same id."""
    fresh = twin(root)
    taken = [step.contribution for step in ag.backward_steps(fresh)]
    page: dict[str, Any] = ag.stepper(root, view="graph")._data
    steps = scripts.ask(page)
    assert [adds for _, adds in steps] == [number(contribution) for contribution in taken]
    tooltips = {identity: edge["tooltip"] for identity, edge in read(graph_of(fresh)).edges.items()}
    for ((edge,), _), contribution in zip(steps, taken, strict=True):
        assert added(tooltips[page["edges"][edge]["id"]]) == repr(contribution)


@pytest.mark.parametrize("separator", ["\u2028", "\u2029"])
@pytest.mark.parametrize("where", ["source", "derivative"])
def test_a_line_separator_in_a_primitives_text_is_spelled_out_in_the_pages_script(separator: str, where: str) -> None:
    """Labels are made one line, but the texts of a user's primitive are taken as they are."""
    texts = {"source": "wave({0})", "derivative": "2·{x}"}
    texts[where] = f"<{separator}>{texts[where]}"

    @ag.primitive("activation", source=texts["source"], derivative=texts["derivative"])
    def wave(x: float) -> float:
        return x * x

    @wave.define_partials
    def wave_partials(out: Any, x: Any) -> tuple[Any, ...]:
        return (2.0 * x,)

    page = ag.stepper(wave(ag.Value(3.0, "x")))._repr_html_()
    (script,) = re.findall(r'<script type="application/json">(.*?)</script>', page, re.DOTALL)
    assert not {separator, "<", ">", "&"} & set(script)
    data = data_in(page)
    assert any(separator in (record["formula"] or "") for record in (*data["nodes"], *data["edges"]))


def test_nodes_and_edges_show_their_own_numbers() -> None:
    x, y, z = ag.Value(3.0, "x"), ag.Value(5.0, "y"), ag.Value(7.0, "z")
    root = (x * y) * z
    root.backward()
    drawing = read(graph_of(root))
    source = graph_of(root).source
    for expected in ("grad 35.0", "grad 21.0", "grad 15.0", "grad 7.0", "grad 1.0"):
        assert expected in source
    for data in ("grad 3.0", "grad 5.0", "grad 105.0"):
        assert data not in source
    edges = {(edge["label"].split()[-1], edge["tooltip"].replace("\\n", "\n")) for edge in drawing.edges.values()}
    shown = {label: re.findall(r"times upstream (\S+)", tooltip) for label, tooltip in edges}
    assert shown == {"5": ["7.0"], "3": ["7.0"], "7": ["1.0"], "15": ["1.0"]}


def test_a_gradient_of_zero_adds_zero_whatever_the_derivative() -> None:
    x = ag.Value(0.0, "x")
    root = 0.0 * ag.sqrt(x)
    root.backward()
    (edge,) = [edge for edge in read(graph_of(root)).edges.values() if "inf" in edge["label"]]
    assert added(edge["tooltip"]) == "0.0"
