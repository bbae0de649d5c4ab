"""Losses: one node each; value, gradient and second derivative against mpmath and PyTorch; kinks as decided."""

import math
from collections.abc import Callable
from typing import Any

import mpmath
import pytest

import autograd_core as ag
import nn
from nn.losses import absolute_error, binary_cross_entropy, cross_entropy, hinge, huber, squared_error
from tests.support.seeds import seeded

ULP = 2.0**-52
inf, nan = math.inf, math.nan


def value_and_gradient(loss: Callable[..., Any], numbers: list[float], target: Any) -> tuple[float, list[float]]:
    outputs = [ag.Value(number) for number in numbers]
    node = loss(outputs, target)
    node.backward()
    return node.data, [output.grad for output in outputs]


def same(a: float, b: float) -> bool:
    return a == b or (a != a and b != b)


@pytest.mark.parametrize(
    ("loss", "target"),
    [
        (squared_error, [1.0, 0.5, -1.0]),
        (absolute_error, [1.0, 0.5, -1.0]),
        (huber, [1.0, 0.5, -1.0]),
        (hinge, [1, -1, -1]),
        (binary_cross_entropy, [1, 0, 0.25]),
        (cross_entropy, 2),
    ],
)
def test_each_is_one_node_of_kind_loss_and_agrees_with_its_floats(loss: Any, target: Any) -> None:
    numbers = [0.3, -1.2, 0.8]
    outputs = [ag.Value(number) for number in numbers]
    node = loss(outputs, target)
    assert node.op is loss
    assert node.op.kind == "loss"
    assert node.op.name == loss.__name__ == next(name for name, known in nn.losses.ALL.items() if known is loss)
    assert list(node.operands[:3]) == outputs
    assert node.local_derivatives[3:] == (None,) * (len(node.operands) - 3)
    assert type(loss(numbers, target)) is float
    assert loss(numbers, target) == node.data


@pytest.mark.parametrize("loss", [squared_error, absolute_error, huber, hinge, binary_cross_entropy])
def test_a_sequence_is_summed_and_one_output_needs_no_list(loss: Any) -> None:
    numbers, targets = [0.3, -1.2, 0.8], [1.0, 1.0, -1.0 if loss is hinge else 0.0]
    total, gradient = value_and_gradient(loss, numbers, targets)
    singles = [value_and_gradient(loss, [number], [target]) for number, target in zip(numbers, targets)]
    assert total == pytest.approx(math.fsum(single for single, _ in singles), rel=1e-15)
    assert gradient == [slope for _, (slope,) in singles]
    assert loss(ag.Value(numbers[0]), targets[0]).data == singles[0][0]


@pytest.mark.parametrize(
    ("loss", "output", "target", "value", "slope"),
    [
        (squared_error, 3.0, 1.0, 4.0, 4.0),
        (squared_error, 1e200, 0.0, inf, 2e200),
        (squared_error, nan, 0.0, nan, nan),
        (absolute_error, 1.0, 1.0, 0.0, 0.0),
        (absolute_error, -3.0, 1.0, 4.0, -1.0),
        (absolute_error, inf, 1.0, inf, 1.0),
        (absolute_error, nan, 1.0, nan, nan),
        (huber, 1.5, 1.0, 0.125, 0.5),
        (huber, 2.0, 1.0, 0.5, 1.0),
        (huber, 1.0, 1.0, 0.0, 0.0),
        (huber, -9.0, 1.0, 9.5, -1.0),
        (huber, 1e300, 0.0, 1e300, 1.0),
        (huber, -inf, 0.0, inf, -1.0),
        (huber, nan, 0.0, nan, nan),
        (hinge, 1.0, 1, 0.0, 0.0),
        (hinge, -1.0, -1, 0.0, 0.0),
        (hinge, 0.5, 1, 0.5, -1.0),
        (hinge, 0.5, -1, 1.5, 1.0),
        (hinge, inf, 1, 0.0, 0.0),
        (hinge, inf, -1, inf, 1.0),
        (hinge, nan, 1, nan, nan),
        (binary_cross_entropy, 0.0, 0.5, math.log(2.0), 0.0),
        (binary_cross_entropy, 1e300, 1, 0.0, 0.0),
        (binary_cross_entropy, 1e300, 0, 1e300, 1.0),
        (binary_cross_entropy, -1e300, 1, 1e300, -1.0),
        (binary_cross_entropy, inf, 1, 0.0, 0.0),
        (binary_cross_entropy, inf, 0, inf, 1.0),
        (binary_cross_entropy, -inf, 0, 0.0, 0.0),
        (binary_cross_entropy, nan, 1, nan, nan),
    ],
)
def test_values_and_slopes_at_kinks_and_edges(
    loss: Any, output: float, target: Any, value: float, slope: float
) -> None:
    found, (gradient,) = value_and_gradient(loss, [output], [target])
    assert same(found, value)
    assert same(gradient, slope)


