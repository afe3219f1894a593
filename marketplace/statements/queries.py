"""What statements are read from: the journal alone, to which entries are only added."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload

from marketplace import clock, web
from marketplace.accounts.models import Account
from marketplace.db import db
from marketplace.errors import Missing
from marketplace.payouts.models import JournalEntry, LedgerAccount, Payout, PayoutLine, Posting
from marketplace.payouts.queries import Balance, earned_lines, own_payouts
from marketplace.payouts.rules import EntryKind, LedgerKind, PayoutState
from marketplace.profiles.models import AnnotatorProfile
from marketplace.projects.models import Project
from marketplace.statements.rules import (
    OF_A_PAYOUT,
    Cell,
    Movement,
    Part,
    Paying,
    Period,
    Standing,
    Statement,
    Sums,
    Work,
    bounds,
    find_period,
    sums_by,
    with_balances,
)
from marketplace.timesheets.models import TimeEntry
from marketplace.timesheets.queries import zone_of
from marketplace.timesheets.rules import EntryState
from marketplace.work.models import Engagement


@dataclass(frozen=True, slots=True)
class Listed:
    """The months and years in which somebody's money moved in one currency, the latest first."""

    currency: str
    months: Sequence[Sums]
    years: Sequence[Sums]


def get_profile(profile_id: int) -> AnnotatorProfile:
    """Return anybody's profile with their name; raises Missing."""
    wanted = sa.select(AnnotatorProfile).where(AnnotatorProfile.id == profile_id)
    profile = db.session.scalar(wanted.options(joinedload(AnnotatorProfile.account)))
    if profile is None:
        raise Missing
    return profile


def made_of(account: Account, part: Part, currency: str, query: Mapping[str, Any]) -> dict[str, Any]:
    """Return a page of what one balance of *account* is made of: time entries, or payouts."""
    if part in (Part.PENDING, Part.APPROVED):
        lines = earned_lines(account).where(TimeEntry.currency == currency)
        if part is Part.PENDING:
            return web.listed(lines.where(TimeEntry.state == EntryState.SUBMITTED), TimeEntry.id, query)
        return web.listed(lines.where(TimeEntry.state == EntryState.APPROVED, ~_held()), TimeEntry.id, query)
    state = PayoutState.IN_TRANSIT if part is Part.ON_WAY else PayoutState.PAID
    payouts = own_payouts(account).where(Payout.currency == currency, Payout.state == state)
    return web.listed(payouts, Payout.id, query)


def not_of_hours(account: Account, balance: Balance) -> int:
    """Return what of the approved balance does not come from lines that no payout holds, such as a bonus."""
    lines = sa.select(sa.func.coalesce(sa.func.sum(TimeEntry.earning_minor), 0))
    lines = lines.join(AnnotatorProfile, AnnotatorProfile.id == TimeEntry.profile_id)
    own = (AnnotatorProfile.account_id == account.id, TimeEntry.currency == balance.currency)
    earned = db.session.scalar(lines.where(*own, TimeEntry.state == EntryState.APPROVED, ~_held()))
    return balance.payable - int(earned or 0)


def _held() -> sa.ColumnElement[bool]:
    """Return the condition that an approved payout holds the earning of a line, or has paid it."""
    paying = (PayoutState.IN_TRANSIT, PayoutState.PAID)
    return (
        sa.exists()
        .where(JournalEntry.kind == EntryKind.EARNING, JournalEntry.source_id == TimeEntry.id)
        .where(Posting.entry_id == JournalEntry.id, PayoutLine.posting_id == Posting.id, ~PayoutLine.released)
        .where(Payout.id == PayoutLine.payout_id, Payout.state.in_(paying))
    )


def currencies_of(profile: AnnotatorProfile) -> list[str]:
    """Return the currencies in which *profile* has an account in the books."""
    wanted = sa.select(LedgerAccount.currency).where(*_payable(profile.id)).order_by(LedgerAccount.currency)
    return list(db.session.scalars(wanted))


