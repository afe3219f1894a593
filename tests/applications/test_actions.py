from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace import clock, worker
from marketplace.accounts.models import Account
from marketplace.applications import actions
from marketplace.applications.models import Application
from marketplace.applications.rules import ApplicationDecline, ApplicationState
from marketplace.audit import AuditEvent
from marketplace.db import db
from marketplace.errors import Missing, Refused
from marketplace.events import Event
from marketplace.invitations import actions as invitations
from marketplace.invitations.models import Invitation
from marketplace.invitations.rules import DeclineReason, InvitationState
from marketplace.matches.actions import make_match_run
from marketplace.matches.models import Match, MatchRun
from marketplace.profiles.models import AnnotatorProfile
from marketplace.profiles.rules import ProfileState, ResumeState
from marketplace.projects import actions as projects
from marketplace.projects.models import Project
from marketplace.projects.rules import ProjectState
from marketplace.work import actions as work
from marketplace.work.models import Engagement
from marketplace.work.rules import EndReason
from tests import build

CHINESE = {"gate": "language", "tag": "zh", "written": "B2"}
DEGREE = {"gate": "degree", "level": 6, "in_progress_is_enough": False}


@pytest.fixture
def manager(app: Flask) -> Account:
    return build.manager(build.organisation())


@pytest.fixture
def person(app: Flask) -> AnnotatorProfile:
    return build.profile()


@pytest.fixture
def project(manager: Account) -> Project:
    from marketplace.accounts.queries import organisations_of

    return build.project(organisations_of(manager)[0], by=manager, gates=[DEGREE])


@pytest.fixture
def application(project: Project, person: AnnotatorProfile) -> Application:
    return actions.apply(project.id, "I rated answers for a year.", person.account)


def missing_chinese(project: Project) -> None:
    project.versions[0].gates = [CHINESE]
    db.session.flush()


def happenings() -> list[str]:
    return list(db.session.scalars(sa.select(Event.kind).order_by(Event.id)))


def trail() -> list[str]:
    wanted = sa.select(AuditEvent.action).where(AuditEvent.object_kind == "application")
    return list(db.session.scalars(wanted.order_by(AuditEvent.id)))


def test_applying_keeps_what_each_gate_said_with_its_fact_and_tells_the_client(
    application: Application, person: AnnotatorProfile
) -> None:
    assert application.state is ApplicationState.SUBMITTED
    assert [(gate["outcome"], gate["fact"]) for gate in application.gates] == [
        ("pass", "Master's degree in Linguistics, held (declared)"),
        ("pass", "Works from $15.00 an hour"),
    ]
    person.degrees = []
    db.session.flush()
    db.session.refresh(application)
    assert application.missed == []
    assert happenings() == ["application.submitted"]
    assert trail() == ["application.submitted"]


def test_a_missed_gate_keeps_nobody_from_applying_and_says_what_would_pass(
    project: Project, person: AnnotatorProfile
) -> None:
    missing_chinese(project)
    (missed,) = actions.apply(project.id, "", person.account).missed
    assert (missed["outcome"], missed["fact"]) == ("fail", "States only English")
    assert missed["change"] == "Chinese written B2 or better would pass"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda one: setattr(one.account, "confirmed_at", None), "Confirm your e-mail"),
        (lambda one: setattr(one, "paused", True), "is paused"),
        (lambda one: setattr(one, "state", ProfileState.SUBMITTED), "with us"),
        (lambda one: setattr(one, "state", ProfileState.WITHDRAWN), "withdrawn your profile"),
    ],
)
def test_whoever_is_not_ready_is_told_what_is_missing(
    change: Callable[[AnnotatorProfile], None], words: str, project: Project, person: AnnotatorProfile
) -> None:
    change(person)
    db.session.flush()
    with pytest.raises(Refused, match=words):
        actions.apply(project.id, "", person.account)


def test_without_a_resume_that_was_read_nobody_applies(project: Project) -> None:
    without = build.profile(resume_text="")
    with pytest.raises(Refused, match="Upload a résumé"):
        actions.apply(project.id, "", without.account)
    build.resume(without, build.RESUME_TEXT).state = ResumeState.READING
    db.session.flush()
    with pytest.raises(Refused, match="Upload a résumé"):
        actions.apply(project.id, "", without.account)


@pytest.mark.parametrize(
    "options", [{"is_open": False}, {"state": ProjectState.PAUSED}, {"state": ProjectState.DRAFT}], ids=str
)
def test_what_is_not_open_looks_missing(options: dict[str, Any], person: AnnotatorProfile) -> None:
    with pytest.raises(Missing):
        actions.apply(build.project(**options).id, "", person.account)


