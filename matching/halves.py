"""Vectors as they are kept, in half precision, and as they are compared."""

import numpy as np
from numpy.typing import NDArray


def unit_rows(halves: NDArray[np.float16]) -> NDArray[np.float32]:
    """Return vectors that were rounded to halves, (n, d) in any byte order, as rows of length 1.

    Rounded a vector is no longer of length 1, so that is mended.
    """
    vectors = halves.astype(np.float32)
    vectors /= np.sqrt(np.einsum("nd,nd->n", vectors, vectors))[:, None]
    return vectors
