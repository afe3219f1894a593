"""The reads of engagements: whose, at what rate, and how many seats are taken."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.sql.base import ExecutableOption

from marketplace import clock
from marketplace.accounts.models import Account
from marketplace.db import db
from marketplace.errors import Missing, Refused
from marketplace.invitations.models import Invitation
from marketplace.invitations.rules import InvitationState
from marketplace.profiles.models import AnnotatorProfile
from marketplace.projects.models import Project
from marketplace.projects.queries import managed_by
from marketplace.words import say
from marketplace.work.models import Engagement, EngagementRate
from marketplace.work.rules import EngagementState


def get_engagement(engagement_id: int, account: Account) -> Engagement:
    """Return an engagement that *account* works under or manages; raises Missing."""
    return _one(engagement_id, (AnnotatorProfile.account_id == account.id) | managed_by(account))


def get_own_engagement(engagement_id: int, account: Account) -> Engagement:
    """Return an engagement that *account* works under; raises Missing."""
    return _one(engagement_id, AnnotatorProfile.account_id == account.id)


def get_managed_engagement(engagement_id: int, account: Account) -> Engagement:
    """Return an engagement on a project that *account* manages; raises Missing."""
    return _one(engagement_id, managed_by(account))


def _one(engagement_id: int, theirs: sa.ColumnElement[bool]) -> Engagement:
    statement = _whole().join(Engagement.profile).join(Engagement.project)
    found = db.session.scalar(statement.where(Engagement.id == engagement_id, theirs))
    if found is None:
        raise Missing
    return found


def engagements_of(account: Account) -> sa.Select[Any]:
    """Return the engagements that *account* works under."""
    return _whole().join(Engagement.profile).where(AnnotatorProfile.account_id == account.id)


def team_of(project: Project) -> sa.Select[Any]:
    """Return the engagements of *project*."""
    return _whole().where(Engagement.project_id == project.id)


def engagement_of(invitation: Invitation) -> Engagement:
    """Return the engagement that came of an accepted invitation."""
    return db.session.scalars(_whole().where(Engagement.invitation_id == invitation.id)).one()


def rate_at(engagement: Engagement, moment: datetime) -> EngagementRate:
    """Return the rate agreed for *moment*; raises Refused when the engagement had not begun.

    Reads ``engagement.rates``, so that a list of engagements costs one query for all their rates.
    """
    for rate in reversed(engagement.rates):
        if rate.valid_from <= moment and (rate.valid_until is None or moment < rate.valid_until):
            return rate
    began = f"{engagement.started_at:%-d %b %Y, %H:%M} UTC"
    raise Refused(say("No rate was agreed for that time: the engagement began on %(began)s.", began=began))


def current_rate(engagement: Engagement) -> EngagementRate:
    """Return the rate that holds now, or the first one before it begins."""
    now = clock.now()
    held = [rate for rate in engagement.rates if rate.valid_from <= now]
    return (held or engagement.rates[:1])[-1]


def free_seats(project: Project, *, but: int | None = None) -> int:
    """Return how many seats nobody has taken and nobody from the waitlist has been promised.

    *but*: the id of an invitation whose own promise does not count.  Only while the project's row is locked
    does the answer stay true.
    """
    taken = sa.select(sa.func.count()).where(
        Engagement.project_id == project.id, Engagement.state != EngagementState.ENDED
    )
    promised = sa.select(sa.func.count()).where(
        Invitation.project_id == project.id,
        Invitation.state == InvitationState.OPENED,
        Invitation.answered_at.is_not(None),
        Invitation.expires_at > clock.now(),
        Invitation.id != (but or 0),
    )
    used: int = db.session.scalars(sa.select(taken.scalar_subquery() + promised.scalar_subquery())).one()
    return project.seats - used


def first_waiting(project: Project, most: int) -> list[Invitation]:
    """Return up to *most* invitations on the waitlist, locked, who said yes first first."""
    waiting = sa.select(Invitation).where(
        Invitation.project_id == project.id, Invitation.state == InvitationState.WAITLISTED
    )
    ordered = waiting.order_by(Invitation.answered_at, Invitation.id).limit(max(most, 0))
    return list(
        db.session.scalars(ordered.with_for_update(of=Invitation), execution_options={"populate_existing": True})
    )


def _whole() -> sa.Select[Engagement]:
    return sa.select(Engagement).options(*_shown())


def _shown() -> tuple[ExecutableOption, ...]:
    return (
        joinedload(Engagement.project).joinedload(Project.organisation),
        joinedload(Engagement.profile).joinedload(AnnotatorProfile.account),
        selectinload(Engagement.rates),
    )
