"""The shortlist, which looks at everybody only where it has to, is what working everything out in numpy gives."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from marketplace.db import db
from marketplace.matches import search
from marketplace.profiles.models import Resume, ResumePassage, ResumeVectors, VectorSpace
from marketplace.profiles.rules import SpaceState
from matching.gates import GateNode
from tests import build
from tests.fakes import FakeEmbedder
from tests.matches import crowd

ALL: list[GateNode] = []
PEOPLE = 60
# Unit vectors of which every inner product is -1, -½, 0, ½ or 1, so that nothing is rounded and very many are equal.
UNITS = [
    *(np.array(signs) / 2 for signs in product((1.0, -1.0), repeat=4)),
    *(sign * axis for axis in np.eye(4) for sign in (1.0, -1.0)),
]
# The places in UNITS of somebody's passages: nobody's, one's, up to more than a row holds.
passages = st.lists(st.integers(0, len(UNITS) - 1), max_size=12)


@pytest.fixture
def ways(app: Flask) -> Iterator[list[str]]:
    """Give the way that each answer took: by the "best" passage of some, or by the "mean" of everybody within reach."""
    taken: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if "float8send" in statement:
            taken.append("mean" if "bound" in parameters else "best")

    sa.event.listen(db.engine, "before_cursor_execute", note)
    yield taken
    sa.event.remove(db.engine, "before_cursor_execute", note)


def _stand_there(people: list[list[int]]) -> list[int]:
    """Add a person for each of *people* with the passages that it names; return their profile ids."""
    space = VectorSpace(model="units", sha256="4" * 64, dimension=4, state=SpaceState.ACTIVE)
    db.session.add(space)
    ids = crowd.people(len(people), seed=0)
    resumes = dict(db.session.execute(sa.select(Resume.profile_id, Resume.id)).all())
    rows = [
        {"resume_id": resumes[one], "number": at, "page": 1, "starts_at": at, "ends_at": at + 1}
        for one, own in zip(ids, people, strict=True)
        for at, _ in enumerate(own)
    ]
    if rows:
        db.session.execute(sa.insert(ResumePassage), rows)
        vectors = [
            {
                "resume_id": resumes[one],
                "space_id": space.id,
                "numbers": list(range(len(own))),
                "embeddings": [UNITS[unit].tolist() for unit in own],
            }
            for one, own in zip(ids, people, strict=True)
        ]
        db.session.execute(sa.insert(ResumeVectors), vectors)
    return ids


def _worked_out(ids: list[int], people: list[list[int]], wanted: NDArray[np.float64]) -> list[tuple[int, float]]:
    """Return everybody with their closeness, the nearest first, by nothing but the definition."""
    found = []
    for one, own in zip(ids, people, strict=True):
        best = sorted((float(UNITS[unit] @ wanted) for unit in own[:10]), reverse=True)[:3]
        found.append((not best, -sum(best) / len(best) if best else 1.0, one))
    return [(one, -away) for _, away, one in sorted(found)]


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    people=st.lists(passages, min_size=PEOPLE, max_size=PEOPLE),
    questions=st.lists(st.tuples(st.integers(0, len(UNITS) - 1), st.integers(1, PEOPLE // 3)), min_size=5, max_size=10),
)
def test_the_shortlist_is_what_working_everything_out_gives(
    app: Flask, people: list[list[int]], questions: list[tuple[int, int]]
) -> None:
    db.session.rollback()
    ids = _stand_there(people)
    for unit, most in questions:
        found = search.shortlist(ALL, UNITS[unit], most)
        assert [(one.profile_id, one.closeness) for one in found] == _worked_out(ids, people, UNITS[unit])[:most]
    db.session.rollback()


@pytest.mark.parametrize(
    ("near", "far", "way"),
    [
        pytest.param([0, 0, 0], [15, 15, 15], ["best"], id="the last wanted lies above the best of the last found"),
        pytest.param([0, 0, 0], [0, 15, 15, 15], ["best", "mean"], id="somebody further down could be nearer"),
        pytest.param([0], [0], ["best", "mean"], id="equal: the smaller id may be further down"),
        pytest.param([], [], ["best", "mean"], id="nobody has any"),
    ],
)
def test_more_people_are_looked_at_only_where_it_matters(
    app: Flask, ways: list[str], near: list[int], far: list[int], way: list[str]
) -> None:
    people = [far] * 12 + [near] * 2
    ids = _stand_there(people)
    found = search.shortlist(ALL, UNITS[0], most=2)
    assert [(one.profile_id, one.closeness) for one in found] == _worked_out(ids, people, UNITS[0])[:2]
    assert ways == way


def test_somebody_who_leaves_between_the_two_looks_leaves_no_gap(app: Flask) -> None:
    poor = [build.profile(resume_text="Rated answers\nDrove a taxi\nKept bees\nMilked cows").id for _ in range(12)]
    steady = [build.profile(resume_text="Rated answers\nRated all answers\nRated answers").id for _ in range(2)]
    db.session.commit()
    engine = sa.create_engine(app.extensions["fairmatch_services"].database_url, poolclass=sa.NullPool)
    left: list[int] = []

    def leave_first(connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if "float8send" in statement and "bound" in parameters and not left:
            left.append(steady[0])
            with engine.begin() as somebody_else:
                somebody_else.execute(
                    sa.text("UPDATE annotator_profile SET paused = true WHERE id = :id"), {"id": left[0]}
                )

    sa.event.listen(db.engine, "before_cursor_execute", leave_first)
    try:
        found = search.shortlist(ALL, FakeEmbedder().embed(["Rated answers"])[0], most=2)
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", leave_first)
    assert left
    assert [one.profile_id for one in found] == [steady[1], poor[0]]
