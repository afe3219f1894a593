from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace import clock, worker
from marketplace.accounts.models import Account
from marketplace.audit import AuditEvent
from marketplace.db import db
from marketplace.errors import Missing, Refused
from marketplace.invitations import actions
from marketplace.invitations.models import Invitation
from marketplace.invitations.rules import DeclineReason, InvitationState
from marketplace.mail import OutgoingMail
from marketplace.matches import actions as matching_actions
from marketplace.matches.models import Match
from marketplace.projects.models import Project, RateLine
from marketplace.projects.rules import ProjectState
from tests import build

Outbox = Callable[[], list[OutgoingMail]]
CHINESE = {"gate": "language", "tag": "zh", "written": "C1", "spoken": None, "native": False}
ENGLISH = {"gate": "language", "tag": "en", "written": "C1", "spoken": None, "native": False}


def ranked(project: Project, by: Account) -> list[int]:
    run = matching_actions.make_match_run(project, by)
    chosen = sa.select(Match.id).where(Match.run_id == run.id, Match.rank.is_not(None)).order_by(Match.rank)
    return list(db.session.scalars(chosen))


def invited(project: Project, by: Account) -> Invitation:
    (invitation,) = actions.invite(project, ranked(project, by)[:1], by).made
    db.session.commit()
    return invitation


def state_of(invitation: Invitation) -> InvitationState:
    db.session.refresh(invitation)
    return invitation.state


@pytest.fixture
def manager(app: Flask) -> Account:
    return build.manager(build.organisation())


@pytest.fixture
def project(manager: Account) -> Project:
    return build.project(by=manager, rate_floor_minor=1400, rate_top_minor=2300)


def test_an_invitation_carries_the_offer_and_who_confirmed_it(project: Project, manager: Account) -> None:
    build.profile(min_rate_minor=0)
    project.rate_lines = [
        RateLine(position=0, label="Writes English at C1", amount_minor=250, condition=ENGLISH),
        RateLine(position=1, label="Writes Chinese at C1", amount_minor=200, condition=CHINESE),
    ]
    db.session.flush()
    invitation = invited(project, manager)
    assert invitation.offered_rate_minor == 1650
    assert sum(line["amount_minor"] for line in invitation.rate_breakdown if line["holds"]) == 1650
    assert [line["label"] for line in invitation.rate_breakdown if not line["holds"]] == ["Writes Chinese at C1"]
    assert invitation.confirmed_by == manager.id
    assert invitation.expires_at == invitation.made_at + timedelta(hours=project.invitation_hours)


def test_an_offer_is_never_below_the_persons_own_minimum(project: Project, manager: Account) -> None:
    build.profile(min_rate_minor=2100)
    assert invited(project, manager).offered_rate_minor == 2100


@pytest.mark.parametrize("state", [state for state in ProjectState if state is not ProjectState.ACTIVE])
def test_a_project_that_is_not_active_cannot_invite(state: ProjectState, project: Project, manager: Account) -> None:
    build.profile()
    chosen = ranked(project, manager)
    project.state = state
    db.session.flush()
    with pytest.raises(Refused, match="has to be active"):
        actions.invite(project, chosen, manager)


def test_nobody_is_invited_twice(project: Project, manager: Account) -> None:
    build.profile()
    chosen = ranked(project, manager)
    actions.invite(project, chosen, manager)
    with pytest.raises(Refused, match="invited already"):
        actions.invite(project, chosen, manager)


def test_others_are_invited_though_one_was_invited_already(project: Project, manager: Account) -> None:
    build.profile()
    build.profile()
    chosen = ranked(project, manager)
    actions.invite(project, chosen[:1], manager)
    result = actions.invite(project, chosen, manager)
    assert len(result.made) == 1
    assert "invited already" in result.skipped[0]


def test_who_has_changed_since_the_ranking_is_judged_anew(project: Project, manager: Account) -> None:
    person = build.profile()
    chosen = ranked(project, manager)
    person.min_rate_minor = 9000
    db.session.flush()
    with pytest.raises(Refused, match="no longer passes"):
        actions.invite(project, chosen, manager)
    person.paused = True
    db.session.flush()
    with pytest.raises(Refused, match="not available"):
        actions.invite(project, chosen, manager)


def test_a_list_made_for_older_requirements_is_not_invited_from(project: Project, manager: Account) -> None:
    build.profile()
    chosen = ranked(project, manager)
    newer = build.project(by=manager).versions[0]
    newer.project_id, newer.number = project.id, 2
    db.session.commit()
    with pytest.raises(Refused, match="requirements have changed"):
        actions.invite(project, chosen, manager)


