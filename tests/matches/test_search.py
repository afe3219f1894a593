"""The shortlist is exact, those invited are left out where asked, and a language that is new is not overlooked."""

from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from flask import Flask
from numpy.typing import NDArray

from marketplace.db import db
from marketplace.invitations.models import Invitation
from marketplace.invitations.rules import InvitationState
from marketplace.matches import search
from marketplace.profiles.models import Resume, ResumeVectors
from matching.gates import GateNode, HoursGate, LanguageGate
from tests import build
from tests.fakes import FakeEmbedder

LINES = ("Labelled sentiment", "Rated answers", "Drove a taxi", "Taught Latin to adults", "Wrote guidelines")
ALL: list[GateNode] = []


def vector_of(text: str) -> NDArray[np.float32]:
    (vector,) = FakeEmbedder().embed([text])
    return np.asarray(vector, dtype=np.float32)


def closeness_of(profile_id: int, vector: NDArray[np.float32]) -> float:
    """Return the mean of the best three inner products, worked out from the profile's own tables."""
    resume_id = db.session.scalars(sa.select(Resume.id).where(Resume.profile_id == profile_id)).one()
    products = [float(np.dot(one, vector)) for one in build.vectors_of(resume_id, build.space().id).values()]
    return float(np.mean(sorted(products)[-3:])) if products else -1.0


def test_the_shortlist_is_by_the_mean_of_the_best_three_passages_ties_by_id(app: Flask) -> None:
    for at in range(24):
        chosen = [LINES[(at * step + step) % len(LINES)] for step in range(1, 1 + at % 6)]
        build.profile(resume_text="\n".join(chosen) or "Nothing")
    without_vectors = build.profile(resume_text="Rated answers").id
    own = sa.select(Resume.id).where(Resume.profile_id == without_vectors)
    db.session.execute(sa.delete(ResumeVectors).where(ResumeVectors.resume_id.in_(own)))
    wanted = vector_of("Rated the sentiment of answers and wrote guidelines")
    ids = search.eligible_ids(ALL).tolist()
    found = search.shortlist(ALL, wanted, 99)
    assert sorted(one.profile_id for one in found) == ids
    assert [one.closeness for one in found] == pytest.approx(
        [closeness_of(one.profile_id, wanted) for one in found], abs=2e-3
    )
    assert found == sorted(found, key=lambda one: (-one.closeness, one.profile_id))
    assert found[-1].profile_id == without_vectors
    for most in range(1, 25):
        assert search.shortlist(ALL, wanted, most=most) == found[:most]


def test_one_good_passage_among_poor_ones_does_not_mislead_the_shortlist(app: Flask) -> None:
    for _ in range(12):
        build.profile(resume_text="Rated answers\nDrove a taxi\nKept bees\nMilked cows")
    steady = [
        build.profile(resume_text="Rated many answers\nRated their answers\nRated all answers").id for _ in range(2)
    ]
    found = search.shortlist(ALL, vector_of("Rated answers"), most=2)
    assert [one.profile_id for one in found] == steady


@pytest.mark.parametrize(("passing", "ranked"), [(0, 0), (600, 600), (620, 615), (4_000, 700), (40_000, 1_600)])
def test_of_many_who_pass_more_are_ranked_the_more_there_are(passing: int, ranked: int) -> None:
    assert search.shortlist_size(passing) == ranked


def test_the_shortlist_holds_only_who_passes(app: Flask) -> None:
    poor, good = build.profile(weekly_minutes=60).id, build.profile().id
    assert [one.profile_id for one in search.shortlist([HoursGate(600)], vector_of("sentiment"), 9)] == [good]
    assert search.eligible_ids([HoursGate(30)]).tolist() == [poor, good]


@pytest.mark.parametrize(
    ("state", "free"), [(state, state not in search.LIVE["invitation"]) for state in InvitationState]
)
def test_whoever_has_a_live_invitation_is_left_out_where_asked(app: Flask, state: InvitationState, free: bool) -> None:
    project, other = build.project(), build.profile().id
    taken = build.engagement(on=project, ended_at=None).profile_id
    with db.session.no_autoflush:
        db.session.execute(sa.text("UPDATE engagement SET state = 'ended', ended_at = now()"))
    reason = "other" if state is InvitationState.DECLINED else None
    db.session.execute(sa.update(Invitation).values(state=state, decline_reason=reason))
    wanted = sorted([other, taken]) if free else [other]
    assert search.eligible_ids(ALL, not_invited_to=project.id).tolist() == wanted
    assert search.count_eligible(ALL, not_invited_to=project.id) == len(wanted)
    near = search.shortlist(ALL, vector_of("sentiment"), 9, not_invited_to=project.id)
    assert sorted(one.profile_id for one in near) == wanted
    assert search.eligible_ids(ALL).tolist() == sorted([other, taken])
    said = search.outcomes([HoursGate(60)], invited_to=project.id).people
    assert sorted(said.get("pp", np.zeros(0)).tolist()) == wanted
    assert said.get("pf", np.zeros(0)).tolist() == ([] if free else [taken])


def test_whoever_is_at_work_is_left_out_though_the_invitation_is_over(app: Flask) -> None:
    project, free = build.project(), build.profile().id
    build.engagement(on=project)
    db.session.execute(sa.update(Invitation).values(state=InvitationState.EXPIRED))
    assert search.eligible_ids(ALL, not_invited_to=project.id).tolist() == [free]


def test_a_language_that_comes_up_while_the_question_is_asked_is_not_overlooked(app: Flask) -> None:
    one = build.profile().id
    db.session.commit()
    engine = sa.create_engine(app.extensions["fairmatch_services"].database_url, poolclass=sa.NullPool)
    asked: list[str] = []

    def speak_swahili_first(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if "FROM matching_row" in statement:
            asked.append(statement)
            with engine.begin() as somebody_else:
                somebody_else.execute(sa.text("UPDATE language_skill SET tag = 'sw'"))

    sa.event.listen(db.engine, "before_cursor_execute", speak_swahili_first)
    try:
        assert search.eligible_ids([LanguageGate("sw")]).tolist() == [one]
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", speak_swahili_first)
    assert len(asked) == 2


def test_nobody_at_all_is_an_answer_too(app: Flask) -> None:
    found = search.outcomes([HoursGate(60)])
    assert (found.considered, found.eligible.tolist(), found.people) == (0, [], {})
    assert found.snapshot
    assert search.eligible_ids(ALL).tolist() == []
    assert search.count_eligible(ALL) == 0
    assert search.shortlist(ALL, vector_of("sentiment"), 9) == []
