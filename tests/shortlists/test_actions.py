from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.accounts.models import Account
from marketplace.applications import actions as applications
from marketplace.audit import AuditEvent
from marketplace.db import db
from marketplace.errors import Missing, Refused
from marketplace.invitations import actions as invitations
from marketplace.invitations import choosing
from marketplace.matches.actions import make_match_run
from marketplace.matches.models import Match
from marketplace.profiles.models import AnnotatorProfile
from marketplace.projects.models import Project
from marketplace.shortlists import actions, queries
from marketplace.shortlists.models import CandidateMark, CandidateNote
from marketplace.shortlists.rules import MAX_NOTES, Mark, NotChosenReason, refuse_mark
from tests import build

SHORT, OUT, RATE = Mark.SHORTLISTED, Mark.NOT_CHOSEN, NotChosenReason.RATE


@pytest.fixture
def manager(app: Flask) -> Account:
    return build.manager(build.organisation())


@pytest.fixture
def person(app: Flask) -> AnnotatorProfile:
    return build.profile()


@pytest.fixture
def project(manager: Account, person: AnnotatorProfile) -> Project:
    return build.project(by=manager)


@pytest.fixture
def match(project: Project, manager: Account, person: AnnotatorProfile) -> Match:
    db.session.commit()
    run = make_match_run(project, manager)
    db.session.commit()
    return db.session.scalars(sa.select(Match).where(Match.run_id == run.id, Match.profile_id == person.id)).one()


@pytest.mark.parametrize(
    ("mark", "reason", "note", "field"),
    [
        (SHORT, None, "", None),
        (OUT, RATE, "", None),
        (OUT, NotChosenReason.OTHER, "Knows the client.", None),
        (None, None, "", None),
        (OUT, None, "", "reason"),
        (OUT, NotChosenReason.OTHER, "", "note"),
        (SHORT, RATE, "", "reason"),
        (None, RATE, "", "reason"),
    ],
)
def test_only_somebody_not_chosen_has_a_reason_and_always_has_one(
    mark: Mark | None, reason: NotChosenReason | None, note: str, field: str | None
) -> None:
    refusal = refuse_mark(mark, reason, note)
    assert (refusal and refusal[0]) == field


def test_somebody_has_one_mark_for_a_project_and_the_trail_keeps_every_one(
    project: Project, match: Match, manager: Account
) -> None:
    actions.mark_candidate(project, match.id, SHORT, None, "", by=manager)
    actions.mark_candidate(project, match.id, OUT, RATE, "Too dear.", by=manager)
    (mark,) = db.session.scalars(sa.select(CandidateMark))
    assert (mark.mark, mark.reason, mark.note, mark.marker) == (OUT, RATE, "Too dear.", manager)
    actions.mark_candidate(project, match.id, None, None, "", by=manager)
    assert queries.marks_of(project, [match.profile_id]) == {}
    told = db.session.scalars(
        sa.select(AuditEvent.facts).where(AuditEvent.action == "candidate.marked").order_by(AuditEvent.id)
    )
    assert [(one["mark"], one["reason"]) for one in told] == [
        ("shortlisted", None),
        ("not_chosen", "rate"),
        (None, None),
    ]


def test_the_database_wants_a_reason_for_who_is_not_chosen(project: Project, match: Match, manager: Account) -> None:
    actions.mark_candidate(project, match.id, SHORT, None, "", by=manager)
    with pytest.raises(sa.exc.IntegrityError, match="not_chosen_with_reason"):
        db.session.execute(sa.update(CandidateMark).values(mark=OUT))


def test_who_is_not_chosen_is_passed_over_by_every_way_to_invite(
    project: Project, match: Match, manager: Account, person: AnnotatorProfile
) -> None:
    application = applications.apply(project.id, "", person.account)
    actions.mark_candidate(project, match.id, OUT, RATE, "", by=manager)
    with pytest.raises(Refused, match="marked as not chosen"):
        invitations.invite(project, [match.id], manager)
    with pytest.raises(Refused, match="Nobody is left"):
        choosing.invite_best(project, 3, manager)
    with pytest.raises(Refused, match="marked as not chosen"):
        applications.accept_application(application, "", manager)
    actions.mark_candidate(project, match.id, None, None, "", by=manager)
    assert len(invitations.invite(project, [match.id], manager).made) == 1


def test_a_mark_of_one_project_says_nothing_in_another(
    project: Project, match: Match, manager: Account, person: AnnotatorProfile
) -> None:
    actions.mark_candidate(project, match.id, OUT, RATE, "", by=manager)
    other = build.project(by=manager)
    assert len(choosing.invite_best(other, 1, manager).made) == 1
    assert queries.marks_of(other, [person.id]) == {}
    with pytest.raises(Missing):
        actions.mark_candidate(other, match.id, SHORT, None, "", by=manager)
    with pytest.raises(Missing):
        actions.add_note(other, match.id, "Not here.", by=manager)


def test_notes_stand_in_their_order_and_there_is_an_end_to_them(
    project: Project, match: Match, manager: Account, person: AnnotatorProfile
) -> None:
    for number in range(MAX_NOTES):
        actions.add_note(project, match.id, f"Note {number}", by=manager)
    with pytest.raises(Refused, match="50 notes"):
        actions.add_note(project, match.id, "One more", by=manager)
    notes = queries.notes_of(project, [person.id])[person.id]
    assert [note.text for note in notes] == [f"Note {number}" for number in range(MAX_NOTES)]


def test_nobody_changes_a_note(project: Project, match: Match, manager: Account) -> None:
    actions.add_note(project, match.id, "Asks well.", by=manager)
    db.session.commit()
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        db.session.execute(sa.update(CandidateNote).values(text="Never said"))


def test_two_who_mark_the_same_person_at_once_leave_one_mark(
    app: Flask, project: Project, match: Match, manager: Account
) -> None:
    db.session.commit()
    project_id, match_id, account_id = project.id, match.id, manager.id
    gate = Barrier(4)

    def step(mark: Mark, reason: NotChosenReason | None) -> Callable[[], None]:
        def go() -> None:
            with app.app_context():
                gate.wait()
                own, by = db.session.get_one(Project, project_id), db.session.get_one(Account, account_id)
                actions.mark_candidate(own, match_id, mark, reason, "", by=by)
                db.session.commit()

        return go

    db.session.rollback()
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(step(*one)) for one in ((SHORT, None), (OUT, RATE)) * 2]:
            done.result()
    (mark,) = db.session.scalars(sa.select(CandidateMark))
    assert (mark.mark is OUT) == (mark.reason is RATE)
    trail = db.session.scalar(sa.select(sa.func.count()).where(AuditEvent.action == "candidate.marked"))
    assert trail == 4
