"""Applications to open projects."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import Account
from marketplace.applications.rules import ApplicationState
from marketplace.db import Base, Id, Moment, foreign, words
from marketplace.invitations.models import Invitation
from marketplace.matches.rules import without_identity
from marketplace.profiles.models import AnnotatorProfile
from marketplace.projects.models import Project, RequirementVersion
from matching.vocabulary import GateOutcome


class Application(Base):
    """An annotator asks to join an open project.

    *gates*: what each gate of *version* and the rate band said then, with the fact and what would have passed; like
    whose it is, it never changes.  *override_note*: why a manager took somebody who misses a gate.  *invitation*: the
    offer that an acceptance is.
    """

    __tablename__ = "application"
    __table_args__ = (
        sa.Index(
            "uq_application_live",
            "project_id",
            "profile_id",
            unique=True,
            postgresql_where=sa.text("state = 'submitted'"),
        ),
        sa.CheckConstraint("(state = 'declined') = (decline_reason IS NOT NULL)", name="declined_with_reason"),
        sa.CheckConstraint("(state = 'accepted') = (invitation_id IS NOT NULL)", name="accepted_with_offer"),
        sa.CheckConstraint(
            "(state IN ('accepted', 'declined')) = (decided_by IS NOT NULL AND decided_at IS NOT NULL)",
            name="decided_by_somebody",
        ),
        sa.CheckConstraint("(state = 'withdrawn') = (withdrawn_at IS NOT NULL)", name="withdrawn_at_a_time"),
    )

    id: Mapped[Id]
    project_id: Mapped[int] = foreign("project.id")
    profile_id: Mapped[int] = foreign("annotator_profile.id")
    version_id: Mapped[int] = foreign("requirement_version.id", index=False)
    state: Mapped[ApplicationState] = mapped_column(
        words(ApplicationState, "state"), default=ApplicationState.SUBMITTED, index=True
    )
    note: Mapped[str] = mapped_column(default="")
    gates: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    submitted_at: Mapped[Moment]
    withdrawn_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = foreign("account.id", index=False)
    decline_reason: Mapped[str | None]
    decision_note: Mapped[str] = mapped_column(default="")
    override_note: Mapped[str] = mapped_column(default="")
    invitation_id: Mapped[int | None] = foreign("invitation.id", unique=True, index=False)

    project: Mapped[Project] = relationship()
    profile: Mapped[AnnotatorProfile] = relationship()
    version: Mapped[RequirementVersion] = relationship()
    invitation: Mapped[Invitation | None] = relationship()
    decider: Mapped[Account | None] = relationship(foreign_keys=[decided_by])

    @property
    def covered_note(self) -> str:
        """The note, with whatever tells who it is of covered."""
        return without_identity(self.note, self.profile.account.name)

    @property
    def missed(self) -> list[dict[str, Any]]:
        """The gates that did not pass: those failed, and those about which nothing was stated."""
        return [gate for gate in self.gates if gate["outcome"] != GateOutcome.PASS]
