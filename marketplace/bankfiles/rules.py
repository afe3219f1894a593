"""What is sent to a bank and what it says of it, compared payment by payment; amounts are whole minor units."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from marketplace.payouts.rules import FINAL, PAYOUT_MOVES, PayoutState

# Banks keep these characters of a payment, and may replace others (EPC217-08, the SEPA character set).
LONGEST_ID, LONGEST_NAME, LONGEST_TEXT = 35, 70, 140
# A message of a thousand payments has about one MiB.
LARGEST_FILE = 5 * 2**20
MOST_ROWS = 20_000
LONGEST_NOTE = 500
NO_REASON = "The bank gave no reason."


@dataclass(frozen=True, slots=True)
class Debtor:
    """The account that is paid from; *bic*: empty where the IBAN alone is enough."""

    name: str
    iban: str
    bic: str = ""


@dataclass(frozen=True, slots=True)
class Payment:
    """One transfer; *end_to_end_id* comes back from the bank as it went, *amount_minor* is more than zero."""

    end_to_end_id: str
    amount_minor: int
    currency: str
    name: str
    iban: str
    bic: str
    text: str


@dataclass(frozen=True, slots=True)
class Order:
    """All transfers of one run, all in one currency."""

    message_id: str
    made_at: datetime
    debtor: Debtor
    payments: Sequence[Payment]


class Said(StrEnum):
    """What a bank says of one payment; *under_way*: nothing final yet."""

    PAID = "paid"
    FAILED = "failed"
    RETURNED = "returned"
    UNDER_WAY = "under_way"


@dataclass(frozen=True, slots=True)
class Result:
    """One row of a bank's file; *row* counts from 1.  *amount_minor*: None where the bank gave none."""

    row: int
    end_to_end_id: str
    said: Said
    amount_minor: int | None
    currency: str
    reference: str
    reason: str


@dataclass(frozen=True, slots=True)
class Sent:
    """A payout as it stands here.

    *expected*: it is in the bank's file, so that the bank is to name it; others may be in its answer.
    """

    payout_id: int
    end_to_end_id: str
    amount_minor: int
    currency: str
    state: PayoutState
    expected: bool = True


class Finding(StrEnum):
    """What comparing a row shows; everything but *matched* and *under_way* is a mismatch."""

    MATCHED = "matched"
    UNDER_WAY = "under_way"
    MISSING_HERE = "missing_here"
    MISSING_THERE = "missing_there"
    AMOUNT_DIFFERS = "amount_differs"
    CURRENCY_DIFFERS = "currency_differs"
    STATE_DIFFERS = "state_differs"
    DUPLICATE = "duplicate"


MISMATCHES = frozenset(Finding) - {Finding.MATCHED, Finding.UNDER_WAY}

FINDING_WORDS = {
    Finding.MATCHED: "Matched",
    Finding.UNDER_WAY: "Not final at the bank yet",
    Finding.MISSING_HERE: "Missing here: the bank names a payment that this run did not send",
    Finding.MISSING_THERE: "Missing there: sent, and the bank's file does not name it",
    Finding.AMOUNT_DIFFERS: "Amount differs",
    Finding.CURRENCY_DIFFERS: "Currency differs",
    Finding.STATE_DIFFERS: "Noted here otherwise, and it cannot become what the bank says",
    Finding.DUPLICATE: "Named more than once: none of these rows is applied",
}


@dataclass(frozen=True, slots=True)
class Compared:
    """A finding with what stands there (*result*) and here (*sent*); one of the two may be missing."""

    finding: Finding
    result: Result | None
    sent: Sent | None

    @property
    def end_to_end_id(self) -> str:
        """The name of the payment on either side."""
        side = self.result or self.sent
        return side.end_to_end_id if side else ""


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Every row of the bank's file, and every payment under way that it does not name."""

    rows: Sequence[Compared]

    def of(self, *findings: Finding) -> list[Compared]:
        """Return the rows with one of *findings*."""
        return [row for row in self.rows if row.finding in findings]

    @property
    def mismatches(self) -> list[Compared]:
        """The rows that somebody has to look at."""
        return self.of(*MISMATCHES)


def reconcile(ours: Sequence[Sent], theirs: Sequence[Result]) -> Reconciliation:
    """Compare what was sent with what the bank says.

    *ours*: the payouts of one run.  A row without an amount is compared by its id alone.  What is
    final here already is not missed there, for a bank may answer in several files.
    """
    sent = {one.end_to_end_id: one for one in ours}
    times = Counter(one.end_to_end_id for one in theirs)
    rows = [_compared(result, sent.get(result.end_to_end_id), times[result.end_to_end_id]) for result in theirs]
    silent = [one for one in ours if one.expected and one.end_to_end_id not in times and one.state not in FINAL]
    return Reconciliation([*rows, *(Compared(Finding.MISSING_THERE, None, one) for one in silent)])


def _compared(result: Result, sent: Sent | None, times: int) -> Compared:
    if sent is None:
        return Compared(Finding.MISSING_HERE, result, None)
    if times > 1:
        return Compared(Finding.DUPLICATE, result, sent)
    if result.currency and result.currency != sent.currency:
        return Compared(Finding.CURRENCY_DIFFERS, result, sent)
    if result.amount_minor is not None and result.amount_minor != sent.amount_minor:
        return Compared(Finding.AMOUNT_DIFFERS, result, sent)
    if result.said is Said.UNDER_WAY:
        return Compared(Finding.UNDER_WAY, result, sent)
    becomes = PayoutState(result.said.value)
    if becomes is not sent.state and becomes not in PAYOUT_MOVES[sent.state]:
        return Compared(Finding.STATE_DIFFERS, result, sent)
    return Compared(Finding.MATCHED, result, sent)
