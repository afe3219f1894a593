"""The order of those whose gates pass: wishes against résumé passages, every score the sum of its parts.

A score is a sum of parts so that further signals can stand beside the wishes; each part says what it adds.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from matching.gates import years_in_words
from matching.types import Candidate, FactPart, Part, Passages, Ranked, WishPart

# The mean of the best three passages, not the maximum: one pasted sentence must not carry a whole résumé.
BEST_PASSAGES = 3
# Every part is a multiple of this, so that parts add up to the score exactly, in any order, also out of JSON.
GRAIN = 2.0**-20
# Beyond a working life more years say nothing; it keeps the plain order within 0 to 1 like the other scores.
MOST_YEARS = 40


def rank(
    wishes: Sequence[str],
    wish_vectors: NDArray[np.float32],
    passages: Passages,
    candidates: Iterable[Candidate],
    flagged: NDArray[np.bool_] | None = None,
) -> list[Ranked]:
    """Return *candidates*, whose gates have passed, best first; equal scores go by profile id.

    *wish_vectors*: (w, d), one row of length 1 for each of *wishes*, all in the space of *passages*.  Passages of
    others are left out.  A score lies in [-1, 1]: the mean over wishes of their closeness.  Without wishes the order
    goes by years of experience.  *flagged*: (n,) which passages are suspicious; such a one never lifts anybody, because
    it counts no more than the weakest passage that is not.
    Raises ValueError when wishes, vectors and passages do not fit together.
    """
    people = sorted(candidates, key=lambda candidate: candidate.profile_id)
    if not wishes:
        ranked = [_by_experience(candidate) for candidate in people]
    else:
        _check_widths(wishes, wish_vectors, passages)
        ids = np.array([candidate.profile_id for candidate in people], dtype=np.int64)
        ranked = _by_wishes(wishes, wish_vectors, passages, ids, flagged)
    return sorted(ranked, key=lambda one: (-one.score, one.profile_id))


def _check_widths(wishes: Sequence[str], wish_vectors: NDArray[np.float32], passages: Passages) -> None:
    if wish_vectors.ndim != 2 or len(wish_vectors) != len(wishes):
        raise ValueError("Every wish needs one vector.")
    if len(passages.vectors) and wish_vectors.shape[1] != passages.vectors.shape[1]:
        raise ValueError("Wishes and passages come from different spaces.")


def _by_experience(candidate: Candidate) -> Ranked:
    years = min(MOST_YEARS, sum(fact.years for fact in candidate.experiences))
    score = _grained(years / MOST_YEARS)
    part = FactPart("Years of experience", score, f"{years_in_words(years)} stated over all kinds")
    return Ranked(candidate.profile_id, score, (part,))


def _by_wishes(
    wishes: Sequence[str],
    wish_vectors: NDArray[np.float32],
    passages: Passages,
    ids: NDArray[np.int64],
    flagged: NDArray[np.bool_] | None,
) -> list[Ranked]:
    theirs = np.flatnonzero(np.isin(passages.owners, ids))
    people = np.searchsorted(ids, passages.owners[theirs])
    # float64 and then GRAIN: what BLAS adds up in another order for another number of rows never shows
    similar = passages.vectors[theirs].astype(np.float64) @ wish_vectors.T.astype(np.float64)
    if flagged is not None and flagged[theirs].any():
        similar = held_down(similar, people, flagged[theirs])
    means, bests, firsts = best_passages(similar, people, len(ids))
    parts: list[list[Part]] = [[] for _ in ids]
    for number, wish in enumerate(wishes):
        for person in range(len(ids)):
            at = firsts[person, number]
            closeness = _grained(means[person, number])
            share = _grained(closeness / len(wishes))
            span = passages.spans[theirs[at]] if at >= 0 else None
            parts[person].append(WishPart(wish, share, closeness, _grained(bests[person, number]), span))
    return [
        Ranked(int(owner), sum(part.score for part in own), tuple(own)) for owner, own in zip(ids, parts, strict=True)
    ]


def held_down(
    similar: NDArray[np.float64], people: NDArray[np.int64], flagged: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return *similar*, (n, w), where a flagged passage comes no closer than its owner's weakest unflagged one.

    Somebody with flagged passages alone comes no closer than 0.  Leaving flagged passages out instead would make room
    for stronger ones, and so could lift.
    """
    weakest = np.full((int(people.max()) + 1, similar.shape[1]), np.inf)
    np.minimum.at(weakest, people[~flagged], similar[~flagged])
    limit = np.where(np.isinf(weakest), 0.0, weakest)[people]
    return np.where(flagged[:, None], np.minimum(similar, limit), similar)


def best_passages(
    similar: NDArray[np.float64], people: NDArray[np.int64], count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Return, for each of *count* people and each wish, the mean of the best passages, the best, and which it is.

    *similar*: (n, w) similarities.  *people*: (n,) numbers from 0 up to *count*.
    Returns (count, w) means, (count, w) maxima, (count, w) row numbers of the maxima; nobody's passages: 0, 0, -1.
    Somebody with fewer than three passages is judged by those there are.
    """
    shape = (count, similar.shape[1])
    means, bests, firsts = np.zeros(shape), np.zeros(shape), np.full(shape, -1, dtype=np.int64)
    for wish in range(similar.shape[1]):
        column = similar[:, wish]
        order = np.lexsort((-column, people))
        owner, value = people[order], column[order]
        place = np.arange(len(owner)) - np.searchsorted(owner, owner)
        top = place < BEST_PASSAGES
        held = np.bincount(owner[top], minlength=count)
        total = np.bincount(owner[top], weights=value[top], minlength=count)
        means[:, wish] = total / np.maximum(held, 1)
        first = place == 0
        bests[owner[first], wish] = value[first]
        firsts[owner[first], wish] = order[first]
    return means, bests, firsts


def _grained(value: float) -> float:
    return round(float(value) / GRAIN) * GRAIN
