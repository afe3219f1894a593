"""The words and sums of statements: what a period is, how movements become lines, and lines sums.

Two balances run through a statement: what is *owed* to the person, and what is *on its way* to their bank.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Protocol
from zoneinfo import ZoneInfo

from marketplace.payouts.rules import EntryKind

PERIOD = re.compile(r"([0-9]{4})(?:-([0-9]{2}))?", re.ASCII)
FIRST_YEAR, LAST_YEAR = 2000, 9000
KIND_WORDS: dict[str, str] = {
    EntryKind.EARNING: "Approved hours",
    EntryKind.HOLD: "Payout sent to the bank",
    EntryKind.PAID: "Payout arrived",
    EntryKind.FAILED: "Payout failed",
    EntryKind.RETURNED: "Payout came back",
}
CAME_BACK = frozenset({EntryKind.FAILED, EntryKind.RETURNED})
OF_A_PAYOUT = CAME_BACK | {EntryKind.HOLD, EntryKind.PAID}


class Part(StrEnum):
    """The four balances, in the order in which money goes through them."""

    PENDING = "pending"
    APPROVED = "approved"
    ON_WAY = "on_way"
    PAID = "paid"


PART_WORDS = {
    Part.PENDING: "Waiting for approval",
    Part.APPROVED: "Approved, not paid yet",
    Part.ON_WAY: "On its way",
    Part.PAID: "Paid",
}


class Column(StrEnum):
    """Where a movement is summed: every movement has one, so that the columns add up to the change."""

    EARNED = "earned"
    OTHER = "other"
    SENT = "sent"
    BACK = "back"


class Summable(Protocol):
    """What can be summed: a movement, or many of one kind."""

    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def owed_minor(self) -> int: ...  # noqa: D102
    @property
    def on_way_minor(self) -> int: ...  # noqa: D102
    @property
    def minutes(self) -> int: ...  # noqa: D102
    @property
    def column(self) -> Column: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Cell:
    """What the movements of one *kind* come to."""

    kind: str
    has_work: bool
    owed_minor: int
    on_way_minor: int
    minutes: int

    @property
    def column(self) -> Column:
        """Where it is summed."""
        return column_of(self.kind, has_work=self.has_work)


@dataclass(frozen=True, slots=True)
class Period:
    """A month or a year by its *name* (``2026-11``, ``2026``), from *first* to *last* day."""

    name: str
    first: date
    last: date

    @property
    def is_year(self) -> bool:
        """Whether it is a whole year."""
        return len(self.name) == 4


@dataclass(frozen=True, slots=True)
class Standing:
    """The two balances at one moment, in minor units."""

    owed_minor: int = 0
    on_way_minor: int = 0


@dataclass(frozen=True, slots=True)
class Work:
    """The time entry behind an earning: when, for which project, at which rate, and who approved it when."""

    entry_id: int
    project_id: int
    project: str
    starts_at: datetime
    ends_at: datetime
    minutes: int
    rate_minor: int
    note: str
    approved_by: str
    approved_at: datetime | None


@dataclass(frozen=True, slots=True)
class Paying:
    """The payout that a movement is of."""

    payout_id: int
    reference: str


@dataclass(frozen=True, slots=True)
class Movement:
    """One journal entry as it touches one person: what it adds to the two balances, and what it is about.

    *balance_minor*: what is owed after it.
    """

    entry_id: int
    kind: str
    booked_at: datetime
    owed_minor: int
    on_way_minor: int
    reason: str = ""
    reverses_id: int | None = None
    work: Work | None = None
    paying: Paying | None = None
    balance_minor: int = 0

    @property
    def words(self) -> str:
        """What happened, as people say it; a kind that has no words yet goes by its name."""
        known = KIND_WORDS.get(self.kind, self.kind.replace("_", " ").capitalize())
        return f"{known}, taken back" if self.reverses_id and self.kind in KIND_WORDS else known

    @property
    def minutes(self) -> int:
        """The minutes that it pays for; less than none where it takes an earning back."""
        minutes = self.work.minutes if self.work else 0
        return -minutes if self.owed_minor < 0 else minutes

    @property
    def column(self) -> Column:
        """Where it is summed."""
        return column_of(self.kind, has_work=self.work is not None)


@dataclass(frozen=True, slots=True)
class ProjectSum:
    """What one project brought in a period."""

    project_id: int
    project: str
    minutes: int
    earned_minor: int


@dataclass(frozen=True, slots=True)
class Sums:
    """What a period brought: *earned* + *other* + *sent* + *back* is the change of what is owed.

    *sent* is zero or less, *back* zero or more.  What is on its way changes by -*sent* - *paid* (what arrived) -
    *failed* (the part of *back* that the bank never paid).
    """

    period: str
    minutes: int
    earned_minor: int
    other_minor: int
    sent_minor: int
    back_minor: int
    paid_minor: int
    failed_minor: int
    closing_minor: int


@dataclass(frozen=True, slots=True)
class Statement:
    """What happened to one person's money in one currency from *starts_at* until before *ends_at*."""

    profile_id: int
    name: str
    pseudonym: str
    currency: str
    period: Period
    zone: str
    starts_at: datetime
    ends_at: datetime
    opening: Standing
    lines: Sequence[Movement]

    @property
    def closing(self) -> Standing:
        """The balances at the end: those at the beginning and every movement."""
        return Standing(
            self.opening.owed_minor + sum(line.owed_minor for line in self.lines),
            self.opening.on_way_minor + sum(line.on_way_minor for line in self.lines),
        )

    @property
    def sums(self) -> Sums:
        """What the whole period brought."""
        return summed(self.period.name, self.lines, self.closing.owed_minor)

    @property
    def changes(self) -> list[tuple[str, int, int]]:
        """What changed: words, and what that adds to what is owed and to what is on its way."""
        sums = self.sums
        parts = [
            ("Approved hours", sums.earned_minor, 0),
            ("Other", sums.other_minor, 0),
            ("Payouts sent to the bank", sums.sent_minor, -sums.sent_minor),
            ("Payouts that failed or came back", sums.back_minor, -sums.failed_minor),
            ("Payouts that arrived", 0, -sums.paid_minor),
        ]
        return [part for part in parts if part[1] or part[2]]

    @property
    def months(self) -> list[Sums]:
        """What each month with a movement brought, the earliest first."""
        zone = ZoneInfo(self.zone)
        cells = [(f"{line.booked_at.astimezone(zone):%Y-%m}", line) for line in self.lines]
        return sums_by(cells, lambda month: month, self.opening.owed_minor)

    @property
    def projects(self) -> list[ProjectSum]:
        """What each project brought, by title."""
        found: dict[int, ProjectSum] = {}
        for line in self.lines:
            if line.work:
                empty = ProjectSum(line.work.project_id, line.work.project, 0, 0)
                old = found.get(line.work.project_id, empty)
                minutes, earned = old.minutes + line.minutes, old.earned_minor + line.owed_minor
                found[line.work.project_id] = replace(old, minutes=minutes, earned_minor=earned)
        return sorted(found.values(), key=lambda one: (one.project, one.project_id))