def test_whoever_stands_to_the_project_already_is_told_how(
    project: Project, person: AnnotatorProfile, manager: Account, application: Application
) -> None:
    with pytest.raises(Refused, match="applied already"):
        actions.apply(project.id, "", person.account)
    actions.withdraw_application(application, person.account)
    run = make_match_run(project, manager)
    match_id = db.session.scalars(sa.select(Match.id).where(Match.run_id == run.id)).one()
    (invitation,) = invitations.invite(project, [match_id], manager).made
    with pytest.raises(Refused, match="invited already"):
        actions.apply(project.id, "", person.account)
    engagement = work.accept_invitation(invitation, person.account).engagement
    with pytest.raises(Refused, match="on this project already"):
        actions.apply(project.id, "", person.account)
    assert engagement
    work.end_engagement(engagement, EndReason.NO_LONGER_NEEDED, manager)
    with pytest.raises(Refused, match="worked on this project before"):
        actions.apply(project.id, "", person.account)


def test_so_many_wait_at_once_and_no_more(person: AnnotatorProfile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("marketplace.applications.rules.MAX_WAITING", 1)
    actions.apply(build.project().id, "", person.account)
    with pytest.raises(Refused, match="withdraw one"):
        actions.apply(build.project().id, "", person.account)


def test_accepting_makes_the_offer_line_by_line_which_the_person_accepts_as_always(
    application: Application, manager: Account, person: AnnotatorProfile
) -> None:
    invitation = actions.accept_application(application, "", manager)
    assert (application.state, application.invitation_id) == (ApplicationState.ACCEPTED, invitation.id)
    assert (application.decided_by, invitation.confirmed_by) == (manager.id, manager.id)
    assert invitation.offered_rate_minor == 1500
    assert [line["amount_minor"] for line in invitation.rate_breakdown if line["holds"]] == [1400, 100]
    assert invitation.match.rank == 1
    assert work.accept_invitation(invitation, person.account).engagement is not None


def test_whoever_misses_a_gate_is_accepted_with_a_written_reason_only(
    project: Project, person: AnnotatorProfile, manager: Account
) -> None:
    missing_chinese(project)
    application = actions.apply(project.id, "", person.account)
    with pytest.raises(Refused, match="say why") as refusal:
        actions.accept_application(application, "", manager)
    assert refusal.value.field == "override_note"
    invitation = actions.accept_application(application, "Shown in a trial task.", manager)
    assert application.override_note == "Shown in a trial task."
    assert (invitation.match.rank, invitation.match.score) == (None, None)
    assert [gate["outcome"] for gate in invitation.match.gates] == ["fail", "pass"]


def test_whoever_asks_more_than_the_band_gives_can_be_told_but_not_taken(
    project: Project, person: AnnotatorProfile, manager: Account
) -> None:
    person.min_rate_minor = 5000
    db.session.flush()
    application = actions.apply(project.id, "", person.account)
    with pytest.raises(Refused, match="more than the rate band gives"):
        actions.accept_application(application, "We like them.", manager)
    assert db.session.scalars(sa.select(Invitation)).all() == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda one: setattr(one.profile, "paused", True), "not available any more"),
        (lambda one: setattr(one.project, "state", ProjectState.PAUSED), "has to be active"),
    ],
)
def test_what_cannot_be_invited_cannot_be_accepted(
    change: Callable[[Application], None], words: str, application: Application, manager: Account
) -> None:
    change(application)
    db.session.flush()
    with pytest.raises(Refused, match=words):
        actions.accept_application(application, "", manager)


def test_to_invite_an_applicant_from_the_matches_is_to_accept(
    app: Flask, application: Application, project: Project, manager: Account
) -> None:
    run = make_match_run(project, manager)
    match_id = db.session.scalars(sa.select(Match.id).where(Match.run_id == run.id)).one()
    (invitation,) = invitations.invite(project, [match_id], manager).made
    db.session.commit()
    worker.perform_due(app, kinds=["invitation.made"])
    db.session.refresh(application)
    assert (application.state, application.invitation_id) == (ApplicationState.ACCEPTED, invitation.id)
    assert application.decided_by == manager.id


def test_accepting_somebody_who_was_invited_meanwhile_keeps_that_invitation(
    application: Application, project: Project, manager: Account
) -> None:
    run = make_match_run(project, manager)
    match_id = db.session.scalars(sa.select(Match.id).where(Match.run_id == run.id)).one()
    (invitation,) = invitations.invite(project, [match_id], manager).made
    assert actions.accept_application(application, "", manager) is invitation


def test_after_an_offer_was_declined_one_may_apply_again(
    application: Application, manager: Account, person: AnnotatorProfile
) -> None:
    invitation = actions.accept_application(application, "", manager)
    invitations.decline_invitation(invitation, DeclineReason.TIME, "", person.account)
    again = actions.apply(application.project_id, "Now I have time.", person.account)
    second = actions.accept_application(again, "", manager)
    assert (second.state, second.id != invitation.id) == (InvitationState.QUEUED, True)


def test_declining_tells_the_person_the_reason_by_mail(
    application: Application, manager: Account, outbox: Callable[[], list[Any]]
) -> None:
    actions.decline_application(application, ApplicationDecline.OTHERS_FIT_BETTER, "Thank you.", manager)
    assert (application.state, application.decided_by) == (ApplicationState.DECLINED, manager.id)
    (mail,) = outbox()
    assert mail.recipient == application.profile.account.email
    assert "Others support the wishes better" in mail.body
    assert "Thank you." in mail.body
    assert f"/applications/{application.id}" in mail.body


