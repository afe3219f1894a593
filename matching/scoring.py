"""Scores of everybody in a pool for one brief: every signal a column, every score the sum of its columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self, overload

import numpy as np
from numpy.typing import NDArray

from matching.briefs import Brief, BriefKind, BriefText, texts_of
from matching.documents import TextIndex
from matching.pool import Pool
from matching.signals.columns import Column, columns_of
from matching.types import Ranked, SignalPart

FLAGS = "flags"

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A brief with its texts and their vectors, and the occupations, (r, d), in the same space, or None."""

    brief: Brief
    texts: Sequence[BriefText]
    vectors: NDArray[np.float32]
    references: NDArray[np.float32] | None

    def columns(self, pool: Pool, flagged: NDArray[np.bool_]) -> list[Column]:
        """Return the columns of everybody in *pool*; *flagged*: (n,) pieces to hold down."""
        return columns_of(self.brief, self.texts, self.vectors, pool, flagged, self.references)


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """People who were scored together; *flags*: (m,) what their flagged pieces would have added, below zero."""

    pool: Pool
    columns: Sequence[Column]
    flags: Values

    @classmethod
    def plain(cls, asked: Asked, pool: Pool) -> Self:
        """Return everybody in *pool* as if nothing were flagged."""
        return cls(pool, asked.columns(pool, np.zeros_like(pool.flagged)), np.zeros(len(pool.ids)))

    @classmethod
    def held(cls, asked: Asked, pool: Pool) -> Self:
        """Return everybody in *pool* with what is flagged held down; the places are those that then come closest."""
        free = asked.columns(pool, np.zeros_like(pool.flagged))
        held = asked.columns(pool, pool.flagged)
        before, after = (np.sum([column.shares for column in found], axis=0) for found in (free, held))
        return cls(pool, [one.placed_as(other) for one, other in zip(free, held, strict=True)], after - before)

    @property
    def features(self) -> Values:
        """What each column adds for each of them, and last what flags take off: (m, k)."""
        return np.stack([*(column.shares for column in self.columns), self.flags], axis=1)

    @property
    def made_of(self) -> list[tuple[str, str, float]]:
        """The columns by kind, label and weight."""
        return [(column.kind, column.label, column.weight) for column in self.columns]

    def parts(self, person: int) -> tuple[SignalPart, ...]:
        """Return what the score of the *person* of that number is made of."""
        parts = [column.part(person, self.pool) for column in self.columns]
        taken_off = float(self.flags[person])
        return (*parts, SignalPart(FLAGS, "", taken_off, 0.0)) if taken_off else tuple(parts)


