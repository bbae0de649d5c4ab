"""Parameters in containers of every kind: each found once, by one name, saved, restored and trained."""

from __future__ import annotations

import enum
import json
import math
import subprocess
import sys
from collections import OrderedDict, deque, namedtuple
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_core as ag
import nn
from nn.optim import SGD, Adam, AdamW, Polyak, RMSprop

Pair = namedtuple("Pair", "first second")
ROOT = Path(__file__).parents[2]


class Weight(ag.Value):
    """A parameter of a user's own kind."""


class Part(nn.Module):
    """A module with any one attribute."""

    def __init__(self, content: Any) -> None:
        self.content = content


# -- random containers --------------------------------------------------------------------------------------------

plain = st.sampled_from([1.0, 2, "text", None, True])
keys = st.one_of(st.text("abc", min_size=1, max_size=3), st.integers(0, 3))


def containers_of(members: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    few = st.lists(members, max_size=4)
    return st.one_of(
        few,
        few.map(tuple),
        few.map(deque),
        st.dictionaries(keys, members, max_size=4).filter(has_distinct_names),
        st.dictionaries(keys, members, max_size=4).filter(has_distinct_names).map(OrderedDict),
        st.builds(Pair, members, members),
        st.builds(Part, members),
        few.map(as_array),
        st.lists(members, min_size=4, max_size=4).map(lambda four: as_array(four).reshape(2, 2)),
        st.builds(nn.Neuron, st.integers(1, 2), seed=st.integers(0, 9)),
    )


def has_distinct_names(members: dict[Any, Any]) -> bool:
    return len(set(map(str, members))) == len(members)


def as_array(members: list[Any]) -> Any:
    """An array of objects, one dimension of it, whatever the members are."""
    numpy = pytest.importorskip("numpy", reason="NumPy is not installed")
    array = numpy.empty(len(members), dtype=object)
    for place, member in enumerate(members):
        array[place] = member
    return array


values = st.one_of(st.builds(ag.Value, st.floats(-2.0, 2.0)), st.builds(Weight, st.floats(-2.0, 2.0)))
contents = st.recursive(st.one_of(values, values, plain), containers_of, max_leaves=12)


def values_in(content: Any) -> list[ag.Value]:
    """All Values in a container, in order and repeats kept, written as directly as can be: the oracle."""
    if isinstance(content, ag.Value):
        return [content]
    if isinstance(content, nn.Module):
        return [value for member in vars(content).values() for value in values_in(member)]
    if isinstance(content, dict):
        return [value for member in content.values() for value in values_in(member)]
    if isinstance(content, (list, tuple, deque)):
        return [value for member in content for value in values_in(member)]
    if hasattr(content, "flat"):
        return [value for member in content.flat for value in values_in(member)]
    return []


def member_at(content: Any, name: str) -> Any:
    """What a name leads to: followed key by key."""
    for key in name.split("."):
        if isinstance(content, nn.Module):
            content = getattr(content, key)
        elif isinstance(content, dict):
            content = next(member for name, member in content.items() if str(name) == key)
        elif isinstance(content, Pair):
            content = getattr(content, key)
        else:
            content = content[int(key)]
    return content


@given(contents)
def test_every_parameter_is_found_once_by_the_way_to_it(content: Any) -> None:
    module = Part(content)
    expected = list({id(value): value for value in values_in(module)}.values())
    named = module.named_parameters()
    assert list(map(id, module.parameters())) == list(map(id, expected))
    assert all(member_at(module, name) is parameter for name, parameter in named)
    module.label_parameters()
    assert [parameter.label for parameter in module.parameters()] == [name for name, _ in named]


@given(contents)
def test_a_saved_state_comes_back(content: Any) -> None:
    module = Part(content)
    state = json.loads(json.dumps(module.state_dict()))
    assert list(state) == [name for name, _ in module.named_parameters()]
    for parameter in module.parameters():
        parameter.data = math.pi
    module.load_state_dict(state)
    assert module.state_dict() == state
    assert [parameter.data for parameter in module.parameters()] == list(state.values())


@given(contents)
def test_training_moves_each(content: Any) -> None:
    module = Part((ag.Value(0.25), content))
    before = module.state_dict()
    loss = ag.sum([parameter * 2.0 for parameter in module.parameters()])
    loss.backward()
    SGD(module.parameters(), lr=0.5).step()
    assert module.state_dict() == {name: number - 1.0 for name, number in before.items()}
    module.zero_grad()
    assert all(parameter.grad == 0.0 for parameter in module.parameters())


# -- containers by name -------------------------------------------------------------------------------------------


class Colour(enum.Enum):
    RED = 1


def names(content: Any) -> list[str]:
    return [name for name, _ in Part(content).named_parameters()]


def test_names_in_containers() -> None:
    v = ag.Value
    assert names({"a": nn.Neuron(1), "b": v(1.0)}) == ["content.a.weights.0", "content.a.bias", "content.b"]
    assert names({1: v(1.0), None: v(2.0), (0, 1): v(3.0), Colour.RED: v(4.0), 0.5: v(5.0)}) == [
        "content.1", "content.None", "content.(0, 1)", "content.Colour.RED", "content.0.5",
    ]  # fmt: skip
    assert names(Pair(v(1.0), [v(2.0)])) == ["content.first", "content.second.0"]
    assert names({"a.b": v(1.0), "": v(2.0)}) == ["content.a.b", "content"]


def test_names_in_arrays() -> None:
    np = pytest.importorskip("numpy", reason="NumPy is not installed")
    array = np.array([[ag.Value(float(3 * row + column)) for column in range(3)] for row in range(2)])
    assert names(array)[:4] == ["content.0.0", "content.0.1", "content.0.2", "content.1.0"]
    assert names(array.reshape(3, 2, 1))[:3] == ["content.0.0.0", "content.0.1.0", "content.1.0.0"]
    assert names(np.array(ag.Value(1.0), dtype=object)) == ["content"]
    assert names(np.empty((0, 3), dtype=object)) == []
    assert names(np.zeros((100, 100))) == []
    assert names([as_array([nn.Neuron(1, seed=0)])]) == ["content.0.0.weights.0", "content.0.0.bias"]


def test_a_module_that_is_a_list_too_is_looked_through_as_both() -> None:
    class Chain(nn.Module, list):  # type: ignore[type-arg]
        def __init__(self, *parts: Any) -> None:
            list.__init__(self, parts)
            self.scale = ag.Value(1.0)

    assert names(Chain(ag.Value(2.0), nn.Neuron(1))) == [
        "content.scale", "content.0", "content.1.weights.0", "content.1.bias",
    ]  # fmt: skip


def test_containers_that_contain_themselves() -> None:
    module = Part([ag.Value(1.0)])
    module.content += [module, module.content, {"whole": module}, (ag.Value(2.0), module)]
    module.parent = module  # type: ignore[attr-defined]
    if "numpy" in sys.modules:
        array = as_array([None, ag.Value(3.0)])
        array[0] = array
        module.content.append(array)
        assert [name for name, _ in module.named_parameters()] == ["content.0", "content.4.0", "content.5.1"]
    else:
        assert [name for name, _ in module.named_parameters()] == ["content.0", "content.4.0"]


@pytest.mark.slow
def test_containers_as_deep_as_can_be() -> None:
    content: Any = ag.Value(1.0)
    for _ in range(20_000):
        content = [content]
    module = Part(content)
    (name,) = [name for name, _ in module.named_parameters()]
    assert name.count(".") == 20_000
    while isinstance(content, list):  # Python itself would recurse as it frees them
        content = content.pop()
    wide: Any = [ag.Value(2.0)]
    for _ in range(60):
        wide = [wide, wide]  # 2**60 ways lead to it
    assert names(wide) == ["content" + 61 * ".0"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({1: ag.Value(1.0), "1": ag.Value(2.0)}, "two parameters of Part have the name 'content.1'"),
        ({"a": {"b": ag.Value(1.0)}, "a.b": ag.Value(2.0)}, "two parameters of Part have the name 'content.a.b'"),
        ({True: ag.Value(1.0), "True": ag.Value(2.0)}, "two parameters of Part have the name 'content.True'"),
    ],
)
def test_two_parameters_of_one_name_are_refused(content: Any, message: str) -> None:
    for use in (Part.named_parameters, Part.parameters, Part.state_dict, Part.label_parameters, Part.zero_grad):
        with pytest.raises(ValueError, match=message):
            use(Part(content))


