"""How close pieces of résumés come to the texts of a brief: the best three, the average, and what flags hold down."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.grains import GRAIN, grained
from matching.ragged import blocks

__all__ = ["BEST_PASSAGES", "GRAIN", "Closeness", "closeness", "grained", "held_down", "similarities"]

# The mean of the best three, not the maximum: one pasted sentence must not carry a whole résumé.
BEST_PASSAGES = 3
# So many rows of doubles at a time stay in the caches.
ROWS_AT_A_TIME = 512


@dataclass(frozen=True, slots=True, eq=False)
class Closeness:
    """How close people come to each text: all (people, texts) but *rows*.

    *means*: of the best three pieces.  *bests*: of the best.  *averages*: of all.  Nobody's pieces: 0.
    *rows*: (people, 3, texts) numbers of the best pieces, the best first; -1: there is none.
    """

    means: NDArray[np.float64]
    bests: NDArray[np.float64]
    averages: NDArray[np.float64]
    rows: NDArray[np.int64]


def similarities(vectors: NDArray[np.float32], texts: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the inner products (n, t) of unit rows (n, d) and (t, d), as multiples of GRAIN.

    Added up as float64: what BLAS adds up in another order for another number of rows never shows.
    """
    similar = np.empty((len(vectors), len(texts)))
    columns = texts.T.astype(np.float64)
    for start in range(0, len(vectors), ROWS_AT_A_TIME):
        rows = slice(start, start + ROWS_AT_A_TIME)
        np.matmul(vectors[rows].astype(np.float64), columns, out=similar[rows])
    return grained(similar)


def closeness(similar: NDArray[np.float64], people: NDArray[np.int64], count: int) -> Closeness:
    """Return how close each of *count* people comes to each text.

    *similar*: (n, t).  *people*: (n,) ascending numbers from 0 up to *count*.  Somebody with fewer than three pieces
    is judged by those there are.
    """
    texts = similar.shape[1]
    means, bests, averages = (np.zeros((count, texts)) for _ in range(3))
    rows = np.full((count, BEST_PASSAGES, texts), -1, dtype=np.int64)
    for block in blocks(people, texts):
        theirs, missing = similar[block.rows], ~block.there
        theirs[missing] = 0.0
        averages[block.who] = grained(theirs.sum(axis=1) / block.held[:, None])
        theirs[missing] = -np.inf
        total = np.zeros((len(block.who), texts))
        for place in range(min(BEST_PASSAGES, theirs.shape[1])):
            best = theirs.argmax(axis=1)
            value = np.take_along_axis(theirs, best[:, None], axis=1)[:, 0]
            np.put_along_axis(theirs, best[:, None], -np.inf, axis=1)
            found = np.isfinite(value)
            rows[block.who, place] = np.where(found, block.rows[:, :1] + best, -1)
            total += np.where(found, value, 0.0)
            if place == 0:
                bests[block.who] = value
        means[block.who] = grained(total / np.minimum(block.held, BEST_PASSAGES)[:, None])
    return Closeness(means, bests, averages, rows)


def held_down(
    similar: NDArray[np.float64], people: NDArray[np.int64], flagged: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return *similar*, (n, w), where a flagged piece comes no closer than its owner's weakest unflagged one.

    Somebody with flagged pieces alone comes no closer than 0.  Leaving flagged pieces out instead would make room
    for stronger ones, and so could lift.
    """
    if not flagged.any():
        return similar
    weakest = np.full((int(people.max()) + 1, similar.shape[1]), np.inf)
    np.minimum.at(weakest, people[~flagged], similar[~flagged])
    limit = np.where(np.isinf(weakest), 0.0, weakest)[people]
    return np.where(flagged[:, None], np.minimum(similar, limit), similar)
