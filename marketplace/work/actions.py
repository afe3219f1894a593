"""The writes of engagements: seats taken under a lock, pauses, ends, agreed rates, and the waitlist."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from marketplace import audit, clock, mail
from marketplace.accounts.models import Account
from marketplace.db import db
from marketplace.errors import Refused
from marketplace.events import happened
from marketplace.invitations.actions import tell, withdraw_invitation
from marketplace.invitations.models import Invitation
from marketplace.invitations.rules import OPEN, InvitationState, refuse_accept, refuse_answer
from marketplace.profiles.rules import ProfileState
from marketplace.projects.models import Project
from marketplace.projects.rules import ProjectState
from marketplace.tasks import ring
from marketplace.work import queries
from marketplace.work.models import Engagement, EngagementRate
from marketplace.work.rules import END_WORDS, SEATED, EndReason, EngagementState, refuse_rate_change


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What came of a yes: the engagement, or None for somebody who now waits for a seat."""

    invitation: Invitation
    engagement: Engagement | None


def accept_invitation(invitation: Invitation, by: Account) -> Acceptance:
    """Take a seat on the project, or a place on its waitlist when all are taken; a second yes changes nothing.

    Raises Refused when the invitation is over or the project does not take anybody.
    """
    project = _locked_project(invitation.project_id)
    db.session.get_one(Invitation, invitation.id, with_for_update=True, populate_existing=True)
    if invitation.state is InvitationState.ACCEPTED:
        return Acceptance(invitation, queries.engagement_of(invitation))
    now = clock.now()
    if refusal := refuse_answer(invitation.state, invitation.expires_at, now) or refuse_accept(project.state):
        raise Refused(refusal)
    if invitation.profile.state is not ProfileState.QUALIFIED:
        raise Refused("Your profile has to be qualified before you can join a project.")
    invitation.answered_at = invitation.answered_at or now
    ring("invitation.settled", invitation.id)
    if queries.free_seats(project, but=invitation.id) < 1:
        _wait(invitation, by)
        return Acceptance(invitation, None)
    invitation.state = InvitationState.ACCEPTED
    audit.record("invitation.accepted", "invitation", invitation.id, actor_id=by.id)
    tell("accepted", invitation)
    return Acceptance(invitation, _begin(invitation, project, by))


def _wait(invitation: Invitation, by: Account) -> None:
    if invitation.state is not InvitationState.WAITLISTED:
        invitation.state = InvitationState.WAITLISTED
        audit.record("invitation.waitlisted", "invitation", invitation.id, actor_id=by.id)
        tell("waitlisted", invitation)


def _begin(invitation: Invitation, project: Project, by: Account) -> Engagement:
    now = clock.now()
    engagement = Engagement(
        project=project,
        profile=invitation.profile,
        invitation=invitation,
        weekly_limit_minutes=project.weekly_limit_minutes,
        started_at=now,
        rates=[_rate(invitation.offered_rate_minor, invitation.currency, now, invitation.confirmed_by)],
    )
    db.session.add(engagement)
    db.session.flush()
    rate = invitation.offered_rate_minor
    audit.record("engagement.started", "engagement", engagement.id, actor_id=by.id, rate=rate)
    _happened("started", engagement)
    _tell(engagement, "engagement_started", f"Fairmatch: you have joined “{project.title}”")
    return engagement


def _rate(rate_minor: int, currency: str, valid_from: datetime, made_by: int) -> EngagementRate:
    return EngagementRate(rate_minor=rate_minor, currency=currency, valid_from=valid_from, made_by=made_by)


def pause_engagement(engagement: Engagement, reason: str, by: Account) -> None:
    """Stop somebody's hours for now, and tell them why."""
    _lock(engagement)
    if engagement.state is not EngagementState.ACTIVE:
        raise Refused(f"This engagement is {engagement.state} and cannot be paused.")
    engagement.state, engagement.state_reason = EngagementState.PAUSED, reason
    audit.record("engagement.paused", "engagement", engagement.id, actor_id=by.id, reason=reason)
    _happened("paused", engagement, reason=reason)
    _tell(engagement, "engagement_paused", f"Fairmatch: your work on “{engagement.project.title}” is paused")


def resume_engagement(engagement: Engagement, by: Account) -> None:
    """Let somebody whose engagement is paused go on."""
    _lock(engagement)
    if engagement.state is not EngagementState.PAUSED:
        raise Refused(f"This engagement is {engagement.state} and cannot be resumed.")
    engagement.state, engagement.state_reason = EngagementState.ACTIVE, ""
    audit.record("engagement.resumed", "engagement", engagement.id, actor_id=by.id)
    _happened("resumed", engagement)
    _tell(engagement, "engagement_resumed", f"Fairmatch: your work on “{engagement.project.title}” goes on")


