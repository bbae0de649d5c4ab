"""The picture of a network: layers of neurons from left to right, and every number of both passes."""
