"""Erasing beside whatever else is done at that moment: everything is whole, whoever comes first."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa
from flask import Flask, current_app

from marketplace import storage, worker
from marketplace.accounts.models import Account
from marketplace.applications import actions as applications
from marketplace.applications.models import Application
from marketplace.db import db
from marketplace.erasure import actions
from marketplace.invitations import actions as invitations
from marketplace.invitations.models import Invitation
from marketplace.invitations.rules import OPEN
from marketplace.matches.actions import make_match_run
from marketplace.matches.models import Match
from marketplace.profiles import actions as profiles
from marketplace.profiles import jobs
from marketplace.profiles.models import AnnotatorProfile, Resume, ResumePassage
from marketplace.projects.models import Project
from marketplace.tasks import embedder
from marketplace.work import actions as work
from marketplace.work.models import Engagement
from marketplace.work.rules import EngagementState
from tests import build
from tests.fakes import FakeEmbedder
from tests.payouts.books import at_once

ROUNDS = 4


def erasing(account_id: int) -> Callable[[], None]:
    return lambda: actions.erase(db.session.get_one(Account, account_id))


def is_erased(account_id: int) -> bool:
    db.session.rollback()
    return db.session.scalar(sa.select(Account.erased_at).where(Account.id == account_id)) is not None


def test_erasing_twice_at_once_is_done_once(app: Flask) -> None:
    for _ in range(ROUNDS):
        account_id = build.profile().account_id
        db.session.commit()
        assert at_once(app, *[erasing(account_id)] * 3) == ["Missing", "Missing", "done"]
    done = sa.text("SELECT count(*) FROM audit_event WHERE action = 'account.erased'")
    assert db.session.scalar(done) == ROUNDS


def test_nobody_who_was_erased_holds_an_open_invitation(app: Flask) -> None:
    for _ in range(ROUNDS):
        profile, manager = build.profile(), build.manager(build.organisation())
        project = build.project(by=manager)
        run = make_match_run(project, manager)
        match_id = db.session.scalars(
            sa.select(Match.id).where(Match.run_id == run.id, Match.profile_id == profile.id)
        ).one()
        db.session.commit()
        account_id, profile_id, project_id, manager_id = profile.account_id, profile.id, project.id, manager.id

        def invite() -> None:
            by = db.session.get_one(Account, manager_id)  # noqa: B023  the thread ends within the round
            invitations.invite(db.session.get_one(Project, project_id), [match_id], by=by)  # noqa: B023

        came = at_once(app, erasing(account_id), invite)
        assert set(came) <= {"done", "Refused", "IntegrityError"}, came
        assert is_erased(account_id)
        open_ones = sa.select(Invitation.id).where(Invitation.profile_id == profile_id, Invitation.state.in_(OPEN))
        assert db.session.scalars(open_ones).all() == []


def test_nobody_who_was_erased_works_on(app: Flask) -> None:
    for _ in range(ROUNDS):
        profile, manager = build.profile(), build.manager(build.organisation())
        project = build.project(by=manager)
        run = make_match_run(project, manager)
        match_id = db.session.scalars(
            sa.select(Match.id).where(Match.run_id == run.id, Match.profile_id == profile.id)
        ).one()
        (made,) = invitations.invite(project, [match_id], by=manager).made
        db.session.commit()
        account_id, profile_id, invitation_id = profile.account_id, profile.id, made.id

        def accept() -> None:
            invitation = db.session.get_one(Invitation, invitation_id)  # noqa: B023
            work.accept_invitation(invitation, invitation.profile.account)

        came = at_once(app, erasing(account_id), accept)
        assert set(came) <= {"done", "Refused"}, came
        assert is_erased(account_id)
        states = db.session.scalars(sa.select(Engagement.state).where(Engagement.profile_id == profile_id)).all()
        assert set(states) <= {EngagementState.ENDED}


def test_an_application_that_is_accepted_at_that_moment_ends_too(app: Flask) -> None:
    for _ in range(ROUNDS):
        profile, manager = build.profile(), build.manager(build.organisation())
        project = build.project(by=manager)
        application = applications.apply(project.id, "Gladly.", profile.account)
        make_match_run(project, manager)
        db.session.commit()
        account_id, profile_id, application_id = profile.account_id, profile.id, application.id
        manager_id = manager.id

        def accept() -> None:
            by = db.session.get_one(Account, manager_id)  # noqa: B023
            applications.accept_application(db.session.get_one(Application, application_id), "", by)  # noqa: B023

        came = at_once(app, erasing(account_id), accept)
        assert set(came) <= {"done", "Refused", "Missing"}, came
        assert is_erased(account_id)
        open_ones = sa.select(Invitation.id).where(Invitation.profile_id == profile_id, Invitation.state.in_(OPEN))
        assert db.session.scalars(open_ones).all() == []


def test_a_file_uploaded_at_that_moment_goes_too(app: Flask) -> None:
    for _ in range(ROUNDS):
        profile = build.profile()
        db.session.commit()
        account_id, profile_id = profile.account_id, profile.id

        def upload() -> None:
            own = db.session.get_one(AnnotatorProfile, profile_id)  # noqa: B023
            profiles.upload_resume(own, "cv.txt", b"Labelled sentiment for years. " * 9, by=own.account)

        at_once(app, erasing(account_id), upload)
        assert is_erased(account_id)
        worker.perform_due(app)
        assert db.session.scalars(sa.select(Resume.id).where(Resume.profile_id == profile_id)).all() == []
        assert storage.drop_all(f"resumes/{profile_id}") == 0


class ErasingEmbedder(FakeEmbedder):
    """A model that takes so long that meanwhile the person is erased."""

    account_id = 0

    def embed(self, texts):
        erase_elsewhere(self.account_id)
        return super().embed(texts)


def erase_elsewhere(account_id: int) -> None:
    """Erase somebody in a transaction of its own, once."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]

    def go() -> None:
        with app.app_context():
            account = db.session.get_one(Account, account_id)
            if account.erased_at is None:
                actions.erase(account)
                db.session.commit()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(go).result()


def test_a_worker_that_reads_the_resume_does_not_write_it_back(app: Flask) -> None:
    text = "Labelled sentiment in English texts for four years, and checked the work of others. " * 3
    profile = build.profile(resume_text="")
    resume = profiles.upload_resume(profile, "cv.txt", text.encode(), by=profile.account)
    db.session.commit()
    ErasingEmbedder.account_id = profile.account_id
    embedder.use(ErasingEmbedder)
    jobs.read_resume(resume.id)
    db.session.commit()
    assert is_erased(profile.account_id)
    for table in (Resume, ResumePassage):
        assert db.session.scalar(sa.select(sa.func.count()).select_from(table)) == 0
    worker.perform_due(app)
    assert storage.drop_all(f"resumes/{profile.id}") == 0
