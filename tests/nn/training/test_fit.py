"""fit: the updates it makes, its repeatability, progress, Ctrl-C and divergence."""

import gc
import json
import math
import random
import signal
import sys
import threading
import time
from dataclasses import asdict
from typing import Any

import pytest

import autograd_core as ag
import nn
from nn.losses import squared_error
from nn.optim import SGD, Adam, Optimizer

LINE = [(float(x), 3.0 * x - 1.0) for x in (-2, -1, 0, 1, 2, 3)]


class Line(nn.Module):
    def __init__(self) -> None:
        self.slope, self.offset = ag.Value(0.5), ag.Value(0.25)
        self.label_parameters()

    def __call__(self, x: float) -> ag.Value:
        return self.slope * x + self.offset


def fitted(batch_size: int | None, epochs: int = 1, seed: int | None = 0, **keywords: Any) -> tuple[Line, nn.History]:
    line = Line()
    history = nn.fit(line, LINE, squared_error, SGD(line.parameters(), 0.01), epochs, batch_size, seed, **keywords)
    return line, history


def by_hand(batches: list[list[tuple[float, float]]], lr: float = 0.01) -> tuple[list[float], list[float]]:
    """Gradient descent on the mean squared error of each batch, and each sample's loss before the update."""
    slope, offset, losses = 0.5, 0.25, []
    for batch in batches:
        errors = [slope * x + offset - y for x, y in batch]
        losses += [error * error for error in errors]
        slope, offset = (
            slope - lr * math.fsum(2.0 * error * x for error, (x, _) in zip(errors, batch)) / len(batch),
            offset - lr * math.fsum(2.0 * error for error in errors) / len(batch),
        )
    return [slope, offset], losses


@pytest.mark.parametrize("batch_size", [1, 2, 4, 6, 100, None])
def test_an_epoch_averages_the_gradients_of_each_batch(batch_size: int | None) -> None:
    line, history = fitted(batch_size)
    batches = list(nn.data.batches(LINE, batch_size, random.Random(0)))
    expected, losses = by_hand(batches)
    assert [parameter.data for parameter in line.parameters()] == pytest.approx(expected, rel=1e-13)
    assert history.losses == pytest.approx([math.fsum(losses) / len(LINE)], rel=1e-13)
    assert history.interrupted is False


def test_training_converges() -> None:
    line, history = fitted(1, epochs=200)
    assert line.state_dict() == pytest.approx({"slope": 3.0, "offset": -1.0}, rel=1e-3)
    assert len(history.losses) == 200
    assert history.losses[-1] < 1e-6 < history.losses[0]


def test_seeds_decide_the_order_and_the_bits() -> None:
    assert fitted(2, 5, seed=1)[0].state_dict() == fitted(2, 5, seed=1)[0].state_dict()
    assert fitted(2, 5, seed=1)[0].state_dict() != fitted(2, 5, seed=2)[0].state_dict()
    assert fitted(None, 5, seed=1)[0].state_dict() == fitted(None, 5, seed=2)[0].state_dict()
    generator = random.Random(1)
    assert fitted(2, 5, seed=generator)[0].state_dict() == fitted(2, 5, seed=1)[0].state_dict()  # type: ignore[arg-type]


def test_epochs_come_in_different_orders() -> None:
    order: list[float] = []
    line = Line()

    def model(x: float) -> ag.Value:
        order.append(x)
        return line(x)

    nn.fit(model, LINE, squared_error, SGD(line.parameters(), 0.0), epochs=2, seed=0, engine="eager")
    first, second = order[:6], order[6:]
    assert sorted(first) == sorted(second) == [x for x, _ in LINE]
    assert first != second


def test_losses_go_by_name_and_data_may_be_any_iterable() -> None:
    line = Line()
    history = nn.fit(line, iter(LINE), "absolute_error", SGD(line.parameters(), 0.01), epochs=2, batch_size=3)
    assert len(history.losses) == 2


def test_callbacks_see_the_history_grow() -> None:
    seen: list[int] = []
    fitted(2, epochs=3, callbacks=[lambda history: seen.append(len(history.losses))])
    assert seen == [1, 2, 3]


@pytest.mark.slow
def test_no_graph_survives() -> None:
    gc.collect()
    gc.disable()
    try:
        before = sum(type(thing) is ag.Value for thing in gc.get_objects())
        fitted(2, epochs=3)
        assert sum(type(thing) is ag.Value for thing in gc.get_objects()) == before
    finally:
        gc.enable()


# -- progress -----------------------------------------------------------------------------------------------------


