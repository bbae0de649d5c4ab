"""Points in a plane, of two classes, drawn with a seed: the usual small problems for a classifier."""

from __future__ import annotations

import math

from nn.arguments import Seed, check_count, check_number, generator_for

Point = tuple[list[float], int]
"""The two coordinates, and the class: 0 or 1."""


def moons(n_samples: int = 400, noise: float = 0.1, seed: Seed = 0) -> list[Point]:
    """Two half circles of radius 1 that reach into each other.

    Class 0 is the upper half of the circle around (0, 0), class 1 the lower half of that around (1, 0.5).

    Args:
        n_samples: how many points; every second one is of class 1.
        noise: the standard deviation of what is added to each coordinate.
        seed: the same whole number gives the same points; None gives others; a ``random.Random`` is drawn from.

    Raises:
        ValueError: fewer than one sample, or a noise below 0.
        TypeError: the number of samples is not whole, or the noise is not a number.

    >>> for (x, y), kind in moons(4, noise=0.0):
    ...     print(round(x, 3), round(y, 3), kind)
    1.0 0.0 0
    0.0 0.5 1
    -1.0 0.0 0
    2.0 0.5 1
    """
    points = []
    for place, kind in _places(n_samples):
        x, y = math.cos(math.pi * place), math.sin(math.pi * place)
        points.append(([1.0 - x, 0.5 - y], 1) if kind else ([x, y], 0))
    return _blurred(points, noise, seed)


def circles(n_samples: int = 400, noise: float = 0.1, seed: Seed = 0) -> list[Point]:
    """A circle of radius 0.5 (class 1) inside one of radius 1 (class 0); arguments as for :func:`moons`.

    >>> [math.hypot(*point) for point, kind in circles(4, noise=0.0)]
    [1.0, 0.5, 1.0, 0.5]
    """
    points = []
    for place, kind in _places(n_samples, is_closed=True):
        radius, angle = (0.5 if kind else 1.0), 2.0 * math.pi * place
        points.append(([radius * math.cos(angle), radius * math.sin(angle)], kind))
    return _blurred(points, noise, seed)


def spirals(n_samples: int = 400, noise: float = 0.02, seed: Seed = 0) -> list[Point]:
    """Two arms that wind around each other one and a half times; arguments as for :func:`moons`.

    The radius grows with the angle, from 0.1 to 1; class 1 is class 0 turned by half a turn.

    >>> [(round(x, 3), kind) for (x, y), kind in spirals(4, noise=0.0)]
    [(0.1, 0), (-0.1, 1), (-1.0, 0), (1.0, 1)]
    """
    points = []
    for place, kind in _places(n_samples):
        radius, angle = 0.1 + 0.9 * place, math.pi * (3.0 * place + kind)
        points.append(([radius * math.cos(angle), radius * math.sin(angle)], kind))
    return _blurred(points, noise, seed)


def xor(n_samples: int = 400, noise: float = 0.1, seed: Seed = 0) -> list[Point]:
    """The corners of the unit square, each class two opposite ones: exclusive or; arguments as for :func:`moons`.

    >>> xor(4, noise=0.0)
    [([0.0, 0.0], 0), ([0.0, 1.0], 1), ([1.0, 1.0], 0), ([1.0, 0.0], 1)]
    """
    check_count("n_samples", n_samples)
    corners = [([0.0, 0.0], 0), ([0.0, 1.0], 1), ([1.0, 1.0], 0), ([1.0, 0.0], 1)]
    return _blurred([corners[index % 4] for index in range(n_samples)], noise, seed)


def _places(n_samples: int, is_closed: bool = False) -> list[tuple[float, int]]:
    """For each point its place along its curve, evenly from 0 to 1, and its class; a closed curve has no end."""
    check_count("n_samples", n_samples)
    places = []
    for index in range(n_samples):
        kind = index % 2
        steps = (n_samples + 1 - kind) // 2 - (0 if is_closed else 1)
        places.append((index // 2 / max(steps, 1), kind))
    return places


def _blurred(points: list[Point], noise: float, seed: Seed) -> list[Point]:
    """The points with normal noise on each coordinate."""
    noise = check_number("noise", noise)
    generator = generator_for(seed)
    return [([coordinate + noise * generator.gauss(0.0, 1.0) for coordinate in point], kind) for point, kind in points]
