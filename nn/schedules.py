"""Learning-rate schedules: what an optimiser's learning rate is multiplied by, epoch after epoch.

A schedule starts from the learning rate its optimiser has, sets the one of the first epoch at once, and the next one at
each :meth:`Schedule.step`; ``nn.fit`` takes a step after each epoch.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

from nn.arguments import check_count, check_number, check_real, check_state
from nn.optim import Optimizer


class Schedule:
    """What all schedules share. A new one defines ``remembered`` and :meth:`multiplier`.

    Args:
        optimizer: whose ``lr`` it sets.

    Attributes:
        initial_lr: the optimiser's learning rate when the schedule was made, which each multiplier is applied to.
        epoch: how many steps have been taken.
    """

    remembered: ClassVar[tuple[str, ...]] = ()
    """Names of the attributes that ``state_dict`` saves besides ``initial_lr`` and ``epoch``."""

    def __init__(self, optimizer: Optimizer) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"a schedule is one of an optimiser, got {type(optimizer).__name__}")
        self.optimizer = optimizer
        self.initial_lr = optimizer.lr
        self.epoch = 0

    def multiplier(self) -> float:
        """What the initial learning rate is multiplied by in the present epoch."""
        raise NotImplementedError

    def step(self, loss: float | None = None) -> None:
        """Go on to the next epoch.

        Args:
            loss: of the epoch that ended; :class:`ReduceOnPlateau` needs it, the others ignore it.
        """
        self.epoch += 1
        self._set_lr()

    def _set_lr(self) -> None:
        self.optimizer.lr = self.initial_lr * self.multiplier()

    def state_dict(self) -> dict[str, Any]:
        """Settings and position as plain data that :meth:`load_state_dict` takes back."""
        return {"schedule": type(self).__name__, **{name: getattr(self, name) for name in self._names()}}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue where the schedule that ``state`` comes from stopped.

        Raises:
            ValueError: the state is not that of such a schedule; nothing has changed.
        """
        own = self.state_dict()
        check_state(state)
        if state.get("schedule") != own["schedule"] or set(state) != set(own):
            raise ValueError(f"the state is one of {state.get('schedule')!r}, not of {own['schedule']}")
        before = dict(vars(self))
        try:
            for name in self._names():
                setattr(self, name, state[name])
            self._set_lr()
        except Exception as error:
            vars(self).update(before)
            raise ValueError(f"the state is not one of {own['schedule']}: {error}") from error

    def _names(self) -> tuple[str, ...]:
        return ("initial_lr", "epoch", *self.remembered)


class Constant(Schedule):
    """The same learning rate in all epochs; useful under a :class:`Warmup`."""

    def multiplier(self) -> float:
        """1.0, always."""
        return 1.0