def test_a_bar_is_shown_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tqdm", reason="tqdm is not installed")
    fitted(2, epochs=3, progress=True)
    assert "3/3" in capsys.readouterr().err
    fitted(2, epochs=3, progress=False)
    fitted(2, epochs=3)  # not a terminal
    assert capsys.readouterr() == ("", "")


def test_without_tqdm_training_is_silent_and_the_same(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with_tqdm = fitted(2, epochs=3)[0].state_dict()
    monkeypatch.setitem(sys.modules, "tqdm", None)
    assert fitted(2, epochs=3, progress=True)[0].state_dict() == with_tqdm
    assert capsys.readouterr() == ("", "")


# -- Ctrl-C -------------------------------------------------------------------------------------------------------


def test_ctrl_c_keeps_what_was_learned() -> None:
    whole = fitted(2, epochs=2)[0].state_dict()

    def stop(history: nn.History) -> None:
        if len(history.losses) == 2:
            raise KeyboardInterrupt

    line, history = fitted(2, epochs=1000, callbacks=[stop])
    assert history.interrupted
    assert len(history.losses) == 2
    assert line.state_dict() == whole


def test_ctrl_c_within_a_batch_leaves_the_last_whole_step() -> None:
    line = Line()
    calls: list[float] = []

    def model(x: float) -> ag.Value:
        calls.append(x)
        if len(calls) == 6:
            raise KeyboardInterrupt
        return line(x)

    optimizer = SGD(line.parameters(), 0.01)
    history = nn.fit(model, LINE, squared_error, optimizer, 10, batch_size=2, seed=0, engine="eager")
    expected, _ = by_hand(list(nn.data.batches(LINE, 2, random.Random(0)))[:2])
    assert history == nn.History([], interrupted=True)
    assert list(line.state_dict().values()) == pytest.approx(expected, rel=1e-13)


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="no signals to threads on this system")
def test_a_real_ctrl_c_stops_at_once() -> None:
    model = nn.MLP(2, [8, 1], seed=0)
    data = [([x / 500.0, 1.0], x / 500.0) for x in range(500)]
    main_thread, pressed = threading.get_ident(), []

    def press() -> None:
        pressed.append(time.monotonic())
        signal.pthread_kill(main_thread, signal.SIGINT)

    timer = threading.Timer(0.3, press)
    timer.start()
    history = nn.fit(model, data, squared_error, Adam(model.parameters()), epochs=10**6, batch_size=None)
    stopped = time.monotonic()
    timer.join()
    assert history.interrupted
    assert stopped - pressed[0] < 0.5
    assert gc.isenabled()


# -- divergence and bad arguments ---------------------------------------------------------------------------------


def test_a_loss_that_diverges_is_said_so() -> None:
    line = Line()
    with pytest.raises(nn.DivergenceError, match=r"became (inf|nan) in epoch \d+; a lower learning rate") as caught:
        nn.fit(line, LINE, squared_error, SGD(line.parameters(), 1e3), epochs=1000, seed=0)
    assert caught.value.epoch == len(caught.value.history.losses) + 1


def test_the_batch_of_an_infinite_loss_changes_nothing() -> None:
    line = Line()
    before = line.state_dict()
    with pytest.raises(nn.DivergenceError, match="the loss became inf in epoch 1"):
        nn.fit(line, [(1.0, 2.0), (1e200, 0.0)], squared_error, SGD(line.parameters(), 0.1), 1, batch_size=None)
    assert line.state_dict() == before


def test_a_parameter_that_overflows_in_the_last_step_is_found() -> None:
    line = Line()
    with pytest.raises(nn.DivergenceError, match="the parameter 'slope' became -inf in epoch 1"):
        nn.fit(line, [(1e150, 0.0)], squared_error, SGD(line.parameters(), 1e200), epochs=1)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"data": []}, ValueError, "no data"),
        ({"epochs": 0}, ValueError, "epochs is 1 or more, got 0"),
        ({"epochs": 1.5}, TypeError, "epochs is a whole number"),
        ({"batch_size": 0}, ValueError, "batch_size is 1 or more"),
        ({"batch_size": "full"}, TypeError, "batch_size is a whole number"),
        ({"loss": "mse"}, ValueError, "unknown loss 'mse'"),
    ],
)
def test_bad_arguments(change: dict[str, Any], error: type[Exception], message: str) -> None:
    line = Line()
    optimizer: Optimizer = SGD(line.parameters(), 0.01)
    arguments = {"data": LINE, "loss": squared_error, "epochs": 1, **change}
    with pytest.raises(error, match=message):
        nn.fit(line, optimizer=optimizer, **arguments)
    assert line.state_dict() == Line().state_dict()


def test_the_callers_errors_come_through() -> None:
    def failing(history: nn.History) -> None:
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        fitted(1, callbacks=[failing])


