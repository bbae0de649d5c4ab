"""Calling conventions, compared with HIPS autograd: the same calls give the same numbers in the same shapes.

Each function is written once, for NumPy's names: of ``autograd.numpy`` for theirs, of NumPy itself for ours. Where the
two differ on purpose, a test at the end says how.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

import autograd_core as ag

np = pytest.importorskip("numpy", reason="NumPy is an optional extra")
autograd = pytest.importorskip("autograd", reason="HIPS autograd is a test extra: pip install autograd")
anp = pytest.importorskip("autograd.numpy")

NUMBER = 0.7
VECTOR = np.array([0.5, -1.5, 2.0])
MATRIX = np.array([[0.3, -0.8], [1.2, 0.6], [-0.4, 2.1]])
CUBE = np.linspace(-1.0, 1.3, 12).reshape(2, 3, 2)
SQUARE = np.array([[2.0, 0.3], [0.5, 1.5]])
ROW = np.array([[0.2, -0.7, 1.1]])


@dataclass
class Call:
    """A function, called in one way.

    Attributes:
        kind: which derivative.
        f: the function, of a module with NumPy's names and then of its own arguments.
        args, keywords: what it is called with.
        argnums: with respect to which of them.
        along: the vector of a product.
    """

    kind: str
    f: Callable[..., Any]
    args: Sequence[Any]
    keywords: Mapping[str, Any] = field(default_factory=dict)
    argnums: Any = 0
    along: Any = None

    def ours(self) -> Any:
        f = lambda *args, **keywords: self.f(np, *args, **keywords)
        match self.kind:
            case "hvp":
                return ag.hvp(f, self.argnums)(*self.args, self.along, **self.keywords)
            case "jvp":
                return ag.jvp(f, self.args, (self.along,), **self.keywords)
            case "vjp":
                value, pull = ag.vjp(f, *self.args, **self.keywords)
                return value, *pull(self.along)
            case "aux":
                return ag.grad(f, self.argnums, has_aux=True)(*self.args, **self.keywords)
        return getattr(ag, self.kind)(f, self.argnums)(*self.args, **self.keywords)

    def theirs(self) -> Any:
        f = lambda *args, **keywords: self.f(anp, *args, **keywords)
        argnums = int(self.argnums) if isinstance(self.argnums, np.integer) else self.argnums  # it takes Python's only
        match self.kind:
            case "hvp":
                return autograd.hessian_vector_product(f, argnums)(*self.args, self.along, **self.keywords)
            case "jvp":
                return autograd.make_jvp(f, argnums)(*self.args, **self.keywords)(self.along)
            case "vjp":
                pull, value = autograd.make_vjp(f, argnums)(*self.args, **self.keywords)
                return value, pull(self.along)
            case "aux":
                return autograd.grad_and_aux(f, argnums)(*self.args, **self.keywords)
        return getattr(autograd, self.kind)(f, argnums)(*self.args, **self.keywords)


def polynomial(m: Any, x: Any, degree: int = 3) -> Any:
    return sum(x**power / (power + 1.0) for power in range(1, degree + 1))


def branched(m: Any, x: Any, squared: bool) -> Any:
    return x * x if squared else -x


def by_mode(m: Any, x: Any, mode: str) -> Any:
    return {"sin": m.sin, "exp": m.exp}[mode](x)


def layer(m: Any, weights: Any, x: Any, bias: Any) -> Any:
    return m.sum(m.tanh(m.dot(weights, x) + bias) ** 2)


def network(m: Any, parameters: Any, x: Any) -> Any:
    for weights, bias in parameters:
        x = m.tanh(m.dot(weights, x) + bias)
    return m.sum(x)


def of_dict(m: Any, p: Any, scale: float = 1.0) -> Any:
    return scale * m.sum(p["w"] * p["w"]) + p["b"] ** 3 + m.exp(p["nested"]["c"][0])


def rosenbrock(m: Any, v: Any) -> Any:
    return m.sum(100.0 * (v[1:] - v[:-1] ** 2) ** 2 + (1.0 - v[:-1]) ** 2)


DICT = {"w": np.array([1.0, 2.0]), "b": 0.5, "nested": {"c": (0.25, 7.0)}}
LAYERS = [(SQUARE, np.array([0.1, -0.2])), (np.array([[0.4, -0.6]]), np.array([0.3]))]

CALLS = {
    # flags, texts, indices and the like
    "flag on": Call("grad", branched, (3.0, True)),
    "flag off": Call("grad", branched, (3.0, False)),
    "text": Call("grad", by_mode, (NUMBER, "sin")),
    "another text": Call("value_and_grad", by_mode, (NUMBER, "exp")),
    "int as a choice": Call("grad", lambda m, x, n: x**2 if n == 2 else x**3, (3.0, 2)),
    "int as a key": Call("grad", lambda m, x, n: x * {1: 10.0, 2: 20.0}.get(n, 0.0), (3.0, 2)),
    "int as an index": Call("grad", lambda m, v, i: v[i] * 2.0, (VECTOR, 1)),
    "slice": Call("grad", lambda m, v, part: m.sum(v[part] ** 2), (VECTOR, slice(0, 2))),
    "mask": Call("grad", lambda m, v, mask: m.sum(v[mask] ** 3), (VECTOR, np.array([True, False, True]))),
    "indices": Call("grad", lambda m, v, places: m.sum(v[places] ** 3), (VECTOR, [2, 0, 2])),
    "None": Call("grad", lambda m, x, y: x * x if y is None else x * y, (3.0, None)),
    "function": Call("grad", lambda m, x, g: g(x) * x, (3.0, lambda x: x * x)),
    "data list": Call("grad", lambda m, x, rows: sum(x * a + b for a, b in rows), (3.0, [(1.0, 2.0), (3.0, 4.0)])),
    "flag first": Call("grad", lambda m, flag, x: x * x if flag else x, (True, 3.0), argnums=1),
    # argnums and keywords
    "second argument": Call("grad", lambda m, x, y: x * m.sin(y), (2.0, NUMBER), argnums=1),
    "NumPy's int": Call("grad", lambda m, x, y: x * m.sin(y), (2.0, NUMBER), argnums=np.int64(1)),
    "two arguments": Call("grad", lambda m, x, y: x * m.sin(y), (2.0, NUMBER), argnums=(0, 1)),
    "two in another order": Call("grad", lambda m, x, y: x * m.sin(y), (2.0, NUMBER), argnums=[1, 0]),
    "one in a tuple": Call("grad", lambda m, x, y: x * m.sin(y), (2.0, NUMBER), argnums=(1,)),
    "value and two": Call("value_and_grad", lambda m, x, v: x * m.sum(v), (2.0, VECTOR), argnums=(0, 1)),
    "arrays of two shapes": Call("grad", layer, (MATRIX, np.array([0.4, -0.9]), VECTOR), argnums=(0, 1, 2)),
    "keyword": Call("grad", polynomial, (NUMBER,), {"degree": 5}),
    "keyword left out": Call("grad", polynomial, (NUMBER,)),
    "keyword by place": Call("grad", polynomial, (NUMBER, 2)),
    "keyword of a Hessian": Call("hessian", lambda m, v, k=1.0: k * m.sum(v**3), (VECTOR,), {"k": 2.0}),
    "keyword of a Jacobian": Call("jacobian", lambda m, v, k=1.0: k * v * v, (VECTOR,), {"k": 2.0}),
    # numbers and arrays
    "number": Call("value_and_grad", lambda m, x: m.exp(x) / x, (NUMBER,)),
    "NumPy's number": Call("grad", lambda m, x: m.exp(x) / x, (np.float64(NUMBER),)),
    "no dimensions": Call("grad", lambda m, x: m.exp(x) / x, (np.array(NUMBER),)),
    "vector": Call("value_and_grad", lambda m, v: m.sum(v**2), (VECTOR,)),
    "vector's method": Call("grad", lambda m, v: (v**2).sum(), (VECTOR,)),
    "matrix": Call("value_and_grad", lambda m, a: m.sum(m.sin(a) * a), (MATRIX,)),
    "cube": Call("grad", lambda m, c: m.sum(m.exp(c) * c), (CUBE,)),
    "one by one": Call("grad", lambda m, a: m.sum(a * a), (np.array([[1.5]]),)),
    "slices": Call("grad", lambda m, v: m.sum(v[1:] * v[:-1]) - v[-1], (VECTOR,)),
    "steps": Call("grad", lambda m, v: m.sum(v[::2] ** 3) + m.sum(v[::-1] * v), (VECTOR,)),
    "columns": Call("grad", lambda m, a: m.sum(a[:, 0] * a[:, 1]) + a[2, 1] ** 2, (MATRIX,)),
    "matrix product": Call("grad", lambda m, a: m.sum(a @ a.T), (MATRIX,)),
    "inner product": Call("grad", lambda m, v: v @ v, (VECTOR,)),
    "quadratic form": Call("grad", lambda m, v: m.dot(v, m.dot(SQUARE, v)), (VECTOR[:2],)),
    "outer product": Call("grad", lambda m, v: m.sum(m.outer(v, v) * v), (VECTOR,)),
    "broadcast": Call("grad", lambda m, a, row: m.sum(a * row.T), (MATRIX, ROW), argnums=(0, 1)),
    "sum over an axis": Call("grad", lambda m, a: m.sum(m.sum(a, axis=0) ** 2), (MATRIX,)),
    "mean": Call("grad", lambda m, a: m.mean(a * a), (MATRIX,)),
    "product": Call("grad", lambda m, v: m.prod(v), (VECTOR,)),
    "reshaped": Call("grad", lambda m, a: m.sum(m.reshape(a, (2, 3)) @ VECTOR), (MATRIX,)),
    "joined": Call("grad", lambda m, v: m.sum(m.concatenate([v, v * v]) ** 2), (VECTOR,)),
    "minus": Call("grad", lambda m, v: m.sum(-v) - v[0], (VECTOR,)),
    "ignored": Call("grad", lambda m, v, a: m.sum(v), (VECTOR, MATRIX), argnums=1),
    # containers
    "list of numbers": Call("grad", lambda m, v: v[0] * m.sin(v[1]), ([2.0, 3.0],)),
    "tuple of numbers": Call("grad", lambda m, v: v[0] * m.sin(v[1]), ((2.0, 3.0),)),
    "unpacked": Call("value_and_grad", lambda m, p: p[0] * p[1] + p[2], ([2.0, 3.0, 4.0],)),
    "dict": Call("value_and_grad", of_dict, (DICT,)),
    "dict and keyword": Call("grad", of_dict, (DICT,), {"scale": 3.0}),
    "dict's items": Call("grad", lambda m, p: sum(v * v for _, v in p.items()), ({"b": 2.0, "a": 3.0},)),
    "layers": Call("value_and_grad", network, (LAYERS, np.array([0.5, 1.5]))),
    "layers and input": Call("grad", network, (LAYERS, np.array([0.5, 1.5])), argnums=(0, 1)),
    "list of arrays": Call("grad", lambda m, p: m.sum(p[0] @ p[1]), ([MATRIX, SQUARE],)),
    "member ignored": Call("grad", lambda m, p: p[0] * 2.0, ([2.0, {"a": VECTOR}],)),
    # Jacobians and Hessians
    "jacobian of a vector": Call("jacobian", lambda m, v: m.sin(v) * v[0], (VECTOR,)),
    "jacobian to a matrix": Call("jacobian", lambda m, v: m.outer(v, v), (VECTOR,)),
    "jacobian of a matrix": Call("jacobian", lambda m, a: m.sum(a * a, axis=0), (MATRIX,)),
    "jacobian of a number": Call("jacobian", lambda m, x: m.sin(x) * VECTOR, (NUMBER,)),
    "jacobian to a number": Call("jacobian", lambda m, v: m.sum(v * v), (VECTOR,)),
    "jacobian, second argument": Call("jacobian", lambda m, x, v: x * m.exp(v), (2.0, VECTOR), argnums=1),
    "hessian of a vector": Call("hessian", rosenbrock, (VECTOR,)),
    "hessian of a matrix": Call("hessian", lambda m, a: m.sum(a**3) + a[0, 0] * a[1, 1], (SQUARE,)),
    "hessian of a number": Call("hessian", lambda m, x: m.exp(x) * x, (NUMBER,)),
    "hessian, second argument": Call("hessian", lambda m, n, v: m.sum(v**n), (3, VECTOR), argnums=1),
    "hessian of several": Call("hessian", lambda m, v: v**3 * v[0], (VECTOR,)),
    # products
    "hvp of a vector": Call("hvp", rosenbrock, (VECTOR,), along=np.array([1.0, -2.0, 0.5])),
    "hvp of a matrix": Call("hvp", lambda m, a: m.sum(m.exp(a) * a), (MATRIX,), along=MATRIX**2),
    "hvp of a number": Call("hvp", lambda m, x: m.exp(x) * x, (NUMBER,), along=2.0),
    "hvp, second argument": Call("hvp", lambda m, n, v: m.sum(v**n), (3, VECTOR), argnums=1, along=VECTOR),
    "vjp": Call("vjp", lambda m, v: m.sin(v) * v[0], (VECTOR,), along=np.array([1.0, 0.0, 2.0])),
    "vjp to a number": Call("vjp", lambda m, a: m.sum(a * a), (MATRIX,), along=0.5),
    "vjp to a matrix": Call("vjp", lambda m, v: m.outer(v, v), (VECTOR,), along=CUBE.reshape(4, 3)[:3]),
    "jvp": Call("jvp", lambda m, v: m.sin(v) * v[0], (VECTOR,), along=np.array([1.0, 0.0, 2.0])),
    "jvp of a matrix": Call("jvp", lambda m, a: m.sum(a @ a.T, axis=0), (MATRIX,), along=MATRIX + 1.0),
    "jvp of a number": Call("jvp", lambda m, x: m.exp(x), (NUMBER,), along=2.0),
    "aux": Call("aux", lambda m, v: (m.sum(v * v), 5.0), (VECTOR,)),
    "aux beside two": Call("aux", lambda m, x, y: (x * y, (5.0, [6.0])), (2.0, 3.0), argnums=(0, 1)),
}


def assert_same(ours: Any, theirs: Any, place: str = "") -> None:
    """The same containers, shapes and numbers."""
    if isinstance(theirs, (list, tuple, dict)):
        assert type(ours) is type(theirs), place
        assert len(ours) == len(theirs), place
        if isinstance(theirs, dict):
            assert list(ours) == list(theirs), place
        for key in theirs if isinstance(theirs, dict) else range(len(theirs)):
            assert_same(ours[key], theirs[key], f"{place}[{key!r}]")
    elif isinstance(theirs, str):
        assert ours == theirs, place
    else:
        assert np.shape(ours) == np.shape(theirs), place
        assert np.asarray(ours).dtype == np.asarray(theirs).dtype, place
        assert np.allclose(ours, theirs, rtol=1e-12, atol=1e-14), (place, ours, theirs)


def test_there_are_many_calls() -> None:
    assert len(CALLS) >= 60


@pytest.mark.filterwarnings("ignore:Output seems independent of input")  # theirs, where a gradient is 0
@pytest.mark.parametrize("name", CALLS)
def test_the_same_from_both(name: str) -> None:
    call = CALLS[name]
    assert_same(call.ours(), call.theirs())


def is_array(call: Call) -> bool:
    return isinstance(call.args[call.argnums], np.ndarray)


ARRAYS = [name for name, call in CALLS.items() if call.kind == "grad" and type(call.argnums) is int and is_array(call)]


@pytest.mark.filterwarnings("ignore:Output seems independent of input")
@pytest.mark.parametrize("name", ARRAYS)
def test_inside_another_derivative_too(name: str) -> None:
    """How the gradient's sum of squares changes with a factor of the function."""
    call = CALLS[name]

    def outer(whose: Any, m: Any) -> Any:
        def f(factor: Any) -> Any:
            scaled = lambda *args, **keywords: factor**2 * call.f(m, *args, **keywords)
            return m.sum(whose.grad(scaled, call.argnums)(*call.args, **call.keywords) ** 2)

        return whose.grad(f)(1.25)

    assert_same(outer(ag, np), outer(autograd, anp))


