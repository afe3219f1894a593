"""Hours: a running timer, time entries that never overlap for one person, and the week's timesheet."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import Account
from marketplace.db import Base, Id, Moment, foreign, words
from marketplace.timesheets.rules import EntrySource, EntryState, TimesheetState, WordKind
from marketplace.work.models import Engagement


class Timer(Base):
    """The one running timer of a person."""

    __tablename__ = "timer"

    id: Mapped[Id]
    profile_id: Mapped[int] = foreign("annotator_profile.id", unique=True, index=False)
    engagement_id: Mapped[int] = foreign("engagement.id", index=False)
    started_at: Mapped[Moment]
    note: Mapped[str] = mapped_column(default="")
    engagement: Mapped[Engagement] = relationship()


class Timesheet(Base):
    """The week of one engagement, handed in as a whole and approved line by line."""

    __tablename__ = "timesheet"
    __table_args__ = (
        sa.UniqueConstraint("engagement_id", "week_starts_on"),
        sa.CheckConstraint("EXTRACT(ISODOW FROM week_starts_on) = 1", name="monday"),
        sa.CheckConstraint("(escalated_at IS NULL) = (escalated_to IS NULL)", name="escalated_to_somebody"),
        sa.CheckConstraint("escalated_at >= review_due_at", name="escalated_late"),
        sa.CheckConstraint("review_due_at > submitted_at", name="review_due"),
    )

    id: Mapped[Id]
    engagement_id: Mapped[int] = foreign("engagement.id", index=False)
    week_starts_on: Mapped[date]
    time_zone: Mapped[str]
    state: Mapped[TimesheetState] = mapped_column(
        words(TimesheetState, "state"), default=TimesheetState.DRAFT, index=True
    )
    no_hours: Mapped[bool] = mapped_column(default=False)
    submitted_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    review_due_at: Mapped[datetime | None]
    escalated_at: Mapped[datetime | None]
    escalated_to: Mapped[int | None] = foreign("account.id", index=False)
    engagement: Mapped[Engagement] = relationship()
    reviewer: Mapped[Account | None] = relationship()
    entries: Mapped[list["TimeEntry"]] = relationship(order_by="(TimeEntry.starts_at, TimeEntry.id)")


class TimeEntry(Base):
    """A stretch of work, UTC, whole minutes, with the rate of its time and, once approved, its earning."""

    __tablename__ = "time_entry"
    __table_args__ = (
        sa.CheckConstraint("starts_at < ends_at AND ends_at - starts_at <= interval '16 hours'", name="length"),
        sa.CheckConstraint("minutes > 0 AND minutes * 60 = EXTRACT(EPOCH FROM ends_at - starts_at)", name="minutes"),
        # made_at is when its owner last wrote it.
        sa.CheckConstraint("ends_at <= made_at", name="not_in_the_future"),
        sa.CheckConstraint("rate_minor > 0", name="rate"),
        sa.CheckConstraint("(state = 'approved') = (earning_minor IS NOT NULL)", name="approved_with_earning"),
        # Rounded half up, as marketplace.money does it.
        sa.CheckConstraint("earning_minor = (rate_minor * minutes * 2 + 60) / 120", name="earning"),
        sa.CheckConstraint("(state = 'approved') <= (decided_by IS NOT NULL)", name="approved_by_somebody"),
        sa.CheckConstraint(
            "(state IN ('rejected', 'disputed')) = (reject_reason IS NOT NULL)", name="rejected_with_reason"
        ),
        sa.Index(None, "profile_id", "starts_at"),
    )

    id: Mapped[Id]
    profile_id: Mapped[int] = foreign("annotator_profile.id", index=False)
    engagement_id: Mapped[int] = foreign("engagement.id")
    timesheet_id: Mapped[int] = foreign("timesheet.id")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    minutes: Mapped[int]
    note: Mapped[str] = mapped_column(default="")
    source: Mapped[EntrySource] = mapped_column(words(EntrySource, "source"))
    state: Mapped[EntryState] = mapped_column(words(EntryState, "state"), default=EntryState.RECORDED, index=True)
    rate_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(sa.CHAR(3))
    earning_minor: Mapped[int | None]
    made_at: Mapped[Moment]
    decided_by: Mapped[int | None] = foreign("account.id", index=False)
    decided_at: Mapped[datetime | None]
    reject_reason: Mapped[str | None]
    reject_note: Mapped[str] = mapped_column(default="")
    engagement: Mapped[Engagement] = relationship()
    timesheet: Mapped[Timesheet] = relationship(back_populates="entries")


class LineWord(Base):
    """What was written about one line, for both sides to read; *kind* is the step that it was written in."""

    __tablename__ = "line_word"
    __table_args__ = (
        sa.CheckConstraint("char_length(btrim(text)) BETWEEN 1 AND 2000", name="length"),
        sa.Index(None, "entry_id", "id"),
    )

    id: Mapped[Id]
    entry_id: Mapped[int] = foreign("time_entry.id", index=False)
    kind: Mapped[WordKind] = mapped_column(words(WordKind, "kind"))
    author_id: Mapped[int] = foreign("account.id")
    text: Mapped[str]
    written_at: Mapped[Moment]
    author: Mapped[Account] = relationship()
