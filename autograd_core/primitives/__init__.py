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

from autograd_core.primitives.activations import (
    SELU_ALPHA,
    SELU_SCALE,
    elu,
    gelu,
    leaky_relu,
    log_sigmoid,
    mish,
    relu,
    selu,
    sigmoid,
    silu,
    softplus,
    softsign,
)
from autograd_core.primitives.arithmetic import (
    abs_,
    add,
    divide,
    multiply,
    negative,
    reciprocal,
    sign,
    square,
    subtract,
)
from autograd_core.primitives.choices import choose, clamp, is_infinite, stop_gradient_, where
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
from autograd_core.primitives.exponential_sums import (
    log_softmax,
    log_softmax_component,
    logaddexp,
    logsumexp,
    softmax,
    softmax_component,
    softmax_shares,
)
from autograd_core.primitives.powers import (
    LN_2,
    LN_10,
    cbrt,
    constant_power,
    exp,
    exp2,
    expm1,
    log,
    log1p,
    log2,
    log10,
    pow_,
    power,
    sqrt,
)
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
from autograd_core.primitives.reductions import dot, hypot, maximum, mean, minimum, norm, prod, sum_
from autograd_core.primitives.rounding import ceil, floor, floor_divide, remainder, round_, trunc
from autograd_core.primitives.special import (
    ONE_OVER_SQRT_TWO_PI,
    TWO_OVER_SQRT_PI,
    digamma,
    erf,
    erfc,
    erfinv,
    erfinv_slope,
    exp_minus_square,
    lgamma,
    normal_cdf,
    normal_pdf,
    polygamma,
)
from autograd_core.primitives.trigonometric import (
    acos,
    acosh,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    cos,
    cosh,
    sech_squared,
    sin,
    sinh,
    tan,
    tanh,
)
