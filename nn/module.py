"""Module: something with parameters, which it finds, names, saves and restores."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import autograd_core as ag


class Module:
    """What has parameters: a neuron, a layer, a network, or a class of your own.

    Every Value among the attributes is a parameter, every Module a part with parameters of its own, and lists and
    tuples are looked through. A parameter's name is the way to it: ``layers.0.neurons.2.weights.1``.

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
        """Names and parameters, in the order in which the attributes were set; a shared one once, by its first name."""
        named: dict[ag.Value, str] = {}
        for name, parameter in _parameters_in(self, ""):
            named.setdefault(parameter, name)
        return [(name, parameter) for parameter, name in named.items()]

    def parameters(self) -> list[ag.Value]:
        """The parameters, in the order of :meth:`named_parameters`."""
        return [parameter for _, parameter in self.named_parameters()]

    def label_parameters(self) -> None:
        """Give each parameter its name in this module as label, for drawings and explanations.

        The classes of this package do so when they are made; one of your own may, at the end of its ``__init__``.
        """
        for name, parameter in self.named_parameters():
            parameter.label = name

    def zero_grad(self) -> None:
        """Set every parameter's ``grad`` to 0.0, for ``backward()`` adds to it."""
        for parameter in self.parameters():
            parameter.grad = 0.0

    def state_dict(self) -> dict[str, float]:
        """The parameters' numbers by name: plain data that :meth:`load_state_dict` takes back."""
        return {name: parameter.data for name, parameter in self.named_parameters()}

    def load_state_dict(self, state: Mapping[str, float]) -> None:
        """Set the parameters' numbers.

        Args:
            state: a number for every parameter name, and for nothing else.

        Raises:
            ValueError: a name is missing, or is not one of this module's; nothing is changed then.
            TypeError: a member is not a real number; nothing is changed then.
        """
        named = dict(self.named_parameters())
        missing = [name for name in named if name not in state]
        unknown = [name for name in state if name not in named]
        if missing or unknown:
            raise ValueError(
                f"the state does not belong to {self!r}: "
                + " and ".join(
                    f"{len(names)} {what}, such as {names[0]!r}"
                    for names, what in ((missing, "parameters are missing"), (unknown, "names are unknown"))
                    if names
                )
            )
        numbers = {name: ag.Value(state[name]).data for name in named}
        for name, parameter in named.items():
            parameter.data = numbers[name]

    def __repr__(self) -> str:
        return f"<{type(self).__name__}, {len(self.parameters())} parameters>"


def _parameters_in(container: Module | Sequence[object], path: str) -> Iterator[tuple[str, ag.Value]]:
    """The Values in a module, a list or a tuple, each with the path that leads to it."""
    members: Iterable[tuple[object, object]]
    members = vars(container).items() if isinstance(container, Module) else enumerate(container)
    for key, member in members:
        if isinstance(member, ag.Value):
            yield f"{path}{key}", member
        elif isinstance(member, (Module, list, tuple)):
            yield from _parameters_in(member, f"{path}{key}.")
