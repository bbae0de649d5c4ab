"""The four objectives of the ADBench suite (Šrajer, Kukelova, Fitzgibbon, 2018), number by number and at small size.

Each is written once, for every kind of number that has arithmetic and the `Functions` it asks for. Parameters come as
one flat sequence; what is measured, and so has no gradient, is plain floats. The outputs come as a list.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Number = Any  # a Value, an mpmath number; a float where it is a constant
Vector = Sequence[Number]
Matrix = Sequence[Sequence[Number]]


@dataclass(frozen=True)
class Functions:
    """The elementary functions of one kind of number."""

    exp: Callable[[Number], Number]
    log: Callable[[Number], Number]
    sqrt: Callable[[Number], Number]
    sin: Callable[[Number], Number]
    cos: Callable[[Number], Number]
    tanh: Callable[[Number], Number]
    lgamma: Callable[[Number], Number]

    def sigmoid(self, x: Number) -> Number:
        return 1.0 / (1.0 + self.exp(-x))

    def logsumexp(self, values: Vector) -> Number:
        largest = max(values)
        return largest + self.log(sum(self.exp(value - largest) for value in values))


def inner(a: Vector, b: Vector) -> Number:
    return sum(x * y for x, y in zip(a, b, strict=True))


def product(a: Matrix, b: Matrix) -> list[list[Number]]:
    return [[inner(row, column) for column in zip(*b)] for row in a]


def cross(a: Vector, b: Vector) -> list[Number]:
    return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]


# -- Gaussian mixture model ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class GaussianMixture:
    """The log-posterior of a mixture of k Gaussians, with a Wishart prior on the inverse covariances.

    Parameters: k logarithmic weights; k means of d numbers; k inverse covariance factors of d logarithms of the
    diagonal and then the d(d-1)/2 entries below it, column by column.
    """

    points: Sequence[Sequence[float]]
    components: int
    prior_scale: float
    prior_degrees: int

    def __call__(self, parameters: Vector, f: Functions) -> list[Number]:
        k, d, n = self.components, len(self.points[0]), len(self.points)
        triangle = d * (d + 1) // 2
        weights = parameters[:k]
        means = [parameters[k + i * d : k + (i + 1) * d] for i in range(k)]
        start = k + k * d
        factors = [parameters[start + i * triangle : start + (i + 1) * triangle] for i in range(k)]

        likelihood = -0.5 * n * d * math.log(2 * math.pi) - n * f.logsumexp(weights)
        for point in self.points:
            exponents = []
            for weight, mean, factor in zip(weights, means, factors):
                offset = [x - m for x, m in zip(point, mean)]
                transformed = self.transform(factor, offset, f)
                exponents.append(weight + sum(factor[:d]) - 0.5 * inner(transformed, transformed))
            likelihood = likelihood + f.logsumexp(exponents)
        return [likelihood + self.log_prior(factors, d, f)]

    def transform(self, factor: Vector, offset: Vector, f: Functions) -> list[Number]:
        """The lower triangular matrix of ``factor``, times ``offset``."""
        d = len(offset)
        result = [f.exp(factor[row]) * offset[row] for row in range(d)]
        entry = d
        for column in range(d):
            for row in range(column + 1, d):
                result[row] = result[row] + factor[entry] * offset[column]
                entry += 1
        return result

    def log_prior(self, factors: Matrix, d: int, f: Functions) -> Number:
        degrees = d + self.prior_degrees + 1
        constant = degrees * d * (f.log(self.prior_scale) - 0.5 * f.log(2.0))
        constant = constant - 0.25 * d * (d - 1) * f.log(math.pi)
        for j in range(d):
            constant = constant - f.lgamma(0.5 * degrees - 0.5 * j)
        total = -len(factors) * constant
        for factor in factors:
            squares = sum(f.exp(2.0 * entry) for entry in factor[:d]) + inner(factor[d:], factor[d:])
            total = total + 0.5 * self.prior_scale**2 * squares - self.prior_degrees * sum(factor[:d])
        return total


# -- Bundle adjustment --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class BundleAdjustment:
    """How far the image of a point lies from where it was seen, and how far its weight from 1.

    Parameters: the camera's rotation vector (3), centre (3), focal length, principal point (2) and radial distortion
    (2); the point (3); the weight.
    """

    seen: Sequence[float]

    def __call__(self, parameters: Vector, f: Functions) -> list[Number]:
        camera, point, weight = parameters[:11], parameters[11:14], parameters[14]
        image = self.project(camera, point, f)
        errors = [weight * (x - seen) for x, seen in zip(image, self.seen)]
        return [*errors, 1.0 - weight * weight]

    def project(self, camera: Vector, point: Vector, f: Functions) -> list[Number]:
        rotation, centre, focal, principal, distortion = camera[:3], camera[3:6], camera[6], camera[7:9], camera[9:11]
        x, y, z = rotate(rotation, [p - c for p, c in zip(point, centre)], f)
        x, y = x / z, y / z
        squared = x * x + y * y
        radial = 1.0 + distortion[0] * squared + distortion[1] * squared * squared
        return [x * radial * focal + principal[0], y * radial * focal + principal[1]]


def rotate(rotation: Vector, point: Vector, f: Functions) -> list[Number]:
    """Rodrigues' formula: ``point`` turned about the axis ``rotation`` by its length, which is not 0."""
    angle = f.sqrt(inner(rotation, rotation))
    axis = [r / angle for r in rotation]
    along = inner(axis, point) * (1.0 - f.cos(angle))
    across = cross(axis, point)
    return [p * f.cos(angle) + c * f.sin(angle) + a * along for p, c, a in zip(point, across, axis)]