# -- validation, early stopping, clipping, schedules, callbacks ---------------------------------------------------


def test_early_stopping_restores_the_weights_of_the_lowest_validation_loss() -> None:
    """The validation sample is passed on the way: its loss falls, and rises again."""
    settings: dict[str, Any] = {"validation": [(1.0, 1.0)]}
    line, history = fitted(None, epochs=200, patience=5, **settings)
    best = history.best_epoch
    assert best is not None
    assert history.stopped_early
    assert len(history.losses) == best + 5
    assert line.state_dict() == fitted(None, epochs=best, **settings)[0].state_dict()
    assert squared_error(line(1.0), 1.0).data == history.validation_losses[best - 1] == min(history.validation_losses)


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_clipping_shortens_a_gradient_and_keeps_its_direction(factor: float) -> None:
    plain, _ = fitted(None)
    gradient = [(before - after) / 0.01 for before, after in zip((0.5, 0.25), plain.state_dict().values())]
    line, _ = fitted(None, clip_norm=factor * math.hypot(*gradient))
    clipped = [(before - after) / 0.01 for before, after in zip((0.5, 0.25), line.state_dict().values())]
    assert clipped == pytest.approx([min(factor, 1.0) * component for component in gradient], rel=1e-12)


def test_the_schedule_takes_a_step_after_each_epoch() -> None:
    line = Line()
    sgd = SGD(line.parameters(), 0.01)
    history = nn.fit(line, LINE, squared_error, sgd, 5, 2, 0, schedule=nn.schedules.Step(sgd, 2, 0.5))
    assert history.learning_rates == [0.01, 0.01, 0.005, 0.005, 0.0025]


def test_polyak_gets_the_loss_of_the_batch() -> None:
    """On one sample its step halves the error, as Newton's does on the way to a double root."""
    line = Line()
    history = nn.fit(line, [(2.0, 5.0)], squared_error, nn.optim.Polyak(line.parameters(), lr=10.0), epochs=5)
    for before, after in zip(history.losses, history.losses[1:]):
        assert after == pytest.approx(before / 4.0, rel=1e-12)


def test_a_callback_may_end_the_training() -> None:
    _, history = fitted(2, epochs=100, callbacks=[lambda history: len(history.losses) == 3])
    assert history.stopped_early
    assert len(history.losses) == 3


@pytest.mark.slow
def test_the_history_draws_itself() -> None:
    matplotlib = pytest.importorskip("matplotlib", reason="Matplotlib is not installed")
    matplotlib.use("Agg")
    _, history = fitted(2, epochs=4, validation=LINE[:2])
    axes = history.plot()
    assert [list(line.get_ydata()) for line in axes.get_lines()] == [history.losses, history.validation_losses]
    from matplotlib import pyplot

    pyplot.close("all")


def test_drawing_the_history_without_matplotlib_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r'pip install "autograd-core\[notebooks\]"'):
        nn.History([0.5]).plot()


def test_a_history_is_plain_data() -> None:
    _, history = fitted(2, epochs=3, validation=LINE[:2])
    assert nn.History(**json.loads(json.dumps(asdict(history)))) == history


def test_a_weighted_sum_that_overflows_is_named_with_its_layer() -> None:
    model = nn.MLP(1, [2, 2, 1], None, seed=0)
    for layer, number in ((0, 1e10), (1, 1e300)):
        for parameter in model.layers[layer].parameters():
            parameter.data = number
    with pytest.raises(nn.DivergenceError, match=r"^a weighted sum of layers\.1 became inf in epoch 1;") as caught:
        nn.fit(model, [([1.0], 1.0)], squared_error, SGD(model.parameters(), 0.1), epochs=1)
    assert (caught.value.layer, caught.value.epoch) == ("layers.1", 1)


def test_a_step_that_overflows_is_undone() -> None:
    line = Line()
    with pytest.raises(nn.DivergenceError, match="the parameter 'slope' became -inf in epoch 1"):
        nn.fit(line, [(1e150, 0.0)], squared_error, SGD(line.parameters(), 1e200), epochs=1)
    assert line.state_dict() == Line().state_dict()


@pytest.mark.slow
def test_two_moons_are_told_apart() -> None:
    """200 points to train on, 1000 others to test with."""
    model = nn.MLP(2, [16, 16, 1], seed=0)
    moons = nn.datasets.moons
    nn.fit(model, moons(200, seed=1), "binary_cross_entropy", Adam(model.parameters(), 0.01), 40, 10, seed=0)
    test = moons(1000, seed=2)
    with ag.no_grad():
        right = sum((model(point).data > 0.0) == bool(kind) for point, kind in test)
    assert right / len(test) >= 0.97, right