@pytest.mark.parametrize(
    ("logits", "index", "value", "gradient"),
    [
        ([0.0, 0.0], 0, math.log(2.0), [-0.5, 0.5]),
        ([5.0], 0, 0.0, [0.0]),
        ([1e300, 0.0], 0, 0.0, [0.0, 0.0]),
        ([1e300, 0.0], 1, 1e300, [1.0, -1.0]),
        ([1e308, -1e308], 1, inf, [1.0, -1.0]),
        ([1e300, 1e300, -1e300], 2, 2e300, [0.5, 0.5, -1.0]),
        ([inf, 0.0], 0, 0.0, [0.0, 0.0]),
        ([inf, 0.0], 1, inf, [1.0, -1.0]),
        ([-inf, 0.0], 1, 0.0, [0.0, 0.0]),
        ([-inf, -inf], 0, nan, [nan, nan]),
        ([nan, 0.0], 1, nan, [nan, nan]),
        ([0.0, nan], 0, nan, [nan, nan]),
    ],
)
def test_cross_entropy_at_the_edges(logits: list[float], index: int, value: float, gradient: list[float]) -> None:
    found, slopes = value_and_gradient(cross_entropy, logits, index)
    assert same(found, value)
    assert all(same(slope, expected) for slope, expected in zip(slopes, gradient))


def exact_cross_entropy(logits: list[float], index: int) -> tuple[Any, list[Any]]:
    exact = [mpmath.mpf(logit) for logit in logits]
    largest = max(exact)
    exponentials = [mpmath.exp(logit - largest) for logit in exact]
    others = mpmath.fsum(exponentials[:index] + exponentials[index + 1 :])
    total = others + exponentials[index]
    gradient = [exponential / total for exponential in exponentials]
    gradient[index] = -others / total
    return mpmath.log1p(others / exponentials[index]), gradient


def relative_error(found: float, exact: Any) -> float:
    if abs(exact) < 1e-300:  # subnormal results have fewer digits
        return 0.0 if abs(found - exact) < 1e-315 else inf
    return float(abs(mpmath.mpf(found) / exact - 1))


@pytest.mark.slow
@pytest.mark.seeded
@pytest.mark.parametrize("spread", [1.0, 30.0, 300.0, 1e4, 1e16, 1e300])
def test_cross_entropy_against_mpmath(spread: float) -> None:
    generator = seeded("cross entropy", spread)
    with mpmath.workdps(60):
        for _ in range(100):
            logits = [generator.uniform(-spread, spread) for _ in range(generator.randint(2, 6))]
            index = generator.randrange(len(logits))
            value, gradient = value_and_gradient(cross_entropy, logits, index)
            exact_value, exact_gradient = exact_cross_entropy(logits, index)
            assert relative_error(value, exact_value) <= 8.0 * ULP
            for found, exact in zip(gradient, exact_gradient):
                assert relative_error(found, exact) <= 8.0 * ULP


@pytest.mark.slow
@pytest.mark.seeded
@pytest.mark.parametrize("target", [0.0, 1.0, 0.25])
@pytest.mark.parametrize("spread", [1.0, 30.0, 700.0, 1e16, 1e300])
def test_binary_cross_entropy_against_mpmath(spread: float, target: float) -> None:
    generator = seeded("binary cross entropy", spread, target)
    with mpmath.workdps(60):
        for _ in range(100):
            logit = generator.uniform(-spread, spread)
            value, (slope,) = value_and_gradient(binary_cross_entropy, [logit], [target])
            z, y = mpmath.mpf(logit), mpmath.mpf(target)
            off, on = 1 / (1 + mpmath.exp(z)), 1 / (1 + mpmath.exp(-z))
            assert relative_error(value, y * mpmath.log1p(mpmath.exp(-z)) + (1 - y) * mpmath.log1p(mpmath.exp(z))) <= (
                8.0 * ULP
            )
            terms = (1 - y) * on, y * off
            cancelled = sum(terms) / abs(terms[0] - terms[1])  # 1 where the target is 0 or 1
            assert relative_error(slope, terms[0] - terms[1]) <= 8.0 * ULP * float(cancelled)


