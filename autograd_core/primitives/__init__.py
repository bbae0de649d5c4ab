"""The table of primitives: what each computes, and its partial derivatives beside it.

Every operation that a :class:`~autograd_core.value.Value` can record is one block below::

    @primitive("activation")
    def tanh(x):
        return math.tanh(x)

    @tanh.define_partials
    def tanh_partials(out, x):
        return (sech_squared(x),)

*Forward* takes floats and returns a float. *Partials* gets the result and the operands and returns ∂out/∂operand for
each operand. It is written in overloaded arithmetic and primitives only, so the same text gives floats while a node is
recorded, Values where the gradient is to be a graph itself, and arrays in a replay. That asks one thing of it: no
``if`` on an operand, for which :func:`choose` stands. Where no gradient may flow at all it returns ``None`` in place of
a number.

Formulas are chosen for accuracy over the whole float range: the textbook's ``1 - tanh(x)**2`` has no correct digit
left at x = 20. Values and first derivatives are within 4 units in the last place (ulp) of the truth, second derivatives
within 16; the derivatives of functions of several operands within 8. Near a root the unit is that of the terms that
cancel there. Where a block cannot keep this, it says so and why.
"""

from collections.abc import Callable
from typing import Any

from autograd_core.primitives import (
    activations,
    arithmetic,
    choices,
    exponential_sums,
    powers,
    reductions,
    rounding,
    special,
    trigonometric,
)
from autograd_core.primitives.activations import *
from autograd_core.primitives.activations import SELU_ALPHA, SELU_SCALE
from autograd_core.primitives.arithmetic import *
from autograd_core.primitives.arithmetic import abs_, add, divide, multiply, negative, subtract
from autograd_core.primitives.choices import *
from autograd_core.primitives.choices import choose, is_infinite, stop_gradient_
from autograd_core.primitives.comparisons import (
    both,
    either,
    equal,
    greater,
    greater_equal,
    less,
    less_equal,
    negation,
    not_equal,
)
from autograd_core.primitives.exponential_sums import *
from autograd_core.primitives.exponential_sums import log_softmax_component, softmax_component, softmax_shares
from autograd_core.primitives.powers import *
from autograd_core.primitives.powers import LN_2, LN_10, constant_power, pow_, power
from autograd_core.primitives.primitive import (
    TABLE,
    Forward,
    Kind,
    Operand,
    Partials,
    Primitive,
    Result,
    Spread,
    Together,
)
from autograd_core.primitives.reals import as_constant, as_float, data_of
from autograd_core.primitives.reductions import *
from autograd_core.primitives.reductions import dot, sum_
from autograd_core.primitives.rounding import *
from autograd_core.primitives.rounding import floor_divide, round_
from autograd_core.primitives.special import *
from autograd_core.primitives.special import (
    ONE_OVER_SQRT_TWO_PI,
    TWO_OVER_SQRT_PI,
    erfinv_slope,
    exp_minus_square,
    normal_cdf,
    normal_pdf,
    polygamma,
)
from autograd_core.primitives.trigonometric import *
from autograd_core.primitives.trigonometric import sech_squared

FAMILIES = (activations, arithmetic, choices, exponential_sums, powers, reductions, rounding, special, trigonometric)

FUNCTIONS: dict[str, Callable[..., Any]] = {
    name: getattr(family, name) for family in FAMILIES for name in family.__all__
}
"""What users call, by name: each family lists its own in ``__all__``. The rest of a family is the package's own."""
