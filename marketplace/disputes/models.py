"""Disputes over lines that were not approved; what is written in them are words of the line."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.db import Base, Id, Moment, foreign, words
from marketplace.disputes.rules import DisputeState
from marketplace.timesheets.models import TimeEntry
from marketplace.timesheets.rules import RejectReason

DECIDED = "('approved', 'upheld', 'appealed', 'approved_finally', 'upheld_finally')"


class Dispute(Base):
    """What became of one line after it was not approved; *due_at*: by when managers decide, while they have to."""

    __tablename__ = "dispute"
    __table_args__ = (
        sa.CheckConstraint(f"(state IN {DECIDED}) = (decided_by IS NOT NULL)", name="decided"),
        sa.CheckConstraint("(decided_by IS NULL) = (decided_at IS NULL)", name="decided_at"),
        sa.CheckConstraint(
            "(state IN ('appealed', 'approved_finally', 'upheld_finally')) = (appealed_at IS NOT NULL)", name="appealed"
        ),
        sa.CheckConstraint("(state IN ('approved_finally', 'upheld_finally')) = (final_by IS NOT NULL)", name="final"),
        sa.CheckConstraint("(final_by IS NULL) = (final_at IS NULL)", name="final_at"),
        sa.CheckConstraint("final_by <> decided_by AND final_by <> rejected_by", name="other_decider"),
        sa.CheckConstraint("(state IN ('contested', 'appealed')) = (due_at IS NOT NULL)", name="due"),
        sa.CheckConstraint("appealed_at <= decided_at + interval '7 days'", name="appealed_in_time"),
    )

    id: Mapped[Id]
    entry_id: Mapped[int] = foreign("time_entry.id", unique=True, index=False)
    state: Mapped[DisputeState] = mapped_column(words(DisputeState, "state"), index=True)
    reason: Mapped[RejectReason] = mapped_column(words(RejectReason, "reason"))
    rejected_by: Mapped[int] = foreign("account.id", index=False)
    opened_at: Mapped[Moment]
    due_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = foreign("account.id", index=False)
    decided_at: Mapped[datetime | None]
    appealed_at: Mapped[datetime | None]
    final_by: Mapped[int | None] = foreign("account.id", index=False)
    final_at: Mapped[datetime | None]

    entry: Mapped[TimeEntry] = relationship()
