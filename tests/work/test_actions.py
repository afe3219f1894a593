from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace import clock, worker
from marketplace.accounts.models import Account
from marketplace.db import db
from marketplace.errors import Refused
from marketplace.invitations import actions as invitation_actions
from marketplace.invitations.models import Invitation
from marketplace.invitations.rules import DeclineReason, InvitationState
from marketplace.mail import OutgoingMail
from marketplace.matches import actions as matching_actions
from marketplace.matches.models import Match
from marketplace.profiles.rules import ProfileState
from marketplace.projects.actions import move_project
from marketplace.projects.models import Project
from marketplace.projects.rules import ProjectState
from marketplace.work import actions, queries
from marketplace.work.models import Engagement
from marketplace.work.rules import EndReason, EngagementState
from tests import build

Outbox = Callable[[], list[OutgoingMail]]


@pytest.fixture
def manager(app: Flask) -> Account:
    return build.manager(build.organisation())


@pytest.fixture
def project(manager: Account) -> Project:
    return build.project(by=manager, seats=1)


def invite_all(project: Project, by: Account) -> list[Invitation]:
    run = matching_actions.make_match_run(project, by)
    chosen = sa.select(Match.id).where(Match.run_id == run.id, Match.rank.is_not(None)).order_by(Match.profile_id)
    invitations = invitation_actions.invite(project, list(db.session.scalars(chosen)), by).made
    db.session.commit()
    return invitations


def accept(invitation: Invitation) -> Engagement | None:
    engagement = actions.accept_invitation(invitation, invitation.profile.account).engagement
    db.session.commit()
    return engagement


def joined(project: Project, by: Account) -> Engagement:
    build.profile()
    engagement = accept(invite_all(project, by)[0])
    assert engagement is not None
    return engagement


def state_of(thing: Invitation) -> InvitationState:
    db.session.refresh(thing)
    return thing.state


def test_accepting_begins_an_engagement_at_the_offered_rate(project: Project, manager: Account) -> None:
    build.profile(min_rate_minor=1900)
    (invitation,) = invite_all(project, manager)
    engagement = accept(invitation)
    assert engagement is not None
    assert invitation.state is InvitationState.ACCEPTED
    assert engagement.state is EngagementState.ACTIVE
    assert engagement.weekly_limit_minutes == project.weekly_limit_minutes
    assert [(rate.rate_minor, rate.valid_until) for rate in engagement.rates] == [(1900, None)]
    assert engagement.rates[0].made_by == manager.id


def test_accepting_twice_is_one_engagement(project: Project, manager: Account) -> None:
    build.profile()
    (invitation,) = invite_all(project, manager)
    first, second = accept(invitation), accept(invitation)
    assert first is second is not None


def test_whoever_comes_after_the_last_seat_waits(project: Project, manager: Account) -> None:
    for _ in range(2):
        build.profile()
    early, late = invite_all(project, manager)
    assert accept(early) is not None
    assert accept(late) is None
    assert late.state is InvitationState.WAITLISTED


@pytest.mark.parametrize("state", [state for state in ProjectState if state is not ProjectState.ACTIVE])
def test_nobody_joins_a_project_that_is_not_active(state: ProjectState, project: Project, manager: Account) -> None:
    build.profile()
    (invitation,) = invite_all(project, manager)
    project.state = state
    db.session.commit()
    with pytest.raises(Refused):
        accept(invitation)


def test_nobody_joins_after_the_time_to_answer(project: Project, manager: Account) -> None:
    build.profile()
    (invitation,) = invite_all(project, manager)
    with clock.at(invitation.expires_at), pytest.raises(Refused, match="has expired"):
        accept(invitation)


def test_who_is_no_longer_qualified_cannot_join(project: Project, manager: Account) -> None:
    person = build.profile()
    (invitation,) = invite_all(project, manager)
    person.state = ProfileState.WITHDRAWN
    db.session.commit()
    with pytest.raises(Refused, match="qualified"):
        accept(invitation)


def test_a_seat_that_becomes_free_is_held_for_the_first_who_waits(
    app: Flask, project: Project, manager: Account, outbox: Outbox
) -> None:
    for _ in range(4):
        build.profile()
    holder, first, second, idle = invite_all(project, manager)
    engagement = accept(holder)
    assert engagement is not None
    accept(first)
    accept(second)
    actions.end_engagement(engagement, EndReason.NO_LONGER_NEEDED, manager)
    db.session.commit()
    worker.perform_due(app)
    assert (state_of(first), state_of(second)) == (InvitationState.OPENED, InvitationState.WAITLISTED)
    assert "invitation_seat" in [mail.template for mail in outbox()]
    assert accept(idle) is None
    assert accept(second) is None
    assert accept(first) is not None


