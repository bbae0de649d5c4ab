"""The functions of one number, as the families of primitives list them: whoever adds one finds it tested here."""

from __future__ import annotations

import inspect

from autograd_core.primitives import FUNCTIONS, Primitive


def takes_one_number(function: Primitive) -> bool:
    """Whether it can be called with one number, and is not a reduction of a sequence."""
    parameters = inspect.signature(function).parameters.values()
    required = [parameter for parameter in parameters if parameter.default is parameter.empty]
    several = any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters)
    return len(required) == 1 and not several and function.kind != "reduction"


OF_ONE_NUMBER = [
    name
    for name, function in FUNCTIONS.items()
    if isinstance(function, Primitive) and takes_one_number(function) and name != "clamp"  # which needs its bounds
]