class Ranking(Sequence[Ranked]):
    """Everybody, best first; equal scores go by id.  The parts of somebody are made when they are asked for.

    *ids*, *scores*: (m,) in this order.  *features*: (m, k) what each signal adds, with *kinds* and *labels* of the k;
    the last is what is taken off for flags.
    """

    def __init__(self, asked: Asked, pool: Pool, groups: Sequence[Group], group_of: NDArray[np.int64]) -> None:
        self._asked, self._pool, self._groups, self._group_of = asked, pool, groups, group_of
        self._rows = np.zeros(len(pool.ids), dtype=np.int64)
        features = np.zeros((len(pool.ids), len(groups[0].columns) + 1))
        for number, group in enumerate(groups):
            here = np.flatnonzero(group_of == number)
            self._rows[here] = np.searchsorted(group.pool.ids, pool.ids[here])
            features[here] = group.features[self._rows[here]]
        # Every share is a multiple of the grain, so this sum is exact in whatever order it is made.
        scores = features.sum(axis=1)
        self._order = np.lexsort((pool.ids, -scores))
        self.ids, self.scores, self.features = pool.ids[self._order], scores[self._order], features[self._order]
        self.kinds = (*(column.kind for column in groups[0].columns), FLAGS)
        self.labels = (*(column.label for column in groups[0].columns), "")

    @classmethod
    def of(cls, asked: Asked, pool: Pool) -> Self:
        """Return the ranking of everybody in *pool*."""
        whole = Group.plain(asked, pool)
        ranking = cls(asked, pool, [whole], np.zeros(len(pool.ids), dtype=np.int64))
        return ranking._anew(pool, np.unique(pool.people[pool.flagged]))

    def suspecting(self, flagged: NDArray[np.bool_], indexes: Mapping[int, TextIndex] | None = None) -> Self:
        """Return the ranking of the same people where other pieces are flagged and some texts counted without.

        As `Pool.suspecting` says it; only those for whom something changes are scored anew.
        """
        pool = self._pool.suspecting(flagged, indexes)
        changed = np.flatnonzero(np.isin(pool.ids, list(indexes or ())))
        return self._anew(pool, np.union1d(changed, pool.people[flagged != self._pool.flagged]))

    def _anew(self, pool: Pool, people: NDArray[np.int64]) -> Self:
        """Return the ranking of *pool* where *people*, numbers ascending, are scored anew and all others stay."""
        if not len(people):
            return self
        group = Group.held(self._asked, pool.only(people))
        if group.made_of != self._groups[0].made_of:
            # With others beside them the columns are not the same, so that everybody has to be there.
            return type(self)(self._asked, pool, [Group.held(self._asked, pool)], np.zeros_like(self._group_of))
        group_of = self._group_of.copy()
        group_of[people] = len(self._groups)
        return type(self)(self._asked, pool, [*self._groups, group], group_of)

    def __len__(self) -> int:
        return len(self.ids)

    @overload
    def __getitem__(self, index: int) -> Ranked: ...

    @overload
    def __getitem__(self, index: slice) -> list[Ranked]: ...

    def __getitem__(self, index: int | slice) -> Ranked | list[Ranked]:
        if isinstance(index, slice):
            return [self._ranked(at) for at in range(*index.indices(len(self)))]
        return self._ranked(range(len(self))[index])

    def _ranked(self, at: int) -> Ranked:
        person = int(self._order[at])
        group = self._groups[self._group_of[person]]
        return Ranked(int(self.ids[at]), float(self.scores[at]), group.parts(int(self._rows[person])))

    @property
    def pool(self) -> Pool:
        """Everybody who is ranked, as they were for this ranking."""
        return self._pool


def rank_pool(
    brief: Brief, vectors: NDArray[np.float32], pool: Pool, references: NDArray[np.float32] | None = None
) -> Ranking:
    """Return everybody in *pool*, best first.

    *vectors*: (t, d), one unit row for each of ``texts_of(brief)``, in the space of the pool.  A score is at most 1.
    *references*: (r, d) from `signals.occupations.references_of` for that space; without them that signal is left out.
    Flagged pieces never lift: what they would have added is a part of its own, below zero.
    Raises ValueError when brief, vectors and pool do not fit together.
    """
    texts = texts_of(brief)
    if len(vectors) != len(texts):
        raise ValueError("Every text of the brief needs one vector.")
    if len(texts) and len(pool.vectors) and vectors.shape[1] != pool.vectors.shape[1]:
        raise ValueError("Brief and pool come from different spaces.")
    return Ranking.of(Asked(brief, texts, vectors, references), pool)


def first_vector(texts: Sequence[BriefText], vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the unit vector (d,) by which a first choice among very many people is made: the middle of the brief.

    The title counts as much as all wishes together, and these as much as the whole text; what a brief lacks is left
    out.  *vectors*: (t, d), one for each of *texts*, of which there has to be one.
    """
    middle = np.zeros(vectors.shape[1], dtype=np.float64)
    for kind in (BriefKind.TITLE, BriefKind.WISH, BriefKind.TEXT):
        rows = [at for at, text in enumerate(texts) if text.kind is kind]
        if rows:
            middle += vectors[rows].astype(np.float64).mean(axis=0)
    unit: NDArray[np.float32] = (middle / (np.linalg.norm(middle) or 1.0)).astype(np.float32)
    return unit
