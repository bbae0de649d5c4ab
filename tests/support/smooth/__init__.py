"""Random programs of smooth primitives, and the truth about them."""