def find_period(name: str) -> Period | None:
    """Return the month or year called *name*, or None where that is neither."""
    found = PERIOD.fullmatch(name)
    if found is None or not FIRST_YEAR <= int(found[1]) <= LAST_YEAR:
        return None
    year = int(found[1])
    if found[2] is None:
        return Period(name, date(year, 1, 1), date(year, 12, 31))
    month = int(found[2])
    if not 1 <= month <= 12:
        return None
    following = date(year + month // 12, month % 12 + 1, 1)
    return Period(name, date(year, month, 1), following - timedelta(days=1))


def bounds(period: Period, zone: str) -> tuple[datetime, datetime]:
    """Return the first moment of *period* in *zone*, and the first after it, in UTC."""
    days = (period.first, period.last + timedelta(days=1))
    start, end = (datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC) for day in days)
    return start, end


def with_balances(opening: Standing, moved: Iterable[Movement]) -> list[Movement]:
    """Return *moved*, each with what is owed after it."""
    owed, lines = opening.owed_minor, []
    for one in moved:
        owed += one.owed_minor
        lines.append(replace(one, balance_minor=owed))
    return lines


def column_of(kind: str, *, has_work: bool) -> Column:
    """Return where a movement of *kind* is summed."""
    if has_work:
        return Column.EARNED
    if kind in CAME_BACK:
        return Column.BACK
    return Column.SENT if kind == EntryKind.HOLD else Column.OTHER


def summed(period: str, lines: Iterable[Summable], closing_minor: int) -> Sums:
    """Return the sums of *lines*."""
    columns: dict[Column, int] = defaultdict(int)
    minutes, ended = 0, {EntryKind.PAID: 0, EntryKind.FAILED: 0}
    for line in lines:
        columns[line.column] += line.owed_minor
        minutes += line.minutes
        if line.kind in (EntryKind.PAID, EntryKind.FAILED):
            ended[EntryKind(line.kind)] -= line.on_way_minor
    return Sums(
        period=period,
        minutes=minutes,
        earned_minor=columns[Column.EARNED],
        other_minor=columns[Column.OTHER],
        sent_minor=columns[Column.SENT],
        back_minor=columns[Column.BACK],
        paid_minor=ended[EntryKind.PAID],
        failed_minor=ended[EntryKind.FAILED],
        closing_minor=closing_minor,
    )


def sums_by(
    cells: Iterable[tuple[str, Summable]], period_of: Callable[[str], str], opening_minor: int = 0
) -> list[Sums]:
    """Return the sums of each period, in the order of *cells*, which are (month, what was moved)."""
    found: dict[str, list[Summable]] = defaultdict(list)
    for month, one in cells:
        found[period_of(month)].append(one)
    sums, closing = [], opening_minor
    for name, lines in found.items():
        closing += sum(line.owed_minor for line in lines)
        sums.append(summed(name, lines, closing))
    return sums
