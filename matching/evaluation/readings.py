"""How a document of a benchmark is read: as a résumé is, into pieces that need a vector and counted words."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.documents import TextIndex, index_label, index_text, is_short, titles_in
from matching.halves import unit_rows
from matching.pool import Pool
from matching.resumes.passages import cut_passages
from matching.resumes.privacy import collapsed, seen
from matching.resumes.types import Page
from matching.types import Span


@dataclass(frozen=True, slots=True)
class Piece:
    """What the model is given of a place; *title*: it names a job.  *flagged*: it is suspicious."""

    text: str
    start: int
    end: int
    title: bool = False
    flagged: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """A document as it is ranked: its passages and titles, and its words."""

    pieces: tuple[Piece, ...]
    index: TextIndex


def read_document(text: str, names: Sequence[str] = ()) -> Reading:
    """Return *text* read as `limited_child` reads the only page of a résumé; *names*: its owner's, where known.

    A short one, a title or a label, is one passage; where all of it looks like personal data, as it stands.
    """
    compared = seen(text, names)
    if is_short(text) and text.strip() and not compared.blanked.strip():
        return Reading((Piece(collapsed(text), 0, len(text)),), index_label(text))
    passages = cut_passages(compared.blanked, [Page(1, 0, len(text))], compared.flags)
    titles = titles_in(compared.honest)
    spans = [*((passage.start, passage.end) for passage in passages), *titles]
    marks = [*((False, bool(passage.flag)) for passage in passages), *((True, False) for _ in titles)]
    pieces = zip(compared.texts(spans), spans, marks, strict=True)
    index = index_label(compared.honest) if is_short(text) else index_text(compared.honest)
    return Reading(tuple(Piece(told, *span, *mark) for told, span, mark in pieces), index)


def pool_of(readings: Sequence[Reading], vectors: NDArray[np.float32]) -> Pool:
    """Return the pool of documents whose ids are their numbers from 0; *vectors*: (n, d), of all pieces in order."""
    pieces = [(number, piece) for number, reading in enumerate(readings) for piece in reading.pieces]
    return Pool.of(
        range(len(readings)),
        vectors,
        np.array([number for number, _ in pieces], dtype=np.int64),
        titles=np.array([piece.title for _, piece in pieces], dtype=np.bool_),
        flagged=np.array([piece.flagged for _, piece in pieces], dtype=np.bool_),
        spans=[Span(number, place, 1, piece.start, piece.end) for place, (number, piece) in enumerate(pieces, start=1)],
        indexes={number: reading.index for number, reading in enumerate(readings)},
    )


def as_kept(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return unit rows as they come out of the database, which keeps halves: rounded, and made unit rows again."""
    return unit_rows(vectors.astype(np.float16))
