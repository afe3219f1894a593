"""Whether two texts speak of the same occupations: each is placed among those of O*NET, and the places compared.

Two texts may share no word and still be of one trade; and a résumé that is close to everything is close to nothing,
which a plain cosine does not see.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from matching.documents import DATA
from matching.signals.closeness import grained
from matching.spaces import Space

# How fast an occupation loses weight with its distance: at 0.05 one that is 0.1 further off weighs a seventh.
SPREAD = 0.05
# So many steps to 1: a product is then a multiple of 2**-23, and a sum below 1 of such is exact in single precision, in
# whatever order BLAS makes it for however many people.
OF_PEOPLE, OF_OCCUPATIONS = 1 << 12, 1 << 11


def references_of(space: Space) -> NDArray[np.float32] | None:
    """Return the vectors of all occupations in *space*, (993, d) of length 1; None for a space nobody made them in.

    O*NET 29.3 Database (USDOL/ETA, CC BY 4.0), changed: for each the middle of titles, description and tasks.
    """
    return _kept().get((space.model, space.sha256))


@cache
def _kept() -> dict[tuple[str, str], NDArray[np.float32]]:
    found = {}
    for path in sorted(DATA.glob("occupations-*.npz")):
        with np.load(path) as kept:
            vectors = kept["vectors"].astype(np.float32)
            found[str(kept["model"]), str(kept["sha256"])] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return found


def alike(
    vectors: NDArray[np.float32], other: NDArray[np.float32], references: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Return how much the occupations of each of *vectors* (n, d) are those of *other* (d,): (n,) from 0 to 1.

    Bhattacharyya's coefficient of two distributions over the occupations.  A row of zeros gives 0.
    """
    asked = _places(other[None, :], references)[0]
    same = np.einsum("nr,r->n", _places(vectors, references), asked, dtype=np.float64)
    return grained(np.where(np.any(vectors != 0, axis=1), same, 0.0))


def _places(vectors: NDArray[np.float32], references: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the square roots of how likely each occupation is for each row, (n, r)."""
    near: NDArray[np.float32] = _stepped(vectors, OF_PEOPLE) @ _stepped(references, OF_OCCUPATIONS).T
    near -= near.max(axis=1, keepdims=True)
    near *= np.float32(0.5 / SPREAD)
    roots: NDArray[np.float32] = np.exp(near, out=near)
    roots /= np.sqrt(np.einsum("nr,nr->n", roots, roots))[:, None]
    return roots


def _stepped(values: NDArray[np.float32], steps: int) -> NDArray[np.float32]:
    """Return *values* as multiples of 1 / *steps*."""
    rounded: NDArray[np.float32] = (np.round(values * np.float32(steps)) / np.float32(steps)).astype(np.float32)
    return rounded