def test_a_decline_for_a_gate_that_was_met_is_refused(application: Application, manager: Account) -> None:
    with pytest.raises(Refused, match="true reason"):
        actions.decline_application(application, ApplicationDecline.GATE_MISSED, "", manager)


def test_what_was_answered_is_answered(application: Application, manager: Account, person: AnnotatorProfile) -> None:
    actions.withdraw_application(application, person.account)
    for answer in (
        lambda: actions.accept_application(application, "", manager),
        lambda: actions.decline_application(application, ApplicationDecline.SEATS_TAKEN, "", manager),
        lambda: actions.withdraw_application(application, person.account),
    ):
        with pytest.raises(Refused, match="withdrawn"):
            answer()
    assert happenings() == ["application.submitted", "application.withdrawn"]


def test_when_a_project_is_completed_who_completed_it_has_declined_what_waits(
    app: Flask, application: Application, manager: Account, outbox: Callable[[], list[Any]]
) -> None:
    projects.move_project(application.project_id, ProjectState.COMPLETED, "All is done.", by=manager)
    db.session.commit()
    worker.perform_due(app, kinds=["project.completed"])
    db.session.refresh(application)
    assert (application.decline_reason, application.decided_by) == ("project_over", manager.id)
    assert "The project is over" in outbox()[-1].body


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"state": "declined"}, "decided_by_somebody"),
        ({"state": "withdrawn"}, "withdrawn_at_a_time"),
        ({"gates": []}, "judged by never changes"),
        ({"decline_reason": "other"}, "declined_with_reason"),
        ({"decided_by": 1}, "decided_by_somebody"),
    ],
)
def test_the_database_itself_refuses(values: dict[str, Any], constraint: str, application: Application) -> None:
    if "decided_by" in values:
        values = {"decided_by": application.project.created_by, "decided_at": clock.now()}
    with pytest.raises(sa.exc.IntegrityError, match=constraint):
        db.session.execute(sa.update(Application).values(**values))


def test_an_answer_never_changes_and_no_application_is_deleted(application: Application, manager: Account) -> None:
    actions.decline_application(application, ApplicationDecline.SEATS_TAKEN, "", manager)
    db.session.commit()
    with pytest.raises(sa.exc.IntegrityError, match="decided application never changes"):
        db.session.execute(sa.update(Application).values(decline_reason="other"))
    db.session.rollback()
    with pytest.raises(sa.exc.IntegrityError, match="decided application never changes"):
        db.session.execute(sa.update(Application).values(state="submitted", decline_reason=None))
    db.session.rollback()
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        db.session.execute(sa.delete(Application))


def at_once(app: Flask, *steps: Callable[[], object]) -> list[str]:
    """Do every step in a thread of its own, all let go at the same moment; return what was refused."""
    gate = Barrier(len(steps))

    def go(step: Callable[[], object]) -> str:
        with app.app_context():
            gate.wait()
            try:
                step()
                db.session.commit()
            except Refused as refusal:
                db.session.rollback()
                return refusal.message
            return ""

    db.session.rollback()
    with ThreadPoolExecutor(len(steps)) as pool:
        return list(pool.map(go, steps))


def test_applying_twice_at_once_is_one_application(app: Flask, project: Project, person: AnnotatorProfile) -> None:
    db.session.commit()
    project_id, account_id = project.id, person.account_id

    def step() -> None:
        actions.apply(project_id, "", db.session.get_one(Account, account_id))

    told = at_once(app, *[step] * 4)
    assert told.count("") == 1
    assert all("applied already" in words for words in told if words)
    assert len(db.session.scalars(sa.select(Application)).all()) == 1


def test_accepting_declining_and_withdrawing_at_once_is_one_answer(
    app: Flask, application: Application, manager: Account, person: AnnotatorProfile
) -> None:
    db.session.commit()  # a list made together with somebody is out of date for whoever comes next
    make_match_run(application.project, manager)
    db.session.commit()
    own, boss, who = application.id, manager.id, person.account_id

    def found() -> tuple[Application, Account, Account]:
        get = db.session.get_one
        return get(Application, own), get(Account, boss), get(Account, who)

    def accept() -> None:
        one, by, _ = found()
        actions.accept_application(one, "", by)

    def decline() -> None:
        one, by, _ = found()
        actions.decline_application(one, ApplicationDecline.SEATS_TAKEN, "", by)

    def withdraw() -> None:
        one, _, by = found()
        actions.withdraw_application(one, by)

    assert at_once(app, accept, decline, withdraw, accept).count("") == 1
    db.session.expire_all()
    invited = len(db.session.scalars(sa.select(Invitation)).all())
    assert invited == (db.session.get_one(Application, own).state is ApplicationState.ACCEPTED)
    assert db.session.scalars(sa.select(Engagement)).all() == []
    assert len(db.session.scalars(sa.select(MatchRun)).all()) == 1
