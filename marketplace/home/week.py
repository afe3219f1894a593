"""An annotator's week: hours against the limit, and what they earn, currency by currency."""

from collections import defaultdict
from dataclasses import dataclass

import sqlalchemy as sa
from babel import Locale, UnknownLocaleError

from marketplace import clock
from marketplace.accounts.models import Account
from marketplace.db import db
from marketplace.money import written
from marketplace.payouts.models import Payout
from marketplace.payouts.rules import PayoutState
from marketplace.profiles.models import AnnotatorProfile
from marketplace.timesheets.models import TimeEntry
from marketplace.timesheets.rules import EntryState, monday_of, week_bounds
from marketplace.work.models import Engagement
from marketplace.work.rules import EngagementState


@dataclass(frozen=True, slots=True)
class Earned:
    """The money of one week in one currency, as people write it: waiting, approved, and paid out in that week."""

    currency: str
    pending: str
    approved: str
    paid: str


@dataclass(frozen=True, slots=True)
class Week:
    """Minutes logged this week, the most that all active engagements allow, and the money."""

    minutes: int
    limit_minutes: int
    earned: list[Earned]


def week_of(account: Account) -> Week | None:
    """Return the week of *account*, or None for who works on nothing and earned nothing."""
    profile = db.session.scalar(sa.select(AnnotatorProfile).where(AnnotatorProfile.account_id == account.id))
    if profile is None:
        return None
    limit = sa.select(sa.func.coalesce(sa.func.sum(Engagement.weekly_limit_minutes), 0))
    limit = limit.where(Engagement.profile_id == profile.id, Engagement.state == EngagementState.ACTIVE)
    limit_minutes = int(db.session.scalar(limit) or 0)
    minutes, sums = _sums(profile)
    if not limit_minutes and not sums:
        return None
    locale = locale_of(profile.country or "")
    earned = [
        Earned(one, *(written(parts[name], one, locale) for name in ("pending", "approved", "paid")))
        for one, parts in sorted(sums.items())
    ]
    return Week(minutes, limit_minutes, earned)


def locale_of(country: str) -> str:
    """Return the locale in which people of *country* read amounts on English pages."""
    try:
        return str(Locale.parse(f"en_{country}"))
    except (UnknownLocaleError, ValueError):
        return "en"


def _sums(profile: AnnotatorProfile) -> tuple[int, dict[str, dict[str, int]]]:
    """Return the minutes of this week, and by currency the minor units that are pending, approved and paid."""
    zone = profile.time_zone or "UTC"
    start, end = week_bounds(monday_of(clock.now(), zone), zone)
    expected = sa.func.sum((TimeEntry.rate_minor * TimeEntry.minutes * 2 + 60) / 120)
    lines = sa.select(TimeEntry.currency, TimeEntry.state, sa.func.sum(TimeEntry.minutes), expected).where(
        TimeEntry.profile_id == profile.id,
        TimeEntry.starts_at >= start,
        TimeEntry.starts_at < end,
        TimeEntry.state != EntryState.REJECTED,
    )
    sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    worked = 0
    for currency, state, minutes, minor in db.session.execute(lines.group_by(TimeEntry.currency, TimeEntry.state)):
        worked += int(minutes)
        sums[currency]["approved" if state is EntryState.APPROVED else "pending"] += int(minor)
    paid = sa.select(Payout.currency, sa.func.sum(Payout.amount_minor)).where(
        Payout.profile_id == profile.id,
        Payout.state == PayoutState.PAID,
        Payout.changed_at >= start,
        Payout.changed_at < end,
    )
    for currency, minor in db.session.execute(paid.group_by(Payout.currency)):
        sums[currency]["paid"] += int(minor)
    return worked, sums
