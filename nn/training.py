"""fit: the training loop."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from nn.arguments import Seed, check_count, generator_for
from nn.data import batches
from nn.losses import Loss, by_name
from nn.optim import Optimizer

Sample = tuple[Any, Any]


@dataclass
class History:
    """What happened in a training, as plain data.

    Attributes:
        losses: for each epoch the mean loss of its samples, each taken just before the update it led to.
        interrupted: whether Ctrl-C ended the training.
    """

    losses: list[float] = field(default_factory=list)
    interrupted: bool = False


class DivergenceError(ArithmeticError):
    """A loss or a parameter became inf or nan, so that training cannot go on.

    Attributes:
        epoch: in which epoch, counted from 1.
        history: the epochs before it.
    """

    def __init__(self, what: str, number: float, history: History) -> None:
        self.epoch = len(history.losses) + 1
        self.history = history
        super().__init__(
            f"{what} became {number} in epoch {self.epoch}; a lower learning rate may help, or inputs around -1 to 1"
        )


def fit(
    model: Callable[[Any], Any],
    data: Iterable[Sample],
    loss: str | Loss,
    optimizer: Optimizer,
    epochs: int,
    batch_size: int | None = 1,
    seed: Seed = None,
    progress: bool | None = None,
    on_epoch: Callable[[History], object] | None = None,
) -> History:
    """Train a model: for each batch, average the gradients of its samples' losses and take one optimiser step.

    Ctrl-C ends the training at once and keeps what was learned: the parameters are those after the last whole step.

    Args:
        model: called on a sample's inputs.
        data: the samples, pairs of inputs and target.
        loss: ``loss(output, target)`` gives a Value; or a name of ``nn.losses``.
        optimizer: over the parameters to train.
        epochs: how often to go through the data, 1 or more.
        batch_size: how many samples an update is made of: 1 (online), a number (mini-batches) or None (all of them).
        seed: of the order in which the samples come, a number or a ``random.Random``; None for another each time.
        progress: show a progress bar by tqdm, if that is installed; None shows it on a terminal only.
        on_epoch: called with the history after each epoch.

    Returns:
        The loss of each epoch.

    Raises:
        ValueError: no data, or ``epochs`` or ``batch_size`` below 1, or an unknown loss.
        TypeError: ``epochs`` or ``batch_size`` is no whole number.
        DivergenceError: a sample's loss is inf or nan, which ends the training before the update it would lead to; or
            a parameter is, at the end of an epoch or of the training.

    >>> import autograd_core as ag
    >>> from nn import losses, optim
    >>> slope = ag.Value(0.0)
    >>> data = [(1.0, 3.0), (2.0, 6.0)]
    >>> history = fit(lambda x: slope * x, data, losses.squared_error, optim.SGD([slope], lr=0.1), epochs=20)
    >>> round(slope.data, 6), history.losses[0] > history.losses[-1]
    (3.0, True)
    """
    samples = list(data)
    if not samples:
        raise ValueError("no data to train on")
    check_count("epochs", epochs)
    if batch_size is not None:
        check_count("batch_size", batch_size)
    loss = by_name(loss)
    generator = generator_for(seed)
    history = History()
    bar = _progress_bar(epochs, progress)
    try:
        for _ in range(epochs):
            losses: list[float] = []
            for batch in batches(samples, batch_size, generator):
                losses += _train_on(batch, model, loss, optimizer, history)
            _check_finite(optimizer, history)
            history.losses.append(math.fsum(losses) / len(losses))
            if bar is not None:
                bar.set_postfix(loss=f"{history.losses[-1]:.4g}", refresh=False)
                bar.update()
            if on_epoch is not None:
                on_epoch(history)
    except KeyboardInterrupt:
        history.interrupted = True
        _check_finite(optimizer, history)
    finally:
        if bar is not None:
            bar.close()
    return history


def _train_on(
    batch: Sequence[Sample], model: Callable[[Any], Any], loss: Loss, optimizer: Optimizer, history: History
) -> list[float]:
    """One update by the mean of the samples' gradients; the samples' losses."""
    optimizer.zero_grad()
    losses = []
    for inputs, target in batch:
        sample_loss = loss(model(inputs), target)
        if not math.isfinite(sample_loss.data):
            raise DivergenceError("the loss", sample_loss.data, history)
        sample_loss.backward(1.0 / len(batch))
        losses.append(sample_loss.data)
    optimizer.step()
    return losses


def _check_finite(optimizer: Optimizer, history: History) -> None:
    for parameter in optimizer.parameters:
        if not math.isfinite(parameter.data):
            raise DivergenceError(f"the parameter {parameter.label!r}", parameter.data, history)


def _progress_bar(epochs: int, progress: bool | None) -> Any:
    """A tqdm bar, or None where tqdm is not installed."""
    try:
        from tqdm import tqdm
    except ImportError:
        return None
    return tqdm(total=epochs, unit="epoch", disable=None if progress is None else not progress)
