"""A scalar reverse-mode automatic differentiation engine: backpropagation, number by number.

>>> import autograd_core as ag
>>> x = ag.Value(0.5, "x")
>>> y = ag.tanh(2.0 * x)
>>> y.backward()
>>> round(x.grad, 12)
0.839948683228

To begin with
    Value               a number that remembers how it was computed; ``y.backward()`` puts ∂y/∂x into ``x.grad``
    label               names for Values: ``ag.label(y=y)``
    explain             a gradient as a sum over paths, and each path as a product of factors
    draw                the graph, or the network, as a picture
    debug, stepper      the backward pass step by step: in a terminal, in a page
    grad                the derivative of a function, as a function
    compile, jit        a recorded graph, or a function with branches, to be run again at the speed of arrays

Functions of Values and numbers
    powers              exp exp2 expm1 log log2 log10 log1p logaddexp pow sqrt cbrt square reciprocal hypot
    trigonometric       sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh
    special             erf erfc erfinv lgamma digamma
    choices, rounding   abs sign where maximum minimum clamp floor ceil trunc remainder
    activations         sigmoid relu leaky_relu elu selu gelu silu mish softplus softsign log_sigmoid
    of many             dot weighted_sums sum mean prod norm logsumexp softmax log_softmax
    your own            primitive, which makes a Primitive; stop_gradient

Derivatives of functions
    any order           grad value_and_grad jacobian hessian hvp jvp vjp gradients
    are they right?     check_grads, which raises a GradientMismatchError

The graph
    what it is made of  topological_order leaves count_paths; a comparison is a Condition
    what is recorded    no_grad
    what goes wrong     detect_anomaly, which raises an AnomalyError; is_watched; draw_on_error
    in any debugger     break_at
    step by step        backward_steps, of which each is a Step

What calls return
    draw, stepper       Drawing, Stepper
    explain             Explanation, of GradientPath and Factor
    compile             Program, whose verify raises a ReplayMismatchError
    jit                 TracedFunction, TracedRows

For command lines and notebooks
    texts and files     console write_file
    %load_ext           load_ipython_extension unload_ipython_extension
"""

import importlib
from typing import TYPE_CHECKING, Any

from autograd_core.condition import Condition
from autograd_core.graph import count_paths, leaves, topological_order
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
from autograd_core.showing import show_with as _show_with
from autograd_core.value import Value
from autograd_core.weighted_sum import dot, weighted_sums

__version__ = "0.1.0"

abs = abs_
pow = pow_
sum = sum_

_MODULES = {
    "console": "console",
    "GradientMismatchError": "derivatives.checking",
    "check_grads": "derivatives.checking",
    "stop_gradient": "derivatives.constants",
    "grad": "derivatives.functional",
    "hessian": "derivatives.functional",
    "hvp": "derivatives.functional",
    "jacobian": "derivatives.functional",
    "jvp": "derivatives.functional",
    "value_and_grad": "derivatives.functional",
    "vjp": "derivatives.functional",
    "gradients": "derivatives.gradients",
    "draw": "drawing.draw",
    "Drawing": "drawing.drawing",
    "draw_on_error": "drawing.on_error",
    "load_ipython_extension": "drawing.on_error",
    "unload_ipython_extension": "drawing.on_error",
    "explain": "explanation.explain",
    "Explanation": "explanation.explanation",
    "Factor": "explanation.paths",
    "GradientPath": "explanation.paths",
    "write_file": "files",
    "label": "notation.labels",
    "Program": "replay.program",
    "compile": "replay.program",
    "ReplayMismatchError": "replay.verify",
    "AnomalyError": "stepping.anomaly",
    "detect_anomaly": "stepping.anomaly",
    "is_watched": "stepping.anomaly",
    "break_at": "stepping.break_at",
    "Stepper": "stepping.page.stepper",
    "stepper": "stepping.page.stepper",
    "Step": "stepping.steps",
    "backward_steps": "stepping.steps",
    "debug": "stepping.terminal",
    "TracedRows": "tracing.rows",
    "jit": "tracing.traced",
    "TracedFunction": "tracing.traced_function",
}
"""What is imported when it is first asked for, and where it is: all that recording and ``backward`` can do without."""

if TYPE_CHECKING:  # the same once more, for type checkers and editors
    from autograd_core import console
    from autograd_core.derivatives.checking import GradientMismatchError, check_grads
    from autograd_core.derivatives.constants import stop_gradient
    from autograd_core.derivatives.functional import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
    from autograd_core.derivatives.gradients import gradients
    from autograd_core.drawing.draw import draw
    from autograd_core.drawing.drawing import Drawing
    from autograd_core.drawing.on_error import draw_on_error, load_ipython_extension, unload_ipython_extension
    from autograd_core.explanation.explain import explain
    from autograd_core.explanation.explanation import Explanation
    from autograd_core.explanation.paths import Factor, GradientPath
    from autograd_core.files import write_file
    from autograd_core.notation.labels import label
    from autograd_core.replay.program import Program, compile_
    from autograd_core.replay.verify import ReplayMismatchError
    from autograd_core.stepping.anomaly import AnomalyError, detect_anomaly, is_watched
    from autograd_core.stepping.break_at import break_at
    from autograd_core.stepping.page.stepper import Stepper, stepper
    from autograd_core.stepping.steps import Step, backward_steps
    from autograd_core.stepping.terminal import debug
    from autograd_core.tracing.rows import TracedRows
    from autograd_core.tracing.traced import jit
    from autograd_core.tracing.traced_function import TracedFunction

    compile = compile_
else:

    def __getattr__(name: str) -> Any:
        """A public name that nobody has asked for yet."""
        if name not in _MODULES:
            message = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(message, name=name, obj=importlib.import_module(__name__))
        module = importlib.import_module(f"{__name__}.{_MODULES[name]}")
        if _MODULES[name] == name:  # a module itself, which its import has put here
            return module
        found = getattr(module, "compile_" if name == "compile" else name)  # there it would hide a builtin
        globals()[name] = found
        return found


def __dir__() -> list[str]:
    """The public names, whether they were asked for or not."""
    special = [name for name in list(globals()) if name.startswith("__") and name != "__main__"]  # the command line's
    return [*__all__, "abs", "compile", "pow", "sum", *special]


def _as_html(value: Any) -> str:
    from autograd_core.drawing.shown_value import html_of

    return html_of(value)


def _as_latex(value: Any) -> str:
    from autograd_core.drawing.shown_value import latex_of

    return latex_of(value)


_show_with(html=_as_html, latex=_as_latex)

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
