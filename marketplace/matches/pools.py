"""What the ranking is told about people: vectors, places, flags and indexes of their résumés, read in bulk."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from marketplace.db import db
from marketplace.matches.people import Person
from marketplace.profiles.models import ResumeIndex
from matching.documents import TextIndex
from matching.pool import Pool
from matching.types import Spans

# One row a résumé: eight thousand rows of passages would cost more to take apart than to fetch.
PIECES = """
SELECT p.resume_id,
       array_agg(p.number ORDER BY p.number), array_agg(p.page ORDER BY p.number),
       array_agg(p.starts_at ORDER BY p.number), array_agg(p.ends_at ORDER BY p.number),
       array_agg(p.kind = 'title' ORDER BY p.number), array_agg(p.flag <> '' ORDER BY p.number),
       string_agg(halfvec_send(v.embedding), ''::bytea ORDER BY p.number)
  FROM resume_passage p JOIN passage_vector v ON v.passage_id = p.id AND v.space_id = :space_id
 WHERE p.resume_id = ANY(:resume_ids)
 GROUP BY p.resume_id ORDER BY p.resume_id
"""
# Whether there is one who was never searched for titles and words, or a title without a vector in this space.
UNCOUNTED = """
SELECT EXISTS (SELECT FROM unnest(CAST(:resume_ids AS bigint[])) r (id)
                WHERE NOT EXISTS (SELECT FROM resume_index i WHERE i.resume_id = r.id))
    OR EXISTS (SELECT FROM resume_passage p
                WHERE p.resume_id = ANY(:resume_ids) AND p.kind = 'title'
                  AND NOT EXISTS (SELECT FROM passage_vector v WHERE v.passage_id = p.id AND v.space_id = :space_id))
"""


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """The pieces of many résumés: *vectors* (n, d) of length 1, *resume_ids* (n,), *titles* and *flagged* (n,)."""

    vectors: NDArray[np.float32]
    resume_ids: NDArray[np.int64]
    titles: NDArray[np.bool_]
    flagged: NDArray[np.bool_]
    spans: Spans


def all_counted(people: Mapping[int, Person], space_id: int) -> bool:
    """Return whether the titles and words of all *people* are known in a space.

    While the model is changed they are not yet, of those whose résumés were read by an earlier version.
    """
    resume_ids = [person.resume_id for person in people.values()]
    return not db.session.scalar(sa.text(UNCOUNTED), {"space_id": space_id, "resume_ids": resume_ids})


def pool_of(people: Mapping[int, Person], space_id: int, width: int, *, counted: bool) -> Pool:
    """Return *people*, by profile id, as the ranking takes them: the pieces and words of their résumés, their years.

    *width*: of the vectors in the space.  *counted*: with titles and words, which are for all or for nobody.
    """
    owners = {person.resume_id: profile_id for profile_id, person in people.items()}
    pieces = pieces_of(list(owners), space_id, width)
    chosen = np.arange(len(pieces.titles)) if counted else np.flatnonzero(~pieces.titles)
    return Pool.of(
        list(people),
        pieces.vectors[chosen],
        np.array([owners[resume_id] for resume_id in pieces.resume_ids[chosen].tolist()], dtype=np.int64),
        titles=pieces.titles[chosen],
        flagged=pieces.flagged[chosen],
        spans=Spans(pieces.spans.rows[chosen]),
        indexes={owners[resume_id]: index for resume_id, index in indexes_of(list(owners)).items()} if counted else {},
        years={profile_id: person.candidate.years for profile_id, person in people.items()},
    )


def indexes_of(resume_ids: Collection[int]) -> dict[int, TextIndex]:
    """Return the counted words of the résumés that have been counted, by résumé."""
    columns = sa.select(ResumeIndex.resume_id, ResumeIndex.terms, ResumeIndex.spec)
    wanted = columns.where(ResumeIndex.resume_id == sa.any_(sa.literal(list(resume_ids), sa.ARRAY(sa.BigInteger))))
    return {resume_id: TextIndex.from_spec(terms, spec) for resume_id, terms, spec in db.session.execute(wanted)}


def pieces_of(resume_ids: Collection[int], space_id: int, width: int) -> Pieces:
    """Return every piece of the résumés that has a vector in one space, by résumé and place; *width* of nothing."""
    rows = db.session.execute(sa.text(PIECES), {"space_id": space_id, "resume_ids": list(resume_ids)}).all()
    owners = np.repeat(
        np.array([row[0] for row in rows], dtype=np.int64), np.array([len(row[1]) for row in rows], dtype=np.int64)
    )
    places = [np.array([one for row in rows for one in row[at]], dtype=np.int64) for at in (1, 2, 3, 4)]
    return Pieces(
        vectors=unit_rows(b"".join(row[7] for row in rows), len(owners), width),
        resume_ids=owners,
        titles=np.array([one for row in rows for one in row[5]], dtype=np.bool_),
        flagged=np.array([one for row in rows for one in row[6]], dtype=np.bool_),
        spans=Spans(np.stack([owners, *places], axis=1)),
    )


def unit_rows(sent: bytes, count: int, width: int) -> NDArray[np.float32]:
    """Return *count* vectors from pgvector's binary form, which is ten times faster to read than its text.

    That form: dimension and an unused number, two bytes each, then the halves; all big-endian.  Rounded to halves a
    vector is no longer of length 1, so that is mended.  *width* is that of nothing at all.
    """
    if not count:
        return np.zeros((0, width), dtype=np.float32)
    halves = np.frombuffer(sent, dtype=">f2").reshape(count, -1)[:, 2:]
    vectors = halves.astype(np.float32)
    unit: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit
