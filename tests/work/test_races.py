from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import sqlalchemy as sa
from flask import Flask

from marketplace import clock
from marketplace.accounts.models import Account
from marketplace.db import db
from marketplace.errors import Refused
from marketplace.invitations import actions as invitation_actions
from marketplace.invitations.models import Invitation
from marketplace.invitations.rules import InvitationState
from marketplace.matches import actions as matching_actions
from marketplace.matches.models import Match
from marketplace.projects.models import Project
from marketplace.work import actions
from marketplace.work.models import Engagement
from tests import build


def invited(people: int, seats: int) -> tuple[Project, Account, list[int]]:
    manager = build.manager(build.organisation())
    project = build.project(by=manager, seats=seats)
    for _ in range(people):
        build.profile()
    run = matching_actions.make_match_run(project, manager)
    matches = list(db.session.scalars(sa.select(Match.id).where(Match.run_id == run.id)))
    made = invitation_actions.invite(project, matches, manager).made
    db.session.commit()
    return project, manager, [invitation.id for invitation in made]


def at_once(app: Flask, *steps: Callable[[], None]) -> list[str]:
    """Do every step in a thread of its own, all let go at the same moment; return what was refused."""
    gate = Barrier(len(steps))

    def go(step: Callable[[], None]) -> str:
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


def accepting(invitation_id: int) -> Callable[[], None]:
    def accept() -> None:
        invitation = db.session.get_one(Invitation, invitation_id)
        actions.accept_invitation(invitation, invitation.profile.account)

    return accept


def states() -> list[str]:
    return sorted(db.session.scalars(sa.select(Invitation.state)))


def engagements() -> int:
    return db.session.scalars(sa.select(sa.func.count()).select_from(Engagement)).one()


def test_eight_who_accept_at_once_take_three_seats(app: Flask) -> None:
    _, _, invitations = invited(people=8, seats=3)
    refused = at_once(app, *map(accepting, invitations))
    assert refused == [""] * 8
    assert engagements() == 3
    assert states() == ["accepted"] * 3 + ["waitlisted"] * 5


def test_accepting_twice_at_once_is_one_engagement(app: Flask) -> None:
    _, _, (invitation,) = invited(people=1, seats=3)
    refused = at_once(app, *[accepting(invitation)] * 4)
    assert refused == [""] * 4
    assert engagements() == 1


def test_accepting_and_expiring_at_once_is_one_of_the_two(app: Flask) -> None:
    for _ in range(4):
        _, _, (invitation,) = invited(people=1, seats=1)
        expires_at = db.session.get_one(Invitation, invitation).expires_at

        def expire(invitation: int = invitation, expires_at: object = expires_at) -> None:
            with clock.at(clock.now() + timedelta(days=4)):
                invitation_actions.expire_invitation(invitation)

        refused = at_once(app, accepting(invitation), expire)
        state = db.session.get_one(Invitation, invitation).state
        assert (state, refused[0]) in {(InvitationState.ACCEPTED, ""), (InvitationState.EXPIRED, refused[0] or "-")}
        held = db.session.scalar(sa.select(Engagement.id).where(Engagement.invitation_id == invitation))
        assert (held is not None) is (state is InvitationState.ACCEPTED)
        db.session.execute(sa.text("UPDATE annotator_profile SET paused = true"))
        db.session.commit()


def test_inviting_the_same_person_at_once_makes_one_invitation(app: Flask) -> None:
    manager = build.manager(build.organisation())
    project = build.project(by=manager)
    build.profile()
    run = matching_actions.make_match_run(project, manager)
    matches = list(db.session.scalars(sa.select(Match.id).where(Match.run_id == run.id)))
    db.session.commit()
    project_id, manager_id = project.id, manager.id

    def invite() -> None:
        by = db.session.get_one(Account, manager_id)
        invitation_actions.invite(db.session.get_one(Project, project_id), matches, by)

    refused = at_once(app, *[invite] * 4)
    assert sorted(bool(text) for text in refused) == [False, True, True, True]
    assert states() == ["queued"]


def test_declining_and_withdrawing_at_once_is_one_of_the_two(app: Flask) -> None:
    _, manager, (invitation,) = invited(people=1, seats=1)
    manager_id = manager.id

    def withdraw() -> None:
        by = db.session.get_one(Account, manager_id)
        invitation_actions.withdraw_invitation(db.session.get_one(Invitation, invitation), by)

    refused = at_once(app, accepting(invitation), withdraw)
    assert sum(bool(text) for text in refused) == 1
    assert states() in (["accepted"], ["withdrawn"])
    assert engagements() == (states() == ["accepted"])
