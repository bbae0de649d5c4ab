"""Module: something with parameters, which it finds, names, saves and restores."""

from __future__ import annotations

from collections.abc import Mapping

import autograd_core as ag
from nn.arguments import check_state
from nn.parameters import assign, clear_gradients, named_in, numbers_of


class Module:
    """Something with parameters: a neuron, a layer, a network, or a class of your own.

    Every Value among the attributes is a parameter, every Module a part with parameters of its own; lists, tuples,
    dicts and NumPy arrays of objects are looked through, also those within each other. A parameter's name is the path
    to it: ``layers.0.neurons.2.weights.1``, with the key of a dict, the field of a named tuple, the place in a list.

    >>> class Line(Module):
    ...     def __init__(self):
    ...         self.slope, self.offset = ag.Value(2.0), ag.Value(1.0)
    ...     def __call__(self, x):
    ...         return self.slope * x + self.offset
    >>> line = Line()
    >>> line(3.0).data, line.state_dict()
    (7.0, {'slope': 2.0, 'offset': 1.0})
    """

    def named_parameters(self) -> list[tuple[str, ag.Value]]:
        """Names and parameters, in the order in which the attributes were set; a shared one once, by its first name.

        Raises:
            ValueError: two parameters have one name, as below the keys 1 and "1" of a dict.
            TypeError: a parameter has no name of its own: it is in a set, which has no order, or the key to it in a
                dict is not a string, a number, an enum's member or a tuple of these.
        """
        return list(named_in(self, Module).items())

    def parameters(self) -> list[ag.Value]:
        """The parameters, in the order of :meth:`named_parameters`."""
        return [parameter for _, parameter in self.named_parameters()]

    def label_parameters(self) -> None:
        """Give each parameter its name in this module as label, for drawings and explanations.

        The classes of this package do so when they are made; your own may do so at the end of its ``__init__``.
        """
        for name, parameter in self.named_parameters():
            parameter.label = name

    def zero_grad(self) -> None:
        """Set every parameter's ``grad`` to 0.0, since ``backward()`` adds to it."""
        clear_gradients(self.parameters())

    def state_dict(self) -> dict[str, float]:
        """The parameters' numbers by name: plain data that :meth:`load_state_dict` takes back."""
        named = named_in(self, Module)
        return dict(zip(named, numbers_of(list(named.values()))))

    def load_state_dict(self, state: Mapping[str, float]) -> None:
        """Set the parameters' numbers.

        Args:
            state: a number for every parameter name, and for nothing else.

        Raises:
            ValueError: a name is missing, or is not one of this module's; nothing has changed then.
            TypeError: a member is not a real number; nothing has changed then.
        """
        check_state(state)
        named = named_in(self, Module)
        missing = [name for name in named if name not in state]
        unknown = [name for name in state if name not in named]
        if missing or unknown:
            faults = ((missing, "missing parameters"), (unknown, "unknown names"))
            found = [f"{what}: {len(names)}, such as {names[0]!r}" for names, what in faults if names]
            raise ValueError(f"the state does not belong to {self!r}: {'; '.join(found)}")
        assign(list(named.values()), "data", [_number(name, state[name]) for name in named])

    def __repr__(self) -> str:
        return f"<{type(self).__name__}, {len(self.parameters())} parameters>"


def _number(name: str, number: object) -> float:
    try:
        return ag.Value(number).data
    except TypeError as error:
        raise TypeError(f"the state has no number for {name!r}: {error}") from None
