"""How the losses and gradients of a batch are computed: recorded one by one, or replayed for all samples at once."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, get_args

import autograd_core as ag
from nn.layers import MLP, Layer, Neuron
from nn.losses import Loss
from nn.parameters import assign, clear_gradients, gradients_of
from nn.training.history import DivergenceError, History

Sample = tuple[Any, Any]
Shape = tuple[int | None, int | None]  # how many inputs and targets, None for a number by itself
EngineName = Literal["auto", "eager", "replay"]


class Engine(Protocol):
    """Computes losses of samples, and gradients."""

    def losses(self, samples: Sequence[Sample]) -> list[float]:
        """The loss of each sample."""

    def train_on(self, batch: Sequence[Sample], history: History) -> list[float]:
        """Set the parameters' ``grad`` to the mean of the samples' gradients.

        Returns:
            The loss of each sample.

        Raises:
            DivergenceError: a loss is inf or nan.
        """


def chosen_engine(
    name: EngineName, model: Callable[[Any], Any], loss: Loss, parameters: Sequence[ag.Value], samples: Iterable[Sample]
) -> Engine:
    """The engine with a name.

    ``auto`` replays where that is sure to give the same: NumPy is installed, the model is one of this package's whose
    activations, like the loss, are primitives, so that nothing branches on a number, all samples are plain numbers,
    and nobody watches each node (see :func:`autograd_core.is_watched`).

    Raises:
        ValueError: another name.
        ImportError: ``replay`` without NumPy.
        TypeError: ``replay`` on samples that are not numbers.
    """
    if name not in get_args(EngineName):
        raise ValueError(f"engine is one of {', '.join(get_args(EngineName))}, got {name!r}")
    eager = EagerEngine(model, loss, parameters)
    is_sure = _is_branchless(model, loss) and _has_numpy() and not ag.is_watched()
    if name == "eager" or (name == "auto" and not is_sure):
        return eager
    engine = ReplayEngine(eager)
    try:
        for sample in samples:
            engine.row(sample)
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


@dataclass(frozen=True)
class _Recorded:
    """A sample's loss as a program.

    Attributes:
        output: the model's, as it was recorded.
        varying: which of the sample's numbers are the program's inputs: all that the loss depends on.
    """

    program: ag.Program
    output: Any
    varying: list[int]


@dataclass(frozen=True)
class _Row:
    shape: Shape
    numbers: list[float]
    sample: Sample


class ReplayEngine:
    """Records one sample of each shape, and replays it for all others of that shape."""

    def __init__(self, eager: EagerEngine) -> None:
        self.eager = eager
        self.parameters = eager.parameters
        self._recorded: dict[Shape, _Recorded] = {}
        self._rows: dict[int, _Row] = {}  # by the sample's id, which is unique while the sample is kept

    def row(self, sample: Sample) -> _Row:
        """A sample's numbers in a row (TypeError where they are not numbers)."""
        row = self._rows.get(id(sample))
        if row is None:
            (input_count, numbers), (target_count, targets) = map(_flat, sample)
            shape = (input_count, target_count)
            self._check(shape, sample)
            all_numbers = numbers + targets
            row = _Row(shape, [all_numbers[place] for place in self._recorded[shape].varying], sample)
            self._rows[id(sample)] = row
        return row

    def losses(self, samples: Sequence[Sample]) -> list[float]:  # noqa: D102
        losses = [math.nan] * len(samples)
        for program, places, rows in self._by_shape(samples):
            for place, loss in zip(places, program.forward(rows).tolist()):
                losses[place] = loss
        return losses

    def train_on(self, batch: Sequence[Sample], history: History) -> list[float]:  # noqa: D102
        losses = [math.nan] * len(batch)
        clear_gradients(self.parameters)
        for program, places, rows in self._by_shape(batch):
            for place, loss in zip(places, program.backward(rows, reduce="sum").tolist()):
                losses[place] = loss
        for sample, loss in zip(batch, losses):
            if not math.isfinite(loss):
                self.eager.recorded(sample, history)  # which says where
                raise DivergenceError("the loss", loss, history)
        assign(self.parameters, "grad", [gradient / len(batch) for gradient in gradients_of(self.parameters)])
        return losses

    def _by_shape(self, samples: Sequence[Sample]) -> list[tuple[ag.Program, list[int], Any]]:
        """For each shape, its program, which samples have it, and their rows."""
        import numpy as np

        parts: dict[Shape, tuple[list[int], list[list[float]]]] = {}
        for place, sample in enumerate(samples):
            row = self.row(sample)
            places, rows = parts.setdefault(row.shape, ([], []))
            places.append(place)
            rows.append(row.numbers)
        return [
            (self._recorded[shape].program, places, np.array(rows).reshape(len(rows), -1))
            for shape, (places, rows) in parts.items()
        ]

    def _check(self, shape: Shape, sample: Sample) -> None:
        """Record the first sample of a shape; for the others, let the loss check the target."""
        recorded = self._recorded.get(shape)
        if recorded is None:
            self._recorded[shape] = self._record(shape, sample)
        elif (spread := getattr(self.eager.loss, "spread", None)) is not None:
            spread(recorded.output, sample[1])

    def _record(self, shape: Shape, sample: Sample) -> _Recorded:
        inputs, target = (_as_values(part, count) for part, count in zip(sample, shape))
        output = self.eager.model(inputs)
        loss = checked_loss(self.eager.loss(output, target))
        leaves = ag.leaves(loss)
        numbers = [*_listed(inputs), *_listed(target)]
        used = set(leaves)
        varying = [place for place, leaf in enumerate(numbers) if leaf in used]
        known = {*self.parameters, *numbers}
        others = [leaf for leaf in leaves if leaf not in known]  # these are read at each run, too
        program = ag.compile(loss, [numbers[place] for place in varying], [*self.parameters, *others])
        return _Recorded(program, output, varying)


def _listed(values: Any) -> list[ag.Value]:
    return values if isinstance(values, list) else [values]


def _as_values(part: Any, count: int | None) -> Any:
    """A Value for each number of a sample's inputs or target, in the same structure."""
    return ag.Value(part) if count is None else [ag.Value(number) for number in part]


def _flat(part: Any) -> tuple[int | None, list[float]]:
    """A sample's inputs or target as a list of numbers, and how many they are; None for a number by itself."""
    if isinstance(part, Iterable) and getattr(part, "ndim", None) != 0:
        numbers = [ag.Value(number).data for number in part]
        return len(numbers), numbers
    return None, [ag.Value(part).data]


def _is_branchless(model: object, loss: object) -> bool:
    """Whether nothing in the model or the loss can depend on a number other than by arithmetic."""
    if not isinstance(loss, ag.Primitive):
        return False
    match model:
        case MLP() if type(model) is MLP:
            return all(_is_branchless(layer, loss) for layer in model.layers)
        case Layer() if type(model) is Layer:
            return all(_is_branchless(neuron, loss) for neuron in model.neurons)
        case Neuron() if type(model) is Neuron:
            return model.activation is None or isinstance(model.activation, ag.Primitive)
    return False


def _has_numpy() -> bool:
    return importlib.util.find_spec("numpy") is not None
