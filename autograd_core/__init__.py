"""A scalar reverse-mode automatic differentiation engine: backpropagation, number by number.

>>> import autograd_core as ag
>>> x = ag.Value(0.5, "x")
>>> y = ag.tanh(2.0 * x)
>>> y.backward()
>>> round(x.grad, 12)
0.839948683228
"""

from autograd_core import console
from autograd_core.condition import Condition
from autograd_core.derivatives.checking import GradientMismatchError, check_grads
from autograd_core.derivatives.constants import stop_gradient
from autograd_core.derivatives.functional import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from autograd_core.derivatives.gradients import gradients
from autograd_core.drawing import shown_value as _shown_value  # noqa: F401  # it writes Values in notebooks
from autograd_core.drawing.draw import draw
from autograd_core.drawing.drawing import Drawing
from autograd_core.drawing.on_error import draw_on_error, load_ipython_extension, unload_ipython_extension
from autograd_core.explanation.explain import explain
from autograd_core.explanation.explanation import Explanation
from autograd_core.explanation.paths import Factor, GradientPath
from autograd_core.files import write_file
from autograd_core.graph import count_paths, leaves, topological_order
from autograd_core.notation.labels import label
from autograd_core.primitives import abs_, pow_, sum_
from autograd_core.primitives.activations import *
from autograd_core.primitives.arithmetic import *
from autograd_core.primitives.choices import *
from autograd_core.primitives.exponential_sums import *
from autograd_core.primitives.powers import *
from autograd_core.primitives.primitive import Primitive, primitive
from autograd_core.primitives.reductions import *
from autograd_core.primitives.rounding import *
from autograd_core.primitives.special import *
from autograd_core.primitives.trigonometric import *
from autograd_core.recording import no_grad
from autograd_core.replay import Program, ReplayMismatchError, compile_
from autograd_core.stepping.anomaly import AnomalyError, detect_anomaly, is_watched
from autograd_core.stepping.break_at import break_at
from autograd_core.stepping.page.stepper import Stepper, stepper
from autograd_core.stepping.steps import Step, backward_steps
from autograd_core.stepping.terminal import debug
from autograd_core.tracing.rows import TracedRows
from autograd_core.tracing.traced import jit
from autograd_core.tracing.traced_function import TracedFunction
from autograd_core.value import Value
from autograd_core.weighted_sum import dot, weighted_sums

__version__ = "0.1.0"

abs = abs_
compile = compile_
pow = pow_
sum = sum_

# Without the four names above, which would hide builtins, and without Path, which would hide that of pathlib:
# from autograd_core import * is safe.
__all__ = [
    "AnomalyError",
    "Condition",
    "Drawing",
    "Explanation",
    "Factor",
    "GradientMismatchError",
    "GradientPath",
    "Primitive",
    "Program",
    "ReplayMismatchError",
    "Step",
    "Stepper",
    "TracedFunction",
    "TracedRows",
    "Value",
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "backward_steps",
    "break_at",
    "cbrt",
    "ceil",
    "check_grads",
    "clamp",
    "console",
    "cos",
    "cosh",
    "count_paths",
    "debug",
    "detect_anomaly",
    "digamma",
    "dot",
    "draw",
    "draw_on_error",
    "elu",
    "erf",
    "erfc",
    "erfinv",
    "exp",
    "exp2",
    "explain",
    "expm1",
    "floor",
    "gelu",
    "grad",
    "gradients",
    "hessian",
    "hvp",
    "hypot",
    "is_watched",
    "jacobian",
    "jit",
    "jvp",
    "label",
    "leaky_relu",
    "leaves",
    "lgamma",
    "load_ipython_extension",
    "log",
    "log1p",
    "log2",
    "log10",
    "log_sigmoid",
    "log_softmax",
    "logaddexp",
    "logsumexp",
    "maximum",
    "mean",
    "minimum",
    "mish",
    "no_grad",
    "norm",
    "primitive",
    "prod",
    "reciprocal",
    "relu",
    "remainder",
    "selu",
    "sigmoid",
    "sign",
    "silu",
    "sin",
    "sinh",
    "softmax",
    "softplus",
    "softsign",
    "sqrt",
    "square",
    "stepper",
    "stop_gradient",
    "tan",
    "tanh",
    "topological_order",
    "trunc",
    "unload_ipython_extension",
    "value_and_grad",
    "vjp",
    "weighted_sums",
    "where",
    "write_file",
]
