"""minimize_with_scipy: a model's parameters fitted by SciPy's minimisers, on this package's derivatives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import autograd_core as ag
from nn.module import Module
from nn.parameters import assign, listed, numbers_of
from nn.training.engines import checked_loss

WITH_GRADIENTS = ("CG", "BFGS", "L-BFGS-B", "TNC", "SLSQP")
WITH_HESSIAN_PRODUCTS = ("Newton-CG", "trust-ncg", "trust-krylov", "trust-constr")
METHODS = (*WITH_GRADIENTS, *WITH_HESSIAN_PRODUCTS)


@dataclass(frozen=True)
class Minimum:
    """Where a minimisation ended, and what it cost.

    Attributes:
        loss: at the parameters found, which the model has now.
        gradient_norm: the length of the gradient there.
        iterations: of the method.
        evaluations: how often the loss was computed together with its gradient: one forward and one backward pass.
        hessian_products: how often the Hessian was multiplied by a vector: one backward pass each, and one forward and
            backward pass for each point that there are products at.
        success: whether the method says that it has converged.
        message: what it says.
    """

    loss: float
    gradient_norm: float
    iterations: int
    evaluations: int
    hessian_products: int
    success: bool
    message: str


def minimize_with_scipy(
    model: Module, loss: Callable[[Any], Any] | ag.Program, method: str = "L-BFGS-B", **options: Any
) -> Minimum:
    """Minimise a loss over all of a model's parameters with a method of ``scipy.optimize.minimize``.

    Newton's methods get products of the Hessian with vectors, from the gradient's own graph; no Hessian is
    ever built. Where the minimisation is interrupted, the model has the best parameters that were tried.

    Args:
        model: its ``parameters()`` are what is minimised over, starting from their present numbers.
        loss: called with the model, it gives the loss over all the data as one Value. Or that loss as a program,
            ``ag.compile(loss, parameters=model.parameters())``, which computes it and its gradient much faster; the
            program's ``value_and_grad`` means the same.
        method: CG, BFGS, L-BFGS-B, TNC or SLSQP, by gradients; Newton-CG, trust-ncg, trust-krylov or trust-constr, by
            gradients and Hessian products.
        options: further arguments of ``scipy.optimize.minimize``, such as ``tol`` or ``options={"maxiter": 100}``.

    Raises:
        ValueError: the method is not among these, or the model has no parameters; or the program has other parameters
            or inputs, or is given to one of Newton's methods.
        TypeError: the loss is not a Value.
        ImportError: SciPy is not installed.

    >>> import nn
    >>> line = nn.MLP(1, [1], seed=0)
    >>> def loss(model):
    ...     return ag.mean([nn.losses.squared_error(model([x]), 3.0 * x - 1.0) for x in (0.0, 1.0, 2.0)])
    >>> minimum = minimize_with_scipy(line, loss)
    >>> minimum.success, [round(parameter.data, 4) for parameter in line.parameters()]
    (True, [3.0, -1.0])
    """
    try:
        from numpy import array
        from scipy import optimize
    except ImportError as error:
        raise ImportError('minimize_with_scipy() needs SciPy: pip install "autograd-core[scipy]"') from error
    if method not in METHODS:
        raise ValueError(f"unknown method {method!r}; one of {', '.join(METHODS)}")
    program = _program(loss)
    if program is None and not callable(loss):
        raise TypeError(f"a loss is a function of the model, or a program, got {type(loss).__name__}")
    if program is None:
        objective = _Objective(model, loss)
    elif method in WITH_HESSIAN_PRODUCTS:
        raise ValueError(f"{method} needs Hessian products, which a program does not have: give the loss as a function")
    else:
        objective = _ReplayedObjective(model, program)
    if method in WITH_HESSIAN_PRODUCTS:
        options["hessp"] = lambda point, vector: array(objective.hessian_product(point, vector))
    try:
        result = optimize.minimize(
            objective.value_and_gradient, objective.best_point, method=method, jac=True, **options
        )
        objective.best_point = result.x
    finally:
        objective.move_to(objective.best_point)
    value, gradient = objective.value_and_gradient(objective.best_point)
    return Minimum(
        loss=value,
        gradient_norm=ag.norm(gradient),
        iterations=int(result.nit),
        evaluations=objective.evaluations - 1,  # the last one was for this result
        hessian_products=objective.hessian_products,
        success=bool(result.success),
        message=str(result.message),
    )


def _program(loss: object) -> ag.Program | None:
    """The program that a loss is, or is a method of; None for any other function."""
    owner = getattr(loss, "__self__", loss)
    return owner if isinstance(owner, ag.Program) else None


class _Objective:
    """The loss as a function of a point, which is the list of the parameters' numbers."""

    def __init__(self, model: Module, loss: Any) -> None:
        self.model = model
        self.loss = loss
        if not callable(getattr(model, "parameters", None)):
            raise TypeError(f"a model has parameters() to minimise over, got {type(model).__name__}")
        self.parameters = model.parameters()
        if not self.parameters:
            raise ValueError(f"{model!r} has no parameters to minimise over")
        listed(self.parameters)
        self.evaluations = 0
        self.hessian_products = 0
        self.best_point: Sequence[float] = numbers_of(self.parameters)
        self._best_value: float | None = None
        self._slopes_point: tuple[float, ...] | None = None
        self._slopes: list[Any] = []

    def move_to(self, point: Sequence[float]) -> None:
        assign(self.parameters, "data", map(float, point))

    def _root(self, point: Sequence[float]) -> ag.Value:
        self.move_to(point)
        return checked_loss(self.loss(self.model))

    def value_and_gradient(self, point: Sequence[float]) -> tuple[float, list[float]]:
        self.evaluations += 1
        value, gradient = self._computed(point)
        if self._best_value is None or value < self._best_value:
            self.best_point, self._best_value = [float(number) for number in point], value
        return value, gradient

    def _computed(self, point: Sequence[float]) -> tuple[float, list[float]]:
        root = self._root(point)
        return root.data, ag.gradients(root, self.parameters)

    def hessian_product(self, point: Sequence[float], vector: Sequence[float]) -> list[float]:
        """The gradient of the gradient's component along a vector."""
        self.hessian_products += 1
        here = tuple([float(number) for number in point])
        if here != self._slopes_point:  # a method asks for several products at one point
            self._slopes = ag.gradients(self._root(point), self.parameters, create_graph=True)
            self._slopes_point = here
        along = ag.dot(self._slopes, [float(number) for number in vector], 0.0)
        return ag.gradients(along, self.parameters)


class _ReplayedObjective(_Objective):
    """The loss as a program of the model's parameters."""

    def __init__(self, model: Module, program: ag.Program) -> None:
        super().__init__(model, program)
        if list(map(id, program.parameters)) != list(map(id, self.parameters)):
            raise ValueError("the program is not one of this model's parameters: compile it with model.parameters()")
        if program.inputs or len(program.outputs) != 1:
            raise ValueError("the program should have no inputs and one output: the loss over all the data")
        self.program = program

    def _computed(self, point: Sequence[float]) -> tuple[float, list[float]]:
        value, gradient = self.program.value_and_grad(parameters=point)
        return value, gradient.tolist()
