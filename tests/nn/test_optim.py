"""Optimisers: PyTorch's results, hand-derived ones, and a step that is whole or did not happen."""

import itertools
import json
import math
import random
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

import autograd_core as ag
from nn.optim import SGD, Adam, AdamW, Optimizer, Polyak, RMSprop
from tests.support.seeds import seeded

SETTINGS: list[tuple[type[Optimizer], dict[str, Any]]] = [
    (SGD, {"lr": 0.1}),
    (SGD, {"lr": 0.1, "weight_decay": 0.01}),
    (SGD, {"lr": 0.05, "momentum": 0.9}),
    (SGD, {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.1}),
    (SGD, {"lr": 0.05, "momentum": 0.8, "nesterov": True}),
    (SGD, {"lr": 0.05, "momentum": 0.8, "nesterov": True, "weight_decay": 0.1}),
    (Adam, {}),
    (Adam, {"lr": 0.1}),
    (Adam, {"lr": 0.1, "betas": (0.8, 0.99), "eps": 1e-3}),
    (Adam, {"lr": 0.1, "weight_decay": 0.1}),
    (Adam, {"lr": 0.1, "betas": (0.0, 0.0)}),
    (AdamW, {}),
    (AdamW, {"lr": 0.1, "weight_decay": 0.3}),
    (AdamW, {"lr": 0.1, "betas": (0.8, 0.99), "eps": 1e-3, "weight_decay": 0.0}),
    (RMSprop, {}),
    (RMSprop, {"lr": 0.05, "alpha": 0.9, "eps": 1e-3}),
    (RMSprop, {"lr": 0.02, "momentum": 0.9}),
    (RMSprop, {"lr": 0.02, "momentum": 0.5, "weight_decay": 0.1}),
]


def noisy_gradients(numbers: list[float], generator: random.Random) -> list[float]:
    """Of a narrow valley, with noise; the last parameter never gets one."""
    return [10.0**index * number + generator.gauss(0.0, 1.0) for index, number in enumerate(numbers[:-1])] + [0.0]


def run(optimizer: Optimizer, steps: int, generator: random.Random) -> list[list[float]]:
    trace = []
    for _ in range(steps):
        numbers = [parameter.data for parameter in optimizer.parameters]
        for parameter, gradient in zip(optimizer.parameters, noisy_gradients(numbers, generator)):
            parameter.grad = gradient
        optimizer.step()
        trace.append([parameter.data for parameter in optimizer.parameters])
    return trace


def parameters() -> list[ag.Value]:
    return [ag.Value(number) for number in (3.0, -1.5, 0.5)]