@pytest.mark.parametrize(
    ("loss", "target", "second"),
    [
        (squared_error, 1.0, lambda z: mpmath.mpf(2)),
        (absolute_error, 1.0, lambda z: mpmath.mpf(0)),
        (huber, 1.0, lambda z: mpmath.mpf(1 if abs(z - 1) <= 1 else 0)),
        (hinge, 1, lambda z: mpmath.mpf(0)),
        (binary_cross_entropy, 1, lambda z: mpmath.exp(-abs(z)) / (1 + mpmath.exp(-abs(z))) ** 2),
    ],
)
@pytest.mark.parametrize("number", [-40.0, -0.5, 0.25, 1.5, 40.0])
def test_second_derivatives(loss: Any, target: float, second: Callable[[Any], Any], number: float) -> None:
    output = ag.Value(number)
    (slope,) = ag.gradients(loss(output, target), [output], create_graph=True)
    (found,) = ag.gradients(ag.Value(0.0) + slope, [output])
    assert found == pytest.approx(float(second(mpmath.mpf(number))), rel=8.0 * ULP, abs=0.0)


def test_the_hessian_of_cross_entropy_is_that_of_the_softmax() -> None:
    logits = [ag.Value(number) for number in (0.3, -40.0, 2.0, 1.1)]
    gradient = ag.gradients(cross_entropy(logits, 2), logits, create_graph=True)
    with mpmath.workdps(60):
        _, slopes = exact_cross_entropy([logit.data for logit in logits], 2)
        shares = [slope + (index == 2) for index, slope in enumerate(slopes)]
        for row, slope in enumerate(gradient):
            for column, second in enumerate(ag.gradients(slope, logits)):
                own = mpmath.fsum(share for index, share in enumerate(shares) if index != row)
                exact = shares[row] * own if row == column else -shares[row] * shares[column]
                assert relative_error(second, exact) <= 16.0 * ULP


def test_targets_may_be_values_with_gradients_of_their_own() -> None:
    for loss, target in ((squared_error, 0.4), (absolute_error, 0.4), (huber, 0.4), (binary_cross_entropy, 0.4)):
        output, wanted = ag.Value(1.3), ag.Value(target)
        loss(output, wanted).backward()
        step = 1e-5
        difference = loss(1.3, target + step) - loss(1.3, target - step)
        assert wanted.grad == pytest.approx(difference / (2.0 * step), rel=1e-8)
    output, wanted = ag.Value(0.5), ag.Value(1.0)
    hinge(output, wanted).backward()
    assert wanted.grad == -0.5


def test_a_class_index_may_be_a_value_without_a_gradient() -> None:
    logits, index = [ag.Value(0.5), ag.Value(-1.0), ag.Value(2.0)], ag.Value(1.0)
    node = cross_entropy(logits, index)
    node.backward()
    value, gradient = value_and_gradient(cross_entropy, [0.5, -1.0, 2.0], 1)
    assert node.data == value
    assert [logit.grad for logit in logits] == gradient
    assert node.local_derivatives[-1] is None
    assert index.grad == 0.0


