"""How much of what is asked for is said in the very words, each counted by its rarity; bounded, and of no pool."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from matching.documents import TextIndex, hashes_of, joined, rarities
from matching.grains import grained

# Said once, twice, three times or more: a word that comes back is what the text is about, but only so far.
SAID = np.array([0.0, 0.6, 0.8, 1.0])


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """Words asked for that documents hold: whose, which, how often."""

    owners: NDArray[np.int64]
    asked: NDArray[np.int64]
    said: NDArray[np.float64]


class Words:
    """The words of many documents, in the order in which they were given.

    *short*: (m,) which are titles or labels, so that each of their words matters.
    """

    def __init__(self, indexes: Sequence[TextIndex | None]) -> None:
        self.count = len(indexes)
        self.short = np.array([one is not None and one.is_label for one in indexes], dtype=np.bool_)
        sizes, self._terms, self._said = joined(indexes)
        self._owners = np.repeat(np.arange(self.count), sizes)

    def said(self, asked: Mapping[str, float]) -> NDArray[np.float64]:
        """Return, for each document, the share of the words *asked* for (by weight) that it says; 0 to 1."""
        total = sum(asked.values())
        if not total or not self.count:
            return np.zeros(self.count)
        found, weights = self._found(asked)
        gained = weights[found.asked] * SAID[np.minimum(found.said, len(SAID) - 1).astype(np.int64)]
        return grained(np.bincount(found.owners, weights=gained, minlength=self.count) / total)

    def covered(self, asked: Mapping[str, float]) -> NDArray[np.float64]:
        """Return, for each short document, the share of its own words (by rarity) that are asked for; else 0."""
        if not self.count or not self.short.any():
            return np.zeros(self.count)
        found, _ = self._found(asked)
        gained = np.bincount(found.owners, weights=rarities(self._hashes(asked))[found.asked], minlength=self.count)
        return grained(np.where(self.short, gained / np.maximum(self._masses, 1e-9), 0.0))

    def _found(self, asked: Mapping[str, float]) -> tuple[_Found, NDArray[np.float64]]:
        hashes = self._hashes(asked)
        weights = np.array(list(asked.values()))
        order = np.argsort(hashes, kind="stable")
        likely = self._likely(hashes)
        at = np.minimum(np.searchsorted(hashes[order], self._terms[likely]), len(hashes) - 1)
        same = hashes[order][at] == self._terms[likely]
        hit, at = likely[same], at[same]
        return _Found(self._owners[hit], order[at], self._said[hit].astype(np.float64)), weights

    def _likely(self, hashes: NDArray[np.uint32]) -> NDArray[np.int64]:
        """Return the places whose last two bytes are those of one of *hashes*: few, and found ten times faster."""
        wanted = np.zeros(1 << 16, dtype=np.bool_)
        wanted[hashes.astype(np.uint16)] = True
        return np.flatnonzero(wanted[self._ends])

    @cached_property
    def _ends(self) -> NDArray[np.uint16]:
        return self._terms.astype(np.uint16)

    @staticmethod
    def _hashes(asked: Mapping[str, float]) -> NDArray[np.uint32]:
        return hashes_of(list(asked))

    @cached_property
    def _masses(self) -> NDArray[np.float64]:
        """How much the words of each short document weigh together."""
        own = self.short[self._owners]
        weighed = np.bincount(self._owners[own], weights=rarities(self._terms[own]), minlength=self.count)
        return weighed.astype(np.float64)
