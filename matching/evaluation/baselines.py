"""What the product has to beat: plain ways to score all documents for a query.

Words are the stems of the words that say something, found as the product finds them: with whole words BM25 was worse on
three of four sets.  A document is its title and its text.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from matching.briefs import Brief
from matching.sentences import words_in

TITLE_WEIGHT, TEXT_WEIGHT = 3.0, 1.0
K1, B = 1.2, 0.75

Scores = NDArray[np.float64]


def words_of(text: str) -> list[str]:
    """Return the words of *text* that count, in their order."""
    return [stem for stem, _, _ in words_in(text, 0, len(text))]


class WordIndex:
    """How often each word stands in each of m documents; every score is (m,), in the order of the documents."""

    def __init__(self, documents: Sequence[str]) -> None:
        places: dict[str, list[tuple[int, int]]] = {}
        lengths = []
        for number, document in enumerate(documents):
            counts = Counter(words_of(document))
            lengths.append(counts.total())
            for word, count in counts.items():
                places.setdefault(word, []).append((number, count))
        self._places = {word: np.array(found, dtype=np.int64) for word, found in places.items()}
        self._lengths = np.array(lengths, dtype=np.float64)

    def keyword_count(self, query: str) -> Scores:
        """Return how many different words of *query* stand in each document."""
        return self._shared(set(words_of(query)))

    def profile_sum(self, brief: Brief) -> Scores:
        """Return the weighted sum over the fields of a query of the share of their words that a document has.

        Three times the share of the words of the title, and once that of the words of everything else; a field that
        is empty is left out.
        """
        total = np.zeros(len(self._lengths))
        for weight, text in ((TITLE_WEIGHT, brief.title), (TEXT_WEIGHT, "\n".join((*brief.wishes, brief.text)))):
            if words := set(words_of(text)):
                total += weight * self._shared(words) / len(words)
        return total

    def _shared(self, words: set[str]) -> Scores:
        scores = np.zeros(len(self._lengths))
        for word in words & self._places.keys():
            scores[self._places[word][:, 0]] += 1
        return scores

    def bm25(self, query: str) -> Scores:
        """Return Okapi BM25 with k1 = 1.2 and b = 0.75; a word that the query says twice counts twice.

        Source: Robertson & Zaragoza 2009, doi:10.1561/1500000019, with Lucene's idf, ln(1 + (m - n + ½) / (n + ½)).
        """
        count = len(self._lengths)
        norms = K1 * (1 - B + B * self._lengths / (self._lengths.mean() or 1.0))
        scores = np.zeros(count)
        for word, asked in Counter(words_of(query)).items():
            if (found := self._places.get(word)) is None:
                continue
            rows, said = found[:, 0], found[:, 1].astype(np.float64)
            rarity = np.log1p((count - len(rows) + 0.5) / (len(rows) + 0.5))
            scores[rows] += asked * rarity * said * (K1 + 1) / (said + norms[rows])
        return scores


class PassageVectors:
    """The plain vectors (n, d) of the passages of m documents; *owners*: (n,) ascending, whose each is.

    Every score is (m,), a cosine, for a query given by its unit vector (d,); who has no passage gets -1.
    """

    def __init__(self, vectors: NDArray[np.float32], owners: NDArray[np.int64], count: int) -> None:
        self._vectors, self._count = vectors.astype(np.float64), count
        self._whose, self._starts = np.unique(owners, return_index=True)
        means = np.add.reduceat(self._vectors, self._starts) if len(owners) else self._vectors
        self._means = means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12)

    def to_mean(self, query: NDArray[np.float32]) -> Scores:
        """Return how close the query comes to the mean of the passages."""
        return self._of_all(self._means @ query.astype(np.float64))

    def to_nearest(self, query: NDArray[np.float32]) -> Scores:
        """Return how close the query comes to the passage nearest to it."""
        near = self._vectors @ query.astype(np.float64)
        return self._of_all(np.maximum.reduceat(near, self._starts) if len(near) else near)

    def _of_all(self, found: Scores) -> Scores:
        scores = np.full(self._count, -1.0)
        scores[self._whose] = found
        return scores
