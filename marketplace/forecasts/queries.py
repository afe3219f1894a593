"""The reads of the funnel: how many came how far, when, why others declined, and when the seats may be filled."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from marketplace import clock
from marketplace.db import db
from marketplace.forecasts.rules import (
    FUTURES,
    Basis,
    FunnelDay,
    Stage,
    Step,
    counted_reasons,
    funnel_over_time,
)
from marketplace.invitations.models import Invitation
from marketplace.invitations.rules import DECLINE_WORDS, LIVE, InvitationState
from marketplace.matches.models import MatchRun
from marketplace.matches.queries import find_last_run
from marketplace.projects.models import Project
from marketplace.waves import queries as wave_queries
from marketplace.waves.futures import FEWEST_TIMES, Outlook, futures, quantile
from marketplace.waves.models import WavePlan
from marketplace.waves.queries import History
from marketplace.waves.rules import HISTORY, Belief, belief_after
from marketplace.work.models import Engagement
from marketplace.work.queries import free_seats
from marketplace.work.rules import SEATED, EngagementState

YES = frozenset({InvitationState.ACCEPTED, InvitationState.WAITLISTED})


@dataclass(frozen=True, slots=True)
class Funnel:
    """How many people came how far.  *run*: the ranking that *matched* was counted in, None before the first."""

    run: MatchRun | None
    matched: int
    invited: int
    opened: int
    accepted: int
    active: int
    days: list[FunnelDay]


@dataclass(frozen=True, slots=True)
class Answers:
    """How an organisation's people answered: hours until a yes, and who said no of those who did not accept."""

    history: History
    yes_hours: list[float]
    declining: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """When the seats may be filled.

    *p50*, *p90*: the moments by which half, and nine in ten, of the drawn futures are filled; None where fewer ever
    are.  *chance*: the share that is filled by the deadline or, without waves, by the invitations that are out.
    """

    basis: Basis
    plan: WavePlan | None
    seats: int
    outstanding: int
    belief: Belief
    answers: Answers
    p50: datetime | None
    p90: datetime | None
    chance: float
    drawn: int = FUTURES

    @property
    def times_seen(self) -> bool:
        """Whether the times to answer are those observed; else they are spread evenly."""
        return len(self.answers.yes_hours) >= FEWEST_TIMES


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why people declined, each with its words and how often, and how many did not answer."""

    declined: Sequence[tuple[str, str, int]]
    expired: int


def funnel_of(project: Project) -> Funnel:
    """Return how far the people of *project* have come, in one moment and over time; each person counts once."""
    run = find_last_run(project)
    steps, held = _steps(project, run)
    counts = Counter({stage: sum(step.by for step in steps if step.stage is stage) for stage in Stage})
    return Funnel(
        run=run,
        matched=run.eligible + held if run else counts[Stage.INVITED],
        invited=counts[Stage.INVITED],
        opened=counts[Stage.OPENED],
        accepted=counts[Stage.ACCEPTED],
        active=counts[Stage.ACTIVE],
        days=funnel_over_time(steps, clock.now().date()),
    )


def _steps(project: Project, run: MatchRun | None) -> tuple[list[Step], int]:
    """Return when each person first came to each stage, and how many held an invitation already when *run* was made.

    Who answered has opened, too.  Whoever held one was not among those who pass in *run*.
    """
    said_yes = Invitation.state.in_(YES) | (
        (Invitation.state == InvitationState.OPENED) & Invitation.answered_at.is_not(None)
    )
    before = Invitation.state.in_(LIVE) & (Invitation.made_at < (run.made_at if run else clock.now()))
    rows = db.session.execute(
        sa.select(
            sa.func.min(Invitation.made_at),
            sa.func.min(sa.func.coalesce(Invitation.opened_at, Invitation.answered_at)),
            sa.func.min(Invitation.answered_at).filter(said_yes),
            sa.func.count().filter(before),
        )
        .where(Invitation.project_id == project.id)
        .group_by(Invitation.profile_id)
    ).all()
    reached = [Step(stage, at) for row in rows for stage, at in zip(Stage, row[:3], strict=False) if at is not None]
    seated = sa.select(Engagement.started_at, Engagement.ended_at, Engagement.state)
    for began, ended, state in db.session.execute(seated.where(Engagement.project_id == project.id)):
        if state in SEATED or state is EngagementState.ENDED:
            reached.append(Step(Stage.ACTIVE, began))
        if ended is not None:
            reached.append(Step(Stage.ACTIVE, ended, by=-1))
    return reached, sum(row[3] for row in rows)


def reasons_of(project: Project) -> Reasons:
    """Return why people declined *project*, and how many did not answer."""
    ended = sa.select(Invitation.state, Invitation.decline_reason, sa.func.count()).where(
        Invitation.project_id == project.id, Invitation.state.in_((InvitationState.DECLINED, InvitationState.EXPIRED))
    )
    counts: Counter[str] = Counter()
    silent = 0
    for state, reason, count in db.session.execute(ended.group_by(Invitation.state, Invitation.decline_reason)):
        if state is InvitationState.EXPIRED:
            silent += count
        else:
            counts[reason or ""] += count
    words = {str(reason): text for reason, text in DECLINE_WORDS.items()}
    return Reasons(counted_reasons(counts, words), silent)


def forecast_of(project: Project, funnel: Funnel) -> Forecast:
    """Return when the seats of *project* may be filled: by its waves or, without any, by the invitations that are out.

    The same for the same facts at the same moment: the futures are drawn from a seed.
    """
    plan = wave_queries.find_running_plan(project)
    answers = _answers(project.organisation_id)
    belief = belief_after(answers.history.accepted, answers.history.ended)
    ages = _ages(project)
    room = wave_queries.seats_of(plan, project).room if plan else free_seats(project)
    if room <= 0:
        return Forecast(Basis.FILLED, plan, 0, len(ages), belief, answers, None, None, 1.0)
    outlook = _outlook(project, plan, funnel, room=room, belief=belief, ages=ages, answers=answers)
    found = futures(outlook, FUTURES, seed=project.id)
    p50, p90 = (_moment(quantile(found, share)) for share in (0.5, 0.9))
    filled = sum(one.filled_after is not None and one.filled_after <= outlook.until_hours for one in found)
    basis = Basis.WAVES if plan else Basis.OPEN_INVITATIONS
    return Forecast(basis, plan, room, len(ages), belief, answers, p50, p90, filled / FUTURES)


def _outlook(
    project: Project,
    plan: WavePlan | None,
    funnel: Funnel,
    *,
    room: int,
    belief: Belief,
    ages: list[float],
    answers: Answers,
) -> Outlook:
    """Return what the drawn futures begin with; without waves nobody else is invited in them."""
    until = (plan.deadline - clock.now()) / timedelta(hours=1) if plan else float("inf")
    ranked = min(funnel.run.scored, plan.most_rank) if funnel.run and plan else 0
    return Outlook(
        room=room,
        belief=belief,
        people=max(ranked - funnel.invited, 0),
        bound=plan.bound if plan else 0.0,
        booked=plan.booked if plan else 0.0,
        hours=float(plan.invitation_hours if plan else project.invitation_hours),
        open_hours=ages,
        yes_hours=answers.yes_hours,
        declining=answers.declining,
        until_hours=max(until, 0.0),
    )


def _answers(organisation_id: int) -> Answers:
    took = sa.func.extract("epoch", Invitation.answered_at - Invitation.made_at) / 3600.0
    past = wave_queries.counted_history(organisation_id).subquery()
    ended = sa.select(took, Invitation.state, past.c.accepted, past.c.ended).join_from(Invitation, past, sa.true())
    ended = ended.join(Project, Project.id == Invitation.project_id)
    states = [*YES, InvitationState.DECLINED, InvitationState.EXPIRED]
    ended = ended.where(Project.organisation_id == organisation_id, Invitation.state.in_(states))
    rows = db.session.execute(ended.order_by(Invitation.id.desc()).limit(HISTORY)).all()
    counts = Counter(row.state for row in rows)
    declined, expired = counts[InvitationState.DECLINED], counts[InvitationState.EXPIRED]
    return Answers(
        history=History(*rows[0][2:]) if rows else History(0, 0),
        yes_hours=sorted(float(hours) for hours, state, *_ in rows if state in YES and hours is not None),
        declining=declined / (declined + expired) if declined + expired else 0.5,
    )


def _ages(project: Project) -> list[float]:
    """Return for how many hours each invitation that is out has been so."""
    made = db.session.scalars(sa.select(Invitation.made_at).where(*wave_queries.outstanding(project)))
    return sorted((clock.now() - moment) / timedelta(hours=1) for moment in made)


def _moment(hours: float | None) -> datetime | None:
    """Return when so many hours from now are over, to the hour."""
    if hours is None:
        return None
    return (clock.now() + timedelta(hours=hours, minutes=30)).replace(minute=0, second=0, microsecond=0)
