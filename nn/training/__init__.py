"""Training: the loop, how gradients come about, what happened, and how a training goes on later."""
