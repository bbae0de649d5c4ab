"""What a user may give in the wrong form: a sentence says what came and what to write, and nothing has changed."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

import autograd_core as ag
import nn
from nn.losses import squared_error
from nn.optim import SGD, Adam
from nn.schedules import Constant, ReduceOnPlateau, Step, Warmup

DATA: list[tuple[Any, Any]] = [([0.5, 1.0], 1.0), ([-0.5, 2.0], 0.0), ([1.5, -1.0], 2.0)]


def refused(call: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()


def parts(model: nn.MLP) -> list[Callable[[Any], Any]]:
    return [model, model.layers[0], model.layers[0].neurons[0]]


def floats_alone(output: Any, target: float) -> float:
    """A loss that no gradient comes through."""
    loss: float = (output.data - target) ** 2
    return loss


# -- networks -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((2, 1), r"layer_sizes has a size for each layer, got 1: write \[1\]"),
        ((2, "31"), "layer_sizes are a list, got str"),
        ((2, {3, 1}), "layer_sizes are a list, got set"),
        ((2, None), "layer_sizes are a list, got NoneType"),
        ((2, [[3], 1]), r"each of layer_sizes is a whole number, got \[3\]"),
        (("2", [1]), "n_inputs is a whole number, got '2'"),
        ((2, [1], "tanh", None, 1.5), r"seed is a whole number, a random\.Random or None, got float"),
        ((2, [1], "tanh", None, "7"), r"seed is a whole number, a random\.Random or None, got str"),
    ],
)
def test_networks_that_were_meant_otherwise(arguments: tuple[Any, ...], message: str) -> None:
    refused(lambda: nn.MLP(*arguments), TypeError, message)


def test_whole_numbers_of_numpy() -> None:
    np = pytest.importorskip("numpy", reason="NumPy is not installed")
    model = nn.MLP(np.int64(2), np.array([3, 1]), seed=np.int32(7))
    assert model.state_dict() == nn.MLP(2, [3, 1], seed=7).state_dict()
    assert json.dumps([model.n_inputs, model.layer_sizes]) == "[2, [3, 1]]"
    fit_sgd = SGD(model.parameters(), lr=np.float64(0.1))
    assert len(nn.fit(model, DATA, "squared_error", fit_sgd, np.int64(2), np.int64(2), np.int64(0)).losses) == 2
    assert json.dumps(Step(fit_sgd, np.int64(3)).state_dict())


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (1.0, r"inputs are a list, got float: write \[x\] for one"),
        (ag.Value(1.0), r"inputs are a list, got Value: write \[x\] for one"),
        ({1.0, 2.0}, "inputs are a list, got set"),
        ({1: 1.0, 2: 2.0}, "inputs are a list, got dict"),
        ("12", "inputs are a list, got str"),
        (None, "inputs are a list, got NoneType"),
        ([[1.0, 2.0], [3.0, 4.0]], r"got list: .* one sample, so for several write \[model\(sample\) for sample in"),
        ([[1.0, 2.0]], "an input is a number or a Value, got list"),
        ([1.0, "2"], "expected a real number, got str"),
    ],
)
def test_inputs_that_were_meant_otherwise(inputs: Any, message: str) -> None:
    model = nn.MLP(2, [3, 1], seed=0)
    for part in parts(model):
        refused(partial(part, inputs), TypeError, message)


def test_rows_of_an_array_are_inputs_one_by_one() -> None:
    np = pytest.importorskip("numpy", reason="NumPy is not installed")
    model = nn.MLP(2, [3, 1], seed=0)
    for part in parts(model):
        for shape in ((2, 2), (4, 2), (1, 2)):
            refused(partial(part, np.ones(shape)), TypeError, "got ndarray: a model is called on one sample")
        assert part(np.ones(2)) is not None
    assert model([np.float32(1.0), np.array(1.0)]).data == model([1.0, 1.0]).data
    assert model(number for number in (1.0, 1.0)).data == model([1.0, 1.0]).data


# -- fit ----------------------------------------------------------------------------------------------------------


class Setting:
    """A model with all that a training may change, and how that looks."""

    def __init__(self) -> None:
        self.model = nn.MLP(2, [2, 1], seed=0)
        self.optimizer = SGD(self.model.parameters(), lr=0.1, momentum=0.5)
        self.model([1.0, 1.0]).backward()
        self.optimizer.step()
        self.schedule = Warmup(Step(self.optimizer, 2), 3)
        self.generator = random.Random(5)

    def seen(self) -> Any:
        grads = [parameter.grad for parameter in self.model.parameters()]
        states = (self.model.state_dict(), self.optimizer.state_dict(), self.schedule.state_dict())
        return *states, grads, self.generator.getstate()

    def fit(self, **changed: Any) -> nn.History:
        arguments: dict[str, Any] = {
            "model": self.model, "data": DATA, "loss": "squared_error", "optimizer": self.optimizer, "epochs": 2,
            "batch_size": 1, "seed": self.generator, "progress": False, "schedule": self.schedule,
        }  # fmt: skip
        return nn.fit(**{**arguments, **changed})

    def check_refused(self, error: type[Exception], message: str, **changed: Any) -> None:
        before = self.seen()
        refused(lambda: self.fit(**changed), error, message)
        assert self.seen() == before


X, Y = [[0.5, 1.0], [-0.5, 2.0], [1.5, -1.0]], [1.0, 0.0, 2.0]


@pytest.mark.parametrize("name", ["data", "validation"])
@pytest.mark.parametrize(
    ("given_instead", "message"),
    [
        ((X, Y), r"got list of 3 as its member 0: write list\(zip\(X, y\)\) for inputs X and targets y"),
        ((X[:2], Y[:2]), r"got one with several inputs and one with a number: write list\(zip\(X, y\)\)"),
        ((Y, X), "got list of 3 as its member 0: write list"),
        ([*DATA, ([0.5, 1.0], 1.0, 2.0)], "got tuple of 3 as its member 3$"),
        ([*DATA, 1.0], "got float as its member 3$"),
        ({(0.5, 1.0): 1.0}, "got dict$"),
        ("ab", "got str$"),
        (None, "got NoneType$"),
        (["ab"], "got str of 2 as its member 0$"),
    ],
)
def test_data_that_is_no_list_of_pairs(name: str, given_instead: Any, message: str) -> None:
    Setting().check_refused(
        TypeError, rf"^{name} is a list of samples, pairs \(inputs, target\), {message}", **{name: given_instead}
    )


def test_data_in_arrays() -> None:
    np = pytest.importorskip("numpy", reason="NumPy is not installed")
    x, y = np.array(X), np.array(Y)
    setting, other = Setting(), Setting()
    setting.check_refused(TypeError, "got ndarray of 3 as its member 0: write list", data=(x, y))
    setting.check_refused(TypeError, "one with several inputs and one with a number: write", data=(x[:2], y[:2]))
    assert setting.fit(data=zip(x, y)).losses == other.fit().losses
    assert setting.model.state_dict() == other.model.state_dict()


@pytest.mark.parametrize(
    ("changed", "error", "message"),
    [
        ({"model": [1.0]}, TypeError, "a model is called on a sample's inputs, got list"),
        ({"optimizer": "sgd"}, TypeError, r"such as nn\.optim\.SGD\(model\.parameters\(\), lr=0\.1\), got str"),
        ({"optimizer": SGD}, TypeError, r"an optimiser is one of nn\.optim, .* got SGD"),
        ({"loss": 1.0}, TypeError, "a loss is a name or a function, got float"),
        (
            {"loss": floats_alone},
            TypeError,
            "the loss gives one Value, got float",
        ),
        ({"loss": lambda output, target: [output - target]}, TypeError, "the loss gives one Value, got list"),
        ({"epochs": 2.0}, TypeError, "epochs is a whole number, got 2.0"),
        ({"batch_size": 0}, ValueError, "batch_size is 1 or more, got 0"),
        ({"seed": "x"}, TypeError, "seed is a whole number"),
        ({"schedule": 0.5}, TypeError, r"a schedule is one of nn\.schedules, got float"),
        ({"callbacks": print}, TypeError, r"callbacks are a list of functions, got one function: write \[function\]"),
        ({"callbacks": [print, 1]}, TypeError, "a callback is a function of the history, got int"),
        ({"clip_norm": "1"}, TypeError, "clip_norm is a number, got str"),
        ({"clip_norm": ag.Value(1.0)}, TypeError, r"clip_norm is a number, got Value: v\.data is a Value's number"),
        ({"engine": "fast"}, ValueError, "engine is one of auto, eager, replay, got 'fast'"),
    ],
)
def test_arguments_of_another_type(changed: dict[str, Any], error: type[Exception], message: str) -> None:
    Setting().check_refused(error, message, **changed)


@pytest.mark.parametrize("engine", ["eager", "replay", "auto"])
@pytest.mark.parametrize(
    ("sample", "error", "message"),
    [
        (([0.5, 1.0, 2.0], 1.0), ValueError, "takes 2 inputs, got 3"),
        (([0.5, 1.0], [1.0, 2.0]), ValueError, "1 outputs and 2 targets"),
        (([0.5, "1"], 1.0), TypeError, "expected a real number, got str"),
        (([0.5, 1.0], None), TypeError, "expected a real number, got NoneType"),
        (([0.5, [1.0]], 1.0), TypeError, "got list"),
    ],
)
def test_a_sample_that_does_not_fit_changes_nothing(
    engine: str, sample: Any, error: type[Exception], message: str
) -> None:
    """Though samples before it have been trained on, and wherever it is."""
    if engine == "replay":
        pytest.importorskip("numpy", reason="NumPy is not installed")
    setting = Setting()
    setting.check_refused(error, message, engine=engine, data=[*DATA, *DATA, sample])
    setting.check_refused(error, message, engine=engine, validation=[*DATA, sample])
    setting.fit(engine=engine)


def test_a_loss_that_fails_later_keeps_what_was_learned() -> None:
    """Every sample has been trained on by then: it is none of the arguments."""
    calls = []

    def loss(output: Any, target: float) -> Any:
        calls.append(target)
        if len(calls) > len(DATA):
            raise LookupError("the second epoch")
        return squared_error(output, target)

    setting = Setting()
    before = setting.model.state_dict()
    refused(lambda: setting.fit(loss=loss, engine="eager"), LookupError, "the second epoch")
    assert setting.model.state_dict() != before


def test_a_state_to_resume_from_that_does_not_fit_changes_nothing(tmp_path: Any) -> None:
    setting, other = Setting(), Setting()
    other.fit(checkpoint=tmp_path / "state", epochs=1)
    changes: list[Callable[[Any], Any]] = [
        lambda state: state["schedule"].pop("then"),
        lambda state: state["schedule"]["then"].update(initial_lr="x"),
        lambda state: state.update(order=[1, "zz", None]),
        lambda state: state["optimizer"].pop("state"),
        lambda state: state["optimizer"]["hyper_parameters"].update(momentum=7.0),
    ]
    for change in changes:
        state = json.loads((tmp_path / "state").read_text())
        change(state)
        (tmp_path / "damaged").write_text(json.dumps(state))
        message = "the state is not one of this training"
        setting.check_refused(ValueError, message, checkpoint=tmp_path / "damaged", resume=True)
    setting.fit(checkpoint=tmp_path / "state", resume=True)


# -- optimisers and schedules -------------------------------------------------------------------------------------


@pytest.mark.parametrize("lr", ["0.1", None, -1.0, float("nan"), [0.1]])
def test_a_learning_rate_set_between_steps_is_checked_then(lr: Any) -> None:
    optimizer = SGD([ag.Value(1.0)], lr=0.5)
    with pytest.raises((TypeError, ValueError), match="lr is "):
        optimizer.lr = lr
    assert optimizer.lr == 0.5


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: Adam([ag.Value(1.0)], betas=0.9), ValueError, "betas are two numbers, got 0.9"),  # type: ignore[arg-type]
        (lambda: SGD([ag.Value(1.0)], lr=10**400), ValueError, "lr is 0 or more, and finite, got inf"),
        (lambda: SGD([ag.Value(1.0)], ag.Value(0.1)), TypeError, r"lr is a number, got Value: v\.data"),  # type: ignore[arg-type]
        (lambda: Constant([ag.Value(1.0)]), TypeError, "a schedule is one of an optimiser, got list"),  # type: ignore[arg-type]
        (lambda: Warmup(SGD([ag.Value(1.0)], 0.1), 2), TypeError, r"got SGD: write Constant\(optimizer\)"),  # type: ignore[arg-type]
        (lambda: SGD([ag.Value(1.0)], 0.1).load_state_dict([]), TypeError, "such as state_dict.. gives, got list"),  # type: ignore[arg-type]
        (lambda: nn.MLP(1, [1]).load_state_dict([1.0, 2.0]), TypeError, "such as state_dict.. gives, got list"),  # type: ignore[arg-type]
    ],
)
def test_settings_of_another_type(call: Callable[[], Any], error: type[Exception], message: str) -> None:
    refused(call, error, message)


def test_a_schedule_takes_a_state_whole_or_not_at_all() -> None:
    optimizer = SGD([ag.Value(1.0)], lr=1.0)
    schedule = Warmup(ReduceOnPlateau(optimizer, patience=0), 2)
    for loss in (3.0, 2.0, 5.0, 6.0):
        schedule.step(loss)
    good = schedule.state_dict()
    for _ in range(3):
        schedule.step(7.0)
    before, lr = schedule.state_dict(), optimizer.lr
    for damage in ({"epoch": "x"}, {"initial_lr": None}, {"start": -9.0, "epoch": 0}):
        with pytest.raises(ValueError, match="the state is not one of Warmup"):
            schedule.load_state_dict({**good, **damage})
        assert (schedule.state_dict(), optimizer.lr) == (before, lr)
    schedule.load_state_dict(good)
    assert schedule.state_dict() == good


def test_a_plateau_goes_by_numbers() -> None:
    schedule = ReduceOnPlateau(SGD([ag.Value(1.0)], lr=1.0))
    refused(lambda: schedule.step(ag.Value(1.0)), TypeError, "loss is a number, got Value")  # type: ignore[arg-type]
    assert schedule.best is None


def test_minimize_says_what_it_needs() -> None:
    pytest.importorskip("scipy", reason="SciPy is not installed")
    model = nn.MLP(1, [1], seed=0)
    refused(
        lambda: nn.minimize_with_scipy(model.parameters(), lambda model: model),  # type: ignore[arg-type]
        TypeError,
        r"a model has parameters\(\) to minimise over, got list",
    )
    refused(lambda: nn.minimize_with_scipy(model, "loss"), TypeError, "a loss is a function of the model, or a")  # type: ignore[arg-type]
