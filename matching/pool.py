"""The people, or documents, that are ranked together: their vectors, words and years, side by side in arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from matching.documents import TextIndex
from matching.ragged import blocks
from matching.types import Span, Spans
from matching.words import Words

# What the first, second … title of a résumé counts.
RECENCY = 1 / (1 + np.arange(8) / 2)
NO_SPANS: tuple[Span, ...] = ()


@dataclass(frozen=True, eq=False)
class Pool:
    """Everybody who is ranked; `Pool.of` makes one.

    *ids*: (m,) ascending, everybody, also who has nothing.  *vectors*: (n, d) unit rows, one for each piece.
    *people*: (n,) ascending, whose it is: a number from 0 up to m.  *titles*, *flagged*: (n,) whether a piece names a
    job, is suspicious.  *spans*: n places, or none.  *indexes*: m counted texts.  *years*: (m,) years of experience, or
    None where they say nothing here.
    """

    ids: NDArray[np.int64]
    vectors: NDArray[np.float32]
    people: NDArray[np.int64]
    titles: NDArray[np.bool_]
    flagged: NDArray[np.bool_]
    spans: Spans
    indexes: Sequence[TextIndex | None]
    years: NDArray[np.float64] | None

    @classmethod
    def of(
        cls,
        ids: Sequence[int] | NDArray[np.int64],
        vectors: NDArray[np.float32],
        owners: NDArray[np.int64],
        *,
        titles: NDArray[np.bool_] | None = None,
        flagged: NDArray[np.bool_] | None = None,
        spans: Sequence[Span] = NO_SPANS,
        indexes: Mapping[int, TextIndex] | None = None,
        years: Mapping[int, float] | None = None,
    ) -> Self:
        """Return the pool of *ids*; *owners*: (n,) the id of each piece; pieces of others are left out.

        *indexes*, *years*: by id.  Raises ValueError when the arrays do not speak of the same pieces.
        """
        count = len(vectors)
        titles = np.zeros(count, dtype=np.bool_) if titles is None else titles
        flagged = np.zeros(count, dtype=np.bool_) if flagged is None else flagged
        if vectors.ndim != 2 or not count == len(owners) == len(titles) == len(flagged) or len(spans) not in (0, count):
            raise ValueError("Every piece needs one vector, one owner, one kind and one span.")
        everybody = np.unique(np.asarray(ids, dtype=np.int64))
        own = np.flatnonzero(np.isin(owners, everybody))
        people = np.searchsorted(everybody, owners[own])
        order = np.argsort(people, kind="stable")
        rows = own[order]
        in_order = len(rows) == count and bool(np.all(rows == np.arange(count)))
        names = everybody.tolist()
        return cls(
            ids=everybody,
            vectors=vectors if in_order else vectors[rows],
            people=people[order],
            titles=titles[rows],
            flagged=flagged[rows],
            spans=Spans(Spans.of(spans).rows[rows if spans else rows[:0]]),
            indexes=[(indexes or {}).get(name) for name in names],
            years=None if years is None else np.array([years.get(name, 0.0) for name in names], dtype=np.float64),
        )

    def only(self, people: NDArray[np.int64]) -> "Pool":
        """Return the pool of some of them, by their numbers, ascending."""
        place = np.full(len(self.ids), -1, dtype=np.int64)
        place[people] = np.arange(len(people))
        rows = np.flatnonzero(place[self.people] >= 0)
        return Pool(
            ids=self.ids[people],
            vectors=self.vectors[rows],
            people=place[self.people[rows]],
            titles=self.titles[rows],
            flagged=self.flagged[rows],
            spans=Spans(self.spans.rows[rows if self.spans else rows[:0]]),
            indexes=[self.indexes[person] for person in people.tolist()],
            years=None if self.years is None else self.years[people],
        )

    def suspecting(self, flagged: NDArray[np.bool_], indexes: Mapping[int, TextIndex] | None = None) -> "Pool":
        """Return the same pool where other pieces are flagged, (n,) in its order, and some texts counted without."""
        if not indexes:
            other = replace(self, flagged=flagged)
            other.__dict__["words"] = self.words  # what is counted already stays counted
            return other
        counted = [indexes.get(name, own) for name, own in zip(self.ids.tolist(), self.indexes, strict=True)]
        return replace(self, flagged=flagged, indexes=counted)

    @cached_property
    def words(self) -> Words:
        """The words of everybody."""
        return Words(self.indexes)

    def middles(self, without: NDArray[np.bool_]) -> NDArray[np.float32]:
        """Return where everybody stands as a whole, unit rows (m, d): passages, and half as much the titles.

        *without*: (n,) pieces that do not count.  Who has nothing left gets zeros.
        """
        told = self._middles(~self.titles & ~without)
        return _units(_units(told) + self.named(without) / 2).astype(np.float32)

    def named(self, without: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the middle of the titles of everybody, unit rows (m, d), in which the newer ones count more.

        A résumé names the newest job first, as a rule; the second counts RECENCY[1] times as much.  *without* as for
        `middles`.  Who has no title left gets zeros.
        """
        key = without.tobytes()
        if key not in self._named:
            self._named[key] = _units(self._middles(self.titles & ~without, RECENCY))
        return self._named[key]

    @cached_property
    def _named(self) -> dict[bytes, NDArray[np.float64]]:
        """What `named` has found, by what was left out: several signals ask for the same."""
        return {}

    def _middles(self, chosen: NDArray[np.bool_], weights: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
        """Return sums of the *chosen* pieces, (m, d), the first of everybody times the first of *weights* and so on."""
        sums = np.zeros((len(self.ids), self.vectors.shape[1]), dtype=np.float64)
        rows = np.flatnonzero(chosen)
        for block in blocks(self.people[rows], self.vectors.shape[1]):
            theirs = self.vectors[rows[block.rows]]
            theirs[~block.there] = 0
            if weights is not None:
                places = np.minimum(np.arange(theirs.shape[1]), len(weights) - 1)
                theirs *= weights[places, None].astype(np.float32)
            # One piece after the other: whoever else is there, a sum is made in the same order.
            sums[block.who] = theirs.sum(axis=1)
        return sums


def _units(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: NDArray[np.float64] = rows / np.where(lengths > 0, lengths, 1.0)
    return unit