def test_matches_of_another_project_are_not_there(project: Project, manager: Account) -> None:
    build.profile()
    other = ranked(build.project(), manager)
    with pytest.raises(Missing):
        actions.invite(project, other, manager)


def test_the_worker_mails_an_invitation_once(app: Flask, project: Project, manager: Account, outbox: Outbox) -> None:
    person = build.profile()
    invitation = invited(project, manager)
    worker.perform_due(app)
    actions.send_invitation(invitation.id)
    db.session.commit()
    (mail,) = outbox()
    db.session.refresh(invitation)
    assert mail.recipient == person.account.email
    assert f"/invitations/{invitation.id}" in mail.body
    assert "$15.00 an hour" in mail.body
    assert invitation.state is InvitationState.SENT
    assert invitation.sent_at is not None


def test_an_invitation_withdrawn_before_it_left_is_not_mailed(
    app: Flask, project: Project, manager: Account, outbox: Outbox
) -> None:
    build.profile()
    invitation = invited(project, manager)
    actions.withdraw_invitation(invitation, manager)
    db.session.commit()
    worker.perform_due(app)
    assert outbox() == []


def test_an_invitation_waits_while_its_project_is_paused(
    app: Flask, project: Project, manager: Account, outbox: Outbox
) -> None:
    build.profile()
    invited(project, manager)
    project.state = ProjectState.PAUSED
    db.session.commit()
    worker.perform_due(app)
    assert outbox() == []
    project.state = ProjectState.ACTIVE
    db.session.commit()
    with clock.at(clock.now() + timedelta(minutes=6)):
        worker.perform_due(app)
    assert len(outbox()) == 1


def test_an_invitation_expires_at_its_moment_and_not_before(app: Flask, project: Project, manager: Account) -> None:
    build.profile()
    invitation = invited(project, manager)
    with clock.at(invitation.expires_at - timedelta(seconds=1)):
        worker.perform_due(app)
        before = state_of(invitation)
    with clock.at(invitation.expires_at):
        worker.perform_due(app)
        after = state_of(invitation)
    assert (before, after) == (InvitationState.SENT, InvitationState.EXPIRED)


def test_opening_counts_once(project: Project, manager: Account) -> None:
    build.profile()
    invitation = invited(project, manager)
    assert actions.open_invitation(invitation)
    opened_at = invitation.opened_at
    assert not actions.open_invitation(invitation)
    assert invitation.opened_at == opened_at
    assert invitation.state is InvitationState.OPENED


def test_declining_keeps_the_reason_and_happens_once(project: Project, manager: Account) -> None:
    person = build.profile()
    invitation = invited(project, manager)
    actions.decline_invitation(invitation, DeclineReason.RATE, "20 would do", person.account)
    db.session.commit()
    assert (invitation.state, invitation.decline_reason) == (InvitationState.DECLINED, "rate")
    with pytest.raises(Refused, match="have declined"):
        actions.decline_invitation(invitation, DeclineReason.TIME, "", person.account)


def test_somebody_who_declined_can_be_invited_again(project: Project, manager: Account) -> None:
    person = build.profile()
    invitation = invited(project, manager)
    actions.decline_invitation(invitation, DeclineReason.TIME, "", person.account)
    assert invited(project, manager).id != invitation.id


def test_withdrawing_tells_whoever_had_got_the_invitation(
    app: Flask, project: Project, manager: Account, outbox: Outbox
) -> None:
    build.profile()
    invitation = invited(project, manager)
    worker.perform_due(app)
    db.session.refresh(invitation)
    actions.withdraw_invitation(invitation, manager)
    db.session.commit()
    assert [mail.template for mail in outbox()] == ["invitation", "invitation_withdrawn"]
    with pytest.raises(Refused, match="no longer be withdrawn"):
        actions.withdraw_invitation(invitation, manager)


def test_every_step_is_in_the_audit_trail(project: Project, manager: Account) -> None:
    person = build.profile()
    invitation = invited(project, manager)
    actions.decline_invitation(invitation, DeclineReason.OTHER, "", person.account)
    db.session.flush()
    kept = db.session.execute(sa.select(AuditEvent.action, AuditEvent.actor_id).order_by(AuditEvent.id)).all()
    assert ("match_run.made", manager.id) in kept
    assert ("invitation.made", manager.id) in kept
    assert ("invitation.declined", person.account.id) in kept