@pytest.mark.parametrize("answer", ["declines", "does not answer", "is taken off"])
def test_a_held_seat_goes_on_to_the_next_who_waits(answer: str, app: Flask, project: Project, manager: Account) -> None:
    for _ in range(3):
        build.profile()
    holder, first, second = invite_all(project, manager)
    engagement = accept(holder)
    assert engagement is not None
    accept(first)
    accept(second)
    actions.end_engagement(engagement, EndReason.QUALITY, manager)
    db.session.commit()
    worker.perform_due(app)
    moment = clock.now() + timedelta(minutes=1)
    if answer == "declines":
        invitation_actions.decline_invitation(first, DeclineReason.TIME, "", first.profile.account)
    elif answer == "is taken off":
        invitation_actions.withdraw_invitation(first, manager)
    else:
        moment += timedelta(hours=project.invitation_hours, minutes=1)
    db.session.commit()
    with clock.at(moment):
        worker.perform_due(app)
    assert state_of(second) is InvitationState.OPENED


def test_somebody_who_waits_does_not_expire(app: Flask, project: Project, manager: Account) -> None:
    for _ in range(2):
        build.profile()
    holder, waiting = invite_all(project, manager)
    accept(holder)
    accept(waiting)
    with clock.at(clock.now() + timedelta(days=30)):
        worker.perform_due(app)
    assert state_of(waiting) is InvitationState.WAITLISTED


def test_pausing_tells_why_and_resuming_clears_it(project: Project, manager: Account, outbox: Outbox) -> None:
    engagement = joined(project, manager)
    actions.pause_engagement(engagement, "New guidelines come on Monday", manager)
    db.session.commit()
    assert "New guidelines come on Monday" in outbox()[-1].body
    with pytest.raises(Refused, match="cannot be paused"):
        actions.pause_engagement(engagement, "again", manager)
    actions.resume_engagement(engagement, manager)
    db.session.commit()
    assert (engagement.state, engagement.state_reason) == (EngagementState.ACTIVE, "")
    with pytest.raises(Refused, match="cannot be resumed"):
        actions.resume_engagement(engagement, manager)


def test_ending_happens_once_and_says_why(project: Project, manager: Account, outbox: Outbox) -> None:
    engagement = joined(project, manager)
    actions.end_engagement(engagement, EndReason.QUALITY, manager)
    db.session.commit()
    assert engagement.ended_at is not None
    assert "The quality of the work" in outbox()[-1].body
    with pytest.raises(Refused, match="ended already"):
        actions.end_engagement(engagement, EndReason.QUALITY, manager)


def test_a_new_rate_holds_from_its_moment_and_not_a_second_before(
    project: Project, manager: Account, outbox: Outbox
) -> None:
    engagement = joined(project, manager)
    begins = clock.now() + timedelta(days=3)
    actions.change_rate(engagement, 2200, begins, manager)
    db.session.commit()
    assert queries.rate_at(engagement, begins - timedelta(seconds=1)).rate_minor == 1500
    assert queries.rate_at(engagement, begins).rate_minor == 2200
    assert queries.current_rate(engagement).rate_minor == 1500
    assert "$22.00" in outbox()[-1].body


def test_there_is_no_rate_before_the_engagement_began(project: Project, manager: Account) -> None:
    engagement = joined(project, manager)
    with pytest.raises(Refused, match="No rate was agreed"):
        queries.rate_at(engagement, engagement.started_at - timedelta(seconds=1))


def test_a_rate_is_not_changed_for_time_that_is_past(project: Project, manager: Account) -> None:
    engagement = joined(project, manager)
    with pytest.raises(Refused, match="future moment"):
        actions.change_rate(engagement, 2200, datetime(2020, 1, 1, tzinfo=UTC), manager)


def test_the_team_costs_the_same_queries_for_one_as_for_many(app: Flask, manager: Account) -> None:
    project = build.project(by=manager, seats=10)

    def cost() -> int:
        db.session.expire_all()
        counted: list[object] = []
        sa.event.listen(db.engine, "before_cursor_execute", lambda *args: counted.append(args))
        for engagement in db.session.scalars(queries.team_of(project)):
            assert queries.current_rate(engagement).rate_minor
            assert engagement.profile.account.name
        return len(counted)

    joined(project, manager)
    one = cost()
    for _ in range(4):
        joined(project, manager)
    assert cost() <= one


def test_a_completed_project_ends_its_engagements_and_withdraws_open_invitations(
    app: Flask, manager: Account, project: Project
) -> None:
    engagement = joined(project, manager)
    build.profile()
    waiting = invite_all(project, manager)[0]
    move_project(project.id, ProjectState.COMPLETED, "All batches are delivered.", by=manager)
    db.session.commit()
    worker.perform_due(app)
    db.session.expire_all()
    assert (engagement.state, engagement.state_reason) == (EngagementState.ENDED, EndReason.PROJECT_COMPLETED.value)
    assert state_of(waiting) is InvitationState.WITHDRAWN
