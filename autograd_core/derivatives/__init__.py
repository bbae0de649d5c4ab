"""Derivatives of functions, gradients as graphs, and the check that they are right."""
