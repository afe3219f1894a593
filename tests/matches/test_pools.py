"""Every piece of a résumé comes with its own vector, whatever of them is there."""

from random import Random

import numpy as np
import sqlalchemy as sa
from flask import Flask

from marketplace.db import db
from marketplace.matches.pools import pieces_of
from marketplace.profiles.models import Resume, ResumePassage, ResumeVectors
from marketplace.profiles.rules import PassageKind
from tests import build

LINES = ("Radiology Nurse", "Labelled sentiment", "Rated answers", "Drove a taxi", "Taught Latin", "Data Annotator")
# A text of a few words has no titles of its own.
MORE = "Read reports of patients every day in a busy ward and wrote to their doctors about each of them"


def resumes_of(count: int, chance: Random) -> list[int]:
    """Add people with some of the lines, the first with a title; return the ids of their résumés."""
    for at in range(count):
        lines = chance.sample(LINES, chance.randint(1, len(LINES)))
        build.profile(resume_text="\n".join([*LINES[: at == 0], *lines, MORE]))
    return list(db.session.scalars(sa.select(Resume.id).order_by(Resume.id)))


def test_every_piece_has_its_own_vector(app: Flask) -> None:
    space = build.space()
    resumes = resumes_of(12, Random(1))
    found = pieces_of(resumes[::-1], space.id, space.dimension)
    told = sa.select(ResumePassage).order_by(ResumePassage.resume_id, ResumePassage.number)
    pieces = db.session.scalars(told).all()
    assert found.whole
    assert found.titles.any()
    assert found.resume_ids.tolist() == [piece.resume_id for piece in pieces]
    assert found.titles.tolist() == [piece.kind is PassageKind.TITLE for piece in pieces]
    for piece, span, vector in zip(pieces, found.spans, found.vectors, strict=True):
        assert (span.resume_id, span.passage_number) == (piece.resume_id, piece.number)
        assert (span.page, span.start, span.end) == (piece.page, piece.starts_at, piece.ends_at)
        assert np.allclose(vector, build.vectors_of(piece.resume_id, space.id)[piece.number], atol=2e-3)


def test_pieces_without_a_vector_and_vectors_without_a_piece_are_left_out(app: Flask) -> None:
    space, chance = build.space(), Random(2)
    resumes = resumes_of(12, chance)
    whole = pieces_of(resumes, space.id, space.dimension)
    for one in db.session.scalars(sa.select(ResumeVectors)):
        lost = chance.randrange(len(one.numbers))
        cut = "(numbers[1:{0}] || numbers[{1}:]), embeddings = (embeddings[1:{0}] || embeddings[{1}:])"
        change = f"UPDATE resume_vectors SET numbers = {cut.format(lost, lost + 2)} WHERE resume_id = {one.resume_id}"
        db.session.execute(sa.text(change))
    db.session.execute(sa.text("DELETE FROM resume_passage WHERE number = 0"))
    db.session.expire_all()
    found = pieces_of(resumes, space.id, space.dimension)
    numbers = {
        (one.resume_id, number) for one in db.session.scalars(sa.select(ResumeVectors)) for number in one.numbers
    }
    kept = [at for at, span in enumerate(whole.spans) if (span.resume_id, span.passage_number) in numbers]
    kept = [at for at in kept if whole.spans[at].passage_number > 0]
    assert np.array_equal(found.vectors, whole.vectors[kept])
    assert np.array_equal(found.spans.rows, whole.spans.rows[kept])
    assert found.whole == (whole.titles.sum() == whole.titles[kept].sum())


def test_nobody_has_pieces_in_a_space_without_vectors(app: Flask) -> None:
    resumes = resumes_of(2, Random(3))
    found = pieces_of(resumes, build.space().id + 1, 7)
    assert (found.vectors.shape, len(found.spans), found.whole) == ((0, 7), 0, False)
    assert pieces_of([], build.space().id, 7).vectors.shape == (0, 7)