@pytest.mark.slow
@pytest.mark.seeded
@pytest.mark.parametrize(("kind", "settings"), SETTINGS)
def test_two_hundred_steps_are_those_of_pytorch(kind: type[Optimizer], settings: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    trace = run(kind(parameters(), **settings), 200, seeded("steps of PyTorch"))
    tensor = torch.tensor([3.0, -1.5, 0.5], dtype=torch.float64, requires_grad=True)
    theirs = getattr(torch.optim, kind.__name__)([tensor], **settings)
    generator = seeded("steps of PyTorch")
    largest = [abs(number) for number in tensor.tolist()]
    for ours in trace:
        tensor.grad = torch.tensor(noisy_gradients(tensor.tolist(), generator), dtype=torch.float64)
        theirs.step()
        largest = [max(size, abs(number)) for size, number in zip(largest, ours)]
        for number, expected, size in zip(ours, tensor.tolist(), largest):
            # On its way through 0 a parameter keeps the roundings of the steps before, of the size that it had there.
            assert number == pytest.approx(expected, rel=1e-12, abs=200 * math.ulp(size))


def test_gradient_descent_by_hand() -> None:
    """f(w) = w²: each step takes w to w - 2·lr·w; with lr = 1/4 that halves it, exactly."""
    w = ag.Value(1.0)
    optimizer = SGD([w], lr=0.25)
    for _ in range(10):
        optimizer.zero_grad()
        (w * w).backward()
        optimizer.step()
    assert w.data == 2.0**-10


@pytest.mark.parametrize(
    ("settings", "positions"),
    [
        ({"momentum": 0.5}, [-1.0, -2.5, -4.25, -6.125]),  # velocities 1, 3/2, 7/4, 15/8
        ({"momentum": 0.5, "nesterov": True}, [-1.5, -3.25, -5.125, -7.0625]),  # 1 + velocity / 2
        ({"weight_decay": 0.5}, [-1.0, -1.5, -1.75, -1.875]),  # w - (1 + w / 2)
    ],
)
def test_a_constant_gradient_by_hand(settings: dict[str, Any], positions: list[float]) -> None:
    w = ag.Value(0.0)
    optimizer = SGD([w], lr=1.0, **settings)
    found = []
    for _ in positions:
        w.grad = 1.0
        optimizer.step()
        found.append(w.data)
    assert found == positions


@pytest.mark.parametrize("gradient", [1e-3, -5.0, 1e6])
def test_adam_moves_by_the_learning_rate_whatever_the_size_of_a_constant_gradient(gradient: float) -> None:
    """Both bias-corrected means are then exact: the step is lr·g / (|g| + eps)."""
    w = ag.Value(0.0)
    optimizer = Adam([w], lr=0.1)
    for step in range(1, 51):
        w.grad = gradient
        optimizer.step()
        assert w.data == pytest.approx(-step * 0.1 * gradient / (abs(gradient) + 1e-8), rel=1e-12)


def test_adam_of_two_steps_by_hand() -> None:
    """Algorithm 1 of Kingma and Ba with gradients 1 and 3, betas 1/2 and 3/4, written out."""
    w = ag.Value(0.0)
    optimizer = Adam([w], lr=1.0, betas=(0.5, 0.75), eps=1e-300)
    w.grad = 1.0
    optimizer.step()
    assert w.data == pytest.approx(-1.0, rel=1e-15)
    w.grad = 3.0
    optimizer.step()
    mean = (0.5 * 0.5 + 0.5 * 3.0) / (1.0 - 0.25)
    square = (0.75 * 0.25 + 0.25 * 9.0) / (1.0 - 0.5625)
    assert w.data == pytest.approx(-1.0 - mean / math.sqrt(square), rel=1e-15)


def test_decay_of_the_gradient_and_of_the_parameter_differ() -> None:
    """With a gradient of 0, Adam's decay is divided by its own size, a step of lr; AdamW's is lr·decay·parameter."""
    steps = []
    for kind in (Adam, AdamW):
        w = ag.Value(4.0)
        kind([w], lr=0.125, weight_decay=0.5).step()
        steps.append(w.data)
    assert steps == pytest.approx([4.0 - 0.125, 4.0 * (1.0 - 0.0625)], rel=1e-8)


def test_rmsprop_of_two_steps_by_hand() -> None:
    w = ag.Value(0.0)
    optimizer = RMSprop([w], lr=1.0, alpha=0.75, eps=1e-300, momentum=0.5)
    w.grad = 2.0
    optimizer.step()
    assert w.data == -2.0  # the mean is 1/4·4, the velocity 2 / 1
    w.grad = 3.0
    optimizer.step()
    assert w.data == pytest.approx(-2.0 - (0.5 * 2.0 + 3.0 / math.sqrt(0.75 * 1.0 + 0.25 * 9.0)), rel=1e-15)


# -- Polyak's step size -------------------------------------------------------------------------------------------


def polyak_step(gradients: list[float], loss: float, **settings: Any) -> list[float]:
    """How far each parameter moves from 0."""
    values = [ag.Value(0.0) for _ in gradients]
    for value, gradient in zip(values, gradients):
        value.grad = gradient
    Polyak(values, **settings).step(loss)
    return [-value.data for value in values]


@pytest.mark.seeded
def test_polyak_with_one_parameter_is_cost_divided_by_derivative() -> None:
    generator = seeded("Polyak's steps")
    for _ in range(1000):
        cost, derivative = 10.0 ** generator.uniform(-100, 100), 10.0 ** generator.uniform(-100, 100)
        derivative *= generator.choice((-1.0, 1.0))
        (step,) = polyak_step([derivative], cost, lr=sys.float_info.max)
        assert step == pytest.approx(cost / derivative, rel=4e-16, abs=0.0)


def test_polyak_with_many_parameters() -> None:
    """‖(3, 4)‖² is 25; the gap is 50 over an optimum of 0, 25 over one of 25."""
    assert polyak_step([3.0, 4.0], 50.0, lr=10.0) == [6.0, 8.0]
    assert polyak_step([3.0, 4.0], 50.0, lr=10.0, optimum=25.0) == [3.0, 4.0]


def test_polyaks_step_is_capped_where_the_gradient_vanishes() -> None:
    assert polyak_step([3.0, 4.0], 50.0, lr=1.5) == [4.5, 6.0]
    assert polyak_step([1e-3], 1.0, lr=0.5) == [5e-4]  # the quotient would be 1000
    assert polyak_step([5e-324], 1.0, lr=0.5)[0] < 1e-323  # the quotient is beyond the float range
    assert polyak_step([1e-200, 1e-200], 1.0, lr=1e300) == [1e100, 1e100]
    assert polyak_step([0.0, 0.0], 1.0) == [0.0, 0.0]
    assert polyak_step([1.0], 1.0, optimum=2.0) == [0.0]  # below the optimum: not uphill
    assert polyak_step([1e200, 1e200], 1.0, lr=1.0) == pytest.approx([5e-201, 5e-201], rel=1e-15)


def test_polyak_finds_the_minimum_of_a_narrow_valley() -> None:
    """½(x² + 100·y²): the convergence that Polyak proved, without a learning rate to choose."""
    x, y = ag.Value(1.0), ag.Value(1.0)
    optimizer = Polyak([x, y], lr=100.0)
    for _ in range(2000):
        optimizer.zero_grad()
        loss = 0.5 * (x * x + 100.0 * y * y)
        loss.backward()
        optimizer.step(loss=loss.data)
    assert loss.data < 1e-6


def test_polyak_without_the_loss_says_so() -> None:
    with pytest.raises(TypeError, match=r"needs the loss: optimizer\.step\(loss=loss\.data\)"):
        Polyak(parameters()).step()


def test_polyak_is_saved_and_restored() -> None:
    first = Polyak(parameters(), lr=3.0, optimum=-2.0)
    second = Polyak(parameters())
    second.load_state_dict(json.loads(json.dumps(first.state_dict())))
    assert (second.lr, second.optimum) == (3.0, -2.0)


# -- saving and restoring -----------------------------------------------------------------------------------------


@pytest.mark.seeded
@pytest.mark.parametrize(("kind", "settings"), SETTINGS)
def test_a_saved_and_restored_run_has_the_same_bits(kind: type[Optimizer], settings: dict[str, Any]) -> None:
    whole = run(kind(parameters(), **settings), 20, seeded("a saved run"))
    generator = seeded("a saved run")
    first = kind(parameters(), **settings)
    run(first, 10, generator)
    saved = json.loads(json.dumps(first.state_dict()))
    values = [ag.Value(parameter.data) for parameter in first.parameters]
    second = kind(values, lr=123.0)
    second.load_state_dict(saved)
    assert second.state_dict() == first.state_dict()
    assert run(second, 10, generator) == whole[10:]


def test_a_saved_state_does_not_change_with_the_optimiser() -> None:
    optimizer = Adam(parameters(), lr=0.1)
    run(optimizer, 2, random.Random(0))
    saved = optimizer.state_dict()
    kept = json.dumps(saved)
    run(optimizer, 2, random.Random(0))
    assert json.dumps(saved) == kept


def test_a_state_of_another_kind_or_size_is_refused() -> None:
    adam, sgd = Adam(parameters()), SGD(parameters(), lr=0.1, momentum=0.9)
    run(sgd, 1, random.Random(0))
    with pytest.raises(ValueError, match="'SGD', not of Adam"):
        adam.load_state_dict(sgd.state_dict())
    other = SGD(parameters()[:2], lr=0.2)
    with pytest.raises(ValueError, match="3 velocities, and there are 2 parameters"):
        other.load_state_dict(sgd.state_dict())
    assert other.lr == 0.2


def test_state_is_kept_off_the_values() -> None:
    assert set(ag.Value.__slots__) == {"data", "grad", "op", "operands", "local_derivatives", "label"}
    optimizer = Adam(parameters())
    run(optimizer, 1, random.Random(0))
    assert all(value.op is None and value.operands == () for value in optimizer.parameters)


def test_the_learning_rate_may_change_between_steps() -> None:
    w = ag.Value(0.0)
    optimizer = SGD([w], lr=1.0)
    for lr in (1.0, 0.5):
        optimizer.lr = lr
        w.grad = 1.0
        optimizer.step()
    assert w.data == -1.5


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: SGD([], 0.1), ValueError, "at least one parameter"),
        (lambda: SGD([1.0], 0.1), TypeError, "a parameter is a Value, got float"),  # type: ignore[list-item]
        (lambda: SGD(parameters()[:1] * 2, 0.1), ValueError, "is repeated"),
        (lambda: SGD(parameters(), -0.1), ValueError, "lr is 0 or more, and finite, got -0.1"),
        (lambda: SGD(parameters(), math.inf), ValueError, "lr is 0 or more, and finite, got inf"),
        (lambda: SGD(parameters(), math.nan), ValueError, "lr is 0 or more, and finite, got nan"),
        (lambda: SGD(parameters(), "0.1"), TypeError, "lr is a number, got str"),  # type: ignore[arg-type]
        (lambda: SGD(parameters(), 0.1, momentum=1.0), ValueError, "momentum is from 0 to below 1, got 1"),
        (lambda: SGD(parameters(), 0.1, nesterov=True), ValueError, "nesterov needs a momentum"),
        (lambda: SGD(parameters(), 0.1, weight_decay=-1.0), ValueError, "weight_decay is 0 or more"),
        (lambda: Adam(parameters(), betas=(0.9, 1.0)), ValueError, "each of betas is from 0 to below 1"),
        (lambda: Adam(parameters(), betas=(0.9,)), ValueError, "betas are two numbers"),  # type: ignore[arg-type]
        (lambda: Adam(parameters(), eps=0.0), ValueError, "eps is above 0"),
        (lambda: Adam(parameters(), lr=-1.0), ValueError, "lr is 0 or more"),
        (lambda: AdamW(parameters(), weight_decay=-1.0), ValueError, "weight_decay is 0 or more"),
        (lambda: RMSprop(parameters(), alpha=1.0), ValueError, "alpha is from 0 to below 1, got 1"),
        (lambda: RMSprop(parameters(), eps=0.0), ValueError, "eps is above 0"),
        (lambda: RMSprop(parameters(), momentum=1.0), ValueError, "momentum is from 0 to below 1"),
        (lambda: Polyak(parameters(), optimum=math.inf), ValueError, "optimum is finite, got inf"),
        (lambda: Polyak(parameters(), optimum="0"), TypeError, "optimum is a number"),  # type: ignore[arg-type]
    ],
)
def test_bad_hyper_parameters(make: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        make()


# -- an interrupted step ------------------------------------------------------------------------------------------


def is_whole(optimizer: Adam, before: list[float], after: list[float], step: int) -> bool:
    """Whether parameters and state are both those before a step, or both those after it."""
    now = [parameter.data for parameter in optimizer.parameters]
    steps = optimizer.state.get("step", 0)
    return (now == before and steps == step) or (now == after and steps == step + 1)


def test_an_interrupt_on_any_line_leaves_all_or_nothing() -> None:
    """Ctrl-C arrives between two bytecodes: here on the first, second, third … line event inside step()."""
    for line in itertools.count(1):
        optimizer = Adam([ag.Value(float(number)) for number in range(1, 20)], lr=0.1)
        for parameter in optimizer.parameters:
            parameter.grad = parameter.data
        before = [parameter.data for parameter in optimizer.parameters]
        after, _ = optimizer.updated()
        if not interrupted_at_line(optimizer.step, line):
            break
        assert is_whole(optimizer, before, after, 0)
    assert line > 10


def interrupted_at_line(function: Callable[[], None], line: int) -> bool:
    countdown = itertools.count(line, -1)

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        if event == "line" and next(countdown) == 1:
            sys.settrace(None)
            raise KeyboardInterrupt
        return trace

    previous = sys.gettrace()
    sys.settrace(trace)
    try:
        function()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(previous)
    return False


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no interval timer on this system")
def test_an_interrupt_by_a_real_signal_leaves_all_or_nothing() -> None:
    generator = random.Random(0)
    values = [ag.Value(0.0) for _ in range(200)]
    for value in values:
        value.grad = 1.0
    optimizer = SGD(values, lr=1.0, momentum=0.5)
    previous = signal.signal(signal.SIGALRM, signal.default_int_handler)
    interrupts = 0
    try:
        while interrupts < 300:
            try:
                signal.setitimer(signal.ITIMER_REAL, generator.uniform(20e-6, 400e-6))
                while True:
                    optimizer.step()
            except KeyboardInterrupt:
                interrupts += 1
                velocity = optimizer.state["velocities"][0] if optimizer.state else 0.0
                assert len({value.data for value in values}) == 1
                assert optimizer.state == {} or set(optimizer.state["velocities"]) == {velocity}
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, previous)
