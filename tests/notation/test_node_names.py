"""Names of nodes to be typed: each node has one of its own, and whatever else one would type is understood."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_core as ag
from autograd_core.notation.node_names import NodeNames, UnknownNameError
from tests.support.graphs import graphs
from tests.support.work import counting_calls

labels = st.one_of(st.sampled_from(["", "a", "b", "#1", "a#1", "a#2", "+#3", "root", "tanh"]), st.text(max_size=70))


@given(graphs(), st.data())
def test_the_name_of_each_node_leads_back_to_it(root: ag.Value, data: st.DataObject) -> None:
    order = ag.topological_order(root)
    for node in order:
        node.label = data.draw(labels)
    names = NodeNames(order)
    assert len({names.of(node) for node in order}) == len(order)
    for number, node in enumerate(order, 1):
        assert names.node(names.of(node)) is node
        assert names.node(f"#{number}") is node
        assert names.number(node) == number
        assert "\n" not in names.of(node)


def neuron() -> tuple[NodeNames, dict[str, ag.Value]]:
    w, x, b = ag.Value(0.5, "w"), ag.Value(2.0, "x"), ag.Value(-1.0, "b")
    s = ag.dot([w], [x], b)
    o = ag.tanh(s)
    other = ag.Value(3.0, "w")
    root = o * other
    nodes = {"w#1": w, "x": x, "b": b, "s": s, "o": o, "w#6": other, "root": root}
    return NodeNames(ag.topological_order(root)), nodes


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("x", "x"),
        ("x.grad", "x"),
        ("x.data", "x"),
        ("#2", "x"),
        ("w#1", "w#1"),
        ("w#6", "w#6"),
        ("w·x + b", "s"),
        ("w·x+b", "s"),
        ("dot", "s"),
        ("tanh", "o"),
        ("tanh(w·x + b)", "o"),
        ("root", "root"),
        ("*", "root"),
    ],
)
def test_a_node_is_found_by_what_one_would_type(typed: str, meant: str) -> None:
    names, nodes = neuron()
    assert names.node(typed) is nodes[meant]


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("w", r"2 nodes are called 'w'; say which: w#1, w#6"),
        ("tahn", r"No node is called 'tahn'\. Did you mean tanh"),
        ("qqqq", r"No node is called 'qqqq'\. list shows the nodes"),
        ("#0", r"No node is called '#0'"),
        ("#8", r"No node is called '#8'"),
        ("w#2", r"No node is called 'w#2'\. Did you mean w#"),
        ("#" + "9" * 5000, "No node is called"),
        ("", "No node is called ''"),
    ],
)
def test_other_names_are_answered_with_near_ones(typed: str, message: str) -> None:
    names, _ = neuron()
    with pytest.raises(UnknownNameError, match=message) as caught:
        names.node(typed)
    assert len(str(caught.value)) < 200


def test_many_candidates_are_not_all_listed() -> None:
    names = NodeNames(ag.topological_order(ag.sum([ag.Value(1.0, "x") for _ in range(1000)])))
    with pytest.raises(UnknownNameError, match=r"1,000 nodes are called 'x'; say which: (x#\d+, ){6}…"):
        names.node("x")


@pytest.mark.slow
def test_a_large_graph_is_named_without_recursion_and_only_its_labels_are_offered() -> None:
    value: ag.Value = ag.Value(1.0, "x")
    for _ in range(100_000):
        value = value * 1.0
    order = ag.topological_order(value)
    names, n_calls = counting_calls(lambda: NodeNames(order))
    assert n_calls < 500_000  # 2 a node
    assert names.of(order[0]) == "x"
    assert names.of(value) == "root"
    assert names.of(order[1]) == "x * 1"
    assert names.of(order[-2]) == "v₁₉₇₉₉ * 1 * 1 * 1 * 1"
    assert names.node("#100001") is names.node("root") is value
    assert names.all() == ["x"]
