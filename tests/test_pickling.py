"""Pickling, copying and deep-copying keep the graph, at any depth and with what is shared still shared."""

from __future__ import annotations

import copy
import functools
import io
import pickle
import random
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import autograd_core as ag
from autograd_core import Value

DEPTH = 100_000

# `cube` is found again in this module when it is unpickled.


@ag.primitive("function", name="cube")
def cube(x: float) -> float:
    return x * x * x


@cube.define_partials
def cube_partials(out: Any, x: Any) -> tuple[Any, ...]:
    return (3.0 * x * x,)


def by_pickle(value: Any, protocol: int = pickle.HIGHEST_PROTOCOL) -> Any:
    return pickle.loads(pickle.dumps(value, protocol))


def by_python_pickle(value: Any) -> Any:
    """The pickler written in Python, which spends Python stack on nesting."""
    stream = io.BytesIO()
    pickle._Pickler(stream).dump(value)
    stream.seek(0)
    return pickle._Unpickler(stream).load()


ways = pytest.mark.parametrize("duplicate", [by_pickle, copy.deepcopy, by_python_pickle])


def small_graph() -> tuple[Value, Value, Value, Value]:
    x, w = Value(0.5, "x"), Value(-2.0, "w")
    shared = cube(x * w)
    root = shared * shared + ag.dot([w, 3.0], [x, shared], 0.25)
    root.label = "loss"
    root.backward()
    return x, w, shared, root


def fields(value: Value) -> tuple[Any, ...]:
    return value.data, value.grad, value.op, value.label, value.local_derivatives


@ways
def test_the_copy_is_a_graph_of_its_own_with_the_same_contents(duplicate: Callable[[Any], Any]) -> None:
    *_, root = small_graph()
    copied = duplicate(root)
    order, copied_order = ag.topological_order(root), ag.topological_order(copied)
    assert [fields(node) for node in copied_order] == [fields(node) for node in order]
    assert not set(order) & set(copied_order)
    place: dict[Any, int] = {node: index for index, node in enumerate(order)}
    copied_place: dict[Any, int] = {node: index for index, node in enumerate(copied_order)}
    for node, twin in zip(order, copied_order):
        assert [place.get(operand, operand) for operand in node.operands] == [
            copied_place.get(operand, operand) for operand in twin.operands
        ]
    gradients = [node.grad for node in order]
    copied.backward()
    assert [node.grad for node in order] == gradients, "the original is untouched"
    assert [leaf.grad for leaf in ag.leaves(copied)] == [2.0 * leaf.grad for leaf in ag.leaves(root)]


@ways
def test_shared_nodes_stay_shared_between_several_roots(duplicate: Callable[[Any], Any]) -> None:
    x, w, shared, root = small_graph()
    other = shared * 2.0
    for roots in ([root, x, w], [x, root, w], [x, w, root, other], [other, root], (root, [other, {"x": x}])):
        copied = duplicate(roots)
        flat = copied if isinstance(copied, list) else [copied[0], copied[1][0], copied[1][1]["x"]]
        original = roots if isinstance(roots, list) else [root, other, x]
        for value, twin in zip(original, flat):
            assert fields(twin) == fields(value)
            for second, second_twin in zip(original, flat):
                assert ag.count_paths(twin, second_twin) == ag.count_paths(value, second)


@ways
def test_loss_and_parameters_in_one_list(duplicate: Callable[[Any], Any]) -> None:
    parameters = [Value(0.1 * i, f"w{i}") for i in range(10)]
    loss = ag.sum(ag.tanh(parameter) for parameter in parameters)
    copied_loss, *copied_parameters = duplicate([loss, *parameters])
    copied_loss.backward()
    loss.backward()
    assert [twin.grad for twin in copied_parameters] == [parameter.grad for parameter in parameters]
    assert ag.leaves(copied_loss) == copied_parameters


@ways
def test_a_leaf_without_a_graph(duplicate: Callable[[Any], Any]) -> None:
    x = Value(1.5, "x")
    x.grad = -2.0
    assert fields(duplicate(x)) == fields(x)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_every_pickle_protocol(protocol: int) -> None:
    *_, root = small_graph()
    assert fields(by_pickle(root, protocol)) == fields(root)


def test_shallow_copy_is_a_new_node_on_the_same_operands() -> None:
    *_, root = small_graph()
    twin = copy.copy(root)
    assert twin is not root
    assert fields(twin) == fields(root)
    assert all(ours is theirs for ours, theirs in zip(twin.operands, root.operands))


def test_pickling_one_graph_inside_the_pickling_of_another() -> None:
    """A __reduce__ that pickles for itself, as caches and remote handles do, must not mix the two up."""

    *_, root = small_graph()
    *_, second = small_graph()
    outer = by_pickle([root, Envelope(second), root])
    assert outer[0] is outer[2]
    assert [fields(node) for node in ag.topological_order(outer[0])] == [
        fields(node) for node in ag.topological_order(root)
    ]
    assert [fields(node) for node in ag.topological_order(outer[1].value)] == [
        fields(node) for node in ag.topological_order(second)
    ]


