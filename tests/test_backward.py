"""The backward pass: what trips small engines, one test for each."""

from __future__ import annotations

import math

import pytest

import autograd_core as ag
from autograd_core import Value
from autograd_core.contexts import Context, Effect


def test_x_times_x_counts_both_edges() -> None:
    x = Value(3.0)
    y = x * x
    y.backward()
    assert y.operands == (x, x)
    assert x.grad == 6.0


def test_doubling_twice_gives_four() -> None:
    a = Value(1.0)
    b = a + a
    c = b + b
    c.backward()
    assert (c.data, c.grad, b.grad, a.grad) == (4.0, 1.0, 2.0, 4.0)


def test_x_minus_x_and_x_over_x_cancel() -> None:
    x = Value(3.0)
    (x - x).backward()
    (x / x).backward()
    assert x.grad == 0.0


def test_shared_interior_node_is_complete_before_it_passes_its_gradient_on() -> None:
    x, y = Value(2.0), Value(5.0)
    shared = x * y
    near, far = shared * 3.0, ag.square(shared * shared)  # reached by a short way and by a long one
    (near + far).backward()
    assert shared.grad == 3.0 + 4.0 * 10.0**3
    assert (x.grad, y.grad) == (5.0 * 4003.0, 2.0 * 4003.0)


def test_backward_twice_doubles_leaves_exactly_and_leaves_interior_nodes_uncontaminated() -> None:
    x = Value(0.3)
    inner = ag.sin(x)
    root = inner * inner * inner
    root.backward()
    once = (x.grad, inner.grad, root.grad)
    root.backward()
    assert (x.grad, inner.grad, root.grad) == (2.0 * once[0], once[1], once[2])


def test_two_roots_sharing_a_subgraph_do_not_disturb_each_other() -> None:
    x = Value(2.0)
    shared = x * x
    first, second = shared * 3.0, shared + shared
    first.backward()
    assert (shared.grad, x.grad) == (3.0, 12.0)
    second.backward()
    assert (shared.grad, x.grad) == (2.0, 12.0 + 8.0)
    assert first.grad == 1.0, "the other root is not part of this pass"


def test_a_root_that_is_an_operand_of_another_root() -> None:
    x = Value(2.0)
    inner = x * x
    outer = inner * 5.0
    outer.backward()
    inner.backward()
    assert (inner.grad, x.grad) == (1.0, 20.0 + 4.0)


def test_changing_data_after_recording_gives_the_old_points_gradient() -> None:
    x, y = Value(3.0), Value(4.0)
    product = x * y
    x.data = y.data = 100.0
    product.backward()
    assert (product.data, x.grad, y.grad) == (12.0, 4.0, 3.0)


def test_a_zero_adjoint_against_an_infinite_local_derivative_is_zero() -> None:
    x = Value(0.0)
    root = ag.sqrt(x) * 0.0
    root.backward()
    assert ag.topological_order(root)[1].local_derivatives == (math.inf,)
    assert x.grad == 0.0


def test_a_zero_adjoint_against_a_nan_local_derivative_is_zero() -> None:
    x = Value(-1.0)
    ag.where(x > 0.0, ag.log(x), x).backward()
    assert x.grad == 1.0


def test_masked_branch_never_poisons_the_gradient() -> None:
    for x in (Value(-1.0), Value(0.0)):
        (ag.where(x > 0.0, ag.sqrt(x), 0.0) + x).backward()
        assert x.grad == 1.0


def test_a_negative_zero_adjoint_is_zero_too() -> None:
    x = Value(0.0)
    ag.sqrt(x).backward(seed=-0.0)
    assert x.grad == 0.0


def test_a_leaf_as_root_adds_the_seed() -> None:
    x = Value(3.0)
    x.backward()
    x.backward(seed=2.5)
    assert x.grad == 3.5


def test_seed_scales_every_gradient() -> None:
    x = Value(3.0)
    y = x * x
    y.backward(seed=-0.5)
    assert (y.grad, x.grad) == (-0.5, -3.0)


@pytest.mark.parametrize("seed", ["1", None, Value(1.0), [1.0]])
def test_seed_must_be_a_real_number(seed: object) -> None:
    with pytest.raises(TypeError, match="expected a real number"):
        Value(1.0).backward(seed=seed)  # type: ignore[arg-type]


def test_gradient_type_is_float_throughout() -> None:
    x = Value(2)
    y = x**2 + 3 * x
    y.backward(1)
    assert type(x.grad) is type(y.grad) is type(y.data) is float


def test_constants_get_no_gradient_and_none_is_skipped() -> None:
    x = Value(2.0)
    y = ag.dot([x, 3.0], [x, 4.0], 1.0)
    assert y.operands == (x, 3.0, x, 4.0, 1.0)
    assert y.local_derivatives == (2.0, None, 2.0, None, None)
    y.backward()
    assert x.grad == 4.0


def test_backward_leaves_nodes_outside_the_graph_alone() -> None:
    x, other = Value(2.0), Value(3.0)
    bystander = other * x
    bystander.grad = other.grad = 7.0
    (x * x).backward()
    assert (bystander.grad, other.grad) == (7.0, 7.0)


def test_contributions_are_added_in_the_order_of_the_walk() -> None:
    """Rounded sums depend on their order; ours is fixed: consumers last to first, operands left to right."""
    x = Value(1.0)
    root = ag.sum([x * 1e16, x * 1.0, x * -1e16])
    root.backward()
    assert x.grad == (-1e16 + 1.0) + 1e16


def test_observers_see_each_node_before_it_passes_its_gradient_on() -> None:
    x = Value(3.0, "x")
    square = x * x
    root = square + x
    seen = []
    effect = Effect(on_backward=lambda node, gradient: seen.append((node, gradient, x.grad)))
    with Context(lambda: effect):
        root.backward()
    assert seen == [(root, 1.0, 0.0), (square, 1.0, 1.0), (x, 7.0, 7.0)]
    root.backward()
    assert len(seen) == 3, "no longer observed"


def test_an_observer_that_raises_stops_the_pass() -> None:
    def refuse(node: object, gradient: float) -> None:
        raise RuntimeError("stop here")

    with Context(lambda: Effect(on_backward=refuse)), pytest.raises(RuntimeError, match="stop here"):
        (Value(3.0) * 2.0).backward()
