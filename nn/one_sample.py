"""What a trained network's gradients are made of, on one sample: one weight explained, the whole graph drawn."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import autograd_core as ag
from nn import losses
from nn.model_file import TrainedModel


def explain_one_weight(model: TrainedModel, inputs: Sequence[float], target: float, picture: Path) -> str:
    """Explain the first layer's weight with the largest gradient, and draw the sample's graph with its paths.

    Args:
        model: the trained model; its parameters' gradients are 0.0 afterwards.
        inputs: the network's inputs for the sample, scaled.
        target: the sample's target, as the loss takes it.
        picture: the file to draw to, as svg.

    Returns:
        The explanation, and where the drawing is, or why there is none, as lines of text.
    """
    network = model.network
    named_inputs = [ag.Value(number, name) for number, name in zip(inputs, model.input_names())]
    loss = losses.by_name(model.target.loss)(network(named_inputs), target)
    loss.label = "loss"
    network.zero_grad()
    loss.backward()
    weights = [weight for neuron in network.layers[0].neurons for weight in neuron.weights]
    weight = max(weights, key=lambda weight: abs(weight.grad))
    lines = [str(ag.explain(loss, weight, max_paths=3))]
    try:
        ag.draw(loss, highlight=weight).save(picture)
        lines.append(f"The whole sample is drawn in {picture}, with the paths of {weight.label} standing out.")
    except (RuntimeError, OSError) as error:
        lines.append(f"The sample is not drawn: {error}")
    network.zero_grad()
    return "\n\n".join(lines)