# -- where the two differ -----------------------------------------------------------------------------------------


def test_an_ignored_argument_has_a_gradient_of_zeros_here() -> None:
    """HIPS autograd gives the zeros too, and warns of an output that seems independent of the input."""
    with pytest.warns(UserWarning, match="independent of input"):
        theirs = autograd.grad(lambda x: 3.0)(1.0)
    assert_same(ag.grad(lambda x: 3.0)(1.0), theirs)


def test_ints_are_numbers_here() -> None:
    assert ag.grad(lambda v: (v**2).sum())(np.array([1, 2])).tolist() == [2.0, 4.0]
    assert ag.grad(lambda v: v[0] * v[1])([3, 2]) == [2.0, 3.0]


def test_float32_gives_float64_here() -> None:
    assert ag.grad(lambda v: (v**2).sum())(np.array([1.0, 2.0], np.float32)).dtype == np.float64


def test_a_list_popped_in_the_function_is_a_copy_here() -> None:
    argument = [1.0, 2.0]
    assert ag.grad(lambda v: v.pop() * 3.0)(argument) == [0.0, 3.0]
    assert argument == [1.0, 2.0]


def test_the_message_for_something_else_is_a_sentence_here() -> None:
    with pytest.raises(TypeError, match=re.escape("argument 0 is an array of bool, not a real number")):
        ag.grad(lambda v: 1.0)(np.array([True]))
