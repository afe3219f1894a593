"""The double-entry ledger (append-only) and payout runs."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.db import Base, Id, Moment, foreign, words
from marketplace.payees.models import PayoutMethod
from marketplace.payouts.rules import EntryKind, LedgerKind, PayoutState, RunState
from marketplace.profiles.models import AnnotatorProfile


class LedgerAccount(Base):
    """One account of the books; *owner_id* is a profile for payable, a project for expense, else 0.

    The balance is kept by a trigger from the postings; a debit is positive.
    """

    __tablename__ = "ledger_account"
    __table_args__ = (
        sa.UniqueConstraint("kind", "owner_id", "currency"),
        sa.CheckConstraint("NOT never_overdrawn OR balance_minor <= 0", name="not_overdrawn"),
    )

    id: Mapped[Id]
    kind: Mapped[LedgerKind] = mapped_column(words(LedgerKind, "kind"))
    owner_id: Mapped[int] = mapped_column(default=0)
    currency: Mapped[str] = mapped_column(sa.CHAR(3))
    never_overdrawn: Mapped[bool]
    balance_minor: Mapped[int] = mapped_column(default=0, server_default="0")


class JournalEntry(Base):
    """One event in the books; its postings sum to zero, and there are never more or fewer than it says.

    Triggers see to both at commit, so that nothing can be slipped into an old entry.
    """

    __tablename__ = "journal_entry"
    __table_args__ = (
        sa.UniqueConstraint("kind", "source_id"),
        sa.CheckConstraint("posting_count >= 2", name="posting_count"),
    )

    id: Mapped[Id]
    kind: Mapped[EntryKind] = mapped_column(words(EntryKind, "kind"))
    source_id: Mapped[int]
    key: Mapped[str] = mapped_column(unique=True)
    reverses_id: Mapped[int | None] = foreign("journal_entry.id", unique=True, index=False)
    actor_id: Mapped[int | None] = foreign("account.id", index=False)
    reason: Mapped[str] = mapped_column(default="")
    posting_count: Mapped[int] = mapped_column(default=2)
    made_at: Mapped[Moment] = mapped_column(index=True)
    postings: Mapped[list["Posting"]] = relationship(order_by="Posting.id", back_populates="entry")


class Posting(Base):
    """An amount on one side of one account, in minor units, never zero."""

    __tablename__ = "posting"
    __table_args__ = (sa.CheckConstraint("amount_minor <> 0", name="amount"),)

    id: Mapped[Id]
    entry_id: Mapped[int] = foreign("journal_entry.id")
    account_id: Mapped[int] = foreign("ledger_account.id")
    currency: Mapped[str] = mapped_column(sa.CHAR(3))
    amount_minor: Mapped[int]
    account: Mapped[LedgerAccount] = relationship()
    entry: Mapped[JournalEntry] = relationship(back_populates="postings")


class PayoutRun(Base):
    """What is paid out together, made by one person and approved by another."""

    __tablename__ = "payout_run"
    __table_args__ = (
        sa.CheckConstraint("approved_by IS NULL OR approved_by <> created_by", name="four_eyes"),
        sa.CheckConstraint("state NOT IN ('approved', 'settled') OR approved_by IS NOT NULL", name="approved"),
        sa.Index("uq_payout_run_draft", "currency", unique=True, postgresql_where=sa.text("state = 'draft'")),
    )

    id: Mapped[Id]
    currency: Mapped[str] = mapped_column(sa.CHAR(3))
    state: Mapped[RunState] = mapped_column(words(RunState, "state"), default=RunState.DRAFT)
    created_by: Mapped[int] = foreign("account.id", index=False)
    created_at: Mapped[Moment]
    approved_by: Mapped[int | None] = foreign("account.id", index=False)
    approved_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    payouts: Mapped[list["Payout"]] = relationship(order_by="Payout.id")


class Payout(Base):
    """What one person is paid in one run, by *method* as it stood when the run was approved (None: by none then)."""

    __tablename__ = "payout"
    __table_args__ = (
        sa.UniqueConstraint("run_id", "profile_id"),
        sa.CheckConstraint("amount_minor > 0", name="amount"),
        sa.CheckConstraint("state <> 'paid' OR reference <> ''", name="paid_with_reference"),
        sa.CheckConstraint("state NOT IN ('failed', 'returned') OR failure_reason <> ''", name="failed_with_reason"),
    )

    id: Mapped[Id]
    run_id: Mapped[int] = foreign("payout_run.id", index=False)
    profile_id: Mapped[int] = foreign("annotator_profile.id")
    currency: Mapped[str] = mapped_column(sa.CHAR(3))
    amount_minor: Mapped[int]
    state: Mapped[PayoutState] = mapped_column(words(PayoutState, "state"), default=PayoutState.PENDING)
    reference: Mapped[str] = mapped_column(default="")
    failure_reason: Mapped[str] = mapped_column(default="")
    changed_at: Mapped[Moment]
    method_id: Mapped[int | None] = foreign("payout_method.id", index=False)
    method: Mapped[PayoutMethod | None] = relationship()
    run: Mapped[PayoutRun] = relationship(back_populates="payouts")
    profile: Mapped[AnnotatorProfile] = relationship()
    lines: Mapped[list["PayoutLine"]] = relationship(order_by="PayoutLine.id", back_populates="payout")


class PayoutLine(Base):
    """One earning that a payout pays: the way from an amount paid down to the hours it is for.

    *released* when the payout did not take place, so that the earning can be paid by another one.
    """

    __tablename__ = "payout_line"
    __table_args__ = (
        sa.Index("uq_payout_line_live", "posting_id", unique=True, postgresql_where=sa.text("NOT released")),
    )

    id: Mapped[Id]
    payout_id: Mapped[int] = foreign("payout.id")
    posting_id: Mapped[int] = foreign("posting.id", index=False)
    released: Mapped[bool] = mapped_column(default=False)
    payout: Mapped[Payout] = relationship(back_populates="lines")
    posting: Mapped[Posting] = relationship()
