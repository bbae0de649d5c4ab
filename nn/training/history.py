"""What happened in a training: its history as plain data, and the error where a training diverges."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import autograd_core as ag


@dataclass
class History:
    """What happened in a training, as plain data.

    Attributes:
        losses: for each epoch, the mean loss of its samples, each taken just before the update it led to.
        interrupted: whether Ctrl-C ended the training.
        validation_losses: for each epoch, the mean loss of the validation samples after it; empty where there are none.
        learning_rates: that of each epoch.
        stopped_early: whether the validation loss, or a callback, ended the training before its last epoch.

    >>> History(losses=[0.5, 0.3, 0.2], validation_losses=[0.6, 0.4, 0.5]).best_epoch
    2
    """

    losses: list[float] = field(default_factory=list)
    interrupted: bool = False
    validation_losses: list[float] = field(default_factory=list)
    learning_rates: list[float] = field(default_factory=list)
    stopped_early: bool = False

    @property
    def best_epoch(self) -> int | None:
        """The first epoch with the lowest validation loss, or training loss without one; counted from 1."""
        losses = self.validation_losses or self.losses
        return losses.index(min(losses)) + 1 if losses else None

    def plot(self, axes: Any = None) -> Any:
        """Draw the losses of the epochs, on a logarithmic scale where all are above 0.

        Args:
            axes: Matplotlib axes to draw on; None makes new ones.

        Returns:
            The axes.

        Raises:
            ImportError: Matplotlib is not installed.
        """
        if axes is None:
            try:
                from matplotlib import pyplot
            except ImportError as error:
                raise ImportError('History.plot() needs Matplotlib: pip install "autograd-core[notebooks]"') from error
            axes = pyplot.subplots()[1]
        for losses, name in ((self.losses, "training"), (self.validation_losses, "validation")):
            if losses:
                axes.plot(range(1, len(losses) + 1), losses, label=name, marker="." if len(losses) == 1 else None)
        if self.losses and min(self.losses + self.validation_losses) > 0.0:
            axes.set_yscale("log")
        axes.set_xlabel("epoch")
        axes.set_ylabel("mean loss")
        if self.losses:
            axes.legend()
        return axes


class DivergenceError(ArithmeticError):
    """A number became inf or nan, so that the training cannot continue.

    Attributes:
        epoch: in which epoch, counted from 1.
        layer: in which layer, such as ``layers.0``; the label of a parameter outside any layer, "" for the loss.
        history: the epochs before it.
    """

    def __init__(self, what: str, number: float, history: History, layer: str = "") -> None:
        self.epoch = len(history.losses) + 1
        self.layer = layer
        self.history = history
        super().__init__(
            f"{what} became {number} in epoch {self.epoch}; a lower learning rate may help, or inputs around -1 to 1"
        )

    @classmethod
    def of_loss(cls, loss: ag.Value, history: History) -> DivergenceError:
        """The error for a loss that is not finite: it names the first such number that the loss was computed from."""
        node = next(node for node in ag.topological_order(loss) if not math.isfinite(node.data))
        if node is loss:
            return cls("the loss", loss.data, history)
        layer = _layer_of(node)
        where = f" of {layer}" if layer else ""
        return cls(f"{_NAMES.get(_kind(node), 'a number')}{where}", node.data, history, layer)

    @classmethod
    def of_parameter(cls, parameter: ag.Value, what: str, number: float, history: History) -> DivergenceError:
        """The error for a number that belongs to a parameter."""
        return cls(f"{what} {parameter.label!r}", number, history, _layer_named(parameter.label))


_NAMES = {"weighted_sum": "a weighted sum", "activation": "an activation", "leaf": "an input or parameter"}


def _kind(node: Any) -> str:
    return node.op.kind if node.op is not None else "leaf"


def _layer_of(node: Any) -> str:
    """The layer whose parameters are nearest below a node."""
    nearest = [node]
    while nearest:
        labels = [value.label for value in nearest if value.op is None and value.label]
        if labels:
            return _layer_named(labels[0])
        nearest = [operand for value in nearest for operand in value.operands if isinstance(operand, ag.Value)]
    return ""


def _layer_named(label: str) -> str:
    """``layers.1.neurons.2.bias`` is in ``layers.1``."""
    return label.partition(".neurons.")[0]
