"""How annotators are paid, with every earlier way; when and from which sum on organisations pay."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db import Base, Id, Moment, foreign, words
from marketplace.payees.rules import LONGEST_DESCRIPTION, LONGEST_HOLDER, MethodKind, ScheduleKind, masked


class PayoutMethod(Base):
    """One way to pay one person.  Only its end is written later, and nothing is left in it when the person is erased.

    *iban*: sealed; shown are *country* and *last_four*.  *fingerprint*: equal for equal accounts, and of no use to
    whoever has the table alone.
    """

    __tablename__ = "payout_method"
    __table_args__ = (
        sa.Index("uq_payout_method_open", "profile_id", unique=True, postgresql_where=sa.text("ended_at IS NULL")),
        sa.Index("ix_payout_method_profile_id", "profile_id"),
        sa.Index("ix_payout_method_fingerprint", "fingerprint"),
        sa.CheckConstraint(
            "(kind = 'iban') = (iban IS NOT NULL) OR (ended_at IS NOT NULL AND holder = '')", name="sealed"
        ),
        sa.CheckConstraint("kind = 'iban' OR (last_four = '' AND bic = '' AND fingerprint = '')", name="external"),
        sa.CheckConstraint(f"char_length(holder) <= {LONGEST_HOLDER}", name="holder_length"),
        sa.CheckConstraint(f"char_length(description) <= {LONGEST_DESCRIPTION}", name="description_length"),
        sa.CheckConstraint("char_length(last_four) <= 4 AND char_length(country) <= 2", name="shown"),
        sa.CheckConstraint("usable_from >= made_at AND ended_at >= made_at", name="order"),
    )

    id: Mapped[Id]
    profile_id: Mapped[int] = foreign("annotator_profile.id", index=False)
    kind: Mapped[MethodKind] = mapped_column(words(MethodKind, "kind"))
    holder: Mapped[str] = mapped_column(default="")
    iban: Mapped[bytes | None]
    last_four: Mapped[str] = mapped_column(default="")
    country: Mapped[str] = mapped_column(default="")
    bic: Mapped[str] = mapped_column(default="")
    fingerprint: Mapped[str] = mapped_column(default="")
    description: Mapped[str] = mapped_column(default="")
    made_at: Mapped[Moment]
    usable_from: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    @property
    def shown(self) -> str:
        """What may be shown of it anywhere."""
        return masked(self.country, self.last_four) if self.kind is MethodKind.IBAN else "paid by the client"


class PayoutTerms(Base):
    """From which sum on, and when, an organisation pays; without a row whenever finance makes a run."""

    __tablename__ = "payout_terms"
    __table_args__ = (
        sa.CheckConstraint("minimum_minor >= 0", name="minimum"),
        sa.CheckConstraint(
            "CASE schedule WHEN 'weekly' THEN day BETWEEN 1 AND 7 WHEN 'monthly' THEN day BETWEEN 1 AND 31"
            " ELSE day = 0 END",
            name="day",
        ),
    )

    organisation_id: Mapped[int] = foreign("organisation.id", index=False, primary_key=True)
    minimum_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(sa.CHAR(3))
    schedule: Mapped[ScheduleKind | None] = mapped_column(words(ScheduleKind, "schedule"))
    day: Mapped[int] = mapped_column(default=0)
    set_at: Mapped[Moment]
