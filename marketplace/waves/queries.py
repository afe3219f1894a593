"""The reads of waves: plans, what is believed of the next answer, and how many seats are still to be filled."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from marketplace import clock
from marketplace.accounts.models import Account, Membership
from marketplace.db import db
from marketplace.errors import Missing
from marketplace.invitations.models import Invitation
from marketplace.invitations.rules import AWAITING, TAKE_BACK_WITHIN, InvitationState
from marketplace.matches.models import Match
from marketplace.projects.models import Project
from marketplace.projects.queries import managed_by
from marketplace.waves.models import Wave, WaveInvitation, WavePlan
from marketplace.waves.rules import HISTORY, Belief, PlanState, WaveSize, belief_after, spendable, wave_size
from marketplace.work.models import Engagement
from marketplace.work.queries import free_seats
from marketplace.work.rules import EngagementState


@dataclass(frozen=True, slots=True)
class History:
    """How many of an organisation's newest invitations that have ended were accepted."""

    accepted: int
    ended: int


@dataclass(frozen=True, slots=True)
class Seats:
    """What is to be filled.  *left*: seats of the plan that nobody has taken; *room*: that nobody was promised either.

    *outstanding*: invitations without an answer, those declined a moment ago among them, for they may be taken back.
    """

    left: int
    room: int
    outstanding: int


def history_of(organisation_id: int) -> History:
    """Return how the newest invitations of an organisation ended; who waits for a seat has accepted.

    Those withdrawn tell nothing of the people, and a no counts when it can no longer be taken back.
    """
    accepted, ended = db.session.execute(counted_history(organisation_id)).one()
    return History(accepted, ended)


def counted_history(organisation_id: int) -> sa.Select[int, int]:
    """Return the question for how many of those accepted, and how many there are."""
    stands = Invitation.answered_at <= clock.now() - TAKE_BACK_WITHIN
    yes = Invitation.state.in_([InvitationState.ACCEPTED, InvitationState.WAITLISTED])
    no = (Invitation.state == InvitationState.EXPIRED) | ((Invitation.state == InvitationState.DECLINED) & stands)
    newest = (
        sa.select(yes.label("yes"))
        .join(Project, Project.id == Invitation.project_id)
        .where(Project.organisation_id == organisation_id, yes | no)
        .order_by(Invitation.id.desc())
        .limit(HISTORY)
        .subquery()
    )
    return sa.select(
        sa.func.count().filter(newest.c.yes).label("accepted"), sa.func.count().label("ended")
    ).select_from(newest)


def seats_of(plan: WavePlan, project: Project) -> Seats:
    """Return how far *plan* has come; the answer stays true while the project's row is locked."""
    held = sa.select(sa.func.count()).where(
        Engagement.project_id == project.id, Engagement.state != EngagementState.ENDED
    )
    joined = held.where(Engagement.started_at >= plan.confirmed_at)
    waiting = sa.select(sa.func.count()).where(
        Invitation.project_id == project.id, Invitation.state == InvitationState.WAITLISTED
    )
    out = sa.select(sa.func.count()).where(*outstanding(project))
    counts = sa.select(*(one.scalar_subquery() for one in (held, joined, waiting, out)))
    taken, since, waitlisted, still_out = db.session.execute(counts).one()
    left = min(plan.seats - since, project.seats - taken)
    room = min(plan.seats - since, free_seats(project)) - waitlisted
    return Seats(left, room, still_out)


def count_outstanding(project: Project) -> int:
    """Return how many people may still say yes to an invitation of *project* without having answered."""
    return db.session.scalars(sa.select(sa.func.count()).where(*outstanding(project))).one()


def outstanding(project: Project) -> tuple[sa.ColumnElement[bool], ...]:
    """Return the conditions for an invitation that waits for its answer, or whose no may still be taken back."""
    now = clock.now()
    awaits = Invitation.state.in_(AWAITING) & Invitation.answered_at.is_(None)
    takes_back = (Invitation.state == InvitationState.DECLINED) & (Invitation.answered_at > now - TAKE_BACK_WITHIN)
    return Invitation.project_id == project.id, Invitation.expires_at > now, awaits | takes_back


def still_manages(account: Account, project: Project) -> bool:
    """Return whether *account* may still act for the organisation of *project*."""
    member = sa.select(sa.literal(True)).where(
        Membership.account_id == account.id, Membership.organisation_id == project.organisation_id
    )
    return account.active and db.session.scalar(member) is not None


def owners_of(project: Project) -> list[Account]:
    """Return the owners of the organisation of *project*."""
    owners = sa.select(Account).join(Membership, Membership.account_id == Account.id)
    owners = owners.where(Membership.organisation_id == project.organisation_id, Membership.is_owner, Account.active)
    return list(db.session.scalars(owners.order_by(Account.id)))


@dataclass(frozen=True, slots=True)
class FirstWave:
    """What the first wave of a rule would be, and what that rests on."""

    history: History
    belief: Belief
    outstanding: int
    may_add: float
    size: WaveSize


def first_wave(project: Project, seats: int, bound_percent: int) -> FirstWave:
    """Return what the first wave would be if waves for *seats* seats began now."""
    history, waiting = history_of(project.organisation_id), count_outstanding(project)
    belief, bound = belief_after(history.accepted, history.ended), bound_percent / 100
    size = wave_size(seats, waiting, belief, bound=bound, booked=0.0)
    return FirstWave(history, belief, waiting, spendable(bound, 0.0), size)


def plans_of(project: Project) -> sa.Select[Any]:
    """Return the plans of *project*."""
    return _whole().where(WavePlan.project_id == project.id)


def find_running_plan(project: Project) -> WavePlan | None:
    """Return the plan of *project* that runs, or None."""
    found: WavePlan | None = db.session.scalar(plans_of(project).where(WavePlan.state == PlanState.RUNNING))
    return found


def running_plan_ids() -> list[int]:
    """Return the ids of all plans that run."""
    return list(db.session.scalars(sa.select(WavePlan.id).where(WavePlan.state == PlanState.RUNNING)))


def get_plan(plan_id: int, account: Account) -> WavePlan:
    """Return a plan of a project that *account* manages; raises Missing."""
    statement = _whole().join(Project, Project.id == WavePlan.project_id)
    found: WavePlan | None = db.session.scalar(statement.where(WavePlan.id == plan_id, managed_by(account)))
    if found is None:
        raise Missing
    return found


def waves_of(plan: WavePlan) -> sa.Select[Any]:
    """Return the waves of *plan* with whom they invited."""
    return (
        sa.select(Wave)
        .where(Wave.plan_id == plan.id)
        .options(selectinload(Wave.places).joinedload(WaveInvitation.invitation).options(*_person()))
    )


def _person() -> tuple[Any, ...]:
    return (joinedload(Invitation.profile), joinedload(Invitation.match).load_only(Match.rank, Match.run_id))


def _whole() -> sa.Select[Any]:
    return sa.select(WavePlan).options(
        joinedload(WavePlan.project).joinedload(Project.organisation),
        joinedload(WavePlan.confirmer),
        selectinload(WavePlan.waves),
    )
