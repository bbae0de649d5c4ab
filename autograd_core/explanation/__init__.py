"""Why a gradient is what it is: the paths of the chain rule, and the factors along each."""
