"""How the losses and gradients of a batch are computed: recorded one by one, or replayed for all samples at once."""

from __future__ import annotations

import importlib.util
import math
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal, Protocol, get_args

import autograd_core as ag
from nn.layers import MLP, Layer, Neuron
from nn.losses import Loss
from nn.parameters import assign, clear_gradients
from nn.training.history import DivergenceError, History

if TYPE_CHECKING:
    from concurrent.futures import Executor

Sample = tuple[Any, Any]
EngineName = Literal["auto", "eager", "replay"]
COMPARED_AT_FIRST = 10


class Engine(Protocol):
    """Computes losses of samples, and gradients."""

    def losses(self, samples: Sequence[Sample]) -> list[float]:
        """The loss of each sample."""

    def train_on(self, batch: Sequence[Sample], history: History) -> list[float]:
        """Set the parameters' ``grad`` to the mean of the samples' gradients, and add it to that of other leaves.

        Returns:
            The loss of each sample.

        Raises:
            DivergenceError: a loss is inf or nan.
        """


def chosen_engine(
    name: EngineName,
    model: Callable[[Any], Any],
    loss: Loss,
    parameters: Sequence[ag.Value],
    samples: Iterable[Sample],
    executor: Executor | None = None,
) -> Engine:
    """The engine with a name.

    ``auto`` replays where NumPy is installed, all numbers of the samples are plain, and nobody watches each node (see
    :func:`autograd_core.is_watched`); and wherever there is an executor.

    Raises:
        ValueError: another name, or ``eager`` with an executor.
        ImportError: ``replay`` without NumPy.
        TypeError: ``replay`` on samples that hold Values; or what is not an executor.
    """
    if name not in get_args(EngineName):
        raise ValueError(f"engine is one of {', '.join(get_args(EngineName))}, got {name!r}")
    if executor is not None:
        if name == "eager":
            raise ValueError(
                'an executor\'s workers replay, and engine="eager" calls the model here: leave out one of them'
            )
        name = "replay"
    eager = EagerEngine(model, loss, parameters)
    if name == "eager" or (name == "auto" and (not _has_numpy() or ag.is_watched())):
        return eager
    engine = ReplayEngine(eager, executor)
    try:
        for sample in samples:
            engine.add(sample)
    except TypeError:
        if name == "replay":
            raise
        return eager
    return engine


class EagerEngine:
    """Records each sample anew."""

    def __init__(self, model: Callable[[Any], Any], loss: Loss, parameters: Sequence[ag.Value]) -> None:
        self.model = model
        self.loss = loss
        self.parameters = parameters

    def losses(self, samples: Sequence[Sample]) -> list[float]:  # noqa: D102
        with ag.no_grad():
            return [self._loss(sample).data for sample in samples]

    def train_on(self, batch: Sequence[Sample], history: History) -> list[float]:  # noqa: D102
        clear_gradients(self.parameters)
        losses = []
        for sample in batch:
            sample_loss = self.recorded(sample, history)
            sample_loss.backward(1.0 / len(batch))
            losses.append(sample_loss.data)
        return losses

    def recorded(self, sample: Sample, history: History) -> ag.Value:
        """The loss of a sample (DivergenceError where it is not finite)."""
        sample_loss = self._loss(sample)
        if not math.isfinite(sample_loss.data):
            raise DivergenceError.of_loss(sample_loss, history)
        return sample_loss

    def _loss(self, sample: Sample) -> ag.Value:
        inputs, target = sample
        return checked_loss(self.loss(self.model(inputs), target))


def checked_loss(loss: object) -> ag.Value:
    """What a loss function returned, if it is one Value (TypeError otherwise)."""
    if isinstance(loss, ag.Value):
        return loss
    raise TypeError(
        f"the loss gives one Value, got {type(loss).__name__}: compute it from the model's outputs themselves, "
        "with functions of this package such as ag.maximum and ag.sum"
    )