def end_engagement(engagement: Engagement, reason: EndReason, by: Account | None) -> None:
    """End an engagement for good, so that its seat is free for whoever waits; hours and rates stay as they were."""
    _lock(engagement)
    if engagement.state is EngagementState.ENDED:
        raise Refused("This engagement has ended already.")
    engagement.state, engagement.state_reason = EngagementState.ENDED, reason.value
    engagement.ended_at = clock.now()
    ring("seat.freed", engagement.project_id)
    actor_id = by.id if by else None
    audit.record("engagement.ended", "engagement", engagement.id, actor_id=actor_id, reason=reason.value)
    _happened("ended", engagement, reason=reason.value)
    subject = f"Fairmatch: your work on “{engagement.project.title}” has ended"
    _tell(engagement, "engagement_ended", subject, reason=END_WORDS[reason])


def close_project(project_id: int) -> None:
    """End the engagements of a completed project and withdraw what is open; hours stay to be handed in and paid."""
    project = _locked_project(project_id)
    if project.state is not ProjectState.COMPLETED:
        return
    seated = sa.select(Engagement).where(Engagement.project_id == project_id, Engagement.state.in_(SEATED))
    for engagement in db.session.scalars(seated.order_by(Engagement.id)):
        end_engagement(engagement, EndReason.PROJECT_COMPLETED, by=None)
    waiting = sa.select(Invitation).where(Invitation.project_id == project_id, Invitation.state.in_(OPEN))
    for invitation in db.session.scalars(waiting.order_by(Invitation.id)):
        withdraw_invitation(invitation, by=None)


def change_rate(engagement: Engagement, rate_minor: int, valid_from: datetime, by: Account) -> EngagementRate:
    """Agree another hourly rate from a future moment on; what is worked before keeps its rate."""
    _lock(engagement)
    if engagement.state is EngagementState.ENDED:
        raise Refused("This engagement has ended: its rate cannot change any more.")
    last, project = engagement.rates[-1], engagement.project
    band = project.rate_floor_minor, project.rate_top_minor
    refusal = refuse_rate_change(
        rate_minor=rate_minor, band=band, valid_from=valid_from, now=clock.now(), last_from=last.valid_from
    )
    if refusal:
        raise Refused(refusal[1], field=refusal[0])
    last.valid_until = valid_from
    db.session.flush()  # the old range has to end before the new one may begin
    rate = _rate(rate_minor, last.currency, valid_from, by.id)
    engagement.rates.append(rate)
    db.session.flush()
    audit.record("engagement.rate_changed", "engagement", engagement.id, actor_id=by.id, rate=rate_minor)
    _tell(engagement, "engagement_rate", f"Fairmatch: a new rate on “{engagement.project.title}”", rate=rate, old=last)
    return rate


def offer_free_seats(project_id: int) -> None:
    """Promise each free seat of an active project to the next person on its waitlist, for as long as an invitation."""
    project = _locked_project(project_id)
    if project.state is not ProjectState.ACTIVE:
        return
    now = clock.now()
    for invitation in queries.first_waiting(project, queries.free_seats(project)):
        invitation.state, invitation.expires_at = (
            InvitationState.OPENED,
            now + timedelta(hours=project.invitation_hours),
        )
        ring("invitation.expiring", invitation.id, due_at=invitation.expires_at)
        audit.record("invitation.seat_offered", "invitation", invitation.id, actor_id=None)
        subject = _one_line(f"Fairmatch: a seat on “{project.title}” is free for you")
        mail.queue(invitation.profile.account.email, "invitation_seat", subject, invitation=invitation)


def _locked_project(project_id: int) -> Project:
    return db.session.get_one(Project, project_id, with_for_update=True, populate_existing=True)


def _lock(engagement: Engagement) -> None:
    db.session.get_one(Engagement, engagement.id, with_for_update=True, populate_existing=True)


def _happened(what: str, engagement: Engagement, **more: str) -> None:
    happened(
        f"engagement.{what}",
        engagement.project.organisation_id,
        engagement_id=engagement.id,
        project_id=engagement.project_id,
        annotator=engagement.profile.pseudonym,
        **more,
    )


def _tell(engagement: Engagement, template: str, subject: str, **more: Any) -> None:
    recipient = engagement.profile.account.email
    mail.queue(recipient, template, _one_line(subject), engagement=engagement, **more)


def _one_line(text: str) -> str:
    return " ".join(text.split())
