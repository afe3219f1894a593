"""Files written for banks, and what banks answered: rows are added, and never changed."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.bankfiles.rules import LONGEST_NOTE, Finding, Said
from marketplace.db import Base, Id, Moment, foreign, words
from marketplace.payouts.models import Payout


class BankFile(Base):
    """The payment file of a run, written once; *sha256* is that of the open file, which is kept sealed.

    *payout_ids*: the payments in it; others of the run are paid by the client, or their account changed meanwhile.
    """

    __tablename__ = "bank_file"
    __table_args__ = (sa.CheckConstraint("total_minor > 0 AND cardinality(payout_ids) > 0", name="pays"),)

    id: Mapped[Id]
    run_id: Mapped[int] = foreign("payout_run.id", unique=True, index=False)
    made_by: Mapped[int] = foreign("account.id", index=False)
    made_at: Mapped[Moment]
    message_id: Mapped[str]
    sha256: Mapped[str]
    storage_key: Mapped[str]
    currency: Mapped[str] = mapped_column(sa.CHAR(3))
    total_minor: Mapped[int]
    payout_ids: Mapped[list[int]] = mapped_column(sa.ARRAY(sa.BigInteger))


class BankAnswer(Base):
    """A bank's file that was compared with a run, and whose matching rows were applied; the same file only once."""

    __tablename__ = "bank_answer"
    __table_args__ = (sa.UniqueConstraint("run_id", "sha256"),)

    id: Mapped[Id]
    run_id: Mapped[int] = foreign("payout_run.id", index=False)
    made_by: Mapped[int] = foreign("account.id", index=False)
    made_at: Mapped[Moment]
    kind: Mapped[str]
    sha256: Mapped[str]
    rows: Mapped[list["BankAnswerRow"]] = relationship(order_by="BankAnswerRow.id", back_populates="answer")


class BankAnswerRow(Base):
    """One row of a bank's file and what comparing it showed; *number* 0: a payment that the file does not name."""

    __tablename__ = "bank_answer_row"
    __table_args__ = (
        sa.CheckConstraint("(finding = 'missing_there') = (said IS NULL)", name="is_said"),
        sa.CheckConstraint("(finding = 'missing_here') = (payout_id IS NULL)", name="payout"),
    )

    id: Mapped[Id]
    answer_id: Mapped[int] = foreign("bank_answer.id")
    number: Mapped[int]
    payout_id: Mapped[int | None] = foreign("payout.id")
    end_to_end_id: Mapped[str]
    finding: Mapped[Finding] = mapped_column(words(Finding, "finding"))
    said: Mapped[Said | None] = mapped_column(words(Said, "said"))
    amount_minor: Mapped[int | None]
    currency: Mapped[str]
    reference: Mapped[str]
    answer: Mapped[BankAnswer] = relationship(back_populates="rows")
    payout: Mapped[Payout | None] = relationship()
    note: Mapped["BankAnswerNote | None"] = relationship(back_populates="row")


class BankAnswerNote(Base):
    """How a mismatch was resolved, in somebody's words."""

    __tablename__ = "bank_answer_note"
    __table_args__ = (sa.CheckConstraint(f"char_length(text) BETWEEN 1 AND {LONGEST_NOTE}", name="text_length"),)

    row_id: Mapped[int] = foreign("bank_answer_row.id", index=False, primary_key=True)
    text: Mapped[str]
    made_by: Mapped[int] = foreign("account.id", index=False)
    made_at: Mapped[Moment]
    row: Mapped[BankAnswerRow] = relationship(back_populates="note")