def statement(profile: AnnotatorProfile, period_name: str, currency: str | None) -> Statement:
    """Return the statement of *profile* for a month or year in *currency*, by default the first that they have.

    A movement belongs to the period in which it was booked, by the days of the person's time zone.
    Raises Missing for what is no period, for one that has not begun, and for a currency of which they have no account.
    """
    period = find_period(period_name)
    known = currencies_of(profile)
    wanted = currency or (known[0] if known else "")
    if period is None or wanted not in known or bounds(period, zone_of(profile))[0] > clock.now():
        raise Missing
    return _statement(profile, period, wanted)


def _statement(profile: AnnotatorProfile, period: Period, currency: str) -> Statement:
    start, end = bounds(period, zone_of(profile))
    moved = _moved(profile.id, currency).subquery()
    before = sa.select(
        sa.func.coalesce(sa.func.sum(moved.c.owed), 0), sa.func.coalesce(sa.func.sum(moved.c.on_way), 0)
    ).where(moved.c.made_at < start)
    opening = Standing(*(int(one) for one in db.session.execute(before).one()))
    return Statement(
        profile_id=profile.id,
        name=profile.account.name,
        pseudonym=profile.pseudonym,
        currency=currency,
        period=period,
        zone=zone_of(profile),
        starts_at=start,
        ends_at=end,
        opening=opening,
        lines=with_balances(opening, _movements(profile.id, currency, start, end)),
    )


def movement(profile: AnnotatorProfile, entry_id: int) -> tuple[Movement, str]:
    """Return one journal entry as it touches *profile*, with its currency; raises Missing.

    Its balance is what was owed after it.
    """
    for currency in currencies_of(profile):
        moved = _moved(profile.id, currency).subquery()
        own = db.session.execute(sa.select(moved.c.made_at).where(moved.c.id == entry_id)).scalar()
        if own is not None:
            later = sa.tuple_(moved.c.made_at, moved.c.id) <= sa.tuple_(sa.literal(own), sa.literal(entry_id))
            balance = db.session.scalar(sa.select(sa.func.sum(moved.c.owed)).where(later))
            [found] = _movements(profile.id, currency, entry_id=entry_id)
            return replace(found, balance_minor=int(balance or 0)), currency
    raise Missing


def postings(entry_id: int) -> list[Posting]:
    """Return both sides of a journal entry with their accounts."""
    wanted = sa.select(Posting).where(Posting.entry_id == entry_id).options(joinedload(Posting.account))
    return list(db.session.scalars(wanted.order_by(Posting.id)))


def listed(profile: AnnotatorProfile) -> list[Listed]:
    """Return every month and year with a movement of *profile*, with its sums, by currency."""
    found = []
    for currency in currencies_of(profile):
        cells = _cells(profile, currency)
        months = sums_by(cells, lambda month: month)
        found.append(Listed(currency, months[::-1], sums_by(cells, lambda month: month[:4])[::-1]))
    return found


def _cells(profile: AnnotatorProfile, currency: str) -> list[tuple[str, Cell]]:
    """Return what was moved in each month, kind by kind, the earliest month first."""
    moved = _moved(profile.id, currency).subquery()
    origin = aliased(JournalEntry)
    month = sa.func.to_char(sa.func.timezone(zone_of(profile), moved.c.made_at), "YYYY-MM")
    minutes = sa.func.sum(sa.case((moved.c.owed < 0, -TimeEntry.minutes), else_=TimeEntry.minutes))
    groups = (month, moved.c.kind, TimeEntry.id.is_not(None))
    wanted = (
        sa.select(*groups, sa.func.sum(moved.c.owed), sa.func.sum(moved.c.on_way), sa.func.coalesce(minutes, 0))
        .select_from(moved)
        .join(origin, origin.id == sa.func.coalesce(moved.c.reverses_id, moved.c.id))
        .outerjoin(TimeEntry, (origin.kind == EntryKind.EARNING) & (TimeEntry.id == origin.source_id))
        .group_by(sa.text("1, 2, 3"))
        .order_by(sa.text("1, 2, 3"))
    )
    return [
        (name, Cell(str(kind), has_work, int(owed), int(on_way), int(worked)))
        for name, kind, has_work, owed, on_way, worked in db.session.execute(wanted)
    ]


