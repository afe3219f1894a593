"""Pieces of many people, who have some more and some fewer of them, as blocks of people side by side."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# So many numbers at a time stay in the caches.
CELLS = 1 << 17


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Some people: *who*, (k,) their numbers, ascending; *held*, (k,) how many pieces each has, at least one.

    *rows*: (k, most) the numbers of their pieces; *there*: (k, most) which of these there are, the others are 0.
    """

    who: NDArray[np.int64]
    held: NDArray[np.int64]
    rows: NDArray[np.int64]
    there: NDArray[np.bool_]


def blocks(people: NDArray[np.int64], width: int) -> Iterator[Block]:
    """Yield everybody who has a piece, with others who have about as many: 1, or 2, or 3 and 4, or 5 to 8, or more.

    *people*: (n,) ascending, whose each piece is.  *width*: how many numbers there are of each piece.
    """
    held = np.bincount(people)
    starts = np.cumsum(held) - held
    size = 1
    while size < 2 * held.max(initial=0):
        alike = np.flatnonzero((held > size // 2) & (held <= size))
        at_a_time = max(1, CELLS // (size * max(width, 1)))
        for first in range(0, len(alike), at_a_time):
            who = alike[first : first + at_a_time]
            places = np.arange(held[who].max())[None, :]
            there = places < held[who][:, None]
            yield Block(who, held[who], np.where(there, starts[who][:, None] + places, 0), there)
        size *= 2
