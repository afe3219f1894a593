from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace import clock, worker
from marketplace.accounts.models import Account
from marketplace.audit import AuditEvent
from marketplace.db import db
from marketplace.errors import Refused
from marketplace.events import Event
from marketplace.invitations import actions
from marketplace.invitations.choosing import invite_best
from marketplace.invitations.models import Invitation
from marketplace.invitations.rules import DeclineReason, InvitationState
from marketplace.projects.rules import ProjectState
from marketplace.work import actions as work
from tests.waves.world import place
from tests.work.test_races import at_once

ClientOf = Callable[[Account], FlaskClient]
MINUTES = timedelta(minutes=1)


def declined(app: Flask) -> Invitation:
    project, manager = place(people=1)
    (invitation,) = invite_best(project, 1, manager).made
    actions.decline_invitation(invitation, DeclineReason.RATE, "20 would do", invitation.profile.account)
    db.session.commit()
    return invitation


def take_back(invitation: Invitation) -> None:
    actions.reopen_invitation(invitation, by=invitation.profile.account)


def told(app: Flask) -> list[str]:
    worker.perform_due(app)
    kinds = db.session.scalars(sa.select(Event.kind).where(Event.kind.like("invitation.%")).order_by(Event.id))
    return [kind for kind in kinds if kind != "invitation.sent"]


def test_a_no_that_is_taken_back_is_told_to_nobody_and_can_still_become_a_yes(app: Flask) -> None:
    invitation = declined(app)
    expires_at = invitation.expires_at
    take_back(invitation)
    db.session.commit()
    assert (invitation.state, invitation.decline_reason, invitation.answered_at) == ("opened", None, None)
    assert invitation.expires_at == expires_at
    with clock.at(clock.now() + 20 * MINUTES):
        assert told(app) == []
        work.accept_invitation(invitation, invitation.profile.account)
        db.session.commit()
        assert told(app) == ["invitation.accepted"]
    kept = list(
        db.session.scalars(
            sa.select(AuditEvent.action).where(AuditEvent.action.like("invitation.%")).order_by(AuditEvent.id)
        )
    )
    assert kept == ["invitation.made", "invitation.declined", "invitation.reopened", "invitation.accepted"]


def test_a_no_is_told_once_when_it_stands(app: Flask) -> None:
    invitation = declined(app)
    assert told(app) == []
    with clock.at(clock.now() + 11 * MINUTES):
        assert told(app) == ["invitation.declined"]
        actions.tell_decline(invitation.id)
        db.session.commit()
        assert told(app) == ["invitation.declined"]


def test_a_no_that_was_taken_back_and_said_again_is_told_once_ten_minutes_after_the_second(app: Flask) -> None:
    invitation = declined(app)
    take_back(invitation)
    with clock.at(clock.now() + 5 * MINUTES):
        actions.decline_invitation(invitation, DeclineReason.TIME, "", invitation.profile.account)
        db.session.commit()
    with clock.at(clock.now() + 11 * MINUTES):
        assert told(app) == []
    with clock.at(clock.now() + 16 * MINUTES):
        assert told(app) == ["invitation.declined"]
    event = db.session.scalars(sa.select(Event).where(Event.kind == "invitation.declined")).one()
    assert event.facts["reason"] == "time"


def test_after_ten_minutes_a_no_stays(app: Flask) -> None:
    invitation = declined(app)
    with clock.at(clock.now() + 10 * MINUTES), pytest.raises(Refused, match="ten minutes"):
        take_back(invitation)


def test_what_was_told_stays_though_another_clock_is_behind(app: Flask) -> None:
    invitation = declined(app)
    with clock.at(clock.now() + 11 * MINUTES):
        worker.perform_due(app)
    with pytest.raises(Refused, match="told to the client"):
        take_back(invitation)


@pytest.mark.parametrize("state", [ProjectState.COMPLETED, ProjectState.ARCHIVED])
def test_a_project_that_is_over_takes_no_answer_back(app: Flask, state: ProjectState) -> None:
    invitation = declined(app)
    invitation.project.state = state
    db.session.commit()
    with pytest.raises(Refused, match="no longer looking"):
        take_back(invitation)


def test_when_the_time_to_answer_is_over_a_no_stays(app: Flask) -> None:
    invitation = declined(app)
    invitation.expires_at = clock.now() + MINUTES
    db.session.commit()
    with clock.at(clock.now() + 2 * MINUTES), pytest.raises(Refused, match="time to answer"):
        take_back(invitation)


def test_who_was_invited_anew_answers_that_invitation(app: Flask) -> None:
    invitation = declined(app)
    manager = db.session.get_one(Account, invitation.confirmed_by)
    actions.invite(invitation.project, [invitation.match_id], manager)
    with pytest.raises(Refused, match="invited to this project anew"):
        take_back(invitation)


def test_what_was_not_declined_cannot_be_taken_back(app: Flask) -> None:
    invitation = declined(app)
    take_back(invitation)
    with pytest.raises(Refused, match="not declined"):
        take_back(invitation)


def test_taking_back_twice_at_once_is_done_once(app: Flask) -> None:
    invitation = declined(app)
    invitation_id = invitation.id

    def back() -> None:
        take_back(db.session.get_one(Invitation, invitation_id))

    assert sorted(bool(text) for text in at_once(app, back, back)) == [False, True]


def test_taking_back_and_inviting_anew_at_once_leave_one_live_invitation(app: Flask) -> None:
    invitation = declined(app)
    invitation_id, match_id, manager_id = invitation.id, invitation.match_id, invitation.confirmed_by

    def back() -> None:
        take_back(db.session.get_one(Invitation, invitation_id))

    def anew() -> None:
        one = db.session.get_one(Invitation, invitation_id)
        actions.invite(one.project, [match_id], db.session.get_one(Account, manager_id))

    assert sorted(bool(text) for text in at_once(app, back, anew)) == [False, True]


def test_by_page_and_by_api(app: Flask, client_of: ClientOf, api_of: ClientOf) -> None:
    invitation = declined(app)
    who, path = invitation.profile.account, f"/invitations/{invitation.id}"
    browser, api = client_of(who), api_of(who)
    assert "Open the invitation again" in browser.get(path).text
    answer = browser.post(f"{path}/reopening", follow_redirects=True)
    assert "The invitation is open again." in answer.text
    assert api.post(f"/api/v1{path}/reopening").status_code == 409
    api.post(f"/api/v1{path}/decline", json={"reason": "time"})
    again = api.post(f"/api/v1{path}/reopening")
    assert again.json is not None
    assert (again.status_code, again.json["state"]) == (200, InvitationState.OPENED)
    other = place(people=1)[1]
    assert api_of(other).post(f"/api/v1{path}/reopening").status_code == 403
