"""fit records or replays: the same losses and weights, the same errors, whatever is decided in Python."""

from __future__ import annotations

import itertools
import math
import random
import sys
from collections.abc import Callable
from typing import Any

import pytest

import autograd_core as ag
import nn
from nn import losses, optim
from nn.training import engines

np = pytest.importorskip("numpy")

RELATIVE = 1e-12

CIRCLES = [([math.sin(i), math.cos(3 * i)], i) for i in range(24)]
TARGETS: dict[str, Callable[[int], Any]] = {
    "squared_error": lambda i: math.sin(i / 3),
    "absolute_error": lambda i: math.sin(i / 3),
    "huber": lambda i: 3.0 * math.sin(i / 3),
    "hinge": lambda i: 1 if i % 2 else -1,
    "binary_cross_entropy": lambda i: i % 2,
    "cross_entropy": lambda i: i % 3,
}


def samples(loss: str) -> list[tuple[list[float], Any]]:
    return [(inputs, TARGETS[loss](i)) for inputs, i in CIRCLES]


def trained(engine: Any, loss: str, activation: str = "tanh", batch_size: int | None = 6, epochs: int = 50) -> Any:
    model = nn.MLP(2, [5, 3 if loss == "cross_entropy" else 1], activation=activation, seed=2)
    data = samples(loss)
    # Signs may cancel to 0, or to a rounding error, which Adam would blow up to a whole step.
    optimizer = (optim.SGD if loss == "absolute_error" else optim.Adam)(model.parameters(), 0.02)
    history = nn.fit(
        model, data[4:], loss, optimizer, epochs, batch_size, 7,
        validation=data[:4], engine=engine,
    )  # fmt: skip
    return [parameter.data for parameter in model.parameters()], history


@pytest.mark.slow
@pytest.mark.parametrize("loss", TARGETS)
@pytest.mark.parametrize("batch_size", [1, 6, None])
def test_200_steps_replayed_are_200_steps_recorded(loss: str, batch_size: int | None) -> None:
    epochs = {1: 10, 6: 50, None: 200}[batch_size]  # of 20 samples
    weights, history = trained("eager", loss, batch_size=batch_size, epochs=epochs)
    replayed_weights, replayed = trained("replay", loss, batch_size=batch_size, epochs=epochs)
    size = max(map(abs, weights))
    for a, b in zip(weights, replayed_weights):
        assert math.isclose(a, b, rel_tol=RELATIVE, abs_tol=RELATIVE * size)
    for a, b in zip(history.losses + history.validation_losses, replayed.losses + replayed.validation_losses):
        assert math.isclose(a, b, rel_tol=RELATIVE)


@pytest.mark.slow
@pytest.mark.parametrize("activation", ["relu", "gelu", "sigmoid", "softplus"])
def test_activations(activation: str) -> None:
    weights, _ = trained("eager", "squared_error", activation)
    replayed_weights, _ = trained("replay", "squared_error", activation)
    for a, b in zip(weights, replayed_weights):
        assert math.isclose(a, b, rel_tol=1e-11, abs_tol=1e-13)


def engine_of(model: Any, loss: Any = "squared_error", data: Any = None, name: Any = "auto") -> Any:
    parameters = model.parameters() if hasattr(model, "parameters") else [ag.Value(0.0)]
    data = samples("squared_error") if data is None else data
    return engines.chosen_engine(name, model, losses.by_name(loss), parameters, data)


def test_auto_replays_a_network_of_this_package() -> None:
    assert isinstance(engine_of(nn.MLP(2, [3, 1])), engines.ReplayEngine)
    assert isinstance(engine_of(nn.Neuron(2)), engines.ReplayEngine)


class Branching(nn.MLP):
    """A model that decides by a number."""

    def __call__(self, inputs: Any) -> Any:
        return super().__call__(inputs if inputs[0] > 0.0 else [0.0, 0.0])


class Settling(nn.Module):
    """A model that goes on until its state settles, and whose parameters are of several forms."""

    def __init__(self) -> None:
        self.cell = nn.Neuron(2, "tanh", seed=3)
        self.gains = {"low": ag.Value(0.7), "high": ag.Value(-0.4)}

    def __call__(self, inputs: Any) -> Any:
        state: Any = 0.0 * inputs[0]
        before: Any = 1.0
        while abs(state - before) > 1e-3:
            state, before = self.cell([inputs[0], state]), state
        return self.gains["high" if max(inputs) > 0.5 else "low"] * state


def largest_error(output: Any, target: Any) -> Any:
    """Of one output or several; grows more slowly where it is large."""
    error = max([abs(output - target), 0.1 * abs(output)])
    return error * error if error < 0.5 else error - 0.25


