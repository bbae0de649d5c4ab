"""Optimisers: from the parameters' gradients to the parameters' next numbers.

What an optimiser remembers between steps is its own ``state``, plain data; the parameters know nothing of it.
"""

from __future__ import annotations

import copy
import math
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from itertools import starmap
from typing import Any, ClassVar

import autograd_core as ag
from nn.arguments import check_number, check_real, check_state
from nn.parameters import clear_gradients, gradients_of, listed, numbers_of


class Optimizer:
    """What all optimisers share. A new one defines ``hyper_parameters`` and :meth:`updated`.

    Args:
        parameters: the Values to update; a model's ``parameters()``.
        lr: the learning rate, 0 or more. It may be changed between steps.

    Raises:
        ValueError: there are no parameters, one is repeated or is not a leaf, or a hyper-parameter is out of range.
        TypeError: a parameter is not a Value, or a hyper-parameter is not a number.
    """

    hyper_parameters: ClassVar[tuple[str, ...]] = ("lr",)
    """Names of the attributes that ``state_dict`` saves beside the state."""

    state: dict[str, Any]

    def __init__(self, parameters: Iterable[ag.Value], lr: float) -> None:
        self.parameters = listed(parameters)
        self.lr = lr
        self.state = {}

    @property
    def lr(self) -> float:
        """The learning rate, which may be changed between steps (TypeError or ValueError where it is not one)."""
        return self._lr

    @lr.setter
    def lr(self, lr: float) -> None:
        self._lr = check_number("lr", lr)

    def updated(self, loss: float | None = None) -> tuple[list[float], dict[str, Any]]:
        """The parameters' next numbers and the next state, from the gradients and the state; it changes nothing.

        Args:
            loss: as for :meth:`step`.
        """
        raise NotImplementedError

    def step(self, loss: float | None = None) -> None:
        """Update every parameter's ``data`` by its ``grad``.

        All or nothing: when Ctrl-C interrupts a step, either no parameter has changed, or all of them and the state
        have.

        Args:
            loss: the loss whose gradients these are, as a number. :class:`Polyak` needs it; the others ignore it, so
                it may be given to any of them.
        """
        new_data, new_state = self.updated(loss)
        changes: list[tuple[object, str, object]] = [
            (parameter, "data", number) for parameter, number in zip(self.parameters, new_data)
        ]
        changes.append((self, "state", new_state))
        # Python handles signals between two bytecodes: here, only before or after all of the assignments.
        deque(starmap(setattr, changes), maxlen=0)

    def _decayed_gradients(self, weight_decay: float) -> list[float]:
        """The gradients of the loss with half of ``weight_decay`` times the sum of the parameters' squares added."""
        gradients = gradients_of(self.parameters)
        if not weight_decay:
            return gradients
        return [gradient + weight_decay * number for gradient, number in zip(gradients, numbers_of(self.parameters))]

    def zero_grad(self) -> None:
        """Set every parameter's ``grad`` to 0.0."""
        clear_gradients(self.parameters)

    def state_dict(self) -> dict[str, Any]:
        """Hyper-parameters and state as plain data that :meth:`load_state_dict` takes back."""
        return {
            "optimizer": type(self).__name__,
            "hyper_parameters": {name: getattr(self, name) for name in self.hyper_parameters},
            "state": copy.deepcopy(self.state),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue where the optimiser that ``state`` comes from stopped.

        Raises:
            ValueError: the state is another optimiser's, or one for another number of parameters; nothing is changed.
        """
        check_state(state)
        if state.get("optimizer") != type(self).__name__:
            raise ValueError(f"the state is one of {state.get('optimizer')!r}, not of {type(self).__name__}")
        for part in ("hyper_parameters", "state"):
            if not isinstance(state.get(part), Mapping):
                raise ValueError(f"the state is not one of {type(self).__name__}: it has no {part!r}")
        restored = type(self)(self.parameters, **state["hyper_parameters"])
        for name, remembered in state["state"].items():
            if isinstance(remembered, list) and len(remembered) != len(self.parameters):
                raise ValueError(
                    f"the state has {len(remembered)} {name}, and there are {len(self.parameters)} parameters"
                )
        restored.state = copy.deepcopy(dict(state["state"]))
        vars(self).update(vars(restored))

    def __repr__(self) -> str:
        settings = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.hyper_parameters)
        return f"<{type(self).__name__}, {len(self.parameters)} parameters, {settings}>"


class SGD(Optimizer):
    """Gradient descent: ``parameter -= lr * gradient``, with momentum if desired.

    With momentum m, the step follows the velocity v = m·v + g; with Nesterov's variant g + m·v. Formulas and results
    are those of ``torch.optim.SGD``.

    Args:
        parameters, lr: as for :class:`Optimizer`.
        momentum: how much of the last step's velocity is kept, from 0 to below 1.
        nesterov: look ahead along the velocity; it needs a momentum.
        weight_decay: this times the parameter is added to its gradient; 0 or more.

    >>> w = ag.Value(3.0)
    >>> optimizer = SGD([w], lr=0.1)
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> round(w.data, 12)
    2.4
    """

    hyper_parameters = ("lr", "momentum", "nesterov", "weight_decay")

    def __init__(
        self,
        parameters: Iterable[ag.Value],
        lr: float,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr)
        self.momentum = check_number("momentum", momentum, below=1.0)
        self.weight_decay = check_number("weight_decay", weight_decay)
        self.nesterov = nesterov
        if nesterov and not self.momentum:
            raise ValueError("nesterov needs a momentum above 0")

    def updated(self, loss: float | None = None) -> tuple[list[float], dict[str, Any]]:
        """``data - lr * direction`` for each parameter; the velocities if there is momentum."""
        gradients = self._decayed_gradients(self.weight_decay)
        if not self.momentum:
            return self._moved_along(gradients), {}
        if "velocities" in self.state:
            velocities = [
                self.momentum * velocity + gradient for velocity, gradient in zip(self.state["velocities"], gradients)
            ]
        else:
            velocities = gradients
        if not self.nesterov:
            return self._moved_along(velocities), {"velocities": velocities}
        ahead = [gradient + self.momentum * velocity for gradient, velocity in zip(gradients, velocities)]
        return self._moved_along(ahead), {"velocities": velocities}

    def _moved_along(self, directions: list[float]) -> list[float]:
        return [number - self.lr * direction for number, direction in zip(numbers_of(self.parameters), directions)]


class Adam(Optimizer):
    """Adam: each parameter's step is scaled by running means of its gradient and of its gradient's square.

    Kingma and Ba, *Adam: A Method for Stochastic Optimization* (2015), Algorithm 1; results are those of
    ``torch.optim.Adam``.

    Args:
        parameters, lr: as for :class:`Optimizer`.
        betas: how much of the two means is kept in each step, both from 0 to below 1.
        eps: added to the divisor, above 0.
        weight_decay: this times the parameter is added to its gradient; 0 or more.

    >>> w = ag.Value(3.0)
    >>> optimizer = Adam([w], lr=0.1)
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> round(w.data, 6)
    2.9
    """

    hyper_parameters = ("lr", "betas", "eps", "weight_decay")

    def __init__(
        self,
        parameters: Iterable[ag.Value],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr)
        if not isinstance(betas, Sequence) or len(betas) != 2:
            raise ValueError(f"betas are two numbers, got {betas!r}")
        self.betas = tuple([check_number("each of betas", beta, below=1.0) for beta in betas])
        self.eps = _check_eps(eps)
        self.weight_decay = check_number("weight_decay", weight_decay)

    def updated(self, loss: float | None = None) -> tuple[list[float], dict[str, Any]]:
        """One step of Algorithm 1 for each parameter."""
        return self._updated_from(numbers_of(self.parameters), self._decayed_gradients(self.weight_decay))

    def _updated_from(self, data: list[float], gradients: list[float]) -> tuple[list[float], dict[str, Any]]:
        beta_1, beta_2 = self.betas
        zeros = [0.0] * len(data)
        step = self.state.get("step", 0) + 1
        means = [
            beta_1 * mean + (1.0 - beta_1) * gradient
            for mean, gradient in zip(self.state.get("means", zeros), gradients)
        ]
        squares = [
            beta_2 * square + (1.0 - beta_2) * gradient * gradient
            for square, gradient in zip(self.state.get("squares", zeros), gradients)
        ]
        step_size = self.lr / (1.0 - beta_1**step)
        correction = math.sqrt(1.0 - beta_2**step)
        new_data = [
            number - step_size * mean / (math.sqrt(square) / correction + self.eps)
            for number, mean, square in zip(data, means, squares)
        ]
        return new_data, {"step": step, "means": means, "squares": squares}


class AdamW(Adam):
    """Adam with the weight decay taken from the parameter itself, not added to its gradient.

    Adam divides a decay that is part of the gradient by the gradient's size, so that it fades where gradients are
    large; here each step first multiplies the parameter by ``1 - lr * weight_decay``. Loshchilov and Hutter,
    *Decoupled Weight Decay Regularization* (2019), Algorithm 2; results are those of ``torch.optim.AdamW``.

    Args:
        parameters, lr, betas, eps: as for :class:`Adam`.
        weight_decay: 0 or more.

    >>> w = ag.Value(3.0)
    >>> optimizer = AdamW([w], lr=0.1, weight_decay=0.5)
    >>> optimizer.step()  # the gradient is 0
    >>> round(w.data, 12)
    2.85
    """

    def __init__(
        self,
        parameters: Iterable[ag.Value],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        super().__init__(parameters, lr, betas, eps, weight_decay)

    def updated(self, loss: float | None = None) -> tuple[list[float], dict[str, Any]]:
        """One step of Algorithm 2 for each parameter."""
        kept = 1.0 - self.lr * self.weight_decay
        data = [number * kept for number in numbers_of(self.parameters)]
        return self._updated_from(data, gradients_of(self.parameters))


class RMSprop(Optimizer):
    """RMSprop: each parameter's gradient is divided by the root of a running mean of its square.

    Tieleman and Hinton, *Neural Networks for Machine Learning* (2012), lecture 6.5; results are those of
    ``torch.optim.RMSprop``.

    Args:
        parameters, lr: as for :class:`Optimizer`.
        alpha: how much of the mean is kept in each step, from 0 to below 1.
        eps: added to the divisor, above 0.
        momentum: how much of the last step's velocity is kept, from 0 to below 1.
        weight_decay: this times the parameter is added to its gradient; 0 or more.

    >>> w = ag.Value(3.0)
    >>> optimizer = RMSprop([w], lr=0.01, alpha=0.75)
    >>> (w * w).backward()
    >>> optimizer.step()  # the mean is a quarter of the first square: the step is twice lr
    >>> round(w.data, 6)
    2.98
    """

    hyper_parameters = ("lr", "alpha", "eps", "momentum", "weight_decay")

    def __init__(
        self,
        parameters: Iterable[ag.Value],
        lr: float = 0.01,
        alpha: float = 0.99,
        eps: float = 1e-8,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr)
        self.alpha = check_number("alpha", alpha, below=1.0)
        self.eps = _check_eps(eps)
        self.momentum = check_number("momentum", momentum, below=1.0)
        self.weight_decay = check_number("weight_decay", weight_decay)

    def updated(self, loss: float | None = None) -> tuple[list[float], dict[str, Any]]:
        """The mean of the squares, the velocity along ``gradient / root``, and the parameter, each in turn."""
        gradients = self._decayed_gradients(self.weight_decay)
        zeros = [0.0] * len(gradients)
        squares = [
            self.alpha * square + (1.0 - self.alpha) * gradient * gradient
            for square, gradient in zip(self.state.get("squares", zeros), gradients)
        ]
        velocities = [
            self.momentum * velocity + gradient / (math.sqrt(square) + self.eps)
            for velocity, gradient, square in zip(self.state.get("velocities", zeros), gradients, squares)
        ]
        data = numbers_of(self.parameters)
        new_data = [number - self.lr * velocity for number, velocity in zip(data, velocities)]
        return new_data, {"squares": squares, "velocities": velocities}


class Polyak(Optimizer):
    """Gradient descent whose step size comes from the loss itself: ``(loss - optimum) / ‖gradient‖²``, up to a cap.

    It is the step that brings the loss to its optimum where the loss is a straight line. With one parameter and the
    optimum 0 it is *cost divided by the derivative*, a Newton step towards a cost of zero. That quotient grows beyond
    all bounds where the gradient vanishes and the loss does not, at a saddle or a plateau, or where the optimum is
    estimated too low; hence the cap. The rule and its optimum are Polyak's (*Introduction to Optimization*, 1987, 5.3);
    with a cap, on mini-batches, it is SPS_max of Loizou et al., *Stochastic Polyak Step-size for SGD* (2021).

    Args:
        parameters: as for :class:`Optimizer`.
        lr: the cap: the largest step size that is taken. It may be changed between steps.
        optimum: the lowest loss there is, or an estimate. A loss that is below it already moves nothing.

    With a gradient of exactly 0 there is no direction to go: nothing moves.

    >>> w = ag.Value(3.0)
    >>> optimizer = Polyak([w], lr=10.0)
    >>> cost = w * w
    >>> cost.backward()
    >>> optimizer.step(cost.data)  # 3 - 9 / 6
    >>> w.data
    1.5
    """

    hyper_parameters = ("lr", "optimum")

    def __init__(self, parameters: Iterable[ag.Value], lr: float = 1.0, optimum: float = 0.0) -> None:
        super().__init__(parameters, lr)
        self.optimum = check_real("optimum", optimum)
        if not math.isfinite(self.optimum):
            raise ValueError(f"optimum is finite, got {self.optimum!r}")

    def step_size(self, loss: float) -> float:
        """What a step at this loss multiplies the gradient by."""
        norm = math.hypot(*gradients_of(self.parameters))
        gap = loss - self.optimum
        if norm == 0.0 or gap <= 0.0:
            return 0.0
        if gap / norm >= self.lr * norm:  # also where the quotient is too large for a float
            return self.lr
        return gap / norm / norm

    def updated(self, loss: float | None = None) -> tuple[list[float], dict[str, Any]]:
        """``data - step_size * grad`` for each parameter; there is no state."""
        if loss is None:
            raise TypeError("Polyak's step size needs the loss: optimizer.step(loss=loss.data)")
        step_size = self.step_size(check_real("loss", loss))
        pairs = zip(numbers_of(self.parameters), gradients_of(self.parameters))
        return [number - step_size * gradient for number, gradient in pairs], {}


def _check_eps(eps: float) -> float:
    number = check_number("eps", eps)
    if not number:
        raise ValueError("eps is above 0: it keeps the divisor from being 0")
    return number
