"""The reads of the books: lines to decide, what is ready to pay, runs, earnings, balances."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from marketplace import clock
from marketplace.accounts.models import Account
from marketplace.db import among, db
from marketplace.errors import Missing
from marketplace.payees import queries as payees
from marketplace.payees.rules import Readiness, Ready
from marketplace.payouts.models import JournalEntry, LedgerAccount, Payout, PayoutLine, PayoutRun, Posting
from marketplace.payouts.rules import EntryKind, LedgerKind, PayoutState, RunState, Skip, Weekly
from marketplace.profiles.models import AnnotatorProfile
from marketplace.projects.models import Project
from marketplace.projects.queries import managed_by
from marketplace.timesheets.models import TimeEntry, Timesheet
from marketplace.timesheets.rules import EntryState
from marketplace.work.models import Engagement

LINES_AT_ONCE = 200
# Whoever is paid by the client is part of a run, and not of the file for the bank.
SKIPPED = {Ready.NO_METHOD: Skip.NO_METHOD, Ready.COOLING_OFF: Skip.COOLING_OFF}
# So many of those that wait longest are looked through for what is unusual.
LINES_LOOKED_THROUGH = 2000


@dataclass(frozen=True, slots=True)
class ReadyToPay:
    """What one person is owed in one currency: the sum of *postings*, earned in *minutes*."""

    profile_id: int
    name: str
    currency: str
    amount_minor: int
    minutes: int
    postings: Sequence[int]


@dataclass(frozen=True, slots=True)
class Planned:
    """What a run would pay somebody, or *why* it would not; *readiness* says how they are paid."""

    owed: ReadyToPay
    readiness: Readiness
    why: Skip | None


@dataclass(frozen=True, slots=True)
class RunPlan:
    """Whom a run would pay, and who is left out; somebody may stand in both, for two clients."""

    currency: str
    pays: list[Planned]
    left_out: list[Planned]

    @property
    def total_minor(self) -> int:
        """What the run would pay together."""
        return sum(one.owed.amount_minor for one in self.pays)

    @property
    def reasons(self) -> list[tuple[Skip, int, int]]:
        """Why people are left out, how many, and with how much together."""
        found = [(why, [one.owed.amount_minor for one in self.left_out if one.why is why]) for why in Skip]
        return [(why, len(amounts), sum(amounts)) for why, amounts in found if amounts]


@dataclass(frozen=True, slots=True)
class OwedTogether:
    """What is owed in one currency to how many people."""

    currency: str
    people: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Balance:
    """Where the money of one person stands in one currency, in minor units."""

    currency: str
    pending: int
    payable: int
    under_way: int
    paid: int


def lines_to_decide(account: Account, project_id: int | None = None) -> sa.Select[TimeEntry]:
    """Return the lines handed in to projects that *account* manages, the longest waiting first."""
    statement = _managed_lines(account).where(TimeEntry.state == EntryState.SUBMITTED)
    if project_id is not None:
        statement = statement.where(Engagement.project_id == project_id)
    return statement.order_by(Timesheet.submitted_at, Timesheet.id, TimeEntry.starts_at)


def weeks_to_decide(
    account: Account, project_id: int | None = None, *, most: int = LINES_AT_ONCE
) -> list[tuple[Timesheet, list[TimeEntry]]]:
    """Return the first *most* lines to decide by the week they belong to."""
    weeks: dict[int, tuple[Timesheet, list[TimeEntry]]] = {}
    for entry in db.session.scalars(lines_to_decide(account, project_id).limit(most)):
        weeks.setdefault(entry.timesheet_id, (entry.timesheet, []))[1].append(entry)
    return list(weeks.values())


def count_to_decide(account: Account, project_id: int | None = None) -> int:
    """Return how many lines wait for a decision of *account*."""
    waiting = lines_to_decide(account, project_id).with_only_columns(TimeEntry.id).order_by(None).subquery()
    return int(db.session.scalars(sa.select(sa.func.count()).select_from(waiting)).one())


def managed_lines(entry_ids: Collection[int], account: Account) -> list[TimeEntry]:
    """Return these lines, their weeks locked, as they stand now; raises Missing unless *account* manages them all."""
    wanted = set(entry_ids)
    sheets = sa.select(TimeEntry.timesheet_id).where(TimeEntry.id.in_(wanted))
    # Whoever changes the state of a line holds its week; always taken in the same order, so nobody waits in a circle.
    lock = sa.select(Timesheet.id).where(Timesheet.id.in_(sheets)).order_by(Timesheet.id).with_for_update()
    db.session.execute(lock)
    statement = _managed_lines(account).where(TimeEntry.id.in_(wanted)).order_by(TimeEntry.id)
    found = list(db.session.scalars(statement, execution_options={"populate_existing": True}))
    if len(found) != len(wanted):
        raise Missing
    return found


def _managed_lines(account: Account) -> sa.Select[TimeEntry]:
    statement = sa.select(TimeEntry).join(TimeEntry.timesheet).join(TimeEntry.engagement)
    statement = statement.join(Engagement.project).join(Engagement.profile).join(AnnotatorProfile.account)
    shown = contains_eager(TimeEntry.engagement).options(
        contains_eager(Engagement.project),
        contains_eager(Engagement.profile).contains_eager(AnnotatorProfile.account),
    )
    sheet = contains_eager(TimeEntry.timesheet).selectinload(Timesheet.reviewer).lazyload(Account.roles)
    return statement.options(sheet, shown).where(managed_by(account))


def get_managed_project(project_id: int, account: Account) -> Project:
    """Return a project that *account* manages; raises Missing."""
    project = db.session.scalar(sa.select(Project).where(Project.id == project_id, managed_by(account)))
    if project is None:
        raise Missing
    return project


def ready_to_pay(currency: str | None = None, profile_ids: Collection[int] | None = None) -> list[ReadyToPay]:
    """Return what everybody, or each of *profile_ids*, is owed and no payout holds yet, by currency and person."""
    statement = _ready_lines(
        LedgerAccount.owner_id,
        Account.name,
        Account.email,
        LedgerAccount.currency,
        -sa.func.sum(Posting.amount_minor),
        sa.func.sum(TimeEntry.minutes),
        sa.func.array_agg(Posting.id),
    )
    statement = statement.join(AnnotatorProfile, AnnotatorProfile.id == LedgerAccount.owner_id)
    statement = statement.join(AnnotatorProfile.account)
    statement = statement.group_by(LedgerAccount.owner_id, LedgerAccount.currency, Account.id)
    statement = statement.order_by(LedgerAccount.currency, LedgerAccount.owner_id)
    if currency is not None:
        statement = statement.where(LedgerAccount.currency == currency)
    if profile_ids is not None:
        statement = statement.where(among(LedgerAccount.owner_id, profile_ids))
    return [
        ReadyToPay(profile_id, name or email, owed_in, int(amount), int(minutes), postings)
        for profile_id, name, email, owed_in, amount, minutes, postings in db.session.execute(statement)
    ]


def _ready_lines(*columns: Any) -> sa.Select[Any]:
    """Return a question for *columns* of the earnings that are owed and that no payout holds."""
    return (
        sa.select(*columns)
        .select_from(LedgerAccount)
        .join(Posting, Posting.account_id == LedgerAccount.id)
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .join(TimeEntry, TimeEntry.id == JournalEntry.source_id)
        .where(LedgerAccount.kind == LedgerKind.PAYABLE, JournalEntry.kind == EntryKind.EARNING)
        .where(~sa.exists().where(PayoutLine.posting_id == Posting.id, ~PayoutLine.released))
    )


def plan_run(currency: str) -> RunPlan:
    """Return whom a run in *currency* would pay now, and who is left out and why; nothing is changed.

    What a client pays only from a larger sum on waits by itself: the same person may be paid for another client.
    """
    columns = (LedgerAccount.owner_id, Project.organisation_id)
    totals = (-sa.func.sum(Posting.amount_minor), sa.func.sum(TimeEntry.minutes), sa.func.array_agg(Posting.id))
    statement = _ready_lines(*columns, *totals).join(TimeEntry.engagement).join(Engagement.project)
    statement = statement.where(LedgerAccount.currency == currency).group_by(*columns).order_by(*columns)
    owed = db.session.execute(statement).all()
    people = {row[0] for row in owed}
    now = clock.now()
    ready = payees.readiness(people, now)
    smallest = {
        organisation_id: agreed.minimum_minor
        for organisation_id, agreed in payees.terms({row[1] for row in owed}).items()
        if agreed.currency == currency
    }
    names = names_of_profiles(people)
    plan = RunPlan(currency, [], [])
    kept: dict[tuple[int, Skip | None], list[sa.Row[Any]]] = {}
    for row in owed:
        why = SKIPPED.get(ready[row[0]].state)
        if why is None and row[2] < smallest.get(row[1], 0):
            why = Skip.BELOW_MINIMUM
        kept.setdefault((row[0], why), []).append(row)
    for (profile_id, why), rows in kept.items():
        amounts, minutes, postings = zip(*(row[2:] for row in rows), strict=True)
        together = [posting for some in postings for posting in some]
        one = ReadyToPay(profile_id, names[profile_id], currency, int(sum(amounts)), int(sum(minutes)), together)
        (plan.left_out if why else plan.pays).append(Planned(one, ready[profile_id], why))
    return plan


def names_of_profiles(profile_ids: Collection[int]) -> dict[int, str]:
    """Return the names of the people behind these profiles by the id of the profile."""
    named = sa.select(AnnotatorProfile.id, Account.name, Account.email).join(AnnotatorProfile.account)
    found = db.session.execute(named.where(among(AnnotatorProfile.id, profile_ids)))
    return {number: name or email for number, name, email in found}


def owed_by_currency() -> list[OwedTogether]:
    """Return how much is owed to how many people, a row for each currency, without what a draft would pay."""
    ready = _owed().subquery()
    sums = sa.select(ready.c.currency, sa.func.count(), sa.func.sum(ready.c.amount_minor))
    rows = db.session.execute(sums.group_by(ready.c.currency).order_by(ready.c.currency))
    return [OwedTogether(currency, people, int(amount)) for currency, people, amount in rows]


def people_owed(currency: str, after: int, limit: int) -> list[int]:
    """Return the next *limit* profiles that are owed something in *currency*, by number, *after* that one."""
    ready = _owed().where(LedgerAccount.currency == currency, LedgerAccount.owner_id > after)
    rows = db.session.execute(ready.order_by(LedgerAccount.owner_id).limit(limit))
    return [profile_id for profile_id, *_ in rows]


def _owed() -> sa.Select[int, str, int]:
    """Return person, currency and amount of every balance that is owed, less what drafts would pay."""
    drafted = (
        sa.select(Payout.profile_id, Payout.currency, sa.func.sum(Payout.amount_minor).label("amount_minor"))
        .where(Payout.run_id.in_(sa.select(PayoutRun.id).where(PayoutRun.state == RunState.DRAFT)))
        .group_by(Payout.profile_id, Payout.currency)
        .subquery()
    )
    amount = -LedgerAccount.balance_minor - sa.func.coalesce(drafted.c.amount_minor, 0)
    same = (drafted.c.profile_id == LedgerAccount.owner_id) & (drafted.c.currency == LedgerAccount.currency)
    return (
        sa.select(LedgerAccount.owner_id, LedgerAccount.currency, amount.label("amount_minor"))
        .outerjoin(drafted, same)
        .where(LedgerAccount.kind == LedgerKind.PAYABLE, amount > 0)
    )


def ready_lines_of(profile_id: int, currency: str) -> list[TimeEntry]:
    """Return the approved lines of somebody that the next run can pay, the earliest first."""
    statement = _ready_lines(TimeEntry).where(LedgerAccount.owner_id == profile_id, LedgerAccount.currency == currency)
    shown = (joinedload(TimeEntry.engagement).joinedload(Engagement.project), joinedload(TimeEntry.timesheet))
    return list(db.session.scalars(statement.options(*shown).order_by(TimeEntry.starts_at)))


def run_totals(run_ids: Collection[int]) -> dict[int, tuple[int, int]]:
    """Return how many people each of these runs pays, and how much."""
    sums = sa.select(Payout.run_id, sa.func.count(), sa.func.sum(Payout.amount_minor)).group_by(Payout.run_id)
    rows = db.session.execute(sums.where(Payout.run_id.in_(run_ids)))
    return {run_id: (people, int(amount)) for run_id, people, amount in rows}


def runs() -> sa.Select[PayoutRun]:
    """Return the payout runs with their payouts."""
    return sa.select(PayoutRun).options(selectinload(PayoutRun.payouts))


def drafts() -> list[PayoutRun]:
    """Return the runs that wait for approval."""
    return list(db.session.scalars(sa.select(PayoutRun).where(PayoutRun.state == RunState.DRAFT)))


def get_payout(payout_id: int) -> Payout:
    """Return any payout with its person and run; raises Missing."""
    shown = (joinedload(Payout.profile).joinedload(AnnotatorProfile.account), joinedload(Payout.run))
    payout = db.session.scalar(sa.select(Payout).where(Payout.id == payout_id).options(*shown))
    if payout is None:
        raise Missing
    return payout


def get_run(run_id: int) -> PayoutRun:
    """Return a run with its payouts and people; raises Missing."""
    people = selectinload(PayoutRun.payouts).options(
        joinedload(Payout.profile).joinedload(AnnotatorProfile.account),
        joinedload(Payout.method),
        selectinload(Payout.lines),
    )
    statement = sa.select(PayoutRun).where(PayoutRun.id == run_id).options(people)
    run = db.session.scalar(statement, execution_options={"populate_existing": True})
    if run is None:
        raise Missing
    return run


def names_of(account_ids: Collection[int | None]) -> dict[int, str]:
    """Return the names of these accounts by id."""
    wanted = sa.select(Account.id, Account.name, Account.email).where(
        Account.id.in_({one for one in account_ids if one})
    )
    return {number: name or email for number, name, email in db.session.execute(wanted)}


def lines_of(payout: Payout) -> list[TimeEntry]:
    """Return the time entries that *payout* pays, the earliest first."""
    return list(
        db.session.scalars(
            sa.select(TimeEntry)
            .join(JournalEntry, (JournalEntry.source_id == TimeEntry.id) & (JournalEntry.kind == EntryKind.EARNING))
            .join(Posting, Posting.entry_id == JournalEntry.id)
            .join(PayoutLine, PayoutLine.posting_id == Posting.id)
            .where(PayoutLine.payout_id == payout.id)
            .options(joinedload(TimeEntry.engagement).joinedload(Engagement.project), joinedload(TimeEntry.timesheet))
            .order_by(TimeEntry.starts_at)
        )
    )


def balances(account: Account) -> list[Balance]:
    """Return where the money of *account* stands, a row for each currency, never added together."""
    expected = sa.func.sum((TimeEntry.rate_minor * TimeEntry.minutes * 2 + 60) / 120)
    own = AnnotatorProfile.account_id == account.id
    waiting = sa.select(TimeEntry.currency, expected).join(
        AnnotatorProfile, AnnotatorProfile.id == TimeEntry.profile_id
    )
    waiting = waiting.where(own, TimeEntry.state == EntryState.SUBMITTED).group_by(TimeEntry.currency)
    payable = sa.select(LedgerAccount.currency, -LedgerAccount.balance_minor).where(
        LedgerAccount.kind == LedgerKind.PAYABLE,
        LedgerAccount.owner_id.in_(sa.select(AnnotatorProfile.id).where(own)),
    )
    sent = sa.select(Payout.currency, sa.func.sum(Payout.amount_minor)).join(Payout.profile).where(own)
    sent = sent.group_by(Payout.currency)
    asked = (
        waiting,
        payable,
        sent.where(Payout.state == PayoutState.IN_TRANSIT),
        sent.where(Payout.state == PayoutState.PAID),
    )
    parts: list[dict[str, int]] = [{} for _ in asked]
    columns = [statement.subquery().c for statement in asked]
    together = sa.union_all(*(sa.select(sa.literal(at), *found) for at, found in enumerate(columns)))
    for at, currency, total in db.session.execute(together):
        parts[at][currency] = int(total)
    return [
        Balance(one, *(part.get(one, 0) for part in parts)) for one in sorted({key for part in parts for key in part})
    ]


def weekly_earnings(account: Account, weeks: int = 12) -> dict[str, list[Weekly]]:
    """Return by currency what was approved of each project in the latest *weeks* that have any, the earliest first."""
    place = sa.func.dense_rank().over(partition_by=TimeEntry.currency, order_by=Timesheet.week_starts_on.desc())
    summed = (
        sa.select(
            TimeEntry.currency,
            Timesheet.week_starts_on,
            Project.id,
            Project.title,
            sa.func.sum(TimeEntry.earning_minor).label("earned"),
            place.label("place"),
        )
        .join(TimeEntry, TimeEntry.timesheet_id == Timesheet.id)
        .join(Engagement, Engagement.id == TimeEntry.engagement_id)
        .join(Project, Project.id == Engagement.project_id)
        .join(AnnotatorProfile, AnnotatorProfile.id == TimeEntry.profile_id)
        .where(AnnotatorProfile.account_id == account.id, TimeEntry.state == EntryState.APPROVED)
        .group_by(TimeEntry.currency, Timesheet.week_starts_on, Project.id)
        .subquery()
    )
    wanted = sa.select(summed).where(summed.c.place <= weeks)
    found: dict[str, list[Weekly]] = {}
    for currency, monday, project_id, title, earned, _ in db.session.execute(
        wanted.order_by(summed.c.week_starts_on, summed.c.id)
    ):
        found.setdefault(currency, []).append(Weekly(monday, project_id, title, int(earned or 0)))
    return found


def earned_lines(account: Account) -> sa.Select[TimeEntry]:
    """Return the lines of *account* that were handed in, with project and week."""
    statement = sa.select(TimeEntry).join(AnnotatorProfile, AnnotatorProfile.id == TimeEntry.profile_id)
    statement = statement.where(AnnotatorProfile.account_id == account.id, TimeEntry.state != EntryState.RECORDED)
    project = joinedload(TimeEntry.engagement).joinedload(Engagement.project)
    return statement.options(project, joinedload(TimeEntry.timesheet))


def payouts_by_entry(entries: Collection[TimeEntry]) -> dict[int, Payout]:
    """Return the payout that pays, or is about to pay, each of *entries* by the id of the line."""
    statement = (
        sa.select(JournalEntry.source_id, Payout)
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .join(PayoutLine, (PayoutLine.posting_id == Posting.id) & ~PayoutLine.released)
        .join(Payout, Payout.id == PayoutLine.payout_id)
        .where(JournalEntry.kind == EntryKind.EARNING, among(JournalEntry.source_id, [entry.id for entry in entries]))
    )
    return dict(iter(db.session.execute(statement)))


def own_payouts(account: Account) -> sa.Select[Payout]:
    """Return the payouts of *account* whose run was approved."""
    statement = sa.select(Payout).join(Payout.profile).where(AnnotatorProfile.account_id == account.id)
    return statement.where(Payout.state != PayoutState.PENDING)


def get_own_payout(payout_id: int, account: Account) -> Payout:
    """Return one payout of *account*; raises Missing."""
    payout = db.session.scalar(own_payouts(account).where(Payout.id == payout_id))
    if payout is None:
        raise Missing
    return payout
