"""The data sets that come with the package: whose numbers they are, and that a seed settles what is drawn."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Callable

import pytest

import nn
from nn import datasets
from nn.datasets.generated import Point
from nn.tabular.columns import Wishes, decide

GENERATORS = [datasets.moons, datasets.spirals, datasets.xor, datasets.circles]


# -- measured -----------------------------------------------------------------------------------------------------


def test_penguins_are_those_of_palmer_station() -> None:
    """Counts and sums taken from the file of the package palmerpenguins, rows with NA left out."""
    table = datasets.penguins()
    assert Counter(table.column("species")) == {"Adelie": 146, "Gentoo": 119, "Chinstrap": 68}
    assert Counter(table.column("island")) == {"Biscoe": 163, "Dream": 123, "Torgersen": 47}
    assert Counter(table.column("sex")) == {"male": 168, "female": 165}
    numbers = table.numbers(["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"])
    sums = [math.fsum(column) for column in zip(*numbers)]
    assert sums == pytest.approx([14649.6, 5715.9, 66922.0, 1400950.0], rel=1e-14)
    assert numbers[-1] == [50.2, 18.7, 198.0, 3775.0]


def test_every_named_data_set_has_its_columns() -> None:
    assert list(datasets.ALL) == ["iris", "penguins", "moons", "spirals", "xor", "circles"]
    for data_set in datasets.ALL.values():
        table = data_set.table()
        columns = decide(table, Wishes(data_set.target))
        assert set(columns.inputs) == set(table.columns) - {data_set.target}
        assert not columns.suspicions


# -- drawn --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("draw", GENERATORS)
def test_a_seed_settles_the_points(draw: Callable[..., list[Point]]) -> None:
    assert draw() == draw(seed=0)
    assert draw(50, seed=3) == draw(50, seed=3) != draw(50, seed=4)
    assert draw(50, seed=None) != draw(50, seed=None)
    points = draw(51)
    assert Counter(kind for _, kind in points) == {0: 26, 1: 25}
    assert all(len(point) == 2 and all(map(math.isfinite, point)) for point, _ in points)
    assert len(draw(1)) == 1


@pytest.mark.slow
@pytest.mark.parametrize("draw", GENERATORS)
def test_noise_is_normal_with_the_deviation_asked_for(draw: Callable[..., list[Point]]) -> None:
    exact, noisy = draw(4000, noise=0.0), draw(4000, noise=0.25)
    errors = [there - here for (p, _), (q, _) in zip(exact, noisy) for here, there in zip(p, q)]
    assert statistics.pstdev(errors) == pytest.approx(0.25, rel=0.05)
    assert abs(statistics.fmean(errors)) < 0.25 * 4.0 / math.sqrt(8000)
    assert statistics.fmean(abs(error) < 0.25 for error in errors) == pytest.approx(0.683, abs=0.02)


@pytest.mark.parametrize("draw", GENERATORS)
def test_numbers_of_points_and_noises_that_make_no_sense(draw: Callable[..., list[Point]]) -> None:
    with pytest.raises(ValueError, match="n_samples is 1 or more, got 0"):
        draw(0)
    with pytest.raises(TypeError, match="n_samples is a whole number"):
        draw(10.0)
    with pytest.raises(ValueError, match=r"noise is 0 or more, and finite, got -1\.0"):
        draw(10, noise=-1.0)


@pytest.mark.parametrize("n_samples", [2, 7, 100])
def test_moons_and_circles_are_those_of_scikit_learn(n_samples: int) -> None:
    theirs = pytest.importorskip("sklearn.datasets", reason="scikit-learn is not installed")
    counts = (n_samples - n_samples // 2, n_samples // 2)
    for points, (expected, kinds) in (
        (datasets.moons(n_samples, noise=0.0), theirs.make_moons(counts, shuffle=False)),
        (datasets.circles(n_samples, noise=0.0), theirs.make_circles(counts, shuffle=False, factor=0.5)),
    ):
        ours = [point for wanted in (0, 1) for point, kind in points if kind == wanted]
        assert ours == [pytest.approx(list(point), rel=1e-13, abs=1e-15) for point in expected]
        assert sorted(kind for _, kind in points) == list(kinds)


def test_the_arms_of_the_spirals_keep_apart() -> None:
    """The radius grows by 0.9 over three half turns, so an arm passes 0.3 outside the other."""
    points = datasets.spirals(2000, noise=0.0)
    arms = [[point for point, kind in points if kind == wanted] for wanted in (0, 1)]
    assert arms[1] == [pytest.approx([-x, -y], rel=1e-9, abs=1e-12) for x, y in arms[0]]
    radii = [math.hypot(*point) for point in arms[0]]
    assert radii == sorted(radii)
    assert (radii[0], radii[-1]) == pytest.approx((0.1, 1.0), rel=1e-12)
    assert 0.18 < min(math.dist(a, b) for a in arms[0] for b in arms[1][::10]) < 0.3
    turns = sum(abs(math.remainder(math.atan2(*b) - math.atan2(*a), math.tau)) for a, b in zip(arms[0], arms[0][1:]))
    assert turns == pytest.approx(3.0 * math.pi, rel=1e-9)


@pytest.mark.slow
def test_two_moons_are_learned_by_the_library() -> None:
    """Trained on 200 points, tested on a thousand that were drawn with another seed."""
    model = nn.MLP(2, [8, 1], seed=0)
    optimizer = nn.optim.Adam(model.parameters(), lr=0.01)
    nn.fit(model, datasets.moons(200), "binary_cross_entropy", optimizer, epochs=100, batch_size=10, seed=0)
    right = [(model(point).data > 0.0) == (kind == 1) for point, kind in datasets.moons(1000, seed=1)]
    assert statistics.fmean(right) >= 0.97
