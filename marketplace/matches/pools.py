"""What the ranking is told about people: vectors, places, flags and indexes of their résumés, read in bulk."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from marketplace.db import db
from marketplace.matches.people import Person
from matching.documents import TextIndex
from matching.halves import unit_rows
from matching.pool import Pool
from matching.types import Span, Spans

# One row for all of them, its values in PostgreSQL's own binary form: to take ten thousand rows apart, or to read
# numbers out of text, would cost more than to fetch them.
PIECES = """
SELECT coalesce(string_agg(int8send(resume_id) || int8send(number) || int8send(page) || int8send(starts_at)
                           || int8send(ends_at) || int8send((kind = 'title')::int)
                           || int8send((flag <> '')::int), ''), '')
  FROM resume_passage WHERE resume_id = ANY(%(resume_ids)s)
"""
VECTORS = """
SELECT resume_id, array_send(numbers), array_send(embeddings)
  FROM resume_vectors WHERE resume_id = ANY(%(resume_ids)s) AND space_id = %(space_id)s ORDER BY resume_id
"""
# What comes before the first of an array, and its length before each: PostgreSQL's form of arrays of one dimension.
ARRAY_HEAD, EACH_HEAD = 20, 4
BITS_OF_NUMBERS = 15
INDEXES = """
SELECT resume_id, terms, spec @> '{"is_label": true}' FROM resume_index WHERE resume_id = ANY(%(resume_ids)s)
"""


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """The pieces of many résumés: *vectors* (n, d) of length 1, *resume_ids* (n,), *titles* and *flagged* (n,).

    *whole*: no title lacks its vector.
    """

    vectors: NDArray[np.float32]
    resume_ids: NDArray[np.int64]
    titles: NDArray[np.bool_]
    flagged: NDArray[np.bool_]
    spans: Spans
    whole: bool


def pool_of(
    people: Mapping[int, Person], space_id: int, width: int, *, counted: bool | None = None
) -> tuple[Pool, bool]:
    """Return *people*, by profile id, as the ranking takes them: the pieces and words of their résumés, their years.

    *width*: of the vectors in the space.  *counted*: with titles and words, which are for all or for nobody; None:
    where they are known of all, which while the model is changed they are not yet of résumés that an earlier version
    read.  Returns the pool and whether it is with them.
    """
    owners = {person.resume_id: profile_id for profile_id, person in people.items()}
    resume_ids = list(owners)
    pieces, indexes = pieces_of(resume_ids, space_id, width), indexes_of(resume_ids)
    if counted is None:
        counted = pieces.whole and len(indexes) == len(resume_ids)
    chosen = slice(None) if counted else np.flatnonzero(~pieces.titles)
    pool = Pool.of(
        list(people),
        pieces.vectors[chosen],
        np.array([owners[resume_id] for resume_id in pieces.resume_ids[chosen].tolist()], dtype=np.int64),
        titles=pieces.titles[chosen],
        flagged=pieces.flagged[chosen],
        spans=Spans(pieces.spans.rows[chosen]),
        indexes={owners[resume_id]: index for resume_id, index in indexes.items()} if counted else {},
        years={profile_id: person.years for profile_id, person in people.items()},
    )
    return pool, counted


def pieces_of(resume_ids: Sequence[int], space_id: int, width: int) -> Pieces:
    """Return every piece of the résumés that has a vector in one space, by résumé and number; *width* of nothing."""
    ((told,),) = sent(PIECES, resume_ids=resume_ids)
    rows = np.frombuffer(told, dtype=">i8").reshape(-1, len(Span.__slots__) + 2).astype(np.int64)
    rows = rows[np.lexsort((rows[:, 1], rows[:, 0]))]
    keys, vectors = _vectors_of(resume_ids, space_id, width)
    named = _key(rows[:, 0], rows[:, 1])
    titles = int(rows[:, -2].sum())
    if not np.array_equal(named, keys):
        _, here, there = np.intersect1d(named, keys, assume_unique=True, return_indices=True)
        rows, vectors = rows[here], vectors[there]
    return Pieces(
        vectors=vectors,
        resume_ids=rows[:, 0],
        titles=rows[:, -2].astype(np.bool_),
        flagged=rows[:, -1].astype(np.bool_),
        spans=Spans(rows[:, : len(Span.__slots__)]),
        whole=titles == int(rows[:, -2].sum()),
    )


def _vectors_of(resume_ids: Sequence[int], space_id: int, width: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the vectors of the résumés in one space, (n, d), with the keys (n,), ascending, of what they are of."""
    kept = sent(VECTORS, space_id=space_id, resume_ids=resume_ids)
    each = np.dtype([("length", ">i4"), ("number", ">i2")])
    numbers = [np.frombuffer(sent[ARRAY_HEAD:], dtype=each)["number"] for _, sent, _ in kept]
    count = sum(map(len, numbers))
    if not count:
        return np.zeros(0, dtype=np.int64), np.zeros((0, width), dtype=np.float32)
    owners = np.repeat(np.array([row[0] for row in kept], dtype=np.int64), [len(own) for own in numbers])
    halves = np.frombuffer(b"".join(sent[ARRAY_HEAD:] for _, _, sent in kept), dtype=">f2").reshape(count, -1)
    return _key(owners, np.concatenate(numbers).astype(np.int64)), unit_rows(halves[:, EACH_HEAD // 2 + 2 :])


def _key(resume_ids: NDArray[np.int64], numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    return (resume_ids << BITS_OF_NUMBERS) + numbers


def indexes_of(resume_ids: Sequence[int]) -> dict[int, TextIndex]:
    """Return the counted words of the résumés that have been counted, by résumé."""
    rows = sent(INDEXES, resume_ids=resume_ids)
    return {resume_id: TextIndex(terms, is_label) for resume_id, terms, is_label in rows}


def vectors_from(sent: bytes, count: int, width: int) -> NDArray[np.float32]:
    """Return *count* unit vectors, (count, d), from pgvector's binary form; *width* is that of nothing at all."""
    return unit_rows(_halves(sent, count)) if count else np.zeros((0, width), dtype=np.float32)


def _halves(sent: bytes, count: int) -> NDArray[np.float16]:
    """Return vectors out of pgvector's form: dimension and an unused number, two bytes each, then the halves."""
    return np.frombuffer(sent, dtype=">f2").reshape(count, -1)[:, 2:]


def sent(statement: str, **values: Any) -> Sequence[Any]:
    """Return rows sent in binary form, in this transaction: bytes come as they are, not as text twice as long."""
    db.session.flush()
    with closing(db.session.connection().connection.cursor(binary=True)) as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()
