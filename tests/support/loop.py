"""Where the chain rule stands."""

from __future__ import annotations

import inspect

from autograd_core import backward


def inner_line() -> int:
    """The line of backward.py that passes a contribution on."""
    lines, first = inspect.getsourcelines(backward.backward)
    code = "operand.grad += upstream * local_derivative"  # the docstring has it too, before
    return first + max(offset for offset, line in enumerate(lines) if line.strip() == code)
