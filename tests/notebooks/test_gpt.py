"""The GPT of the notebook on single numbers: its gradients against PyTorch's, and what the text says of it."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest

import autograd_core as ag
from tests.support.notebook_cells import NOTEBOOKS, defined_in

np = pytest.importorskip("numpy")
pytestmark = pytest.mark.slow

WIDTH, HEADS = 16, 4


@pytest.fixture(scope="module")
def gpt() -> dict[str, Any]:
    return defined_in("09_a_gpt_in_scalars")


@pytest.fixture(scope="module")
def gradients(gpt: dict[str, Any]) -> tuple[float, dict[str, Any]]:
    """The loss of a name, and its gradients by the weights, matrix by matrix."""
    loss = gpt["loss_of"](gpt["one_hot"]("ada"))
    loss.backward()
    found = {name: np.array([[w.grad for w in row] for row in rows]) for name, rows in gpt["W"].items()}
    for weight in gpt["PARAMETERS"]:
        weight.grad = 0.0
    return loss.data, found


def test_it_is_as_large_as_is_said(gpt: dict[str, Any]) -> None:
    assert len(gpt["PARAMETERS"]) == 4064
    assert gpt["one_hot"]("ada").shape == (9, 27)


def test_loss_and_gradients_are_those_of_pytorch(gpt: dict[str, Any], gradients: tuple[float, dict[str, Any]]) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: nothing to compare with")
    weights = {
        name: torch.tensor([[w.data for w in row] for row in rows], dtype=torch.float64, requires_grad=True)
        for name, rows in gpt["W"].items()
    }
    loss = loss_by_torch(torch, weights, torch.tensor(gpt["one_hot"]("ada")))
    loss.backward()
    assert gradients[0] == pytest.approx(loss.item(), rel=1e-13)
    for name, found in gradients[1].items():
        np.testing.assert_allclose(found, weights[name].grad.numpy(), rtol=1e-9, atol=1e-14, err_msg=name)


def loss_by_torch(torch: Any, weights: dict[str, Any], text: Any) -> Any:
    """The same on arrays, all places at once."""
    count = len(text) - 1
    later = torch.triu(torch.ones(count, count, dtype=torch.bool), diagonal=1)

    def normalised(x: Any) -> Any:
        return x / x.square().mean(-1, keepdim=True).sqrt()

    def heads(x: Any) -> Any:
        return x.reshape(count, HEADS, WIDTH // HEADS).transpose(0, 1)

    x = text[:-1] @ weights["character"] + weights["place"]
    query, key, value = (heads(normalised(x) @ weights[name].T) for name in ("query", "key", "value"))
    scores = (query @ key.transpose(1, 2) / math.sqrt(WIDTH // HEADS)).masked_fill(later, -math.inf)
    x = x + (torch.softmax(scores, -1) @ value).transpose(0, 1).reshape(count, WIDTH) @ weights["mix"].T
    x = x + torch.relu(normalised(x) @ weights["up"].T) @ weights["down"].T
    return torch.nn.functional.cross_entropy(normalised(x) @ weights["score"].T, text[1:].argmax(-1))


def test_gradients_are_those_of_finite_differences(
    gpt: dict[str, Any], gradients: tuple[float, dict[str, Any]]
) -> None:
    """One weight of each matrix, where the gradient is largest."""
    name = gpt["one_hot"]("ada")
    for matrix, found in gradients[1].items():
        row, column = np.unravel_index(np.abs(found).argmax(), found.shape)
        weight, step = gpt["W"][matrix][row][column], 1e-5
        losses = []
        for sign in (1.0, -1.0):
            kept, weight.data = weight.data, weight.data + sign * step
            with ag.no_grad():
                losses.append(gpt["loss_of"](name).data)
            weight.data = kept
        assert found[row, column] == pytest.approx((losses[0] - losses[1]) / (2.0 * step), rel=1e-6), matrix


def test_a_character_is_proposed_from_those_before_it_alone(gpt: dict[str, Any]) -> None:
    proposals = []
    for name in ("anna", "ansgar"):
        memory = gpt["new_memory"]()
        with ag.no_grad():
            scores = [gpt["next_scores"](c, place, memory) for place, c in enumerate(gpt["one_hot"](name)[:4])]
        proposals.append([[score.data for score in row] for row in scores])
    assert proposals[0][:3] == proposals[1][:3]
    assert proposals[0][3] != proposals[1][3]


def test_score_of_a_share_has_the_gradient_that_is_said(gpt: dict[str, Any]) -> None:
    scores, values = [ag.Value(2.0), ag.Value(0.5), ag.Value(1.0)], [1.0, -2.0, 3.0]
    shares = ag.softmax(scores)
    [out] = gpt["gathered"](shares, [[value] for value in values])
    out.backward()
    expected = [share.data * (value - out.data) for share, value in zip(shares, values)]
    assert [score.grad for score in scores] == pytest.approx(expected, rel=1e-14)
    assert gpt["gradient_of_a_score"](0.5) == 0.0


def test_names_are_words_that_the_model_can_read(gpt: dict[str, Any]) -> None:
    names = (NOTEBOOKS / "names.txt").read_text(encoding="utf-8").split()
    assert all(before < after for before, after in itertools.pairwise(names))
    assert set("".join(names)) <= set(gpt["CHARACTERS"]) - {"."}
    assert len(names) > 300
