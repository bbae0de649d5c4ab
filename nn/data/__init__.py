"""Samples to train on, tables to take them from, and columns of numbers brought to one scale."""

from nn.data.samples import batches, samples_of, split
from nn.data.scaling import Scaler, is_constant, mean, spread

__all__ = ["Scaler", "batches", "is_constant", "mean", "samples_of", "split", "spread"]