def fitted(
    make: Callable[[], Any], loss: Any, data: Any, engine: Any, call: Any = None, **options: Any
) -> tuple[list[float], list[float]]:
    """The parameters after some epochs, and the losses."""
    model = make()
    optimizer = optim.SGD(model.parameters(), 0.05)
    settings = {
        "epochs": 4,
        "batch_size": 5,
        "seed": 3,
        "validation": data[:3],
        "callbacks": [call(model)] if call else (),
    }
    history = nn.fit(model, data[3:], loss, optimizer, engine=engine, **{**settings, **options})
    return [parameter.data for parameter in model.parameters()], history.losses + history.validation_losses


def close(a: tuple[list[float], list[float]], b: tuple[list[float], list[float]]) -> bool:
    size = max(map(abs, b[0]))
    return all(
        math.isclose(x, y, rel_tol=RELATIVE, abs_tol=RELATIVE * size)
        for own, other in zip(a, b)
        for x, y in zip(own, other, strict=True)
    )


@pytest.mark.parametrize("batch_size", [1, 5, None])
@pytest.mark.parametrize(
    ("make", "loss"),
    [
        (lambda: Branching(2, [3, 1], seed=1), "huber"),
        (Settling, "squared_error"),
        (lambda: nn.MLP(2, [3, 1], seed=1), largest_error),
        (Settling, largest_error),
        (lambda: nn.MLP(2, [3, 1], activation=lambda s: s if s > 0.0 else 0.1 * s, seed=1), "absolute_error"),
    ],
    ids=["if", "while", "a loss of one's own", "both", "an activation of one's own"],
)
def test_what_python_decides_is_replayed(make: Any, loss: Any, batch_size: int | None) -> None:
    data = samples("squared_error")
    replayed = fitted(make, loss, data, "auto", batch_size=batch_size)
    assert close(replayed, fitted(make, loss, data, "eager", batch_size=batch_size))


def test_auto_traces_what_it_can(monkeypatch: pytest.MonkeyPatch) -> None:
    model = nn.MLP(2, [3, 1])
    assert isinstance(engine_of(Branching(2, [3, 1])), engines.ReplayEngine)
    assert isinstance(engine_of(lambda inputs: model(inputs)), engines.ReplayEngine)
    assert isinstance(engine_of(model, lambda output, target: (output - target) ** 2), engines.ReplayEngine)
    assert isinstance(engine_of(model, data=[([ag.Value(1.0), 2.0], 1.0)]), engines.EagerEngine)
    with ag.detect_anomaly():
        assert isinstance(engine_of(model), engines.EagerEngine)
    with ag.break_at("tanh", when=lambda node, gradient: False):
        assert isinstance(engine_of(model), engines.EagerEngine)
    monkeypatch.setattr(engines, "_has_numpy", lambda: False)
    assert isinstance(engine_of(model), engines.EagerEngine)


class Peeking(nn.MLP):
    """A model that looks at a number, which no trace can see."""

    def __call__(self, inputs: Any) -> Any:
        output = super().__call__(inputs)
        return output * (1.0 if output.data > 0.0 else 0.5)


class Dropout(nn.MLP):
    """A model that draws random numbers, of a generator of its own or the common one."""

    def __init__(self, generator: Any) -> None:
        super().__init__(2, [3, 1], seed=1)
        self.generator = generator

    def __call__(self, inputs: Any) -> Any:
        return super().__call__(inputs) * (2.0 if self.generator.random() > 0.5 else 0.1)


@pytest.mark.parametrize("batch_size", [1, 5])
def test_a_model_that_cannot_be_traced_goes_on_eagerly_and_says_so_once(batch_size: int) -> None:
    def make() -> Any:
        return Peeking(2, [3, 1], seed=1)

    data = samples("squared_error")
    with pytest.warns(
        RuntimeWarning, match=r"runs as it is: it reads or sets the number .*output\.data > 0\.0"
    ) as said:
        replayed = fitted(make, "squared_error", data, "auto", batch_size=batch_size)
    assert len(said) == 1
    assert close(replayed, fitted(make, "squared_error", data, "eager", batch_size=batch_size))


@pytest.mark.parametrize("generator", [random, random.Random(4), itertools.count()], ids=["common", "own", "counter"])
def test_a_model_with_random_numbers_goes_on_eagerly_and_says_so_once(generator: Any) -> None:
    if isinstance(generator, itertools.count):
        generator = type("Counter", (), {"random": lambda self, ticks=generator: next(ticks) % 2})()
    model = Dropout(generator)
    data = samples("squared_error")
    with pytest.warns(RuntimeWarning, match="goes on without replays: .* random number") as said:
        nn.fit(model, data, "squared_error", optim.SGD(model.parameters(), 0.01), 3, 5, 1)
    assert len(said) == 1
    assert said[0].filename == __file__


