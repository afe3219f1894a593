"""The words of the ledger and of payouts; a debit is positive, a credit negative."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class LedgerKind(StrEnum):
    """The kinds of ledger account."""

    PROJECT_EXPENSE = "project_expense"
    BONUS_EXPENSE = "bonus_expense"
    PAYABLE = "payable"
    CLEARING = "clearing"
    BANK = "bank"
    RECEIVABLE = "receivable"


NEVER_OVERDRAWN = frozenset({LedgerKind.PAYABLE, LedgerKind.CLEARING})


class EntryKind(StrEnum):
    """The events that move money."""

    EARNING = "earning"
    HOLD = "hold"
    PAID = "paid"
    FAILED = "failed"
    RETURNED = "returned"


# What each event debits and credits.
SIDES: dict[EntryKind, tuple[LedgerKind, LedgerKind]] = {
    EntryKind.EARNING: (LedgerKind.PROJECT_EXPENSE, LedgerKind.PAYABLE),
    EntryKind.HOLD: (LedgerKind.PAYABLE, LedgerKind.CLEARING),
    EntryKind.PAID: (LedgerKind.CLEARING, LedgerKind.BANK),
    EntryKind.FAILED: (LedgerKind.CLEARING, LedgerKind.PAYABLE),
    EntryKind.RETURNED: (LedgerKind.BANK, LedgerKind.PAYABLE),
}


@dataclass(frozen=True, slots=True)
class AccountName:
    """What tells one ledger account from another."""

    kind: LedgerKind
    owner_id: int
    currency: str


@dataclass(frozen=True, slots=True)
class Movement:
    """An event that moves *amount_minor* (more than zero) between the two accounts of its kind.

    *source_id* is the time entry of an earning, else the payout; each is booked once per kind.
    """

    kind: EntryKind
    source_id: int
    amount_minor: int
    currency: str
    profile_id: int
    project_id: int = 0
    reason: str = ""

    @property
    def key(self) -> str:
        """The name under which the event is booked at most once."""
        return f"{self.kind}:{self.source_id}"

    @property
    def amounts(self) -> tuple[tuple[AccountName, int], tuple[AccountName, int]]:
        """The two accounts with what is added to each."""
        debited, credited = SIDES[self.kind]
        return (self._named(debited), self.amount_minor), (self._named(credited), -self.amount_minor)

    def _named(self, kind: LedgerKind) -> AccountName:
        owners = {LedgerKind.PAYABLE: self.profile_id, LedgerKind.PROJECT_EXPENSE: self.project_id}
        return AccountName(kind, owners.get(kind, 0), self.currency)


class RunState(StrEnum):
    """draft → approved → settled; or cancelled before approval."""

    DRAFT = "draft"
    APPROVED = "approved"
    SETTLED = "settled"
    CANCELLED = "cancelled"


class PayoutState(StrEnum):
    """pending → in_transit → paid / failed / returned."""

    PENDING = "pending"
    IN_TRANSIT = "in_transit"
    PAID = "paid"
    FAILED = "failed"
    RETURNED = "returned"


class Skip(StrEnum):
    """Why what somebody is owed is not part of a run."""

    NO_METHOD = "no_method"
    COOLING_OFF = "cooling_off"
    BELOW_MINIMUM = "below_minimum"


SKIP_WORDS = {
    Skip.NO_METHOD: "has not said how to be paid",
    Skip.COOLING_OFF: "changed the account; it is used after a while",
    Skip.BELOW_MINIMUM: "less than the client's smallest payout; it waits for more",
}

FINAL = frozenset({PayoutState.PAID, PayoutState.FAILED, PayoutState.RETURNED})

PAYOUT_MOVES: dict[PayoutState, frozenset[PayoutState]] = {
    PayoutState.PENDING: frozenset({PayoutState.IN_TRANSIT}),
    PayoutState.IN_TRANSIT: FINAL,
    # A bank may send money back days after it was paid.
    PayoutState.PAID: frozenset({PayoutState.RETURNED}),
    PayoutState.FAILED: frozenset(),
    PayoutState.RETURNED: frozenset(),
}


def refuse_outcome(now: PayoutState, then: PayoutState) -> str | None:
    """Return why a payout that is *now* cannot become *then*, or None when it can."""
    if then in PAYOUT_MOVES[now]:
        return None
    if now is PayoutState.PENDING:
        return "The run of this payout has not been approved yet."
    return f"This payout is {now.replace('_', ' ')} already; it cannot become {then}."


def outcome_events(now: PayoutState, then: PayoutState) -> tuple[EntryKind, ...]:
    """Return what is booked when a payout goes from *now* to *then*."""
    if then is PayoutState.RETURNED and now is PayoutState.IN_TRANSIT:
        # It can only come back from the bank after it has left through the bank.
        return EntryKind.PAID, EntryKind.RETURNED
    return (EntryKind(then.value),)


@dataclass(frozen=True, slots=True)
class Weekly:
    """What was approved of one project in the week that begins on *monday*."""

    monday: date
    project_id: int
    project: str
    earned_minor: int


def by_week(earned: Iterable[Weekly], most: int = 5) -> tuple[list[str], list[tuple[date, list[int]]]]:
    """Return the names of at most *most* projects, and for each week what each of them brought.

    The projects that brought the least share the last name, where there are more.
    """
    rows = list(earned)
    totals: dict[int, int] = {}
    for one in rows:
        totals[one.project_id] = totals.get(one.project_id, 0) + one.earned_minor
    titles = {one.project_id: one.project for one in rows}
    order = sorted(totals, key=lambda number: (-totals[number], number))
    alone = order if len(order) <= most else order[: most - 1]
    names = [titles[number] for number in alone] + ["Other projects"] * (len(order) > len(alone))
    weeks: dict[date, list[int]] = {}
    for one in rows:
        values = weeks.setdefault(one.monday, [0] * len(names))
        values[alone.index(one.project_id) if one.project_id in alone else len(alone)] += one.earned_minor
    return names, sorted(weeks.items())


def end_to_end_id(run_id: int, payout_id: int) -> str:
    """Return the name under which a payout goes to the bank and comes back, the same for ever."""
    return f"FM-{run_id}-{payout_id}"


def neutral_cell(text: str) -> str:
    """Return *text* so that no spreadsheet takes it for a formula."""
    shown = text.replace("\x00", "")
    leads = shown.startswith(("\r", "\n")) or shown.lstrip(" \r\n").startswith(("=", "+", "-", "@", "\t"))
    return f"'{shown}" if leads or text != shown else shown
