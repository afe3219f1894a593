"""What the managers of a project say of people in its rankings: a mark, and notes."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import Account
from marketplace.db import Base, Id, Moment, foreign, words
from marketplace.matches.models import Match
from marketplace.profiles.models import AnnotatorProfile
from marketplace.shortlists.rules import Mark, NotChosenReason


class CandidateMark(Base):
    """The one mark that somebody has for a project, and the ranking in which it was given; earlier ones are audited."""

    __tablename__ = "candidate_mark"
    __table_args__ = (
        sa.UniqueConstraint("project_id", "profile_id"),
        sa.CheckConstraint("(mark = 'not_chosen') = (reason IS NOT NULL)", name="not_chosen_with_reason"),
    )

    id: Mapped[Id]
    project_id: Mapped[int] = foreign("project.id", index=False)
    profile_id: Mapped[int] = foreign("annotator_profile.id")
    match_id: Mapped[int] = foreign("match.id", index=False)
    mark: Mapped[Mark] = mapped_column(words(Mark, "mark"))
    reason: Mapped[NotChosenReason | None] = mapped_column(words(NotChosenReason, "reason"))
    note: Mapped[str] = mapped_column(default="")
    marked_by: Mapped[int] = foreign("account.id", index=False)
    marked_at: Mapped[Moment]

    profile: Mapped[AnnotatorProfile] = relationship()
    match: Mapped[Match] = relationship()
    marker: Mapped[Account] = relationship()


class CandidateNote(Base):
    """A note that managers of one project share about somebody; never changed."""

    __tablename__ = "candidate_note"
    __table_args__ = (
        sa.Index(None, "project_id", "profile_id"),
        sa.CheckConstraint("text <> ''", name="said"),
    )

    id: Mapped[Id]
    project_id: Mapped[int] = foreign("project.id", index=False)
    profile_id: Mapped[int] = foreign("annotator_profile.id")
    text: Mapped[str]
    written_by: Mapped[int] = foreign("account.id", index=False)
    written_at: Mapped[Moment]

    writer: Mapped[Account] = relationship()