def _payable(profile_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    return LedgerAccount.kind == LedgerKind.PAYABLE, LedgerAccount.owner_id == profile_id


def _moved(profile_id: int, currency: str) -> sa.Select[*tuple[Any, ...]]:
    """Return a select of the journal entries that touch a person: id, moment, and what each adds to the balances.

    They are those that post to the person's own account, and those of the person's payouts (what the bank did moves
    money between accounts that everybody shares).
    """
    payouts = sa.select(Payout.id).where(Payout.profile_id == profile_id, Payout.currency == currency)
    posted = sa.select(Posting.entry_id).join(LedgerAccount, LedgerAccount.id == Posting.account_id)
    ids = sa.union(
        posted.where(*_payable(profile_id), LedgerAccount.currency == currency),
        sa.select(JournalEntry.id).where(JournalEntry.kind.in_(OF_A_PAYOUT), JournalEntry.source_id.in_(payouts)),
    )
    own, under_way = sa.and_(*_payable(profile_id)), LedgerAccount.kind == LedgerKind.CLEARING
    owed, on_way = (sa.func.coalesce(-sa.func.sum(Posting.amount_minor).filter(one), 0) for one in (own, under_way))
    return (
        sa.select(
            JournalEntry.id,
            JournalEntry.made_at,
            JournalEntry.kind,
            JournalEntry.reverses_id,
            owed.label("owed"),
            on_way.label("on_way"),
        )
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .join(LedgerAccount, LedgerAccount.id == Posting.account_id)
        .where(JournalEntry.id.in_(ids), LedgerAccount.currency == currency)
        .group_by(JournalEntry.id)
    )


def _movements(
    profile_id: int,
    currency: str,
    start: datetime | None = None,
    end: datetime | None = None,
    entry_id: int | None = None,
) -> list[Movement]:
    """Return the movements from *start* until before *end* in the order of booking, each with what it is about."""
    moved = _moved(profile_id, currency).subquery()
    # What takes an earning back is about the same work.
    origin, decider = aliased(JournalEntry), aliased(Account)
    wanted = (
        sa.select(
            JournalEntry.id,
            JournalEntry.kind,
            JournalEntry.made_at,
            moved.c.owed,
            moved.c.on_way,
            JournalEntry.reason,
            JournalEntry.reverses_id,
            TimeEntry.id.label("line_id"),
            Project.id.label("project_id"),
            Project.title,
            TimeEntry.starts_at,
            TimeEntry.ends_at,
            TimeEntry.minutes,
            TimeEntry.rate_minor,
            TimeEntry.note,
            sa.func.coalesce(sa.func.nullif(decider.name, ""), decider.email, "").label("approved_by"),
            TimeEntry.decided_at,
            Payout.id.label("payout_id"),
            Payout.reference,
        )
        .join(moved, moved.c.id == JournalEntry.id)
        .join(origin, origin.id == sa.func.coalesce(JournalEntry.reverses_id, JournalEntry.id))
        .outerjoin(TimeEntry, (origin.kind == EntryKind.EARNING) & (TimeEntry.id == origin.source_id))
        .outerjoin(Engagement, Engagement.id == TimeEntry.engagement_id)
        .outerjoin(Project, Project.id == Engagement.project_id)
        .outerjoin(decider, decider.id == TimeEntry.decided_by)
        .outerjoin(Payout, JournalEntry.kind.in_(OF_A_PAYOUT) & (Payout.id == JournalEntry.source_id))
        .order_by(JournalEntry.made_at, JournalEntry.id)
    )
    if start is not None:
        wanted = wanted.where(JournalEntry.made_at >= start)
    if end is not None:
        wanted = wanted.where(JournalEntry.made_at < end)
    if entry_id is not None:
        wanted = wanted.where(JournalEntry.id == entry_id)
    return [_movement(row) for row in db.session.execute(wanted)]


def _movement(row: Sequence[Any]) -> Movement:
    """Return what a row of `_movements` says."""
    entry_id, kind, made_at, owed, on_way, reason, reverses_id, *about, payout_id, reference = row
    work = Work(*about) if about[0] is not None else None
    paying = Paying(payout_id, reference) if payout_id is not None else None
    return Movement(entry_id, str(kind), made_at, int(owed), int(on_way), reason, reverses_id, work, paying)
