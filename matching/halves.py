"""Vectors as they are kept, in half precision, and as they are compared."""

import numpy as np
from numpy.typing import NDArray

# So many rows at a time stay in the caches.
ROWS = 256
# A half is a float that lacks thirteen digits and 112 steps of its exponent: moved into place and multiplied it is the
# same number.  numpy's own way takes four times as long where the processor's is not used.
LACKING = 13
NOT_SIGNS = np.int32(-0x70000001)
RAISED = np.float32(2.0**112)


def unit_rows(halves: NDArray[np.float16]) -> NDArray[np.float32]:
    """Return vectors that were rounded to halves, (n, d) in any byte order, as rows of length 1.

    Rounded a vector is no longer of length 1, so that is mended.
    """
    kept = halves.view(np.dtype(np.int16).newbyteorder(halves.dtype.byteorder))
    vectors = np.empty(halves.shape, dtype=np.float32)
    for start in range(0, len(vectors), ROWS):
        some = vectors[start : start + ROWS]
        bits = some.view(np.int32)
        bits[...] = kept[start : start + ROWS]
        bits <<= LACKING
        bits &= NOT_SIGNS
        some *= RAISED
        some /= np.sqrt(np.einsum("nd,nd->n", some, some))[:, None]
    return vectors
