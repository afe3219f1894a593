"""The guidelines of projects: versions, never changed."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, relationship

from marketplace.accounts.models import Account
from marketplace.db import Base, Id, Moment, foreign
from marketplace.guidelines.rules import LONGEST_CHANGE, LONGEST_TEXT


class GuidelineVersion(Base):
    """One version: the whole *text* in Markdown, and in a sentence what is new in it."""

    __tablename__ = "guideline_version"
    __table_args__ = (
        sa.UniqueConstraint("project_id", "number"),
        sa.CheckConstraint("number >= 1", name="number"),
        sa.CheckConstraint(f"char_length(text) BETWEEN 1 AND {LONGEST_TEXT}", name="length"),
        sa.CheckConstraint(f"char_length(change) <= {LONGEST_CHANGE}", name="change_length"),
    )

    id: Mapped[Id]
    project_id: Mapped[int] = foreign("project.id", index=False)
    number: Mapped[int]
    text: Mapped[str]
    change: Mapped[str]
    written_by: Mapped[int] = foreign("account.id", index=False)
    written_at: Mapped[Moment]

    writer: Mapped[Account] = relationship()
