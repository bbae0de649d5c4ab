"""What each node of a graph is: a parameter, a signal, a weighted sum, an activation, or part of the loss."""
