"""Whoever stands first is looked at for text pasted from the brief, until nobody stands there who was not."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.briefs import Brief
from matching.documents import TextIndex, words_within
from matching.pool import Pool
from matching.resumes.copying import copied_flags, posting_words
from matching.resumes.types import Flag
from matching.scoring import Ranking, rank_pool

# Who stands here is shown first.
CHECKED = 50

TextsOf = Callable[[Sequence[int]], Mapping[int, str]]


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """A ranking in which nothing pasted lifts anybody among the first; *flags*: what was found, by id of the person."""

    ranking: Ranking
    flags: dict[int, tuple[Flag, ...]]


def rank_checked(
    brief: Brief,
    vectors: NDArray[np.float32],
    pool: Pool,
    references: NDArray[np.float32] | None,
    texts_of: TextsOf,
) -> Checked:
    """Return everybody in *pool*, best first, where text that repeats *brief* lifts nobody among the first CHECKED.

    The first four are those of `scoring.rank_pool`; every piece needs its span.  *texts_of*: the texts that spans are
    places of, of some people by their ids, asked for once each; blanked or not.
    Raises ValueError when they do not fit together.
    """
    if len(pool.spans) != len(pool.vectors):
        raise ValueError("Every piece needs its span.")
    posting = posting_words("\n".join((brief.title, *brief.wishes, brief.text)))
    ranking = rank_pool(brief, vectors, pool, references)
    checked: set[int] = set()
    flags: dict[int, tuple[Flag, ...]] = {}
    while new := [one for one in ranking.ids[:CHECKED].tolist() if one not in checked]:
        texts = texts_of(new)
        found = {one: copied for one in new if (copied := copied_flags(posting, texts[one]))}
        checked.update(new)
        flags |= found
        ranking = _suspecting(ranking, found, texts)
    return Checked(ranking, flags)


def _suspecting(ranking: Ranking, found: Mapping[int, Sequence[Flag]], texts: Mapping[int, str]) -> Ranking:
    """Return *ranking* where the pieces that hold flagged text count no more, nor its words."""
    pool = ranking.pool
    flagged = pool.flagged.copy()
    indexes: dict[int, TextIndex] = {}
    for one, flags in found.items():
        person = int(np.searchsorted(pool.ids, one))
        rows = np.flatnonzero(pool.people == person)
        _, _, _, starts, ends = pool.spans.rows[rows].T
        for flag in flags:
            flagged[rows[(starts < flag.end) & (flag.start < ends)]] = True
        if index := pool.indexes[person]:
            indexes[one] = index.without(words_within(texts[one], [(flag.start, flag.end) for flag in flags]))
    return ranking.suspecting(flagged, indexes) if found else ranking