class Envelope:
    """Holds a Value and pickles it as bytes."""

    def __init__(self, value: Value) -> None:
        self.value = value

    def __getstate__(self) -> bytes:
        return pickle.dumps(self.value)

    def __setstate__(self, state: bytes) -> None:
        self.value = pickle.loads(state)


@pytest.mark.slow
def test_pickling_in_several_threads_at_once() -> None:
    chains = [diamond_chain(500) for _ in range(8)]
    copies: dict[int, Value] = {}

    def duplicate(index: int) -> None:
        copies[index] = by_pickle(chains[index][0])

    threads = [threading.Thread(target=duplicate, args=(index,)) for index in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for index, (root, _) in enumerate(chains):
        assert fields(copies[index]) == fields(root)
        assert len(ag.topological_order(copies[index])) == len(ag.topological_order(root))


def test_user_primitive_comes_back_as_itself_in_another_process() -> None:
    program = (
        "import pickle, sys, autograd_core as ag\n"
        "from tests import test_pickling\n"
        "root = pickle.load(sys.stdin.buffer)\n"
        "x = ag.leaves(root)[0]\n"
        "root.backward()\n"
        "assert root.op is test_pickling.cube\n"
        "print(root.data, x.grad)\n"
    )
    root = Path(__file__).parents[1]
    run = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(root)!r})\n{program}"]
    cubed = cube(Value(2.0))
    answer = subprocess.run(run, input=pickle.dumps(cubed), capture_output=True, check=True).stdout
    assert answer.split() == [b"8.0", b"12.0"]


def test_primitive_that_cannot_be_found_again_says_so() -> None:
    @ag.primitive("function")
    def local(x: float) -> float:
        return x

    local.define_partials(lambda out, x: (1.0,))
    with pytest.raises((pickle.PicklingError, AttributeError), match="local"):
        pickle.dumps(local(Value(1.0)))


# -- depth --------------------------------------------------------------------------------------------------------


def diamond_chain(depth: int) -> tuple[Value, Value]:
    """Each level splits in two and joins again, so that no walk without a memory would ever end."""
    x = root = Value(1.0, "x")
    for _ in range(depth):
        root = root * 0.25 + root * 0.75
    return root, x


