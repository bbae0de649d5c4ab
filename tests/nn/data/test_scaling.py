"""Columns of any size are brought to one scale: what is learned does not depend on the unit of a measurement."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn.command.main import main
from nn.data.csv_file import CsvFormat, parse_csv
from nn.data.scaling import Scaler, is_constant, spread
from nn.files import FileError
from nn.tabular import model_file
from nn.tabular.features import Measure
from nn.tabular.targets import Quantity

pytestmark = pytest.mark.slow

GENERATOR = random.Random(0)
ROWS = [(GENERATOR.gauss(3.0, 2.0), GENERATOR.gauss(-1.0, 0.5), GENERATOR.uniform(2.0, 9.0)) for _ in range(60)]


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def trained(write: Callable[[float, float, float], tuple[str, str, str, str]], constant: str) -> list[float]:
    """The predictions of a network trained on the table, in units of the target's deviation from its mean."""
    lines = ["a,b,c,d,y"]
    for a, b, c in ROWS:
        *inputs, target = write(a, b, c)
        lines.append(",".join([*inputs, constant, target]))
    Path("table.csv").write_text("\n".join(lines), encoding="utf-8")
    options = ("--epochs", "15", "--hidden", "4", "--no-drawing", "--overwrite")
    assert main(["train", "--data", "table.csv", "--target", "y", *options]) == 0
    model = model_file.load(Path("model.json"))
    assert isinstance(model.target, Quantity)
    table = parse_csv(Path("table.csv").read_text(encoding="utf-8"), "table", CsvFormat())
    predictions = [float(prediction) for prediction in model.predict(table) if prediction is not None]
    return [model.target.scaler.scale([prediction])[0] for prediction in predictions]


def plain(a: float, b: float, c: float) -> tuple[str, str, str, str]:
    return repr(a), repr(b), repr(c), repr(a + b * c)


def test_powers_of_two_as_units_change_no_bit() -> None:
    """Sizes of about 1e-160, 1, 1e150, a constant one, and a target of 1e-199."""

    def scaled(a: float, b: float, c: float) -> tuple[str, str, str, str]:
        powers = (-531, 0, 498, -661)
        return tuple(repr(math.ldexp(x, power)) for x, power in zip((a, b, c, a + b * c), powers))  # type: ignore[return-value]

    assert trained(scaled, "0.35") == trained(plain, "1.0")


@pytest.mark.parametrize("sizes", [(-160, 0, 150, 0), (150, -300, 0, 140), (-163, 290, -308, -199)])
@pytest.mark.parametrize("constant", ["0.35", "1e150", "1e-160", "0", "-123456789.123"])
def test_powers_of_ten_as_units_change_roundings_only(sizes: tuple[int, ...], constant: str) -> None:
    def scaled(a: float, b: float, c: float) -> tuple[str, str, str, str]:
        return tuple(f"{x!r}e{size}" for x, size in zip((a, b, c, a + b * c), sizes))  # type: ignore[return-value]

    assert trained(scaled, constant) == pytest.approx(trained(plain, "1.0"), rel=1e-6, abs=1e-9)


def test_a_constant_column_says_nothing_when_it_becomes_another_one() -> None:
    """Nothing was learned of it, so a prediction is what it was."""
    rows = "".join(f"{'uvw'[number % 3]},{a},0.35,{2.0 * a}\n" for number, (a, _, _) in enumerate(ROWS))
    Path("table.csv").write_text(f"kind,a,b,y\n{rows}", encoding="utf-8")
    assert main(["train", "--data", "table.csv", "--target", "y", "--epochs", "100", "--no-drawing"]) == 0
    model = model_file.load(Path("model.json"))
    assert [feature.scaler.deviations for feature in model.features if isinstance(feature, Measure)][1] == (1.0,)
    one, other = model.predict(parse_csv("kind,a,b\nv,5.03,0.35\nv,5.03,0.45\n", "new"))
    assert one == other
    assert isinstance(one, float)
    assert one == pytest.approx(10.06, abs=0.5)


def test_a_number_too_far_from_those_trained_on_is_named() -> None:
    measure = Measure("a", Scaler.of([[1e-200], [2e-200]]))
    with pytest.raises(FileError, match=r"^t: row 2 \(line 3\), column 'a': '1e150' is too far from the numbers that"):
        measure.encode(parse_csv("a\n1.5e-200\n1e150\n", "t"))


numbers = st.floats(-1e300, 1e300, allow_nan=False)


@given(st.lists(numbers, min_size=1, max_size=12))
def test_means_and_deviations_are_those_of_exact_arithmetic(column: list[float]) -> None:
    middle, deviation = spread(column)
    exact = [Fraction(number) for number in column]
    mean = sum(exact, Fraction(0)) / len(exact)
    if is_constant(column):
        assert deviation == 0.0
        assert max(exact) - min(exact) <= 4 * Fraction(math.ulp(max(map(abs, column))))
    else:
        assert middle == pytest.approx(float(mean), rel=1e-15, abs=5e-324)
        variance = sum(((number - mean) ** 2 for number in exact), Fraction(0)) / len(exact)
        if deviation > 1e-300:  # no subnormal number, which has few digits
            assert abs(Fraction(deviation) ** 2 - variance) <= variance * Fraction(1, 10**14)
    scaler = Scaler.of([[number] for number in column])
    assert all(math.isfinite(scaler.scale([number])[0]) for number in column)
    assert scaler.deviations[0] > 0.0


@pytest.mark.parametrize("size", [0.35, 1e-160, 1e150, 1e300, 5e-324, 123.456])
def test_equal_but_for_rounding_is_constant(size: float) -> None:
    near = math.nextafter(size, math.inf)
    assert spread([size] * 30) == (size, 0.0)
    assert spread([size, near] * 5)[1] == 0.0
    if size > 1e-300:
        assert spread([size, size * 1.0001, size * 2.0])[1] > 0.0
    scaler = Scaler.of([[size], [near]])
    assert abs(scaler.scale([near])[0]) < 1e-3
    if size < 1e12:
        assert scaler.deviations == (1.0,)
