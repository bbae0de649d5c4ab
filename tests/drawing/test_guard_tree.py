"""What is drawn of a traced function: each comparison with both its outcomes, and each trace at its end."""

from __future__ import annotations

import re
from typing import Any

import pytest

import autograd_core as ag

pytest.importorskip("numpy")


def stopping(x: Any) -> Any:
    """Goes on until it is large, and asks once more at the end."""
    for _ in range(30):
        x = x * 1.01
    while x < 10.0:
        x = x * 2.0
    return ag.sin(x) if x < 15.0 else ag.cos(x)


def called(*points: float) -> Any:
    traced = ag.jit(stopping)
    for point in points:
        ag.grad(traced)(point)
    return traced


def tree(traced: Any, **options: Any) -> tuple[dict[str, str], dict[tuple[str, str], str]]:
    """The boxes' texts by their ids, and where each outcome leads."""
    source = ag.draw(traced, **options).source
    boxes = {box: re.sub(r"<[^<>]+>", "|", label) for box, label in re.findall(r"(n\d+) \[label=<(.*?)>[ \]]", source)}
    edges = re.findall(r"(n\d+) -> (n\d+)(?: \[label=\" (\w+) \"\])?", source)
    return boxes, {(tail, outcome): head for tail, head, outcome in edges}


def way(traced: Any, *outcomes: str) -> list[str]:
    """The texts of the boxes that some outcomes lead to, one after the other."""
    boxes, heads = tree(traced)
    box, found = heads["n0", ""], []
    for outcome in outcomes:
        found.append(boxes[box])
        box = heads[box, outcome]
    return [*found, boxes[box]]


def test_one_way_is_a_chain_in_which_a_loop_has_one_box() -> None:
    traced = called(1.0)  # 1.35, 2.7, 5.4, 10.8
    chain = way(traced, "True", "False", "True")
    assert ["while x &lt; 10.0:" in text for text in chain] == [True, True, False, False]
    assert "3 times" in chain[0]
    assert "times" not in chain[1]
    assert "return ag.sin(x) if x &lt; 15.0 else ag.cos(x)" in chain[2]
    assert re.search(r"trace 1\b.*39 operations", chain[3])  # with the comparisons
    assert str(ag.draw(traced)) == "1 trace with 5 comparisons"


def test_ways_part_where_the_outcome_differs() -> None:
    traced = called(1.0, 1.3, 2.0, 0.8)  # 10.8, 14.0 the same way, 10.8 one doubling less, 17.3
    assert str(ag.draw(traced)) == "3 traces with 8 comparisons"
    assert "trace 1" in way(traced, "True", "True", "False", "True")[-1]
    assert "trace 2" in way(traced, "True", "False", "True")[-1]
    assert "trace 3" in way(traced, "True", "True", "True", "False", "False")[-1]
    boxes, heads = tree(traced)
    assert len(heads) == len(boxes) - 1, "a tree"


def test_what_is_false_stands_to_the_left() -> None:
    source = ag.draw(called(1.0, 2.0, 0.8)).source
    outcomes = re.findall(r"(n\d+) -> n\d+ \[label=\" (\w+)", source)
    assert outcomes == sorted(outcomes, key=lambda edge: (int(edge[0][1:]), edge[1]))
    assert "ordering=out" in source


def test_beyond_the_limit_one_box_stands_for_all_that_follow() -> None:
    traced = called(*(7.0 * 2.0**-doublings for doublings in range(40)))
    boxes, heads = tree(traced, max_nodes=30)
    assert len(boxes) < 40
    shown = sum("operations" in text for text in boxes.values())
    rest = sum(int(found[1]) for text in boxes.values() if (found := re.search(r"(\d+) traces? more", text)))
    assert shown + rest == len(traced.traces) > 30
    assert len(heads) == len(boxes) - 1


def test_a_function_that_was_not_called_has_no_ways() -> None:
    drawing = ag.draw(ag.jit(stopping))
    assert str(drawing) == "0 traces with 0 comparisons"
    assert "stopping" in drawing.source


@pytest.mark.parametrize(
    "option",
    [{"highlight": ag.Value(1.0)}, {"contributions": True}, {"color_by": "gradient"}, {"parameters": [ag.Value(1.0)]},
     {"rankdir": "TB"}, {"digits": 3}],
)  # fmt: skip
def test_options_that_are_for_graphs_are_refused(option: dict[str, Any]) -> None:
    (name,) = option
    with pytest.raises(ValueError, match=f"draw\\(\\) of a traced function takes no {name}, which is for the graph"):
        ag.draw(called(1.0), **option)


def test_bad_options_are_refused_as_for_graphs() -> None:
    with pytest.raises(ValueError, match="max_nodes is a whole number, 30 or more"):
        ag.draw(called(1.0), max_nodes=3)
