"""fit: the training loop."""

from __future__ import annotations

import copy
import math
import os
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from nn.arguments import Seed, check_count, check_number, generator_for, members_of
from nn.data.samples import batches, samples_of
from nn.data.scaling import mean
from nn.losses import Loss, by_name
from nn.optim import Optimizer
from nn.parameters import assign, gradients_of, numbers_of
from nn.schedules import Schedule
from nn.training.checkpoint import Checkpoint, State, generator_state, set_generator_state
from nn.training.engines import Engine, EngineName, chosen_engine
from nn.training.history import DivergenceError, History
from nn.training.progress import Bar, Progress

if TYPE_CHECKING:
    from concurrent.futures import Executor

Sample = tuple[Any, Any]
Callback = Callable[[History], object]


def fit(
    model: Callable[[Any], Any],
    data: Iterable[Sample],
    loss: str | Loss,
    optimizer: Optimizer,
    epochs: int,
    batch_size: int | None = 1,
    seed: Seed = None,
    progress: bool | Progress | None = None,
    *,
    schedule: Schedule | None = None,
    validation: Iterable[Sample] = (),
    patience: int | None = None,
    clip_norm: float | None = None,
    callbacks: Sequence[Callback] = (),
    checkpoint: str | os.PathLike[str] | Checkpoint | None = None,
    resume: bool = False,
    engine: EngineName = "auto",
    executor: Executor | None = None,
) -> History:
    """Train a model: for each batch, average the gradients of its samples' losses and take one optimiser step.

    Ctrl-C ends the training at once and keeps what was learned: the parameters are those after the last complete step.
    With a checkpoint, a training that was stopped or killed continues after its last complete epoch, and arrives at
    the same bits as one that was not.

    Args:
        model: called on a sample's inputs.
        data: the samples, pairs of inputs and target.
        loss: ``loss(output, target)`` gives a Value; or a name of ``nn.losses``.
        optimizer: over the parameters to train.
        epochs: how often to go through the data, 1 or more; for a training that is resumed, in total.
        batch_size: how many samples an update is made of: 1 (online), a number (mini-batches) or None (all of them).
        seed: for the order of the samples, a number or a ``random.Random``; None for a different order each time.
        progress: whether to show a tqdm progress bar, if tqdm is installed; None shows it on a terminal only. Or an
            object that is told how far the training has come, see ``nn.training.progress.Progress``.
        schedule: one of the optimiser's learning rate; it steps after each epoch, by the validation loss if any.
        validation: samples that are not trained on; their loss is computed after each epoch.
        patience: stop when this many epochs in a row have not lowered the validation loss, 1 or more. However the
            training ends, the parameters are then those of the epoch with the lowest one. None trains to the end.
        clip_norm: a batch's gradient, as a vector over all parameters, is shortened to this if it is longer; above 0.
        callbacks: each is called with the history after each epoch; one that returns True ends the training.
        checkpoint: the file that the state of the training is saved in after each epoch.
        resume: continue from the checkpoint, if there is one.
        engine: ``"eager"`` calls the model for each sample. ``"replay"`` traces a sample's loss with ``ag.jit`` and
            replays it for all samples, which is much faster and the same up to rounding, whatever the model and the
            loss decide by ``if`` on their numbers; floats vary, and for other integers, texts and shapes it traces
            anew. A model that cannot be traced, or that depends on more than its inputs and its leaves, goes on eagerly
            with a warning. ``"auto"`` replays where NumPy is installed, unless there are Values in the data, or
            ``ag.break_at`` or ``ag.detect_anomaly`` watches. A replayed model is called now and then only: one that
            prints or counts its calls takes ``"eager"``.
        executor: a ``concurrent.futures.Executor``, of threads, processes or a cluster, whose workers share each batch
            in blocks of 8,192 samples; the bits are the same with any number of workers and with none. A batch of up to
            one block is one task, so it pays for batches of several blocks, as with ``batch_size=None`` and many
            samples. Where a worker dies or a task fails, the error has a note that names the block, and the step that
            it was part of has changed nothing.

    Returns:
        The losses of each epoch.

    Raises:
        ValueError: there is no data, an argument is out of range, or the checkpoint is one of another training.
        TypeError: an argument is of another type. Where the model or the loss fails in the first epoch, for example on
            a sample of another shape, nothing has changed: neither parameters nor optimiser, schedule or seed.
        DivergenceError: a number became inf or nan. The parameters are then the last finite ones.
        nn.files.FileError: the checkpoint cannot be written, or is not a checkpoint.

    >>> import autograd_core as ag
    >>> from nn import losses, optim
    >>> slope = ag.Value(0.0)
    >>> data = [(1.0, 3.0), (2.0, 6.0)]
    >>> history = fit(lambda x: slope * x, data, losses.squared_error, optim.SGD([slope], lr=0.1), epochs=20)
    >>> round(slope.data, 6), history.losses[0] > history.losses[-1]
    (3.0, True)
    """
    epochs = check_count("epochs", epochs)
    training = _Training(
        model, by_name(loss), optimizer, samples_of("data", data), batch_size, generator_for(seed),
        schedule, samples_of("validation", validation), patience, clip_norm,
    )  # fmt: skip
    training.check_arguments()
    callbacks = _checked_callbacks(callbacks)
    training.undo = training.undoing()
    training.choose_engine(engine, executor)
    if checkpoint is not None and not isinstance(checkpoint, Checkpoint):
        checkpoint = Checkpoint(checkpoint)
    if resume:
        if checkpoint is None:
            raise ValueError("resume needs a checkpoint to go on from")
        if (state := checkpoint.load()) is not None:
            training.restore(state)
    if checkpoint is not None and checkpoint.state is None:
        checkpoint.state = training.state()
    history = training.history
    shown = _progress(progress)
    if shown is not None:
        shown.begin("training", epochs, "epoch", len(history.losses))
    try:
        while len(history.losses) < epochs and not history.stopped_early:
            training.run_epoch(shown)
            if checkpoint is not None:
                checkpoint.save(training.state())
            for callback in callbacks:
                history.stopped_early |= callback(history) is True
    except KeyboardInterrupt:
        history.interrupted = True
        training.check_parameters()
    finally:
        if shown is not None:
            shown.end()
    training.take_best_parameters()
    if checkpoint is not None:
        checkpoint.finish()
    return history


