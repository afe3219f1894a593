"""Queries and documents of any files, ranked by what ranks people for managers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import numpy as np
from numpy.typing import NDArray

from matching.briefs import Brief, texts_of
from matching.evaluation.cores import Machine
from matching.evaluation.files import Entry, brief_of_query
from matching.evaluation.readings import Reading, as_kept, pool_of
from matching.pool import Pool
from matching.scoring import Ranking
from matching.signals.occupations import references_of
from matching.suspects import rank_checked


@dataclass(frozen=True, eq=False)
class Collection:
    """Documents ready to be ranked for queries.

    *texts*, *readings*: of the documents; their numbers are the ids in *pool*.  *vectors*: of the texts of each brief,
    (t, d).  *references*: of the space, None where nobody made any.
    """

    texts: Sequence[str]
    readings: Sequence[Reading]
    pool: Pool
    briefs: Sequence[Brief]
    vectors: Sequence[NDArray[np.float32]]
    references: NDArray[np.float32] | None

    @classmethod
    def of(cls, queries: Sequence[Entry], documents: Sequence[Entry], machine: Machine, model: str) -> Self:
        """Return everything read by *machine* and embedded by *model*, as the database would keep it."""
        texts = [document.whole for document in documents]
        readings = machine.read(texts)
        briefs = [brief_of_query(query) for query in queries]
        pieces = [piece.text for reading in readings for piece in reading.pieces]
        asked = [[text.text for text in texts_of(brief)] for brief in briefs]
        vectors = as_kept(machine.embed(model, [*pieces, *(text for texts in asked for text in texts)]))
        ends = np.cumsum([len(pieces), *map(len, asked)])
        return cls(
            texts=texts,
            readings=readings,
            pool=pool_of(readings, vectors[: len(pieces)]),
            briefs=briefs,
            vectors=[vectors[start:end] for start, end in pairwise(ends.tolist())],
            references=references_of(machine.space(model)),
        )

    def ranking(self, number: int) -> Ranking:
        """Return all documents, best first, for the query of that number."""
        checked = rank_checked(self.briefs[number], self.vectors[number], self.pool, self.references, self._texts_of)
        return checked.ranking

    def _texts_of(self, numbers: Sequence[int]) -> dict[int, str]:
        return {number: self.texts[number] for number in numbers}


def run_lines(queries: Sequence[Entry], documents: Sequence[Entry], collection: Collection) -> Iterator[list[str]]:
    """Yield, for each query, a line for each document, best first: query, document and score, parted by tabs.

    A score is written with as many digits as it takes to read the same number again.
    """
    for number, query in enumerate(queries):
        ranking = collection.ranking(number)
        pairs = zip(ranking.ids.tolist(), ranking.scores.tolist(), strict=True)
        yield [f"{query.id}\t{documents[place].id}\t{score!r}\n" for place, score in pairs]