# -- Hand tracking ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Bone:
    """A bone at rest: the parent (None for the wrist), the 4 × 4 transforms to the parent and from the world."""

    parent: int | None
    to_parent: Matrix
    from_world: Matrix


@dataclass(frozen=True)
class HandTracking:
    """The distances, coordinate by coordinate, of observed points from the vertices of a posed hand.

    The skin follows its bones by linear-blend skinning. Parameters: the hand's rotation vector (3) and translation (3);
    then, for each finger, the flexion and abduction of its first bone and the flexion of every other. ``bones`` has the
    wrist, then the fingers one after the other, ``finger_length`` bones each.
    """

    bones: Sequence[Bone]
    finger_length: int
    vertices: Sequence[Sequence[float]]  # (x, y, z) at rest
    skinning: Sequence[Sequence[float]]  # by vertex and bone, each vertex's adding up to 1
    observed: Sequence[Sequence[float]]

    def __call__(self, parameters: Vector, f: Functions) -> list[Number]:
        rotation, translation, angles = parameters[:3], parameters[3:6], parameters[6:]
        transforms = self.bone_transforms(angles, f)
        errors = []
        for vertex, weights, observed in zip(self.vertices, self.skinning, self.observed):
            moved = [product(transform, [[x] for x in (*vertex, 1.0)]) for transform in transforms]
            blended = [inner(weights, [position[axis][0] for position in moved]) for axis in range(3)]
            posed = rotate(rotation, blended, f)
            errors += [o - p - t for o, p, t in zip(observed, posed, translation)]
        return errors

    def bone_transforms(self, angles: Vector, f: Functions) -> list[Matrix]:
        """What takes each bone's skin from rest to the pose."""
        absolute: list[Matrix] = []
        remaining = iter(angles)
        for index, bone in enumerate(self.bones):
            if bone.parent is None:
                absolute.append(bone.to_parent)
                continue
            flexion = next(remaining)
            first = (index - 1) % self.finger_length == 0
            turn = joint(flexion, next(remaining) if first else 0.0, f)
            absolute.append(product(absolute[bone.parent], product(bone.to_parent, turn)))
        return [product(posed, bone.from_world) for posed, bone in zip(absolute, self.bones)]


def joint(flexion: Number, abduction: Number, f: Functions) -> Matrix:
    """The turn by ``flexion`` about x and then by ``abduction`` about z, as a 4 × 4 transform."""
    c, s, a, b = f.cos(flexion), f.sin(flexion), f.cos(abduction), f.sin(abduction)
    return [[a, -b * c, b * s, 0.0], [b, a * c, -a * s, 0.0], [0.0, s, c, 0.0], [0.0, 0.0, 0.0, 1.0]]


# -- LSTM ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LanguageModel:
    """The loss of a stack of diagonal LSTM layers that predicts each next symbol of a sequence.

    Parameters: for each layer 4d weights and 4d biases, in the order forget, input, output, change; then the gains
    of the input, the gains of the output and the biases of the output, d each.
    """

    sequence: Sequence[Sequence[float]]  # one-hot rows of d
    state: Sequence[tuple[Sequence[float], Sequence[float]]]  # hidden and cell of each layer at the start

    def __call__(self, parameters: Vector, f: Functions) -> list[Number]:
        d, layers = len(self.sequence[0]), len(self.state)
        weights = [parameters[8 * d * i : 8 * d * i + 4 * d] for i in range(layers)]
        biases = [parameters[8 * d * i + 4 * d : 8 * d * (i + 1)] for i in range(layers)]
        rest = parameters[8 * d * layers :]
        input_gain, output_gain, output_bias = rest[:d], rest[d : 2 * d], rest[2 * d :]

        state: list[tuple[Vector, Vector]] = list(self.state)
        total: Number = 0.0
        for symbol, following in zip(self.sequence, self.sequence[1:]):
            signal: Vector = [x * gain for x, gain in zip(symbol, input_gain)]
            for layer in range(layers):
                state[layer] = lstm(weights[layer], biases[layer], *state[layer], signal, f)
                signal = state[layer][0]
            predicted = [x * gain + bias for x, gain, bias in zip(signal, output_gain, output_bias)]
            # The 2 is the published definition's.
            normaliser = f.log(sum(f.exp(y) for y in predicted) + 2.0)
            total = total + inner(following, [y - normaliser for y in predicted])
        return [-total / (d * (len(self.sequence) - 1))]


def lstm(
    weights: Vector, biases: Vector, hidden: Vector, cell: Vector, signal: Vector, f: Functions
) -> tuple[Vector, Vector]:
    """One step of one layer: the new hidden and cell states."""
    d = len(signal)

    def gate(index: int, operand: Vector) -> list[Number]:
        part = slice(index * d, (index + 1) * d)
        return [x * w + b for x, w, b in zip(operand, weights[part], biases[part], strict=True)]

    forget = [f.sigmoid(s) for s in gate(0, signal)]
    admit = [f.sigmoid(s) for s in gate(1, hidden)]
    emit = [f.sigmoid(s) for s in gate(2, signal)]
    change = [f.tanh(s) for s in gate(3, hidden)]
    cell = [c * keep + i * new for c, keep, i, new in zip(cell, forget, admit, change)]
    return [o * f.tanh(c) for o, c in zip(emit, cell)], cell
