"""Practice in the terminal: what is asked, which answers are right, and how a miss is explained."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_core as ag
from autograd_core.notation.numbers import number
from tests.stepping.test_terminal import neuron, session
from tests.support.graphs import graphs, set_gradients


def test_each_gradient_is_asked_for_in_turn_and_shown_once_it_is_right() -> None:
    shown = session(neuron(), "practice", "-1.417", "-1.30", "2 * (-1.297)", "0.5*-1.297", "-1.3", "info")
    assert shown[1].splitlines() == [
        "What is each gradient after its step? Type a number or a product; hint, show; practice ends it.",
        "  1/5  o.grad = loss.grad · ∂loss/∂o = ?",
    ]
    assert shown[2].splitlines() == [
        "Right.",
        "loss = squared_error(o, 1) passes its gradient 1 on",
        "  1/5  o.grad += upstream 1 × local (-1.417) (the loss's derivative ∂loss/∂o) → -1.417",
        "  2/5  s.grad = o.grad · tanh′(s) = ?",
    ]
    assert [text.splitlines()[0] for text in shown[2:7]] == ["Right."] * 5
    assert shown[6].splitlines()[-2:] == [
        "The pass is done. Gradients: w -2.594, x -0.6485, b -1.297",
        "Practice: 5 right at once, 0 later, 0 shown, of 5 gradients.",
    ]
    assert shown[7].startswith("5 of 5 steps taken")


MISSES = {
    "1.417": "Not 1.417: the sign is the other one. loss.grad is 1; ∂loss/∂o = 2·(o − 1) at o = 0.2913.",
    "1": "Not 1: that is loss.grad, still to be multiplied. loss.grad is 1;",
    "-1.4": "Not -1.4: nearly; give 3 digits. loss.grad is 1;",
    "7": "Not 7: multiply loss.grad by the derivative along the edge. loss.grad is 1;",
}


@pytest.mark.parametrize("answer", MISSES)
def test_a_miss_is_explained_by_the_steps_formula(answer: str) -> None:
    shown = session(neuron(), "practice", answer, "-1.417", "practice")
    assert " ".join(shown[2].split()).startswith(MISSES[answer])
    assert shown[3].startswith("Right.\n")
    assert shown[4] == "Practice: 0 right at once, 1 later, 0 shown, of 1 gradient.\n"


def test_what_was_mistaken_for_another_gradient_or_factor_is_recognised() -> None:
    shown = session(neuron(), "step 2", "practice", "-0.6485", "2", "-1.297")
    assert "that is what goes to x." in shown[3]
    assert "that is the derivative alone, without s.grad." in " ".join(shown[4].split())
    assert "that is s.grad, still to be multiplied." in shown[5]
    x = ag.Value(3.0, "x")
    shown = session(x * x, "practice", "3", "3", "6")
    assert "  2/2  x.grad = 3 + root.grad · ∂root/∂x = ?" in shown[2]
    assert "that is what this step adds; it is added to what is there." in " ".join(shown[3].split())
    assert "root.grad is 1, and x.grad is 3; ∂root/∂x = x at x = 3." in " ".join(shown[3].split())
    assert shown[4].startswith("Right.")


def test_what_the_shown_numbers_give_is_right_even_where_rounding_left_few_digits_of_it() -> None:
    x = ag.Value(1.0, "x")
    shown = session(x * 123.456 + x * -123.0, "practice", "1", "1", "-123", "0.7", "0.5")
    assert "  4/4  x.grad = (-123) + " in shown[4]
    assert shown[5].startswith("Not 0.7")
    assert shown[6].startswith("Right.")  # -123 + 123.5, though the gradient is 0.456


def test_hint_show_and_enter() -> None:
    shown = session(
        neuron(), "hint", "practice", "hint", "", "show", "next", "back", "practice", "practice", "practice"
    )
    assert shown[1] == "That is for practising: practice asks for each gradient.\n"
    assert shown[3] == "loss.grad is 1; ∂loss/∂o = 2·(o − 1) at o = 0.2913.\n"
    assert shown[4] == "  1/5  o.grad = loss.grad · ∂loss/∂o = ?\n"
    assert shown[5].endswith("→ -1.417\n  2/5  s.grad = o.grad · tanh′(s) = ?\n")
    assert shown[6].endswith("  3/5  w.grad = s.grad · ∂s/∂w = ?\n")
    assert shown[7].endswith("  2/5  s.grad = o.grad · tanh′(s) = ?\n")
    assert shown[8] == "Practice: 0 right at once, 0 later, 1 shown, of 1 gradient.\n"
    assert session(neuron(), "continue", "practice")[2].startswith("The pass is done.")


def test_what_is_no_number_is_answered_and_nothing_is_counted() -> None:
    shown = session(neuron(), "practice", "about 2", "1,4", "−1.417", "practice")
    assert shown[2].startswith("'about 2' is neither a command nor a number: type one such as -1.4, or 2*(-0.7).")
    assert shown[4].startswith("Right.")
    assert shown[5] == "Practice: 1 right at once, 0 later, 0 shown, of 1 gradient.\n"


@settings(max_examples=60)
@given(root=graphs())
def test_the_gradient_and_what_the_shown_numbers_give_are_right_and_others_are_not(root: ag.Value) -> None:
    steps = list(ag.backward_steps(root))[:6]
    answers = [repr(step.grad_after) for step in steps]
    shown = [
        f"{number(step.grad_before)} + ({number(step.upstream)})*({number(step.local_derivative)})"
        if all(map(math.isfinite, (step.grad_before, step.upstream, step.local_derivative, step.grad_after)))
        else repr(step.grad_after)
        for step in steps
    ]
    for typed in (answers, shown):
        if steps:
            set_gradients(root, [0.0] * 4)
            said = session(root, "practice", *typed)[2:]
            assert [text.splitlines()[0] for text in said[: len(typed)]] == ["Right."] * len(typed)
    for step in steps[:1]:
        if math.isfinite(step.grad_after):
            set_gradients(root, [0.0] * 4)
            wrong = 1.1 * step.grad_after or 1.0
            assert not session(root, "practice", repr(wrong))[2].startswith("Right.")


@settings(max_examples=60)
@given(st.lists(st.text(max_size=30).map(lambda text: text.replace("\n", " ").replace("\r", " ")), max_size=4))
def test_any_text_is_an_answer_or_answered(lines: list[str]) -> None:
    session(neuron(), "practice", *lines)
