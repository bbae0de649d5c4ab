"""Learning-rate schedules: PyTorch's results, hand-made ones, and what is saved."""

import json
import math
from collections.abc import Callable
from typing import Any

import pytest

import autograd_core as ag
from nn.optim import SGD, Optimizer
from nn.schedules import Constant, Cosine, Exponential, ReduceOnPlateau, Schedule, Step, Warmup

pytestmark = pytest.mark.slow

LR = 0.3

# ours, and theirs where torch is torch.optim.lr_scheduler
PAIRS: dict[str, tuple[Callable[[Optimizer], Schedule], Callable[[Any, Any], Any]]] = {
    "constant": (Constant, lambda torch, sgd: torch.ConstantLR(sgd, factor=1.0)),
    "step": (lambda sgd: Step(sgd, 30), lambda torch, sgd: torch.StepLR(sgd, 30)),
    "step by half": (lambda sgd: Step(sgd, 7, 0.5), lambda torch, sgd: torch.StepLR(sgd, 7, 0.5)),
    "exponential": (lambda sgd: Exponential(sgd, 0.95), lambda torch, sgd: torch.ExponentialLR(sgd, 0.95)),
    "cosine": (lambda sgd: Cosine(sgd, 200), lambda torch, sgd: torch.CosineAnnealingLR(sgd, 200)),
    "long cosine": (
        lambda sgd: Cosine(sgd, 250, 0.1),
        lambda torch, sgd: torch.CosineAnnealingLR(sgd, 250, eta_min=0.1 * LR),
    ),
    "warm-up": (lambda sgd: Warmup(Constant(sgd), 20, 0.25), lambda torch, sgd: torch.LinearLR(sgd, 0.25, 1.0, 20)),
    "warm-up, then steps": (
        lambda sgd: Warmup(Step(sgd, 15, 0.5), 10, 0.1),
        lambda torch, sgd: torch.SequentialLR(
            sgd, [torch.LinearLR(sgd, 0.1, 1.0, 10), torch.StepLR(sgd, 15, 0.5)], [10]
        ),
    ),
}


def optimizer(lr: float = LR) -> SGD:
    return SGD([ag.Value(0.0)], lr)


def rates(schedule: Schedule, losses: list[float]) -> list[float]:
    """The learning rate of each epoch, and that of the one after them."""
    found = [schedule.optimizer.lr]
    for loss in losses:
        schedule.step(loss)
        found.append(schedule.optimizer.lr)
    return found


def bumpy_losses(epochs: int) -> list[float]:
    """A fall with plateaus and rises; negative in the end."""
    return [2.0 * math.exp(-epoch / 30.0) - 0.5 + 0.3 * math.sin(epoch / 5.0) for epoch in range(epochs)]


def torch_sgd() -> tuple[Any, Any]:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    tensor = torch.zeros(1, requires_grad=True)
    tensor.grad = torch.zeros(1)
    return torch, torch.optim.SGD([tensor], lr=LR)


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.filterwarnings("ignore:The epoch parameter in")  # SequentialLR's own call
def test_two_hundred_epochs_are_those_of_pytorch(name: str) -> None:
    torch, sgd = torch_sgd()
    make, make_theirs = PAIRS[name]
    theirs = make_theirs(torch.optim.lr_scheduler, sgd)
    expected = [sgd.param_groups[0]["lr"]]
    for _ in range(200):
        sgd.step()
        theirs.step()
        expected.append(sgd.param_groups[0]["lr"])
    assert rates(make(optimizer()), [0.0] * 200) == pytest.approx(expected, rel=1e-12, abs=0.0)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ({}, {}),
        ({"factor": 0.5, "patience": 0}, {"factor": 0.5, "patience": 0}),
        ({"factor": 0.5, "patience": 3, "threshold": 0.1}, {"factor": 0.5, "patience": 3, "threshold": 0.1}),
        (
            {"factor": 0.5, "patience": 2, "smallest": 0.01},
            {"factor": 0.5, "patience": 2, "min_lr": 0.01 * LR},
        ),
    ],
)
def test_two_hundred_epochs_of_reduce_on_plateau_are_those_of_pytorch(
    ours: dict[str, Any], theirs: dict[str, Any]
) -> None:
    torch, sgd = torch_sgd()
    # A threshold of theirs is a share of the size of the lowest loss; while that is positive the rules are one.
    losses = [loss + 0.9 for loss in bumpy_losses(200)]
    reference = torch.optim.lr_scheduler.ReduceLROnPlateau(sgd, eps=0.0, **theirs)
    expected = [LR]
    for loss in losses:
        reference.step(loss)
        expected.append(sgd.param_groups[0]["lr"])
    assert expected[-1] < LR
    assert rates(ReduceOnPlateau(optimizer(), **ours), losses) == pytest.approx(expected, rel=1e-12, abs=0.0)