class ReplayEngine:
    """Traces the loss of a sample with ``ag.jit``, and replays it for all samples that take the same way.

    Where that cannot be done, or gives something else than the model itself, it goes on eagerly and says so. What no
    trace can see, such as random numbers, or an attribute or a layer that a callback changes, is found by comparison:
    before the first batch on some samples, and before each epoch on one, which the model computes as well.

    With an executor, what goes wrong is an error, unless it is that comparison: nobody wants to train on alone because
    a worker has died.
    """

    def __init__(self, eager: EagerEngine, executor: Executor | None = None) -> None:
        self.eager = eager
        self._has_workers = executor is not None
        self._takes_floats = _is_ours(eager.model), isinstance(eager.loss, ag.Primitive)

        def loss_of_sample(inputs: Any, target: Any) -> ag.Value:
            return checked_loss(eager.loss(eager.model(inputs), target))

        self._rows = ag.TracedRows(ag.jit(loss_of_sample), executor=executor)
        self._places: dict[int, int] = {}  # by the sample's id, which is unique while the sample is kept
        self._kept: list[Sample] = []
        self._is_eager = False
        self._targets_are_checked = False
        self._epoch: int | None = None  # in which the model was last compared with its replay

    def add(self, sample: Sample) -> None:
        """Take in a sample (TypeError where there is a Value in it, or something that has no key)."""
        numbers = [_as_floats(part) if floats else part for part, floats in zip(sample, self._takes_floats)]
        self._places[id(sample)] = self._rows.add(numbers)
        self._kept.append(sample)

    def losses(self, samples: Sequence[Sample]) -> list[float]:  # noqa: D102
        if not self._is_eager:
            self._check_targets()
            try:
                return self._rows.forward(self._places_of(samples))
            except Exception as error:
                if self._is_final(error):
                    raise
                losses = self.eager.losses(samples)  # which fails, too, if the error is the model's or a sample's
                self._go_on_eagerly(error)
                return losses
        return self.eager.losses(samples)

    def train_on(self, batch: Sequence[Sample], history: History) -> list[float]:  # noqa: D102
        if self._is_eager:
            return self.eager.train_on(batch, history)
        self._check_targets()
        gradients = [parameter.grad for parameter in self.eager.parameters]
        clear_gradients(self.eager.parameters)
        try:
            places = self._places_of(batch)
            self._compare_once_an_epoch(places[0], history)
            losses = self._rows.backward(places, 1.0 / len(batch))
        except Exception as error:
            if self._is_final(error):
                assign(self.eager.parameters, "grad", gradients)
                raise
            losses = self.eager.train_on(batch, history)
            self._go_on_eagerly(error)
            return losses
        for sample, loss in zip(batch, losses):
            if not math.isfinite(loss):
                self.eager.recorded(sample, history)  # which says where
                raise DivergenceError("the loss", loss, history)
        return losses

    def _is_final(self, error: Exception) -> bool:
        return self._has_workers and not isinstance(error, ag.ReplayMismatchError)

    def _places_of(self, samples: Sequence[Sample]) -> list[int]:
        return [self._places[id(sample)] for sample in samples]

    def _check_targets(self) -> None:
        """Let the loss refuse a target that it takes for a number like others where it is replayed."""
        spread = getattr(self.eager.loss, "spread", None)
        if self._targets_are_checked or spread is None:
            return
        with ag.no_grad():
            output = self.eager.model(self._kept[0][0])
        for sample in self._kept:
            try:
                spread(output, sample[1])
            except Exception:  # it may be that this sample has more outputs, or fewer
                self.eager.losses([sample])
        self._targets_are_checked = True

    def _compare_once_an_epoch(self, place: int, history: History) -> None:
        if self._epoch == len(history.losses):
            return
        for each in range(min(len(self._kept), COMPARED_AT_FIRST)) if self._epoch is None else (place,):
            self._compare(each)
        self._epoch = len(history.losses)

    def _compare(self, place: int) -> None:
        try:
            self._rows.check(place)
        except ag.ReplayMismatchError:
            raise
        except Exception:
            return  # a sample that does not fit is said so when its own batch comes

    def _go_on_eagerly(self, error: Exception) -> None:
        self._is_eager = True
        warnings.warn(f"the training goes on without replays: {error}", RuntimeWarning, stacklevel=7)  # at nn.fit


def _as_floats(part: Any) -> Any:
    """Numbers of a sample that no code of the user's looks at, as floats: then they vary, and do not trace anew."""
    if isinstance(part, Iterable) and getattr(part, "ndim", None) != 0:
        return [_as_float(number) for number in part]
    return _as_float(part)


def _as_float(number: Any) -> Any:
    return number if isinstance(number, ag.Value) else ag.Value(number).data


def _is_ours(model: object) -> bool:
    """Whether all code of a model is this package's, which takes whole numbers as floats."""
    match model:
        case MLP() if type(model) is MLP:
            return all(_is_ours(layer) for layer in model.layers)
        case Layer() if type(model) is Layer:
            return all(_is_ours(neuron) for neuron in model.neurons)
        case Neuron() if type(model) is Neuron:
            return model.activation is None or isinstance(model.activation, ag.Primitive)
    return False


def _has_numpy() -> bool:
    return importlib.util.find_spec("numpy") is not None
