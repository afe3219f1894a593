"""Projects with their versioned requirements, rate card and wish vectors."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from pgvector.sqlalchemy import HALFVEC
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import Organisation
from marketplace.db import Base, Id, Moment, foreign, words
from marketplace.projects.rules import INVITATION_HOURS, ProjectState


class Project(Base):
    """Work that a client organisation offers while it is active."""

    __tablename__ = "project"
    __table_args__ = (
        sa.CheckConstraint("seats > 0", name="seats"),
        sa.CheckConstraint("0 < rate_floor_minor AND rate_floor_minor <= rate_top_minor", name="rate_band"),
        sa.CheckConstraint("weekly_limit_minutes BETWEEN 1 AND 10080", name="weekly_limit"),
        sa.CheckConstraint("budget_minor IS NULL OR budget_minor > 0", name="budget"),
        sa.CheckConstraint("starts_on IS NULL OR ends_on IS NULL OR starts_on <= ends_on", name="dates"),
    )

    id: Mapped[Id]
    organisation_id: Mapped[int] = foreign("organisation.id")
    title: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    state: Mapped[ProjectState] = mapped_column(words(ProjectState, "state"), default=ProjectState.DRAFT, index=True)
    close_reason: Mapped[str] = mapped_column(default="")
    seats: Mapped[int]
    currency: Mapped[str] = mapped_column(sa.CHAR(3))
    rate_floor_minor: Mapped[int]
    rate_top_minor: Mapped[int]
    weekly_limit_minutes: Mapped[int]
    budget_minor: Mapped[int | None]
    invitation_hours: Mapped[int] = mapped_column(default=INVITATION_HOURS)
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    content_warnings: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), default=list)
    is_open: Mapped[bool] = mapped_column(default=True)
    copied_from_id: Mapped[int | None] = foreign("project.id", index=False)
    created_by: Mapped[int] = foreign("account.id", index=False)
    created_at: Mapped[Moment]
    activated_at: Mapped[datetime | None]

    organisation: Mapped[Organisation] = relationship()
    versions: Mapped[list["RequirementVersion"]] = relationship(
        order_by="RequirementVersion.number", cascade="all, delete-orphan"
    )
    rate_lines: Mapped[list["RateLine"]] = relationship(order_by="RateLine.position", cascade="all, delete-orphan")

    @property
    def requirements(self) -> "RequirementVersion":
        """The newest version of the gates and wishes."""
        return self.versions[-1]


class ProjectCommitment(Base):
    """What the hours of a project that were not rejected earn or would earn, in all; kept by a trigger, row-locked.

    It never exceeds the budget of the project; see migration 0026.
    """

    __tablename__ = "project_commitment"
    __table_args__ = (sa.CheckConstraint("committed_minor >= 0", name="committed"),)

    project_id: Mapped[int] = foreign("project.id", primary_key=True, index=False)
    committed_minor: Mapped[int]


class RequirementVersion(Base):
    """The gates and wishes of a project as they stood from one moment on; never changed afterwards."""

    __tablename__ = "requirement_version"
    __table_args__ = (sa.UniqueConstraint("project_id", "number"),)

    id: Mapped[Id]
    project_id: Mapped[int] = foreign("project.id", index=False, ondelete="CASCADE")
    number: Mapped[int]
    made_at: Mapped[Moment]
    made_by: Mapped[int] = foreign("account.id", index=False)
    gates: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    wishes: Mapped[list["Wish"]] = relationship(order_by="Wish.position", cascade="all, delete-orphan")


class Wish(Base):
    """A free text that good matches support with a passage of their résumé."""

    __tablename__ = "wish"
    __table_args__ = (sa.UniqueConstraint("version_id", "position"),)

    id: Mapped[Id]
    version_id: Mapped[int] = foreign("requirement_version.id", index=False, ondelete="CASCADE")
    position: Mapped[int]
    text: Mapped[str]


class TextVector(Base):
    """The unit vector of one text of a brief in one space, kept by the sha256 of the text."""

    __tablename__ = "text_vector"

    space_id: Mapped[int] = foreign("vector_space.id", primary_key=True, index=False)
    sha256: Mapped[bytes] = mapped_column(primary_key=True)
    embedding: Mapped[Any] = mapped_column(HALFVEC())


class ProjectVector(Base):
    """The one unit vector of a project's brief in one space, by which projects and people are found near each other."""

    __tablename__ = "project_vector"

    project_id: Mapped[int] = foreign("project.id", primary_key=True, index=False, ondelete="CASCADE")
    space_id: Mapped[int] = foreign("vector_space.id", primary_key=True)
    embedding: Mapped[Any] = mapped_column(HALFVEC())


class RateLine(Base):
    """A line of the rate card: *amount_minor* an hour on top of the floor where *condition* (a gate) holds."""

    __tablename__ = "rate_line"
    __table_args__ = (
        sa.UniqueConstraint("project_id", "position"),
        sa.CheckConstraint("amount_minor > 0", name="amount"),
    )

    id: Mapped[Id]
    project_id: Mapped[int] = foreign("project.id", index=False, ondelete="CASCADE")
    position: Mapped[int]
    label: Mapped[str]
    amount_minor: Mapped[int]
    condition: Mapped[dict[str, Any]] = mapped_column(JSONB)
