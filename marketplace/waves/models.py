"""Wave plans: the rule that a manager confirmed, each wave with the figures it rests on, and whom it invited."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import Account
from marketplace.db import Base, Id, Moment, foreign, words
from marketplace.invitations.models import Invitation
from marketplace.projects.models import Project
from marketplace.waves.rules import EndReason, PlanState


class WavePlan(Base):
    """The rule by which a project's seats are filled, and how far it has come; a project has one running at most.

    *bound_percent*: the promise on the chance that more people accept than there are seats.  *most_rank*: nobody
    further down the ranking is invited.  *most_open*: nor is anybody who holds so many open invitations already,
    whoever's they are.
    """

    __tablename__ = "wave_plan"
    __table_args__ = (
        sa.Index("uq_wave_plan_running", "project_id", unique=True, postgresql_where=sa.text("state = 'running'")),
        sa.CheckConstraint("seats > 0", name="seats"),
        sa.CheckConstraint("bound_percent BETWEEN 1 AND 50", name="bound"),
        sa.CheckConstraint("invitation_hours BETWEEN 1 AND 720", name="hours"),
        sa.CheckConstraint("most_rank > 0", name="most_rank"),
        sa.CheckConstraint("most_open BETWEEN 1 AND 20", name="most_open"),
        sa.CheckConstraint("deadline > confirmed_at", name="deadline"),
        sa.CheckConstraint("(state = 'running') = (ended_at IS NULL)", name="ended"),
        sa.CheckConstraint("(state = 'running') = (end_reason IS NULL)", name="end_reason_given"),
    )

    id: Mapped[Id]
    project_id: Mapped[int] = foreign("project.id")
    state: Mapped[PlanState] = mapped_column(words(PlanState, "state"), default=PlanState.RUNNING, index=True)
    end_reason: Mapped[EndReason | None] = mapped_column(words(EndReason, "end_reason"))
    seats: Mapped[int]
    deadline: Mapped[datetime]
    bound_percent: Mapped[int]
    invitation_hours: Mapped[int]
    most_rank: Mapped[int]
    most_open: Mapped[int]
    confirmed_by: Mapped[int] = foreign("account.id", index=False)
    confirmed_at: Mapped[Moment]
    ended_at: Mapped[datetime | None]

    project: Mapped[Project] = relationship()
    confirmer: Mapped[Account] = relationship()
    waves: Mapped[list["Wave"]] = relationship(order_by="Wave.number")

    @property
    def bound(self) -> float:
        """The promise as a chance between 0 and 1."""
        return self.bound_percent / 100

    @property
    def booked(self) -> float:
        """What the waves so far have used up of the promise."""
        return sum(max(wave.risk_after - wave.risk_before, 0.0) for wave in self.waves)

    @property
    def people_invited(self) -> int:
        """How many people its waves have invited."""
        return sum(wave.people for wave in self.waves)


class Wave(Base):
    """One wave and why it was so large; rows are only ever added.

    *accepted* of *ended*: the invitations that the belief (*alpha*, *beta*) was made of.  *room*: seats that nobody had
    taken or been promised.  *outstanding*: invitations without an answer.  *may_add*: what it might add to the chance
    of too many yeses.  *wanted*: the size that follows; *people*: how many of those there were to invite.
    *passed_over*: whom the ranking named and the rule did not invite, each with the rank and the reason.
    """

    __tablename__ = "wave"
    __table_args__ = (
        sa.UniqueConstraint("plan_id", "number"),
        sa.CheckConstraint("number > 0", name="number"),
        sa.CheckConstraint("0 < people AND people <= wanted", name="people"),
        sa.CheckConstraint("alpha > 0 AND beta > 0", name="belief"),
        sa.CheckConstraint("0 <= accepted AND accepted <= ended", name="history"),
        sa.CheckConstraint("risk_before BETWEEN 0 AND 1 AND risk_after BETWEEN 0 AND 1", name="risk"),
        sa.CheckConstraint("risk_after - risk_before <= may_add + 1e-9", name="promise"),
    )

    id: Mapped[Id]
    plan_id: Mapped[int] = foreign("wave_plan.id", index=False)
    number: Mapped[int]
    sent_at: Mapped[Moment]
    run_id: Mapped[int] = foreign("match_run.id", index=False)
    accepted: Mapped[int]
    ended: Mapped[int]
    alpha: Mapped[float]
    beta: Mapped[float]
    room: Mapped[int]
    outstanding: Mapped[int]
    may_add: Mapped[float]
    wanted: Mapped[int]
    people: Mapped[int]
    risk_before: Mapped[float]
    risk_after: Mapped[float]
    passed_over: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)

    plan: Mapped[WavePlan] = relationship(back_populates="waves")
    places: Mapped[list["WaveInvitation"]] = relationship(order_by="WaveInvitation.invitation_id")


class WaveInvitation(Base):
    """Which wave made an invitation; rows are only ever added."""

    __tablename__ = "wave_invitation"

    invitation_id: Mapped[int] = foreign("invitation.id", primary_key=True, index=False)
    wave_id: Mapped[int] = foreign("wave.id")

    invitation: Mapped[Invitation] = relationship()
