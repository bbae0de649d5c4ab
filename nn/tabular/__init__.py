"""A table's columns as the inputs and the target of a network, and the model file."""
