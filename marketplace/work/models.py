"""Engagements: one annotator on one project, with the agreed rate over time."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.db import Base, Id, Moment, foreign, words
from marketplace.invitations.models import Invitation
from marketplace.profiles.models import AnnotatorProfile
from marketplace.projects.models import Project
from marketplace.work.rules import EngagementRole, EngagementState


class Engagement(Base):
    """A seat taken: it holds hours, and the rate they are paid at."""

    __tablename__ = "engagement"
    __table_args__ = (
        sa.Index(
            "uq_engagement_live",
            "project_id",
            "profile_id",
            unique=True,
            postgresql_where=sa.text("state <> 'ended'"),
        ),
        sa.CheckConstraint("weekly_limit_minutes BETWEEN 1 AND 10080", name="weekly_limit"),
        sa.CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name="ended"),
    )

    id: Mapped[Id]
    project_id: Mapped[int] = foreign("project.id")
    profile_id: Mapped[int] = foreign("annotator_profile.id")
    invitation_id: Mapped[int] = foreign("invitation.id", unique=True, index=False)
    role: Mapped[EngagementRole] = mapped_column(words(EngagementRole, "role"), default=EngagementRole.ANNOTATOR)
    state: Mapped[EngagementState] = mapped_column(words(EngagementState, "state"), default=EngagementState.ACTIVE)
    state_reason: Mapped[str] = mapped_column(default="")
    weekly_limit_minutes: Mapped[int]
    started_at: Mapped[Moment]
    ended_at: Mapped[datetime | None]

    project: Mapped[Project] = relationship()
    profile: Mapped[AnnotatorProfile] = relationship()
    invitation: Mapped[Invitation] = relationship()
    rates: Mapped[list["EngagementRate"]] = relationship(order_by="EngagementRate.valid_from")


class EngagementRate(Base):
    """The hourly rate of an engagement from *valid_from* until *valid_until* (open when None); never overlapping."""

    __tablename__ = "engagement_rate"
    __table_args__ = (
        sa.CheckConstraint("rate_minor > 0", name="rate"),
        sa.CheckConstraint("valid_until IS NULL OR valid_from < valid_until", name="range"),
    )

    id: Mapped[Id]
    engagement_id: Mapped[int] = foreign("engagement.id")
    rate_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(sa.CHAR(3))
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime | None]
    made_by: Mapped[int] = foreign("account.id", index=False)
    made_at: Mapped[Moment]
