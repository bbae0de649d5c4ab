"""What a trained network's gradients are made of, for one sample: one weight explained, the whole graph drawn."""

from __future__ import annotations

from collections.abc import Sequence

import autograd_core as ag
from nn import losses
from nn.tabular.features import Feature, Measure
from nn.tabular.model_file import TrainedModel
from nn.tabular.targets import Quantity

MOST_FACTORS = 8
"""A summary leaves out the middle of longer paths."""
LONGEST_NAME = 40


class OneSample:
    """A sample's loss as a graph, and the first layer's weight with the largest gradient in it.

    Args:
        model: the trained model; its parameters' gradients are those of this sample from now on.
        inputs: the network's inputs for the sample, scaled.
        target: the sample's target, as the loss takes it.
    """

    def __init__(self, model: TrainedModel, inputs: Sequence[float], target: float) -> None:
        named_inputs = [ag.Value(number, name) for number, name in zip(inputs, model.input_names())]
        self.model = model
        self.loss = losses.by_name(model.target.loss)(model.network(named_inputs), target)
        self.loss.label = "loss"
        model.network.zero_grad()
        self.loss.backward()
        neurons = model.network.layers[0].neurons
        places = [(neuron, place) for neuron in neurons for place in range(len(neuron.weights))]
        neuron, place = max(places, key=lambda candidate: abs(candidate[0].weights[candidate[1]].grad))
        self.weight = neuron.weights[place]
        self.input = named_inputs[place]
        self.feature = _feature(model.features, place)

    def explanation(self) -> list[str]:
        """Everything that makes up the weight's gradient, in lines."""
        return [*str(ag.explain(self.loss, self.weight, max_paths=3)).split("\n"), "", *self._scales()]

    def summary(self) -> list[str]:
        """The weight's gradient and the factors of its largest path, in lines of up to 80 characters."""
        explanation = ag.explain(self.loss, self.weight, max_paths=1)
        headline, path = str(explanation).partition("\n")[0], explanation.paths[0]
        rows = [(factor.kind_name, _what(factor), factor.value) for factor in path.factors]
        product = ("product", "", path.product)
        which = [] if explanation.path_count == 1 else ["The largest of them:"]
        return [headline, *which, *_aligned([*rows, product]), *self._scales()]

    def drawing(self) -> str:
        """The graph as an SVG, with the weight's paths standing out.

        Raises:
            RuntimeError: the network has very many layers, so that it takes Graphviz to draw it, and there is none.
        """
        return ag.draw(self.loss, highlight=self.weight).svg()

    def _scales(self) -> list[str]:
        """What the numbers above are in the table's own units."""
        lines = []
        if isinstance(self.feature, Measure):
            own = self.feature.scaler.unscale([self.input.data])[0]
            undone = f"{self.input.data:.4g} × {_scale(self.feature)} is its {own:.6g}"
            lines.append(f"{self.input.label} is standardised: {undone} in the table.")
        else:
            lines.append(f"{self.input.label} is 1 where that is the row's class, else 0.")
        target = self.model.target
        if isinstance(target, Quantity):
            lines.append(f"{target.column} is standardised, in targets and outputs: × {_scale(target)} undoes it.")
        return lines


def _feature(features: Sequence[Feature], place: int) -> Feature:
    """The feature that one of the network's inputs belongs to."""
    for feature in features:
        if place < feature.n_inputs:
            return feature
        place -= feature.n_inputs
    raise IndexError(place)


def _scale(column: Measure | Quantity) -> str:
    mean, deviation = column.scaler.means[0], column.scaler.deviations[0]
    return f"{deviation:.4g} {'−' if mean < 0.0 else '+'} {abs(mean):.4g}"


def _what(factor: ag.Factor) -> str:
    """What a factor is: the number that the weight multiplies, the weight that the signal passes, or a derivative."""
    if factor.kind not in ("input", "weight"):
        return factor.symbol
    return (factor.partner.label if isinstance(factor.partner, ag.Value) else "") or factor.symbol


def _aligned(rows: Sequence[tuple[str, str, float]]) -> list[str]:
    """The rows of a table in aligned columns; a long one loses its middle."""
    if len(rows) > MOST_FACTORS + 1:
        half = MOST_FACTORS // 2
        left_out = f"… {len(rows) - 1 - 2 * half} more factors"
        written = [*_written(rows[:half]), ("…", left_out, ""), *_written(rows[-half - 1 :])]
    else:
        written = _written(rows)
    widths = [max(map(len, column)) for column in zip(*written)]
    return [f"  {kind:<{widths[0]}}  {what:<{widths[1]}}  {value:>{widths[2]}}" for kind, what, value in written]


def _written(rows: Sequence[tuple[str, str, float]]) -> list[tuple[str, str, str]]:
    return [
        (kind, what if len(what) <= LONGEST_NAME else f"{what[: LONGEST_NAME - 1]}…", f"{value:.4g}")
        for kind, what, value in rows
    ]