@dataclass
class _Training:
    """A training between two epochs."""

    model: Callable[[Any], Any]
    loss: Loss
    optimizer: Optimizer
    samples: list[Sample]
    batch_size: int | None
    generator: random.Random
    schedule: Schedule | None
    validation: list[Sample]
    patience: int | None
    clip_norm: float | None
    history: History = field(default_factory=History)
    best_parameters: list[float] | None = None
    finite_parameters: list[float] = field(default_factory=list)
    """As they were before the last step."""
    engine: Engine = field(init=False)
    undo: Callable[[], None] | None = None
    """Puts back what was before the call of ``fit``; None after the first epoch."""

    def check_arguments(self) -> None:
        if not callable(self.model):
            raise TypeError(f"a model is called on a sample's inputs, got {type(self.model).__name__}")
        if not isinstance(self.optimizer, Optimizer):
            kind = getattr(self.optimizer, "__name__", type(self.optimizer).__name__)
            raise TypeError(
                f"an optimiser is one of nn.optim, such as nn.optim.SGD(model.parameters(), lr=0.1), got {kind}"
            )
        if not self.samples:
            raise ValueError("no data to train on")
        if self.batch_size is not None:
            self.batch_size = check_count("batch_size", self.batch_size)
        if self.schedule is not None:
            if not isinstance(self.schedule, Schedule):
                raise TypeError(f"a schedule is one of nn.schedules, got {type(self.schedule).__name__}")
            if self.schedule.optimizer is not self.optimizer:
                raise ValueError("the schedule is one of another optimiser")
        if self.patience is not None:
            self.patience = check_count("patience", self.patience)
            if not self.validation:
                raise ValueError("patience goes by the loss of validation samples, and there are none")
        if self.clip_norm is not None and not check_number("clip_norm", self.clip_norm):
            raise ValueError("clip_norm is above 0, got 0.0")

    def choose_engine(self, name: EngineName, executor: Executor | None) -> None:
        samples = [*self.samples, *self.validation]
        self.engine = chosen_engine(name, self.model, self.loss, self.optimizer.parameters, samples, executor)

    def run_epoch(self, progress: Progress | None) -> None:
        """Train on every sample once, validate, and note the results.

        In the first epoch, a sample may turn out not to fit this model and loss; then nothing has changed.
        """
        try:
            self._run_epoch(progress)
        except ArithmeticError:  # the numbers diverged
            raise
        except Exception:
            if self.undo is not None:
                self.undo()
            raise
        self.undo = None

    def _run_epoch(self, progress: Progress | None) -> None:
        lr = self.optimizer.lr
        losses: list[float] = []
        total = 0.0
        for batch in batches(self.samples, self.batch_size, self.generator):
            batch_losses = self._train_on(batch)
            losses += batch_losses
            if progress is not None:
                total += sum(batch_losses)
                progress.advance(len(batch) / len(self.samples), f"loss {total / len(losses):.4g}")
        mean_loss = mean(losses)
        if not math.isfinite(mean_loss):
            raise DivergenceError("the sum of the losses", mean_loss, self.history)
        validation_loss = self._validation_loss() if self.validation else None
        if self.schedule is not None:
            self.schedule.step(mean_loss if validation_loss is None else validation_loss)
        self.history.learning_rates.append(lr)
        self.history.losses.append(mean_loss)
        if validation_loss is not None:
            self.history.validation_losses.append(validation_loss)
            self._note_best()

    def _train_on(self, batch: Sequence[Sample]) -> list[float]:
        """One update by the mean of the samples' gradients; the samples' losses."""
        self.finite_parameters = self._parameters()
        losses = self.engine.train_on(batch, self.history)
        self._check_gradients()
        self._clip_gradients()
        self.optimizer.step(mean(losses))
        self.check_parameters()
        return losses

    def _parameters(self) -> list[float]:
        return numbers_of(self.optimizer.parameters)

    def _set_parameters(self, numbers: Sequence[float]) -> None:
        assign(self.optimizer.parameters, "data", numbers)

    def _check_gradients(self) -> None:
        parameters = self.optimizer.parameters
        # In the order in which backpropagation comes to them.
        for parameter, gradient in zip(reversed(parameters), reversed(gradients_of(parameters))):
            if not math.isfinite(gradient):
                raise DivergenceError.of_parameter(parameter, "the gradient of", gradient, self.history)

    def check_parameters(self) -> None:
        """Raise an error where a step made a parameter inf or nan, and undo that step."""
        for parameter, number in zip(self.optimizer.parameters, self._parameters()):
            if not math.isfinite(number):
                if self.finite_parameters:
                    self._set_parameters(self.finite_parameters)
                raise DivergenceError.of_parameter(parameter, "the parameter", number, self.history)

    def _clip_gradients(self) -> None:
        if self.clip_norm is None:
            return
        gradients = gradients_of(self.optimizer.parameters)
        norm = math.hypot(*gradients)
        if norm > self.clip_norm:
            shortened = [gradient * (self.clip_norm / norm) for gradient in gradients]
            assign(self.optimizer.parameters, "grad", shortened)

    def _validation_loss(self) -> float:
        mean_loss = mean(self.engine.losses(self.validation))
        if not math.isfinite(mean_loss):
            raise DivergenceError("the validation loss", mean_loss, self.history)
        return mean_loss

    def _note_best(self) -> None:
        """Keep the parameters of the lowest validation loss, and stop when patience has run out."""
        best, epoch = self.history.best_epoch, len(self.history.losses)
        assert best is not None
        if best == epoch:
            self.best_parameters = self._parameters()
        self.history.stopped_early = self.patience is not None and epoch - best >= self.patience

    def take_best_parameters(self) -> None:
        """Take the parameters of the lowest validation loss, where there is patience."""
        if self.patience is not None and self.best_parameters is not None:
            self._set_parameters(self.best_parameters)

    def undoing(self) -> Callable[[], None]:
        """A function that puts the caller's parameters, optimiser, schedule and generator back as they are now."""
        parameters, optimizer, schedule = self.optimizer.parameters, self.optimizer, self.schedule
        data, grads = self._parameters(), [parameter.grad for parameter in parameters]
        lr, memory = optimizer.lr, copy.deepcopy(optimizer.state)
        position = None if schedule is None else schedule.state_dict()
        order = self.generator.getstate()

        def undo() -> None:
            assign(parameters, "data", data)
            assign(parameters, "grad", grads)
            if schedule is not None and position is not None:
                schedule.load_state_dict(position)
            optimizer.lr, optimizer.state = lr, memory
            self.generator.setstate(order)

        return undo

    def state(self) -> State:
        """Everything that :meth:`restore` needs, as plain data."""
        return {
            "parameters": self._parameters(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": None if self.schedule is None else self.schedule.state_dict(),
            "order": generator_state(self.generator),
            "history": asdict(self.history),
            "best_parameters": self.best_parameters,
        }

    def restore(self, state: State) -> None:
        """Continue from a state.

        Raises:
            ValueError: it is not the state of such a training.
        """
        try:
            if (state["schedule"] is None) != (self.schedule is None):
                raise ValueError("one has a learning-rate schedule, the other does not")
            parameters, best = state["parameters"], state["best_parameters"]
            for numbers in (parameters, best or parameters):
                _check_finite(numbers, len(self.optimizer.parameters))
            history = History(**state["history"])
            if history.losses and bool(history.validation_losses) != bool(self.validation):
                raise ValueError("one has validation samples, the other has none")
            self.optimizer.load_state_dict(state["optimizer"])
            if self.schedule is not None:
                self.schedule.load_state_dict(state["schedule"])
            set_generator_state(self.generator, state["order"])
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
            if self.undo is not None:
                self.undo()
            raise ValueError(f"the state is not one of this training: {error}") from error
        self.history.__dict__.update(vars(history))
        self.history.interrupted = False
        self.best_parameters = best
        self._set_parameters(parameters)


def _checked_callbacks(callbacks: object) -> tuple[Callback, ...]:
    if callable(callbacks):
        raise TypeError("callbacks are a list of functions, got one function: write [function]")
    functions = members_of("callbacks", callbacks)
    for function in functions:
        if not callable(function):
            raise TypeError(f"a callback is a function of the history, got {type(function).__name__}")
    return functions


def _check_finite(numbers: Sequence[float], count: int) -> None:
    if len(numbers) != count or not all(isinstance(number, float) and math.isfinite(number) for number in numbers):
        raise ValueError(f"it should have {count} finite parameters")


def _progress(progress: bool | Progress | None) -> Progress | None:
    """What shows how far a training is, or None where that is not wanted or tqdm is not installed."""
    if progress is False:
        return None
    if progress is not None and progress is not True:
        return progress
    try:
        return Bar(disable=None if progress is None else False, leave=True)
    except ImportError:
        return None