def test_arrays_and_their_members_are_outputs_and_targets() -> None:
    numpy = pytest.importorskip("numpy", reason="NumPy is not installed")
    assert squared_error(numpy.array([1.0, 2.0]), numpy.array([3.0, 4.0])) == 8.0
    assert squared_error(numpy.array(1.0), numpy.float64(3.0)) == 4.0
    assert cross_entropy(numpy.array([0.0, 0.0]), numpy.int64(1)) == math.log(2.0)
    with pytest.raises(ValueError, match="targets -1 and"):
        hinge(0.5, numpy.int64(0))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: squared_error([1.0, 2.0, 3.0], [1.0, 2.0]), ValueError, "got 3 outputs and 2 targets"),
        (lambda: huber([1.0, 2.0], 1.0), ValueError, "got 2 outputs and 1 targets"),
        (lambda: huber(1.0, 1.0, delta=0.0), ValueError, "above 0 as delta, got 0.0"),
        (lambda: huber(1.0, 1.0, delta=nan), ValueError, "above 0 as delta, got nan"),
        (lambda: huber(1.0, 1.0, delta="1"), ValueError, "above 0 as delta, got '1'"),
        (lambda: hinge(1.0, 0), ValueError, r"targets -1 and \+1, got 0"),
        (lambda: binary_cross_entropy(1.0, 1.5), ValueError, "from 0 to 1, got 1.5"),
        (lambda: binary_cross_entropy(1.0, -1), ValueError, "from 0 to 1, got -1"),
        (lambda: cross_entropy([1.0, 2.0], 2), ValueError, "from 0 to 1 as class index, got 2"),
        (lambda: cross_entropy([1.0, 2.0], -1), ValueError, "from 0 to 1 as class index, got -1"),
        (lambda: cross_entropy([1.0, 2.0], 0.5), ValueError, "as class index, got 0.5"),
        (lambda: cross_entropy([1.0, 2.0], ag.Value(2.0)), ValueError, "as class index, got 2.0"),
        (lambda: cross_entropy([1.0, 2.0], "setosa"), ValueError, "as class index, got 'setosa'"),
        (lambda: squared_error(ag.Value(1.0), "2"), TypeError, "got str"),
        (lambda: squared_error(ag.Value(1.0), None), TypeError, "got NoneType"),
        (lambda: nn.losses.by_name("mse"), ValueError, "unknown loss 'mse'; one of squared_error"),
        (lambda: nn.losses.by_name(3), TypeError, "a name or a function, got int"),  # type: ignore[arg-type]
    ],
)
def test_bad_arguments(call: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()


@pytest.mark.slow
@pytest.mark.seeded
def test_against_pytorch() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    functional = torch.nn.functional
    generator = seeded("losses against PyTorch")

    def torch_hinge(output: Any, target: Any) -> Any:
        return torch.clamp(1 - target * output, min=0).sum()

    cases: list[tuple[Callable[..., Any], Callable[..., Any], Any]] = [
        (squared_error, lambda o, t: functional.mse_loss(o, t, reduction="sum"), [0.1, -2.0, 3.0]),
        (absolute_error, lambda o, t: functional.l1_loss(o, t, reduction="sum"), [0.1, -2.0, 3.0]),
        (huber, lambda o, t: functional.huber_loss(o, t, reduction="sum"), [0.1, -2.0, 3.0]),
        (lambda o, t: huber(o, t, delta=2.5), lambda o, t: functional.huber_loss(o, t, "sum", 2.5), [0.1, -2.0, 3.0]),
        (hinge, torch_hinge, [1.0, -1.0, 1.0]),
        (
            binary_cross_entropy,
            lambda o, t: functional.binary_cross_entropy_with_logits(o, t, reduction="sum"),
            [1.0, 0.0, 0.3],
        ),
        (cross_entropy, lambda o, t: functional.cross_entropy(o[None], t.long()[None]), 2.0),
    ]
    for loss, torch_loss, target in cases:
        for _ in range(50):
            numbers = [generator.uniform(-4.0, 4.0) for _ in range(3)]
            value, gradient = value_and_gradient(loss, numbers, target)
            outputs = torch.tensor(numbers, dtype=torch.float64, requires_grad=True)
            expected = torch_loss(outputs, torch.tensor(target, dtype=torch.float64))
            expected.backward()
            assert value == pytest.approx(expected.item(), rel=1e-13)
            assert gradient == pytest.approx(outputs.grad.tolist(), rel=1e-12, abs=0.0)


@pytest.mark.parametrize("loss", [loss for name, loss in nn.losses.ALL.items() if name != "cross_entropy"])
@pytest.mark.parametrize(
    "unordered", [{0.5}, {0.5: 1.0}, "1", frozenset({1.0})], ids=lambda given: type(given).__name__
)
def test_outputs_and_targets_have_an_order(loss: Any, unordered: Any) -> None:
    message = f"outputs and targets are a list, got {type(unordered).__name__}"
    with pytest.raises(TypeError, match=message):
        loss([ag.Value(1.0)], unordered)
    with pytest.raises(TypeError, match=message):
        loss(unordered, 1.0)


@pytest.mark.parametrize("index", ["1", [1], [0, 1], None, 1.5, {1}])
def test_a_class_index_is_one_whole_number(index: Any) -> None:
    with pytest.raises(ValueError, match=r"cross_entropy\(\) takes a whole number from 0 to 1 as class index, got "):
        nn.losses.cross_entropy([ag.Value(1.0), ag.Value(2.0)], index)


def test_a_class_index_of_numpy() -> None:
    np = pytest.importorskip("numpy", reason="NumPy is not installed")
    logits = [ag.Value(1.0), ag.Value(2.0)]
    for index in (np.int64(1), np.array(1), np.float32(1.0)):
        assert nn.losses.cross_entropy(logits, index).data == nn.losses.cross_entropy(logits, 1).data
    for index in (np.array([1]), np.array([0, 1]), np.array([[1]])):
        with pytest.raises(ValueError, match="as class index, got array"):
            nn.losses.cross_entropy(logits, index)