class Step(Schedule):
    """The learning rate falls by a factor every so many epochs, as with ``torch.optim.lr_scheduler.StepLR``.

    Args:
        optimizer: as for :class:`Schedule`.
        epochs: how many epochs there are between two falls, 1 or more.
        factor: what it is multiplied by then, from 0 to 1.

    >>> from nn.optim import SGD
    >>> import autograd_core as ag
    >>> optimizer = SGD([ag.Value(0.0)], lr=1.0)
    >>> schedule, rates = Step(optimizer, epochs=2, factor=0.5), []
    >>> for epoch in range(5):
    ...     rates.append(optimizer.lr)
    ...     schedule.step()
    >>> rates
    [1.0, 1.0, 0.5, 0.5, 0.25]
    """

    remembered = ("epochs", "factor")

    def __init__(self, optimizer: Optimizer, epochs: int, factor: float = 0.1) -> None:
        super().__init__(optimizer)
        self.epochs = check_count("epochs", epochs)
        self.factor = _check_share("factor", factor)

    def multiplier(self) -> float:
        """``factor`` to the power of the falls so far."""
        return self.factor ** (self.epoch // self.epochs)


class Exponential(Schedule):
    """The learning rate falls by a factor every epoch, as with ``torch.optim.lr_scheduler.ExponentialLR``.

    Args:
        optimizer: as for :class:`Schedule`.
        factor: what it is multiplied by after each epoch, from 0 to 1.
    """

    remembered = ("factor",)

    def __init__(self, optimizer: Optimizer, factor: float) -> None:
        super().__init__(optimizer)
        self.factor = _check_share("factor", factor)

    def multiplier(self) -> float:
        """``factor`` to the power of the epochs so far."""
        return self.factor**self.epoch


class Cosine(Schedule):
    """The learning rate falls along half a cosine wave to its smallest value, and stays there.

    Loshchilov and Hutter, *SGDR: Stochastic Gradient Descent with Warm Restarts* (2017), equation 5, without restarts;
    up to its end it is ``torch.optim.lr_scheduler.CosineAnnealingLR``, which rises again after it.

    Args:
        optimizer: as for :class:`Schedule`.
        epochs: after how many epochs the smallest value is reached, 1 or more.
        smallest: the smallest multiplier, from 0 to 1.
    """

    remembered = ("epochs", "smallest")

    def __init__(self, optimizer: Optimizer, epochs: int, smallest: float = 0.0) -> None:
        super().__init__(optimizer)
        self.epochs = check_count("epochs", epochs)
        self.smallest = _check_share("smallest", smallest)

    def multiplier(self) -> float:
        """From 1 to ``smallest``; (1 + cos x) / 2 is written as cos²(x / 2), in which nothing cancels."""
        if self.epoch >= self.epochs:
            return self.smallest
        wave = math.cos(0.5 * math.pi * self.epoch / self.epochs)
        return self.smallest + (1.0 - self.smallest) * wave * wave


class ReduceOnPlateau(Schedule):
    """The learning rate falls by a factor when the loss has not improved for a while.

    The rule is that of ``torch.optim.lr_scheduler.ReduceLROnPlateau`` without its cooldown.

    Args:
        optimizer: as for :class:`Schedule`.
        factor: what it is multiplied by then, from 0 to 1.
        patience: how many epochs without an improvement are tolerated, 0 or more; the rate falls after the next one.
        threshold: by what fraction a loss has to be below the lowest one to count as an improvement; from 0 to below 1.
        smallest: the multiplier does not fall below this, from 0 to 1.
    """

    remembered = ("factor", "patience", "threshold", "smallest", "best", "epochs_without_best", "reduction")

    def __init__(
        self,
        optimizer: Optimizer,
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        smallest: float = 0.0,
    ) -> None:
        super().__init__(optimizer)
        self.factor = _check_share("factor", factor)
        self.patience = check_count("patience", patience, least=0)
        self.threshold = check_number("threshold", threshold, below=1.0)
        self.smallest = _check_share("smallest", smallest)
        self.best: float | None = None
        self.epochs_without_best = 0
        self.reduction = 1.0

    def multiplier(self) -> float:
        """The product of the reductions so far."""
        return self.reduction

    def step(self, loss: float | None = None) -> None:
        """Compare the loss of the epoch that ended with the lowest one, and reduce the learning rate if it is time."""
        if loss is None:
            raise TypeError("ReduceOnPlateau goes by the loss: schedule.step(loss=...)")
        loss = check_real("loss", loss)
        if self.best is None or loss < self.best - self.threshold * abs(self.best):
            self.best = loss
            self.epochs_without_best = 0
        else:
            self.epochs_without_best += 1
        if self.epochs_without_best > self.patience:
            self.reduction = max(self.reduction * self.factor, self.smallest)
            self.epochs_without_best = 0
        super().step()


class Warmup(Schedule):
    """The learning rate rises along a straight line to its initial value; then another schedule begins.

    Args:
        schedule: the one that begins after the warm-up; :class:`Constant` for none.
        epochs: how many epochs are below the initial learning rate, 1 or more.
        start: the multiplier of the first epoch, from 0 to 1.

    The rise is that of ``torch.optim.lr_scheduler.LinearLR``.

    >>> from nn.optim import SGD
    >>> import autograd_core as ag
    >>> optimizer = SGD([ag.Value(0.0)], lr=1.0)
    >>> schedule, rates = Warmup(Exponential(optimizer, 0.5), epochs=2, start=0.5), []
    >>> for epoch in range(5):
    ...     rates.append(optimizer.lr)
    ...     schedule.step()
    >>> rates
    [0.5, 0.75, 1.0, 0.5, 0.25]
    """

    remembered = ("epochs", "start")

    def __init__(self, schedule: Schedule, epochs: int, start: float = 0.1) -> None:
        if not isinstance(schedule, Schedule):
            raise TypeError(
                f"a warm-up leads to a schedule, got {type(schedule).__name__}: write Constant(optimizer) for none"
            )
        super().__init__(schedule.optimizer)
        self.initial_lr = schedule.initial_lr
        self.schedule = schedule
        self.epochs = check_count("epochs", epochs)
        self.start = _check_share("start", start)
        self._set_lr()

    def multiplier(self) -> float:
        """From ``start`` to 1, then what the other schedule says."""
        if self.epoch < self.epochs:
            return self.start + (1.0 - self.start) * self.epoch / self.epochs
        return self.schedule.multiplier()

    def step(self, loss: float | None = None) -> None:
        """Go on to the next epoch, of the other schedule if the warm-up is over."""
        if self.epoch >= self.epochs:
            self.schedule.step(loss)
        super().step()

    def state_dict(self) -> dict[str, Any]:
        """As for :class:`Schedule`, with the state of the other schedule."""
        return {**super().state_dict(), "then": self.schedule.state_dict()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """As for :class:`Schedule`."""
        before = self.schedule.state_dict()
        check_state(state)
        self.schedule.load_state_dict(state.get("then", {}))
        try:
            super().load_state_dict(state)
        except ValueError:
            self.schedule.load_state_dict(before)
            self._set_lr()
            raise


def _check_share(name: str, number: float) -> float:
    share = check_number(name, number)
    if share > 1.0:
        raise ValueError(f"{name} is from 0 to 1, got {share!r}")
    return share
