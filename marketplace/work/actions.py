"""The writes of engagements: seats taken under a lock, pauses, ends, agreed rates, and the waitlist."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from marketplace import audit, clock
from marketplace.accounts.models import Account
from marketplace.db import db
from marketplace.errors import Refused
from marketplace.events import Event, happened
from marketplace.formats import moment_text
from marketplace.invitations.actions import notify_invited, ring_for_end, tell, withdraw_invitation
from marketplace.invitations.models import Invitation
from marketplace.invitations.rules import OPEN, InvitationState, refuse_accept, refuse_answer
from marketplace.money import written
from marketplace.notices import Kind, Letter, notify
from marketplace.organisations.telling import tell_managers
from marketplace.profiles.rules import ProfileState
from marketplace.projects.models import Project
from marketplace.projects.rules import ProjectState
from marketplace.tasks import ring
from marketplace.words import say
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
        raise Refused(say("Your profile has to be qualified before you can join a project."))
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
    _tell(engagement, "started", "You have joined “{}”", f"{written(rate, invitation.currency)} an hour.")
    return engagement


def _rate(rate_minor: int, currency: str, valid_from: datetime, made_by: int) -> EngagementRate:
    return EngagementRate(rate_minor=rate_minor, currency=currency, valid_from=valid_from, made_by=made_by)


def pause_engagement(engagement: Engagement, reason: str, by: Account) -> None:
    """Stop somebody's hours for now, and tell them why."""
    _lock(engagement)
    if engagement.state is not EngagementState.ACTIVE:
        raise Refused(say("This engagement is %(state)s and cannot be paused.", state=engagement.state))
    engagement.state, engagement.state_reason = EngagementState.PAUSED, reason
    audit.record("engagement.paused", "engagement", engagement.id, actor_id=by.id, reason=reason)
    _happened("paused", engagement, reason=reason)
    _tell(engagement, "paused", "Your work on “{}” is paused", reason)


def resume_engagement(engagement: Engagement, by: Account) -> None:
    """Let somebody whose engagement is paused go on."""
    _lock(engagement)
    if engagement.state is not EngagementState.PAUSED:
        raise Refused(say("This engagement is %(state)s and cannot be resumed.", state=engagement.state))
    engagement.state, engagement.state_reason = EngagementState.ACTIVE, ""
    audit.record("engagement.resumed", "engagement", engagement.id, actor_id=by.id)
    _happened("resumed", engagement)
    _tell(engagement, "resumed", "Your work on “{}” goes on", "You can log hours again.")


def end_engagement(engagement: Engagement, reason: EndReason, by: Account | None) -> None:
    """End an engagement for good, so that its seat is free for whoever waits; hours and rates stay as they were."""
    _lock(engagement)
    if engagement.state is EngagementState.ENDED:
        raise Refused(say("This engagement has ended already."))
    engagement.state, engagement.state_reason = EngagementState.ENDED, reason.value
    engagement.ended_at = clock.now()
    ring("seat.freed", engagement.project_id)
    actor_id = by.id if by else None
    audit.record("engagement.ended", "engagement", engagement.id, actor_id=actor_id, reason=reason.value)
    _happened("ended", engagement, reason=reason.value)
    words = END_WORDS[reason]
    if reason is EndReason.PROJECT_COMPLETED and engagement.project.close_reason:
        words = f"{words}: {engagement.project.close_reason}"
    _tell(engagement, "ended", "Your work on “{}” has ended", words, reason=words)
    if reason is EndReason.BY_ANNOTATOR:
        _tell_managers_of_leaving(engagement)


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
        raise Refused(say("This engagement has ended: its rate cannot change any more."))
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
    zone = engagement.profile.time_zone or "UTC"
    why = f"{written(rate_minor, rate.currency)} an hour from {moment_text(valid_from, zone)} on; before it is "
    why += f"{written(last.rate_minor, last.currency)}. What you have worked before keeps its rate."
    _tell(engagement, "rate", "A new rate on “{}”", why, rate=rate, old=last)
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
        ring_for_end(invitation)
        audit.record("invitation.seat_offered", "invitation", invitation.id, actor_id=None)
        title = f"A seat on “{project.title}” is free for you"
        zone = invitation.profile.time_zone or "UTC"
        notify_invited(
            invitation,
            "invitation.seat",
            title,
            why=f"It is held for you until {moment_text(invitation.expires_at, zone)}.",
            letter=Letter("invitation_seat", f"Fairmatch: {title[0].lower()}{title[1:]}", {"invitation": invitation}),
            turn=invitation.expires_at.isoformat(),
        )


def tell_team(event_id: int) -> None:
    """Tell everybody under engagement that their project is paused or goes on, with the reason.

    That it is completed is told with the end of each engagement.
    """
    event = db.session.get(Event, event_id)
    if event is None or event.kind not in {"project.paused", "project.active"}:
        return
    project = db.session.get_one(Project, event.facts["project_id"])
    paused = event.kind == "project.paused"
    title = f"“{project.title}” is paused" if paused else f"“{project.title}” goes on"
    more = "Please log no hours until it goes on; hours logged before are approved and paid as usual."
    why = f"{event.facts.get('reason', '')}\n{more}".strip() if paused else "You can log hours again."
    seated = sa.select(Engagement).where(Engagement.project_id == project.id, Engagement.state.in_(SEATED))
    seated = seated.where(Engagement.started_at <= event.happened_at).order_by(Engagement.id)
    for engagement in db.session.scalars(seated):
        to = engagement.profile.account
        notify(to, Kind.WORK, event.kind, f"event:{event.id}", title, "/engagements", why=why)


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


def _tell(engagement: Engagement, what: str, title: str, why: str, **more: EngagementRate | str) -> None:
    """Tell whoever works on it what happened to their engagement, as often as it happens."""
    told = title.format(engagement.project.title)
    letter = Letter(f"engagement_{what}", f"Fairmatch: {told[0].lower()}{told[1:]}", {"engagement": engagement, **more})
    thing = f"engagement:{engagement.id}:{clock.now().isoformat()}"
    to = engagement.profile.account
    notify(to, Kind.WORK, f"engagement.{what}", thing, told, "/engagements", why=why, letter=letter)


def _tell_managers_of_leaving(engagement: Engagement) -> None:
    project = engagement.project
    title = f"{engagement.profile.pseudonym} has left “{project.title}”"
    url, thing = f"/projects/{project.id}/team", f"engagement:{engagement.id}"
    tell_managers(project.organisation_id, Kind.ANSWERS, "engagement.left", thing, title, url)