def test_cosine_by_hand() -> None:
    """The cosines of 0°, 60°, 120° and 180°, and nothing more after the end."""
    schedule = Cosine(optimizer(1.0), epochs=3, smallest=0.2)
    assert rates(schedule, [0.0] * 5) == pytest.approx([1.0, 0.8, 0.4, 0.2, 0.2, 0.2], rel=1e-15)


def test_plateau_by_hand() -> None:
    schedule = ReduceOnPlateau(optimizer(1.0), factor=0.5, patience=1, threshold=0.1, smallest=0.25)
    losses = [10.0, 9.5, 8.0, 9.0, 7.5, 7.4, 7.3, 7.25, 7.3, 7.3, 7.3]
    #         best  bad  best bad  bad!  bad  bad!  bad  bad!
    expected = [1.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25, 0.25]
    assert rates(schedule, losses) == expected


def test_a_negative_loss_may_improve() -> None:
    schedule = ReduceOnPlateau(optimizer(1.0), patience=0)
    assert rates(schedule, [-1.0, -2.0, -3.0]) == [1.0, 1.0, 1.0, 1.0]


@pytest.mark.parametrize(
    "make",
    [
        *[pair[0] for pair in PAIRS.values()],
        lambda sgd: ReduceOnPlateau(sgd, factor=0.7, patience=2),
        lambda sgd: Warmup(ReduceOnPlateau(sgd, factor=0.7, patience=2), 8),
    ],
)
def test_a_saved_and_restored_schedule_has_the_same_bits(make: Callable[[Optimizer], Schedule]) -> None:
    losses = bumpy_losses(60)
    whole = rates(make(optimizer()), losses)
    for stop in (0, 1, 5, 30):
        first = make(optimizer())
        rates(first, losses[:stop])
        second = make(optimizer(lr=17.0))
        second.load_state_dict(json.loads(json.dumps(first.state_dict())))
        assert second.state_dict() == first.state_dict()
        assert rates(second, losses[stop:]) == whole[stop:]


def test_the_state_of_another_schedule_is_refused() -> None:
    step = Step(optimizer(), 3)
    with pytest.raises(ValueError, match="one of 'Exponential', not of Step"):
        step.load_state_dict(Exponential(optimizer(), 0.5).state_dict())
    with pytest.raises(ValueError, match="one of 'Step', not of Step"):
        step.load_state_dict({"schedule": "Step", "epoch": 1})
    assert step.epoch == 0


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Step(optimizer(), 0), ValueError, "epochs is 1 or more, got 0"),
        (lambda: Step(optimizer(), 1.5), TypeError, "epochs is a whole number"),  # type: ignore[arg-type]
        (lambda: Step(optimizer(), 1, 1.5), ValueError, "factor is from 0 to 1, got 1.5"),
        (lambda: Exponential(optimizer(), -0.5), ValueError, "factor is 0 or more, and finite, got -0.5"),
        (lambda: Cosine(optimizer(), 10, 2.0), ValueError, "smallest is from 0 to 1"),
        (lambda: Warmup(Constant(optimizer()), 0), ValueError, "epochs is 1 or more"),
        (lambda: Warmup(Constant(optimizer()), 5, 1.1), ValueError, "start is from 0 to 1"),
        (lambda: ReduceOnPlateau(optimizer(), patience=-1), ValueError, "patience is 0 or more, got -1"),
        (lambda: ReduceOnPlateau(optimizer(), threshold=1.0), ValueError, "threshold is from 0 to below 1"),
        (lambda: ReduceOnPlateau(optimizer()).step(), TypeError, "goes by the loss"),
    ],
)
def test_bad_settings(make: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        make()
