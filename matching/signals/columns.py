"""One column for each signal of a brief: what it weighs, how well everybody answers it, and where."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from matching import weights
from matching.briefs import Brief, BriefKind, BriefText
from matching.documents import weights_of
from matching.pool import Pool
from matching.signals.closeness import Closeness, closeness, grained, held_down, similarities
from matching.signals.occupations import alike
from matching.types import SignalPart

Values = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Column:
    """One signal: *weight* is its share of a score, *values* (m,) how well everybody answers, at most 1.

    *shares*: (m,) what it adds to each score.  *bests*: (m,) how well the best place does.  *rows*: (m, 3) the best
    pieces, -1 for none.
    """

    kind: str
    label: str
    weight: float
    values: Values
    shares: Values
    bests: Values | None = None
    rows: NDArray[np.int64] | None = None
    of: int = -1

    def placed_as(self, other: Self) -> Self:
        """Return this column with the places that *other* found."""
        return replace(self, rows=other.rows, bests=other.bests)

    def part(self, person: int, pool: Pool) -> SignalPart:
        """Return what this signal adds to the score of the *person* of that number."""
        rows = [] if self.rows is None or not pool.spans else self.rows[person].tolist()
        return SignalPart(
            kind=self.kind,
            label=self.label,
            score=float(self.shares[person]),
            most=float(self.weight),
            closeness=float(self.values[person]),
            best=float(self.values[person] if self.bests is None else self.bests[person]),
            places=tuple(pool.spans[row] for row in rows if row >= 0 and not pool.flagged[row]),
            of=self.of,
        )


@dataclass(frozen=True, eq=False)
class _Signal:
    """A column before its weight is made a share of all; *of_each*: (m,) how much of the weight counts for whom."""

    kind: str
    label: str
    weight: float
    values: Values
    bests: Values | None = None
    rows: NDArray[np.int64] | None = None
    of: int = -1
    of_each: Values | None = None


def columns_of(
    brief: Brief,
    texts: Sequence[BriefText],
    vectors: NDArray[np.float32],
    pool: Pool,
    flagged: NDArray[np.bool_],
    references: NDArray[np.float32] | None,
) -> list[Column]:
    """Return the columns of everybody in *pool*; *vectors*: (t, d) of *texts*; *flagged*: (n,) pieces to hold down.

    *references*: (r, d) the occupations in the same space, or None.
    """
    found = [*_by_meaning(brief, texts, vectors, pool, flagged)]
    if references is not None and texts and texts[0].kind is BriefKind.TITLE:
        found.append(_by_occupation(texts, vectors, pool, flagged, references))
    found += [*_by_words(brief, pool), *_by_years(pool, bool(texts))]
    total = sum(signal.weight for signal in found)
    return [_column(signal, signal.weight / total) for signal in found if total]


def _column(signal: _Signal, weight: float) -> Column:
    weight = float(grained(np.array(weight))[()])
    each = 1.0 if signal.of_each is None else signal.of_each
    shares = grained(weight * each * signal.values)
    return Column(signal.kind, signal.label, weight, signal.values, shares, signal.bests, signal.rows, signal.of)


def _by_meaning(
    brief: Brief,
    texts: Sequence[BriefText],
    vectors: NDArray[np.float32],
    pool: Pool,
    flagged: NDArray[np.bool_],
) -> Iterator[_Signal]:
    if not texts:
        return
    count = len(pool.ids)
    similar = similarities(pool.vectors, vectors)
    passages = np.flatnonzero(~pool.titles)
    if flagged.any():
        # Titles and passages are compared apart, so the weakest of the one sets no limit for the other.
        for rows in (passages, np.flatnonzero(pool.titles)):
            similar[rows] = held_down(similar[rows], pool.people[rows], flagged[rows])
    near = closeness(similar[passages], pool.people[passages], count)
    # numbers among the passages become numbers among all pieces
    rows = np.where(near.rows >= 0, passages[near.rows] if len(passages) else -1, -1)
    near = replace(near, rows=rows)
    for at, text in enumerate(texts):
        if text.kind is BriefKind.TITLE:
            yield from _of_title(text.text, at, near, similar, vectors[at], pool, flagged)
        elif text.kind is BriefKind.TEXT:
            value = grained((near.means[:, at] + near.averages[:, at]) / 2)
            yield _Signal("text", text.text, weights.TEXT, value, near.bests[:, at], near.rows[:, :, at])
    stated = any(wish.strip() for wish in brief.wishes)
    yield from _of_each(
        texts, vectors, BriefKind.WISH, weights.WISHES if stated else weights.SENTENCES, near, pool, stated
    )
    yield from _of_each(texts, vectors, BriefKind.SKILL, weights.SKILLS, near, pool, stated)
    yield from _of_each(texts, vectors, BriefKind.PHRASE, weights.PHRASES, near, pool, stated)


def _of_title(
    label: str,
    at: int,
    near: Closeness,
    similar: Values,
    vector: NDArray[np.float32],
    pool: Pool,
    flagged: NDArray[np.bool_],
) -> Iterator[_Signal]:
    titles = np.flatnonzero(pool.titles)
    named = closeness(similar[titles, at : at + 1], pool.people[titles], len(pool.ids))
    has = named.rows[:, 0, 0] >= 0
    values = _as_named(vector, near.means[:, at], pool, flagged)
    if flagged.any():
        values = np.minimum(values, _as_named(vector, near.means[:, at], pool, np.zeros_like(flagged)))
    bests = np.where(has, named.bests[:, 0], near.bests[:, at])
    own = np.where(named.rows[:, :, 0] >= 0, titles[named.rows[:, :, 0]] if len(titles) else -1, -1)
    rows = np.where(has[:, None], own, near.rows[:, :, at])
    yield _Signal("headline", label, weights.HEADLINE, values, bests, rows)
    yield _Signal("title", label, weights.TITLE, near.means[:, at], near.bests[:, at], near.rows[:, :, at])
    yield _Signal("throughout", label, weights.TITLE_THROUGHOUT, near.averages[:, at])


def _as_named(vector: NDArray[np.float32], otherwise: Values, pool: Pool, without: NDArray[np.bool_]) -> Values:
    """Return how close what people call themselves comes to a title; who names no job is judged by what they did."""
    middles = pool.named(without)
    values = np.einsum("md,d->m", middles, vector.astype(np.float64))
    return np.where(middles.any(axis=1), grained(values), otherwise)


def _of_each(
    texts: Sequence[BriefText],
    vectors: NDArray[np.float32],
    kind: BriefKind,
    weight: float,
    near: Closeness,
    pool: Pool,
    stated: bool,
) -> Iterator[_Signal]:
    """Yield a column for each wish or skill: stated ones count alike, sentences of a text by nearness to its title."""
    chosen = [at for at, text in enumerate(texts) if text.kind is kind]
    if not chosen:
        return
    importance = np.ones(len(chosen))
    if not stated and texts[0].kind is BriefKind.TITLE:
        to_title = similarities(vectors[chosen], vectors[:1])[:, 0]
        importance = np.maximum(to_title, 0.05) ** 2
    importance = importance / importance.sum()
    only = pool.words.short
    # A title or a label answers one thing, not several: the one it answers best counts for all of them.
    best = np.argmax(near.means[:, chosen], axis=1)
    for number, at in enumerate(chosen):
        each = np.where(only, (best == number) / importance[number], 1.0)
        yield _Signal(
            str(kind),
            texts[at].text,
            weight * float(importance[number]),
            near.means[:, at],
            near.bests[:, at],
            near.rows[:, :, at],
            texts[at].of,
            each,
        )


def _by_occupation(
    texts: Sequence[BriefText],
    vectors: NDArray[np.float32],
    pool: Pool,
    flagged: NDArray[np.bool_],
    references: NDArray[np.float32],
) -> _Signal:
    """Compare the occupations of brief and people: what names the work counts, and half as much what describes it."""
    asked = vectors[0].astype(np.float64)
    if texts[-1].kind is BriefKind.TEXT:
        asked = asked + vectors[-1] / 2
    asked /= np.linalg.norm(asked)
    values = alike(pool.middles(np.zeros_like(flagged)), asked.astype(np.float32), references)
    if flagged.any():
        values = np.minimum(values, alike(pool.middles(flagged), asked.astype(np.float32), references))
    return _Signal("occupation", texts[0].text, weights.OCCUPATION, values)


def _by_words(brief: Brief, pool: Pool) -> Iterator[_Signal]:
    title = weights_of(brief.title)
    everything = weights_of("\n".join((brief.title, *brief.wishes, brief.text)))
    if title:
        yield _Signal("words", brief.title, weights.TITLE_WORDS, pool.words.said(title))
    if everything:
        yield _Signal("words", "", weights.ALL_WORDS, pool.words.said(everything))
    if everything and pool.words.short.any():
        yield _Signal("covered", "", weights.COVERED, pool.words.covered(everything))


def _by_years(pool: Pool, has_text: bool) -> Iterator[_Signal]:
    if pool.years is not None:
        values = grained(np.minimum(pool.years, weights.MOST_YEARS) / weights.MOST_YEARS)
        yield _Signal("experience", "", weights.EXPERIENCE if has_text else 1.0, values)
