"""What is asked of the ledger: by whom, for what, when and how much."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from marketplace.payouts.rules import EntryKind, LedgerKind

WORDS = {
    EntryKind.EARNING: "Hours approved",
    EntryKind.HOLD: "Held for a payout",
    EntryKind.PAID: "Paid by the bank",
    EntryKind.FAILED: "Payment failed",
    EntryKind.RETURNED: "Payment came back",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which entries are asked for; None asks for all.  *amount_minor*: of one of its postings, without its sign."""

    kind: EntryKind | None = None
    entry_id: int | None = None
    key: str | None = None
    profile_id: int | None = None
    project_id: int | None = None
    payout_id: int | None = None
    from_day: date | None = None
    to_day: date | None = None
    currency: str | None = None
    amount_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Total:
    """The sums of one kind of account in one currency: debits, credits (negative) and both together, in minor units."""

    currency: str
    kind: LedgerKind
    debit: int
    credit: int

    @property
    def balance(self) -> int:
        """What stands on these accounts; a debit is positive."""
        return self.debit + self.credit


def day_begins(day: date) -> datetime:
    """Return the first moment of *day*, UTC: the books are kept in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def day_ends(day: date) -> datetime:
    """Return the first moment after *day*, UTC."""
    return day_begins(day) + timedelta(days=1)


def account_name(kind: str, owner_id: int, currency: str) -> str:
    """Return the name of an account in files, such as ``"payable:12:USD"``."""
    return f"{kind}:{owner_id}:{currency}"
