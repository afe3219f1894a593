"""Invitations."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace import clock
from marketplace.db import Base, Id, Moment, foreign, words
from marketplace.invitations.rules import InvitationState, is_late
from marketplace.matches.models import Match
from marketplace.profiles.models import AnnotatorProfile
from marketplace.projects.models import Project


class Invitation(Base):
    """An offer of a seat at a rate, confirmed by a named person, open until it expires."""

    __tablename__ = "invitation"
    __table_args__ = (
        sa.Index(
            "uq_invitation_live",
            "project_id",
            "profile_id",
            unique=True,
            postgresql_where=sa.text("state IN ('queued', 'sent', 'opened', 'waitlisted', 'accepted')"),
        ),
        sa.CheckConstraint("(state = 'declined') = (decline_reason IS NOT NULL)", name="declined_with_reason"),
        sa.CheckConstraint("offered_rate_minor > 0", name="rate"),
    )

    id: Mapped[Id]
    project_id: Mapped[int] = foreign("project.id")
    profile_id: Mapped[int] = foreign("annotator_profile.id")
    match_id: Mapped[int] = foreign("match.id", index=False)
    state: Mapped[InvitationState] = mapped_column(
        words(InvitationState, "state"), default=InvitationState.QUEUED, index=True
    )
    offered_rate_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(sa.CHAR(3))
    rate_breakdown: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    confirmed_by: Mapped[int] = foreign("account.id", index=False)
    made_at: Mapped[Moment]
    expires_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    decline_reason: Mapped[str | None]
    decline_note: Mapped[str] = mapped_column(default="")
    decline_told_at: Mapped[datetime | None]

    project: Mapped[Project] = relationship()
    profile: Mapped[AnnotatorProfile] = relationship()
    match: Mapped[Match] = relationship()

    @property
    def shown_state(self) -> InvitationState:
        """The state to show: what nobody answered in time has expired, though the worker has yet to say so."""
        late = is_late(self.state, self.expires_at, clock.now())
        return InvitationState.EXPIRED if late else self.state

    @property
    def covered_parts(self) -> list[dict[str, Any]]:
        """What the résumé says for this match, without what tells who it is."""
        return self.match.covered_parts
