"""The seal of the books: a chain of hashes over the journal, the tree over it, and its heads; only ever added to."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.db import Base, Moment, foreign
from marketplace.payouts.models import JournalEntry

HASH_BYTES = 32


class LedgerLeaf(Base):
    """One sealed entry: its place in the chain (from 1, none left out), the hash before it and its own.

    *reason_sha256*: of the entry's reason as it was sealed; its words may be erased with the person they are about.
    """

    __tablename__ = "ledger_leaf"
    __table_args__ = (
        sa.CheckConstraint("sequence >= 1", name="sequence"),
        sa.CheckConstraint(f"length(previous) = {HASH_BYTES} AND length(hash) = {HASH_BYTES}", name="hashes"),
        sa.CheckConstraint(f"length(reason_sha256) = {HASH_BYTES}", name="reason"),
    )

    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entry_id: Mapped[int] = foreign("journal_entry.id", unique=True, index=False)
    previous: Mapped[bytes]
    hash: Mapped[bytes]
    reason_sha256: Mapped[bytes]
    entry: Mapped[JournalEntry] = relationship()


class LedgerNode(Base):
    """The root of a whole subtree: over 2 ** *level* leaves, the *place*-th of them (from 0)."""

    __tablename__ = "ledger_node"
    __table_args__ = (sa.CheckConstraint(f"length(hash) = {HASH_BYTES}", name="hash"),)

    level: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    hash: Mapped[bytes]


class LedgerHead(Base):
    """The root of the tree over the first *size* entries, as it was told from *sealed_at* on."""

    __tablename__ = "ledger_head"
    __table_args__ = (sa.CheckConstraint(f"length(root) = {HASH_BYTES}", name="root"),)

    size: Mapped[int] = foreign("ledger_leaf.sequence", primary_key=True, index=False, autoincrement=False)
    root: Mapped[bytes]
    sealed_at: Mapped[Moment]