@pytest.mark.slow
@ways
def test_depth_100_000(duplicate: Callable[[Any], Any]) -> None:
    root, x = diamond_chain(DEPTH // 2 if duplicate is by_pickle else DEPTH // 10)
    bias = Value(0.5, "bias")
    loss = root + bias
    copied_loss, copied_x, copied_bias = duplicate([loss, x, bias])
    assert len(ag.topological_order(copied_loss)) == len(ag.topological_order(loss))
    assert ag.leaves(copied_loss) == [copied_x, copied_bias]
    copied_loss.backward()
    assert (copied_x.grad, copied_bias.grad, x.grad) == (1.0, 1.0, 0.0)


@pytest.mark.slow
def test_copies_at_depth_100_000() -> None:
    x = root = Value(1.0)
    for _ in range(DEPTH):
        root = root * 1.0
    for copied in (copy.deepcopy(root), by_pickle(root), copy.copy(root)):
        copied.backward()
    assert x.grad == 1.0, "only the shallow copy leads to the same leaf"


@pytest.mark.slow
@ways
def test_all_nodes_of_a_chain_in_one_list_first_to_last(duplicate: Callable[[Any], Any]) -> None:
    """As a recurrent network's states are kept: every one of them is a root, and contains all before it."""
    states = [Value(1.0)]
    for _ in range(3000):
        states.append(states[-1] * 1.0)
    copied = duplicate(states)
    assert ag.topological_order(copied[-1]) == copied
    copied[-1].backward()
    assert (copied[0].grad, states[0].grad) == (1.0, 0.0)


@pytest.mark.slow
def test_pickling_for_itself_inside_a_long_list_of_roots_needs_no_recursion() -> None:
    """The inner pickler has seen none of the lists that the outer one has written."""
    states = [Value(1.0)]
    for _ in range(3000):
        states.append(states[-1] * 1.0)
    copied = by_pickle([*states, Envelope(ag.tanh(states[-1]))])
    assert len(ag.topological_order(copied[-1].value)) == 3002


def test_size_of_a_pickle_is_linear_whatever_the_order_of_its_roots() -> None:
    states = [Value(1.0)]
    for _ in range(3000):
        states.append(states[-1] * 1.0)
    shuffled = random.Random(0).sample(states, len(states))
    sizes = [len(pickle.dumps(roots)) for roots in (states[-1], states[::-1], states, shuffled)]
    assert max(sizes) < 4 * min(sizes)
    assert ag.leaves(by_pickle(shuffled)[0])[0].data == 1.0


# -- subclasses -----------------------------------------------------------------------------------------------------


class WithAttributes(Value):
    """A Value with a ``__dict__``, and made in another way."""

    def __init__(self, *, number: float, unit: str) -> None:
        super().__init__(number, f"in {unit}")
        self.unit = unit
        self.history: list[Any] = []


class WithSlots(Value):
    __slots__ = ("__secret", "bounds", "unset")

    def __init__(self, data: float, *bounds: float) -> None:
        super().__init__(data)
        self.bounds = bounds
        self.__secret = [data]

    def secret(self) -> list[float]:
        return self.__secret


class WithBoth(WithSlots):
    note = "of the class"


class WithItsOwnState(WithAttributes):
    """It says itself what is kept of it, and how it comes back."""

    def __getstate__(self) -> dict[str, Any]:
        return {"unit": self.unit.upper()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.unit, self.history = state["unit"], ["restored", self.data]


class Frozen(WithSlots):
    __slots__ = ()

    def __setattr__(self, name: str, content: Any) -> None:
        if name == "bounds" and hasattr(self, "bounds"):
            raise AttributeError("the bounds stay as they are")
        super().__setattr__(name, content)


all_ways = pytest.mark.parametrize(
    "duplicate",
    [*[functools.partial(by_pickle, protocol=number) for number in range(6)], copy.deepcopy, by_python_pickle],
)


@all_ways
def test_subclasses_keep_their_class_and_attributes(duplicate: Callable[[Any], Any]) -> None:
    a, b, c = WithAttributes(number=2.0, unit="m"), WithSlots(3.0, 1.0, 5.0), WithBoth(4.0)
    c.note = "of its own"
    root = a * b + c
    root.backward()
    a.history += [root, a, 1.0]
    copied = duplicate(root)
    product, c2 = copied.operands
    a2, b2 = product.operands
    assert [type(node) for node in (copied, a2, b2, c2)] == [Value, WithAttributes, WithSlots, WithBoth]
    assert [node.grad for node in (a2, b2, c2)] == [3.0, 2.0, 1.0]
    assert (a2.unit, a2.label, a2.history[2]) == ("m", "in m", 1.0)
    assert a2.history[0] is copied
    assert a2.history[1] is a2
    assert (b2.bounds, b2.secret(), hasattr(b2, "unset")) == ((1.0, 5.0), [3.0], False)
    assert b2.secret() is not b.secret()
    assert (c2.note, c2.secret(), WithBoth.note) == ("of its own", [4.0], "of the class")


@all_ways
def test_a_subclass_may_say_itself_what_is_kept(duplicate: Callable[[Any], Any]) -> None:
    x = WithItsOwnState(number=2.0, unit="m")
    copied = duplicate(ag.sin(x)).operands[0]
    assert type(copied) is WithItsOwnState
    assert (copied.data, copied.label, copied.unit, copied.history) == (2.0, "in m", "M", ["restored", 2.0])


@all_ways
def test_a_subclass_may_be_frozen(duplicate: Callable[[Any], Any]) -> None:
    copied = duplicate([Frozen(2.0, 1.0, 3.0)])[0]
    assert (type(copied), copied.bounds) == (Frozen, (1.0, 3.0))


def test_a_shallow_copy_of_a_subclass_shares_its_attributes() -> None:
    a, b, own = WithAttributes(number=2.0, unit="m"), WithBoth(3.0, 1.0), WithItsOwnState(number=4.0, unit="m")
    copied, copied_b, copied_own = copy.copy(a), copy.copy(b), copy.copy(own)
    assert (type(copied), copied.unit, copied.data) == (WithAttributes, "m", 2.0)
    assert copied.history is a.history
    assert copied is not a
    copied.unit = "km"
    assert a.unit == "m"
    assert (type(copied_b), copied_b.bounds, copied_b.secret() is b.secret()) == (WithBoth, (1.0,), True)
    assert copied_own.unit == "M"


@all_ways
def test_attributes_may_hold_other_graphs(duplicate: Callable[[Any], Any]) -> None:
    x = WithAttributes(number=2.0, unit="m")
    y = WithAttributes(number=3.0, unit="s")
    x.history.append(ag.sin(y))
    y.history.append(ag.cos(x))
    copied = duplicate([x, y])
    assert copied[0].history[0].operands[0] is copied[1]
    assert copied[1].history[0].operands[0] is copied[0]


@pytest.mark.slow
@pytest.mark.parametrize("duplicate", [by_pickle, copy.deepcopy])
def test_subclasses_at_depth_30_000(duplicate: Callable[[Any], Any]) -> None:
    first = WithAttributes(number=0.5, unit="m")
    end: Value = first
    for _ in range(DEPTH // 10):
        end = ag.sin(end) + WithSlots(1.0, 2.0)
    first.history.append(end)
    copied = duplicate(end)
    order = ag.topological_order(copied)
    assert len(order) == 1 + 3 * (DEPTH // 10)
    assert order[0].history[0] is copied
    assert sum(type(node) is WithSlots for node in order) == DEPTH // 10
