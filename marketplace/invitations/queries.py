"""The reads of invitations: whose they are, and what a manager may see of people."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from marketplace import clock
from marketplace.accounts.models import Account
from marketplace.db import db
from marketplace.errors import Missing
from marketplace.invitations.models import Invitation
from marketplace.invitations.rules import AWAITING, InvitationState
from marketplace.matches import queries as match_queries
from marketplace.matches.facts import offer_to
from marketplace.matches.models import Match, MatchRun
from marketplace.profiles.models import AnnotatorProfile
from marketplace.projects.models import Project
from marketplace.projects.queries import managed_by
from matching.rates import RateOffer


@dataclass(frozen=True, slots=True)
class Proposal:
    """A match as a manager sees it: without name and contacts, with the rate and how far an invitation has come."""

    match: Match
    offer: RateOffer | None
    invitation: Invitation | None


def proposals(run: MatchRun, project: Project, ranks: Collection[int]) -> list[Proposal]:
    """Return the people on some places of a ranking, best first."""
    found = match_queries.ranked_at(run, ranks)
    invited = _newest_invitations(project, [match.profile_id for match in found])
    return [Proposal(match, offer_to(match.profile, project), invited.get(match.profile_id)) for match in found]


def live_profile_ids(project: Project, profile_ids: Collection[int], states: Collection[InvitationState]) -> set[int]:
    """Return which of the profiles have an invitation of *project* in one of *states*."""
    statement = sa.select(Invitation.profile_id).where(
        Invitation.project_id == project.id, Invitation.profile_id.in_(profile_ids), Invitation.state.in_(states)
    )
    return set(db.session.scalars(statement))


def own_invitations(account: Account) -> sa.Select[Any]:
    """Return the invitations of *account*."""
    return _invitations().where(AnnotatorProfile.account_id == account.id)


def own_open(account: Account) -> list[Invitation]:
    """Return the invitations that *account* can still answer, those that end first first, then the waitlist."""
    statement = own_invitations(account).where(_is_open()).order_by(Invitation.answered_at.is_not(None))
    return list(db.session.scalars(statement.order_by(Invitation.expires_at).limit(200)))


def own_closed(account: Account) -> sa.Select[Any]:
    """Return the invitations of *account* that are answered or over."""
    return own_invitations(account).where(~_is_open())


def invitations_of(project: Project) -> sa.Select[Any]:
    """Return every invitation of *project*."""
    return _invitations().where(Invitation.project_id == project.id)


def get_own_invitation(invitation_id: int, account: Account) -> Invitation:
    """Return an invitation to *account*; raises Missing."""
    return _one(own_invitations(account), invitation_id)


def get_invitation(invitation_id: int, account: Account) -> Invitation:
    """Return an invitation to *account* or of a project they manage; raises Missing."""
    own = AnnotatorProfile.account_id == account.id
    return _one(_invitations().where(own | managed_by(account)), invitation_id)


def get_managed_invitation(invitation_id: int, account: Account) -> Invitation:
    """Return an invitation of a project that *account* manages; raises Missing."""
    return _one(_invitations().where(managed_by(account)), invitation_id)


def _one(statement: sa.Select[Any], invitation_id: int) -> Invitation:
    found: Invitation | None = db.session.scalar(statement.where(Invitation.id == invitation_id))
    if found is None:
        raise Missing
    return found


def _is_open() -> sa.ColumnElement[bool]:
    in_time = Invitation.state.in_(AWAITING) & (Invitation.expires_at > clock.now())
    return in_time | (Invitation.state == InvitationState.WAITLISTED)


def _invitations() -> sa.Select[Any]:
    return (
        sa.select(Invitation)
        .join(Invitation.profile)
        .join(Invitation.project)
        .options(
            contains_eager(Invitation.profile).joinedload(AnnotatorProfile.account),
            contains_eager(Invitation.project).joinedload(Project.organisation),
            joinedload(Invitation.match).joinedload(Match.profile).joinedload(AnnotatorProfile.account),
        )
    )


def _newest_invitations(project: Project, profile_ids: Sequence[int]) -> dict[int, Invitation]:
    statement = (
        sa.select(Invitation)
        .where(Invitation.project_id == project.id, Invitation.profile_id.in_(profile_ids))
        .order_by(Invitation.id)
    )
    return {invitation.profile_id: invitation for invitation in db.session.scalars(statement)}