def test_a_model_whose_attributes_change_goes_on_eagerly_from_then_on() -> None:
    class Annealed(nn.MLP):
        scale = 1.0

        def __call__(self, inputs: Any) -> Any:
            return super().__call__(inputs) * self.scale

    def cool(model: Any) -> Any:
        def callback(history: nn.History) -> None:
            model.scale = 1.0 if len(history.losses) < 2 else 0.5

        return callback

    def make() -> Any:
        return Annealed(2, [3, 1], seed=1)

    data = samples("squared_error")
    with pytest.warns(RuntimeWarning, match="goes on without replays: .* an attribute or a random number") as said:
        replayed = fitted(make, "squared_error", data, "auto", cool, validation=())
    assert len(said) == 1
    assert close(replayed, fitted(make, "squared_error", data, "eager", cool, validation=()))


def test_a_network_that_a_callback_changes_goes_on_eagerly_from_then_on() -> None:
    def renew(model: Any) -> Any:
        def callback(history: nn.History) -> None:
            if len(history.losses) == 2:
                for neuron in model.layers[0].neurons:
                    neuron.activation = ag.sin

        return callback

    def make() -> Any:
        return nn.MLP(2, [3, 1], seed=1)

    data = samples("squared_error")
    with pytest.warns(RuntimeWarning, match="goes on without replays"):
        replayed = fitted(make, "squared_error", data, "auto", renew)
    assert close(replayed, fitted(make, "squared_error", data, "eager", renew))


def test_samples_of_any_form() -> None:
    """What is no float is a key; a class by which a loss picks an output is one."""

    def make() -> Any:
        return nn.MLP(2, [3, 3], seed=1)

    def of_dict(model: Any) -> Any:
        return type("OfDict", (nn.Module,), {"__call__": lambda self, x: model([x["a"], x["b"][0]])})()

    data = [({"a": x[0], "b": np.array([x[1]])}, i % 3) for i, (x, _) in enumerate(samples("squared_error"))]
    found = []
    for engine in ("auto", "eager"):
        model = make()
        optimizer = optim.SGD(model.parameters(), 0.05)
        history = nn.fit(of_dict(model), data, lambda o, t: (1.0 - o[t]) ** 2, optimizer, 3, 4, 1, engine=engine)
        found.append(([parameter.data for parameter in model.parameters()], history.losses))
    assert close(*found)


def test_other_leaves_get_the_mean_too() -> None:
    """A leaf that is no parameter, and one that another was computed from before."""
    found = []
    for engine in ("eager", "replay"):
        model, shift, base = nn.MLP(2, [3, 1], seed=0), ag.Value(0.3), ag.Value(0.2)
        scale = ag.exp(base)
        optimizer = optim.SGD(model.parameters(), 0.05)
        data = samples("squared_error")

        def scaled(x: Any, model: Any = model, scale: Any = scale, shift: Any = shift) -> Any:
            return model(x) * scale + shift

        nn.fit(scaled, data, "squared_error", optimizer, 2, 6, 1, engine=engine)
        found.append(([shift.grad, base.grad], [parameter.data for parameter in model.parameters()]))
    assert found[0][0][0] != 0.0
    assert close(*found)


def test_a_function_can_be_replayed_on_request() -> None:
    slope = ag.Value(0.0)
    data = [(1.0, 3.0), (2.0, 6.0)]
    nn.fit(lambda x: slope * x, data, "squared_error", optim.SGD([slope], lr=0.1), epochs=20, engine="replay")
    assert math.isclose(slope.data, 3.0, rel_tol=1e-6)


def test_samples_of_several_shapes() -> None:
    def weighted(model: ag.Value) -> Callable[[Any], Any]:
        return lambda inputs: ag.sum([model * x for x in inputs])

    data = [([1.0, 2.0], 1.0), ([3.0], 2.0), ([0.5, 0.5, 0.5], 3.0), ([4.0], 1.0)]
    results = []
    for engine in ("eager", "replay"):
        w = ag.Value(0.3)
        history = nn.fit(
            weighted(w),
            data,
            "squared_error",
            optim.SGD([w], 0.01),
            epochs=5,
            batch_size=3,
            seed=1,
            engine=engine,
        )
        results.append((w.data, history.losses))
    assert math.isclose(results[0][0], results[1][0], rel_tol=RELATIVE)


