"""A thin neural-network library on ``autograd_core``: every weight, weighted sum and activation is a Value to look at.

A network that learns exclusive or, and one weight's gradient afterwards:

>>> import nn
>>> xor = [([0, 0], 0), ([0, 1], 1), ([1, 0], 1), ([1, 1], 0)]
>>> model = nn.MLP(2, [4, 1], activation="tanh", seed=1)
>>> optimizer = nn.optim.Adam(model.parameters(), lr=0.1)
>>> history = nn.fit(model, xor, nn.losses.binary_cross_entropy, optimizer, epochs=100, batch_size=None)
>>> history.losses[0] > 0.5, history.losses[-1] < 0.01
(True, True)
>>> [model(inputs).data > 0 for inputs, _ in xor]
[False, True, True, False]
>>> model.zero_grad()
>>> nn.losses.binary_cross_entropy(model([0, 1]), 1).backward()
>>> model.layers[0].neurons[2].weights[1].label
'layers.0.neurons.2.weights.1'
>>> model.layers[0].neurons[2].weights[1].grad != 0.0
True
"""

from autograd_core import __version__ as __version__
from nn import activations, data, datasets, losses, optim, schedules
from nn.layers import MLP, Layer, Neuron
from nn.module import Module
from nn.training.checkpoint import Checkpoint
from nn.training.fit import fit
from nn.training.history import DivergenceError, History
from nn.training.minimize import Minimum, minimize_with_scipy

__all__ = [
    "MLP",
    "Checkpoint",
    "DivergenceError",
    "History",
    "Layer",
    "Minimum",
    "Module",
    "Neuron",
    "activations",
    "data",
    "datasets",
    "fit",
    "losses",
    "minimize_with_scipy",
    "optim",
    "schedules",
]
