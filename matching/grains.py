"""The grain that every number of a score is a multiple of."""

import numpy as np
from numpy.typing import NDArray

# Sums of its multiples are exact, in whatever order they are made, also out of JSON, on any machine.
GRAIN = 2.0**-20


def grained(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return *values* as multiples of GRAIN."""
    rounded: NDArray[np.float64] = np.round(values / GRAIN) * GRAIN
    return rounded
