"""A run comes out the same again, whatever has happened to the people since; and a changed log is noticed."""

import random
from typing import Any

import pytest
import sqlalchemy as sa

from marketplace.db import db
from marketplace.matches import actions, queries
from marketplace.matches.models import Match, MatchLog, MatchRun
from marketplace.matches.replaying import replay
from marketplace.matches.rules import MATCHES_ON_A_PAGE
from marketplace.profiles.models import AnnotatorProfile, ResumeIndex
from marketplace.projects.models import Project
from matching import configuration
from matching.vocabulary import Cefr
from tests import build

WORDS = "sentiment medical cooking radiology grammar law music code images speech".split()  # noqa: SIM905
CHINESE = {"gate": "language", "tag": "zh", "written": "B1"}


@pytest.fixture
def people(app) -> list[AnnotatorProfile]:
    chance = random.Random(7)
    return [
        build.profile(
            resume_text="\n".join(f"Worked on {' and '.join(chance.sample(WORDS, 3))} for years." for _ in range(5)),
            languages=(("en", Cefr.C1, Cefr.C1, False), ("zh", chance.choice(list(Cefr)), Cefr.B1, False)),
            weekly_minutes=chance.choice([0, 300, 1200]),
        )
        for _ in range(30)
    ]


def run_of(project: Project) -> MatchRun:
    db.session.commit()
    run = actions.make_match_run(project, build.manager(project.organisation))
    db.session.commit()
    return run


def test_a_run_is_the_same_again_after_everybody_has_changed(people) -> None:
    project = build.project(
        gates=[CHINESE, {"any": [{"gate": "hours", "weekly_minutes": 600}, {"gate": "degree", "level": 7}]}],
        wishes=("Radiology and medical words", "Knows law"),
    )
    run = run_of(project)
    for person in people[::2]:
        person.languages[1].written = Cefr.A1
        build_new_resume(person)
    for person in people[1::4]:
        person.paused = True
    project.title = "Something else"
    db.session.commit()
    found = replay(run.id)
    assert found.differences == []
    assert len(found.order) == run.scored > 5
    assert all(then == now for _, then, now in found.order)


def build_new_resume(person: AnnotatorProfile) -> None:
    db.session.execute(sa.text("UPDATE resume SET is_current = false WHERE profile_id = :id"), {"id": person.id})
    build.resume(person, "Cooked in a kitchen.\nWrote menus.")


def test_everybody_considered_is_in_the_log_once(people) -> None:
    run = run_of(build.project(gates=[CHINESE]))
    log = db.session.scalars(sa.select(MatchLog).where(MatchLog.run_id == run.id)).all()
    named = [profile_id for row in log for profile_id in row.profile_ids]
    assert sorted(named) == sorted(person.id for person in people)
    (ranked,) = [row for row in log if row.ranked]
    assert [sum(parts) for parts in ranked.features or ()] == ranked.scores
    assert ranked.scores == sorted(ranked.scores or (), reverse=True)


def test_a_hundred_runs_are_the_same_again(people) -> None:
    chance = random.Random(8)
    runs = [
        run_of(build.project(wishes=tuple(f"Knows {word}" for word in chance.sample(WORDS, 2)))) for _ in range(100)
    ]
    people[0].weekly_minutes = 60
    db.session.commit()
    assert [run.id for run in runs if replay(run.id).differences] == []


def test_a_log_that_says_something_else_is_noticed(people, owner: sa.Engine) -> None:
    run = run_of(build.project())
    with owner.begin() as connection:
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        connection.execute(
            sa.text("UPDATE match_log SET scores[1] = scores[1] + 1e-9 WHERE run_id = :id AND ranked"), {"id": run.id}
        )
    assert replay(run.id).differences == ["Some scores differ."]


def test_a_run_made_before_titles_and_words_were_known_is_the_same_again_when_they_are(people) -> None:
    counted = db.session.scalars(sa.select(ResumeIndex).order_by(ResumeIndex.resume_id)).all()
    kept = [(one.resume_id, one.terms, one.spec) for one in counted[::3]]
    db.session.execute(sa.delete(ResumeIndex).where(ResumeIndex.resume_id.in_([one for one, _, _ in kept])))
    run = run_of(build.project(wishes=("Knows law", "Radiology")))
    assert run.weights["counted"] is False
    for resume_id, terms, spec in kept:
        db.session.execute(sa.insert(ResumeIndex).values(resume_id=resume_id, terms=terms, spec=spec))
    db.session.commit()
    assert replay(run.id).differences == []
    assert run_of(build.project(wishes=("Knows law",))).weights["counted"] is True


def test_a_run_says_what_it_was_set_to_and_made_of(people) -> None:
    run = run_of(build.project())
    assert run.weights["mark"] == configuration.mark()
    assert run.weights["values"] == configuration.values() != {}
    log = db.session.scalars(sa.select(MatchLog).where(MatchLog.run_id == run.id, MatchLog.ranked)).one()
    assert {len(features) for features in log.features or ()} == {len(run.weights["kinds"])}
    assert len(run.weights["labels"]) == len(run.weights["kinds"])


def test_a_run_made_with_other_weights_is_made_anew_and_its_replay_says_so(people, owner: sa.Engine) -> None:
    project = build.project()
    run = run_of(project)
    change(owner, run, weights={"mark": "other"})
    assert run_of(project).id != run.id
    assert "others then" in replay(run.id).differences[-1]


def test_a_run_that_compared_other_texts_is_told_as_such_instead_of_failing(people, owner: sa.Engine) -> None:
    run = run_of(build.project())
    change(owner, run, brief={"title": "Something else", "wishes": [], "text": ""}, code_version="0.0.1", weights={})
    found = replay(run.id)
    assert found.differences[0] == "Other texts of the brief are compared now than were then."
    assert "made by version 0.0.1" in found.differences[1]
    assert {now for _, _, now in found.order} == {None}


def change(owner: sa.Engine, run: MatchRun, **values: Any) -> None:
    """Change what is kept of a run, which nothing of the program does."""
    with owner.begin() as connection:
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        connection.execute(sa.update(MatchRun).where(MatchRun.id == run.id).values(**values))
    db.session.refresh(run)


def test_another_page_of_the_list_is_worded_from_the_people_as_the_run_saw_them(people) -> None:
    for _ in range(MATCHES_ON_A_PAGE):
        build.profile(resume_text="Labelled sentiment.\nChecked grammar.")
    run = run_of(build.project())
    last = people[0]
    last.languages[0].written = Cefr.A1
    db.session.commit()
    places = range(MATCHES_ON_A_PAGE + 1, min(run.scored, 2 * MATCHES_ON_A_PAGE) + 1)
    actions.ensure_worded(run, places)
    actions.ensure_worded(run, places)
    db.session.commit()
    second = queries.ranked(run, after=MATCHES_ON_A_PAGE, most=MATCHES_ON_A_PAGE)
    assert [match.rank for match in second] == list(range(MATCHES_ON_A_PAGE + 1, run.scored + 1))
    log = db.session.scalars(sa.select(MatchLog).where(MatchLog.run_id == run.id, MatchLog.ranked)).one()
    assert [match.score for match in second] == (log.scores or [])[MATCHES_ON_A_PAGE:]
    ranks = db.session.scalars(sa.select(Match.rank).where(Match.run_id == run.id)).all()
    assert len(ranks) == len(set(ranks)) == run.scored
