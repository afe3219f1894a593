"""An annotator's week: hours against the limit, and what they earn, currency by currency."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from marketplace import clock
from marketplace.db import db
from marketplace.formats import page_money
from marketplace.payees.models import PayoutMethod
from marketplace.payouts.models import LedgerAccount, Payout
from marketplace.payouts.rules import LedgerKind, PayoutState
from marketplace.profiles.models import AnnotatorProfile
from marketplace.timesheets.models import TimeEntry
from marketplace.timesheets.rules import EntryState, monday_of, week_bounds
from marketplace.work.models import Engagement
from marketplace.work.rules import EngagementState

PENDING, APPROVED, PAID, LIMIT, OWED, METHOD = "pending", "approved", "paid", "limit", "owed", "method"
EARNED = (PENDING, APPROVED, PAID)


@dataclass(frozen=True, slots=True)
class Earned:
    """The money of one week in one currency, as people write it: waiting, approved, and paid out in that week."""

    currency: str
    pending: str
    approved: str
    paid: str


@dataclass(frozen=True, slots=True)
class Week:
    """Minutes logged this week, the most that all active engagements allow, and the money of the week.

    *owed*: what was earned at any time and is not paid yet, a sum for each currency, as people write it.
    *has_method*: whether there is a way to pay it.
    """

    minutes: int
    limit_minutes: int
    earned: list[Earned]
    owed: list[str]
    has_method: bool


def week_of(profile: AnnotatorProfile) -> Week:
    """Return the week of *profile*."""
    rows = db.session.execute(sa.union_all(*_sums(profile))).all()
    money: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for kind, currency, _, minor in rows:
        if kind in EARNED:
            money[currency][kind] += int(minor)
    return Week(
        minutes=sum(int(minutes) for kind, _, minutes, _ in rows if kind in (PENDING, APPROVED)),
        limit_minutes=sum(int(minutes) for kind, _, minutes, _ in rows if kind == LIMIT),
        earned=[
            Earned(one, *(page_money(parts[kind], one) for kind in EARNED)) for one, parts in sorted(money.items())
        ],
        owed=[page_money(int(minor), currency) for kind, currency, _, minor in sorted(rows) if kind == OWED and minor],
        has_method=any(kind == METHOD for kind, *_ in rows),
    )


def _sums(profile: AnnotatorProfile) -> list[sa.Select[Any]]:
    """Return statements that give (kind, currency, minutes, minor units), to be asked as one."""
    zone = profile.time_zone or "UTC"
    start, end = week_bounds(monday_of(clock.now(), zone), zone)
    minor = sa.func.sum((TimeEntry.rate_minor * TimeEntry.minutes * 2 + 60) / 120)
    kind = sa.case((TimeEntry.state == EntryState.APPROVED, APPROVED), else_=PENDING)
    lines = sa.select(kind, TimeEntry.currency, sa.func.sum(TimeEntry.minutes), minor).where(
        TimeEntry.profile_id == profile.id,
        TimeEntry.starts_at >= start,
        TimeEntry.starts_at < end,
        TimeEntry.state.notin_([EntryState.REJECTED, EntryState.DISPUTED]),
    )
    paid = sa.select(sa.literal(PAID), Payout.currency, sa.literal(0), sa.func.sum(Payout.amount_minor)).where(
        Payout.profile_id == profile.id,
        Payout.state == PayoutState.PAID,
        Payout.changed_at >= start,
        Payout.changed_at < end,
    )
    limit = sa.select(
        sa.literal(LIMIT),
        sa.literal(""),
        sa.func.coalesce(sa.func.sum(Engagement.weekly_limit_minutes), 0),
        sa.literal(0),
    ).where(Engagement.profile_id == profile.id, Engagement.state == EngagementState.ACTIVE)
    balance = -sa.func.sum(LedgerAccount.balance_minor)
    owed = sa.select(sa.literal(OWED), LedgerAccount.currency, sa.literal(0), balance).where(
        LedgerAccount.kind == LedgerKind.PAYABLE, LedgerAccount.owner_id == profile.id
    )
    method = sa.select(sa.literal(METHOD), sa.literal(""), sa.literal(0), sa.literal(0)).where(
        PayoutMethod.profile_id == profile.id, PayoutMethod.ended_at.is_(None)
    )
    return [
        method,
        lines.group_by(kind, TimeEntry.currency),
        paid.group_by(Payout.currency),
        limit,
        owed.group_by(LedgerAccount.currency),
    ]