def test_other_leaves_are_read_at_each_run() -> None:
    """As when only the last layer is trained and a callback changes the first."""
    results = []
    for engine in ("eager", "replay"):
        model = nn.MLP(2, [3, 1], seed=0)
        first = model.layers[0].neurons[0].bias

        def nudge(history: nn.History, first: ag.Value = first) -> None:
            first.data += 0.1

        optimizer = optim.SGD(model.layers[1].neurons[0].parameters(), 0.1)
        history = nn.fit(
            model,
            samples("squared_error"),
            "squared_error",
            optimizer,
            5,
            4,
            1,
            callbacks=[nudge],
            engine=engine,
        )
        results.append(history.losses)
    for a, b in zip(*results):
        assert math.isclose(a, b, rel_tol=RELATIVE)


@pytest.mark.parametrize("engine", ["eager", "replay"])
def test_a_divergence_names_the_layer(engine: Any) -> None:
    model = nn.MLP(2, [3, 1], activation=None, seed=0)
    optimizer = optim.SGD(model.parameters(), 1e200)
    with pytest.raises(nn.DivergenceError, match=r"a weighted sum of layers\.1 became") as caught:
        nn.fit(model, samples("squared_error"), "squared_error", optimizer, 9, None, engine=engine)
    assert (caught.value.layer, caught.value.epoch) == ("layers.1", 2)
    assert all(math.isfinite(parameter.data) for parameter in model.parameters())


@pytest.mark.parametrize("engine", ["eager", "replay"])
def test_a_target_that_cannot_be_is_refused(engine: Any) -> None:
    model = nn.MLP(2, [3, 1], seed=0)
    data = [([0.1 * i, 1.0], 1 if i % 2 else -1) for i in range(20)] + [([1.0, 1.0], 0.5)]
    with pytest.raises(ValueError, match=r"hinge\(\) takes the targets -1 and \+1"):
        nn.fit(model, data, "hinge", optim.SGD(model.parameters(), 0.1), 1, None, engine=engine)


def test_bad_engines(monkeypatch: pytest.MonkeyPatch) -> None:
    model = nn.MLP(2, [3, 1])
    with pytest.raises(ValueError, match="engine is one of auto, eager, replay"):
        engine_of(model, name="fast")
    with pytest.raises(TypeError, match="is called with plain numbers, got a Value"):
        engine_of(model, data=[([ag.Value(1.0), 2.0], 1.0)], name="replay")
    monkeypatch.setitem(sys.modules, "numpy", None)
    with pytest.raises(ImportError, match=r"autograd-core\[fast\]"):
        engine_of(model, name="replay")


# -- SciPy's minimisers on a program ------------------------------------------------------------------------------


def loss_over_all(model: nn.MLP) -> ag.Value:
    mean: ag.Value = ag.mean([losses.squared_error(model(x), t) for x, t in samples("squared_error")])
    return mean


@pytest.mark.slow
@pytest.mark.parametrize("form", ["program", "method"])
def test_scipy_minimises_a_program(form: str) -> None:
    pytest.importorskip("scipy")
    found = []
    for replayed in (False, True):
        model = nn.MLP(2, [4, 1], seed=1)
        program = ag.compile(loss_over_all(model), parameters=model.parameters())
        loss: Any = (program if form == "program" else program.value_and_grad) if replayed else loss_over_all
        found.append(nn.minimize_with_scipy(model, loss, "L-BFGS-B", options={"maxiter": 15}))
        assert math.isclose(loss_over_all(model).data, found[-1].loss, rel_tol=1e-12)
    assert math.isclose(found[0].loss, found[1].loss, rel_tol=1e-6)
    assert found[0].evaluations == found[1].evaluations


def test_programs_that_scipy_cannot_minimise() -> None:
    pytest.importorskip("scipy")
    model, other = nn.MLP(2, [1], seed=1), nn.MLP(2, [1], seed=1)
    program = ag.compile(loss_over_all(model), parameters=model.parameters())
    with pytest.raises(ValueError, match="Hessian products"):
        nn.minimize_with_scipy(model, program, "Newton-CG")
    with pytest.raises(ValueError, match=r"model\.parameters\(\)"):
        nn.minimize_with_scipy(other, program)
    x = ag.Value(1.0)
    with pytest.raises(ValueError, match="no inputs"):
        nn.minimize_with_scipy(model, ag.compile(model([x, 1.0]), [x], model.parameters()))


def test_ten_samples_are_compared_before_the_first_batch() -> None:
    class Tiring(nn.Module):
        def __init__(self) -> None:
            self.inner = nn.MLP(2, [2, 1], seed=1)
            self.calls = [0]

        def __call__(self, inputs: Any) -> Any:
            self.calls[0] += 1
            return self.inner(inputs) * (1.0 if self.calls[0] < 8 else 0.5)

    model = Tiring()
    with pytest.warns(RuntimeWarning, match="goes on without replays"):
        nn.fit(model, samples("squared_error"), "squared_error", optim.SGD(model.parameters(), 0.01), 1, 5, 1)