def test_one_value_under_both_names_is_no_collision() -> None:
    shared = ag.Value(1.0)
    assert names({1: shared, "1": shared}) == ["content.1"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({ag.Value(1.0)}, "content is a set, whose parameters would have no order: write a list or a dict"),
        ([frozenset({(ag.Value(1.0),)})], r"content\.0 is a set"),
        ({ag.Value(1.0, "w"): ag.Value(2.0)}, "a key in content that leads to a parameter is a name of it, got Value"),
        ({"a": {object(): [ag.Value(2.0)]}}, r"a key in content\.a that leads to a parameter .* got object"),
        ({(1, len): ag.Value(2.0)}, "got tuple: write a string"),
    ],
)
def test_parameters_without_a_name_are_refused(content: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        Part(content).parameters()


def test_sets_and_keys_that_lead_to_no_parameter_are_left_alone() -> None:
    assert names([{1, "a"}, {object(): 1.0, ag.Value(1.0): "cached"}, frozenset({(1, 2)})]) == []


def test_numpy_is_not_imported_to_look_for_arrays() -> None:
    program = "import sys, nn; nn.MLP(2, [2, 1]).parameters(); sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT).returncode == 0


# -- numbers and gradients ----------------------------------------------------------------------------------------

OPTIMIZERS: dict[str, Callable[[Any], nn.optim.Optimizer]] = {
    "SGD": lambda parameters: SGD(parameters, lr=0.1),
    "SGD with momentum": lambda parameters: SGD(parameters, lr=0.1, momentum=0.5),
    "Adam": Adam,
    "AdamW": AdamW,
    "RMSprop": RMSprop,
    "Polyak": Polyak,
}
every_optimizer = pytest.mark.parametrize("name", OPTIMIZERS)


@every_optimizer
def test_a_gradient_of_none_counts_as_zero(name: str) -> None:
    with_none, with_zero = ([ag.Value(1.0), ag.Value(2.0)] for _ in range(2))
    for values, missing in ((with_none, None), (with_zero, 0.0)):
        optimizer = OPTIMIZERS[name](values)
        for _ in range(2):
            values[0].grad, values[1].grad = missing, 0.5  # type: ignore[assignment]
            optimizer.step(loss=1.0)
    assert [value.data for value in with_none] == [value.data for value in with_zero]
    with_none[0].grad = None  # type: ignore[assignment]
    OPTIMIZERS[name](with_none).zero_grad()
    assert [value.grad for value in with_none] == [0.0, 0.0]


@every_optimizer
@pytest.mark.parametrize("attribute", ["data", "grad"])
@pytest.mark.parametrize("label", ["w", ""])
def test_what_is_no_number_is_named_at_the_next_step(name: str, attribute: str, label: str) -> None:
    values = [ag.Value(1.0), ag.Value(2.0, label)]
    optimizer = OPTIMIZERS[name](values)
    for given_instead in ("x", [1.0], ag.Value(1.0), 1j):
        setattr(values[1], attribute, given_instead)
        called = "the parameter 'w'" if label else "the parameter at place 1"
        kind = type(given_instead).__name__
        with pytest.raises(TypeError, match=f"the {attribute} of {called} is not a number: .*got {kind}"):
            optimizer.step(loss=1.0)
        assert values[0].data == 1.0
        assert optimizer.state == {}


@every_optimizer
def test_numbers_of_other_kinds_are_floats_from_then_on(name: str) -> None:
    np = pytest.importorskip("numpy", reason="NumPy is not installed")
    single, plain = ag.Value(0.0), ag.Value(0.0)
    single.data, single.grad = np.float32(0.1), np.float32(0.3)
    plain.data, plain.grad = float(np.float32(0.1)), float(np.float32(0.3))
    for value in (single, plain):
        OPTIMIZERS[name]([value]).step(loss=1.0)
    assert type(single.data) is float
    assert single.data == plain.data


def test_a_module_names_the_parameter_that_is_no_number() -> None:
    model = nn.MLP(1, [1], seed=0)
    model.parameters()[1].data = "x"  # type: ignore[assignment]
    with pytest.raises(TypeError, match=r"the data of the parameter 'layers\.0\.neurons\.0\.bias' is not a number"):
        model.state_dict()
    for engine in ("eager", "replay"):
        with pytest.raises(TypeError, match=r"the data of the parameter 'layers\.0\.neurons\.0\.bias' is not a number"):
            nn.fit(model, [([1.0], 2.0)], "squared_error", SGD(model.parameters(), 0.1), 1, engine=engine)


def test_parameters_are_told_apart_as_nodes() -> None:
    """Though all have one number."""
    values = [ag.Value(1.0) for _ in range(5)]
    assert len(SGD(values, lr=0.1).parameters) == 5
    assert len(Part(values).parameters()) == 5


def test_minimize_tells_parameters_apart_as_nodes() -> None:
    pytest.importorskip("scipy", reason="SciPy is not installed")
    model, twin = nn.MLP(1, [1], seed=0), nn.MLP(1, [1], seed=0)
    loss = nn.losses.squared_error(twin([1.0]), 3.0)
    with pytest.raises(ValueError, match="not one of this model's parameters"):
        nn.minimize_with_scipy(model, ag.compile(loss, parameters=twin.parameters()))


# -- what an optimiser takes --------------------------------------------------------------------------------------

w, b = ag.Value(1.0, "w"), ag.Value(2.0)
LINE = nn.MLP(1, [1], seed=0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        (w, TypeError, r"parameters are a list of Values, got one Value: write \[w\]"),
        (LINE, TypeError, r"parameters are a list of Values, got MLP: write model\.parameters\(\)"),
        (LINE.parameters, TypeError, r"got method: write its parentheses, as in model\.parameters\(\)"),
        (dict(LINE.named_parameters()), TypeError, r"got dict: write list\(d\.values\(\)\)"),
        (1.0, TypeError, "parameters are a list of Values, got float"),
        ("w", TypeError, "parameters are a list of Values, got str"),
        (None, TypeError, "parameters are a list of Values, got NoneType"),
        ([LINE], TypeError, r"a parameter is a Value, got MLP: write model\.parameters\(\)"),
        (LINE.named_parameters(), TypeError, "a parameter is a Value, got tuple: write one list of them all"),
        ([[w], [b]], TypeError, "a parameter is a Value, got list: write one list of them all"),
        ([w, 1.0], TypeError, "a parameter is a Value, got float"),
        ([w * 2.0], ValueError, r"a parameter is a leaf, and the parameter at place 0 was computed by '\*'"),
        ([b, w, b], ValueError, "the parameter at place 2 is repeated"),
        ([b, w, w], ValueError, "the parameter 'w' is repeated"),
        ([], ValueError, "at least one parameter"),
    ],
)
@every_optimizer
def test_what_an_optimiser_does_not_take(name: str, parameters: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        OPTIMIZERS[name](parameters)


def test_what_an_optimiser_takes() -> None:
    assert len(SGD((value for value in (w, b)), lr=0.1).parameters) == 2
    assert len(SGD({w, b}, lr=0.1).parameters) == 2
    assert len(SGD(map(Weight, (1.0, 2.0)), lr=0.1).parameters) == 2
    assert len(SGD(dict(LINE.named_parameters()).values(), lr=0.1).parameters) == 2
    assert len(SGD(as_array([w, b]), lr=0.1).parameters) == 2
    with ag.no_grad():
        assert SGD([w * 2.0], lr=0.1).parameters[0].data == 2.0, "nothing was recorded: it is a leaf"
